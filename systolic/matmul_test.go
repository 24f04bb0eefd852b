package systolic

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestMatMulByHand pins the layout: a is M*K, b is K*N, c is M*N.
func TestMatMulByHand(t *testing.T) {
	c := make([]int32, 4)
	require.NoError(t, MatMul(c, []int8{1, 2, 3, -4, -5, -6}, []uint8{1, 10, 100, 200, 3, 255}, GEMM{M: 2, N: 2, K: 3}))
	require.Equal(t, []int32{1 + 200 + 9, 10 + 400 + 765, -4 - 500 - 18, -40 - 1000 - 1530}, c)
}

// TestExtremes: sums of the most extreme products over the longest K, in every
// pair of kinds, equal 64-bit sums; one product more wraps.
func TestExtremes(t *testing.T) {
	want := map[[2]Kind]int{
		{U8, U8}: 33_025, {U8, S8}: 65_793, {S8, U8}: 65_793, {S8, S8}: 131_071,
		{U8, Ternary}: 8_421_504, {Ternary, U8}: 8_421_504, {S8, Ternary}: 16_777_215, {Ternary, S8}: 16_777_215,
		{Ternary, Ternary}: math.MaxInt32,
	}
	for _, a := range Kinds() {
		for _, b := range Kinds() {
			require.Equal(t, want[[2]Kind{a, b}], ExactK(a, b), "%v*%v", a, b)
			if a == Ternary && b == Ternary {
				continue // longer than any GEMM
			}
			k := ExactK(a, b)
			wrapped := false
			for _, x := range ends(a) {
				for _, y := range ends(b) {
					require.Equal(t, int64(x*y)*int64(k), int64(dot(t, a, b, x, y, k)), "%v*%v, %d*%d", a, b, x, y)
					wrapped = wrapped || int64(x*y)*int64(k+1) != int64(dot(t, a, b, x, y, k+1))
				}
			}
			require.True(t, wrapped, "%v*%v is exact beyond ExactK", a, b)
		}
	}
	require.Zero(t, ExactK(0, S8))
	require.Zero(t, ExactK(S8, 4))
}

func ends(k Kind) []int {
	least, greatest := k.Range()
	return []int{least, greatest}
}

// dot is the 1x1xk product of constant vectors.
func dot(t *testing.T, a, b Kind, x, y, k int) int32 {
	t.Helper()
	switch {
	case a == U8 && b == U8:
		return constants[uint8, uint8](t, x, y, k)
	case a == U8:
		return constants[uint8, int8](t, x, y, k)
	case b == U8:
		return constants[int8, uint8](t, x, y, k)
	}
	return constants[int8, int8](t, x, y, k)
}

func constants[A, B Byte](t *testing.T, x, y, k int) int32 {
	t.Helper()
	a, b, c := make([]A, k), make([]B, k), make([]int32, 1)
	for i := range k {
		a[i], b[i] = A(x), B(y)
	}
	require.NoError(t, MatMul(c, a, b, GEMM{M: 1, N: 1, K: k}))
	return c[0]
}

// TestWitnesses: the plain loops, pass by pass in every dataflow, and the
// registers of an array, cycle by cycle, give the same sums for every pair of
// number types; the array takes PassCycles for each fold.
func TestWitnesses(t *testing.T) {
	t.Run("u8*u8", witnesses[uint8, uint8])
	t.Run("u8*s8", witnesses[uint8, int8])
	t.Run("s8*u8", witnesses[int8, uint8])
	t.Run("s8*s8", witnesses[int8, int8])
}

func witnesses[A, B Byte](t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, array := drawGEMM(14).Draw(t, "g"), drawArray(6).Draw(t, "array")
		a, b := drawMatrix[A](g.M*g.K).Draw(t, "a"), drawMatrix[B](g.K*g.N).Draw(t, "b")
		want := make([]int32, g.M*g.N)
		require.NoError(t, MatMul(want, a, b, g))
		for _, d := range Dataflows() {
			got := make([]int32, g.M*g.N)
			for i := range got {
				got[i] = int32(i) - 5 // whatever was there must not matter
			}
			require.NoError(t, Execute(got, a, b, g, array, d))
			require.Equal(t, want, got, d)
			got, edges := runRegisters(a, b, g, array, d)
			require.Equal(t, want, got, "registers %v", d)
			require.Equal(t, Cycles(g, array, d), edges, d)
		}
	})
}

// drawMatrix draws elements with a weight on the ends of the range; a third of
// the matrices have only ends, among them all equal and alternating ones.
func drawMatrix[T Byte](n int) *rapid.Generator[[]T] {
	return rapid.Custom(func(t *rapid.T) []T {
		least, greatest := T(0), ^T(0) // of uint8
		if greatest < least {
			least, greatest = T(1)<<7, ^(T(1) << 7) // of int8
		}
		x := make([]T, n)
		period := rapid.IntRange(0, 5).Draw(t, "period")
		seed := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "bytes")
		for i := range x {
			switch {
			case period < 3 && i%(period+1) == 0:
				x[i] = least
			case period < 3:
				x[i] = greatest
			default:
				x[i] = T(seed[i])
			}
		}
		return x
	})
}

// TestTernary: adding and subtracting equals multiplying.
func TestTernary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGEMM(12).Draw(t, "g")
		b := rapid.SliceOfN(rapid.Int8Range(-1, 1), g.K*g.N, g.K*g.N).Draw(t, "b")
		ternaryAgree(t, drawMatrix[int8](g.M*g.K).Draw(t, "s8"), b, g)
		ternaryAgree(t, drawMatrix[uint8](g.M*g.K).Draw(t, "u8"), b, g)
	})
}

func ternaryAgree[A Byte](t *rapid.T, a []A, b []int8, g GEMM) {
	want, got := make([]int32, g.M*g.N), make([]int32, g.M*g.N)
	require.NoError(t, MatMul(want, a, b, g))
	require.NoError(t, MatMulTernary(got, a, b, g))
	require.Equal(t, want, got)
}

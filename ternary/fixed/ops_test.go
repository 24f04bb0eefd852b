package fixed

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// configs draws a valid configuration.
func configs() *rapid.Generator[Config] {
	return rapid.Custom(func(t *rapid.T) Config {
		c := Default()
		c.Vector.Width = rapid.IntRange(12, 32).Draw(t, "width")
		c.Vector.Frac = rapid.IntRange(4, min(24, c.Vector.Width-2)).Draw(t, "frac")
		c.Weight.Width = rapid.IntRange(8, 16).Draw(t, "weightWidth")
		c.Weight.Frac = rapid.IntRange(4, c.Weight.Width-2).Draw(t, "weightFrac")
		return c
	})
}

// vectors draws raw elements, often at the ends of the format.
func vectors(f Format, minLen, maxLen int) *rapid.Generator[[]int32] {
	return rapid.SliceOfN(rapid.OneOf(
		rapid.Int32Range(f.Min(), f.Max()),
		rapid.Int32Range(-3, 3),
		rapid.SampledFrom([]int32{f.Min(), f.Min() + 1, f.Max(), f.Max() - 1, f.One(), -f.One()}),
	), minLen, maxLen)
}

// TestElementwise checks Add, Sub and Mul and their saturation counts against
// math/big in every format.
func TestElementwise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := configs().Draw(t, "config")
		ops, err := NewOps(c)
		require.NoError(t, err)
		ops.Saturated = &Saturations{}
		n := rapid.IntRange(0, 12).Draw(t, "n")
		a, b := vectors(c.Vector, n, n).Draw(t, "a"), vectors(c.Vector, n, n).Draw(t, "b")
		var want Saturations
		check := func(name string, op func(dst, a, b []int32), exact func(x, y *big.Int) *big.Int, count *uint64) {
			got := make([]int32, n)
			op(got, a, b)
			for i := range n {
				e := exact(bigOf(int64(a[i])), bigOf(int64(b[i])))
				y := oracleLimit(e, c.Vector.Width)
				require.Equal(t, y, got[i], "%s(%d, %d)", name, a[i], b[i])
				if e.Cmp(bigOf(int64(y))) != 0 {
					*count++
				}
			}
		}
		check("Add", ops.Add, func(x, y *big.Int) *big.Int { return x.Add(x, y) }, &want.Add)
		check("Sub", ops.Sub, func(x, y *big.Int) *big.Int { return x.Sub(x, y) }, &want.Sub)
		check("Mul", ops.Mul, func(x, y *big.Int) *big.Int { return oracleRound(x.Mul(x, y), pow2(c.Vector.Frac)) }, &want.Mul)
		require.Equal(t, want, *ops.Saturated)
	})
}

func TestElementwiseEdges(t *testing.T) {
	for _, f := range []Format{{12, 4}, {16, 9}, {24, 12}, {32, 24}} {
		c := Default()
		c.Vector = f
		ops, err := NewOps(c)
		require.NoError(t, err)
		lo, hi := f.Min(), f.Max()
		dst := make([]int32, 4)
		ops.Add(dst, []int32{hi, lo, hi, lo}, []int32{1, -1, lo, lo})
		require.Equal(t, []int32{hi, lo, -1, lo}, dst)
		ops.Sub(dst, []int32{hi, lo, 0, lo}, []int32{-1, 1, lo, hi})
		require.Equal(t, []int32{hi, lo, hi, lo}, dst)
		ops.Mul(dst, []int32{lo, lo, hi, f.One()}, []int32{lo, hi, hi, lo})
		require.Equal(t, []int32{hi, lo, hi, lo}, dst)
	}
}

func TestMulRoundsHalfAway(t *testing.T) {
	c := Default()
	c.Vector = Format{16, 4}
	c.Sigmoid.SegmentsLog2 = 4
	ops, err := NewOps(c)
	require.NoError(t, err)
	dst := make([]int32, 6)
	ops.Mul(dst, []int32{8, 8, -8, 8, 7, -7}, []int32{1, 3, 1, -3, 1, 1})
	require.Equal(t, []int32{1, 2, -1, -2, 0, 0}, dst)
}

func TestOperandsMayAlias(t *testing.T) {
	ops, err := NewOps(Default())
	require.NoError(t, err)
	a, b := []int32{1000, -2000, 30000}, []int32{512, 700, 30000}
	for name, op := range map[string]func(dst, a, b []int32){"add": ops.Add, "sub": ops.Sub, "mul": ops.Mul} {
		want := make([]int32, 3)
		op(want, a, b)
		first, second := append([]int32{}, a...), append([]int32{}, b...)
		op(first, first, b)
		op(second, a, second)
		require.Equal(t, want, first, name)
		require.Equal(t, want, second, name)
	}
}

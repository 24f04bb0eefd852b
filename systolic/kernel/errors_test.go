package kernel_test

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/systolic/kernel"
)

func TestPaths(t *testing.T) {
	paths := kernel.Paths()
	require.Equal(t, kernel.Portable, paths[0])
	require.Equal(t, kernel.Best(), paths[len(paths)-1])
	require.True(t, slices.IsSorted(paths))
	if runtime.GOARCH != "amd64" {
		require.Equal(t, []kernel.Path{kernel.Portable}, paths)
	}
	require.Equal(t, "go avx2 avx512vnni Path(3)",
		kernel.Portable.String()+" "+kernel.AVX2.String()+" "+kernel.VNNI.String()+" "+kernel.Path(3).String())
}

func TestUnknownPath(t *testing.T) {
	one := []uint8{1}
	c := []int32{7}
	err := kernel.MatMul(kernel.Path(9), kernel.Dense(c, 1, 1), kernel.Dense(one, 1, 1), kernel.Dense(one, 1, 1), kernel.Options{})
	require.ErrorContains(t, err, "kernel: path is Path(9), want one that this processor has: [go")
	_, err = kernel.Pack(kernel.Path(9), kernel.Dense(one, 1, 1))
	require.ErrorContains(t, err, "kernel: path is Path(9), want one that this processor has: [go")
	require.Equal(t, []int32{7}, c)
}

func TestErrors(t *testing.T) {
	type (
		u8  = kernel.Matrix[uint8]
		i32 = kernel.Matrix[int32]
	)
	data := make([]uint8, 12)
	sums := func() []int32 { return []int32{1, 2, 3, 4, 5, 6, 7, 8} }
	a, b := kernel.Dense(data, 2, 3), kernel.Dense(data, 3, 4)
	fit := func(rows, cols int) i32 { return kernel.Dense(sums(), rows, cols) }
	for _, c := range []struct {
		c    i32
		a, b u8
		want string
	}{
		{fit(2, 4), u8{data, -1, 3, 3}, b, "kernel: a has -1 rows, want 0 or more"},
		{fit(2, 4), u8{data, 2, -3, 3}, b, "kernel: a has -3 columns, want 0 or more"},
		{fit(2, 4), u8{data, 2, 3, 2}, b, "kernel: a has stride 2, want at least its 3 columns"},
		{fit(2, 4), u8{data, 1, 3, -1}, b, "kernel: a has stride -1, want at least its 3 columns"},
		{fit(2, 4), u8{data[:5], 2, 3, 3}, b, "kernel: a has 5 elements, want enough for 2 rows of 3 at stride 3"},
		{fit(2, 4), u8{data, 2, 3, 10}, b, "kernel: a has 12 elements, want enough for 2 rows of 3 at stride 10"},
		{fit(2, 4), u8{nil, 2, 3, 3}, b, "kernel: a has 0 elements, want enough for 2 rows of 3 at stride 3"},
		{fit(2, 4), u8{data, math.MaxInt, 3, math.MaxInt}, b, fmt.Sprintf("kernel: a has 12 elements, want enough for %[1]d rows of 3 at stride %[1]d", math.MaxInt)},
		{fit(2, 4), a, u8{data[:11], 3, 4, 4}, "kernel: b has 11 elements, want enough for 3 rows of 4 at stride 4"},
		{fit(2, 4), a, u8{data, 3, math.MinInt, 4}, fmt.Sprintf("kernel: b has %d columns, want 0 or more", math.MinInt)},
		{i32{sums()[:7], 2, 4, 4}, a, b, "kernel: c has 7 elements, want enough for 2 rows of 4 at stride 4"},
		{i32{sums(), 2, 4, 3}, a, b, "kernel: c has stride 3, want at least its 4 columns"},
		{fit(2, 4), kernel.Dense(data, 2, 2), b, "kernel: a is 2 by 2 and b 3 by 4, want as many columns in a as rows in b"},
		{fit(1, 4), a, b, "kernel: c is 1 by 4, want 2 by 4, the rows of a and the columns of b"},
		{fit(2, 3), a, b, "kernel: c is 2 by 3, want 2 by 4, the rows of a and the columns of b"},
	} {
		for _, p := range kernel.Paths() {
			require.EqualError(t, kernel.MatMul(p, c.c, c.a, c.b, kernel.Options{}), c.want)
			packed, err := kernel.Pack(p, c.b)
			if err == nil {
				err = kernel.MatMulPacked(c.c, c.a, packed, kernel.Options{})
			}
			require.EqualError(t, err, c.want)
			require.Equal(t, sums()[:len(c.c.Data)], c.c.Data, "written in spite of the error")
		}
	}
}

func TestNotPacked(t *testing.T) {
	const want = "kernel: b is not packed, want the result of Pack"
	c, a := kernel.Dense([]int32{0}, 1, 1), kernel.Dense([]int8{0}, 1, 1)
	require.EqualError(t, kernel.MatMulPacked(c, a, nil, kernel.Options{}), want)
	require.EqualError(t, kernel.MatMulPacked(c, a, new(kernel.Packed), kernel.Options{}), want)
}

// The longest exact K of each pair of kinds is accepted and gives the sum, the
// next one is refused.
func TestExact(t *testing.T) {
	u, s := slices.Repeat([]uint8{255}, 131072), slices.Repeat([]int8{-128}, 131072)
	exact(t, u, u, 33025, "kernel: K is 33026, want at most 33025 for exact sums of u8 times u8")
	exact(t, u, s, 65793, "kernel: K is 65794, want at most 65793 for exact sums of u8 times s8")
	exact(t, s, u, 65793, "kernel: K is 65794, want at most 65793 for exact sums of s8 times u8")
	exact(t, s, s, 131071, "kernel: K is 131072, want at most 131071 for exact sums of s8 times s8")
}

func exact[A, B uint8 | int8](t *testing.T, a []A, b []B, k int, want string) {
	t.Helper()
	o := kernel.Options{Exact: true}
	for _, p := range kernel.Paths() {
		sum := []int32{0}
		c := kernel.Dense(sum, 1, 1)
		require.NoError(t, kernel.MatMul(p, c, kernel.Dense(a, 1, k), kernel.Dense(b, k, 1), o))
		require.Equal(t, int64(k)*int64(a[0])*int64(b[0]), int64(sum[0]))
		require.EqualError(t, kernel.MatMul(p, c, kernel.Dense(a, 1, k+1), kernel.Dense(b, k+1, 1), o), want)
		packed, err := kernel.Pack(p, kernel.Dense(b, k+1, 1))
		require.NoError(t, err)
		require.EqualError(t, kernel.MatMulPacked(c, kernel.Dense(a, 1, k+1), packed, o), want)
		require.Equal(t, int64(k)*int64(a[0])*int64(b[0]), int64(sum[0]), "written in spite of the error")
	}
}

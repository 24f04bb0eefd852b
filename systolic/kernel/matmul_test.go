package kernel_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/systolic"
	"lockstep/systolic/kernel"
)

// define is the definition: c[i,j] plus a sum of 64 bits, which no K here
// overflows, reduced to 32.
func define[A, B systolic.Byte](c kernel.Matrix[int32], a kernel.Matrix[A], b kernel.Matrix[B], o kernel.Options) []int32 {
	out := slices.Clone(c.Data)
	for i := range c.Rows {
		for j := range c.Cols {
			var sum int64
			if o.Accumulate {
				sum = int64(c.Data[i*c.Stride+j])
			}
			for k := range a.Cols {
				sum += int64(a.Data[i*a.Stride+k]) * int64(b.Data[k*b.Stride+j])
			}
			out[i*c.Stride+j] = int32(uint32(uint64(sum)))
		}
	}
	return out
}

// fills are ways to choose element (i, j) of a matrix; r gives a random byte.
var fills = []struct {
	name string
	at   func(i, j int, least, greatest int, r func() int) int
}{
	{"random", func(_, _, _, _ int, r func() int) int { return r() }},
	{"least", func(_, _, least, _ int, _ func() int) int { return least }},
	{"greatest", func(_, _, _, greatest int, _ func() int) int { return greatest }},
	{"alternating rows", func(i, _, least, greatest int, _ func() int) int { return []int{least, greatest}[i%2] }},
	{"alternating columns", func(_, j, least, greatest int, _ func() int) int { return []int{least, greatest}[j%2] }},
	{"chequered", func(i, j, least, greatest int, _ func() int) int { return []int{greatest, least}[(i+j)%2] }},
	{"extremes", func(_, _, least, greatest int, r func() int) int { return []int{least, greatest}[r()&1] }},
}

// matrix makes a matrix whose first element is at the given offset of its
// array, with random bytes between and after the rows.
func matrix[T systolic.Byte](rows, cols, stride, offset, fill int, rnd *rand.Rand) kernel.Matrix[T] {
	kind := systolic.U8
	if ^T(0) < 0 {
		kind = systolic.S8
	}
	least, greatest := kind.Range()
	data := make([]T, offset+rows*stride+7)
	for i := range data {
		data[i] = T(rnd.Uint32())
	}
	m := kernel.Matrix[T]{Data: data[offset:], Rows: rows, Cols: cols, Stride: stride}
	for i := range rows {
		for j := range cols {
			m.Data[i*stride+j] = T(fills[fill].at(i, j, least, greatest, func() int { return int(T(rnd.Uint32())) }))
		}
	}
	return m
}

// A shape is one product to test.
type shape struct {
	m, n, k          int
	padA, padB, padC int // stride above columns
	offset           int // of the first element of each matrix from its array
	fillA, fillB     int
	o                kernel.Options
	seed             uint64
}

// check compares every path, packed and not, with the definition.
func check[A, B systolic.Byte](t require.TestingT, s shape) {
	rnd := rand.New(rand.NewPCG(s.seed, 1))
	a := matrix[A](s.m, s.k, s.k+s.padA, s.offset, s.fillA, rnd)
	b := matrix[B](s.k, s.n, s.n+s.padB, s.offset, s.fillB, rnd)
	c := kernel.Matrix[int32]{Data: make([]int32, s.offset+s.m*(s.n+s.padC)+5)[s.offset:], Rows: s.m, Cols: s.n, Stride: s.n + s.padC}
	for i := range c.Data {
		c.Data[i] = int32(rnd.Uint32())
	}
	before, want := slices.Clone(c.Data), define(c, a, b, s.o)
	for _, p := range kernel.Paths() {
		require.NoError(t, kernel.MatMul(p, c, a, b, s.o))
		equal(t, want, c.Data, "%v %T*%T %+v", p, a.Data, b.Data, s)
		copy(c.Data, before)

		packed, err := kernel.Pack(p, b)
		require.NoError(t, err)
		require.NoError(t, kernel.MatMulPacked(c, a, packed, s.o))
		equal(t, want, c.Data, "%v %T*%T packed %+v", p, a.Data, b.Data, s)
		copy(c.Data, before)
	}
}

// equal is require.Equal without the cost and length of printing both.
func equal(t require.TestingT, want, got []int32, format string, args ...any) {
	require.Len(t, got, len(want))
	for i := range want {
		if want[i] != got[i] {
			require.Failf(t, "wrong result", "element %d is %d, want %d: %s", i, got[i], want[i], fmt.Sprintf(format, args...))
		}
	}
}

// checkKinds checks a shape with each pair of kinds.
func checkKinds(t require.TestingT, s shape) {
	check[uint8, uint8](t, s)
	check[uint8, int8](t, s)
	check[int8, uint8](t, s)
	check[int8, int8](t, s)
}

func TestPathsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fill := rapid.IntRange(0, len(fills)-1)
		pad := rapid.IntRange(0, 3)
		checkKinds(t, shape{
			m: rapid.IntRange(1, 20).Draw(t, "m"), n: rapid.IntRange(1, 140).Draw(t, "n"), k: rapid.IntRange(1, 150).Draw(t, "k") + rapid.SampledFrom([]int{0, 0, 400, 1000}).Draw(t, "k0"),
			padA: pad.Draw(t, "padA"), padB: pad.Draw(t, "padB"), padC: pad.Draw(t, "padC"),
			offset: rapid.IntRange(0, 70).Draw(t, "offset"),
			fillA:  fill.Draw(t, "fillA"), fillB: fill.Draw(t, "fillB"),
			o:    kernel.Options{Accumulate: rapid.Bool().Draw(t, "accumulate")},
			seed: rapid.Uint64().Draw(t, "seed"),
		})
	})
}

// Every pair of extreme operands, at the edges of words, vectors, panels,
// tiles and blocks.
func TestCorners(t *testing.T) {
	shapes := []shape{
		{m: 1, n: 1, k: 1}, {m: 1, n: 16, k: 4}, {m: 3, n: 17, k: 5}, {m: 6, n: 64, k: 64}, {m: 7, n: 65, k: 65}, {m: 11, n: 63, k: 63},
		{m: 12, n: 128, k: 16}, {m: 13, n: 129, k: 33}, {m: 5, n: 15, k: 511}, {m: 6, n: 16, k: 512}, {m: 8, n: 17, k: 513}, {m: 2, n: 66, k: 1025},
	}
	for _, s := range shapes {
		for a := range fills {
			for b := range fills {
				s.fillA, s.fillB, s.seed = a, b, uint64(a*len(fills)+b)
				s.o.Accumulate = (a+b)%2 == 1
				checkKinds(t, s)
			}
		}
	}
}

// All edges of the blocks of M, which packs A anew.
func TestBlocksOfM(t *testing.T) {
	for _, m := range []int{119, 120, 121, 127, 128, 129, 503, 504, 505, 515, 1009} {
		checkKinds(t, shape{m: m, n: 67, k: 9, padC: 1, seed: uint64(m)})
	}
}

// Sums that wrap, exactly at the border and far behind it.
func TestWrap(t *testing.T) {
	for i, k := range []int{33026, 66052, 131072, 200001} {
		for _, fill := range []int{1, 2, 6} {
			checkKinds(t, shape{m: 1, n: 2, k: k, fillA: fill, fillB: fill, o: kernel.Options{Accumulate: i%2 == 1}, seed: 3})
		}
	}
	for _, p := range kernel.Paths() {
		c := []int32{1}
		minus := slices.Repeat([]int8{-128}, 131072)
		a, b := kernel.Dense(minus, 1, len(minus)), kernel.Dense(minus, len(minus), 1)
		require.NoError(t, kernel.MatMul(p, kernel.Dense(c, 1, 1), a, b, kernel.Options{}))
		require.Equal(t, int32(-1<<31), c[0], "%v: 131072 products of -128*-128 are 2^31", p)
		require.NoError(t, kernel.MatMul(p, kernel.Dense(c, 1, 1), a, b, kernel.Options{Accumulate: true}))
		require.Zero(t, c[0], "%v: twice 2^31", p)
	}
}

func TestEmpty(t *testing.T) {
	for _, p := range kernel.Paths() {
		for _, o := range []kernel.Options{{}, {Accumulate: true}} {
			c := kernel.Matrix[int32]{Data: []int32{1, 2, 3, 4, 5}, Rows: 2, Cols: 2, Stride: 3}
			none := kernel.Matrix[uint8]{Rows: 0, Cols: 2, Stride: 2}
			want := []int32{0, 0, 3, 0, 0}
			if o.Accumulate {
				want = []int32{1, 2, 3, 4, 5}
			}
			require.NoError(t, kernel.MatMul(p, c, kernel.Matrix[int8]{Rows: 2}, none, o))
			require.Equal(t, want, c.Data, "K = 0")
			packed, err := kernel.Pack(p, none)
			require.NoError(t, err)
			require.NoError(t, kernel.MatMulPacked(c, kernel.Matrix[int8]{Rows: 2}, packed, o))
			require.Equal(t, want, c.Data, "K = 0, packed")

			bytes := []uint8{1, 2}
			require.NoError(t, kernel.MatMul(p, kernel.Matrix[int32]{Cols: 1, Stride: 1}, kernel.Dense(bytes, 0, 2), kernel.Dense(bytes, 2, 1), o))
			require.NoError(t, kernel.MatMul(p, kernel.Matrix[int32]{Rows: 1}, kernel.Dense(bytes, 1, 2), kernel.Dense(bytes, 2, 0), o))
			packed, err = kernel.Pack(p, kernel.Dense(bytes, 2, 0))
			require.NoError(t, err)
			require.NoError(t, kernel.MatMulPacked(kernel.Matrix[int32]{Rows: 1}, kernel.Dense(bytes, 1, 2), packed, o))
		}
	}
}

// A Packed keeps nothing of b, starts its panels on cache lines, and serves
// several goroutines.
func TestPackedIsShared(t *testing.T) {
	const m, n, k = 9, 70, 600
	rnd := rand.New(rand.NewPCG(5, 5))
	a, b := matrix[uint8](m, k, k, 0, 0, rnd), matrix[int8](k, n, n, 0, 0, rnd)
	want := define(kernel.Dense(make([]int32, m*n), m, n), a, b, kernel.Options{})
	for _, p := range kernel.Paths() {
		scratch := kernel.Dense(slices.Clone(b.Data), k, n)
		packed, err := kernel.Pack(p, scratch)
		require.NoError(t, err)
		clear(scratch.Data)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 5 {
					c := make([]int32, m*n)
					if err := kernel.MatMulPacked(kernel.Dense(c, m, n), a, packed, kernel.Options{}); err != nil || !slices.Equal(want, c) {
						t.Errorf("%v: concurrent product is wrong (error %v)", p, err)
					}
				}
			})
		}
		all.Wait()
	}
}

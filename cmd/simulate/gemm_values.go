package main

import (
	"fmt"
	"math/rand/v2"

	"lockstep/systolic"
	"lockstep/systolic/tpu"
)

// gemmValues are random matrices over the full range of their types and the
// product that a run computes. u8 is held as the same bits in int8.
type gemmValues struct {
	gemm  systolic.GEMM
	types tpu.Types
	a, b  []byte
	c     []int32
	rand  *rand.Rand
}

// maxValues bounds the elements of each matrix: 1 GiB of results.
const maxValues = 1 << 28

func newGEMMValues(g systolic.GEMM, t tpu.Types, seed uint64) (*gemmValues, error) {
	for _, n := range [3]int{g.M * g.K, g.K * g.N, g.M * g.N} {
		if n > maxValues {
			return nil, fmt.Errorf("a matrix of %d elements, want at most %d to compute values", n, maxValues)
		}
	}
	v := &gemmValues{gemm: g, types: t, c: make([]int32, g.M*g.N), rand: rand.New(rand.NewPCG(seed, 0))}
	v.a, v.b = v.random(t.A, g.M*g.K), v.random(t.B, g.K*g.N)
	return v, nil
}

// random returns n elements; those of integers take any value of a byte.
func (v *gemmValues) random(t tpu.Type, n int) []byte {
	b := make([]byte, n)
	for i := 0; i < n; i += 8 {
		bits := v.rand.Uint64()
		for k := i; k < min(i+8, n); k++ {
			b[k] = byte(bits)
			if t == tpu.Ternary {
				b[k] = byte(int8(bits&0xff%3) - 1)
			}
			bits >>= 8
		}
	}
	return b
}

// forRun returns the matrices in the types of the product.
func (v *gemmValues) forRun() tpu.Values {
	switch {
	case v.types.A == tpu.U8 && v.types.B == tpu.U8:
		return tpu.NewValues(v.c, v.a, v.b)
	case v.types.A == tpu.U8:
		return tpu.NewValues(v.c, v.a, signed(v.b))
	case v.types.B == tpu.U8:
		return tpu.NewValues(v.c, signed(v.a), v.b)
	}
	return tpu.NewValues(v.c, signed(v.a), signed(v.b))
}

func signed(b []byte) []int8 {
	s := make([]int8, len(b))
	for i, x := range b {
		s[i] = int8(x)
	}
	return s
}

// rounds is the number of random vectors of the check.
const rounds = 16

// check compares C*r with A*(B*r) for random vectors r, modulo 2^32 as the sums
// are (Freivalds): a wrong product passes a round with a probability of 1/2 at
// most.
func (v *gemmValues) check() (string, error) {
	g := v.gemm
	element := func(t tpu.Type, b byte) uint32 {
		if t == tpu.U8 {
			return uint32(b)
		}
		return uint32(int32(int8(b)))
	}
	br, r := make([]uint32, g.K), make([]uint32, g.N)
	for round := range rounds {
		for i := range r {
			r[i] = v.rand.Uint32()
		}
		for k := range g.K {
			br[k] = 0
			for n, b := range v.b[k*g.N:][:g.N] {
				br[k] += element(v.types.B, b) * r[n]
			}
		}
		for m := range g.M {
			want, got := uint32(0), uint32(0)
			for k, a := range v.a[m*g.K:][:g.K] {
				want += element(v.types.A, a) * br[k]
			}
			for n, c := range v.c[m*g.N:][:g.N] {
				got += uint32(c) * r[n]
			}
			if got != want {
				return "", fmt.Errorf("run gemm: the product is wrong in row %d (check %d of %d)", m, round+1, rounds)
			}
		}
	}
	return fmt.Sprintf("equal to the product, by %d random vectors", rounds), nil
}

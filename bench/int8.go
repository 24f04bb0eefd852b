package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"lockstep/systolic"
	"lockstep/systolic/kernel"
)

// int8Shape is the product of the layer. The plain loops, whose speed does not
// depend on M, compute the first int8PlainRows rows of it.
var int8Shape = systolic.GEMM{M: 256, N: 1024, K: 1024}

const int8PlainRows = 32

// randomBytes are n bytes of the whole range.
func randomBytes(n int, seed uint64) []uint8 {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]uint8, n)
	for i := range b {
		b[i] = uint8(r.Uint32())
	}
	return b
}

func prepareInt8(context.Context, func(string)) (*subject, error) {
	g := int8Shape
	a, b := randomBytes(g.M*g.K, 1), randomBytes(g.K*g.N, 2)
	c := make([]int32, g.M*g.N)
	plain := systolic.GEMM{M: int8PlainRows, N: g.N, K: g.K}
	want := make([]int32, plain.M*plain.N)
	triple := func(context.Context) (int64, error) {
		return 0, systolic.MatMul(want, a[:plain.M*plain.K], b, plain)
	}
	s := &subject{item: "MAC", ways: []way{{what: fmt.Sprintf("three plain Go loops, u8*u8, %v", plain), items: float64(plain.MACs()), call: triple}}}
	mc, ma, mb := kernel.Dense(c, g.M, g.N), kernel.Dense(a, g.M, g.K), kernel.Dense(b, g.K, g.N)
	for _, p := range kernel.Paths() {
		packed, err := kernel.Pack(p, mb)
		if err != nil {
			return nil, err
		}
		s.ways = append(s.ways, way{what: fmt.Sprintf("kernel %v, %v, B packed before", p, g), items: float64(g.MACs()),
			call: func(context.Context) (int64, error) { return 0, kernel.MatMulPacked(mc, ma, packed, kernel.Options{}) }})
	}
	return s, sameProducts(s.ways, c, want)
}

// sameProducts has every way compute once and compares c, which all but the
// first write, with want, which the first writes.
func sameProducts(ways []way, c, want []int32) error {
	for _, w := range ways {
		clear(c)
		if _, err := w.call(context.Background()); err != nil {
			return err
		}
		if w.what != ways[0].what && !slices.Equal(c[:len(want)], want) {
			return fmt.Errorf("%s: other products than %s", w.what, ways[0].what)
		}
	}
	return nil
}

package kernel_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"lockstep/systolic"
	"lockstep/systolic/kernel"
)

// benchShapes are square, flat and narrow products; M, N, K.
var benchShapes = []systolic.GEMM{
	{M: 64, N: 64, K: 64}, {M: 256, N: 256, K: 256}, {M: 1024, N: 1024, K: 1024}, {M: 2048, N: 2048, K: 2048}, {M: 4096, N: 4096, K: 4096},
	{M: 1, N: 1024, K: 1024}, {M: 2, N: 1024, K: 1024}, {M: 4, N: 1024, K: 1024}, {M: 8, N: 1024, K: 1024},
	{M: 1024, N: 16, K: 1024}, {M: 1024, N: 256, K: 64}, {M: 256, N: 256, K: 4096},
}

// BenchmarkMatMul measures u8*u8 on one core: "call" packs both operands,
// "packed" only A. Because other work may share the core, the fastest call is
// reported too; the ratio to systolic.MatMul, the plain triple loop, is that of
// the fastest calls.
func BenchmarkMatMul(b *testing.B) {
	for _, g := range benchShapes {
		rnd := rand.New(rand.NewPCG(1, 2))
		a, w := matrix[uint8](g.M, g.K, g.K, 0, 0, rnd), matrix[uint8](g.K, g.N, g.N, 0, 0, rnd)
		c := kernel.Dense(make([]int32, g.M*g.N), g.M, g.N)
		b.Run(g.String(), func(b *testing.B) {
			plain := tripleLoop(b, g, a.Data, w.Data)
			for _, p := range kernel.Paths() {
				if p == kernel.Portable && g.MACs() > 1<<31 {
					continue
				}
				packed, err := kernel.Pack(p, w)
				if err != nil {
					b.Fatal(err)
				}
				b.Run(p.String()+"/call", func(b *testing.B) {
					rate(b, g, plain, func() error { return kernel.MatMul(p, c, a, w, kernel.Options{}) })
				})
				b.Run(p.String()+"/packed", func(b *testing.B) {
					rate(b, g, plain, func() error { return kernel.MatMulPacked(c, a, packed, kernel.Options{}) })
				})
			}
		})
	}
}

// tripleLoop returns the multiply-accumulates per nanosecond of the plain
// loops, measured on as many rows as take a few milliseconds.
func tripleLoop(b *testing.B, g systolic.GEMM, a, w []uint8) float64 {
	b.Helper()
	g.M = max(1, min(g.M, 1<<22/(g.N*g.K)))
	c := make([]int32, g.M*g.N)
	best := time.Duration(1<<63 - 1)
	for range 10 {
		start := time.Now()
		if err := systolic.MatMul(c, a[:g.M*g.K], w[:g.K*g.N], g); err != nil {
			b.Fatal(err)
		}
		best = min(best, time.Since(start))
	}
	return float64(g.MACs()) / float64(best)
}

// rate times f, which computes a product of shape g.
func rate(b *testing.B, g systolic.GEMM, plain float64, f func() error) {
	b.Helper()
	best := time.Duration(1<<63 - 1)
	for b.Loop() {
		start := time.Now()
		if err := f(); err != nil {
			b.Fatal(err)
		}
		best = min(best, time.Since(start))
	}
	fastest := float64(g.MACs()) / float64(best)
	b.ReportMetric(float64(g.MACs())*float64(b.N)/float64(b.Elapsed()), "GMAC/s")
	b.ReportMetric(fastest, "GMAC/s-fastest")
	b.ReportMetric(fastest/plain, "x-triple-loop")
}

// BenchmarkPack measures the packing of B in bytes of B.
func BenchmarkPack(b *testing.B) {
	for _, p := range kernel.Paths() {
		for _, n := range []int{256, 1024, 4096} {
			w := matrix[uint8](n, n, n, 0, 0, rand.New(rand.NewPCG(1, 2)))
			b.Run(fmt.Sprintf("%v/%d", p, n), func(b *testing.B) {
				b.SetBytes(int64(n) * int64(n))
				for b.Loop() {
					if _, err := kernel.Pack(p, w); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

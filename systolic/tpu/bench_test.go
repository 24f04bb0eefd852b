package tpu

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/systolic"
)

// loop adds n operations in the pattern of a kernel that streams tiles through
// VMEM: load, product, vector work, store, in two buffers of each kind.
func loop(tb testing.TB, p *Program, n int) {
	g := systolic.GEMM{M: 64, N: 128, K: 128}
	t := Types{S8, S8}
	hbmIn, err := p.HBM("in", 64*128)
	require.NoError(tb, err)
	hbmOut, err := p.HBM("out", 64*128*4)
	require.NoError(tb, err)
	weights, err := p.VMEM(0, "weights", 128*128)
	require.NoError(tb, err)
	var in, sum [2]*Buffer
	for i := range 2 {
		in[i], err = p.VMEM(0, "in", 64*128)
		require.NoError(tb, err)
		sum[i], err = p.VMEM(0, "sum", 64*128*4)
		require.NoError(tb, err)
	}
	reads, writes := make([]Range, 0, 2), make([]Range, 0, 1)
	for i := range n {
		x, s := in[i/4%2], sum[i/4%2]
		var o Op
		switch i % 4 {
		case 0:
			o = Op{Name: "load", Engine: Engine{Kind: DMAIn}, Reads: append(reads, hbmIn.All()), Writes: append(writes, x.All())}
		case 1:
			o = Op{Name: "matmul", Engine: Engine{Kind: MXU, Index: i / 4 % 4}, Work: MatMul(g, t, systolic.WeightStationary, false),
				Reads: append(reads, x.All(), weights.All()), Writes: append(writes, s.All())}
		case 2:
			o = Op{Name: "scale", Engine: Engine{Kind: VPU}, Work: Vector(64*128, 3), Reads: append(reads, s.All()), Writes: append(writes, s.All())}
		case 3:
			o = Op{Name: "store", Engine: Engine{Kind: DMAOut}, Reads: append(reads, s.All()), Writes: append(writes, hbmOut.All())}
		}
		if _, err := p.Add(o); err != nil {
			tb.Fatal(err)
		}
	}
}

func BenchmarkProgram(b *testing.B) {
	c, err := Preset("v5e")
	require.NoError(b, err)
	p, err := NewProgram(c, Derived)
	require.NoError(b, err)
	b.ReportAllocs()
	b.ResetTimer()
	loop(b, p, b.N)
	added := b.Elapsed()
	_, err = p.Run(context.Background(), RunOptions{TimingOnly: true})
	require.NoError(b, err)
	b.ReportMetric(float64(b.N)/(b.Elapsed()-added).Seconds(), "run-ops/s")
	b.ReportMetric(float64(b.N)/added.Seconds(), "add-ops/s")
}

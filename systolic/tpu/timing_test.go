package tpu

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/systolic"
)

func drawOverlap(t *rapid.T) Overlap {
	return Overlap{rapid.Bool().Draw(t, "weights"), rapid.Bool().Draw(t, "drain"), rapid.Bool().Draw(t, "dma")}
}

func drawDataflow(t *rapid.T) systolic.Dataflow {
	return rapid.SampledFrom(systolic.Dataflows()).Draw(t, "dataflow")
}

// Operations of many passes take exactly as long as as many operations of one,
// also when they follow each other.
func TestPassesOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, rows := drawOverlap(t), rapid.Int64Range(1, 20).Draw(t, "rows")
		at := [2]int64{}
		arrays := [2]array{{overlap: o, rows: rows}, {overlap: o, rows: rows}}
		load := rapid.SampledFrom([]int64{0, rows}).Draw(t, "load")
		for range rapid.IntRange(1, 4).Draw(t, "operations") {
			pause := rapid.Int64Range(0, 30).Draw(t, "pause")
			p := passes{
				count: rapid.Int64Range(1, 9).Draw(t, "passes"), load: load,
				stream: rapid.Int64Range(1, 40).Draw(t, "stream"), tail: rows + 3,
			}
			start := at[0] + pause
			latency, interval := arrays[0].start(start, p)
			require.GreaterOrEqual(t, interval, int64(1))
			require.LessOrEqual(t, interval, latency)
			finish, one := int64(0), p
			one.count = 1
			at[1] += pause
			for range p.count {
				l, i := arrays[1].start(at[1], one)
				finish, at[1] = at[1]+l, at[1]+i
			}
			at[0] = start + interval
			require.Equal(t, start+latency, finish)
			require.Equal(t, at[0], at[1])
			require.Equal(t, arrays[0].streamFree, arrays[1].streamFree)
			require.Equal(t, arrays[0].streamed, arrays[1].streamed)
		}
	})
}

// A second definition: weights live in one buffer or in two that take turns. A
// load needs the loader and a buffer, from its begin to the end of the stream
// that uses it; streams are one after another.
func TestPassesAgainstBuffers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, rows := drawOverlap(t), rapid.Int64Range(1, 20).Draw(t, "rows")
		a := array{overlap: o, rows: rows}
		buffers := 1
		if o.Weights {
			buffers = 2
		}
		var now, loaded, streamed int64 // ends of the last ones
		released := make([]int64, buffers)
		for i := range rapid.IntRange(1, 12).Draw(t, "passes") {
			p := passes{count: 1, load: rows, stream: rapid.Int64Range(1, 40).Draw(t, "stream"), tail: rows + 3}
			latency, interval := a.start(now, p)
			load := max(loaded, released[i%buffers])
			loaded = load + p.load
			stream := max(loaded, streamed)
			streamed = stream + p.stream
			if !o.Drain {
				streamed += p.tail
			}
			released[i%buffers] = streamed
			require.Equal(t, load, now)
			require.Equal(t, stream+p.stream+p.tail, now+latency)
			now += interval
		}
	})
}

func closed(g systolic.GEMM, a systolic.Array, d systolic.Dataflow, o Overlap) (*GEMMProgram, *Report, error) {
	p, err := LowerGEMM(Single(a, d).WithOverlap(o), g, GEMMOptions{ComputeOnly: true})
	if err != nil {
		return nil, nil, err
	}
	r, err := p.Run(context.Background(), RunOptions{TimingOnly: true})
	return p, r, err
}

// Without overlap one array takes the cycles of the closed forms, in a program
// of one operation.
func TestClosedForms(t *testing.T) {
	for _, tt := range []struct {
		g        systolic.GEMM
		a        systolic.Array
		os, ws   int64
		withOver int64 // ws, full overlap: 2R+M+C-2 and max(M, R) for each further pass
	}{
		// measured with SCALE-Sim v3
		{systolic.GEMM{M: 1, N: 1024, K: 1024}, systolic.Array{Rows: 128, Cols: 128}, 10_224, 24_512, 63*128 + 383},
		{systolic.GEMM{M: 256, N: 256, K: 256}, systolic.Array{Rows: 128, Cols: 128}, 2_040, 2_552, 3*256 + 638},
		{systolic.GEMM{M: 256, N: 1024, K: 256}, systolic.Array{Rows: 32, Cols: 32}, 0, 0, 255*256 + 350},
	} {
		for d, want := range map[systolic.Dataflow]int64{systolic.OutputStationary: tt.os, systolic.WeightStationary: tt.ws} {
			p, r, err := closed(tt.g, tt.a, d, Overlap{})
			require.NoError(t, err)
			require.Equal(t, 1, p.Len())
			require.Equal(t, systolic.Cycles(tt.g, tt.a, d), r.Cycles)
			if want != 0 {
				require.Equal(t, want, r.Cycles)
			}
		}
		_, r, err := closed(tt.g, tt.a, systolic.WeightStationary, fullOverlap)
		require.NoError(t, err)
		require.Equal(t, tt.withOver, r.Cycles)
	}
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.OneOf(rapid.IntRange(1, 300), rapid.IntRange(1, 1<<16))
		g := systolic.GEMM{M: dim.Draw(t, "M"), N: dim.Draw(t, "N"), K: dim.Draw(t, "K")}
		side := rapid.OneOf(rapid.IntRange(1, 16), rapid.IntRange(1, systolic.MaxSide))
		a := systolic.Array{Rows: side.Draw(t, "rows"), Cols: side.Draw(t, "cols")}
		d := drawDataflow(t)
		_, none, err := closed(g, a, d, Overlap{})
		require.NoError(t, err)
		require.Equal(t, systolic.Cycles(g, a, d), none.Cycles)
		p, full, err := closed(g, a, d, fullOverlap)
		require.NoError(t, err)
		if systolic.NumFolds(g, a, d) > 1 && a.Cols > 1 {
			require.Less(t, full.Cycles, none.Cycles)
		}
		_, some, err := closed(g, a, d, drawOverlap(t))
		require.NoError(t, err)
		require.LessOrEqual(t, full.Cycles, some.Cycles)
		require.LessOrEqual(t, some.Cycles, none.Cycles)
		roof, err := p.Roofline(full.Cycles)
		require.NoError(t, err)
		require.GreaterOrEqual(t, full.Cycles, roof.Cycles)
		require.Equal(t, "compute", roof.Bound)
	})
}

// An array that VMEM cannot feed takes as long as its operands and sums need:
// here ws reads 4 bytes of A and writes 16 of C per beat, on a quarter of 20
// bytes per cycle.
func TestVMEMBandwidth(t *testing.T) {
	c := tiny(t)
	c.Arrays, c.VMEMBytesPerCycle = 4, Ratio{20, 1}
	g := systolic.GEMM{M: 10, N: 4, K: 4}
	require.EqualValues(t, 40, c.passes(g, Types{S8, S8}, systolic.WeightStationary).stream)
	require.EqualValues(t, 40, c.passes(systolic.GEMM{M: 4, N: 10, K: 4}, Types{S8, S8}, systolic.InputStationary).stream)
	require.EqualValues(t, 16, c.passes(systolic.GEMM{M: 4, N: 4, K: 10}, Types{S8, S8}, systolic.OutputStationary).stream)
	require.EqualValues(t, 10, c.passes(systolic.GEMM{M: 4, N: 4, K: 10}, Types{S8, Ternary}, systolic.OutputStationary).stream)
	c.VMEMBytesPerCycle, c.Int8Rate = Ratio{1000, 1}, Ratio{3, 2}
	require.EqualValues(t, 7, c.passes(g, Types{S8, S8}, systolic.WeightStationary).stream, "ceil(10 / 1.5)")
	o := Op{Engine: Engine{Kind: VPU}, Work: Vector(8, 2), Reads: []Range{{Bytes: 5000}}}
	spent, bytes := c.timing(&o)
	require.EqualValues(t, 5, spent.cycles)
	require.EqualValues(t, 5000, bytes)
}

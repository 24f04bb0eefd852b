package tpu

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/systolic"
)

var update = flag.Bool("update", false, "rewrite testdata")

// drawConfig draws a machine on which a small product needs many blocks.
func drawConfig(t *rapid.T) Config {
	c := tiny(t)
	side := rapid.IntRange(1, 9)
	c.Cores, c.Arrays = rapid.IntRange(1, 3).Draw(t, "cores"), rapid.IntRange(1, 4).Draw(t, "arrays")
	c.Rows, c.Cols = side.Draw(t, "rows"), side.Draw(t, "cols")
	c.Int8Rate = rapid.SampledFrom([]Ratio{{1, 1}, {2, 1}, {1, 2}, {3, 2}}).Draw(t, "rate")
	c.VMEMBytes = rapid.Int64Range(64, 8192).Draw(t, "vmem")
	c.HBMBytes = maxBytes
	c.HBMBytesPerCycle = Ratio{rapid.Int64Range(1, 200).Draw(t, "bytes"), rapid.Int64Range(1, 7).Draw(t, "cycles")}
	c.VMEMBytesPerCycle = Ratio{rapid.Int64Range(200, 2000).Draw(t, "vmem bytes"), 1}
	c.HBMLatencyCycles = rapid.Int64Range(1, 100).Draw(t, "latency")
	c.DMAEngines, c.DMAInFlight = rapid.IntRange(1, 3).Draw(t, "engines"), rapid.IntRange(1, 4).Draw(t, "in flight")
	c.LaunchCycles = rapid.Int64Range(0, 50).Draw(t, "launch")
	return c.WithOverlap(drawOverlap(t))
}

// operand draws n elements: of all values, or only of the extremes of the type.
func operand[T systolic.Byte](t *rapid.T, name string, n int, least, greatest int) []T {
	seed := rapid.Uint64().Draw(t, name+" seed")
	extreme := rapid.Bool().Draw(t, name+" extreme")
	r := rand.New(rand.NewPCG(seed, 1))
	list := make([]T, n)
	for i := range list {
		v := least + r.IntN(greatest-least+1)
		if extreme {
			v = [2]int{least, greatest}[r.IntN(2)]
		}
		list[i] = T(v)
	}
	return list
}

// checkGEMM computes a product and compares it with the plain definition, and
// its cycles with those of a run without values and with the roofline.
func checkGEMM[A, B systolic.Byte](t *rapid.T, c Config, g systolic.GEMM, o GEMMOptions, a []A, b []B) {
	got, want := make([]int32, g.M*g.N), make([]int32, g.M*g.N)
	for i := range got {
		got[i] = -1 << 31 // what no run has written shows
	}
	require.NoError(t, systolic.MatMul(want, a, b, g))
	o.Values = NewValues(got, a, b)
	p, err := LowerGEMM(c, g, o)
	require.NoError(t, err)
	r, err := p.Run(context.Background(), RunOptions{})
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, g.MACs(), r.MACs)
	clear(got)
	timed, err := p.Run(context.Background(), RunOptions{TimingOnly: true})
	require.NoError(t, err)
	require.Equal(t, r, timed)
	require.Equal(t, make([]int32, len(got)), got, "a timed run computes nothing")
	roof, err := p.Roofline(r.Cycles)
	require.NoError(t, err)
	require.GreaterOrEqual(t, r.Cycles, roof.Cycles, "%+v", roof)
	require.LessOrEqual(t, roof.Share, 1.0)
	for core, peak := range r.PeakVMEM {
		require.True(t, o.ComputeOnly || peak <= c.VMEMBytes, "core %d", core)
	}
	o.Values = nil
	again, err := LowerGEMM(c, g, o)
	require.NoError(t, err)
	r2, err := again.Run(context.Background(), RunOptions{})
	require.NoError(t, err)
	require.Equal(t, r, r2, "a program without values takes the same cycles")
}

func TestGEMMValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		dim := rapid.OneOf(rapid.IntRange(1, 12), rapid.IntRange(1, 60))
		g := systolic.GEMM{M: dim.Draw(t, "M"), N: dim.Draw(t, "N"), K: dim.Draw(t, "K")}
		o := GEMMOptions{Dataflow: drawDataflow(t), ComputeOnly: rapid.IntRange(0, 4).Draw(t, "compute only") == 0}
		o.Types = Types{Type(rapid.IntRange(1, 3).Draw(t, "A")), Type(rapid.IntRange(1, 3).Draw(t, "B"))}
		signed := func(x Type) (int, int) {
			if x == Ternary {
				return -1, 1
			}
			return -128, 127
		}
		lowA, highA := signed(o.Types.A)
		lowB, highB := signed(o.Types.B)
		switch ua, ub := o.Types.A == U8, o.Types.B == U8; {
		case ua && ub:
			checkGEMM(t, c, g, o, operand[uint8](t, "a", g.M*g.K, 0, 255), operand[uint8](t, "b", g.K*g.N, 0, 255))
		case ua:
			checkGEMM(t, c, g, o, operand[uint8](t, "a", g.M*g.K, 0, 255), operand[int8](t, "b", g.K*g.N, lowB, highB))
		case ub:
			checkGEMM(t, c, g, o, operand[int8](t, "a", g.M*g.K, lowA, highA), operand[uint8](t, "b", g.K*g.N, 0, 255))
		default:
			checkGEMM(t, c, g, o, operand[int8](t, "a", g.M*g.K, lowA, highA), operand[int8](t, "b", g.K*g.N, lowB, highB))
		}
	})
}

// The longest exact sums of the most extreme operands, through all presets.
func TestGEMMExtremes(t *testing.T) {
	for _, name := range PresetNames() {
		c := preset(t, name)
		g := systolic.GEMM{M: 3, N: 5, K: systolic.ExactK(systolic.S8, systolic.S8)}
		a, b, sum := make([]int8, g.M*g.K), make([]int8, g.K*g.N), make([]int32, g.M*g.N)
		for i := range a {
			a[i] = -128
		}
		for i := range b {
			b[i] = -128
		}
		_, err := RunGEMM(context.Background(), c, g, GEMMOptions{Values: NewValues(sum, a, b)}, RunOptions{})
		require.NoError(t, err)
		for _, x := range sum {
			require.EqualValues(t, 128*128*g.K, x)
		}
	}
}

// Bytes of one product on an HBM of half a byte per cycle: the port has no
// credit that would let a run move more than that.
func TestNoCredit(t *testing.T) {
	c := tiny(t)
	c.HBMBytesPerCycle, c.HBMLatencyCycles = Ratio{1, 2}, 1
	p, err := LowerGEMM(c, systolic.GEMM{M: 1, N: 1, K: 1}, GEMMOptions{})
	require.NoError(t, err)
	r := run(t, p.Program)
	roof, err := p.Roofline(r.Cycles)
	require.NoError(t, err)
	require.EqualValues(t, 12, roof.MemoryCycles)
	require.GreaterOrEqual(t, r.Cycles, roof.Cycles)
}

// Without overlap a machine of one core and one array moves or computes, never
// both, and each pass is alone; with overlap of transfers it takes less.
func TestNothingOverlaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		c.Cores, c.Arrays, c.LaunchCycles = 1, 1, 0
		dim := rapid.IntRange(1, 40)
		g := systolic.GEMM{M: dim.Draw(t, "M"), N: dim.Draw(t, "N"), K: dim.Draw(t, "K")}
		p, err := LowerGEMM(c.WithOverlap(Overlap{}), g, GEMMOptions{Dataflow: drawDataflow(t)})
		require.NoError(t, err)
		r := run(t, p.Program)
		sum := r.Engines[len(r.Engines)-1].BusyCycles
		for i := range p.ops.len() {
			x := p.ops.at(i).time.passes
			sum += x.count * (x.load + x.stream + x.tail)
		}
		require.GreaterOrEqual(t, r.Cycles, sum)
	})
}

// No point of a machine of realistic proportions is above its roofline. Overlap
// may cost a little, since the HBM serves requests in order: a small block that is
// needed now can be behind large ones that are not.
func TestRoofline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := preset(t, rapid.SampledFrom(PresetNames()).Draw(t, "preset"))
		c.Cores = rapid.IntRange(1, 4).Draw(t, "cores")
		c.Arrays = rapid.IntRange(1, 6).Draw(t, "arrays")
		c.Rows = rapid.SampledFrom([]int{8, 32, 100, 128, 256}).Draw(t, "rows")
		c.HBMBytesPerCycle = Ratio{rapid.Int64Range(16, 4096).Draw(t, "bytes"), 1}
		c.VMEMBytes = 1 << rapid.IntRange(17, 27).Draw(t, "vmem")
		dim := rapid.OneOf(rapid.IntRange(1, 300), rapid.IntRange(1, 2000))
		g := systolic.GEMM{M: dim.Draw(t, "M"), N: dim.Draw(t, "N"), K: dim.Draw(t, "K")}
		o := GEMMOptions{Dataflow: drawDataflow(t), Types: rapid.SampledFrom([]Types{{S8, S8}, {U8, Ternary}, {BF16, BF16}}).Draw(t, "types")}
		r, err := RunGEMM(context.Background(), c, g, o, RunOptions{})
		require.NoError(t, err)
		require.LessOrEqual(t, r.Roofline.Share, 1.0)
		require.LessOrEqual(t, r.PeakPercent, 100.0)
		require.GreaterOrEqual(t, r.Roofline.DistanceCycles, int64(0))
		require.LessOrEqual(t, float64(r.CyclesWithOverlap), 1.1*float64(r.CyclesWithoutOverlap))
		require.GreaterOrEqual(t, r.HBMBytes, int64(float64(r.MACs)/r.Roofline.IntensityMACsPerByte*(1-1e-9)), "each matrix crosses at least once")
	})
}

// On the presets overlap never costs, and pays from products of a few blocks on.
func TestOverlapPays(t *testing.T) {
	for _, name := range PresetNames() {
		for _, d := range []int{1, 32, 64, 100, 128, 200, 256, 384, 512, 777, 1024, 2048} {
			r, err := RunGEMM(context.Background(), preset(t, name), systolic.GEMM{M: d, N: d, K: d}, GEMMOptions{}, RunOptions{})
			require.NoError(t, err)
			require.LessOrEqual(t, r.CyclesWithOverlap, r.CyclesWithoutOverlap, "%s %d", name, d)
			if d >= 512 {
				require.Less(t, float64(r.CyclesWithOverlap), 0.9*float64(r.CyclesWithoutOverlap), "%s %d", name, d)
			}
		}
	}
}

func TestPublishedPeak(t *testing.T) {
	for _, tt := range []struct {
		types Types
		tops  float64
	}{{Types{S8, S8}, 1836}, {Types{U8, U8}, 1836}, {Types{BF16, BF16}, 918}} {
		r, err := RunGEMM(context.Background(), preset(t, "v6e"), systolic.GEMM{M: 4096, N: 4096, K: 4096},
			GEMMOptions{Types: tt.types}, RunOptions{})
		require.NoError(t, err)
		require.Greater(t, r.TOPS, 0.9*tt.tops, tt.types)
		require.LessOrEqual(t, r.TOPS, tt.tops)
		require.Less(t, r.Operations, int64(5000), "one event per block, not per pass")
	}
}

// Square products on v4, as measured ones will be compared with: longer
// products take longer, by a constant for the memory and a growing rest.
func TestSmallProducts(t *testing.T) {
	c, last := preset(t, "v4"), int64(0)
	for d := 32; d <= 1024; d += 32 {
		r, err := RunGEMM(context.Background(), c, systolic.GEMM{M: d, N: d, K: d}, GEMMOptions{Types: Types{BF16, BF16}}, RunOptions{})
		require.NoError(t, err)
		require.Greater(t, float64(r.Cycles), 0.97*float64(last), d)
		require.Greater(t, r.Cycles, 2*c.HBMLatencyCycles)
		last = r.Cycles
	}
}

func TestGEMMErrors(t *testing.T) {
	c, g := preset(t, "v4"), systolic.GEMM{M: 2, N: 3, K: 4}
	c8, a8, b8 := make([]int32, 6), make([]int8, 8), make([]int8, 12)
	bad := append([]int8(nil), b8...)
	bad[5] = 2
	for _, tt := range []struct {
		change func(c *Config, g *systolic.GEMM, o *GEMMOptions)
		want   string
	}{
		{func(_ *Config, g *systolic.GEMM, _ *GEMMOptions) { g.K = 0 }, "systolic: K is 0, want 1 to 16777216"},
		{func(_ *Config, _ *systolic.GEMM, o *GEMMOptions) { o.Dataflow = 9 }, "systolic: dataflow is 9, want 1 to 3 (os, ws, is)"},
		{func(_ *Config, _ *systolic.GEMM, o *GEMMOptions) { o.Types = Types{S8, 0} }, "tpu: type is 0, want 1 to 4 (u8, s8, ternary, bf16)"},
		{func(c *Config, _ *systolic.GEMM, _ *GEMMOptions) { c.Int8Rate = Ratio{} }, "tpu: types are s8*s8, which this machine does not support: its rate is 0"},
		{func(_ *Config, _ *systolic.GEMM, o *GEMMOptions) {
			o.Types, o.Values = Types{BF16, BF16}, NewValues(c8, a8, b8)
		}, "tpu: values of type bf16, want timing only: bf16 is not computed"},
		{func(_ *Config, _ *systolic.GEMM, o *GEMMOptions) {
			o.Types, o.Values = Types{U8, S8}, NewValues(c8, a8, b8)
		}, "tpu: a is []int8, want []uint8 for u8 and []int8 for s8 and ternary; its type is u8"},
		{func(_ *Config, _ *systolic.GEMM, o *GEMMOptions) {
			o.Types, o.Values = Types{S8, Ternary}, NewValues(c8, a8, make([]uint8, 12))
		}, "tpu: b is []uint8, want []uint8 for u8 and []int8 for s8 and ternary; its type is ternary"},
		{func(_ *Config, _ *systolic.GEMM, o *GEMMOptions) {
			o.Types, o.Values = Types{S8, Ternary}, NewValues(c8, a8, bad)
		}, "systolic: ternary weight 5 is 2, want -1, 0 or 1"},
		{func(_ *Config, _ *systolic.GEMM, o *GEMMOptions) { o.Values = NewValues(c8, a8[1:], b8) }, "systolic: a has 7 elements, want M*K = 8 for 2x3x4"},
		{func(c *Config, _ *systolic.GEMM, _ *GEMMOptions) { c.VMEMBytes = 8 }, "tpu: no block of 2x3x4, s8*s8, fits in vmem_bytes, 8, with at most 262144 blocks"},
		{func(c *Config, g *systolic.GEMM, _ *GEMMOptions) { *g = systolic.GEMM{M: 1 << 18, N: 1 << 18, K: 1} }, `tpu: buffer "C" of 274877906944 bytes does not fit in HBM: 524288 of 34359738368 bytes are in use, the largest gap is 34359214080`},
		{func(_ *Config, g *systolic.GEMM, _ *GEMMOptions) { *g = systolic.GEMM{M: 1 << 24, N: 1 << 24, K: 1} }, "tpu: a matrix of 16777216x16777216x1 has more than 137438953472 elements, want at most that"},
	} {
		c, g, o := c, g, GEMMOptions{}
		tt.change(&c, &g, &o)
		_, err := LowerGEMM(c, g, o)
		require.EqualError(t, err, tt.want)
		_, err = RunGEMM(context.Background(), c, g, o, RunOptions{})
		require.EqualError(t, err, tt.want)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := RunGEMM(ctx, c, g, GEMMOptions{}, RunOptions{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestGEMMResult(t *testing.T) {
	g := systolic.GEMM{M: 300, N: 200, K: 100}
	a, b, sum := make([]int8, g.M*g.K), make([]int8, g.K*g.N), make([]int32, g.M*g.N)
	r, err := RunGEMM(context.Background(), preset(t, "v5e"), g, GEMMOptions{Values: NewValues(sum, a, b)}, RunOptions{})
	require.NoError(t, err)
	require.True(t, r.Functional)
	require.Equal(t, r.Cycles, r.CyclesWithOverlap)
	require.InEpsilon(t, 2*float64(g.MACs())/r.Seconds/1e12, r.TOPS, 1e-12)
	require.InEpsilon(t, 6e6/290000.0, r.Roofline.IntensityMACsPerByte, 1e-9)
	require.Equal(t, "memory", r.Roofline.Bound)
	text, err := json.Marshal(r)
	require.NoError(t, err)
	var back GEMMResult
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, r.Config, back.Config)
	require.Equal(t, r.Engines, back.Engines)

	path := filepath.Join("testdata", "result.txt")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(r.String()), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), r.String())
	for line := range strings.Lines(r.String()) {
		require.Equal(t, strings.TrimRight(line, " \n")+"\n", line, "no blanks at the end")
	}
}

func BenchmarkGEMM(b *testing.B) {
	for _, name := range PresetNames() {
		for _, d := range []int{128, 1024, 4096} {
			b.Run(fmt.Sprintf("%s/%d", name, d), func(b *testing.B) {
				c := preset(b, name)
				for b.Loop() {
					p, err := LowerGEMM(c, systolic.GEMM{M: d, N: d, K: d}, GEMMOptions{})
					require.NoError(b, err)
					_, err = p.Run(context.Background(), RunOptions{TimingOnly: true})
					require.NoError(b, err)
				}
			})
		}
	}
}

package chip

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/sim"
	"lockstep/systolic"
)

// drawConfig draws a chip on which any product has a program.
func drawConfig(t *rapid.T) Config {
	kinds := rapid.SampledFrom([]systolic.Kind{systolic.U8, systolic.S8})
	c := Default(rapid.IntRange(1, 9).Draw(t, "rows"), rapid.IntRange(1, 9).Draw(t, "cols"))
	c.X, c.W, c.Overlap = kinds.Draw(t, "x"), kinds.Draw(t, "w"), rapid.Bool().Draw(t, "overlap")
	c.WeightBanks, c.InputBanks, c.ResultBanks = 8, rapid.IntRange(1, 3).Draw(t, "input banks"), rapid.IntRange(1, 3).Draw(t, "result banks")
	c.BankWords, c.AccumulatorWords = 1<<rapid.IntRange(2, 5).Draw(t, "bank words"), rapid.IntRange(2, 70).Draw(t, "accumulators")
	c.QueueDepth, c.DMAInFlight = rapid.IntRange(1, 4).Draw(t, "queue"), rapid.IntRange(1, 4).Draw(t, "in flight")
	c.LatencyCycles, c.ProgramWords = rapid.Int64Range(MinLatency, 60).Draw(t, "latency"), MaxProgram
	c.Efficiency = rapid.SampledFrom([]sim.Ratio{{}, {Num: 1, Den: 3}, {Num: 7, Den: 8}}).Draw(t, "efficiency")
	return c
}

// matrices returns matrices for g: at random, or the ends of the range alone.
func matrices(r *rand.Rand, g systolic.GEMM) (a, b []byte) {
	a, b = make([]byte, g.M*g.K), make([]byte, g.K*g.N)
	extreme := r.IntN(3) == 0
	for _, m := range [2][]byte{a, b} {
		for i := range m {
			if m[i] = byte(r.Uint32()); extreme {
				m[i] = []byte{0x80, 0x7f, 0xff}[r.IntN(3)]
			}
		}
	}
	return a, b
}

// run executes the program of a product and returns C.
func run(t *rapid.T, p *Product, a, b []byte) ([]int32, *Report) {
	memory, err := p.Memory(a, b)
	require.NoError(t, err)
	report, err := p.Run(t.Context(), memory, Options{})
	require.NoError(t, err)
	got, err := p.Result(memory)
	require.NoError(t, err)
	return got, report
}

// Any chip computes any product; its array is taken for the closed form without
// overlap; overlap never makes it slower at a steady memory; values do not change cycles.
func TestProducts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		g := systolic.GEMM{M: rapid.IntRange(1, 60).Draw(t, "m"), N: rapid.IntRange(1, 30).Draw(t, "n"), K: rapid.IntRange(1, 30).Draw(t, "k")}
		p, err := Compile(c, g)
		if err != nil { // too long for the program memory
			require.ErrorContains(t, err, "instructions")
			return
		}
		a, b := matrices(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)), g)
		want, err := p.Golden(a, b)
		require.NoError(t, err)
		got, report := run(t, p, a, b)
		require.Equal(t, want, got)
		timing, err := p.Run(t.Context(), nil, Options{})
		require.NoError(t, err)
		require.Equal(t, report.Spans, timing.Spans)
		require.Equal(t, report.Cycles, timing.Cycles)

		closed := int64(0)
		for _, in := range p.Instrs {
			if in.Op == Pass {
				closed += systolic.PassCycles(systolic.GEMM{M: in.Count, N: c.Cols, K: c.Rows}, c.Array(), systolic.WeightStationary)
			}
		}
		p.Config.Overlap = !c.Overlap
		other, err := p.Run(t.Context(), nil, Options{})
		require.NoError(t, err)
		with, without := report, other
		if !c.Overlap {
			with, without = other, report
		}
		require.Equal(t, closed, without.MXUBusyCycles)
		if c.Efficiency == (sim.Ratio{}) { // when a slow memory has a beat to give depends on when it was asked
			require.LessOrEqual(t, with.Cycles, without.Cycles)
		}
		require.LessOrEqual(t, with.MXUBusyCycles, closed)
	})
}

// inPlace returns a program that loads all of A and B, then makes the passes of
// the folds of g one behind the other.
func inPlace(t *testing.T, c Config, g systolic.GEMM) *Program {
	t.Helper()
	p := &Program{Config: c, MemoryBytes: 1 << 16}
	var passes []Instr
	for f := range systolic.Folds(g, c.Array(), systolic.WeightStationary) {
		in := Instr{Op: Pass, Count: g.M, Row: f.Index * c.Rows, Input: c.inputs().first + f.K.First/c.Rows*g.M,
			Word: f.N.First / c.Cols * g.M, First: f.K.First == 0}
		p.Instrs = append(p.Instrs, Instr{Op: Load, Count: f.K.Count, Bytes: f.N.Count, Row: in.Row, Stride: 64})
		if f.N.First == 0 {
			p.Instrs = append(p.Instrs, Instr{Op: Load, Count: g.M, Bytes: f.K.Count, Row: in.Input, Stride: 64})
		}
		passes = append(passes, in)
	}
	p.Instrs[len(p.Instrs)-1].Signals[0] = 1
	passes[0].Waits[0] = 1
	p.Instrs = append(p.Instrs, passes...)
	require.NoError(t, p.Check())
	return p
}

// With everything in place, the passes take the closed form of the whole product
// without overlap. With it the array streams without a gap, but for weights
// that take longer than the inputs.
func TestEverythingInPlace(t *testing.T) {
	for _, a := range []systolic.Array{{Rows: 8, Cols: 8}, {Rows: 4, Cols: 4}, {Rows: 8, Cols: 4}, {Rows: 3, Cols: 5}, {Rows: 1, Cols: 1}} {
		for _, g := range []systolic.GEMM{{M: 1, N: 1, K: 1}, {M: 20, N: 2*a.Cols + 1, K: 3 * a.Rows}, {M: 2, N: 3 * a.Cols, K: 2*a.Rows + 1}} {
			c := Default(a.Rows, a.Cols)
			c.QueueDepth, c.WeightBanks, c.Overlap = 16, 4, false
			p := inPlace(t, c, g)
			report, err := p.Run(t.Context(), nil, Options{})
			require.NoError(t, err)
			folds := systolic.NumFolds(g, a, systolic.WeightStationary)
			each := systolic.PassCycles(g, a, systolic.WeightStationary)
			require.Equal(t, systolic.Cycles(g, a, systolic.WeightStationary), report.MXUBusyCycles, "%s on %s", g, a)
			passes := report.Spans[len(p.Instrs)-int(folds):]
			for k, s := range passes {
				require.Equal(t, Span{passes[0].Start + int64(k)*each, passes[0].Start + int64(k+1)*each + passCycles}, s, "%s on %s", g, a)
			}

			p.Config.Overlap = true
			report, err = p.Run(t.Context(), nil, Options{})
			require.NoError(t, err)
			want := int64(a.Rows) + (folds-1)*int64(max(a.Rows, g.M)) + int64(g.M)
			if g.M < a.Rows { // weights load without a pause
				want = folds*int64(a.Rows) + int64(g.M)
			}
			require.Equal(t, want, report.MXUBusyCycles, "%s on %s", g, a)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	narrow := with(func(c *Config) { c.Rows, c.BankWords = 8, 2 })
	for _, tt := range []struct {
		c    Config
		g    systolic.GEMM
		want string
	}{
		{small(), systolic.GEMM{M: 1, N: 0, K: 1}, "systolic: N is 0, want 1 to 16777216"},
		{narrow, systolic.GEMM{M: 1, N: 1, K: 1}, "chip: 4 rows of weights in VMEM, want 16, two tiles"},
		{small(), systolic.GEMM{M: 1 << 20, N: 1, K: 1 << 12}, "chip: 1048576x1x4096 takes 4311748608 bytes of memory, want at most 4294967296"},
		{small(), systolic.GEMM{M: 100, N: 40, K: 40}, "chip: the program of 100x40x40 has more than ProgramWords instructions, 64"},
	} {
		_, err := Compile(tt.c, tt.g)
		require.EqualError(t, err, tt.want)
	}
	p, err := Compile(small(), systolic.GEMM{M: 2, N: 3, K: 4})
	require.NoError(t, err)
	_, err = p.Memory(make([]byte, 8), make([]byte, 13))
	require.EqualError(t, err, "chip: a has 8 elements and b has 13, want 8 and 12 for 2x3x4")
	_, err = p.Result(nil)
	require.EqualError(t, err, "chip: memory has 0 bytes, want 160")
}

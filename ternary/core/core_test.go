package core_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/sim"
	"lockstep/ternary"
	"lockstep/ternary/argmax"
	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/ternary/opticks"
)

func machine(t require.TestingT, changes ...string) core.Config {
	c, err := core.Preset(core.DefaultPreset)
	require.NoError(t, err)
	for _, s := range changes {
		require.NoError(t, c.Set(s))
	}
	return c
}

func shipped(t *testing.T) *fixed.Model {
	t.Helper()
	w, err := opticks.Load()
	require.NoError(t, err)
	m, err := fixed.New(w, fixed.Default())
	require.NoError(t, err)
	return m
}

// lockstep runs tokens on the golden model and on functional and timing-only
// machines: same logits, same cycles.
func lockstep(t require.TestingT, m *fixed.Model, c core.Config, tokens []int) *core.Machine {
	functional, err := core.New(c, m, core.Options{})
	require.NoError(t, err)
	timing, err := core.NewTiming(c, m.Shape, core.Options{Numbers: m.Config})
	require.NoError(t, err)
	golden := m.NewSession()
	for k, token := range tokens {
		want, err := golden.StepInt(token)
		require.NoError(t, err)
		cycles, err := functional.Step(context.Background(), token)
		require.NoError(t, err)
		require.Equal(t, want, functional.RawLogits(0), "logits after token %d", k)
		require.Equal(t, argmax.Argmax(want), functional.Next(0), "token chosen after token %d", k)
		same, err := timing.Step(context.Background(), 0)
		require.NoError(t, err)
		require.Equal(t, cycles, same, "cycles of token %d", k)
	}
	require.Nil(t, timing.RawLogits(0))
	return functional
}

func TestShippedModelInLockstep(t *testing.T) {
	m := shipped(t)
	var tokens []int
	for _, b := range []byte("The Rays of Light are not similar") {
		tokens = append(tokens, int(b))
	}
	for _, changes := range [][]string{
		nil,
		{"TP=16", "VP=1"},
		{"TP=128", "VP=4", "weight_beat_bytes=32", "eff=0.5"},
		{"matrix_queue=0", "vector_ports=1", "operand_buffers=1", "scalar_registers=1", "vector_registers=8"},
		{"vector_ports=2", "vector_registers=9"},
		{"lat=400", "eff=1/3", "vector_beat_bytes=2"},
		{"TP=256", "VP=16", "weight_beat_bytes=64", "vector_registers=16"},
	} {
		mc := lockstep(t, m, machine(t, changes...), tokens)
		s := mc.Summary()
		bound, _ := s.Bounds.Largest()
		require.GreaterOrEqual(t, s.MeanCycles, bound, "faster than its bound: %v", changes)
		for _, c := range s.CyclesPerToken {
			require.Equal(t, s.CyclesPerToken[0], c, "no step of this machine depends on data")
		}
	}
}

// A core that skips zeros computes the same in cycles that depend on the data,
// fewer than those of a dense operand, which a timing-only run takes.
func TestZeroSkip(t *testing.T) {
	m := shipped(t)
	c := machine(t, "zero_skip=true", "matrix_queue=0", "eff=0.5")
	timing, err := core.NewTiming(c, m.Shape, core.Options{Numbers: m.Config})
	require.NoError(t, err)
	dense, err := timing.Step(context.Background(), 0)
	require.NoError(t, err)
	var tokens []int
	for _, b := range []byte("The Rays of Light") {
		tokens = append(tokens, int(b))
	}
	different := map[sim.Cycle]bool{}
	for _, cycles := range skipping(t, m, c, tokens) {
		require.Less(t, cycles, dense)
		different[cycles] = true
	}
	require.Greater(t, len(different), 1)
}

// skipping runs tokens on the golden model and on a functional machine that
// skips zeros: same logits, weights of exactly the columns of nonzero
// activations, no faster than they allow. It returns the cycles of each token.
func skipping(t require.TestingT, m *fixed.Model, c core.Config, tokens []int) (cycles []sim.Cycle) {
	executed := map[int]core.Executed{}
	mc, err := core.New(c, m, core.Options{Observer: func(e core.Executed) { executed[e.Index] = e }})
	require.NoError(t, err)
	golden := m.NewSession()
	beats := int64(0)
	for k, token := range tokens {
		want, err := golden.StepInt(token)
		require.NoError(t, err)
		taken, err := mc.Step(context.Background(), token)
		require.NoError(t, err)
		cycles = append(cycles, taken)
		require.Equal(t, want, mc.RawLogits(0), "logits after token %d", k)
		buffers := map[int][]int64{}
		for index, in := range mc.Program.Instrs {
			e := executed[index]
			switch in.Op {
			case isa.QUANT:
				buffers[in.Q] = e.Values[0]
			case isa.TMATMUL:
				beats += columns(t, c, in, buffers[in.Q], e)
			}
		}
	}
	s := mc.Summary()
	require.InDelta(t, float64(beats)/float64(len(tokens)), s.Bounds.Matrix, 1e-6)
	bound, _ := s.Bounds.Largest()
	require.GreaterOrEqual(t, s.MeanCycles, bound, "faster than its bound")
	return cycles
}

// columns requires a product to ask memory for the columns of the nonzero
// elements of x, each once and in order, no two requests for neighbours, and
// returns their beats.
func columns(t require.TestingT, c core.Config, in isa.Instr, x []int64, e core.Executed) (beats int64) {
	column := int64((in.N + c.TP - 1) / c.TP)
	var want, got []int64
	for k, v := range x {
		if v != 0 {
			want = append(want, int64(k))
		}
	}
	before := e.Issue
	for _, r := range e.Requests {
		require.Len(t, r.Addr, 1)
		require.Greater(t, r.Cycle, before)
		require.Zero(t, (r.Addr[0]-in.Addr)%(column*int64(c.WeightBeatBytes)))
		require.Zero(t, r.Beats%column)
		before = r.Cycle
		first := (r.Addr[0] - in.Addr) / (column * int64(c.WeightBeatBytes))
		if len(got) > 0 {
			require.Greater(t, first, got[len(got)-1]+1, "neighbours are one request")
		}
		for k := range r.Beats / column {
			got = append(got, first+k)
		}
	}
	require.LessOrEqual(t, before, e.End)
	require.Equal(t, want, got, in.String())
	return int64(len(got)) * column
}

// Any model on any core computes what the golden model computes.
func TestRandomModelsOnRandomCores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, low, high int) int { return rapid.IntRange(low, high).Draw(t, name) }
		s := ternary.Shape{Layers: draw("layers", 1, 3), Hidden: draw("hidden", 1, 40), Intermediate: draw("intermediate", 1, 60),
			Vocab: draw("vocab", 1, 90), NormEps: 1e-6}
		w, err := ternary.Random(s, rapid.Uint64().Draw(t, "seed"))
		require.NoError(t, err)
		m, err := fixed.New(w, fixed.Default())
		require.NoError(t, err)
		c := machine(t)
		c.TP, c.VP = 1<<draw("log TP", 1, 6), 1<<draw("log VP", 0, 4)
		c.VectorRegisters, c.ScalarRegisters = draw("vector registers", 8, 14), draw("scalar registers", 1, 4)
		c.OperandBuffers, c.MatrixQueue = draw("operand buffers", 1, 3), draw("matrix queue", 0, 1)
		c.Lat, c.Eff = int64(draw("lat", 1, 60)), core.Efficiency{Num: 1, Den: int64(draw("1/eff", 1, 4))}
		c.VectorPorts = draw("vector ports", 1, 3)
		c.Packing = ternary.Packing(draw("packing", int(ternary.TwoBit), int(ternary.FiveTrit)))
		c.WeightBeatBytes, c.VectorBeatBytes = draw("weight beat", 1, 12), draw("vector beat", 1, 40)
		tokens := rapid.SliceOfN(rapid.IntRange(0, s.Vocab-1), 1, 4).Draw(t, "tokens")
		if !rapid.Bool().Draw(t, "zero skip") {
			lockstep(t, m, c, tokens)
			return
		}
		c.ZeroSkip, c.MatrixQueue, c.Packing = true, 0, ternary.TwoBit
		c.TP = max(4, c.TP, c.VP)
		c.WeightBeatBytes = c.TP / 4
		skipping(t, m, c, tokens)
	})
}

func TestResetStartsANewSequence(t *testing.T) {
	m := shipped(t)
	mc, err := core.New(machine(t), m, core.Options{})
	require.NoError(t, err)
	step := func(token int) []int32 {
		_, err := mc.Step(context.Background(), token)
		require.NoError(t, err)
		return append([]int32{}, mc.RawLogits(0)...)
	}
	first := step('L')
	require.NotEqual(t, first, step('L'), "the state has an effect")
	mc.Reset()
	require.Equal(t, first, step('L'))
}

func TestTraceNamesEveryInstruction(t *testing.T) {
	clock, err := sim.NewClock(300e6)
	require.NoError(t, err)
	var b bytes.Buffer
	trace, err := sim.NewChromeTrace(&b, clock, "core")
	require.NoError(t, err)
	mc, err := core.New(machine(t), shipped(t), core.Options{Tracer: trace})
	require.NoError(t, err)
	_, err = mc.Step(context.Background(), 'N')
	require.NoError(t, err)
	require.NoError(t, trace.Close())
	var file struct {
		TraceEvents []struct{ Ph, Name string }
	}
	require.NoError(t, json.Unmarshal(b.Bytes(), &file))
	seen := map[string]int{}
	for _, e := range file.TraceEvents {
		if e.Ph == "X" {
			seen[e.Name]++
		}
	}
	for _, in := range mc.Program.Instrs {
		require.Positive(t, seen[in.String()], in.String())
	}
}

func TestStepErrors(t *testing.T) {
	mc, err := core.New(machine(t), shipped(t), core.Options{})
	require.NoError(t, err)
	for token, want := range map[int]string{-1: "core: token is -1, want 0 to 255", 256: "core: token is 256, want 0 to 255"} {
		_, err := mc.Step(context.Background(), token)
		require.EqualError(t, err, want)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = mc.Step(ctx, 1)
	require.ErrorIs(t, err, context.Canceled)
}

// An instruction that waits for nothing takes its cost: run one at a time, the
// costs add up to the cycles of the token.
func TestCosts(t *testing.T) {
	s := ternary.Shape{Layers: 2, Hidden: 48, Intermediate: 80, Vocab: 30, NormEps: 1e-6}
	for _, changes := range [][]string{nil, {"TP=4", "VP=1", "lat=7", "eff=1/3", "weight_beat_bytes=3"}, {"eff=0.4", "vector_beat_bytes=6"},
		{"zero_skip=true", "TP=8", "weight_beat_bytes=2", "eff=0.7"}} {
		c := machine(t, append(changes, "matrix_queue=0")...)
		mc, err := core.NewTiming(c, s, core.Options{Numbers: fixed.Default()})
		require.NoError(t, err)
		costs, err := mc.Costs()
		require.NoError(t, err)
		w, err := ternary.Random(s, 1)
		require.NoError(t, err)
		m, err := fixed.New(w, fixed.Default())
		require.NoError(t, err)
		functional, err := core.New(c, m, core.Options{Observer: func(core.Executed) {}})
		require.NoError(t, err)
		same, err := functional.Costs()
		require.NoError(t, err)
		require.Equal(t, costs, same, "values have no effect")
		for k, cost := range costs {
			alone, err := core.NewTiming(c, s, core.Options{Numbers: fixed.Default()})
			require.NoError(t, err)
			cycles, err := alone.StepOne(context.Background(), k)
			require.NoError(t, err)
			require.Equal(t, cost.Latency, int64(cycles), "%s", mc.Program.Instrs[k].String())
			require.LessOrEqual(t, cost.Interval, cost.Latency)
		}
	}
}

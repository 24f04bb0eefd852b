package cosim_test

import (
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary"
	"lockstep/ternary/core"
	"lockstep/ternary/cosim"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/ternary/opticks"
	"lockstep/tool/tooltest"
)

// quick is for few cycles and many builds.
var quick = cosim.Build{Optimise: "-O0"}

var full = flag.Bool("full", false, "also run the cores whose models take long to compile, and more faults")

// together steps the three witnesses of a core through tokens.
func together(t *testing.T, c core.Config, m *fixed.Model, b cosim.Build, tokens []int) {
	t.Helper()
	trio, err := cosim.New(t.Context(), c, m, b)
	require.NoError(t, err)
	defer func() { require.NoError(t, trio.Close()) }()
	for _, token := range tokens {
		lanes := make([]int, c.Batch)
		for l := range lanes {
			lanes[l] = (token + l) % m.Shape.Vocab
		}
		_, err := trio.Step(t.Context(), lanes)
		require.NoError(t, err)
	}
	_, err = trio.Hardware.Step(-1)
	require.ErrorContains(t, err, "cosim: token is -1, want 0 to ")
}

// hardwareConfig returns the default core with changes, and the memory beats
// that go with them.
func hardwareConfig(t *testing.T, changes ...string) core.Config {
	t.Helper()
	c, err := core.Preset(core.DefaultPreset)
	require.NoError(t, err)
	for _, s := range changes {
		require.NoError(t, c.Set(s))
	}
	c.VectorBeatBytes = c.VP * 2
	if !slices.ContainsFunc(changes, func(s string) bool { return strings.HasPrefix(s, "weight_beat_bytes=") }) {
		c.WeightBeatBytes = c.TP / 4
	}
	return c
}

// Golden model, event model and hardware have the same logits, and event model
// and hardware the same cycles for every token: over models with ragged
// vectors and cores of any widths, registers and memories.
func TestThreeWitnesses(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	cores := [][]string{
		{"TP=16", "VP=1", "lat=4", "vector_ports=1"},
		{"TP=4", "VP=4", "eff=0.5", "lat=37", "vector_ports=2"},
		{"TP=32", "VP=8", "eff=1/3", "vector_registers=8", "scalar_registers=1", "operand_buffers=1", "matrix_queue=0"},
		{"TP=16", "VP=4", "packing=5-trit", "weight_beat_bytes=4", "batch=2"},
		{"TP=8", "VP=2", "packing=5-trit", "weight_beat_bytes=3", "eff=0.3", "vector_ports=3", "vector_registers=13", "scalar_registers=3", "operand_buffers=3"},
		{"TP=4", "VP=2", "zero_skip=true", "matrix_queue=0", "eff=0.4", "lat=9", "vector_ports=3"},
		{"TP=16", "VP=1", "zero_skip=true", "matrix_queue=0", "lat=4", "vector_ports=1", "operand_buffers=1"},
	}
	if *full {
		cores = append(cores, [][]string{
			{"TP=16", "VP=16", "lat=400", "eff=0.25", "batch=2"},
			{"TP=32", "VP=4", "weight_beat_bytes=16", "eff=0.7", "lat=9"},
			{"TP=32", "VP=8", "zero_skip=true", "matrix_queue=0", "lat=60", "eff=5/6"},
			{"TP=8", "VP=8", "vector_registers=16", "operand_buffers=4", "eff=3/7", "lat=5", "batch=3", "vector_ports=1"},
		}...)
	}
	for k, changes := range cores {
		t.Run(strings.Join(changes, " "), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(k), 0))
			s := ternary.Shape{Layers: 1 + r.IntN(2), Hidden: 9 + r.IntN(40), Intermediate: 17 + r.IntN(60), Vocab: 10 + r.IntN(90), NormEps: 1e-6}
			w, err := ternary.Random(s, uint64(k))
			require.NoError(t, err)
			m, err := fixed.New(w, fixed.Default())
			require.NoError(t, err)
			var tokens []int
			for range 3 {
				tokens = append(tokens, r.IntN(s.Vocab))
			}
			together(t, hardwareConfig(t, changes...), m, quick, tokens)
		})
	}
}

// The shipped model runs whole tokens on the hardware of the default core.
func TestShippedModelOnHardware(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	w, err := opticks.Load()
	require.NoError(t, err)
	m, err := fixed.New(w, fixed.Default())
	require.NoError(t, err)
	together(t, hardwareConfig(t), m, cosim.Build{}, []int{'L', 'i', 'g'})
}

func TestHardwareErrors(t *testing.T) {
	s := ternary.Shape{Layers: 1, Hidden: 8, Intermediate: 8, Vocab: 8, NormEps: 1e-6}
	p, err := isa.Compile(s, hardwareConfig(t).Target(fixed.Default()))
	require.NoError(t, err)
	for _, tt := range []struct{ set, want string }{
		{"lat=3", "core: lat is 3, want at least 4 in hardware, which reads stored words ahead"},
		{"TP=2", "core: TP is 2, want at least VP, 4, in hardware"},
		{"vector_beat_bytes=6", "core: vector_beat_bytes is 6, want 8 in hardware, a word of VP elements"},
		{"VP=3", "core: VP is 3, want a power of two"},
		{"weight_beat_bytes=129", "unpack: BeatBytes is 129, want 1 to 128"},
	} {
		c := hardwareConfig(t)
		require.NoError(t, c.Set(tt.set))
		_, err := core.RTL(c, p, fixed.Default())
		require.EqualError(t, err, tt.want)
	}
	narrow := fixed.Default()
	narrow.Vector = fixed.Format{Width: 14, Frac: 7}
	_, err = core.RTL(hardwareConfig(t), p, narrow)
	require.EqualError(t, err, "core: Vector.Width is 14, want whole bytes in hardware")
}

// The core goes on by itself with the tokens that it has chosen, in every lane
// of a batch with its own.
func TestGeneratesWithoutTheHost(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	c := hardwareConfig(t, "TP=8", "VP=2", "vector_registers=16", "operand_buffers=4", "eff=3/7", "lat=5", "batch=3", "vector_ports=1")
	w, err := ternary.Random(ternary.Shape{Layers: 2, Hidden: 21, Intermediate: 40, Vocab: 50, NormEps: 1e-6}, 11)
	require.NoError(t, err)
	m, err := fixed.New(w, fixed.Default())
	require.NoError(t, err)
	event, err := core.New(c, m, core.Options{})
	require.NoError(t, err)
	h, err := cosim.NewHardware(t.Context(), c, event.Program, m, quick)
	require.NoError(t, err)
	defer func() { require.NoError(t, h.Close()) }()
	tokens := []int{3, 4, 49}
	runs, err := h.Generate(tokens, 5)
	require.NoError(t, err)
	require.Len(t, runs, 6)
	for k, run := range runs {
		cycles, err := event.StepLanes(t.Context(), tokens)
		require.NoError(t, err)
		require.Equal(t, int64(cycles), run.Cycles, "run %d", k)
		for l := range tokens {
			tokens[l] = event.Next(l)
		}
		require.Equal(t, tokens, run.Next, "run %d", k)
	}
	again, err := h.Generate([]int{1, 2, 3}, 0)
	require.NoError(t, err)
	require.Len(t, again, 1)
	_, err = h.Generate([]int{1}, 0)
	require.EqualError(t, err, "cosim: 1 tokens, want 3, one per lane")
	_, err = h.Generate(tokens, 1<<16)
	require.EqualError(t, err, "cosim: 65536 further tokens, want 0 to 65535")
}

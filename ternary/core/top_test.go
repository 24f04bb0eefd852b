package core

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lockstep/rtl/unittest"
	"lockstep/ternary"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/ternary/opticks"
	"lockstep/verilator"
)

// hardware runs tokens on the RTL of a core under Verilator and compares the
// logits with the golden model's; it returns the cycles of each token.
func hardware(t *testing.T, c Config, m *fixed.Model, tokens []int) []int64 {
	t.Helper()
	top, err := RTL(c, m.Shape, m.Config)
	require.NoError(t, err)
	p, err := isa.Compile(m.Shape, c.target(m.Config))
	require.NoError(t, err)
	require.NoError(t, p.Bind(m))
	data, err := Contents(p, m)
	require.NoError(t, err)
	var code []byte
	for k := range p.Instrs {
		code, err = p.Instrs[k].Encode(code)
		require.NoError(t, err)
	}
	port := func(name string) verilator.MemoryPort {
		return verilator.MemoryPort{Name: name, LatencyCycles: c.Lat, Efficiency: verilator.Ratio(c.Eff)}
	}
	s, err := verilator.NewSession(t.Context(), top, verilator.SessionConfig{Memories: []verilator.Memory{
		{Name: "code", Bytes: int64(len(code)), Ports: []verilator.MemoryPort{port("program")}},
		{Name: "data", Bytes: int64(len(data)), Ports: []verilator.MemoryPort{port("weights"), port("vectors")}},
	}})
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Load("code", 0, code))
	require.NoError(t, s.Load("data", 0, data))
	require.NoError(t, s.Reset())
	send := func(port string, lanes ...int64) {
		require.NoError(t, s.Set(port+"_valid", 1))
		for ready := int64(0); ready == 0; {
			out, err := s.Get(port + "_ready")
			require.NoError(t, err)
			ready = out[0]
			require.NoError(t, s.Step(1))
		}
		require.NoError(t, s.Set(port+"_valid", 0))
	}
	require.NoError(t, s.Set("load_count", int64(len(p.Instrs))))
	require.NoError(t, s.Set("done_ready", 0))
	send("load")
	golden := m.NewSession()
	event, err := New(c, m, Options{})
	require.NoError(t, err)
	logits, _ := p.Layout.Find(isa.Ref{Kind: isa.Logits})
	var cycles []int64
	for k, token := range tokens {
		want, err := golden.StepInt(token)
		require.NoError(t, err)
		require.NoError(t, s.Set("token_id", int64(token)))
		_, err = s.RunUntil(100000, "token_ready", 1)
		require.NoError(t, err)
		begin := s.Cycle()
		send("token")
		end, err := s.RunUntil(10000000, "done_valid", 1)
		require.NoError(t, err)
		cycles = append(cycles, end-begin)
		same, err := event.Step(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, want, event.RawLogits())
		assert.Equal(t, int64(same), end-begin, "cycles of token %d: event model, hardware", k)
		require.NoError(t, s.Set("done_ready", 1))
		require.NoError(t, s.Step(1))
		require.NoError(t, s.Set("done_ready", 0))
		raw, err := s.Dump("data", logits.Addr, logits.Bytes())
		require.NoError(t, err)
		for i, w := range want {
			require.Equal(t, w, get(raw[i*p.Target.ElementBytes:], p.Target.ElementBytes), "logit %d after token %d", i, k)
		}
	}
	return cycles
}

// hardwareConfig returns the default core with changes, and the memory beats
// that go with them.
func hardwareConfig(t *testing.T, changes ...string) Config {
	t.Helper()
	c, err := Preset(DefaultPreset)
	require.NoError(t, err)
	for _, s := range changes {
		require.NoError(t, c.Set(s))
	}
	c.WeightBeatBytes, c.VectorBeatBytes = c.TP/4, c.VP*2
	return c
}

// Golden model, event model and hardware have the same logits, and event model
// and hardware the same cycles for every token: over models with ragged
// vectors and cores of any widths, registers and memories.
func TestThreeWitnesses(t *testing.T) {
	unittest.Need(t, "verilator", "g++")
	for k, changes := range [][]string{
		{"TP=8", "VP=2"},
		{"TP=16", "VP=1", "lat=4"},
		{"TP=4", "VP=4", "eff=0.5", "lat=37"},
		{"TP=32", "VP=8", "eff=1/3", "vector_registers=8", "scalar_registers=1", "operand_buffers=1"},
		{"TP=16", "VP=16", "lat=400", "eff=0.25"},
		{"TP=64", "VP=2", "vector_registers=13", "scalar_registers=3", "operand_buffers=3", "eff=0.9"},
		{"TP=8", "VP=8", "vector_registers=16", "operand_buffers=4", "eff=3/7", "lat=5"},
	} {
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
			hardware(t, hardwareConfig(t, changes...), m, tokens)
		})
	}
}

// The shipped model runs whole tokens on the hardware of the default core.
func TestShippedModelOnHardware(t *testing.T) {
	unittest.Need(t, "verilator", "g++")
	w, err := opticks.Load()
	require.NoError(t, err)
	m, err := fixed.New(w, fixed.Default())
	require.NoError(t, err)
	hardware(t, hardwareConfig(t), m, []int{'L', 'i', 'g'})
}

func TestHardwareErrors(t *testing.T) {
	s := ternary.Shape{Layers: 1, Hidden: 8, Intermediate: 8, Vocab: 8, NormEps: 1e-6}
	for _, tt := range []struct{ set, want string }{
		{"matrix_queue=1", "core: matrix_queue is 1, want 0 in hardware"},
		{"lat=3", "core: lat is 3, want at least 4 in hardware, which reads stored words ahead"},
		{"TP=4", "core: TP is 4, want at least VP, 8, in hardware"},
		{"weight_beat_bytes=32", "core: weight_beat_bytes is 32, want 16 in hardware, a beat of TP trits"},
		{"vector_beat_bytes=8", "core: vector_beat_bytes is 8, want 16 in hardware, a word of VP elements"},
		{"VP=3", "core: VP is 3, want a power of two"},
	} {
		c := hardwareConfig(t)
		require.NoError(t, c.Set(tt.set))
		_, err := RTL(c, s, fixed.Default())
		require.EqualError(t, err, tt.want)
	}
	narrow := fixed.Default()
	narrow.Vector = fixed.Format{Width: 14, Frac: 7}
	_, err := RTL(hardwareConfig(t), s, narrow)
	require.EqualError(t, err, "core: Vector.Width is 14, want whole bytes in hardware")
}

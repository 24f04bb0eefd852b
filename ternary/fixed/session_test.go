package fixed

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary"
)

// smallWeights returns a seeded model of ragged sizes with norm weights of both
// signs and lower bounds in every layer but the first.
func smallWeights(t require.TestingT, seed uint64) *ternary.Weights {
	w, err := ternary.Random(ternary.Shape{Layers: 3, Hidden: 22, Intermediate: 37, Vocab: 19, NormEps: 1e-6}, seed)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(seed, 9))
	norm := func(v []float32) {
		for i := range v {
			v[i] = float32(rng.NormFloat64())
		}
	}
	for i := range w.Layers {
		l := &w.Layers[i]
		for _, v := range [][]float32{l.AttnNorm, l.MLPNorm, l.GNorm, l.I.Norm, l.F.Norm, l.G.Norm, l.O.Norm, l.GateUp.Norm, l.Down.Norm} {
			norm(v)
		}
		for j := range l.LowerBound {
			l.LowerBound[j] *= rng.Float32()
		}
		for _, b := range []*ternary.BitLinear{&l.I, &l.F, &l.G, &l.O, &l.GateUp, &l.Down} {
			b.Weight.MeanAbs *= 2
		}
	}
	return w
}

// machineConfigs are the formats in which the whole model meets its second
// definition.
func machineConfigs() []Config {
	return []Config{
		Default(),
		{Format{12, 4}, Format{8, 5}, SigmoidConfig{SigmoidTable, 2, 3}},
		{Format{12, 10}, Format{12, 8}, SigmoidConfig{SigmoidTable, 3, 8}}, // +-2: everything saturates
		{Format{18, 10}, Format{16, 12}, SigmoidConfig{SigmoidTable, 4, 6}},
		{Format{24, 16}, Format{16, 13}, SigmoidConfig{SigmoidTable, 4, 8}},
		{Format{32, 24}, Format{16, 14}, SigmoidConfig{SigmoidTable, 4, 8}},
		{Format{16, 9}, Format{16, 12}, SigmoidConfig{Method: SigmoidPWL3}},
		{Format{14, 7}, Format{16, 12}, SigmoidConfig{Method: SigmoidPWL5Pow2}},
	}
}

// TestModelBits runs whole tokens through the exported constants with the
// scalar second definitions: same logits and same state, bit for bit.
func TestModelBits(t *testing.T) {
	for _, c := range machineConfigs() {
		t.Run(c.testName(), func(t *testing.T) {
			m, err := New(smallWeights(t, 5), c)
			require.NoError(t, err)
			s, o := m.NewSession(), newOracleMachine(m)
			rng := rand.New(rand.NewPCG(1, 1))
			for range 25 {
				token := rng.IntN(m.Shape.Vocab)
				got, err := s.StepInt(token)
				require.NoError(t, err)
				require.Equal(t, o.step(token), got)
				for k := range o.state {
					require.Equal(t, o.state[k], s.state[k*m.Shape.Hidden:][:m.Shape.Hidden])
				}
			}
			if c.Vector.Frac == 10 && c.Vector.Width == 12 {
				require.NotZero(t, s.Saturated.Rescale)
				require.NotZero(t, s.Saturated.Add)
			}
		})
	}
}

func TestStepConvertsExactly(t *testing.T) {
	m, err := New(smallWeights(t, 1), Default())
	require.NoError(t, err)
	a, b := m.NewSession(), m.NewSession()
	for token := range m.Shape.Vocab {
		raw, err := a.StepInt(token)
		require.NoError(t, err)
		logits, err := b.Step(token)
		require.NoError(t, err)
		require.Len(t, logits, m.Shape.Vocab)
		for i := range raw {
			require.Equal(t, float64(raw[i])/512, float64(logits[i]))
		}
	}
}

func TestStepErrors(t *testing.T) {
	m, err := New(smallWeights(t, 1), Default())
	require.NoError(t, err)
	s := m.NewSession()
	_, err = s.Step(-1)
	require.EqualError(t, err, "fixed: token is -1, want 0 to 18")
	_, err = s.StepInt(19)
	require.EqualError(t, err, "fixed: token is 19, want 0 to 18")
	require.Equal(t, make([]int32, len(s.state)), s.state)
}

// TestSessionsAreIndependent interleaves two sequences and compares each with
// its own undisturbed run; Reset starts one of them again.
func TestSessionsAreIndependent(t *testing.T) {
	m, err := New(smallWeights(t, 2), Default())
	require.NoError(t, err)
	run := func(tokens []int) [][]int32 {
		s := m.NewSession()
		return steps(t, s, tokens)
	}
	first, second := []int{1, 5, 2, 2, 18, 0}, []int{7, 7, 3, 1, 0, 4}
	wantFirst, wantSecond := run(first), run(second)
	a, b := m.NewSession(), m.NewSession()
	for i := range first {
		require.Equal(t, wantFirst[i], steps(t, a, first[i:i+1])[0])
		require.Equal(t, wantSecond[i], steps(t, b, second[i:i+1])[0])
	}
	b.Reset()
	require.Equal(t, wantFirst, steps(t, b, first))
	require.NotEqual(t, wantFirst[5], steps(t, m.NewSession(), first[5:])[0])
}

func steps(t *testing.T, s *Session, tokens []int) [][]int32 {
	var all [][]int32
	for _, token := range tokens {
		logits, err := s.StepInt(token)
		require.NoError(t, err)
		all = append(all, append([]int32{}, logits...))
	}
	return all
}

func TestNewErrors(t *testing.T) {
	for _, c := range []struct {
		change func(*ternary.Weights, *Config)
		want   string
	}{
		{func(_ *ternary.Weights, c *Config) { c.Vector.Width = 40 }, "fixed: Vector.Width is 40, want 12 to 32"},
		{func(w *ternary.Weights, _ *Config) { w.Shape.Layers = 4 }, "fixed: ternary: model has 3 layers, want 4"},
		{func(w *ternary.Weights, _ *Config) { w.FinalNorm[3] = float32(math.Inf(1)) },
			"fixed: ternary: FinalNorm[3] is +Inf, want a finite number"},
		{func(w *ternary.Weights, _ *Config) { w.Layers[1].LowerBound[2] = 1 },
			"fixed: ternary: Layers[1].LowerBound[2] is 1, want a number in [0, 1)"},
		{func(w *ternary.Weights, _ *Config) { w.Shape.NormEps = 1 },
			"fixed: ternary: NormEps is 1, want a number in (0, 1)"},
		{func(w *ternary.Weights, c *Config) {
			c.Vector, c.Weight = Format{32, 24}, Format{16, 4}
			w.Layers[2].Down.Weight.MeanAbs = math.MaxFloat32
		}, "fixed: scale is 6.675695334939555e+40, want 0 or 2^-128 to 2^127 in the output of Layers[2].Down"},
	} {
		w, config := smallWeights(t, 3), Default()
		c.change(w, &config)
		_, err := New(w, config)
		require.EqualError(t, err, c.want)
	}
}

// TestConstants checks the folded constants of one projection and one norm
// against their definitions.
func TestConstants(t *testing.T) {
	w := smallWeights(t, 4)
	c := Default()
	m, err := New(w, c)
	require.NoError(t, err)
	p := m.Layers[1].Down
	require.Same(t, &w.Layers[1].Down.Weight, p.Weight)
	require.Equal(t, uint64(10), p.Eps) // 37e-6 * 2^18 = 9.7
	require.InEpsilon(t, math.Sqrt(37)/127*float64(p.Weight.MeanAbs)/8, p.Out.Float(), 1.0/(1<<16))
	n := m.Layers[2].GNorm
	require.Equal(t, uint64(6), n.Eps) // 22e-6 * 2^18 = 5.8
	require.InEpsilon(t, math.Sqrt(22)/8, n.Out.Float(), 1.0/(1<<16))
	require.Nil(t, m.Layers[0].OneMinusLB)
	for i, lb := range w.Layers[2].LowerBound {
		require.InDelta(t, 1-float64(lb), c.Vector.Float(m.Layers[2].OneMinusLB[i]), 1.0/1024)
	}
	for i, v := range w.Embedding {
		require.InDelta(t, float64(v), c.Vector.Float(m.Embedding[i]), 1.0/1024)
	}
	ops := m.Ops()
	require.Equal(t, c, ops.Config())
	require.Nil(t, ops.Saturated)
}

// TestNewRefusesLongVectors: sums of squares of more elements could overflow.
func TestNewRefusesLongVectors(t *testing.T) {
	w, err := ternary.Random(ternary.Shape{Layers: 1, Hidden: 1, Intermediate: MaxVector + 1, Vocab: 1, NormEps: 1e-6}, 1)
	require.NoError(t, err)
	_, err = New(w, Default())
	require.EqualError(t, err, "fixed: vectors have 65537 elements, want at most 65536")
}

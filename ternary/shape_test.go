package ternary

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestShapeErrors(t *testing.T) {
	good := Shape{Layers: 1, Hidden: 1, Intermediate: 1, Vocab: 1, NormEps: 1e-6}
	require.NoError(t, good.Validate())
	for _, c := range []struct {
		change func(*Shape)
		want   string
	}{
		{func(s *Shape) { s.Layers = 0 }, "ternary: Layers is 0, want 1 to 4096"},
		{func(s *Shape) { s.Hidden = -1 }, "ternary: Hidden is -1, want 1 to 65536"},
		{func(s *Shape) { s.Intermediate = 1<<18 + 1 }, "ternary: Intermediate is 262145, want 1 to 262144"},
		{func(s *Shape) { s.Vocab = math.MaxInt }, "ternary: Vocab is 9223372036854775807, want 1 to 4194304"},
		{func(s *Shape) { s.NormEps = 0 }, "ternary: NormEps is 0, want a number in (0, 1)"},
		{func(s *Shape) { s.NormEps = 1 }, "ternary: NormEps is 1, want a number in (0, 1)"},
		{func(s *Shape) { s.NormEps = math.NaN() }, "ternary: NormEps is NaN, want a number in (0, 1)"},
	} {
		s := good
		c.change(&s)
		require.EqualError(t, s.Validate(), c.want)
	}
}

// TestPublishedCounts compares with figures worked out from the published
// shapes by hand: weights, parameters, and megabytes per token at 2 and 1.6
// bits per weight.
func TestPublishedCounts(t *testing.T) {
	for name, want := range map[string]struct {
		ternary, all     int
		twoBit, fiveTrit float64
	}{
		"mmfree-370m": {341_049_344, 374_108_160, 85.3, 68.2},
		"mmfree-1.3b": {1_298_661_376, 1_364_779_008, 324.7, 259.7},
		"mmfree-2.7b": {2_619_473_920, 2_702_357_504, 654.9, 523.9},
		"opticks":     {3_473_408, 3_551_744, 0.868, 0.695},
	} {
		s, err := Preset(name)
		require.NoError(t, err)
		require.Equal(t, want.ternary, s.TernaryCount(), name)
		require.Equal(t, want.all, s.ParameterCount(), name)
		require.InEpsilon(t, want.twoBit, float64(s.BytesPerToken(TwoBit))/1e6, 1e-3, name)
		require.InEpsilon(t, want.fiveTrit, float64(s.BytesPerToken(FiveTrit))/1e6, 1e-3, name)
		require.Zero(t, s.BytesPerToken(Packing(0)))
	}
}

// TestCountsOfAModel counts what a built model really holds.
func TestCountsOfAModel(t *testing.T) {
	s := Shape{Layers: 3, Hidden: 10, Intermediate: 7, Vocab: 11, NormEps: 1e-6}
	w, err := Random(s, 1)
	require.NoError(t, err)
	trits, others, bytes := 0, len(w.Embedding)+len(w.FinalNorm), 0
	linear := func(b BitLinear) {
		n := b.Weight.Rows * b.Weight.Cols
		trits += n
		bytes += (n + 3) / 4
		others += len(b.Norm)
	}
	for _, l := range w.Layers {
		others += len(l.AttnNorm) + len(l.MLPNorm) + len(l.GNorm) + len(l.LowerBound)
		for _, b := range []BitLinear{l.I, l.F, l.G, l.O, l.GateUp, l.Down} {
			linear(b)
		}
	}
	linear(w.Head)
	require.Equal(t, trits, s.TernaryCount())
	require.Equal(t, trits+others, s.ParameterCount())
	require.Equal(t, bytes, s.BytesPerToken(TwoBit))
}

func TestPresets(t *testing.T) {
	names := PresetNames()
	require.Equal(t, []string{"mmfree-1.3b", "mmfree-2.7b", "mmfree-370m", "opticks"}, names)
	for _, name := range names {
		s, err := Preset(name)
		require.NoError(t, err)
		// All shapes follow the rule of the published models.
		require.Equal(t, (s.Hidden*8/3+255)/256*256, s.Intermediate, name)
	}
	for _, name := range []string{"", "none", "../presets/opticks", "opticks.yaml"} {
		_, err := Preset(name)
		require.ErrorContains(t, err, `want one of mmfree-1.3b, mmfree-2.7b, mmfree-370m, opticks`)
	}
}

func TestParseShapeErrors(t *testing.T) {
	const good = "layers: 1\nhidden: 2\nintermediate: 3\nvocab: 4\nnorm_eps: 1e-6\n"
	_, err := ParseShape("s.yaml", []byte(good))
	require.NoError(t, err)
	for _, c := range []struct{ text, want string }{
		{"", "ternary: s.yaml: file is empty, want a shape"},
		{good + "heads: 2\n", `ternary: s.yaml: [6:1] unknown field "heads"`},
		{good + "vocab: 5\n", `ternary: s.yaml: [6:1] mapping key "vocab" already defined at [4:1]`},
		{strings.Replace(good, "hidden: 2", "hidden: two", 1), "ternary: s.yaml: [2:9] cannot unmarshal string into Go struct field .Hidden of type int"},
		{strings.Replace(good, "hidden: 2\n", "", 1), "ternary: s.yaml: Hidden is 0, want 1 to 65536"},
		{strings.Replace(good, "1e-6", "-1", 1), "ternary: s.yaml: NormEps is -1, want a number in (0, 1)"},
		{"- 1\n", "ternary: s.yaml: [1:1] sequence was used where mapping is expected"},
	} {
		_, err := ParseShape("s.yaml", []byte(c.text))
		require.ErrorContains(t, err, c.want, c.text)
	}
}

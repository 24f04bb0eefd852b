package ablation_test

import (
	"context"
	"flag"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary"
	"lockstep/ternary/ablation"
	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/opticks"
	"lockstep/tool/tooltest"
	"lockstep/yosys"
)

var full = flag.Bool("full", false, "map the cores of all variants to all families with Yosys, which takes an hour")

// Every variant of the default core, sized for the shipped model, maps to every
// family: registers, operands and program in memory blocks, no latch. make verify
// runs this and prints the table of docs/ablation.md.
func TestWholeCores(t *testing.T) {
	if !*full {
		t.Skip("maps whole cores; run with -full")
	}
	tooltest.Need(t, "yosys")
	o := options(t)
	base, err := core.Preset(core.DefaultPreset)
	require.NoError(t, err)
	w, err := opticks.Load()
	require.NoError(t, err)
	o.Base, o.Families = base, []yosys.Family{yosys.XCUP, yosys.IntelALM}
	o.Model, err = fixed.New(w, fixed.Default())
	require.NoError(t, err)
	o.Shape, err = ternary.Preset("mmfree-370m")
	require.NoError(t, err)
	rows, err := ablation.Run(t.Context(), ablation.Variants(), o)
	require.NoError(t, err)
	for _, r := range rows {
		for _, a := range r.Areas {
			require.NotEmpty(t, a.RAM, "%s in %s", r.Variant, a.Family)
		}
	}
	t.Log("\n" + ablation.Markdown(rows))
}

// options are those of a small core and model.
func options(t *testing.T) ablation.Options {
	t.Helper()
	c, err := core.Preset(core.DefaultPreset)
	require.NoError(t, err)
	for _, s := range []string{"TP=8", "VP=2", "vector_registers=8", "weight_beat_bytes=2", "vector_beat_bytes=4", "eff=0.5"} {
		require.NoError(t, c.Set(s))
	}
	s := ternary.Shape{Layers: 1, Hidden: 32, Intermediate: 48, Vocab: 40, NormEps: 1e-6}
	w, err := ternary.Random(s, 1)
	require.NoError(t, err)
	m, err := fixed.New(w, fixed.Default())
	require.NoError(t, err)
	return ablation.Options{Base: c, Model: m, Tokens: []int{1, 2, 3}, Shape: s}
}

// Every variant is a core that runs: a batch multiplies the tokens and changes
// no cycle, fewer ports and one product at a time are slower, and five trits per
// byte are faster where memory limits.
func TestVariants(t *testing.T) {
	rows, err := ablation.Run(t.Context(), ablation.Variants(), options(t))
	require.NoError(t, err)
	by := map[string]ablation.Row{}
	for _, r := range rows {
		by[r.Variant] = r
	}
	base := by["base"]
	require.Equal(t, base, rows[0])
	require.Equal(t, base.Cycles, by["batch of 4"].Cycles)
	require.InEpsilon(t, 4*base.TokensPerS, by["batch of 4"].TokensPerS, 1e-12)
	require.Less(t, by["one pair of operand ports"].TokensPerS, base.TokensPerS)
	require.Less(t, by["no product behind the running one"].ShapePerS, base.ShapePerS)
	require.Greater(t, by["5 trits per byte"].TokensPerS, base.TokensPerS)
	table := ablation.Markdown(rows)
	require.Len(t, strings.Split(strings.TrimSpace(table), "\n"), 2+len(rows))
	require.Contains(t, table, "| batch of 2 |")
	require.Contains(t, table, "| +100.0 % |")
	require.Empty(t, ablation.Markdown(nil))
}

// The area of a core grows with its lanes, by less than they do, since they
// share fetch, issue and weights.
func TestAreas(t *testing.T) {
	if !*full {
		t.Skip("maps two cores; run with -full")
	}
	tooltest.Need(t, "yosys")
	o := options(t)
	o.Families = []yosys.Family{yosys.XCUP}
	rows, err := ablation.Run(t.Context(), []ablation.Variant{{Name: "base"}, {Name: "two", Set: []string{"batch=2"}}}, o)
	require.NoError(t, err)
	one, two := rows[0].Areas[0], rows[1].Areas[0]
	require.Greater(t, two.LUT, one.LUT)
	require.Less(t, two.LUT, 2*one.LUT)
	require.Greater(t, two.FF, one.FF)
	require.Positive(t, one.DSP)
	require.Contains(t, ablation.Markdown(rows), "xcup LUT")
}

func TestErrors(t *testing.T) {
	_, err := ablation.Run(t.Context(), []ablation.Variant{{Name: "odd", Set: []string{"TP=3"}}}, options(t))
	require.EqualError(t, err, "ablation: odd: core: TP is 3, want a power of two")
	_, err = ablation.Run(t.Context(), []ablation.Variant{{Name: "odd", Set: []string{"size=3"}}}, options(t))
	require.ErrorContains(t, err, "ablation: odd: core: --set size: unknown key")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ablation.Run(ctx, ablation.Variants(), options(t))
	require.ErrorIs(t, err, context.Canceled)
}

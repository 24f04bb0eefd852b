package bench

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/hecross"
	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/opticks"
)

// Nothing is timed that gives another result than the reference.

func TestOtherProducts(t *testing.T) {
	c, want := make([]int32, 3), make([]int32, 2)
	product := func(to []int32, values ...int32) func(context.Context) (int64, error) {
		return func(context.Context) (int64, error) { copy(to, values); return 0, nil }
	}
	reference := way{what: "loops", call: product(want, 5, 7)}
	require.NoError(t, sameProducts([]way{reference, {what: "fast", call: product(c, 5, 7, 9)}}, c, want))
	require.EqualError(t, sameProducts([]way{reference, {what: "fast", call: product(c, 5, 7)}, {what: "faster", call: product(c, 5)}}, c, want),
		"faster: other products than loops")
}

func TestOtherCycles(t *testing.T) {
	takes := func(what string, cycles int64) way {
		return way{what: what, call: func(context.Context) (int64, error) { return cycles, nil }}
	}
	require.NoError(t, callAll(t.Context(), []way{takes("golden", 0), takes("values", 12), takes("cycles only", 12)}))
	require.EqualError(t, callAll(t.Context(), []way{takes("golden", 0), takes("values", 12), takes("cycles only", 13)}),
		"cycles only: takes 13 cycles, another way 12")
}

func TestOtherResidues(t *testing.T) {
	want := hecross.Ciphertext{{{1, 2}, {3, 4}}}
	require.NoError(t, sameResidues("machine", hecross.Ciphertext{{{1, 2}, {3, 4}}}, want))
	require.EqualError(t, sameResidues("machine", hecross.Ciphertext{{{1, 2}, {3, 5}}}, want), "machine: polynomial 0, limb 1, index 1: 5, want 4")
}

func TestOtherWitness(t *testing.T) {
	w, err := opticks.Load()
	require.NoError(t, err)
	m, err := fixed.New(w, fixed.Default())
	require.NoError(t, err)
	c, err := core.Preset(core.DefaultPreset)
	require.NoError(t, err)
	slower := c
	slower.Lat++
	for want, o := range map[string]struct {
		timing core.Config
		before int // tokens that the golden model is ahead
	}{
		"token 66: the event model takes ":                                 {slower, 0},
		"token 66: the event model has other logits than the golden model": {c, 1},
	} {
		ws := witnesses{golden: m.NewSession()}
		for range o.before {
			_, err := ws.golden.StepInt('x')
			require.NoError(t, err)
		}
		ws.event, err = core.New(c, m, core.Options{})
		require.NoError(t, err)
		ws.timing, err = core.NewTiming(o.timing, m.Shape, core.Options{Numbers: m.Config})
		require.NoError(t, err)
		require.ErrorContains(t, ws.agree(t.Context(), feed{text: []byte("Body")}), want)
	}
}

func TestFeedRepeatsTheText(t *testing.T) {
	f := feed{text: []byte("ab")}
	var got []int
	w := f.each("w", func(_ context.Context, token int) (int64, error) { got = append(got, token); return 0, nil })
	for range 5 {
		_, err := w.call(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, []int{'a', 'b', 'a', 'b', 'a'}, got)
	require.Equal(t, int('a'), f.next(), "every way has a place of its own in the text")
}

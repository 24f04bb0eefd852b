package numerics

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary"
	"lockstep/ternary/fixed"
	"lockstep/ternary/float"
	"lockstep/ternary/opticks"
)

// load returns the shipped model and the first n bytes of its text.
func load(t testing.TB, n int) (*ternary.Weights, Text) {
	t.Helper()
	w, err := opticks.Load()
	require.NoError(t, err)
	text := Text{Bytes: n - 1}
	for _, b := range opticks.Validation()[:n] {
		text.Tokens = append(text.Tokens, int(b))
	}
	return w, text
}

var small = Grid{
	Widths:  []int{16, 12},
	Fracs:   []int{9, 11},
	Sigmoid: []fixed.SigmoidConfig{fixed.Default().Sigmoid, {Method: fixed.SigmoidPWL1Pow2}},
}

// TestSweep: every row is what its configuration gives alone; the order is that
// of the grid, whatever the number of workers.
func TestSweep(t *testing.T) {
	w, text := load(t, 120)
	var seen []Row
	rows, err := Sweep(t.Context(), w, text, small, 3, func(done, total int, row Row) {
		seen = append(seen, row)
		require.Equal(t, len(seen), done)
		require.Equal(t, 6, total)
		require.NotNil(t, row.Result)
	})
	require.NoError(t, err)
	require.Len(t, seen, 6)
	require.Len(t, rows, 8)
	again, err := Sweep(t.Context(), w, text, small, 1, nil)
	require.NoError(t, err)
	require.Equal(t, rows, again)

	yardstick, err := ternary.Evaluate(t.Context(), float.New(w).NewSession(), text.Tokens, text.Bytes)
	require.NoError(t, err)
	i := 0
	for _, s := range small.Sigmoid {
		for _, width := range small.Widths {
			for _, frac := range small.Fracs {
				r := rows[i]
				i++
				require.Equal(t, []any{width, frac, s}, []any{r.Width, r.Frac, r.Sigmoid})
				if width == 12 && frac == 11 {
					require.Equal(t, "fixed: Vector.Frac is 11, want 4 to 10 at Width 12", r.Impossible)
					require.Nil(t, r.Result)
					continue
				}
				require.Empty(t, r.Impossible)
				m, err := fixed.New(w, fixed.Config{Vector: fixed.Format{Width: width, Frac: frac}, Weight: fixed.Default().Weight, Sigmoid: s})
				require.NoError(t, err)
				session := m.NewSession()
				want, err := ternary.Evaluate(t.Context(), session, text.Tokens, text.Bytes)
				require.NoError(t, err)
				same := 0
				for k := range want.Best {
					if want.Best[k] == yardstick.Best[k] {
						same++
					}
				}
				require.Equal(t, want.BitsPerByte, r.Result.Bits)
				require.Equal(t, yardstick.BitsPerByte, r.Result.FloatBits)
				require.InDelta(t, 100*(want.BitsPerByte-yardstick.BitsPerByte)/yardstick.BitsPerByte, r.Result.Difference, 1e-9)
				require.InDelta(t, 100*float64(same)/float64(text.Bytes), r.Result.Agreement, 1e-9)
				require.Equal(t, session.Saturated, r.Result.Saturated)
			}
		}
	}
	require.Zero(t, rows[0].Result.Saturated) // s16.9
	require.NotZero(t, rows[2].Result.Saturated.Rescale)
	require.NotZero(t, rows[2].Result.Saturated.Mul) // s12.9
	require.Zero(t, rows[2].Result.Saturated.Quant)
}

// TestClippedWeights: weights beyond a format show in its rows.
func TestClippedWeights(t *testing.T) {
	w, text := load(t, 8)
	w.Embedding[0], w.FinalNorm[0] = 10, 9
	rows, err := Sweep(t.Context(), w, text, Grid{Widths: []int{12}, Fracs: []int{7, 8}, Sigmoid: small.Sigmoid[:1]}, 2, nil)
	require.NoError(t, err)
	require.Equal(t, fixed.Clipped{Norm: 1}, rows[0].Result.Clipped)
	require.Equal(t, fixed.Clipped{Norm: 1, Embedding: 1}, rows[1].Result.Clipped)
}

// TestNothingPossible: a grid of impossible cells alone has rows and no result.
func TestNothingPossible(t *testing.T) {
	w, text := load(t, 8)
	rows, err := Sweep(t.Context(), w, text, Grid{Widths: []int{11, 33}, Fracs: []int{9}, Sigmoid: small.Sigmoid[:1]}, 2, nil)
	require.NoError(t, err)
	require.Equal(t, "fixed: Vector.Width is 11, want 12 to 32", rows[0].Impossible)
	require.Equal(t, "fixed: Vector.Width is 33, want 12 to 32", rows[1].Impossible)
}

func TestSweepErrors(t *testing.T) {
	w, text := load(t, 8)
	with := func(change func(g *Grid)) Grid {
		g := small
		change(&g)
		return g
	}
	for _, c := range []struct {
		g       Grid
		tokens  []int
		workers int
		want    string
	}{
		{with(func(g *Grid) { g.Widths = nil }), text.Tokens, 1, "numerics: Widths is empty, want at least one value"},
		{with(func(g *Grid) { g.Fracs = []int{} }), text.Tokens, 1, "numerics: Fracs is empty, want at least one value"},
		{with(func(g *Grid) { g.Sigmoid = nil }), text.Tokens, 1, "numerics: Sigmoid is empty, want at least one value"},
		{with(func(g *Grid) { g.Fracs = []int{9, 8, 9} }), text.Tokens, 1, "numerics: Fracs has 9 twice, want every value once"},
		{with(func(g *Grid) { g.Sigmoid = append(g.Sigmoid, g.Sigmoid[0]) }), text.Tokens, 1,
			"numerics: Sigmoid has table:8:64 twice, want every value once"},
		{small, text.Tokens, 0, "numerics: workers is 0, want at least 1"},
		{small, text.Tokens[:1], 2, "numerics: ternary: text has 1 tokens, want at least 2 to score"},
	} {
		_, err := Sweep(t.Context(), w, Text{c.tokens, 7}, c.g, c.workers, nil)
		require.EqualError(t, err, c.want)
	}
	_, err := Sweep(t.Context(), w, Text{[]int{1, 256}, 1}, small, 1, nil)
	require.EqualError(t, err, "numerics: ternary: token 2 of 2 is 256, want 0 to 255")
	_, err = Sweep(t.Context(), w, Text{text.Tokens, 0}, small, 1, nil)
	require.EqualError(t, err, "numerics: ternary: byteLen is 0, want at least 1")
	w.FinalNorm = w.FinalNorm[1:]
	_, err = Sweep(t.Context(), w, text, small, 1, nil)
	require.ErrorContains(t, err, "numerics: ternary: ")
}

// TestCancel: the sweep ends with its context, with the cause, at any number of
// workers.
func TestCancel(t *testing.T) {
	w, text := load(t, 200)
	for workers := 1; workers <= 3; workers++ {
		ctx, cancel := context.WithCancelCause(t.Context())
		_, err := Sweep(ctx, w, text, small, workers, func(done, _ int, _ Row) {
			if done == 2 {
				cancel(errors.New("enough"))
			}
		})
		require.EqualError(t, err, "numerics: enough")
	}
}

// TestDefaults: the built-in axes are valid, hold the default configuration and
// are possible at it.
func TestDefaults(t *testing.T) {
	g := Default()
	require.NoError(t, g.Validate())
	require.Contains(t, g.Widths, 16)
	require.Contains(t, g.Fracs, 9)
	g.Sigmoid = Methods()
	require.NoError(t, g.Validate())
	used := map[fixed.SigmoidMethod]bool{}
	for _, r := range g.rows() {
		if r.Width == 16 && r.Frac == 9 {
			require.NoError(t, r.Config().Validate())
			used[r.Sigmoid.Method] = true
		}
	}
	require.Len(t, used, 7)
}

var rendered = []Row{
	{Width: 16, Frac: 9, Sigmoid: fixed.SigmoidConfig{Method: fixed.SigmoidPWL3}, Result: &Result{
		Bits: 1.5, FloatBits: 1.25, Difference: 20, Agreement: 98.765,
	}},
	{Width: 12, Frac: 9, Sigmoid: fixed.SigmoidConfig{Method: fixed.SigmoidPWL3}, Result: &Result{
		Bits: 1.2, FloatBits: 1.25, Difference: -4, Agreement: 50,
		Saturated: fixed.Saturations{Add: 1, Sub: 2, Mul: 3, Norm: 4, Rescale: 5, Quant: 6},
		Clipped:   fixed.Clipped{Embedding: 7, Norm: 8},
	}},
	{Width: 12, Frac: 11, Sigmoid: fixed.SigmoidConfig{Method: fixed.SigmoidPWL3}, Impossible: "fixed: a, b"},
}

func TestJSON(t *testing.T) {
	j, err := json.Marshal(rendered[1:])
	require.NoError(t, err)
	require.JSONEq(t, `[{"width_bits": 12, "fraction_bits": 9, "sigmoid": "pwl3", "result": {
		"bits_per_byte": 1.2, "float_bits_per_byte": 1.25, "difference_percent": -4, "greedy_agreement_percent": 50,
		"saturated_results": {"add": 1, "sub": 2, "mul": 3, "norm": 4, "rescale": 5, "quant": 6},
		"clipped_weights": {"embedding": 7, "norm": 8}}},
		{"width_bits": 12, "fraction_bits": 11, "sigmoid": "pwl3", "impossible": "fixed: a, b"}]`, string(j))
	var back []Row
	require.NoError(t, json.Unmarshal(j, &back))
	require.Equal(t, rendered[1:], back)
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, CSV(&b, rendered))
	require.Equal(t, `width_bits,fraction_bits,sigmoid,bits_per_byte,difference_percent,greedy_agreement_percent,saturated_add,saturated_sub,`+
		`saturated_mul,saturated_norm,saturated_rescale,saturated_quant,clipped_embedding,clipped_norm_weight,impossible
16,9,pwl3,1.50000,+20.000,98.77,0,0,0,0,0,0,0,0,
12,9,pwl3,1.20000,-4.000,50.00,1,2,3,4,5,6,7,8,
12,11,pwl3,,,,,,,,,,,,"fixed: a, b"
`, b.String())
	require.EqualError(t, CSV(failing{}, rendered), "numerics: no room")
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestMarkdown(t *testing.T) {
	require.Equal(t, `| format | sigmoid | bits per byte | change | agreement | add | sub | mul | norm | rescale | quant | embedding | norm weight |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
| s16.9 | pwl3 | 1.50000 | +20.000 | 98.77 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |
| s12.9 | pwl3 | 1.20000 | -4.000 | 50.00 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 |
| s12.11 | pwl3 | fixed: a, b |
`, Markdown(rendered))
}

func TestMarkdownMatrix(t *testing.T) {
	table := Row{Width: 16, Frac: 9, Sigmoid: fixed.Default().Sigmoid, Result: &Result{Difference: 0.004, Agreement: 99.96}}
	require.Equal(t, `Sigmoid pwl3:

| width | 9 | 11 |
|---|---|---|
| 16 | +20.00 (98.8) |  |
| 12 | -4.00 (50.0)* | - |

- fixed: a, b

Sigmoid table:8:64:

| width | 9 |
|---|---|
| 16 | +0.00 (100.0) |
`, MarkdownMatrix(append(slices.Clone(rendered), table)))
}

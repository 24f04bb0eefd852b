package lower_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/hecross"
	"lockstep/hecross/lower"
	"lockstep/systolic/tpu"
)

// small returns a machine whose registers and arrays suit short polynomials.
func small(t testing.TB) tpu.Config {
	c, err := tpu.Preset("v6e")
	require.NoError(t, err)
	c.Rows, c.Cols, c.Lanes, c.Sublanes = 16, 16, 8, 2
	return c
}

// newContext returns a context of random 28-bit primes.
func newContext(t testing.TB, n, r, q, p, digit int, form hecross.ModDownForm) *hecross.Context {
	primes, err := hecross.Primes(n, 28, q+p)
	require.NoError(t, err)
	ms, err := hecross.NewModuli(primes)
	require.NoError(t, err)
	all, err := hecross.NewRing(n, r, n/r, ms, hecross.SmallestRoots())
	require.NoError(t, err)
	qs, err := all.Slice(0, q)
	require.NoError(t, err)
	ps, err := all.Slice(q, q+p)
	require.NoError(t, err)
	c, err := hecross.NewContext(qs, ps, digit, form)
	require.NoError(t, err)
	return c
}

func randomPoly(r *rand.Rand, ring *hecross.Ring) hecross.Poly {
	p := ring.NewPoly()
	for l, m := range ring.Moduli {
		for i := range p[l] {
			p[l][i] = r.Uint32N(m.Q())
		}
	}
	return p
}

func randomKey(t testing.TB, r *rand.Rand, c *hecross.Context) hecross.EvaluationKey {
	over, err := c.Q.Join(c.P)
	require.NoError(t, err)
	key := make(hecross.EvaluationKey, c.Digits(c.Q.Limbs()))
	for d := range key {
		key[d] = [2]hecross.Poly{randomPoly(r, over), randomPoly(r, over)}
	}
	return key
}

// variants are options that compute the same residues.
var variants = []lower.Options{
	{},
	{Product: "toeplitz"},
	{Transform: "transpose", Permutation: "structured"},
	{Product: "toeplitz", Transform: "transpose", Reduction: "native", Parameters: "resident", Fusion: "program"},
	{Reduction: "montgomery", Fusion: "program"},
	{Reduction: "shoup", Parameters: "resident"},
}

// The device computes what the context computes, residue by residue, in every
// variant, for splits and digits of several shapes.
func TestDeviceEqualsContext(t *testing.T) {
	for _, s := range []struct{ n, r, q, p, digit int }{{16, 4, 3, 2, 2}, {64, 16, 5, 3, 2}, {256, 8, 4, 2, 4}, {16, 16, 2, 1, 1}, {16, 1, 2, 1, 1}} {
		for i, o := range variants {
			t.Run(fmt.Sprint(s, o), func(t *testing.T) {
				c := newContext(t, s.n, s.r, s.q, s.p, s.digit, hecross.ModDownForm(i%3))
				r := rand.New(rand.NewPCG(1, uint64(i)))
				x, y := hecross.Ciphertext{randomPoly(r, c.Q), randomPoly(r, c.Q)}, hecross.Ciphertext{randomPoly(r, c.Q), randomPoly(r, c.Q)}
				key := randomKey(t, r, c)
				d, err := lower.NewDevice(t.Context(), c, small(t), o)
				require.NoError(t, err)
				compareAll(t, c, d, x, y, key)
			})
		}
	}
}

func compareAll(t *testing.T, c *hecross.Context, d *lower.Device, x, y hecross.Ciphertext, key hecross.EvaluationKey) {
	same := func(what string, want, got hecross.Ciphertext, errs ...error) {
		t.Helper()
		for _, err := range errs {
			require.NoError(t, err, what)
		}
		require.Equal(t, want, got, what)
		require.True(t, d.Report().Literal)
		require.Positive(t, d.Report().Cycles)
	}
	for _, inverse := range []bool{false, true} {
		want := c.Q.NewPoly()
		run := c.Q.NTT
		if inverse {
			run = c.Q.INTT
		}
		require.NoError(t, run(want, x[0]))
		got, err := d.NTT(x[0], inverse)
		same("ntt", hecross.Ciphertext{want}, hecross.Ciphertext{got}, err)
	}
	want, err := c.Rescale(x)
	got, err2 := d.Rescale(x)
	same("rescale", want, got, err, err2)
	want, err = c.Tensor(x, y)
	got, err2 = d.Tensor(x, y)
	same("tensor", want, got, err, err2)
	want, err = c.Add(x, y)
	got, err2 = d.Add(x, y)
	same("add", want, got, err, err2)
	want, err = c.AddPlain(x, y[1])
	got, err2 = d.AddPlain(x, y[1])
	same("add plaintext", want, got, err, err2)
	want, err = c.MulPlain(x, y[1])
	got, err2 = d.MulPlain(x, y[1])
	same("multiply by plaintext", want, got, err, err2)
	b, a, err := c.KeySwitch(x[1], key)
	b2, a2, err2 := d.KeySwitch(x[1], key)
	same("key switch", hecross.Ciphertext{b, a}, hecross.Ciphertext{b2, a2}, err, err2)
	want, err = c.Mult(x, y, key)
	got, err2 = d.Mult(x, y, key)
	same("mult", want, got, err, err2)
	for _, rot := range []int{1, -3} {
		want, err = c.Rotate(x, rot, key)
		got, err2 = d.Rotate(x, rot, key)
		same("rotate", want, got, err, err2)
	}
}

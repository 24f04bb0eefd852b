package hecross

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A trial is a context with operands for every operator.
type trial struct {
	t     require.TestingT
	c     *Context
	limbs int
	x, y  Ciphertext
	key   EvaluationKey
	k     int
}

func newTrial(t require.TestingT, c *Context, limbs int, seed uint64) *trial {
	r, over := c.Q.slice(0, limbs), c.Q.join(c.P)
	rnd := rand.New(rand.NewPCG(seed, 7))
	p := func(r *Ring) Poly { return randomPoly(r, rnd.Uint64()) }
	tr := &trial{t: t, c: c, limbs: limbs, x: Ciphertext{p(r), p(r)}, y: Ciphertext{p(r), p(r)}, k: 2*rnd.IntN(c.Q.N) + 1}
	for range c.Digits(c.Q.Limbs()) {
		tr.key = append(tr.key, [2]Poly{p(over), p(over)})
	}
	return tr
}

// integers lifts a ciphertext.
func (tr *trial) integers(ct Ciphertext) (out [][]*big.Int) {
	for _, p := range ct {
		out = append(out, lift(tr.t, tr.c.Q.slice(0, len(p)), p))
	}
	return out
}

// same compares polynomials of residues with integers.
func (tr *trial) same(what string, want [][]*big.Int, got Ciphertext, err error) {
	require.NoError(tr.t, err, what)
	require.Len(tr.t, got, len(want), what)
	for i := range want {
		require.Equal(tr.t, lower(tr.t, tr.c.Q.slice(0, got.Limbs()), want[i]), got[i], "%s: polynomial %d", what, i)
	}
}

// rescaleBig is (x - r)/q rounded, x being taken modulo the product of ms.
func rescaleBig(x []*big.Int, ms []Modulus) []*big.Int {
	q := big.NewInt(int64(ms[len(ms)-1].Q()))
	rest := centredBig(x, q)
	return zipBig(x, rest, func(z, x, r *big.Int) *big.Int { return z.Quo(z.Sub(x, r), q) })
}

func (tr *trial) tensorBig(x, y [][]*big.Int) [][]*big.Int {
	mul := multiplier(tr.t, tr.c)
	return [][]*big.Int{mul(x[0], y[0]), addBig(mul(x[0], y[1]), mul(x[1], y[0])), mul(x[1], y[1])}
}

func (tr *trial) switchBig(d Poly) [][]*big.Int {
	b, a := keySwitchBig(tr.t, tr.c, d, tr.key, offsetBig(tr.c.ModDown, tr.c.P.Moduli))
	return [][]*big.Int{b, a}
}

func (tr *trial) checkLinear() {
	c, x, y := tr.c, tr.integers(tr.x), tr.integers(tr.y)
	got, err := c.Add(tr.x, tr.y)
	tr.same("add", [][]*big.Int{addBig(x[0], y[0]), addBig(x[1], y[1])}, got, err)
	got, err = c.AddPlain(tr.x, tr.y[0])
	tr.same("add plain", [][]*big.Int{addBig(x[0], y[0]), x[1]}, got, err)
	got, err = c.Add(Ciphertext{tr.y[0]}, tr.x)
	tr.same("add to plain", [][]*big.Int{addBig(x[0], y[0]), x[1]}, got, err)
	mul := multiplier(tr.t, c)
	got, err = c.MulPlain(tr.x, tr.y[1])
	tr.same("multiply plain", [][]*big.Int{mul(x[0], y[1]), mul(x[1], y[1])}, got, err)
	got, err = c.Tensor(tr.x, tr.y)
	tr.same("tensor", tr.tensorBig(x, y), got, err)

	r := c.Q.slice(0, tr.limbs)
	out := r.NewPoly()
	require.NoError(tr.t, r.Automorphism(out, tr.x[0], tr.k))
	tr.same("automorphism", [][]*big.Int{substitute(x[0], tr.k)}, Ciphertext{out}, nil)
	if tr.limbs > 1 {
		got, err = c.Rescale(tr.x)
		tr.same("rescale", [][]*big.Int{rescaleBig(x[0], r.Moduli), rescaleBig(x[1], r.Moduli)}, got, err)
		p, err := c.RescalePoly(tr.y[0])
		tr.same("rescale", [][]*big.Int{rescaleBig(y[0], r.Moduli)}, Ciphertext{p}, err)
	}
}

func (tr *trial) checkSwitching() {
	c := tr.c
	b, a, err := c.KeySwitch(tr.x[1], tr.key)
	want := tr.switchBig(tr.x[1])
	tr.same("key switch", want, Ciphertext{b, a}, err)

	x := tr.integers(tr.x)
	got, err := c.Automorphism(tr.x, tr.k, tr.key)
	tr.same("automorphism", [][]*big.Int{substitute(addBig(x[0], want[0]), tr.k), substitute(want[1], tr.k)}, got, err)

	d, err := c.Tensor(tr.x, tr.y)
	require.NoError(tr.t, err)
	product := tr.tensorBig(x, tr.integers(tr.y))
	want = tr.switchBig(d[2])
	relin := [][]*big.Int{addBig(product[0], want[0]), addBig(product[1], want[1])}
	got, err = c.Relinearise(d, tr.key)
	tr.same("relinearise", relin, got, err)
	got, err = c.MulRelin(tr.x, tr.y, tr.key)
	tr.same("multiply", relin, got, err)

	if tr.limbs > 1 {
		ms := c.Q.Moduli[:tr.limbs]
		sx, sy := tr.integers(tr.x), tr.integers(tr.y)
		for i := range sx {
			sx[i], sy[i] = rescaleBig(sx[i], ms), rescaleBig(sy[i], ms)
		}
		product := tr.tensorBig(sx, sy)
		want := tr.switchBig(lower(tr.t, c.Q.slice(0, tr.limbs-1), product[2]))
		got, err := c.Mult(tr.x, tr.y, tr.key)
		tr.same("HE-Mult", [][]*big.Int{addBig(product[0], want[0]), addBig(product[1], want[1])}, got, err)
	}
}

func TestOperatorsAreTheirDefinitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawContext(t, 5)
		tr := newTrial(t, c, rapid.IntRange(1, c.Q.Limbs()).Draw(t, "level"), rapid.Uint64().Draw(t, "seed"))
		tr.checkLinear()
		tr.checkSwitching()
	})
}

// TestOperatorsAtLargeDegrees covers N up to 16384 with 1 to 4 digits, ragged
// ones among them, primes of 24 to 31 bits and every form of ModDown.
func TestOperatorsAtLargeDegrees(t *testing.T) {
	for i, s := range []struct{ n, r, width, limbs, special, digitLimbs, level int }{
		{64, 64, 20, 5, 2, 2, 5},
		{256, 1, 31, 7, 2, 2, 7},
		{1024, 32, 28, 4, 1, 1, 3},
		{2048, 16, 24, 5, 3, 2, 5},
		{4096, 64, 29, 3, 3, 3, 3},
		{8192, 128, 28, 5, 3, 3, 5},
		{16384, 256, 30, 3, 2, 2, 3},
	} {
		if testing.Short() && s.n > 2048 {
			continue
		}
		form := modDownForms[i%len(modDownForms)]
		t.Run(fmt.Sprintf("N=%d,%v", s.n, form), func(t *testing.T) {
			c := testContext(t, s.n, s.r, s.width, s.limbs, s.special, s.digitLimbs, form)
			tr := newTrial(t, c, s.level, uint64(i))
			tr.checkLinear()
			tr.checkSwitching()
		})
	}
}

func TestRotateIsAnAutomorphism(t *testing.T) {
	for n := 2; n <= 1<<10; n *= 2 {
		for _, rot := range []int{0, 1, 2, -1, 3, n / 2, n/2 + 1, -n, 12345} {
			want := 1
			for range (rot%max(n/2, 1) + n) % max(n/2, 1) {
				want = 5 * want % (2 * n)
			}
			got, err := GaloisElement(rot, n)
			require.NoError(t, err)
			require.Equal(t, want, got, "rotation %d, N %d", rot, n)
		}
	}
	c := testContext(t, 32, 8, 28, 3, 2, 2, Centred)
	tr := newTrial(t, c, 3, 1)
	for _, rot := range []int{0, 1, -3, 16} {
		k, err := GaloisElement(rot, 32)
		require.NoError(t, err)
		want, err := c.Automorphism(tr.x, k, tr.key)
		require.NoError(t, err)
		got, err := c.Rotate(tr.x, rot, tr.key)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for n, want := range map[int]string{
		1: "hecross: N is 1, want a power of two of at least 2",
		6: "hecross: N is 6, want a power of two up to 131072",
	} {
		_, err := GaloisElement(1, n)
		require.EqualError(t, err, want)
	}
}

func TestModDownIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawContext(t, 6)
		limbs := rapid.IntRange(1, c.Q.Limbs()).Draw(t, "level")
		q := c.Q.slice(0, limbs)
		over := q.join(c.P)
		p := randomPoly(over, rapid.Uint64().Draw(t, "seed"))
		got, err := c.ModDownPoly(p)
		require.NoError(t, err)
		want := divideByP(lift(t, over, p), c.P.Moduli, offsetBig(c.ModDown, c.P.Moduli))
		require.Equal(t, lower(t, q, want), got)
	})
	c := testContext(t, 16, 4, 28, 2, 0, 1, Centred)
	p := randomPoly(c.Q, 1)
	got, err := c.ModDownPoly(p)
	require.NoError(t, err)
	require.Equal(t, p, got, "nothing to divide by")
}

func TestOperatorErrors(t *testing.T) {
	c := testContext(t, 16, 4, 28, 3, 1, 1, Centred)
	tr := newTrial(t, c, 3, 1)
	q := c.Q.Moduli[1].Q()
	bad := Ciphertext{tr.x[0].Clone(), tr.x[1].Clone()}
	bad[1][1][5] = q
	short, three := Ciphertext{tr.x[0][:2], tr.x[1][:2]}, Ciphertext{tr.x[0], tr.x[1], tr.y[0]}
	poly := func(p Poly, err error) (Ciphertext, error) { return Ciphertext{p}, err }
	pair := func(b, a Poly, err error) (Ciphertext, error) { return Ciphertext{b, a}, err }
	key := func(change func(key EvaluationKey)) EvaluationKey {
		out := append(EvaluationKey{}, tr.key...)
		change(out)
		return out
	}
	noP := testContext(t, 16, 4, 28, 3, 0, 1, Centred)
	residue := fmt.Sprintf("polynomial 1: limb 1: index 5: residue is %d, want below the modulus %d", q, q)
	for _, e := range []struct {
		want string
		run  func() (Ciphertext, error)
	}{
		{"x: has 0 polynomials, want at least 1", func() (Ciphertext, error) { return c.Add(nil, tr.y) }},
		{"y: " + residue, func() (Ciphertext, error) { return c.Add(tr.x, bad) }},
		{"x and y have 3 and 2 limbs, want the same number", func() (Ciphertext, error) { return c.Add(tr.x, short) }},
		{"x: polynomial 1: has 2 limbs, want 3 as polynomial 0", func() (Ciphertext, error) { return c.Add(Ciphertext{tr.x[0], tr.x[1][:2]}, tr.y) }},
		{"x: polynomial 0: has 4 limbs, want 1 to 3", func() (Ciphertext, error) { return c.Add(Ciphertext{append(tr.x[0].Clone(), tr.x[0][0])}, tr.y) }},
		{"x: polynomial 0: has 0 limbs, want 1 to 3", func() (Ciphertext, error) { return c.Add(Ciphertext{{}}, tr.y) }},
		{"y: polynomial 0: limb 1 has 3 coefficients, want N = 16", func() (Ciphertext, error) { return c.MulPlain(tr.x, Poly{tr.x[0][0], {1, 2, 3}, tr.x[0][2]}) }},
		{"x: has 3 polynomials, want 2", func() (Ciphertext, error) { return c.Tensor(three, tr.y) }},
		{"y: has 1 polynomials, want 2", func() (Ciphertext, error) { return c.MulRelin(tr.x, tr.y[:1], tr.key) }},
		{"ciphertext: has 2 polynomials, want 3", func() (Ciphertext, error) { return c.Relinearise(tr.x, tr.key) }},
		{"ciphertext: has 3 polynomials, want 2", func() (Ciphertext, error) { return c.Rotate(three, 1, tr.key) }},
		{"ciphertext: " + residue, func() (Ciphertext, error) { return c.Rescale(bad) }},
		{"ciphertext: has 1 limb, want at least 2 to drop one", func() (Ciphertext, error) { return c.Rescale(Ciphertext{tr.x[0][:1]}) }},
		{"p: has 1 limb, want at least 2 to drop one", func() (Ciphertext, error) { return poly(c.RescalePoly(tr.x[0][:1])) }},
		{"p: has 0 limbs, want 1 to 3", func() (Ciphertext, error) { return poly(c.RescalePoly(nil)) }},
		{"y: has 1 limb, want at least 2 to drop one", func() (Ciphertext, error) { return c.Mult(tr.x, Ciphertext{tr.x[0][:1], tr.x[1][:1]}, tr.key) }},
		{"d: has 0 limbs, want 1 to 3", func() (Ciphertext, error) { return pair(c.KeySwitch(nil, tr.key)) }},
		{"P has 0 limbs, want at least 1 to switch keys", func() (Ciphertext, error) { return pair(noP.KeySwitch(noP.Q.NewPoly(), tr.key)) }},
		{"key: has 2 digits, want 3 for 3 limbs of 1 each", func() (Ciphertext, error) { return pair(c.KeySwitch(tr.x[0], tr.key[:2])) }},
		{"key: digit 1: polynomial 0: has 3 limbs, want 3 to 3 of Q and 1 of P", func() (Ciphertext, error) {
			return pair(c.KeySwitch(tr.x[0], key(func(k EvaluationKey) { k[1][0] = k[1][0][:3] })))
		}},
		{"key: digit 1: polynomial 1: has 5 limbs, want 2 to 3 of Q and 1 of P", func() (Ciphertext, error) {
			return pair(c.KeySwitch(tr.x[0][:2], key(func(k EvaluationKey) { k[1][1] = append(k[1][1].Clone(), k[1][1][0]) })))
		}},
		{"key: digit 2: polynomial 1: limb 3: index 0: residue is 4294967295, want below the modulus " + fmt.Sprint(c.P.Moduli[0].Q()), func() (Ciphertext, error) {
			return pair(c.KeySwitch(tr.x[0], key(func(k EvaluationKey) { k[2][1] = k[2][1].Clone(); k[2][1][3][0] = 1<<32 - 1 })))
		}},
		{"galois element is 4, want an odd number below 2N = 32", func() (Ciphertext, error) { return c.Automorphism(tr.x, 4, tr.key) }},
		{"galois element is 33, want an odd number below 2N = 32", func() (Ciphertext, error) { return c.Automorphism(tr.x, 33, tr.key) }},
		{"out: limb 0 is that of in, want another", func() (Ciphertext, error) { return nil, c.Q.Automorphism(tr.x[0], tr.x[0], 3) }},
		{"out: has 2 limbs, want 3", func() (Ciphertext, error) { return nil, c.Q.Automorphism(tr.x[0][:2], tr.x[0], 3) }},
		{"digit is 3, want 0 to 2", func() (Ciphertext, error) { return poly(c.ModUp(tr.x[0], 3)) }},
		{"digit is -1, want 0 to 2", func() (Ciphertext, error) { return poly(c.ModUp(tr.x[0], -1)) }},
	} {
		_, err := e.run()
		require.EqualError(t, err, "hecross: "+e.want)
	}
	_, err := c.RestrictKey(tr.key, 4)
	require.EqualError(t, err, "hecross: key is for 4 limbs, want 1 to 3")
	_, err = c.RestrictKey(tr.key, 0)
	require.EqualError(t, err, "hecross: key is for 0 limbs, want 1 to 3")
	require.NoError(t, c.Check("x", tr.x))
	require.Equal(t, 0, Ciphertext{}.Limbs())
}

func TestContextErrors(t *testing.T) {
	c := testContext(t, 16, 4, 28, 3, 1, 1, Centred)
	empty := c.Q.slice(0, 0)
	for _, e := range []struct {
		q, p   *Ring
		digits int
		form   ModDownForm
		want   string
	}{
		{nil, c.P, 1, Centred, "ring is nil, want the rings of Q and of P"},
		{c.Q, nil, 1, Centred, "ring is nil, want the rings of Q and of P"},
		{empty, c.P, 1, Centred, "Q has 0 limbs, want at least 1"},
		{c.Q, c.P, 0, Centred, "digit has 0 limbs, want at least 1"},
		{c.Q, c.P, 1, 3, "ModDown form is 3, want one of the constants"},
		{c.Q, c.Q, 1, Half, fmt.Sprintf("limbs 0 and 3 have the modulus %d, want distinct moduli", c.Q.Moduli[0].Q())},
	} {
		_, err := NewContext(e.q, e.p, e.digits, e.form)
		require.EqualError(t, err, "hecross: "+e.want)
	}
	for _, e := range []struct{ limbs, dnum, want int }{{1, 1, 1}, {7, 1, 7}, {7, 2, 4}, {7, 3, 3}, {7, 4, 2}, {7, 7, 1}, {7, 9, 1}} {
		got, err := DigitLimbs(e.limbs, e.dnum)
		require.NoError(t, err)
		require.Equal(t, e.want, got)
	}
	_, err := DigitLimbs(3, 0)
	require.EqualError(t, err, "hecross: limbs and dnum are 3 and 0, want at least 1")
	wide, err := NewContext(c.Q, c.P, 1<<62, Centred)
	require.NoError(t, err)
	require.Equal(t, 1, wide.Digits(3))
}

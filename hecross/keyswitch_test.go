package hecross

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var modDownForms = []ModDownForm{Centred, Half, Uncentred}

func testContext(t require.TestingT, n, r, width, limbs, special, digitLimbs int, form ModDownForm) *Context {
	qs, err := Primes(n, width, limbs+special)
	require.NoError(t, err)
	q := ringOver(t, n, r, qs[special:])
	p := ringOver(t, n, r, qs[:special])
	c, err := NewContext(q, p, digitLimbs, form)
	require.NoError(t, err)
	return c
}

// drawContext draws a chain with 1 to 4 digits, the last one often ragged.
func drawContext(t *rapid.T, maxLog int) *Context {
	logN := rapid.IntRange(4, maxLog).Draw(t, "logN")
	limbs := rapid.IntRange(1, 7).Draw(t, "limbs")
	dnum := rapid.IntRange(1, 4).Draw(t, "dnum")
	digitLimbs, err := DigitLimbs(limbs, dnum)
	require.NoError(t, err)
	special := digitLimbs + rapid.IntRange(0, 1).Draw(t, "more")
	form := rapid.SampledFrom(modDownForms).Draw(t, "form")
	return testContext(t, 1<<logN, 1<<rapid.IntRange(0, logN).Draw(t, "logR"), rapid.IntRange(20, 31).Draw(t, "width"), limbs, special, digitLimbs, form)
}

// offsetBig is the constant of a form by its definition.
func offsetBig(form ModDownForm, ms []Modulus) *big.Int {
	p := product(ms)
	switch form {
	case Half:
		return new(big.Int).Quo(p, big.NewInt(2))
	case Centred:
		sum := new(big.Int)
		for _, m := range ms {
			q := big.NewInt(int64(m.Q()))
			sum.Add(sum, new(big.Int).Mul(new(big.Int).Quo(p, q), big.NewInt(int64(m.Q()-1)/2)))
		}
		return sum
	}
	return new(big.Int)
}

func TestKeySwitchIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawContext(t, 5)
		limbs := rapid.IntRange(1, c.Q.Limbs()).Draw(t, "level")
		over := c.Q.join(c.P)
		var key EvaluationKey
		for digit := range c.Digits(c.Q.Limbs()) {
			key = append(key, [2]Poly{randomPoly(over, uint64(digit)), randomPoly(over, uint64(digit+100))})
		}
		r := c.Q.slice(0, limbs)
		d := randomPoly(r, rapid.Uint64().Draw(t, "seed"))
		b, a, err := c.KeySwitch(d, key)
		require.NoError(t, err)
		wantB, wantA := keySwitchBig(t, c, d, key, offsetBig(c.ModDown, c.P.Moduli))
		require.Equal(t, lower(t, r, wantB), b)
		require.Equal(t, lower(t, r, wantA), a)
	})
}

func TestKeySwitchDecrypts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawContext(t, 6)
		party := newSecretParty(c, rapid.Uint64().Draw(t, "seed"))
		other := party.small(1)
		key := party.key(t, other, party.s)
		limbs := rapid.IntRange(1, c.Q.Limbs()).Draw(t, "level")
		r := c.Q.slice(0, limbs)
		d := randomPoly(r, 9)
		b, a, err := c.KeySwitch(d, key)
		require.NoError(t, err)
		got := party.decrypt(t, Ciphertext{b, a})
		want := mulBig(lift(t, r, d), other)
		// per digit: N coefficients below a*Q_d times errors of at most 4, over
		// P >= Q_d; ModDown: at most a+1 on b and on a*s
		n, digit := int64(c.Q.N), int64(c.DigitLimbs)
		bound := big.NewInt(int64(len(key))*n*4*digit*2 + (1+n)*int64(c.P.Limbs()+1))
		bound.Mul(bound, big.NewInt(1)).Add(bound, big.NewInt(1))
		diff := centredBig(zipBig(got, want, (*big.Int).Sub), product(r.Moduli))
		for i, e := range diff {
			require.LessOrEqual(t, e.CmpAbs(bound), 0, "coefficient %d is off by %v, want at most %v", i, e, bound)
		}
	})
}

func TestModUpIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawContext(t, 5)
		limbs := rapid.IntRange(1, c.Q.Limbs()).Draw(t, "level")
		r := c.Q.slice(0, limbs)
		d := randomPoly(r, rapid.Uint64().Draw(t, "seed"))
		x := lift(t, r, d)
		for digit := range c.Digits(limbs) {
			ms := r.Moduli[digit*c.DigitLimbs : min((digit+1)*c.DigitLimbs, limbs)]
			want := make([]*big.Int, len(x))
			for i := range x {
				want[i] = fastRemainder(x[i], ms)
			}
			got, err := c.ModUp(d, digit)
			require.NoError(t, err)
			require.Equal(t, lower(t, r.join(c.P), want), got)
		}
		_, err := c.ModUp(d, c.Digits(limbs))
		require.ErrorContains(t, err, "hecross: digit is ")
	})
}

// The trap of ModDown: uncentred, the quotient lies below the true one by a/2
// on average for a special primes, P/2 takes away one half of that only, and
// centring every limb takes away all of it.
func TestModDownBias(t *testing.T) {
	const n, special = 4096, 4
	for form, want := range map[ModDownForm]float64{Uncentred: special / 2., Half: (special - 1) / 2., Centred: 0} {
		c := testContext(t, n, 64, 28, 2, special, 2, form)
		over := c.Q.join(c.P)
		p := randomUniform(over, 11)
		got, err := c.ModDownPoly(p)
		require.NoError(t, err)
		quotient, exact := lift(t, c.Q, got), lift(t, over, p)
		q, special, sum, square := product(c.Q.Moduli), product(c.P.Moduli), 0., 0.
		for i, x := range exact {
			// error = x/P - quotient, in units of the quotient
			e := new(big.Int).Mul(quotient[i], special)
			e.Sub(x, e)
			e = centredBig([]*big.Int{e}, new(big.Int).Mul(q, special))[0]
			f, _ := new(big.Rat).SetFrac(e, special).Float64()
			sum += f
			square += f * f
		}
		mean := sum / n
		require.InDelta(t, want, mean, 0.05, "%v", form)
		require.InDelta(t, 4./12, square/n-mean*mean, 0.05, "%v", form)
	}
}

func TestModDownErrors(t *testing.T) {
	c := testContext(t, 16, 4, 28, 2, 1, 1, Centred)
	_, err := c.ModDownPoly(NewPoly(1, 16))
	require.EqualError(t, err, "hecross: p: has 1 limbs, want 1 to 2 of Q and 1 of P")
	_, err = c.ModDownPoly(NewPoly(4, 16))
	require.EqualError(t, err, "hecross: p: has 4 limbs, want 1 to 2 of Q and 1 of P")
	form, err := ParseModDownForm("half")
	require.NoError(t, err)
	require.Equal(t, Half, form)
	_, err = ParseModDownForm("up")
	require.EqualError(t, err, `hecross: ModDown form is "up", want centred, half or uncentred`)
	require.Equal(t, "ModDownForm(9)", ModDownForm(9).String())
	require.Equal(t, "uncentred", Uncentred.String())
}

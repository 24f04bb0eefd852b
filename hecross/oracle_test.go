package hecross

import (
	"math/big"
	"math/rand/v2"

	"github.com/stretchr/testify/require"
)

// This file is the second definition of everything above the ring: integers
// of any size, modulo a product of primes, without residues and transforms.

func product(ms []Modulus) *big.Int {
	p := big.NewInt(1)
	for _, m := range ms {
		p.Mul(p, big.NewInt(int64(m.Q())))
	}
	return p
}

// lift is the polynomial with coefficients in [0, Q) of p in NTT form.
func lift(t require.TestingT, r *Ring, p Poly) []*big.Int {
	c := r.NewPoly()
	require.NoError(t, r.INTT(c, p))
	return compose(r.Moduli, c)
}

// compose is the Chinese remainder theorem, one prime after the other.
func compose(ms []Modulus, p Poly) []*big.Int {
	out := make([]*big.Int, len(p[0]))
	for i := range out {
		x, step := new(big.Int), big.NewInt(1)
		for l, m := range ms {
			q := big.NewInt(int64(m.Q()))
			diff := new(big.Int).Sub(big.NewInt(int64(p[l][i])), x)
			diff.Mul(diff, new(big.Int).ModInverse(step, q)).Mod(diff, q)
			x.Add(x, diff.Mul(diff, step))
			step = new(big.Int).Mul(step, q)
		}
		out[i] = x
	}
	return out
}

// lower is the NTT form of a polynomial with integer coefficients.
func lower(t require.TestingT, r *Ring, a []*big.Int) Poly {
	p := r.NewPoly()
	for l, m := range r.Moduli {
		for i, x := range a {
			p[l][i] = bigMod(x, m.Q())
		}
	}
	require.NoError(t, r.NTT(p, p))
	return p
}

// mulBig is a*b in Z[X]/(X^N+1).
func mulBig(a, b []*big.Int) []*big.Int {
	n := len(a)
	out := make([]*big.Int, n)
	for i := range out {
		out[i] = new(big.Int)
	}
	term := new(big.Int)
	for i, x := range a {
		for j, y := range b {
			term.Mul(x, y)
			if i+j < n {
				out[i+j].Add(out[i+j], term)
			} else {
				out[i+j-n].Sub(out[i+j-n], term)
			}
		}
	}
	return out
}

func zipBig(a, b []*big.Int, op func(z, x, y *big.Int) *big.Int) []*big.Int {
	out := make([]*big.Int, len(a))
	for i := range a {
		out[i] = op(new(big.Int), a[i], b[i])
	}
	return out
}

func addBig(a, b []*big.Int) []*big.Int { return zipBig(a, b, (*big.Int).Add) }

// centredBig is x mod m in (-m/2, m/2].
func centredBig(a []*big.Int, m *big.Int) []*big.Int {
	half := new(big.Int).Rsh(m, 1)
	out := make([]*big.Int, len(a))
	for i, x := range a {
		out[i] = new(big.Int).Mod(x, m)
		if out[i].Cmp(half) > 0 {
			out[i].Sub(out[i], m)
		}
	}
	return out
}

// fastRemainder is the integer sum of y_i*(Q/q_i), y_i = x*(Q/q_i)^-1 mod q_i.
func fastRemainder(x *big.Int, ms []Modulus) *big.Int {
	all, sum := product(ms), new(big.Int)
	for _, m := range ms {
		q := big.NewInt(int64(m.Q()))
		others := new(big.Int).Quo(all, q)
		y := new(big.Int).ModInverse(others, q)
		y.Mul(y, x).Mod(y, q)
		sum.Add(sum, y.Mul(y, others))
	}
	return sum
}

// divideByP is ModDown: (c - remainder)/P, with the offset of the form.
func divideByP(c []*big.Int, ms []Modulus, offset *big.Int) []*big.Int {
	p := product(ms)
	out := make([]*big.Int, len(c))
	for i, x := range c {
		rest := fastRemainder(new(big.Int).Add(x, offset), ms)
		rest.Sub(rest, offset)
		var left big.Int
		out[i], _ = new(big.Int).QuoRem(new(big.Int).Sub(x, rest), p, &left)
		if left.Sign() != 0 {
			panic("remainder of an exact division")
		}
	}
	return out
}

// mulRing is mulBig modulo the primes of a ring, for degrees at which the
// schoolbook takes too long. The transform it goes through is compared with
// evaluation elsewhere.
func mulRing(t require.TestingT, r *Ring) func(a, b []*big.Int) []*big.Int {
	return func(a, b []*big.Int) []*big.Int {
		x := lower(t, r, a)
		require.NoError(t, r.Mul(x, x, lower(t, r, b)))
		return lift(t, r, x)
	}
}

// multiplier is mulBig for small degrees and mulRing over the limbs of Q and
// P for others.
func multiplier(t require.TestingT, c *Context) func(a, b []*big.Int) []*big.Int {
	if c.Q.N <= 64 {
		return mulBig
	}
	return mulRing(t, c.Q.join(c.P))
}

// keySwitchBig is hybrid key switching by its definition.
func keySwitchBig(t require.TestingT, c *Context, d Poly, key EvaluationKey, offset *big.Int) (b, a []*big.Int) {
	q, mul := c.Q.slice(0, len(d)), mulBig
	over := q.join(c.P)
	if c.Q.N > 64 {
		mul = mulRing(t, over)
	}
	x := lift(t, q, d)
	sums := [2][]*big.Int{}
	for digit := range c.Digits(len(d)) {
		ms := q.Moduli[digit*c.DigitLimbs : min((digit+1)*c.DigitLimbs, len(d))]
		up := make([]*big.Int, len(x))
		for i := range x {
			up[i] = fastRemainder(x[i], ms)
		}
		for i := range sums {
			k := append(append(Poly{}, key[digit][i][:len(d)]...), key[digit][i][c.Q.Limbs():]...)
			term := mul(up, lift(t, over, k))
			if sums[i] == nil {
				sums[i] = term
			} else {
				sums[i] = addBig(sums[i], term)
			}
		}
	}
	for i := range sums {
		for k, s := range sums[i] {
			sums[i][k] = s.Mod(s, product(over.Moduli))
		}
	}
	return divideByP(sums[0], c.P.Moduli, offset), divideByP(sums[1], c.P.Moduli, offset)
}

// A secretParty holds a ternary secret key and makes keys and ciphertexts.
type secretParty struct {
	c   *Context
	rnd *rand.Rand
	s   []*big.Int
}

func newSecretParty(c *Context, seed uint64) *secretParty {
	p := &secretParty{c: c, rnd: rand.New(rand.NewPCG(seed, 2))}
	p.s = p.small(1)
	return p
}

// small has coefficients from -bound to bound.
func (p *secretParty) small(bound int64) []*big.Int {
	a := make([]*big.Int, p.c.Q.N)
	for i := range a {
		a[i] = big.NewInt(p.rnd.Int64N(2*bound+1) - bound)
	}
	return a
}

// key goes from the key from to the key to, with errors of at most 4.
func (p *secretParty) key(t require.TestingT, from, to []*big.Int) EvaluationKey {
	over := p.c.Q.join(p.c.P)
	special := product(p.c.P.Moduli)
	var key EvaluationKey
	for digit := range p.c.Digits(p.c.Q.Limbs()) {
		lo := digit * p.c.DigitLimbs
		hi := min(lo+p.c.DigitLimbs, p.c.Q.Limbs())
		// factor is P modulo the primes of the digit and 0 modulo the others
		inside := product(p.c.Q.Moduli[lo:hi])
		factor := new(big.Int).Quo(product(over.Moduli), inside)
		inverse := new(big.Int).ModInverse(factor, inside)
		factor.Mul(factor, inverse.Mul(inverse, special))
		scaled := make([]*big.Int, len(from))
		for i, x := range from {
			scaled[i] = new(big.Int).Mul(x, factor)
		}
		a := randomPoly(over, p.rnd.Uint64())
		b := lower(t, over, addBig(p.small(4), scaled))
		as := over.NewPoly()
		require.NoError(t, over.Mul(as, a, lower(t, over, to)))
		require.NoError(t, over.Sub(b, b, as))
		key = append(key, [2]Poly{b, a})
	}
	return key
}

// decrypt is the centred sum of ct[i]*s^i.
func (p *secretParty) decrypt(t require.TestingT, ct Ciphertext) []*big.Int {
	r := p.c.Q.slice(0, ct.Limbs())
	s := lower(t, r, p.s)
	sum := r.NewPoly()
	for i := len(ct) - 1; i >= 0; i-- {
		require.NoError(t, r.Mul(sum, sum, s))
		require.NoError(t, r.Add(sum, sum, ct[i]))
	}
	return centredBig(lift(t, r, sum), product(r.Moduli))
}

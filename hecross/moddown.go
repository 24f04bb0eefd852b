package hecross

import (
	"fmt"
	"math/big"
)

// A ModDownForm says how key switching rounds when it divides by P. Base
// conversion of the remainder x gives the sum of y_i*(P/p_i) with the y_i in
// [0, p_i); the three forms differ in a constant added before and subtracted
// after.
type ModDownForm int

const (
	// Centred moves every y_i into [-p_i/2, p_i/2]. The error of the quotient
	// is then the sum of y_i/p_i, of mean 0 and variance a/12 for a primes.
	Centred ModDownForm = iota

	// Half adds P/2. The quotient is rounded instead of cut, but a bias of
	// (a-1)/2 stays in it, that of the y_i.
	Half

	// Uncentred adds nothing, as CROSS and OpenFHE do: a bias of a/2 in every
	// coefficient, and, the bias being the same in all of them, a large error
	// in a few slots.
	Uncentred
)

var modDownNames = map[ModDownForm]string{Centred: "centred", Half: "half", Uncentred: "uncentred"}

// String returns "centred", "half" or "uncentred".
func (f ModDownForm) String() string {
	if s, ok := modDownNames[f]; ok {
		return s
	}
	return fmt.Sprintf("ModDownForm(%d)", int(f))
}

// ParseModDownForm returns the form of that name.
func ParseModDownForm(name string) (ModDownForm, error) {
	for f, s := range modDownNames {
		if s == name {
			return f, nil
		}
	}
	return 0, fmt.Errorf("hecross: ModDown form is %q, want centred, half or uncentred", name)
}

// Offset returns the constant of the form for the product of moduli.
func (f ModDownForm) Offset(moduli []Modulus) *big.Int {
	product, sum := Product(moduli), new(big.Int)
	switch f {
	case Half:
		sum.Rsh(product, 1)
	case Centred:
		for _, m := range moduli {
			others := new(big.Int).Quo(product, big.NewInt(int64(m.q)))
			sum.Add(sum, others.Mul(others, big.NewInt(int64(m.q/2))))
		}
	}
	return sum
}

// ModDownPoly returns p/P over the first limbs of Q, rounded in the form of the
// context. p is in NTT form over 1 or more limbs of Q followed by those of P.
func (c *Context) ModDownPoly(p Poly) (Poly, error) {
	limbs := len(p) - c.P.Limbs()
	if limbs < 1 || limbs > c.Q.Limbs() {
		return nil, fmt.Errorf("hecross: p: has %d limbs, want 1 to %d of Q and %d of P", len(p), c.Q.Limbs(), c.P.Limbs())
	}
	if err := c.Q.slice(0, limbs).join(c.P).Check("p", p); err != nil {
		return nil, err
	}
	if c.P.Limbs() == 0 {
		return p.Clone(), nil
	}
	return c.modDown(p), nil
}

func (c *Context) modDown(p Poly) Poly {
	limbs := len(p) - c.P.Limbs()
	q := c.Q.slice(0, limbs)
	offset := c.ModDown.Offset(c.P.Moduli)
	product := Product(c.P.Moduli)

	rest := c.P.NewPoly()
	c.P.intt(rest, p[limbs:])
	for j, m := range c.P.Moduli {
		m.addConstant(rest[j], m.ModBig(offset))
	}
	out := newBaseConverter(c.P.Moduli, q.Moduli).convert(rest)
	for i, m := range q.Moduli {
		m.addConstant(out[i], m.Neg(m.ModBig(offset)))
	}
	q.ntt(out, out)
	for i, m := range q.Moduli {
		m.subScale(out[i], p[i], m.Inverse(m.ModBig(product)))
	}
	return out
}

// addConstant adds c to every element.
func (m Modulus) addConstant(xs []uint32, c uint32) {
	for i, x := range xs {
		xs[i] = m.Add(x, c)
	}
}

// subScale sets every element x of out to (c - x)*factor.
func (m Modulus) subScale(out, c []uint32, factor uint32) {
	quot := m.ShoupQuotient(factor)
	for i, x := range out {
		out[i] = m.Correct(m.MulShoup(m.Sub(c[i], x), factor, quot))
	}
}

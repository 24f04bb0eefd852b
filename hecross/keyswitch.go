package hecross

import "fmt"

// ModUp returns digit number digit of d over the limbs of d followed by those
// of P, all in NTT form. The limbs of the digit are those of d; the others
// come from base conversion and hold x + u*Q_d, 0 <= u < the digit's limbs.
//
// Every u has the same mean above 0, which ModDown does not take away: P must
// be larger than the product Q_d of every digit by some 2^15 or more, or the
// error of key switching is many times the one of an exact conversion.
func (c *Context) ModUp(d Poly, digit int) (Poly, error) {
	r, err := c.ring("d", d)
	if err != nil {
		return nil, err
	}
	if digit < 0 || digit >= c.Digits(len(d)) {
		return nil, fmt.Errorf("hecross: digit is %d, want 0 to %d", digit, c.Digits(len(d))-1)
	}
	coefficients := r.NewPoly()
	r.intt(coefficients, d)
	return c.modUp(d, coefficients, digit), nil
}

// modUp takes d in both forms.
func (c *Context) modUp(d, coefficients Poly, digit int) Poly {
	lo := digit * c.DigitLimbs
	hi := min(lo+c.DigitLimbs, len(d))
	q := c.Q.slice(0, len(d))
	others := q.slice(0, lo).join(q.slice(hi, len(d))).join(c.P)
	up := newBaseConverter(c.Q.Moduli[lo:hi], others.Moduli).convert(coefficients[lo:hi])
	others.ntt(up, up)
	out := append(Poly{}, up[:lo]...)
	out = append(out, d[lo:hi]...)
	return append(out, up[lo:]...)
}

// KeySwitch returns (b, a) with b + a*s = d*s' and a small error, for the key
// that goes from s' to s. d is in NTT form over any number of the first limbs
// of Q, and so are b and a.
//
// Source: hybrid key switching, eprint 2019/688; steps of arXiv:2501.07047.
func (c *Context) KeySwitch(d Poly, key EvaluationKey) (b, a Poly, err error) {
	r, err := c.ring("d", d)
	if err != nil {
		return nil, nil, err
	}
	digits, err := c.RestrictKey(key, len(d))
	if err != nil {
		return nil, nil, err
	}
	b, a = c.keySwitch(r, d, digits)
	return b, a, nil
}

func (c *Context) keySwitch(r *Ring, d Poly, key EvaluationKey) (b, a Poly) {
	coefficients := r.NewPoly()
	r.intt(coefficients, d)
	over := r.join(c.P)
	b, a = over.NewPoly(), over.NewPoly()
	for digit, k := range key {
		up := c.modUp(d, coefficients, digit)
		over.mulAdd(b, up, k[0])
		over.mulAdd(a, up, k[1])
	}
	return c.modDown(b), c.modDown(a)
}

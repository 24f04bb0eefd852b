package hecross

import "fmt"

// A Context is what the operators of CKKS need besides their operands: the
// rings of the ciphertext moduli Q and of the special moduli P, and the form
// of key switching. Build one with [NewContext].
type Context struct {
	Q, P       *Ring       // P may have no limb when no keys are switched
	DigitLimbs int         // limbs of Q per digit of key switching, at least 1
	ModDown    ModDownForm // how P is divided out
}

// NewContext returns the context of two rings with the same N, R and C and
// distinct moduli; the last digit may have fewer than digitLimbs limbs.
func NewContext(q, p *Ring, digitLimbs int, form ModDownForm) (*Context, error) {
	if q == nil || p == nil {
		return nil, fmt.Errorf("hecross: ring is nil, want the rings of Q and of P")
	}
	if q.Limbs() == 0 {
		return nil, fmt.Errorf("hecross: Q has 0 limbs, want at least 1")
	}
	if digitLimbs < 1 {
		return nil, fmt.Errorf("hecross: digit has %d limbs, want at least 1", digitLimbs)
	}
	if _, ok := modDownNames[form]; !ok {
		return nil, fmt.Errorf("hecross: ModDown form is %d, want one of the constants", form)
	}
	if _, err := q.Join(p); err != nil {
		return nil, err
	}
	return &Context{Q: q, P: p, DigitLimbs: digitLimbs, ModDown: form}, nil
}

// DigitLimbs returns ceil(limbs/dnum), the limbs per digit that make dnum
// digits, or fewer, of a chain; dnum is at least 1.
func DigitLimbs(limbs, dnum int) (int, error) {
	if limbs < 1 || dnum < 1 {
		return 0, fmt.Errorf("hecross: limbs and dnum are %d and %d, want at least 1", limbs, dnum)
	}
	return 1 + (limbs-1)/dnum, nil
}

// Digits returns the number of digits of a polynomial of so many limbs, at
// least 1.
func (c *Context) Digits(limbs int) int { return 1 + (limbs-1)/c.DigitLimbs }

// ring returns the ring of the first limbs of Q, as many as p has, and checks
// p against it.
func (c *Context) ring(name string, p Poly) (*Ring, error) {
	if len(p) < 1 || len(p) > c.Q.Limbs() {
		return nil, fmt.Errorf("hecross: %s: has %d limbs, want 1 to %d", name, len(p), c.Q.Limbs())
	}
	r := c.Q.slice(0, len(p))
	return r, r.Check(name, p)
}

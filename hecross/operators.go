package hecross

import "fmt"

// Add returns x + y. Both have the same number of limbs; the shorter one is
// continued with zero polynomials.
func (c *Context) Add(x, y Ciphertext) (Ciphertext, error) {
	if err := c.checkPair(x, y); err != nil {
		return nil, err
	}
	if len(x) < len(y) {
		x, y = y, x
	}
	r := c.Q.slice(0, x.Limbs())
	out := make(Ciphertext, len(x))
	for i := range x {
		out[i] = x[i].Clone()
		if i < len(y) {
			r.add(out[i], y[i])
		}
	}
	return out, nil
}

func (c *Context) checkPair(x, y Ciphertext) error {
	if err := c.Check("x", x); err != nil {
		return err
	}
	if err := c.Check("y", y); err != nil {
		return err
	}
	if x.Limbs() != y.Limbs() {
		return fmt.Errorf("hecross: x and y have %d and %d limbs, want the same number", x.Limbs(), y.Limbs())
	}
	return nil
}

// AddPlain returns x + p for a plaintext p in NTT form with the limbs of x.
func (c *Context) AddPlain(x Ciphertext, p Poly) (Ciphertext, error) {
	return c.Add(x, Ciphertext{p})
}

// MulPlain returns x*p for a plaintext p in NTT form with the limbs of x.
func (c *Context) MulPlain(x Ciphertext, p Poly) (Ciphertext, error) {
	if err := c.checkPair(x, Ciphertext{p}); err != nil {
		return nil, err
	}
	r := c.Q.slice(0, x.Limbs())
	out := make(Ciphertext, len(x))
	for i := range x {
		out[i] = r.NewPoly()
		r.mulAdd(out[i], x[i], p)
	}
	return out, nil
}

// Tensor returns the product of two ciphertexts of two polynomials,
// (x0*y0, x0*y1 + x1*y0, x1*y1). The sum is reduced term by term.
func (c *Context) Tensor(x, y Ciphertext) (Ciphertext, error) {
	if err := c.checkDegree("x", x, 2); err != nil {
		return nil, err
	}
	if err := c.checkDegree("y", y, 2); err != nil {
		return nil, err
	}
	if err := c.checkPair(x, y); err != nil {
		return nil, err
	}
	return c.tensor(x, y), nil
}

func (c *Context) tensor(x, y Ciphertext) Ciphertext {
	r := c.Q.slice(0, x.Limbs())
	d := Ciphertext{r.NewPoly(), r.NewPoly(), r.NewPoly()}
	for i := range x {
		for j := range y {
			r.mulAdd(d[i+j], x[i], y[j])
		}
	}
	return d
}

// Relinearise turns a ciphertext of three polynomials into one of two, by
// switching d2 with the key from s^2 to s.
func (c *Context) Relinearise(d Ciphertext, key EvaluationKey) (Ciphertext, error) {
	if err := c.checkDegree("ciphertext", d, 3); err != nil {
		return nil, err
	}
	b, a, err := c.KeySwitch(d[2], key)
	if err != nil {
		return nil, err
	}
	r := c.Q.slice(0, d.Limbs())
	r.add(b, d[0])
	r.add(a, d[1])
	return Ciphertext{b, a}, nil
}

// MulRelin returns x*y, the tensor product followed by Relinearise.
func (c *Context) MulRelin(x, y Ciphertext, key EvaluationKey) (Ciphertext, error) {
	d, err := c.Tensor(x, y)
	if err != nil {
		return nil, err
	}
	return c.Relinearise(d, key)
}

// Mult is HE-Mult as CROSS defines it: both inputs are rescaled first, then
// MulRelin. x and y have two polynomials and at least two limbs.
//
// Source: arXiv:2501.07047.
func (c *Context) Mult(x, y Ciphertext, key EvaluationKey) (Ciphertext, error) {
	x, err := c.rescale("x", x)
	if err != nil {
		return nil, err
	}
	if y, err = c.rescale("y", y); err != nil {
		return nil, err
	}
	return c.MulRelin(x, y, key)
}

// Rotate is HE-Rotate: the slots of ct move by rot to the left. The key goes
// from s to the s' that X -> X^k, k = 5^rot mod 2N, takes to s; c1 is switched
// first and both polynomials are then permuted.
func (c *Context) Rotate(ct Ciphertext, rot int, key EvaluationKey) (Ciphertext, error) {
	k, err := GaloisElement(rot, c.Q.N)
	if err != nil {
		return nil, err
	}
	return c.Automorphism(ct, k, key)
}

// Automorphism applies X -> X^k to what ct encrypts, as Rotate does, for any
// odd k below 2N; k = 2N-1 conjugates the slots.
func (c *Context) Automorphism(ct Ciphertext, k int, key EvaluationKey) (Ciphertext, error) {
	if err := c.checkDegree("ciphertext", ct, 2); err != nil {
		return nil, err
	}
	index, err := AutomorphismIndex(k, c.Q.N)
	if err != nil {
		return nil, err
	}
	b, a, err := c.KeySwitch(ct[1], key)
	if err != nil {
		return nil, err
	}
	r := c.Q.slice(0, ct.Limbs())
	r.add(b, ct[0])
	out := Ciphertext{r.NewPoly(), r.NewPoly()}
	for l := range r.limbs {
		gather(out[0][l], b[l], index)
		gather(out[1][l], a[l], index)
	}
	return out, nil
}

package hecross

import "fmt"

// RescalePoly returns p divided by the modulus of its last limb, rounded to
// the nearest, over the limbs before. p is in NTT form and has at least two
// limbs. It is exact: the remainder is centred, and there is no tie.
//
// Source: arXiv:2501.07047; the residues are those of Lattigo's
// DivRoundByLastModulusNTT.
func (c *Context) RescalePoly(p Poly) (Poly, error) {
	r, err := c.ring("p", p)
	if err != nil {
		return nil, err
	}
	if len(p) < 2 {
		return nil, fmt.Errorf("hecross: p: has 1 limb, want at least 2 to drop one")
	}
	return rescale(r, p, r.Moduli[len(p)-1].q/2), nil
}

// rescale takes the remainder in [-offset, q-offset) for the last modulus q.
func rescale(r *Ring, p Poly, offset uint32) Poly {
	last := len(p) - 1
	dropped := NewPoly(1, r.N)
	r.slice(last, last+1).intt(dropped, p[last:])
	m := r.Moduli[last]
	m.addConstant(dropped[0], offset) // in [0, q); the offset is subtracted below
	rest := r.slice(0, last)
	out := rest.NewPoly()
	for i, t := range rest.Moduli {
		shift := t.Neg(t.Mod(uint64(offset)))
		for k, x := range dropped[0] {
			out[i][k] = t.Add(t.Mod(uint64(x)), shift)
		}
	}
	rest.ntt(out, out)
	for i, t := range rest.Moduli {
		t.subScale(out[i], p[i], t.Inverse(t.Mod(uint64(m.q))))
	}
	return out
}

// Rescale is RescalePoly on every polynomial of a ciphertext.
func (c *Context) Rescale(ct Ciphertext) (Ciphertext, error) {
	return c.rescale("ciphertext", ct)
}

func (c *Context) rescale(name string, ct Ciphertext) (Ciphertext, error) {
	if err := c.Check(name, ct); err != nil {
		return nil, err
	}
	if ct.Limbs() < 2 {
		return nil, fmt.Errorf("hecross: %s: has 1 limb, want at least 2 to drop one", name)
	}
	r := c.Q.slice(0, ct.Limbs())
	out := make(Ciphertext, len(ct))
	for i, p := range ct {
		out[i] = rescale(r, p, r.Moduli[r.Limbs()-1].q/2)
	}
	return out, nil
}

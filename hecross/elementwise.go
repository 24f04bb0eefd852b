package hecross

// Add sets out to a + b. out may be a or b. Like all operations of a ring on
// polynomials it reports an error unless every operand has the shape of the
// ring and holds residues; it works on coefficients and on NTT form alike.
func (r *Ring) Add(out, a, b Poly) error {
	return r.each(out, a, b, Modulus.Add)
}

// Sub sets out to a - b, with the rules of Add.
func (r *Ring) Sub(out, a, b Poly) error {
	return r.each(out, a, b, Modulus.Sub)
}

// Mul sets out to the products of the elements of a and b, with the rules of
// Add: the product of the polynomials when both are in NTT form.
func (r *Ring) Mul(out, a, b Poly) error {
	return r.each(out, a, b, Modulus.Mul)
}

// Neg sets out to -a, with the rules of Add.
func (r *Ring) Neg(out, a Poly) error {
	return r.each(out, a, a, func(m Modulus, x, _ uint32) uint32 { return m.Neg(x) })
}

func (r *Ring) each(out, a, b Poly, op func(m Modulus, x, y uint32) uint32) error {
	if err := r.Check("a", a); err != nil {
		return err
	}
	if err := r.Check("b", b); err != nil {
		return err
	}
	if err := r.checkShape("out", out); err != nil {
		return err
	}
	for l, m := range r.Moduli {
		x, y, z := a[l], b[l], out[l]
		for i := range z {
			z[i] = op(m, x[i], y[i])
		}
	}
	return nil
}

// add sets out to out + a.
func (r *Ring) add(out, a Poly) {
	for l, m := range r.Moduli {
		z := out[l]
		for i, x := range a[l] {
			z[i] = m.Add(z[i], x)
		}
	}
}

// mulAdd sets out to out + a*b, element by element.
func (r *Ring) mulAdd(out, a, b Poly) {
	for l, m := range r.Moduli {
		y, z := b[l], out[l]
		for i, x := range a[l] {
			z[i] = m.Mod(uint64(x)*uint64(y[i]) + uint64(z[i]))
		}
	}
}

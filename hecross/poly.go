package hecross

import "fmt"

// A Poly is a polynomial in residues, [limb][coefficient], every one below the
// modulus of its limb. In NTT form [limb][i] is the value at
// psi^(2*brv(i)+1), brv reversing the log2(N) bits of i.
type Poly [][]uint32

// NewPoly returns the polynomial 0.
func NewPoly(limbs, n int) Poly {
	p := make(Poly, limbs)
	all := make([]uint32, limbs*n)
	for i := range p {
		p[i] = all[i*n : (i+1)*n : (i+1)*n]
	}
	return p
}

// Clone returns a copy.
func (p Poly) Clone() Poly {
	c := make(Poly, len(p))
	for i := range p {
		c[i] = append([]uint32{}, p[i]...)
	}
	return c
}

// Check reports the first limb of p that is missing, of the wrong length, or
// holds a value that is no residue. Errors call the polynomial name.
func (r *Ring) Check(name string, p Poly) error {
	if err := r.checkShape(name, p); err != nil {
		return err
	}
	for l, limb := range p {
		q := r.Moduli[l].q
		for i, x := range limb {
			if x >= q {
				return fmt.Errorf("hecross: %s: limb %d: index %d: residue is %d, want below the modulus %d", name, l, i, x, q)
			}
		}
	}
	return nil
}

// checkShape reports a wrong number of limbs or a limb of the wrong length.
func (r *Ring) checkShape(name string, p Poly) error {
	if len(p) != len(r.Moduli) {
		return fmt.Errorf("hecross: %s: has %d limbs, want %d", name, len(p), len(r.Moduli))
	}
	for l, limb := range p {
		if len(limb) != r.N {
			return fmt.Errorf("hecross: %s: limb %d has %d coefficients, want N = %d", name, l, len(limb), r.N)
		}
	}
	return nil
}

package hecross

import "errors"

// A StructuredPermutation is an automorphism on the R x C matrix of the NTT
// form as permutations of whole rows, permutations of columns common to all
// rows, and one cyclic shift per row. It does, in this order:
//
//	rows      a[z] = in[Rows[z]]
//	columns   b[z][m] = a[z][Columns[m]], which leaves natural column order
//	shift     c[z][m] = b[z][(m + Shift[z]) mod C]
//	order     out[z][n] = c[z][Order[n]], the bit reversal of columns
//
// A layout with the columns in natural order needs no last step.
type StructuredPermutation struct {
	R, C    int
	Rows    []int // R elements
	Columns []int // C elements
	Shift   []int // R elements, 0 to C-1
	Order   []int // C elements
}

// NewStructuredPermutation returns X -> X^k on r x c matrices. k is odd,
// 0 < k < 2*r*c.
//
// Row z in natural order with column m holds psi^(2*(z + R*m)+1); times k that
// is row t mod R and column (k*m + t div R) mod C, t = z*k + (k-1)/2.
func NewStructuredPermutation(k, r, c int) (*StructuredPermutation, error) {
	if err := checkSplit(r*c, r, c); err != nil {
		return nil, err
	}
	if err := checkGalois(k, r*c); err != nil {
		return nil, err
	}
	p := &StructuredPermutation{
		R: r, C: c,
		Rows: make([]int, r), Columns: make([]int, c), Shift: make([]int, r), Order: make([]int, c),
	}
	inverse := inversePowerOfTwo(k, c)
	for z := range r {
		t := bitReverse(z, r)*k + (k-1)/2
		p.Rows[z] = bitReverse(t%r, r)
		p.Shift[z] = t / r % c * inverse % c
	}
	for m := range c {
		p.Columns[m] = bitReverse(k*m%c, c)
		p.Order[m] = bitReverse(m, c)
	}
	return p, nil
}

// inversePowerOfTwo returns k^-1 mod c for an odd k and c a power of two.
func inversePowerOfTwo(k, c int) int {
	return int(inverse32(uint32(k))) & (c - 1)
}

// Apply sets out to the automorphism of in, both in NTT form with N = R*C. The
// two must not share elements.
func (p *StructuredPermutation) Apply(out, in []uint32) error {
	n := p.R * p.C
	ring := Ring{N: n, Moduli: make([]Modulus, 1)}
	if err := ring.checkShape("in", Poly{in}); err != nil {
		return err
	}
	if err := ring.checkShape("out", Poly{out}); err != nil {
		return err
	}
	if &out[0] == &in[0] {
		return errors.New("hecross: out is in, want another")
	}
	shifted := make([]uint32, p.C)
	for z := range p.R {
		row := in[p.Rows[z]*p.C : (p.Rows[z]+1)*p.C]
		for m, from := range p.Columns {
			shifted[(m-p.Shift[z])&(p.C-1)] = row[from]
		}
		gather(out[z*p.C:(z+1)*p.C], shifted, p.Order)
	}
	return nil
}

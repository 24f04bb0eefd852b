package hecross

import "fmt"

// A Matrix is a dense matrix of residues, row-major.
type Matrix struct {
	Rows, Cols int
	Data       []uint32 // Rows*Cols elements
}

// NewMatrix returns the matrix 0.
func NewMatrix(rows, cols int) Matrix {
	return Matrix{rows, cols, make([]uint32, rows*cols)}
}

// At returns the element in row i and column j.
func (a Matrix) At(i, j int) uint32 { return a.Data[i*a.Cols+j] }

// Row returns row i; it shares the elements of the matrix.
func (a Matrix) Row(i int) []uint32 { return a.Data[i*a.Cols : (i+1)*a.Cols] }

// check reports negative dimensions or a wrong number of elements.
func (a Matrix) check(name string) error {
	if a.Rows < 0 || a.Cols < 0 || len(a.Data) != a.Rows*a.Cols {
		return fmt.Errorf("hecross: %s: %dx%d matrix has %d elements, want rows*columns", name, a.Rows, a.Cols, len(a.Data))
	}
	return nil
}

// check reports a wrong shape or an element that is not below the modulus.
func (m Modulus) check(name string, a Matrix) error {
	if err := a.check(name); err != nil {
		return err
	}
	for i, x := range a.Data {
		if x >= m.q {
			return fmt.Errorf("hecross: %s: row %d: column %d: residue is %d, want below the modulus %d", name, i/a.Cols, i%a.Cols, x, m.q)
		}
	}
	return nil
}

// MulMatrix returns a*b mod q, for matrices of residues of shapes H x V and
// V x W.
func (m Modulus) MulMatrix(a, b Matrix) (Matrix, error) {
	if err := m.check("left", a); err != nil {
		return Matrix{}, err
	}
	if err := m.check("right", b); err != nil {
		return Matrix{}, err
	}
	if a.Cols != b.Rows {
		return Matrix{}, fmt.Errorf("hecross: product of %dx%d and %dx%d, want as many columns as rows", a.Rows, a.Cols, b.Rows, b.Cols)
	}
	return m.mulMatrix(a, b), nil
}

// mulMatrix adds as many exact products as 64 bits hold between reductions.
func (m Modulus) mulMatrix(a, b Matrix) Matrix {
	out := NewMatrix(a.Rows, b.Cols)
	sums := make([]uint64, b.Cols)
	terms := m.termsPerSum(m.q)
	for i := range a.Rows {
		clear(sums)
		room := terms
		for k, x := range a.Row(i) {
			if room == 0 {
				for j, s := range sums {
					sums[j] = uint64(m.Mod(s))
				}
				room = terms - 1 // the residue counts as one product
			}
			room--
			for j, y := range b.Row(k) {
				sums[j] += uint64(x) * uint64(y)
			}
		}
		for j, s := range sums {
			out.Data[i*out.Cols+j] = m.Mod(s)
		}
	}
	return out
}

// termsPerSum is how many products of a residue modulo q and one below bound
// fit in 64 bits, at least 4.
func (m Modulus) termsPerSum(bound uint32) int {
	return int(min(^uint64(0)/(uint64(m.q-1)*uint64(bound-1)), 1<<30))
}

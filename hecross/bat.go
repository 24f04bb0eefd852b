package hecross

import "fmt"

// A ByteMatrix is a dense matrix of unsigned bytes, row-major.
type ByteMatrix struct {
	Rows, Cols int
	Data       []uint8
}

// MaxByteTerms is the largest number of residues V in one sum of byte
// products: 4*V*255^2 must fit in 32 bits.
const MaxByteTerms = 16512

// BAT returns the byte matrix of a known matrix on the left of a product, an
// H x V matrix of residues becoming 4H x 4V bytes. The block of x holds in row
// p and column k byte p of (x << 8k) mod q.
//
// Source: basis aligned transformation, arXiv:2501.07047.
func (m Modulus) BAT(known Matrix) (ByteMatrix, error) {
	if err := m.check("known", known); err != nil {
		return ByteMatrix{}, err
	}
	return m.bat(known), nil
}

func (m Modulus) bat(known Matrix) ByteMatrix {
	b := newByteMatrix(4*known.Rows, 4*known.Cols)
	for i := range known.Rows {
		for j, x := range known.Row(i) {
			for k := range 4 {
				for p := range 4 {
					b.Data[(4*i+p)*b.Cols+4*j+k] = uint8(x >> (8 * p))
				}
				x = m.Mod(uint64(x) << 8)
			}
		}
	}
	return b
}

// BATRight returns the byte matrix of a known matrix on the right of a
// product: V x H residues become 4V x 4H bytes, the transpose of BAT of the
// transpose. Column j is taken modulo moduli[j].
func BATRight(known Matrix, moduli []Modulus) (ByteMatrix, error) {
	if err := known.check("known"); err != nil {
		return ByteMatrix{}, err
	}
	if len(moduli) != known.Cols {
		return ByteMatrix{}, fmt.Errorf("hecross: known: has %d columns for %d moduli, want one each", known.Cols, len(moduli))
	}
	for i := range known.Rows {
		for j, x := range known.Row(i) {
			if x >= moduli[j].q {
				return ByteMatrix{}, fmt.Errorf("hecross: known: row %d: column %d: residue is %d, want below the modulus %d", i, j, x, moduli[j].q)
			}
		}
	}
	return batRight(known, moduli), nil
}

func batRight(known Matrix, moduli []Modulus) ByteMatrix {
	b := newByteMatrix(4*known.Rows, 4*known.Cols)
	for i := range known.Rows {
		for j, x := range known.Row(i) {
			for k := range 4 {
				for p := range 4 {
					b.Data[(4*i+k)*b.Cols+4*j+p] = uint8(x >> (8 * p))
				}
				x = moduli[j].Mod(uint64(x) << 8)
			}
		}
	}
	return b
}

// CheckBAT reports an error unless a product over terms residues through bytes
// can be reduced at once: terms is 1 to MaxByteTerms, and the merged sum, at
// most 1020*terms*(q-1), is in the range of Reduce.
func (m Modulus) CheckBAT(terms int) error {
	if terms < 1 || terms > MaxByteTerms {
		return fmt.Errorf("hecross: byte product has %d terms, want 1 to %d", terms, MaxByteTerms)
	}
	if !m.Admits(1020 * uint64(terms) * uint64(m.q-1)) {
		return fmt.Errorf("hecross: byte product of %d terms modulo %d reaches 2^%d, want 1020*terms*(q-1) below", terms, m.q, m.s)
	}
	return nil
}

// MulBAT returns known*b mod q through literal bytes, left being the byte
// matrix of known. b holds residues, or any uint32.
func (m Modulus) MulBAT(left ByteMatrix, b Matrix) (Matrix, error) {
	if err := checkBytes(left, b); err != nil {
		return Matrix{}, err
	}
	if left.Cols != 4*b.Rows || left.Rows%4 != 0 {
		return Matrix{}, fmt.Errorf("hecross: product of %dx%d bytes and %dx%d residues, want 4*rows columns", left.Rows, left.Cols, b.Rows, b.Cols)
	}
	if err := m.CheckBAT(b.Rows); err != nil {
		return Matrix{}, err
	}
	sums := mulBytes(left, chunkRows(b))
	out := NewMatrix(left.Rows/4, b.Cols)
	for i := range out.Data {
		at := i/b.Cols*4*b.Cols + i%b.Cols
		out.Data[i] = m.Reduce(MergeBytes([4]uint32{
			sums[at], sums[at+b.Cols], sums[at+2*b.Cols], sums[at+3*b.Cols],
		}))
	}
	return out, nil
}

// MulBATRight returns a*known through literal bytes, right being the byte
// matrix of known for moduli. a holds residues, or any uint32; column j of the
// result is reduced modulo moduli[j].
func MulBATRight(a Matrix, right ByteMatrix, moduli []Modulus) (Matrix, error) {
	if err := checkBytes(right, a); err != nil {
		return Matrix{}, err
	}
	if right.Rows != 4*a.Cols || right.Cols != 4*len(moduli) {
		return Matrix{}, fmt.Errorf("hecross: product of %dx%d residues and %dx%d bytes for %d moduli, want 4*columns rows and 4 columns per modulus",
			a.Rows, a.Cols, right.Rows, right.Cols, len(moduli))
	}
	for j, m := range moduli {
		if err := m.CheckBAT(a.Cols); err != nil {
			return Matrix{}, within(fmt.Sprintf("column %d", j), err)
		}
	}
	sums := mulBytes(chunkColumns(a), right)
	out := NewMatrix(a.Rows, len(moduli))
	for i := range out.Data {
		out.Data[i] = moduli[i%out.Cols].Reduce(MergeBytes([4]uint32(sums[4*i : 4*i+4])))
	}
	return out, nil
}

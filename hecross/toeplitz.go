package hecross

import "fmt"

// toeplitzRows is the number of byte positions in a product of two residues.
const toeplitzRows = 7

// Toeplitz returns the byte matrix of the sparse baseline: the block of x has
// 7 rows and 4 columns, byte p-k of x in row p and column k, so that H x V
// residues become 7H x 4V bytes. Unlike BAT it knows nothing of the modulus:
// the sums stand for shifts of 0 to 48 bits. 12 of 28 bytes are always 0.
//
// Source: the byte decomposition used on GPUs, arXiv:2501.07047.
func Toeplitz(known Matrix) (ByteMatrix, error) {
	if err := known.check("known"); err != nil {
		return ByteMatrix{}, err
	}
	b := newByteMatrix(toeplitzRows*known.Rows, 4*known.Cols)
	for i := range known.Rows {
		for j, x := range known.Row(i) {
			for k := range 4 {
				for p := range 4 {
					b.Data[(toeplitzRows*i+p+k)*b.Cols+4*j+k] = uint8(x >> (8 * p))
				}
			}
		}
	}
	return b, nil
}

// CheckToeplitz reports an error unless a product over terms residues can be
// reduced from the top byte down: 256*(q-1) + 4*terms*255^2 must be in the
// range of Reduce, and terms 1 to MaxByteTerms.
func (m Modulus) CheckToeplitz(terms int) error {
	if terms < 1 || terms > MaxByteTerms {
		return fmt.Errorf("hecross: byte product has %d terms, want 1 to %d", terms, MaxByteTerms)
	}
	if !m.Admits(256*uint64(m.q-1) + 4*255*255*uint64(terms)) {
		return fmt.Errorf("hecross: byte product of %d terms modulo %d reaches 2^%d, want 256*(q-1) + 4*terms*255^2 below", terms, m.q, m.s)
	}
	return nil
}

// MulToeplitz returns known*b mod q through the sparse byte matrix of known. b
// holds residues, or any uint32. The merged sum of V products of residues is
// out of the range of Reduce for V > 1, so the seven sums are reduced one
// after the other, the highest first.
func (m Modulus) MulToeplitz(left ByteMatrix, b Matrix) (Matrix, error) {
	if err := checkBytes(left, b); err != nil {
		return Matrix{}, err
	}
	if left.Cols != 4*b.Rows || left.Rows%toeplitzRows != 0 {
		return Matrix{}, fmt.Errorf("hecross: product of %dx%d bytes and %dx%d residues, want 4*rows columns", left.Rows, left.Cols, b.Rows, b.Cols)
	}
	if err := m.CheckToeplitz(b.Rows); err != nil {
		return Matrix{}, err
	}
	sums := mulBytes(left, chunkRows(b))
	out := NewMatrix(left.Rows/toeplitzRows, b.Cols)
	for i := range out.Data {
		at := i/b.Cols*toeplitzRows*b.Cols + i%b.Cols
		z := uint32(0)
		for p := toeplitzRows - 1; p >= 0; p-- {
			z = m.Reduce(uint64(z)<<8 + uint64(sums[at+p*b.Cols]))
		}
		out.Data[i] = z
	}
	return out, nil
}

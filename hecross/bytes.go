package hecross

import "fmt"

func newByteMatrix(rows, cols int) ByteMatrix {
	return ByteMatrix{rows, cols, make([]uint8, rows*cols)}
}

// check reports negative dimensions or a wrong number of bytes.
func (a ByteMatrix) check(name string) error {
	if a.Rows < 0 || a.Cols < 0 || len(a.Data) != a.Rows*a.Cols {
		return fmt.Errorf("hecross: %s: %dx%d matrix has %d bytes, want rows*columns", name, a.Rows, a.Cols, len(a.Data))
	}
	return nil
}

// checkBytes reports a wrong shape of the operands of a product.
func checkBytes(known ByteMatrix, x Matrix) error {
	if err := known.check("known"); err != nil {
		return err
	}
	return x.check("operand")
}

// ChunkRows returns the bytes of b, the lowest first, each element becoming
// four rows of one column: V x W to 4V x W.
func ChunkRows(b Matrix) (ByteMatrix, error) {
	if err := b.check("b"); err != nil {
		return ByteMatrix{}, err
	}
	return chunkRows(b), nil
}

func chunkRows(b Matrix) ByteMatrix {
	out := newByteMatrix(4*b.Rows, b.Cols)
	for i := range b.Rows {
		for j, x := range b.Row(i) {
			for k := range 4 {
				out.Data[(4*i+k)*b.Cols+j] = uint8(x >> (8 * k))
			}
		}
	}
	return out
}

// ChunkColumns returns the bytes of a, the lowest first, each element becoming
// four columns of one row: W x V to W x 4V.
func ChunkColumns(a Matrix) (ByteMatrix, error) {
	if err := a.check("a"); err != nil {
		return ByteMatrix{}, err
	}
	return chunkColumns(a), nil
}

func chunkColumns(a Matrix) ByteMatrix {
	out := newByteMatrix(a.Rows, 4*a.Cols)
	for i, x := range a.Data {
		for k := range 4 {
			out.Data[4*i+k] = uint8(x >> (8 * k))
		}
	}
	return out
}

// MergeBytes returns the sum of y[p] << 8p, a number below 2^57.
func MergeBytes(y [4]uint32) uint64 {
	return uint64(y[0]) + uint64(y[1])<<8 + uint64(y[2])<<16 + uint64(y[3])<<24
}

// MulBytes returns the sums of the product of two byte matrices, row-major
// a.Rows x b.Cols, exact in 32 bits for up to 4*MaxByteTerms columns of a.
func MulBytes(a, b ByteMatrix) ([]uint32, error) {
	if err := a.check("a"); err != nil {
		return nil, err
	}
	if err := b.check("b"); err != nil {
		return nil, err
	}
	if a.Cols != b.Rows || a.Cols > 4*MaxByteTerms {
		return nil, fmt.Errorf("hecross: product of %dx%d and %dx%d bytes, want as many columns as rows, at most %d",
			a.Rows, a.Cols, b.Rows, b.Cols, 4*MaxByteTerms)
	}
	return mulBytes(a, b), nil
}

func mulBytes(a, b ByteMatrix) []uint32 {
	sums := make([]uint32, a.Rows*b.Cols)
	for i := range a.Rows {
		row := sums[i*b.Cols : (i+1)*b.Cols]
		for k, x := range a.Data[i*a.Cols : (i+1)*a.Cols] {
			if x == 0 {
				continue
			}
			ys := b.Data[k*b.Cols : (k+1)*b.Cols]
			for j, y := range ys[:len(row)] {
				row[j] += uint32(x) * uint32(y)
			}
		}
	}
	return sums
}

package ternary

import (
	"fmt"
	"math"
)

// NewMatrix packs rows*cols trits, row-major, with their output scale.
func NewMatrix(rows, cols int, trits []int8, meanAbs float32) (Matrix, error) {
	if rows < 1 || cols < 1 || len(trits)%cols != 0 || len(trits)/cols != rows {
		return Matrix{}, fmt.Errorf("ternary: matrix has %d trits, want %d rows of %d", len(trits), rows, cols)
	}
	m := emptyMatrix(rows, cols)
	for r := range rows {
		row, err := PackTwo(trits[r*cols : (r+1)*cols])
		if err != nil {
			return Matrix{}, fmt.Errorf("row %d: %w", r, err)
		}
		copy(m.Codes[r*m.Stride():], row)
	}
	m.MeanAbs = meanAbs
	return m, m.checkScale()
}

// emptyMatrix returns a matrix of zeros without a scale.
func emptyMatrix(rows, cols int) Matrix {
	m := Matrix{Rows: rows, Cols: cols}
	m.Codes = make([]byte, rows*m.Stride())
	return m
}

// set writes t, which is -1, 0 or +1, over a 0 at row r, column c.
func (m *Matrix) set(r, c int, t int8) {
	m.Codes[r*m.Stride()+c/4] |= byte(t) & 3 << (c % 4 * 2)
}

// At returns element (r, c): -1, 0 or +1, with 0 <= r < Rows and 0 <= c < Cols.
func (m *Matrix) At(r, c int) int8 {
	return tritOf[m.Codes[r*m.Stride()+c/4]>>(c%4*2)&3]
}

// Row writes the elements of row r to dst, whose length is Cols.
func (m *Matrix) Row(dst []int8, r int) {
	codes := m.Codes[r*m.Stride() : (r+1)*m.Stride()]
	for c := range dst {
		dst[c] = tritOf[codes[c/4]>>(c%4*2)&3]
	}
}

// Zeros returns the fraction of elements that are 0, in [0, 1].
func (m *Matrix) Zeros() float64 {
	zeros := 0
	row := make([]int8, m.Cols)
	for r := range m.Rows {
		m.Row(row, r)
		for _, t := range row {
			if t == 0 {
				zeros++
			}
		}
	}
	return float64(zeros) / float64(m.Rows*m.Cols)
}

// Validate checks the length of Codes, that code 10 does not occur, that the
// unused bits of every row are 0, and the scale.
func (m *Matrix) Validate() error {
	if m.Rows < 1 || m.Cols < 1 || len(m.Codes) != m.Rows*m.Stride() {
		return fmt.Errorf("ternary: matrix of %d rows and %d columns has %d bytes, want %d",
			m.Rows, m.Cols, len(m.Codes), max(m.Rows, 0)*max(m.Stride(), 0))
	}
	unused := ^byte(0) << (((m.Cols-1)%4 + 1) * 2) // 0 when the last byte is full
	for i, b := range m.Codes {
		if b>>1&^b&0x55 != 0 {
			return fmt.Errorf("ternary: row %d, byte %d is %#02x: code 10, want 00, 01 or 11", i/m.Stride(), i%m.Stride(), b)
		}
		if i%m.Stride() == m.Stride()-1 && b&unused != 0 {
			return fmt.Errorf("ternary: row %d, byte %d is %#02x, want 0 in the bits after column %d", i/m.Stride(), i%m.Stride(), b, m.Cols-1)
		}
	}
	return m.checkScale()
}

func (m *Matrix) checkScale() error {
	if !(m.MeanAbs >= minMeanAbs) || math.IsInf(float64(m.MeanAbs), 0) {
		return fmt.Errorf("ternary: MeanAbs is %v, want a finite number from %v", m.MeanAbs, minMeanAbs)
	}
	return nil
}

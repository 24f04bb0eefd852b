package kernel

import (
	"fmt"
	"unsafe"

	"lockstep/systolic"
)

// A Matrix is a row-major view of Rows by Cols elements: element (i, j) is
// Data[i*Stride+j]. Rows and Cols may be 0. A view with Stride above Cols is a
// part of a larger matrix; elements between its rows are neither read nor
// written.
type Matrix[T systolic.Byte | int32] struct {
	Data       []T
	Rows, Cols int
	Stride     int // elements from the start of one row to the next, at least Cols
}

// Dense returns the view of data as rows by cols elements without gaps.
func Dense[T systolic.Byte | int32](data []T, rows, cols int) Matrix[T] {
	return Matrix[T]{Data: data, Rows: rows, Cols: cols, Stride: cols}
}

// check reports a negative dimension, rows that overlap, and Data that ends
// before the last element; name is what the error calls the matrix.
func (m Matrix[T]) check(name string) error {
	switch {
	case m.Rows < 0:
		return fmt.Errorf("kernel: %s has %d rows, want 0 or more", name, m.Rows)
	case m.Cols < 0:
		return fmt.Errorf("kernel: %s has %d columns, want 0 or more", name, m.Cols)
	case m.Stride < m.Cols:
		return fmt.Errorf("kernel: %s has stride %d, want at least its %d columns", name, m.Stride, m.Cols)
	case m.Rows == 0 || m.Cols == 0:
		return nil
	}
	// (Rows-1)*Stride + Cols <= len, written so that nothing overflows.
	if m.Cols > len(m.Data) || m.Rows > 1 && m.Stride > (len(m.Data)-m.Cols)/(m.Rows-1) {
		return fmt.Errorf("kernel: %s has %d elements, want enough for %d rows of %d at stride %d", name, len(m.Data), m.Rows, m.Cols, m.Stride)
	}
	return nil
}

// An operand is a checked matrix of bytes of either kind.
type operand struct {
	data       []byte
	rows, cols int
	stride     int
	signed     bool
}

// operandOf forgets the type of the elements of a checked m.
func operandOf[T systolic.Byte](m Matrix[T]) operand {
	data := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(m.Data))), len(m.Data))
	return operand{data: data, rows: m.Rows, cols: m.Cols, stride: m.Stride, signed: kindOf[T]() == systolic.S8}
}

// part is the view of some rows and columns, at least one of each.
func (o operand) part(row, rows, col, cols int) operand {
	first := row*o.stride + col
	o.data = o.data[first : first+(rows-1)*o.stride+cols]
	o.rows, o.cols = rows, cols
	return o
}

// kindOf returns U8 or S8.
func kindOf[T systolic.Byte]() systolic.Kind {
	if ^T(0) < 0 {
		return systolic.S8
	}
	return systolic.U8
}

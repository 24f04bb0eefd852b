package systolic

import "fmt"

// MaxSide is the largest number of rows or columns of an Array.
const MaxSide = 4096

// An Array is a grid of processing elements, each doing one multiply-accumulate
// per cycle.
type Array struct{ Rows, Cols int }

// Validate reports a side outside 1 to MaxSide.
func (a Array) Validate() error {
	switch {
	case a.Rows < 1 || a.Rows > MaxSide:
		return fmt.Errorf("systolic: array Rows is %d, want 1 to %d", a.Rows, MaxSide)
	case a.Cols < 1 || a.Cols > MaxSide:
		return fmt.Errorf("systolic: array Cols is %d, want 1 to %d", a.Cols, MaxSide)
	}
	return nil
}

// String returns rows and columns, as "128x128".
func (a Array) String() string { return fmt.Sprintf("%dx%d", a.Rows, a.Cols) }

// PEs returns the number of processing elements, the peak in
// multiply-accumulates per cycle.
func (a Array) PEs() int { return a.Rows * a.Cols }

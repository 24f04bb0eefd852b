// Package numerics measures what the number formats of the fixed model cost: it
// scores one text in every combination of vector width, fraction bits and
// method of the logistic function and compares each with the float model.
package numerics

import (
	"fmt"
	"slices"

	"lockstep/ternary/fixed"
)

// A Grid is the set of configurations of a sweep: all combinations of its axes.
// The format of the norm weights is that of fixed.Default.
type Grid struct {
	Widths  []int // bits of a vector element
	Fracs   []int // fraction bits of a vector element
	Sigmoid []fixed.SigmoidConfig
}

// Default returns the widths 12 to 32 with the fraction bits around those of
// fixed.Default, and its sigmoid table.
func Default() Grid {
	return Grid{
		Widths:  []int{12, 14, 16, 18, 20, 24, 32},
		Fracs:   []int{6, 7, 8, 9, 10, 11, 12},
		Sigmoid: []fixed.SigmoidConfig{fixed.Default().Sigmoid},
	}
}

// Methods returns the default table, smaller tables, a table of another range
// and every piecewise linear method: the axis Sigmoid of a Grid that compares them.
func Methods() []fixed.SigmoidConfig {
	return []fixed.SigmoidConfig{
		fixed.Default().Sigmoid,
		{Method: fixed.SigmoidTable, RangeLog2: 3, SegmentsLog2: 4},
		{Method: fixed.SigmoidTable, RangeLog2: 3, SegmentsLog2: 3},
		{Method: fixed.SigmoidTable, RangeLog2: 2, SegmentsLog2: 5},
		{Method: fixed.SigmoidPWL5},
		{Method: fixed.SigmoidPWL3},
		{Method: fixed.SigmoidPWL1},
		{Method: fixed.SigmoidPWL5Pow2},
		{Method: fixed.SigmoidPWL3Pow2},
		{Method: fixed.SigmoidPWL1Pow2},
	}
}

// Validate reports an axis that is empty or names a value twice. A combination
// that is no configuration of the fixed model is not an error: its Row says why.
func (g Grid) Validate() error {
	for _, axis := range []struct {
		name   string
		values []int
	}{{"Widths", g.Widths}, {"Fracs", g.Fracs}} {
		if err := distinct(axis.name, axis.values); err != nil {
			return err
		}
	}
	return distinct("Sigmoid", g.Sigmoid)
}

func distinct[T comparable](name string, values []T) error {
	if len(values) == 0 {
		return fmt.Errorf("numerics: %s is empty, want at least one value", name)
	}
	for i, v := range values {
		if slices.Contains(values[:i], v) {
			return fmt.Errorf("numerics: %s has %v twice, want every value once", name, v)
		}
	}
	return nil
}

// rows returns one row per combination, not yet measured: methods outermost,
// then widths, then fraction bits.
func (g Grid) rows() []Row {
	rows := make([]Row, 0, len(g.Sigmoid)*len(g.Widths)*len(g.Fracs))
	for _, s := range g.Sigmoid {
		for _, w := range g.Widths {
			for _, f := range g.Fracs {
				r := Row{Width: w, Frac: f, Sigmoid: s}
				if err := r.Config().Validate(); err != nil {
					r.Impossible = err.Error()
				}
				rows = append(rows, r)
			}
		}
	}
	return rows
}

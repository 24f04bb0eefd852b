// Package array is a systolic array of R x C processing elements for the three
// dataflows, with the registers that skew its operands and deskew its results.
//
// Weight stationary (ws), C[M,N] = A[M,K]*B[K,N]: the array holds R rows and C
// columns of B. A row of A enters on the left, element r at row r and r cycles
// late, and a row of C leaves below. The next B is shifted in from above, one
// row per cycle, while the rows of A stream; the swap to it travels with the
// first of them. Passes of at least R rows follow one another without a bubble.
//
// Input stationary (is) is the same structure with the operands exchanged: the
// array holds A transposed, R of K by C of M; a column of B enters on the left
// and a column of C leaves below.
//
// Output stationary (os): every beat is one k, a column of A from the left and
// a row of B from above; each element keeps its sum. After the last beat the
// sums are shifted out below, bottom row first, under the beats of the next
// pass. Passes of at least R beats follow one another without a bubble.
//
// Nothing moves in a cycle in which a result is offered and not taken. The
// cycles of a pass on its own are [systolic.PassCycles]: counted from its first
// beat to the one in which its last result (os: its last element's, which is in
// the first beat of results) is offered.
package array

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/systolic"
	"lockstep/systolic/pe"
)

// MaxSide is the largest number of rows or columns.
const MaxSide = 256

// Config selects one array.
type Config struct {
	Dataflow   systolic.Dataflow
	Rows, Cols int           // in [1, MaxSide]
	X          systolic.Kind // operand from the left: A for ws and os, B for is
	W          systolic.Kind // operand from above: B for ws and os, A for is
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"ws_1x1":            {systolic.WeightStationary, 1, 1, systolic.U8, systolic.U8},
	"ws_4x4":            {systolic.WeightStationary, 4, 4, systolic.U8, systolic.U8},
	"ws_3x5":            {systolic.WeightStationary, 3, 5, systolic.S8, systolic.S8},
	"ws_8x8":            {systolic.WeightStationary, 8, 8, systolic.U8, systolic.U8},
	"ws_16x16":          {systolic.WeightStationary, 16, 16, systolic.U8, systolic.U8},
	"ws_5x3_s8_ternary": {systolic.WeightStationary, 5, 3, systolic.S8, systolic.Ternary},
	"is_1x1":            {systolic.InputStationary, 1, 1, systolic.S8, systolic.U8},
	"is_4x4":            {systolic.InputStationary, 4, 4, systolic.S8, systolic.U8},
	"is_3x5_ternary_s8": {systolic.InputStationary, 3, 5, systolic.Ternary, systolic.S8},
	"is_8x8":            {systolic.InputStationary, 8, 8, systolic.S8, systolic.S8},
	"is_16x16":          {systolic.InputStationary, 16, 16, systolic.S8, systolic.U8},
	"os_1x1":            {systolic.OutputStationary, 1, 1, systolic.U8, systolic.U8},
	"os_4x4":            {systolic.OutputStationary, 4, 4, systolic.U8, systolic.S8},
	"os_3x5":            {systolic.OutputStationary, 3, 5, systolic.S8, systolic.S8},
	"os_5x3_u8_ternary": {systolic.OutputStationary, 5, 3, systolic.U8, systolic.Ternary},
	"os_8x8":            {systolic.OutputStationary, 8, 8, systolic.S8, systolic.S8},
	"os_16x16":          {systolic.OutputStationary, 16, 16, systolic.U8, systolic.U8},
}

// element is the processing element of the array.
func (c Config) element() pe.Config { return pe.Config{Dataflow: c.Dataflow, X: c.X, W: c.W} }

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	switch err := c.element().Validate(); {
	case err != nil:
		return fmt.Errorf("array: %w", err)
	case c.Rows < 1 || c.Rows > MaxSide:
		return fmt.Errorf("array: Rows is %d, want 1 to %d", c.Rows, MaxSide)
	case c.Cols < 1 || c.Cols > MaxSide:
		return fmt.Errorf("array: Cols is %d, want 1 to %d", c.Cols, MaxSide)
	}
	return nil
}

// New describes the unit for c.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	u := &unit.Unit{
		Name:   fmt.Sprintf("systolic_%v_r%d_c%d_%v_%v", c.Dataflow, c.Rows, c.Cols, c.X, c.W),
		Source: "H. T. Kung, Why Systolic Architectures?, IEEE Computer 15(1), 1982; double-buffered weights as in arXiv:1704.04760, section 2; cycles as SCALE-Sim v3",
	}
	x := rtl.Port{Name: "x", Shape: pe.Shape(c.X), Lanes: c.Rows, Doc: "one element per row of the array"}
	w := rtl.Port{Name: "w", Shape: pe.Shape(c.W), Lanes: c.Cols, Doc: "one element per column of the array"}
	last := rtl.Port{Name: "last", Shape: rtl.U(1), Lanes: 1, Doc: "last beat of the pass"}
	y := rtl.Stream{Name: "y", Doc: "results", Fields: []rtl.Port{
		{Name: "sum", Shape: rtl.S(pe.SumBits), Lanes: c.Cols, Doc: "one sum per column, modulo 2^32"}, last}}
	if c.Dataflow == systolic.OutputStationary {
		u.Doc = fmt.Sprintf("%d x %d elements that keep their sums", c.Rows, c.Cols)
		y.Doc = "Rows beats per pass, the bottom row of the array first"
		u.Streams = &unit.Streams{
			In:       []rtl.Stream{{Name: "k", Fields: []rtl.Port{x, w, last}, Doc: "one k per beat"}},
			Out:      []rtl.Stream{y},
			Golden:   c.goldenOutput,
			RTL:      c.output,
			Due:      c.dueOutput,
			Stimulus: c.stimulusOutput,
		}
		return u, nil
	}
	u.Doc = fmt.Sprintf("%d x %d elements that hold w while x streams past", c.Rows, c.Cols)
	w.Name, x.Name = "", "data"
	u.Streams = &unit.Streams{
		In: []rtl.Stream{
			{Name: "w", Fields: []rtl.Port{w}, Doc: "Rows beats per pass, those of the bottom row of the array first"},
			{Name: "x", Fields: []rtl.Port{x, last}, Doc: "any number of beats per pass"},
		},
		Out:      []rtl.Stream{y},
		Golden:   c.goldenStationary,
		RTL:      c.stationary,
		Due:      c.dueStationary,
		Stimulus: c.stimulusStationary,
	}
	return u, nil
}

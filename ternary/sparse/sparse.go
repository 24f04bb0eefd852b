// Package sparse is the matrix unit that skips zeros: it holds one accumulator
// per row and adds to all of them, a word of Lanes rows per cycle, the column of
// the matrix that belongs to an activation. Columns of activations that are zero
// are neither read from memory nor computed.
//
// The matrix is stored by columns, each ceil(rows/Lanes) beats of w. The unit
// scans the vector as it comes and tells on the stream run which columns it
// wants: maximal runs of nonzero activations in ascending order, and a beat of
// 0 columns behind the last of them. The beats of w are those of these columns,
// in this order. Then the accumulators are scaled and sent, Out per beat of y.
//
//	cmd    accepted when the previous command has begun and its vector is
//	       scanned. The operand memory holds two vectors: that of the next
//	       command is loaded, scanned and asked for while a command runs
//	x      accepted from the cycle after cmd on. A beat with e changes between zero and
//	       nonzero, that from the element before it included, takes 1+e cycles
//	run    appears with the change that ends it: change i of a beat of x, counted
//	       from 1, is scanned i cycles after it. A run up to the end of the vector
//	       appears in the cycle after the last change or beat, and in the cycle
//	       behind it the beat of 0 columns. The queue to the runner holds Runs beats
//	       besides its head; while it is full the scan waits
//	begin  a command begins one cycle after it was accepted; not before the end of
//	       the previous one, with one bank of accumulators not before the cycle
//	       after the last word of the previous result was read
//	w      accepted from the cycle after the begin on, and two cycles after its run;
//	       one per cycle, but none when a word of the previous result is read,
//	       and in every other cycle only if a column is a single beat
//	end    a command ends in the cycle after its last w beat, or two after the beat
//	       of 0 columns or one after the begin if that is later; not before the
//	       cycle after the last beat of the previous result has left its word
//	y      the first beat appears latency+2 cycles after the end, then one per cycle;
//	       the next of Lanes/Out beats, which are one word, 3 cycles later
//
// From an idle unit a vector of b beats without zeros has its run b+2 cycles
// after cmd and its first w beat two later at the earliest. With two banks, and
// everything offered in time, a command that follows costs its w beats, one cycle,
// and one for each word of the result before it; with one bank it begins when
// that result is read. Timing computes all cycles.
package sparse

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary/fixed"
	"lockstep/ternary/scaler"
)

// activationBits is the width of an activation.
const activationBits = 8

// Config selects one instance of the unit.
type Config struct {
	Lanes    int          // rows per cycle and activations per beat, a power of two in [2, 512]
	MaxBeats int          // beats of the longest vector, from 2; Lanes*MaxBeats at most fixed.MaxVector
	MaxRows  int          // rows of the tallest matrix, from Lanes+1 to 65535
	Out      int          // elements per beat of y, a power of two up to Lanes and 64
	Runs     int          // depth of the queue of runs, a power of two in [2, 256]
	Banks    int          // of accumulators: 1, or 2 to send a result under the next product
	Vector   fixed.Format // of the result; its Frac does not matter to the hardware
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"tiny": {Lanes: 4, MaxBeats: 8, MaxRows: 16, Out: 2, Runs: 4, Banks: 2, Vector: fixed.Format{Width: 12, Frac: 7}},
	"one":  {Lanes: 8, MaxBeats: 4, MaxRows: 40, Out: 8, Runs: 2, Banks: 1, Vector: fixed.Format{Width: 16, Frac: 9}},
	"wide": {Lanes: 2, MaxBeats: 64, MaxRows: 9, Out: 1, Runs: 8, Banks: 2, Vector: fixed.Format{Width: 24, Frac: 15}},
	"l64":  {Lanes: 64, MaxBeats: 12, MaxRows: 768, Out: 2, Runs: 16, Banks: 2, Vector: fixed.Format{Width: 16, Frac: 9}},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	if c.Lanes < 2 || c.Lanes > 512 || c.Lanes&(c.Lanes-1) != 0 {
		return fmt.Errorf("sparse: Lanes is %d, want a power of two in [2, 512]", c.Lanes)
	}
	switch limit := fixed.MaxVector / c.Lanes; {
	case c.MaxBeats < 2 || c.MaxBeats > limit:
		return fmt.Errorf("sparse: MaxBeats is %d, want 2 to %d at %d lanes", c.MaxBeats, limit, c.Lanes)
	case c.MaxRows <= c.Lanes || c.MaxRows > 1<<16-1:
		return fmt.Errorf("sparse: MaxRows is %d, want %d to %d at %d lanes", c.MaxRows, c.Lanes+1, 1<<16-1, c.Lanes)
	case c.Out < 1 || c.Out > min(c.Lanes, 64) || c.Out&(c.Out-1) != 0:
		return fmt.Errorf("sparse: Out is %d, want a power of two in [1, %d] at %d lanes", c.Out, min(c.Lanes, 64), c.Lanes)
	case c.Runs < 2 || c.Runs > 256 || c.Runs&(c.Runs-1) != 0:
		return fmt.Errorf("sparse: Runs is %d, want a power of two in [2, 256]", c.Runs)
	case c.Banks != 1 && c.Banks != 2:
		return fmt.Errorf("sparse: Banks is %d, want 1 or 2", c.Banks)
	case c.Vector.Width < 12 || c.Vector.Width > 32:
		return fmt.Errorf("sparse: Vector.Width is %d, want 12 to 32", c.Vector.Width)
	}
	return nil
}

// AccBits returns the width of an accumulator, which holds the sum of the longest
// row of products of -128 and -1.
func (c Config) AccBits() int { return 1 + bits.Len(uint(c.Lanes*c.MaxBeats)<<(activationBits-1)) }

// ColumnShape returns the shape of a column and of a number of columns.
func (c Config) ColumnShape() rtl.Shape { return rtl.U(bits.Len(uint(c.Lanes * c.MaxBeats))) }

// Beats returns the beats of w of a column of so many rows.
func (c Config) Beats(rows int) int { return (rows + c.Lanes - 1) / c.Lanes }

// Name returns the name of the module.
func (c Config) Name() string {
	return fmt.Sprintf("ternary_sparse_l%d_b%d_r%d_o%d_q%d_k%d_y%d", c.Lanes, c.MaxBeats, c.MaxRows, c.Out, c.Runs, c.Banks, c.Vector.Width)
}

// New describes the unit for c.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	column := c.ColumnShape()
	return &unit.Unit{
		Name:   c.Name(),
		Doc:    "ternary matrix times int8 vector by columns, those of zero activations skipped",
		Source: "package lockstep/ternary/fixed: Packed.MatVec, Ops.Rescale",
		Streams: &unit.Streams{
			In: []rtl.Stream{
				{Name: "cmd", Doc: "one product", Fields: []rtl.Port{
					{Name: "rows", Shape: rtl.U(16), Lanes: 1, Doc: "rows of the matrix, from 1"},
					{Name: "cols", Shape: column, Lanes: 1, Doc: "columns of the matrix, from 1"},
					{Name: "mant", Shape: scaler.MantShape, Lanes: 1, Doc: "factor of the results: 0 or at least 2^15"},
					{Name: "exp", Shape: scaler.ExpShape, Lanes: 1, Doc: "its exponent"},
				}},
				{Name: "x", Doc: "the vector; 0 where it does not fill the last beat",
					Fields: []rtl.Port{{Shape: rtl.S(activationBits), Lanes: c.Lanes, Doc: "activations"}}},
				{Name: "w", Doc: "the columns asked for, each in whole beats",
					Fields: []rtl.Port{{Shape: rtl.U(2), Lanes: c.Lanes, Doc: "00 is 0, 01 is +1, 11 is -1; 10 reads as 0"}}},
			},
			Out: []rtl.Stream{
				{Name: "run", Doc: "columns of nonzero activations, one after the other", Fields: []rtl.Port{
					{Name: "first", Shape: column, Lanes: 1, Doc: "the first of them; 0 if there are none"},
					{Name: "cols", Shape: column, Lanes: 1, Doc: "their number; 0 behind the last run of a command"},
				}},
				{Name: "y", Doc: "the result; where it does not fill the last beat, that of what w has there",
					Fields: []rtl.Port{{Shape: rtl.S(c.Vector.Width), Lanes: c.Out, Doc: "raw vector elements, saturated"}}},
			},
			Golden:   c.golden,
			RTL:      c.rtl,
			Due:      c.due,
			Stimulus: c.stimulus,
		},
	}, nil
}

// Package tmatmul is the matrix unit: it imports an int8 vector, streams the
// rows of a ternary matrix against it and exports one scaled element per row.
//
// It takes one beat of weights per cycle, without a pause between rows, and
// without a pause between commands if the next command and its vector are
// offered in time. The operand memory holds two vectors: while a command runs,
// that of the next one is loaded. The first row is read behind the loader.
//
//	cmd    accepted from the cycle after the begin of the previous command on,
//	       when the vector of that command is complete or completes in this
//	       cycle
//	begin  a command begins one cycle after it was accepted, or in the cycle of
//	       the last w beat of the previous command if that is later
//	x      accepted from the cycle after cmd on, one beat per cycle, whatever
//	       the previous command does
//	w      accepted from the cycle after the begin on; beat k of the first row
//	       from the cycle after beat k of x on
//	y      the element of a row appears a fixed number of cycles, the latency,
//	       after the row's last w beat
//
// From an idle unit, and with every stream offered in time, the first x beat
// therefore moves one cycle after cmd, the first w beat two cycles after it, and
// the next cmd max(2, beats) cycles after it; its vector is complete beats
// cycles later and waits. A command that follows costs exactly rows*beats cycles
// of w. Only a matrix of one row of one beat costs 2, because commands move
// in every other cycle at most.
package tmatmul

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
	Lanes    int          // products per cycle, a power of two in [2, 512]
	MaxBeats int          // beats of the longest row, from 2; Lanes*MaxBeats at most fixed.MaxVector
	MaxRows  int          // rows of the tallest matrix, 1 to 65535
	Vector   fixed.Format // of the result; its Frac does not matter to the hardware
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"tiny":  {Lanes: 4, MaxBeats: 8, MaxRows: 16, Vector: fixed.Format{Width: 12, Frac: 7}},
	"l16":   {Lanes: 16, MaxBeats: 48, MaxRows: 1536, Vector: fixed.Format{Width: 16, Frac: 9}},
	"l64":   {Lanes: 64, MaxBeats: 108, MaxRows: 32000, Vector: fixed.Format{Width: 16, Frac: 9}},
	"wide":  {Lanes: 8, MaxBeats: 96, MaxRows: 65535, Vector: fixed.Format{Width: 24, Frac: 15}},
	"l2x32": {Lanes: 2, MaxBeats: 64, MaxRows: 100, Vector: fixed.Format{Width: 32, Frac: 20}},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	if c.Lanes < 2 || c.Lanes > 512 || c.Lanes&(c.Lanes-1) != 0 {
		return fmt.Errorf("tmatmul: Lanes is %d, want a power of two in [2, 512]", c.Lanes)
	}
	switch limit := fixed.MaxVector / c.Lanes; {
	case c.MaxBeats < 2 || c.MaxBeats > limit:
		return fmt.Errorf("tmatmul: MaxBeats is %d, want 2 to %d at %d lanes", c.MaxBeats, limit, c.Lanes)
	case c.MaxRows < 1 || c.MaxRows > 1<<16-1:
		return fmt.Errorf("tmatmul: MaxRows is %d, want 1 to %d", c.MaxRows, 1<<16-1)
	case c.Vector.Width < 12 || c.Vector.Width > 32:
		return fmt.Errorf("tmatmul: Vector.Width is %d, want 12 to 32", c.Vector.Width)
	}
	return nil
}

// AccBits returns the width of the accumulator, which holds the longest row of
// products of -128 and -1.
func (c Config) AccBits() int { return activationBits + 1 + bits.Len(uint(c.Lanes*c.MaxBeats-1)) }

// Name returns the name of the module.
func (c Config) Name() string {
	return fmt.Sprintf("ternary_tmatmul_l%d_b%d_r%d_y%d", c.Lanes, c.MaxBeats, c.MaxRows, c.Vector.Width)
}

// New describes the unit for c.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &unit.Unit{
		Name:   c.Name(),
		Doc:    "ternary matrix times int8 vector, accumulated exactly, one scaled element per row",
		Source: "package lockstep/ternary/fixed: Packed.MatVec, Ops.Rescale",
		Streams: &unit.Streams{
			In: []rtl.Stream{
				{Name: "cmd", Doc: "one product", Fields: []rtl.Port{
					{Name: "rows", Shape: rtl.U(16), Lanes: 1, Doc: "rows of the matrix, from 1"},
					{Name: "beats", Shape: rtl.U(16), Lanes: 1, Doc: "beats of a row, from 1"},
					{Name: "mant", Shape: scaler.MantShape, Lanes: 1, Doc: "factor of the results: 0 or at least 2^15"},
					{Name: "exp", Shape: scaler.ExpShape, Lanes: 1, Doc: "its exponent"},
				}},
				{Name: "x", Doc: "the vector; where it does not fill the last beat, w or x is 0",
					Fields: []rtl.Port{{Shape: rtl.S(activationBits), Lanes: c.Lanes, Doc: "activations"}}},
				{Name: "w", Doc: "the matrix, row-major",
					Fields: []rtl.Port{{Shape: rtl.U(2), Lanes: c.Lanes, Doc: "00 is 0, 01 is +1, 11 is -1; 10 reads as 0"}}},
			},
			Out: []rtl.Stream{{Name: "y", Doc: "one beat per row",
				Fields: []rtl.Port{{Shape: rtl.S(c.Vector.Width), Lanes: 1, Doc: "raw vector element, saturated"}}}},
			Golden:   c.golden,
			RTL:      c.rtl,
			Due:      due,
			Stimulus: c.stimulus,
		},
	}, nil
}

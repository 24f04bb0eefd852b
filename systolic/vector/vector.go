// Package vector is the lane array of the vector unit: Lanes times one operation
// per cycle on 32-bit words, fully pipelined. There is no 64-bit arithmetic: the
// two halves of a product, and sums of several words with the carry that LtU of a
// sum and a term finds, are made of 32-bit operations.
package vector

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// Bits is the width of a lane.
const Bits = 32

// Config selects one instance of the unit.
type Config struct {
	Lanes int // 2 to 1024
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"pair":    {Lanes: 2},
	"default": {Lanes: 8},
	"odd":     {Lanes: 13},
	"wide":    {Lanes: 64},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	if c.Lanes < 2 || c.Lanes > 1024 {
		return fmt.Errorf("vector: Lanes is %d, want 2 to 1024", c.Lanes)
	}
	return nil
}

// Name returns the name of the module.
func (c Config) Name() string { return fmt.Sprintf("systolic_vector_l%d", c.Lanes) }

// OpShape is the shape of an operation code, the value of an [Op].
var OpShape = rtl.U(5)

var word, flag = rtl.U(Bits), rtl.U(1)

// New describes the unit for c.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &unit.Unit{
		Name:   c.Name(),
		Doc:    "one operation on every lane of two vectors of 32-bit words",
		Source: "package lockstep/systolic/vector: Op.Eval",
		In: []rtl.Port{
			{Name: "op", Shape: OpShape, Lanes: 1, Doc: "operation, of all lanes"},
			{Name: "a", Shape: word, Lanes: c.Lanes, Doc: "first operands"},
			{Name: "b", Shape: word, Lanes: c.Lanes, Doc: "second operands"},
			{Name: "mask", Shape: flag, Lanes: c.Lanes, Doc: "of select: 1 takes a"},
		},
		Out: []rtl.Port{
			{Name: "y", Shape: word, Lanes: c.Lanes, Doc: "results"},
			{Name: "mask", Shape: flag, Lanes: c.Lanes, Doc: "results of comparisons, 0 of other operations"},
		},
		Golden:   unit.Pure(golden),
		RTL:      c.rtl,
		Stimulus: c.stimulus,
	}, nil
}

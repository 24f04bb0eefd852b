// Package argmax finds the largest element of a vector, such as the most likely
// token from its logits.
//
// It takes one beat of the vector per cycle:
//
//	cmd   accepted when no vector is under way, or in the cycle of the last x
//	      beat of the previous one
//	x     accepted from the cycle after cmd on, one beat per cycle
//	y     appears a fixed number of cycles, the latency, after the last x beat
//
// A vector of n beats therefore costs n cycles, one more after an idle cycle.
package argmax

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// CountBits is the width of a number of elements and of an index: a vector has
// 1 to 2^CountBits-1 elements.
const CountBits = 20

// Config selects one instance of the unit.
type Config struct {
	Lanes int // elements per beat, a power of two in [1, 64]
	Width int // of an element in bits, 2 to 32
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"default": {Lanes: 8, Width: 16},
	"serial":  {Lanes: 1, Width: 12},
	"ties":    {Lanes: 4, Width: 2},
	"widest":  {Lanes: 64, Width: 32},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	switch {
	case c.Lanes < 1 || c.Lanes > 64 || c.Lanes&(c.Lanes-1) != 0:
		return fmt.Errorf("argmax: Lanes is %d, want a power of two in [1, 64]", c.Lanes)
	case c.Width < 2 || c.Width > 32:
		return fmt.Errorf("argmax: Width is %d, want 2 to 32", c.Width)
	}
	return nil
}

// laneBits is the width of the index of a lane.
func (c Config) laneBits() int { return bits.Len(uint(c.Lanes - 1)) }

// Name returns the name of the module.
func (c Config) Name() string { return fmt.Sprintf("ternary_argmax_l%d_x%d", c.Lanes, c.Width) }

// Argmax returns the index of the largest element of x, the lowest of equal
// ones. x is not empty.
func Argmax(x []int32) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

// New describes the unit for c.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	element, index := rtl.S(c.Width), rtl.U(CountBits)
	return &unit.Unit{
		Name:   c.Name(),
		Doc:    "index and value of the largest element of a vector, the first of equal ones",
		Source: "package lockstep/ternary: Argmax",
		Streams: &unit.Streams{
			In: []rtl.Stream{
				{Name: "cmd", Doc: "one vector", Fields: []rtl.Port{
					{Name: "count", Shape: index, Lanes: 1, Doc: "elements of the vector, from 1"}}},
				{Name: "x", Doc: "the vector; lanes that it does not fill are ignored", Fields: []rtl.Port{
					{Shape: element, Lanes: c.Lanes, Doc: "elements"}}},
			},
			Out: []rtl.Stream{{Name: "y", Doc: "one beat per vector", Fields: []rtl.Port{
				{Name: "index", Shape: index, Lanes: 1, Doc: "lowest index of the largest element"},
				{Name: "value", Shape: element, Lanes: 1, Doc: "the largest element"},
			}}},
			Golden:   c.golden,
			RTL:      c.rtl,
			Due:      c.due,
			Stimulus: c.stimulus,
		},
	}, nil
}

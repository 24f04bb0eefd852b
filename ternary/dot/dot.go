// Package dot is the ternary dot-product unit: y = sum over i of w[i]*x[i]
// with every w[i] in {-1, 0, +1}. It contains no multiplier and no negator:
// its adder tree takes the 1 of every two's complement as a carry-in.
package dot

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// Config selects one instance of the unit.
type Config struct {
	Lanes int // products per cycle, in [1, 1024]
	XBits int // activation width in bits, two's complement, in [2, 16]
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"scalar": {Lanes: 1, XBits: 8},
	"tiny":   {Lanes: 2, XBits: 2},
	"odd":    {Lanes: 13, XBits: 8},
	"l16":    {Lanes: 16, XBits: 8},
	"l64":    {Lanes: 64, XBits: 8},
	"wide":   {Lanes: 8, XBits: 16},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	switch {
	case c.Lanes < 1 || c.Lanes > 1024:
		return fmt.Errorf("dot: Lanes is %d, want 1 to 1024", c.Lanes)
	case c.XBits < 2 || c.XBits > 16:
		return fmt.Errorf("dot: XBits is %d, want 2 to 16", c.XBits)
	}
	return nil
}

// SumBits returns the width of the result, which holds Lanes products of the
// most negative activation and -1.
func (c Config) SumBits() int { return c.XBits + 1 + bits.Len(uint(c.Lanes-1)) }

// Trit returns the weight that the low two bits of code stand for: 00 is 0, 01
// is +1, 11 is -1. 10 does not occur in a valid matrix and reads as 0.
func Trit(code int64) int8 { return [4]int8{0, 1, 0, -1}[code&3] }

// Dot returns the sum of w[i]*x[i], exact. w has at least the length of x.
func Dot(w []int8, x []int32) int64 {
	w = w[:len(x)]
	var sum int64
	for i := range x {
		sum += int64(w[i]) * int64(x[i])
	}
	return sum
}

// New describes the unit for c.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &unit.Unit{
		Name:   fmt.Sprintf("ternary_dot_l%d_x%d", c.Lanes, c.XBits),
		Doc:    "dot product of signed activations with ternary weights",
		Source: "arXiv 2406.02528, section 3.1: ternary weights replace products by additions and subtractions",
		In: []rtl.Port{
			{Name: "w", Shape: rtl.U(2), Lanes: c.Lanes, Doc: "00 is 0, 01 is +1, 11 is -1; 10 reads as 0"},
			{Name: "x", Shape: rtl.S(c.XBits), Lanes: c.Lanes, Doc: "activations"},
		},
		Out:     []rtl.Port{{Name: "y", Shape: rtl.S(c.SumBits()), Lanes: 1, Doc: "sum of w*x, exact"}},
		Golden:  unit.Pure(golden),
		RTL:     c.rtl,
		Corners: c.corners,
	}, nil
}

func golden(in, out unit.Frame) {
	w, x := make([]int8, len(in[0])), make([]int32, len(in[1]))
	for i := range x {
		w[i], x[i] = Trit(in[0][i]), int32(in[1][i])
	}
	out[0][0] = Dot(w, x)
}

// corners are all pairs of a weight and an activation pattern: every code and
// both alternations of +1 and -1, on the ends of the range, its symmetric
// ends, small values, and alternations that add up to the largest sums.
func (c Config) corners() []unit.Frame {
	low, high := int64(-1)<<(c.XBits-1), int64(1)<<(c.XBits-1)-1
	pairs := [][2]int64{{low, low}, {-high, -high}, {-1, -1}, {0, 0}, {1, 1}, {high, high}, {low, high}, {high, low}, {-high, high}}
	var frames []unit.Frame
	for _, w := range [][2]int64{{0, 0}, {1, 1}, {2, 2}, {3, 3}, {1, 3}, {3, 1}, {0, 3}, {2, 1}} {
		for _, x := range pairs {
			f := unit.Frame{make([]int64, c.Lanes), make([]int64, c.Lanes)}
			for i := range c.Lanes {
				f[0][i], f[1][i] = w[i%2], x[i%2]
			}
			frames = append(frames, f)
		}
	}
	return frames
}

// Package dot is the ternary dot-product unit: y = sum over i of w[i]*x[i]
// with every w[i] in {-1, 0, +1}. It contains no multiplier.
package dot

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// Config selects one instance of the unit.
type Config struct {
	Lanes int // products per cycle, a power of two in [2, 1024]
	XBits int // activation width in bits, two's complement, in [2, 16]
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	switch {
	case c.Lanes < 2 || c.Lanes > 1024 || c.Lanes&(c.Lanes-1) != 0:
		return fmt.Errorf("dot: Lanes is %d, want a power of two in [2, 1024]", c.Lanes)
	case c.XBits < 2 || c.XBits > 16:
		return fmt.Errorf("dot: XBits is %d, want 2 to 16", c.XBits)
	}
	return nil
}

// SumBits returns the width that holds every possible result: XBits+1 for
// the negation of the most negative x, and one more per adder level.
func (c Config) SumBits() int { return c.XBits + 1 + bits.Len(uint(c.Lanes-1)) }

// Dot returns the sum of w[i]*x[i]. len(w) and len(x) must be equal.
func Dot(w []int8, x []int32) int64 {
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
		Name: fmt.Sprintf("ternary_dot_l%d_x%d", c.Lanes, c.XBits),
		Doc:  "dot product of signed activations with ternary weights",
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
		w[i], x[i] = [4]int8{0, 1, 0, -1}[in[0][i]], int32(in[1][i])
	}
	out[0][0] = Dot(w, x)
}

func (c Config) corners() []unit.Frame {
	var fs []unit.Frame
	for _, w := range []int64{0, 1, 2, 3} {
		for _, x := range []int64{-1 << (c.XBits - 1), -1, 0, 1<<(c.XBits-1) - 1} {
			f := unit.Frame{make([]int64, c.Lanes), make([]int64, c.Lanes)}
			for i := range c.Lanes {
				f[0][i], f[1][i] = w, x
			}
			fs = append(fs, f)
		}
	}
	return fs
}

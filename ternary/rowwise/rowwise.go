// Package rowwise is the element-wise unit of the vector path: sums,
// differences, products and the logistic functions. Every operation has the
// same latency, so that operations follow one another without gaps. A lane has
// two multipliers: one interpolates in the table of the logistic function, the
// other forms a*b or a*sigmoid(a).
package rowwise

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary/fixed"
)

// Config selects one instance of the unit.
type Config struct {
	Fixed fixed.Config // format of the vector elements and table of the logistic function
	Lanes int          // elements per cycle, 1 to 64
}

// Presets are the configurations that the tests verify.
var Presets = map[string]Config{
	"default": {Fixed: fixed.Default(), Lanes: 8},
	"narrow":  {Fixed: formats(12, 7, 3, 5), Lanes: 4},
	"coarse":  {Fixed: formats(12, 10, 4, 1), Lanes: 3}, // no element is beyond the table
	"wide":    {Fixed: formats(24, 16, 3, 6), Lanes: 2},
	"widest":  {Fixed: formats(32, 20, 4, 8), Lanes: 1}, // products of 64 bits
}

// formats returns the default configuration with another vector format and
// table.
func formats(width, frac, rangeLog2, segmentsLog2 int) fixed.Config {
	c := fixed.Default()
	c.Vector = fixed.Format{Width: width, Frac: frac}
	c.Sigmoid = fixed.SigmoidConfig{RangeLog2: rangeLog2, SegmentsLog2: segmentsLog2}
	return c
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	if err := c.Fixed.Validate(); err != nil {
		return fmt.Errorf("rowwise: Fixed: %w", err)
	}
	v, s := c.Fixed.Vector, c.Fixed.Sigmoid
	switch limit := v.Frac + s.RangeLog2 - 1; {
	case c.Lanes < 1 || c.Lanes > 64:
		return fmt.Errorf("rowwise: Lanes is %d, want 1 to 64", c.Lanes)
	case s.SegmentsLog2 > limit:
		return fmt.Errorf("rowwise: Fixed.Sigmoid.SegmentsLog2 is %d, want at most %d, so that a segment has an inside",
			s.SegmentsLog2, limit)
	}
	return nil
}

// New describes the unit for c.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	ops, err := fixed.NewOps(c.Fixed)
	if err != nil {
		return nil, err
	}
	v, s := c.Fixed.Vector, c.Fixed.Sigmoid
	return &unit.Unit{
		Name:   fmt.Sprintf("ternary_rowwise_l%d_s%d_%d_t%d_%d", c.Lanes, v.Width, v.Frac, s.RangeLog2, s.SegmentsLog2),
		Doc:    "sum, difference, product or logistic function of vector elements",
		Source: "lockstep/ternary/fixed, Ops",
		In: []rtl.Port{
			{Name: "op", Shape: opShape, Lanes: 1, Doc: "0 add, 1 sub, 2 mul, 3 sigmoid, 4 csigmoid, 5 silu"},
			{Name: "a", Shape: rtl.S(v.Width), Lanes: c.Lanes, Doc: "first operand"},
			{Name: "b", Shape: rtl.S(v.Width), Lanes: c.Lanes, Doc: "second operand of add, sub and mul"},
		},
		Out:    []rtl.Port{{Name: "y", Shape: rtl.S(v.Width), Lanes: c.Lanes, Doc: "results, saturated"}},
		Golden: unit.Pure(func(in, out unit.Frame) { golden(&ops, in, out) }),
		RTL: func(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
			return c.rtl(b, ops.SigmoidROM(), in[0][0], in[1], in[2])
		},
		Corners:  func() []unit.Frame { return c.corners(ops.SigmoidROM()) },
		Stimulus: c.stimulus(ops.SigmoidROM()),
	}, nil
}

// opShape is the shape of an operation code.
var opShape = rtl.U(3)

// golden runs the operation of one frame.
func golden(ops *fixed.Ops, in, out unit.Frame) {
	a, b := raw(in[1]), raw(in[2])
	y := make([]int32, len(a))
	switch Op(in[0][0]) {
	case Add:
		ops.Add(y, a, b)
	case Sub:
		ops.Sub(y, a, b)
	case Mul:
		ops.Mul(y, a, b)
	case Sigmoid:
		ops.Sigmoid(y, a)
	case CSigmoid:
		ops.CSigmoid(y, a)
	case SiLU:
		ops.SiLU(y, a)
	}
	for i, v := range y {
		out[0][i] = int64(v)
	}
}

func raw(lanes []int64) []int32 {
	r := make([]int32, len(lanes))
	for i, v := range lanes {
		r[i] = int32(v)
	}
	return r
}

// Package rowwise is the element-wise unit of the vector path: sums,
// differences, products and the logistic functions. Every operation has the
// same latency, so that operations follow one another without gaps. A lane has
// two multipliers: one interpolates in the table of the logistic function, or
// forms a line of it; the other forms a*b or a*sigmoid(a). Methods with
// power-of-two slopes need only the other.
package rowwise

import (
	"fmt"
	"strings"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary/fixed"
)

// Config selects one instance of the unit.
type Config struct {
	Fixed fixed.Config // format of the vector elements and method of the logistic function
	Lanes int          // elements per cycle, 1 to 64
}

// Presets are the configurations that the tests verify.
var Presets = map[string]Config{
	"default":   {Fixed: fixed.Default(), Lanes: 8},
	"narrow":    {Fixed: formats(12, 7, table(3, 5)), Lanes: 4},
	"coarse":    {Fixed: formats(12, 10, table(4, 1)), Lanes: 3}, // no element is beyond the table
	"wide":      {Fixed: formats(24, 16, table(3, 6)), Lanes: 2},
	"widest":    {Fixed: formats(32, 20, table(4, 8)), Lanes: 1}, // products of 64 bits
	"table16":   {Fixed: formats(16, 9, table(3, 4)), Lanes: 2},
	"pwl1":      {Fixed: formats(16, 9, lines(fixed.SigmoidPWL1)), Lanes: 2},
	"pwl3":      {Fixed: formats(16, 9, lines(fixed.SigmoidPWL3)), Lanes: 2},
	"pwl5":      {Fixed: formats(16, 9, lines(fixed.SigmoidPWL5)), Lanes: 2},
	"pwl1-pow2": {Fixed: formats(16, 9, lines(fixed.SigmoidPWL1Pow2)), Lanes: 2},
	"pwl3-pow2": {Fixed: formats(16, 9, lines(fixed.SigmoidPWL3Pow2)), Lanes: 2},
	"pwl5-pow2": {Fixed: formats(16, 9, lines(fixed.SigmoidPWL5Pow2)), Lanes: 2},

	"pwl5-narrow":      {Fixed: formats(12, 10, lines(fixed.SigmoidPWL5)), Lanes: 1},     // +-2: two of the lines
	"pwl5-pow2-widest": {Fixed: formats(32, 24, lines(fixed.SigmoidPWL5Pow2)), Lanes: 1}, // products of 61 bits
}

// formats returns the default configuration with another vector format and
// method.
func formats(width, frac int, sigmoid fixed.SigmoidConfig) fixed.Config {
	c := fixed.Default()
	c.Vector = fixed.Format{Width: width, Frac: frac}
	c.Sigmoid = sigmoid
	return c
}

func table(rangeLog2, segmentsLog2 int) fixed.SigmoidConfig {
	return fixed.SigmoidConfig{Method: fixed.SigmoidTable, RangeLog2: rangeLog2, SegmentsLog2: segmentsLog2}
}

func lines(m fixed.SigmoidMethod) fixed.SigmoidConfig { return fixed.SigmoidConfig{Method: m} }

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	if err := c.Fixed.Validate(); err != nil {
		return fmt.Errorf("rowwise: Fixed: %w", err)
	}
	v, s := c.Fixed.Vector, c.Fixed.Sigmoid
	switch limit := v.Frac + s.RangeLog2 - 1; {
	case c.Lanes < 1 || c.Lanes > 64:
		return fmt.Errorf("rowwise: Lanes is %d, want 1 to 64", c.Lanes)
	case c.isTable() && s.SegmentsLog2 > limit:
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
	v := c.Fixed.Vector
	return &unit.Unit{
		Name:   fmt.Sprintf("ternary_rowwise_l%d_s%d_%d_%s", c.Lanes, v.Width, v.Frac, c.method()),
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

// method names the method of the logistic function within a module name.
func (c Config) method() string {
	if s := c.Fixed.Sigmoid; c.isTable() {
		return fmt.Sprintf("t%d_%d", s.RangeLog2, s.SegmentsLog2)
	}
	return strings.ReplaceAll(c.Fixed.Sigmoid.String(), "-", "_")
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

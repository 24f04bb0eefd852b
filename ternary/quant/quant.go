// Package quant is the element-wise end of a norm: it multiplies vector
// elements by norm weights and by one factor, to int8 activations behind a
// BitLinear or to vector elements behind an RMSNorm. Both go through one
// datapath: a multiplier per lane, a scaler and a limiter.
package quant

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary/fixed"
	"lockstep/ternary/scaler"
)

// Config selects one instance of the unit.
type Config struct {
	Fixed fixed.Config // formats of the vector elements and the norm weights
	Lanes int          // elements per cycle, 1 to 64
}

// Presets are the configurations that the tests verify.
var Presets = map[string]Config{
	"default": {Fixed: fixed.Default(), Lanes: 8},
	"narrow":  {Fixed: formats(12, 7, 8, 4), Lanes: 3},
	"wide":    {Fixed: formats(24, 16, 16, 12), Lanes: 2},
	"widest":  {Fixed: formats(32, 20, 16, 14), Lanes: 1}, // products of 48 bits
}

// formats returns the default configuration with other vector and weight
// formats.
func formats(width, frac, weightWidth, weightFrac int) fixed.Config {
	c := fixed.Default()
	c.Vector = fixed.Format{Width: width, Frac: frac}
	c.Weight = fixed.Format{Width: weightWidth, Frac: weightFrac}
	return c
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	if err := c.Fixed.Validate(); err != nil {
		return fmt.Errorf("quant: Fixed: %w", err)
	}
	if c.Lanes < 1 || c.Lanes > 64 {
		return fmt.Errorf("quant: Lanes is %d, want 1 to 64", c.Lanes)
	}
	return nil
}

// scaler returns the scaler behind the products.
func (c Config) scaler() scaler.Config {
	v := c.Fixed.Vector.Width
	return scaler.Config{Lanes: c.Lanes, AccBits: v + c.Fixed.Weight.Width, Width: v}
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
	v, w := c.Fixed.Vector.Width, c.Fixed.Weight.Width
	return &unit.Unit{
		Name:   fmt.Sprintf("ternary_quant_l%d_s%d_w%d", c.Lanes, v, w),
		Doc:    "y = x * w * mant * 2^exp, limited to +-127 or to the vector format",
		Source: "lockstep/ternary/fixed, Ops.Quantise and Ops.RMSNorm",
		In: []rtl.Port{
			{Name: "x", Shape: rtl.S(v), Lanes: c.Lanes, Doc: "vector elements"},
			{Name: "w", Shape: rtl.S(w), Lanes: c.Lanes, Doc: "norm weights"},
			{Name: "mant", Shape: scaler.MantShape, Lanes: 1, Doc: "mantissa of the factor, 0 or at least 2^15"},
			{Name: "exp", Shape: scaler.ExpShape, Lanes: 1, Doc: "exponent of the factor"},
			{Name: "norm", Shape: rtl.U(1), Lanes: 1, Doc: "1: vector elements; 0: activations"},
		},
		Out:      []rtl.Port{{Name: "y", Shape: rtl.S(v), Lanes: c.Lanes, Doc: "results; activations are in -127 to 127"}},
		Golden:   unit.Pure(func(in, out unit.Frame) { golden(&ops, in, out) }),
		RTL:      c.rtl,
		Corners:  c.corners,
		Stimulus: c.stimulus,
	}, nil
}

// golden runs Ops.RMSNorm or Ops.Quantise on one frame.
func golden(ops *fixed.Ops, in, out unit.Frame) {
	x, w := raw(in[0]), raw(in[1])
	s := fixed.Scale{Mant: uint32(in[2][0]), Exp: int(in[3][0])}
	if in[4][0] == 1 {
		ops.RMSNorm(x, x, w, s)
		for i, v := range x {
			out[0][i] = int64(v)
		}
		return
	}
	q := make([]int8, len(x))
	ops.Quantise(q, x, w, s)
	for i, v := range q {
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

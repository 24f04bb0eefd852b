// Package scaler multiplies integers by a fixed.Scale, a 16-bit mantissa and an
// exponent: one multiplier, one barrel shifter (two for results wider than 17
// bits), one rounding and a limiter. It is the output stage of the norms, the
// quantiser and the ternary product.
//
// Build is the structure alone, for use inside another pipeline; New is a unit.
package scaler

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary/fixed"
)

// Config selects one instance of the unit.
type Config struct {
	Lanes   int // results per cycle, which share one factor, 1 to 64
	AccBits int // width of the accumulators, two's complement, 2 to 48
	Width   int // width of the results, two's complement, 12 to 32
}

// Presets are the configurations that the tests verify.
var Presets = map[string]Config{
	"default": {Lanes: 1, AccBits: 32, Width: 16}, // products of the default formats, as in an RMSNorm
	"narrow":  {Lanes: 1, AccBits: 20, Width: 12},
	"w17":     {Lanes: 1, AccBits: 24, Width: 17}, // saturates by exponent but has no left shift
	"short":   {Lanes: 1, AccBits: 2, Width: 18},  // products narrower than the result
	"wide":    {Lanes: 2, AccBits: 40, Width: 24},
	"widest":  {Lanes: 1, AccBits: 48, Width: 32}, // a shifter of 64 bits
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	for _, f := range []struct {
		name           string
		value, lo, top int
	}{
		{"Lanes", c.Lanes, 1, 64}, {"AccBits", c.AccBits, 2, 48}, {"Width", c.Width, 12, 32},
	} {
		if f.value < f.lo || f.value > f.top {
			return fmt.Errorf("scaler: %s is %d, want %d to %d", f.name, f.value, f.lo, f.top)
		}
	}
	return nil
}

// New describes the unit for c.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &unit.Unit{
		Name:   fmt.Sprintf("ternary_scaler_l%d_a%d_y%d", c.Lanes, c.AccBits, c.Width),
		Doc:    "y = acc * mant * 2^exp, rounded half away from zero, saturated",
		Source: "lockstep/ternary/fixed, Scale.Apply",
		In: []rtl.Port{
			{Name: "acc", Shape: rtl.S(c.AccBits), Lanes: c.Lanes, Doc: "accumulators"},
			{Name: "mant", Shape: MantShape, Lanes: 1, Doc: "mantissa, 0 or at least 2^15"},
			{Name: "exp", Shape: ExpShape, Lanes: 1, Doc: "exponent"},
		},
		Out:    []rtl.Port{{Name: "y", Shape: rtl.S(c.Width), Lanes: c.Lanes, Doc: "scaled values"}},
		Golden: unit.Pure(c.golden),
		RTL: func(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
			mant, exp := in[1][0], in[2][0]
			RequireScale(b.Module, b.Valid(0), mant)
			reg := func(name string, s rtl.Sig) rtl.Sig { return s.Reg(name) }
			return [][]rtl.Sig{BuildLanes(b.Module, c, reg, "scale", in[0], mant, exp)}
		},
		Corners:  c.corners,
		Stimulus: c.stimulus,
	}, nil
}

func (c Config) golden(in, out unit.Frame) {
	s := fixed.Scale{Mant: uint32(in[1][0]), Exp: int(in[2][0])}
	for i, acc := range in[0] {
		out[0][i] = int64(s.Apply(acc, fixed.Format{Width: c.Width}))
	}
}

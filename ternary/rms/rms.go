// Package rms is the statistics unit of the norms and the quantiser: in one
// pass over a vector and its norm weights it gathers the sum of squares and the
// largest product, and turns them into the three scales that later passes
// apply to elements and accumulators.
//
// It takes one beat of the vector per cycle; the scales of a vector are computed
// while the next one streams in:
//
//	cmd   accepted when no vector is under way, or in the cycle of the last x
//	      beat of the previous one
//	x     accepted from the cycle after cmd on, one beat per cycle
//	s     appears a fixed number of cycles, the latency, after the last x beat
//
// A vector of n beats therefore costs n cycles, one more after an idle cycle.
package rms

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary/fixed"
	"lockstep/ternary/scaler"
)

// Config selects one instance of the unit. The positions of the binary points
// in Fixed and its sigmoid table do not matter to the hardware.
type Config struct {
	Lanes    int          // vector elements per beat, a power of two in [1, 64]
	Fixed    fixed.Config // of the vector elements and the norm weights
	MaxBeats int          // beats of the longest vector; Lanes*MaxBeats at most fixed.MaxVector
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"serial":  {Lanes: 1, Fixed: fixed.Default(), MaxBeats: maxBeats},
	"default": {Lanes: 8, Fixed: fixed.Default(), MaxBeats: 352},
	"narrow":  {Lanes: 2, Fixed: formats(12, 7, 8, 6), MaxBeats: 100},
	"wide":    {Lanes: 4, Fixed: formats(24, 15, 16, 12), MaxBeats: 1728},
	"longest": {Lanes: 2, Fixed: formats(32, 20, 16, 12), MaxBeats: fixed.MaxVector / 2},
}

func formats(width, frac, weightWidth, weightFrac int) fixed.Config {
	c := fixed.Default()
	c.Vector = fixed.Format{Width: width, Frac: frac}
	c.Weight = fixed.Format{Width: weightWidth, Frac: weightFrac}
	return c
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	switch limit := fixed.MaxVector / max(c.Lanes, 1); {
	case c.Lanes < 1 || c.Lanes > 64 || c.Lanes&(c.Lanes-1) != 0:
		return fmt.Errorf("rms: Lanes is %d, want a power of two in [1, 64]", c.Lanes)
	case c.MaxBeats < 1 || c.MaxBeats > min(limit, maxBeats):
		return fmt.Errorf("rms: MaxBeats is %d, want 1 to %d at %d lanes", c.MaxBeats, min(limit, maxBeats), c.Lanes)
	}
	if err := c.Fixed.Validate(); err != nil {
		return fmt.Errorf("rms: Fixed: %w", err)
	}
	return nil
}

// maxBeats is the largest beat count of a command.
const maxBeats = 1<<16 - 1

// squared is the width of an element when it is squared; wider ones are
// rounded to it.
func (c Config) squared() int { return min(c.Fixed.Vector.Width, 24) }

// SquaresBits is the width of the sum of squares, and of eps.
func (c Config) SquaresBits() int {
	return 2*c.squared() - 1 + bits.Len(uint(c.Lanes*c.MaxBeats-1))
}

// PeakBits is the width of the largest product of an element and its weight.
func (c Config) PeakBits() int { return c.Fixed.Vector.Width + c.Fixed.Weight.Width - 1 }

// Name returns the name of the module.
func (c Config) Name() string {
	return fmt.Sprintf("ternary_rms_l%d_x%d_w%d_b%d", c.Lanes, c.Fixed.Vector.Width, c.Fixed.Weight.Width, c.MaxBeats)
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
	one := func(name string, sh rtl.Shape, doc string) rtl.Port {
		return rtl.Port{Name: name, Shape: sh, Lanes: 1, Doc: doc}
	}
	mant, exp := scaler.MantShape, scaler.ExpShape
	return &unit.Unit{
		Name:   c.Name(),
		Doc:    "sum of squares and peak of a vector, and the scales that follow from them",
		Source: "package lockstep/ternary/fixed: Ops.Stats, NormScale, QuantScale, RescaleScale",
		Streams: &unit.Streams{
			In: []rtl.Stream{
				{Name: "cmd", Doc: "one vector", Fields: []rtl.Port{
					one("beats", rtl.U(16), "beats of the vector, from 1"),
					one("eps", rtl.U(c.SquaresBits()), "added to the sum of squares"),
					one("out_mant", mant, "factor of norm and rescale: 0 or normalised"),
					one("out_exp", exp, "its exponent, -448 to 448"),
				}},
				{Name: "x", Doc: "the vector; zeros fill the last beat", Fields: []rtl.Port{
					{Name: "value", Shape: rtl.S(c.Fixed.Vector.Width), Lanes: c.Lanes, Doc: "elements"},
					{Name: "weight", Shape: rtl.S(c.Fixed.Weight.Width), Lanes: c.Lanes, Doc: "norm weights"},
				}},
			},
			Out: []rtl.Stream{{Name: "s", Doc: "one beat per vector", Fields: []rtl.Port{
				one("norm_mant", mant, "rsqrt(squares+eps) * out"), one("norm_exp", exp, "its exponent"),
				one("quant_mant", mant, "127 / peak"), one("quant_exp", exp, "its exponent"),
				one("rescale_mant", mant, "peak * rsqrt(squares+eps) * out"), one("rescale_exp", exp, "its exponent"),
			}}},
			Golden:   func(in [][]unit.Frame) ([][]unit.Frame, error) { return golden(&ops, in) },
			RTL:      c.rtl,
			Due:      due,
			Stimulus: c.stimulus,
		},
	}, nil
}

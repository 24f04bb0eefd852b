package numerics

import "lockstep/ternary/fixed"

// A Row is one configuration of a sweep. Exactly one of Impossible and Result
// is set.
type Row struct {
	Width      int                 `json:"width_bits"`
	Frac       int                 `json:"fraction_bits"`
	Sigmoid    fixed.SigmoidConfig `json:"sigmoid"`
	Impossible string              `json:"impossible,omitempty"` // why there is no such configuration
	Result     *Result             `json:"result,omitempty"`
}

// A Result is what one configuration does to the text.
type Result struct {
	Bits       float64           `json:"bits_per_byte"`
	FloatBits  float64           `json:"float_bits_per_byte"`
	Difference float64           `json:"difference_percent"`       // Bits against FloatBits
	Agreement  float64           `json:"greedy_agreement_percent"` // positions with the same most likely token
	Saturated  fixed.Saturations `json:"saturated_results"`        // results limited to the ends of their format
	Clipped    fixed.Clipped     `json:"clipped_weights"`          // weights limited when the model was quantised
}

// Config returns the configuration of the fixed model, which is invalid in an
// impossible row.
func (r Row) Config() fixed.Config {
	c := fixed.Default()
	c.Vector = fixed.Format{Width: r.Width, Frac: r.Frac}
	c.Sigmoid = r.Sigmoid
	return c
}

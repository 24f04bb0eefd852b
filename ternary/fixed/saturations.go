package fixed

// Saturations counts results that left their format and were limited to its
// end, by kind of operation. They are a diagnostic: no result depends on them.
// The logistic operations and the scales cannot saturate.
type Saturations struct {
	Add     uint64 `json:"add"`
	Sub     uint64 `json:"sub"`
	Mul     uint64 `json:"mul"`
	Norm    uint64 `json:"norm"`
	Rescale uint64 `json:"rescale"`
	Quant   uint64 `json:"quant"` // activations beyond +-127; none with the QuantScale of the vector
}

// Total returns the sum over all kinds.
func (s Saturations) Total() uint64 { return s.Add + s.Sub + s.Mul + s.Norm + s.Rescale + s.Quant }

// Clipped counts weights that did not fit their format when the model was
// quantised and were limited to its end.
type Clipped struct {
	Embedding uint64 `json:"embedding"` // elements in the vector format
	Norm      uint64 `json:"norm"`      // norm weights in the weight format
}

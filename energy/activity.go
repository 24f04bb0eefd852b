package energy

import (
	"fmt"
	"math"
)

// An Activity is the work of one run. Counts are at least 0 and at most 1e24,
// and may be means, hence with a fraction; Seconds is above 0 and at most 1e12.
type Activity struct {
	TernaryAdds      float64 `yaml:"ternary_adds" json:"ternary_adds"`           // activations added to, subtracted from or passed by a sum
	Int8MACs         float64 `yaml:"int8_macs" json:"int8_macs"`                 // 8-bit products added to 32-bit sums
	BF16MACs         float64 `yaml:"bf16_macs" json:"bf16_macs"`                 // bfloat16 products added to binary32 sums
	VectorAdds       float64 `yaml:"vector_adds" json:"vector_adds"`             // of elements of up to 32 bits: additions, comparisons, logic
	VectorMultiplies float64 `yaml:"vector_multiplies" json:"vector_multiplies"` // of elements of up to 32 bits
	VectorOps        float64 `yaml:"vector_ops" json:"vector_ops"`               // of 32 bits, additions or products: not known which
	BufferBytes      float64 `yaml:"buffer_bytes" json:"buffer_bytes"`           // read and written, small memories as vector registers
	ScratchpadBytes  float64 `yaml:"scratchpad_bytes" json:"scratchpad_bytes"`   // read and written, on-chip memories of megabytes
	OffChipBytes     float64 `yaml:"off_chip_bytes" json:"off_chip_bytes"`       // read and written, DRAM
	Seconds          float64 `yaml:"seconds" json:"seconds"`                     // elapsed
}

const (
	maxCount   = 1e24
	maxSeconds = 1e12
)

// A counter is one kind of work and where an Activity has its count.
type counter struct {
	name string // as the operation in energies.yaml
	unit string // of the count
	of   func(a *Activity) *float64
}

const offChip = "off_chip_bytes"

// counters lists all kinds of work, in the order of the fields.
var counters = []counter{
	{"ternary_adds", "op", func(a *Activity) *float64 { return &a.TernaryAdds }},
	{"int8_macs", "op", func(a *Activity) *float64 { return &a.Int8MACs }},
	{"bf16_macs", "op", func(a *Activity) *float64 { return &a.BF16MACs }},
	{"vector_adds", "op", func(a *Activity) *float64 { return &a.VectorAdds }},
	{"vector_multiplies", "op", func(a *Activity) *float64 { return &a.VectorMultiplies }},
	{"vector_ops", "op", func(a *Activity) *float64 { return &a.VectorOps }},
	{"buffer_bytes", "byte", func(a *Activity) *float64 { return &a.BufferBytes }},
	{"scratchpad_bytes", "byte", func(a *Activity) *float64 { return &a.ScratchpadBytes }},
	{offChip, "byte", func(a *Activity) *float64 { return &a.OffChipBytes }},
}

// Validate reports the first field that is out of range.
func (a Activity) Validate() error { return prefixed(a.check()) }

func (a Activity) check() error {
	for _, c := range counters {
		if n := *c.of(&a); !(n >= 0 && n <= maxCount) {
			return fmt.Errorf("%s is %v, want 0 to %g", c.name, n, maxCount)
		}
	}
	if !(a.Seconds > 0 && a.Seconds <= maxSeconds) {
		return fmt.Errorf("seconds is %v, want above 0 and at most %g", a.Seconds, maxSeconds)
	}
	return nil
}

// Scale returns the activity with all counts and the time multiplied, as by 1/n
// for one of n tokens.
func (a Activity) Scale(by float64) Activity {
	for _, c := range counters {
		*c.of(&a) *= by
	}
	a.Seconds *= by
	return a
}

// finite reports a number above 0 that is not infinite.
func finite(v float64) bool { return v > 0 && !math.IsInf(v, 1) }

// prefixed is what leaves the package.
func prefixed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("energy: %w", err)
}

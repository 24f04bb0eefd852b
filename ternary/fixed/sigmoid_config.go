package fixed

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// A SigmoidConfig selects how the logistic function is computed. The zero value
// is invalid.
type SigmoidConfig struct {
	Method       SigmoidMethod
	RangeLog2    int // SigmoidTable: it covers |x| < 2^RangeLog2, 2 to 4; beyond it the value is 0 or 1. Otherwise 0
	SegmentsLog2 int // SigmoidTable: log2 of the number of uniform segments, 1 to 8 and at most RangeLog2+Frac. Otherwise 0
}

// defaultTable covers [-8, 8] with 64 segments on either side of zero.
var defaultTable = SigmoidConfig{Method: SigmoidTable, RangeLog2: 3, SegmentsLog2: 6}

// ParseSigmoid returns the configuration that text names: a method such as
// pwl3 or pwl3-pow2, table for the default table, or table:RANGE:SEGMENTS, both
// powers of two, such as table:8:64. The result is valid at every Frac except
// that a table may have more segments than a format with few fraction bits
// allows, which Config.Validate reports.
func ParseSigmoid(text string) (SigmoidConfig, error) {
	if m, ok := sigmoidMethod(text); ok {
		if m == SigmoidTable {
			return defaultTable, nil
		}
		return SigmoidConfig{Method: m}, nil
	}
	name, size, _ := strings.Cut(text, ":")
	if name != SigmoidTable.String() {
		return SigmoidConfig{}, fmt.Errorf("fixed: sigmoid is %q, want %s or table:RANGE:SEGMENTS",
			text, strings.Join(sigmoidNames[:], ", "))
	}
	span, segments, _ := strings.Cut(size, ":")
	c := SigmoidConfig{Method: SigmoidTable, RangeLog2: log2(span), SegmentsLog2: log2(segments)}
	switch {
	case c.RangeLog2 < 2 || c.RangeLog2 > 4:
		return SigmoidConfig{}, fmt.Errorf("fixed: sigmoid is %q, want a range of 4, 8 or 16", text)
	case c.SegmentsLog2 < 1 || c.SegmentsLog2 > 8:
		return SigmoidConfig{}, fmt.Errorf("fixed: sigmoid is %q, want a power of two of 2 to 256 segments", text)
	}
	return c, nil
}

// log2 returns the logarithm of the power of two in text, or -1.
func log2(text string) int {
	v, err := strconv.ParseUint(text, 10, 16)
	if err != nil || bits.OnesCount64(v) != 1 {
		return -1
	}
	return bits.TrailingZeros64(v)
}

// String returns the text that ParseSigmoid reads.
func (c SigmoidConfig) String() string {
	if c.Method == SigmoidTable {
		return fmt.Sprintf("%v:%d:%d", c.Method, 1<<max(0, c.RangeLog2), 1<<max(0, c.SegmentsLog2))
	}
	return c.Method.String()
}

// MarshalText returns String.
func (c SigmoidConfig) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText is ParseSigmoid.
func (c *SigmoidConfig) UnmarshalText(text []byte) error {
	parsed, err := ParseSigmoid(string(text))
	if err == nil {
		*c = parsed
	}
	return err
}

// validate reports the first field that is out of range with frac fraction bits.
func (c SigmoidConfig) validate(frac int) error {
	if c.Method < 0 || int(c.Method) >= len(sigmoidNames) {
		return fmt.Errorf("fixed: Sigmoid.Method is %d, want 0 to %d", int(c.Method), len(sigmoidNames)-1)
	}
	if c.Method != SigmoidTable {
		switch {
		case c.RangeLog2 != 0:
			return fmt.Errorf("fixed: Sigmoid.RangeLog2 is %d, want 0 with method %v", c.RangeLog2, c.Method)
		case c.SegmentsLog2 != 0:
			return fmt.Errorf("fixed: Sigmoid.SegmentsLog2 is %d, want 0 with method %v", c.SegmentsLog2, c.Method)
		}
		return nil
	}
	switch limit := min(8, frac+c.RangeLog2); {
	case c.RangeLog2 < 2 || c.RangeLog2 > 4:
		return fmt.Errorf("fixed: Sigmoid.RangeLog2 is %d, want 2 to 4", c.RangeLog2)
	case c.SegmentsLog2 < 1 || c.SegmentsLog2 > limit:
		return fmt.Errorf("fixed: Sigmoid.SegmentsLog2 is %d, want 1 to %d at Vector.Frac %d", c.SegmentsLog2, limit, frac)
	}
	return nil
}

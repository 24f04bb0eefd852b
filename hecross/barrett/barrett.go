// Package barrett reduces products of residues modulo primes below 2^31, one per
// cycle, to canonical residues: two multiplications, by floor(2^s/q) and by q,
// estimate the quotient to at most one too little, and one conditional
// subtraction corrects that.
//
// A unit has its modulus built in, or takes it with every operand. One that
// takes it can also serve shorter moduli, by a shift of operand and modulus.
//
// Reducer is the structure alone, for use inside another pipeline; New is a unit.
package barrett

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// MaxBits is the longest modulus.
const MaxBits = 31

// Config selects one instance of the unit.
type Config struct {
	Bits     int    // length of the modulus, 2 to MaxBits
	Q        uint32 // built-in modulus of that length, odd; 0 for one that comes with the operands
	Narrower int    // if Q is 0: the modulus may be shorter by that many bits, 0 to Bits-2

	cut int // if not 0: bits of the lower part of the operand, for tests of short moduli
}

// Fixed returns the configuration with the modulus q built in.
func Fixed(q uint32) Config { return Config{Bits: bits.Len32(q), Q: q} }

// Presets are the configurations that are verified and reported. The moduli are
// from published parameter sets of CROSS, or the ends of the range.
var Presets = map[string]Config{
	"q20":      Fixed(786433),     // 3*2^18 + 1
	"q28":      Fixed(268042241),  // the greatest of 28 bits in the sets
	"q31":      Fixed(2147377153), // 1 modulo 2^13: products of all 64 bits
	"smallest": Fixed(3),
	"input28":  {Bits: 28},
	"any":      {Bits: 31, Narrower: 11}, // moduli of 20 to 31 bits
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	switch {
	case c.Bits < 2 || c.Bits > MaxBits:
		return fmt.Errorf("barrett: Bits is %d, want 2 to %d", c.Bits, MaxBits)
	case c.Q != 0 && (c.Q%2 == 0 || c.Q == 1):
		return fmt.Errorf("barrett: Q is %d, want an odd number of at least 3, or 0 for one that comes with the operands", c.Q)
	case c.Q != 0 && bits.Len32(c.Q) != c.Bits:
		return fmt.Errorf("barrett: Bits is %d, want %d, the length of Q = %d", c.Bits, bits.Len32(c.Q), c.Q)
	case c.Q != 0 && c.Narrower != 0:
		return fmt.Errorf("barrett: Narrower is %d, want 0 where Q is built in", c.Narrower)
	case c.Narrower < 0 || c.Narrower > c.Bits-2:
		return fmt.Errorf("barrett: Narrower is %d, want 0 to %d", c.Narrower, c.Bits-2)
	}
	return nil
}

// Name returns the name of the module.
func (c Config) Name() string {
	switch {
	case c.Q != 0:
		return fmt.Sprintf("hecross_barrett_q%d", c.Q)
	case c.Narrower > 0:
		return fmt.Sprintf("hecross_barrett_b%d_to_b%d", c.Bits-c.Narrower, c.Bits)
	}
	return fmt.Sprintf("hecross_barrett_b%d", c.Bits)
}

// New describes the unit for c.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	u := &unit.Unit{
		Name:   c.Name(),
		Source: "Barrett reduction as in arXiv:2501.07047: the remainder of integers",
		In:     append([]rtl.Port{{Name: "z", Shape: rtl.U(64), Lanes: 1, Doc: "operand below " + c.range_()}}, c.ModulusPorts()...),
		Out:    []rtl.Port{{Name: "r", Shape: rtl.U(c.Bits), Lanes: 1, Doc: "z mod q"}},
		Golden: unit.Pure(c.golden), RTL: c.rtl, Stimulus: c.stimulus,
	}
	u.Doc = "r = z mod q"
	if c.Q != 0 {
		u.Doc = fmt.Sprintf("r = z mod %d", c.Q)
	}
	return u, nil
}

// range_ describes the end of the operands.
func (c Config) range_() string {
	if c.Narrower > 0 {
		return fmt.Sprintf("2^(%d-shift)", 2*c.Bits)
	}
	return fmt.Sprintf("2^%d", 2*c.Bits)
}

func (c Config) golden(in, out unit.Frame) {
	q := uint64(c.Q)
	if q == 0 {
		q = uint64(in[1][0])
	}
	out[0][0] = int64(uint64(in[0][0]) % q)
}

// Package montgomery reduces products of residues modulo odd numbers below 2^31
// in the Montgomery domain of R = 2^32, one per cycle: a multiplication modulo R
// by the inverse of the modulus, the upper half of a product with the modulus,
// and one subtraction. The result is lazy, between 0 and 2q, unless a conditional
// subtraction makes it canonical.
//
// Build is the structure alone, for use inside another pipeline; New is a unit.
package montgomery

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// Config selects one instance of the unit.
type Config struct {
	Q         uint32 // built-in modulus, odd, 3 to 2^31-1; 0 for one that comes with the operands
	Canonical bool   // results below q, one cycle later; else above 0 and below 2*q
}

// Presets are the configurations that are verified and reported. The moduli are
// from published parameter sets of CROSS, or the ends of the range.
var Presets = map[string]Config{
	"q20":       {Q: 786433},
	"q28":       {Q: 268042241},
	"q31":       {Q: 2147377153, Canonical: true},
	"input":     {},
	"canonical": {Canonical: true},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	if c.Q == 0 {
		return nil
	}
	if _, err := NewConstants(c.Q); err != nil {
		return fmt.Errorf("montgomery: Q is %d, want an odd number from 3 to 2147483647, or 0 for one that comes with the operands", c.Q)
	}
	return nil
}

// Name returns the name of the module.
func (c Config) Name() string {
	name := "hecross_montgomery"
	if c.Q != 0 {
		name += fmt.Sprintf("_q%d", c.Q)
	}
	if c.Canonical {
		return name + "_canonical"
	}
	return name
}

// Constants are those of a modulus q.
type Constants struct {
	Q       uint32 // odd, 3 to 2^31-1
	Inverse uint32 // q^-1 mod 2^32
	One     uint32 // 2^32 mod q: the number 1 in the Montgomery domain
	Square  uint32 // 2^64 mod q: what a residue is multiplied by to enter the domain
}

// NewConstants returns the constants of q, which is odd, from 3 to 2^31-1.
func NewConstants(q uint32) (Constants, error) {
	if q < 3 || q%2 == 0 || q >= 1<<31 {
		return Constants{}, fmt.Errorf("montgomery: q is %d, want an odd number from 3 to 2147483647", q)
	}
	inverse := q // right modulo 8; every step doubles the bits that are right
	for range 4 {
		inverse *= 2 - q*inverse
	}
	one := 1 << 32 % uint64(q)
	return Constants{Q: q, Inverse: inverse, One: uint32(one), Square: uint32(one * one % uint64(q))}, nil
}

// Reduce returns z*2^-32 mod q, lazily.
//
//	z       below q*2^32, such as the product of a residue and any word
//	result  congruent, above 0 and below 2*q
//
// Source: P. L. Montgomery, Modular multiplication without trial division, 1985,
// with the inverse of q instead of its negative, as in arXiv:2501.07047.
func (k Constants) Reduce(z uint64) (uint32, error) {
	if z>>32 >= uint64(k.Q) {
		return 0, fmt.Errorf("montgomery: z is %d, want less than q*2^32 for q = %d", z, k.Q)
	}
	// z - u*q has 32 zeros at the end.
	u := uint32(z) * k.Inverse
	high, _ := bits.Mul32(u, k.Q)
	return uint32(z>>32) + k.Q - high, nil
}

// New describes the unit for c.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	u := &unit.Unit{
		Name:   c.Name(),
		Doc:    "y = z / 2^32 modulo q, above 0 and below 2*q",
		Source: "package lockstep/hecross/montgomery: Constants.Reduce",
		In:     append([]rtl.Port{{Name: "z", Shape: rtl.U(64), Lanes: 1, Doc: "operand below q * 2^32"}}, c.modulusPorts()...),
		Out:    []rtl.Port{{Name: "y", Shape: rtl.U(32), Lanes: 1, Doc: "lazy residue"}},
		Golden: unit.Pure(c.golden), RTL: c.rtl, Stimulus: c.stimulus,
	}
	if c.Canonical {
		u.Doc, u.Out[0].Doc = "y = z / 2^32 modulo q, below q", "residue"
	}
	return u, nil
}

func (c Config) modulusPorts() []rtl.Port {
	if c.Q != 0 {
		return nil
	}
	return []rtl.Port{
		{Name: "q", Shape: rtl.U(qBits), Lanes: 1, Doc: "modulus, odd"},
		{Name: "inverse", Shape: rtl.U(32), Lanes: 1, Doc: "of q modulo 2^32"},
	}
}

func (c Config) golden(in, out unit.Frame) {
	q := c.Q
	if q == 0 {
		q = uint32(in[1][0])
	}
	k, err := NewConstants(q)
	if err != nil {
		return
	}
	y, err := k.Reduce(uint64(in[0][0]))
	if err != nil {
		return
	}
	if c.Canonical {
		y %= q
	}
	out[0][0] = int64(y)
}

// Package chunk is what remains of a modular matrix product beside the matrix
// unit once its constants are dense bytes (basis aligned transformation, BAT):
// residues are split into bytes on the way in, and the four sums of byte products
// of a result are merged on the way out and reduced modulo q.
package chunk

import (
	"fmt"

	"lockstep/hecross/barrett"
	"lockstep/rtl"
	"lockstep/rtl/unit"
)

const (
	pieces = 4  // bytes of a residue
	word   = 32 // bits of a residue and of a sum
	// MergedBits is the width of a merged number: (2^32-1) * (1 + 2^8 + 2^16 + 2^24).
	MergedBits = 57
)

// A Kind is what the unit does.
type Kind string

// The kinds.
const (
	Split  Kind = "split"  // residues to bytes, the lowest first
	Merge  Kind = "merge"  // sums y[0..3] to z = y[0] + y[1]*2^8 + y[2]*2^16 + y[3]*2^24
	Reduce Kind = "reduce" // sums to z mod q
)

// Config selects one instance of the unit.
type Config struct {
	Kind   Kind
	Lanes  int            // residues per cycle, 1 to 256
	Reduce barrett.Config // of kind Reduce: the modulus; all lanes share it
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"split":     {Kind: Split, Lanes: 8},
	"split_one": {Kind: Split, Lanes: 1},
	"merge":     {Kind: Merge, Lanes: 2},
	"q20":       {Kind: Reduce, Lanes: 1, Reduce: barrett.Fixed(786433)},
	"q28":       {Kind: Reduce, Lanes: 2, Reduce: barrett.Fixed(268042241)},
	"any":       {Kind: Reduce, Lanes: 1, Reduce: barrett.Config{Bits: 31, Narrower: 11}},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	switch {
	case c.Kind != Split && c.Kind != Merge && c.Kind != Reduce:
		return fmt.Errorf("chunk: Kind is %q, want one of %s %s %s", c.Kind, Split, Merge, Reduce)
	case c.Lanes < 1 || c.Lanes > 256:
		return fmt.Errorf("chunk: Lanes is %d, want 1 to 256", c.Lanes)
	case c.Kind != Reduce && c.Reduce != barrett.Config{}:
		return fmt.Errorf("chunk: Reduce has %d bits, want none where Kind is %s", c.Reduce.Bits, c.Kind)
	case c.Kind == Reduce:
		if err := c.Reduce.Validate(); err != nil {
			return fmt.Errorf("chunk: Reduce: %w", err)
		}
	}
	return nil
}

// Name returns the name of the module.
func (c Config) Name() string {
	name := fmt.Sprintf("hecross_chunk_%s_l%d", c.Kind, c.Lanes)
	switch {
	case c.Kind != Reduce:
		return name
	case c.Reduce.Q != 0:
		return fmt.Sprintf("%s_q%d", name, c.Reduce.Q)
	}
	return fmt.Sprintf("%s_b%d_to_b%d", name, c.Reduce.Bits-c.Reduce.Narrower, c.Reduce.Bits)
}

// Limit returns the greatest number V of products of residues that a sum may
// have in a unit of modulus q, if every constant is below q and the sums are of
// BAT: y[p] <= 4*V*255^2 fits 32 bits, and z < 1020*V*q is in the range that is
// reduced to canonical residues.
func (c Config) Limit(q uint32) (int, error) {
	k, err := c.Reduce.Constants(q)
	if err != nil {
		return 0, fmt.Errorf("chunk: %w", err)
	}
	end := uint64(1) << (2*c.Reduce.Bits - k.Shift)
	const most = (1<<word - 1) / (pieces * 255 * 255)
	return int(min(most, end/(pieces*255*uint64(q)))), nil
}

// New describes the unit for c.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	u := &unit.Unit{Name: c.Name(), Source: "BAT, arXiv:2501.07047", Golden: unit.Pure(c.golden), RTL: c.rtl, Stimulus: c.stimulus}
	sums := rtl.Port{Name: "y", Shape: rtl.U(word), Lanes: pieces * c.Lanes, Doc: "sums of byte products, those of a lane together"}
	switch c.Kind {
	case Split:
		u.Doc = "bytes of residues, the lowest first"
		u.In = []rtl.Port{{Name: "x", Shape: rtl.U(word), Lanes: c.Lanes, Doc: "residues"}}
		u.Out = []rtl.Port{{Name: "byte", Shape: rtl.U(8), Lanes: pieces * c.Lanes, Doc: "bytes, those of a lane together"}}
	case Merge:
		u.Doc = "z = y[0] + y[1]*2^8 + y[2]*2^16 + y[3]*2^24 of every lane"
		u.In = []rtl.Port{sums}
		u.Out = []rtl.Port{{Name: "z", Shape: rtl.U(MergedBits), Lanes: c.Lanes, Doc: "merged sums"}}
	case Reduce:
		u.Doc = "(y[0] + y[1]*2^8 + y[2]*2^16 + y[3]*2^24) mod q of every lane"
		u.In = append([]rtl.Port{sums}, c.Reduce.ModulusPorts()...)
		u.Out = []rtl.Port{{Name: "r", Shape: rtl.U(c.Reduce.Bits), Lanes: c.Lanes, Doc: "residues"}}
	}
	return u, nil
}

func (c Config) golden(in, out unit.Frame) {
	for l := range c.Lanes {
		if c.Kind == Split {
			for k := range pieces {
				out[0][pieces*l+k] = in[0][l] >> (8 * k) & 255
			}
			continue
		}
		z := merged(in[0][pieces*l : pieces*(l+1)])
		if c.Kind == Reduce {
			z %= uint64(c.modulus(in))
		}
		out[0][l] = int64(z)
	}
}

// merged returns the number whose digits to the base 256 are the sums.
func merged(y []int64) uint64 {
	z := uint64(0)
	for p := range pieces {
		z = z<<8 + uint64(y[pieces-1-p])
	}
	return z
}

// modulus returns the modulus of a frame.
func (c Config) modulus(in unit.Frame) uint32 {
	if c.Reduce.Q != 0 {
		return c.Reduce.Q
	}
	return uint32(in[1][0])
}

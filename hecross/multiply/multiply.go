// Package multiply is a pipelined multiplier of unsigned numbers of up to 32
// bits, made of products that fit one multiplier block of 26 x 17 bits: one,
// two or four of them, as many as the operands need.
//
// Build is the structure alone, for use inside another pipeline; New is a unit.
package multiply

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// MaxBits is the widest operand.
const MaxBits = 32

// Config selects one instance of the unit.
type Config struct {
	ABits, BBits int // widths of the operands, 1 to MaxBits
	Keep         int // low bits of the product that are kept, 1 to ABits+BBits
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"single":   {ABits: 26, BBits: 17, Keep: 43},
	"quotient": {ABits: 24, BBits: 29, Keep: 53}, // upper part of a 28-bit Barrett quotient
	"residue":  {ABits: 29, BBits: 28, Keep: 29}, // what its remainder needs
	"word":     {ABits: 32, BBits: 32, Keep: 64},
	"low":      {ABits: 32, BBits: 32, Keep: 32},
	"narrow":   {ABits: 18, BBits: 1, Keep: 2},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	for _, f := range []struct {
		name       string
		value, top int
	}{{"ABits", c.ABits, MaxBits}, {"BBits", c.BBits, MaxBits}, {"Keep", c.Keep, c.ABits + c.BBits}} {
		if f.value < 1 || f.value > f.top {
			return fmt.Errorf("multiply: %s is %d, want 1 to %d", f.name, f.value, f.top)
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
		Name:   fmt.Sprintf("hecross_multiply_a%d_b%d_y%d", c.ABits, c.BBits, c.Keep),
		Doc:    fmt.Sprintf("y = a * b modulo 2^%d", c.Keep),
		Source: "the product of integers",
		In: []rtl.Port{
			{Name: "a", Shape: rtl.U(c.ABits), Lanes: 1, Doc: "first factor"},
			{Name: "b", Shape: rtl.U(c.BBits), Lanes: 1, Doc: "second factor"},
		},
		Out: []rtl.Port{{Name: "y", Shape: rtl.U(c.Keep), Lanes: 1, Doc: "product"}},
		Golden: unit.Pure(func(in, out unit.Frame) {
			out[0][0] = rtl.U(c.Keep).Value(uint64(in[0][0]) * uint64(in[1][0]))
		}),
		RTL: func(_ *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
			reg := func(name string, s rtl.Sig) rtl.Sig { return s.Reg(name) }
			return [][]rtl.Sig{{Build(reg, "product", in[0][0], in[1][0], c.Keep)}}
		},
		Corners: c.corners,
	}, nil
}

// corners are all pairs of the ends of the ranges, single ones around the
// places where operands are split, and alternating bits.
func (c Config) corners() []unit.Frame {
	values := func(width int) []int64 {
		top := rtl.U(width).Max()
		vs := []int64{0, 1, top, top - 1, top & 0x55555555, top & 0xaaaaaaaa}
		for _, at := range []int{half, chunk} {
			if at < width {
				vs = append(vs, 1<<at, 1<<at-1, top&^(1<<at-1))
			}
		}
		return vs
	}
	var fs []unit.Frame
	for _, a := range values(c.ABits) {
		for _, b := range values(c.BBits) {
			fs = append(fs, unit.Frame{{a}, {b}})
		}
	}
	return fs
}

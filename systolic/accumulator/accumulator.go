// Package accumulator is the bank of sums behind a systolic array: words of one
// 32-bit sum per column of the array. A row of partial sums that leaves the
// array is stored in a word, or added to it when K is longer than the array and
// the sums come in several folds.
//
//	row   one per cycle, at any word: the same word may come in every cycle.
//	      first stores the row, otherwise it is added; sums wrap modulo 2^32
//	read  one word per cycle, whatever the rows do. The word that is asked for in
//	      cycle n is at the output in cycle n+2 and stays there until the next;
//	      it holds the rows of the cycles before n, not the row of cycle n
//
// The memory is written one cycle after a row arrives. The sum on its way is
// kept in a register, and both the next row and a read take it from there if
// they have the same word: no order of words costs a cycle.
//
// Contents are 0 at first and survive reset.
package accumulator

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// SumBits is the width of a sum, two's complement.
const SumBits = 32

// Config selects one instance of the bank.
type Config struct {
	Lanes int // sums of a word: columns of the array, 1 to 256
	Words int // 2 to 65536
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"tiny":    {Lanes: 1, Words: 2},
	"default": {Lanes: 8, Words: 64},
	"odd":     {Lanes: 5, Words: 13},
	"deep":    {Lanes: 16, Words: 512},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	switch {
	case c.Lanes < 1 || c.Lanes > 256:
		return fmt.Errorf("accumulator: Lanes is %d, want 1 to 256", c.Lanes)
	case c.Words < 2 || c.Words > 1<<16:
		return fmt.Errorf("accumulator: Words is %d, want 2 to %d", c.Words, 1<<16)
	}
	return nil
}

// WordShape returns the shape of the index of a word.
func (c Config) WordShape() rtl.Shape { return rtl.U(bits.Len(uint(c.Words - 1))) }

// SumShape returns the shape of a sum.
func (c Config) SumShape() rtl.Shape { return rtl.S(SumBits) }

// Name returns the name of the module.
func (c Config) Name() string { return fmt.Sprintf("systolic_accumulator_l%d_n%d", c.Lanes, c.Words) }

// New describes the bank as a unit whose frame is what happens in one cycle. A
// cycle without a frame brings no row and reads nothing.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	flag := rtl.U(1)
	return &unit.Unit{
		Name:   c.Name(),
		Doc:    "words of sums, to which rows of partial sums are added",
		Source: "package comment of lockstep/systolic/accumulator",
		In: []rtl.Port{
			{Name: "row_en", Shape: flag, Lanes: 1, Doc: "a row arrives"},
			{Name: "row_first", Shape: flag, Lanes: 1, Doc: "1 store it, 0 add it"},
			{Name: "row_word", Shape: c.WordShape(), Lanes: 1, Doc: "index of its word"},
			{Name: "row", Shape: c.SumShape(), Lanes: c.Lanes, Doc: "partial sums, one per column"},
			{Name: "rd_en", Shape: flag, Lanes: 1, Doc: "a word is read"},
			{Name: "rd_word", Shape: c.WordShape(), Lanes: 1, Doc: "its index"},
		},
		Out:      []rtl.Port{{Name: "sums", Shape: c.SumShape(), Lanes: c.Lanes, Doc: "the word read last"}},
		Golden:   c.golden,
		RTL:      c.rtl,
		Stimulus: c.stimulus,
	}, nil
}

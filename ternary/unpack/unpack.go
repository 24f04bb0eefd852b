// Package unpack is the weight unpacker between the memory and the matrix unit:
// it turns a stream of packed bytes into a stream of two-bit codes, of another
// number per beat.
//
// Weights come in matrices, each of a number of beats of w. The trits of the
// bytes of a matrix form one continuous sequence, which is cut into beats of
// Lanes; a row need not begin at a byte. A matrix begins with a beat of p:
// one of n beats of w takes ceil(n*Lanes/T) beats of p, where T is the number of
// trits in one, and the rest of the last of them is dropped.
//
//	cmd   accepted while no command waits. The matrix runs from the cycle after
//	      its cmd, or after the last beat of w of the matrix before has entered
//	      the output register, if that is later; until then its command waits
//	p     accepted while a matrix runs and the unit holds fewer than Lanes trits;
//	      if it then has Lanes of them, only when w advances
//	w     a beat appears a fixed number of cycles, the latency, after the p beat
//	      that completes it, or in the cycle after the beat before it
//
// Without gaps and stalls one side therefore moves in every cycle, also from
// matrix to matrix: p if its beats have fewer trits, w if they have more. Timing
// computes the cycles.
package unpack

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary"
)

// Config selects one instance of the unit.
type Config struct {
	Packing   ternary.Packing // of the bytes
	Lanes     int             // trits per beat of w, 1 to 512
	BeatBytes int             // bytes per beat of p, 1 to 128
}

// CountBits is the width of the number of beats of a matrix.
const CountBits = 24

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"two":      {Packing: ternary.TwoBit, Lanes: 64, BeatBytes: 16},
	"five":     {Packing: ternary.FiveTrit, Lanes: 64, BeatBytes: 16},
	"five_128": {Packing: ternary.FiveTrit, Lanes: 128, BeatBytes: 32},
	"byte":     {Packing: ternary.FiveTrit, Lanes: 1, BeatBytes: 1},
	"two_wide": {Packing: ternary.TwoBit, Lanes: 128, BeatBytes: 8},
	"two_odd":  {Packing: ternary.TwoBit, Lanes: 6, BeatBytes: 5},
	"five_odd": {Packing: ternary.FiveTrit, Lanes: 13, BeatBytes: 2},
}

// maxChunks limits the positions at which a beat of p can meet a beat of w.
const maxChunks = 64

// Validate reports the first field that is out of range. The cost of the unit
// grows with the product of Lanes and the trits of p over their greatest common
// divisor.
func (c Config) Validate() error {
	switch {
	case c.Packing.TritsPerByte() == 0:
		return fmt.Errorf("unpack: Packing is %v, want %v or %v", c.Packing, ternary.TwoBit, ternary.FiveTrit)
	case c.Lanes < 1 || c.Lanes > 512:
		return fmt.Errorf("unpack: Lanes is %d, want 1 to 512", c.Lanes)
	case c.BeatBytes < 1 || c.BeatBytes > 128:
		return fmt.Errorf("unpack: BeatBytes is %d, want 1 to 128", c.BeatBytes)
	case max(c.Lanes, c.beatTrits())/c.chunk() > maxChunks:
		return fmt.Errorf("unpack: beats of %d and %d trits have the common divisor %d, want neither over %d times as long",
			c.beatTrits(), c.Lanes, c.chunk(), maxChunks)
	}
	return nil
}

// beatTrits is the number of trits in a beat of p.
func (c Config) beatTrits() int { return c.BeatBytes * c.Packing.TritsPerByte() }

// chunk is the number of trits that always stay together: the greatest common
// divisor of both beats.
func (c Config) chunk() int {
	a, b := c.beatTrits(), c.Lanes
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

// Name returns the name of the module.
func (c Config) Name() string {
	packing := "two"
	if c.Packing == ternary.FiveTrit {
		packing = "five"
	}
	return fmt.Sprintf("ternary_unpack_%s_b%d_l%d", packing, c.BeatBytes, c.Lanes)
}

// New describes the unit for c.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	doc := "four codes of two bits, the first in the lowest; none is 10"
	if c.Packing == ternary.FiveTrit {
		doc = "sum of (t[i]+1) * 3^i of five trits t, at most 242"
	}
	return &unit.Unit{
		Name:   c.Name(),
		Doc:    fmt.Sprintf("beats of %d trits from beats of %d bytes in the %v code", c.Lanes, c.BeatBytes, c.Packing),
		Source: "package lockstep/ternary: Packing, UnpackTwo, UnpackFive",
		Streams: &unit.Streams{
			In: []rtl.Stream{
				{Name: "cmd", Doc: "one matrix",
					Fields: []rtl.Port{{Shape: rtl.U(CountBits), Lanes: 1, Doc: "its beats of w, from 1"}}},
				{Name: "p", Doc: "packed trits; a matrix begins with a beat",
					Fields: []rtl.Port{{Shape: rtl.U(8), Lanes: c.BeatBytes, Doc: doc}}},
			},
			Out: []rtl.Stream{{Name: "w", Doc: "the trits of the matrices in the same order",
				Fields: []rtl.Port{{Shape: rtl.U(2), Lanes: c.Lanes, Doc: "00 is 0, 01 is +1, 11 is -1"}}}},
			Golden:   c.golden,
			RTL:      c.rtl,
			Due:      c.due,
			Stimulus: c.stimulus,
		},
	}, nil
}

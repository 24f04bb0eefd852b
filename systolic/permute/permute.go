// Package permute is the network that moves data across the lanes of a vector:
// any permutation of the lanes, one vector per cycle.
//
// It is a Benes network. Lanes/2 switches in each of 2*log2(Lanes)-1 columns pass
// a pair of lanes on as it is or swapped; one control bit per switch travels with
// the vector. [Route] computes the bits of a permutation, when a program is
// built, and [Rotate] is one of the permutations, so that there is no rotator
// beside the network. A crossbar would need no routing and could also repeat
// lanes, but costs Lanes-1 two-way multiplexers per lane instead of
// 2*log2(Lanes)-1: 127 instead of 13 for 128 lanes.
package permute

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// Config selects one instance of the network.
type Config struct {
	Lanes   int // of a vector, a power of two in [4, 256]
	Bits    int // of a lane, 1 to 64
	Columns int // of switches between two registers, 1 to 15
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"default": {Lanes: 8, Bits: 32, Columns: 2},
	"quad":    {Lanes: 4, Bits: 64, Columns: 3},
	"narrow":  {Lanes: 16, Bits: 1, Columns: 1},
	"wide":    {Lanes: 64, Bits: 32, Columns: 4},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	switch {
	case !routable(c.Lanes):
		return fmt.Errorf("permute: Lanes is %d, want a power of two in [4, 256]", c.Lanes)
	case c.Bits < 1 || c.Bits > rtl.MaxWidth:
		return fmt.Errorf("permute: Bits is %d, want 1 to %d", c.Bits, rtl.MaxWidth)
	case c.Columns < 1 || c.Columns > 15:
		return fmt.Errorf("permute: Columns is %d, want 1 to 15", c.Columns)
	}
	return nil
}

func routable(lanes int) bool { return lanes >= 4 && lanes <= 256 && lanes&(lanes-1) == 0 }

// depth returns the number of columns of switches for a number of lanes.
func depth(lanes int) int { return 2*bits.Len(uint(lanes-1)) - 1 }

// ControlBits returns the number of switches for a number of lanes, which is
// that of the bits that control them.
func ControlBits(lanes int) int { return depth(lanes) * lanes / 2 }

// Name returns the name of the module.
func (c Config) Name() string {
	return fmt.Sprintf("systolic_permute_l%d_u%d_c%d", c.Lanes, c.Bits, c.Columns)
}

// New describes the network for c.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &unit.Unit{
		Name:   c.Name(),
		Doc:    "any permutation of the lanes of a vector",
		Source: "V. E. Benes, Optimal Rearrangeable Multistage Connecting Networks, Bell System Technical Journal 43(4), 1964",
		In: []rtl.Port{
			{Name: "control", Shape: rtl.U(1), Lanes: ControlBits(c.Lanes), Doc: "by column and switch: 1 swaps the pair"},
			{Name: "x", Shape: rtl.U(c.Bits), Lanes: c.Lanes, Doc: "a vector"},
		},
		Out:      []rtl.Port{{Name: "y", Shape: rtl.U(c.Bits), Lanes: c.Lanes, Doc: "the vector, permuted"}},
		Golden:   unit.Pure(func(in, out unit.Frame) { copy(out[0], through(in[0], in[1])) }),
		RTL:      c.rtl,
		Stimulus: c.stimulus,
	}, nil
}

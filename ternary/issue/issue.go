// Package issue is the in-order issue stage of the ternary core with its
// scoreboard. An instruction issues in a cycle in which
//
//   - no register that it writes has a read or a write pending,
//   - no register that it reads has a write pending; if it chains, none that is
//     not open: the writer of an open register has begun to write it, and the
//     instruction follows word by word,
//   - its unit can start it.
//
// Its registers are pending from the next cycle on. A unit gives registers back
// in a cycle, reads and writes each on their own; an instruction that waited
// for them can issue in the next cycle. These are the rules of sim.Scoreboard
// and sim.Issuer with one instruction per cycle.
package issue

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// Config selects one instance of the stage.
type Config struct {
	Registers int // that the scoreboard guards, of all kinds, 1 to 64
	Units     int // that execute instructions, 2 to 8
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"default": {Registers: 16, Units: 5}, // 10 vectors, 4 scalars, 2 operand buffers
	"single":  {Registers: 1, Units: 2},
	"widest":  {Registers: 64, Units: 8},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	switch {
	case c.Registers < 1 || c.Registers > 64:
		return fmt.Errorf("issue: Registers is %d, want 1 to 64", c.Registers)
	case c.Units < 2 || c.Units > 8:
		return fmt.Errorf("issue: Units is %d, want 2 to 8", c.Units)
	}
	return nil
}

func (c Config) unitShape() rtl.Shape { return rtl.U(bits.Len(uint(c.Units - 1))) }
func (c Config) maskShape() rtl.Shape { return rtl.U(c.Registers) }

// maxBusy is the longest time for which a unit of the test loop works.
const maxBusy = 63

// New describes the stage in a loop with units that work for as long as each
// instruction says and then give all its registers back: with units that
// answer, the stage can be driven by any program.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &unit.Unit{
		Name:   fmt.Sprintf("ternary_issue_r%d_u%d", c.Registers, c.Units),
		Doc:    "in-order issue with scoreboard, in a loop with units of given busy time",
		Source: "docs/decisions/009-core-microarchitecture.md, points 2 and 3",
		Streams: &unit.Streams{
			In: []rtl.Stream{{Name: "i", Doc: "instructions", Fields: []rtl.Port{
				{Name: "unit", Shape: c.unitShape(), Lanes: 1, Doc: "that executes it"},
				{Name: "reads", Shape: c.maskShape(), Lanes: 1, Doc: "registers read, one bit each"},
				{Name: "writes", Shape: c.maskShape(), Lanes: 1, Doc: "registers written, one bit each"},
				{Name: "busy", Shape: rtl.U(bits.Len(maxBusy)), Lanes: 1, Doc: "cycles from issue to giving back, from 1"},
				{Name: "open", Shape: rtl.U(bits.Len(maxBusy)), Lanes: 1, Doc: "cycles after the one behind issue until what it writes is open"},
				{Name: "chains", Shape: rtl.U(1), Lanes: 1, Doc: "1: it reads open registers"},
			}}},
			Out: []rtl.Stream{{Name: "o", Doc: "issued instructions, in the cycle of issue", Fields: []rtl.Port{
				{Name: "unit", Shape: c.unitShape(), Lanes: 1},
				{Name: "reads", Shape: c.maskShape(), Lanes: 1},
				{Name: "writes", Shape: c.maskShape(), Lanes: 1},
			}}},
			Golden:   golden,
			RTL:      c.loop,
			Due:      c.due,
			Stimulus: c.stimulus,
		},
	}, nil
}

// golden issues every instruction in order.
func golden(in [][]unit.Frame) ([][]unit.Frame, error) {
	out := make([]unit.Frame, len(in[0]))
	for k, f := range in[0] {
		out[k] = unit.Frame{f[0], f[1], f[2]}
	}
	return [][]unit.Frame{out}, nil
}

// due returns the cycles of issue: the cycles in which instructions were
// accepted, which the stage does in the cycle of issue. What that cycle has to
// be is checked by the test of the schedule.
func (c Config) due(_ [][]unit.Frame, accepted [][]int, latency int) [][]int {
	cycles := make([]int, len(accepted[0]))
	for k, a := range accepted[0] {
		cycles[k] = a + latency
	}
	return [][]int{cycles}
}

// Schedule returns the cycle in which each instruction of the loop issues when
// instruction k is offered in cycle offered[k] at the earliest: the second
// definition of the rules of the package.
func (c Config) Schedule(program []unit.Frame, offered []int) []int {
	type pending struct{ reads, writes, until, open int64 }
	issued := make([]int, len(program))
	var work []pending
	busy := make([]int64, c.Units) // first cycle in which the unit can start
	now := int64(-1)
	for k, f := range program {
		u, reads, writes, cycles, open, chains := f[0][0], f[1][0], f[2][0], f[3][0], f[4][0], f[5][0] == 1
		hazard := func(p pending) bool {
			raw := p.writes&reads != 0 && (now < p.open || !chains)
			return p.until > now && (raw || (p.writes|p.reads)&writes != 0)
		}
		now = max(now+1, int64(offered[k]), busy[u])
		for slices.ContainsFunc(work, hazard) {
			now++
		}
		issued[k] = int(now)
		work = slices.DeleteFunc(work, func(p pending) bool { return p.until <= now })
		work = append(work, pending{reads, writes, now + cycles + 1, now + open + 1})
		busy[u] = now + cycles + 1
	}
	return issued
}

// stimulus draws programs that are free of hazards, full of them, and between.
func (c Config) stimulus(r *rand.Rand, n int) [][]unit.Frame {
	var fs []unit.Frame
	for len(fs) < n {
		density := r.IntN(4)
		for range 1 + r.IntN(30) {
			mask := func() int64 {
				m := c.maskShape().Value(r.Uint64())
				for range density {
					m &= c.maskShape().Value(r.Uint64())
				}
				return m
			}
			busy := 1 + r.Int64N(4)
			if r.IntN(6) == 0 {
				busy = 1 + r.Int64N(maxBusy)
			}
			fs = append(fs, unit.Frame{{r.Int64N(int64(c.Units))}, {mask()}, {mask()}, {busy}, {min(maxBusy, r.Int64N(busy+3))}, {r.Int64N(2)}})
		}
	}
	return [][]unit.Frame{fs}
}

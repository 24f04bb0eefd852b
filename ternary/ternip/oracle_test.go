package ternip_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/ternary/ternip"
)

// naiveGo counts a GO cycle by cycle with counters, as a test bench would: the
// request goes out one cycle after the start.
func naiveGo(c ternip.Config) int64 {
	lg := 0
	for 1<<lg < c.TP {
		lg++
	}
	row, beats := c.D/c.TP, c.D*c.D/c.TP
	full := make([]bool, lg+4) // full[k]: the output register is full k cycles from now
	var credit int64
	queued, sent, taken := 0, 0, 0
	for cycle := int64(0); ; cycle++ {
		if cycle >= 1+c.Lat && sent < beats {
			if credit < c.Eff.Den {
				credit += c.Eff.Num
			}
			if credit >= c.Eff.Den && queued < c.FIFO {
				credit -= c.Eff.Den
				queued++
				sent++
			}
		}
		if queued > 0 && !full[0] {
			queued--
			taken++
			full[lg+3] = taken%row == 0
			if taken == beats {
				return cycle + int64(lg) + 5
			}
		}
		copy(full, full[1:])
		full[lg+3] = false
	}
}

// naiveRun steps a core cycle by cycle and returns issue and ready cycles. The
// command register and the engine of TMATMUL are variables.
func naiveRun(c ternip.Config, t *ternip.Timing, instrs []ternip.Instr) (spans [][2]int64, total int64) {
	command, engineFree := -1, int64(0) // span in the command register; first cycle in which the engine is free
	taken := map[int]ternip.Op{}
	var commandFrom, lockedUntil, syncIdle, lastReady int64 = 0, 0, 0, 0
	spans = [][2]int64{}
	for pc, cycle := 0, int64(0); pc < len(instrs) || command >= 0; cycle++ {
		held := command >= 0
		if command >= 0 && cycle >= commandFrom && cycle >= engineFree {
			n := t.Cycles[taken[command]] - 1 // counted from here
			spans[command][1] = cycle + n
			lastReady = max(lastReady, cycle+n)
			engineFree = cycle + n
			if taken[command] == ternip.GO {
				engineFree++
			} else {
				lockedUntil = cycle + n
			}
			command = -1
		}
		if held || cycle < lockedUntil || pc == len(instrs) {
			continue
		}
		switch in := instrs[pc]; in.Op {
		case ternip.SYNC:
			if cycle < lastReady {
				syncIdle = 0
				continue
			}
			syncIdle++
			if syncIdle < 20 {
				continue
			}
			syncIdle, total = 0, cycle
		case ternip.IMPORT, ternip.GO, ternip.EXPORT:
			command, commandFrom = len(spans), cycle+1
			taken[command] = in.Op
			spans = append(spans, [2]int64{cycle})
		default:
			n := t.Cycles[in.Op]
			if in.Op == ternip.FIN {
				n += max(int64(in.B), 0)
			}
			spans = append(spans, [2]int64{cycle, cycle + n})
			lockedUntil = cycle + n
			lastReady = max(lastReady, cycle+n)
		}
		pc++
	}
	return spans, max(total, lastReady)
}

// drawConfig draws a small core with any divisors and any memory.
func drawConfig(rt *rapid.T) ternip.Config {
	c := ternip.DefaultConfig()
	c.D = rapid.SampledFrom([]int{16, 24, 32, 48, 64, 96, 128, 160}).Draw(rt, "D")
	var divisors []int
	for n := 1; n <= c.D; n++ {
		if c.D%n == 0 {
			divisors = append(divisors, n)
		}
	}
	c.VP = rapid.SampledFrom(divisors).Draw(rt, "VP")
	c.TP = rapid.SampledFrom(divisors).Draw(rt, "TP")
	c.Lat = rapid.Int64Range(1, 400).Draw(rt, "lat")
	c.Eff.Den = rapid.Int64Range(1, 40).Draw(rt, "den")
	c.Eff.Num = rapid.Int64Range((c.Eff.Den+3)/4, c.Eff.Den).Draw(rt, "num")
	c.FIFO = rapid.SampledFrom([]int{1, 2, 3, 5, 64}).Draw(rt, "fifo")
	return c
}

// drawProgram draws instructions that need only registers 0 and 1.
func drawProgram(rt *rapid.T) *ternip.Program {
	one := rapid.Custom(func(rt *rapid.T) ternip.Instr {
		op := rapid.SampledFrom([]string{
			"LDV 0 7", "SV 1 9", "ADD 0 1 0", "SUB 1 1 1", "MUL 0 0 1", "SIG 0 1", "CSIG 1 1", "SILU 1 0", "CLEAR", "ACC 0", "FIN 16",
			"FIN 16 b=0", "FIN 16 b=1", "NORM 0 1", "IMPORT 0", "IMPORT 1", "GO 4", "GO 5", "GO 6", "GO 7", "EXPORT 0", "EXPORT 1", "SYNC",
		}).Draw(rt, "op")
		p, err := ternip.ParseProgram("one", op)
		require.NoError(rt, err)
		return p.Instrs[0]
	})
	return &ternip.Program{Name: "random", Instrs: rapid.SliceOfN(one, 1, 60).Draw(rt, "program")}
}

func TestGoAgainstCounters(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := drawConfig(rt)
		timing, err := ternip.NewTiming(c)
		require.NoError(rt, err)
		require.Equal(rt, naiveGo(c), timing.Cycles[ternip.GO], "%+v", c)
	})
}

func TestProgramsAgainstCounters(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c, p := drawConfig(rt), drawProgram(rt)
		timing, err := ternip.NewTiming(c)
		require.NoError(rt, err)
		want, total := naiveRun(c, timing, p.Instrs)
		r, err := ternip.Run(t.Context(), c, p, nil)
		require.NoError(rt, err)
		require.Equal(rt, want, r.IssueReady, "%v", p.Instrs)
		require.Equal(rt, total, r.TotalCycles)

		again, err := ternip.Run(t.Context(), c, p, nil)
		require.NoError(rt, err)
		require.Equal(rt, r, again, "the same run twice")
	})
}

func TestProgramProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c, p := drawConfig(rt), drawProgram(rt)
		timing, err := ternip.NewTiming(c)
		require.NoError(rt, err)
		r, err := ternip.Run(t.Context(), c, p, nil)
		require.NoError(rt, err)
		i, engine, issued := 0, int64(0), int64(-1)
		for _, in := range p.Instrs {
			if in.Op == ternip.SYNC {
				continue
			}
			s := r.IssueReady[i]
			require.Greater(rt, s[0], issued, "issue in order, one per cycle")
			require.GreaterOrEqual(rt, s[1]-s[0], timing.Cycles[in.Op], "%v is faster than its unit", in)
			require.LessOrEqual(rt, s[1], r.TotalCycles)
			if in.Op == ternip.GO || in.Op == ternip.IMPORT || in.Op == ternip.EXPORT {
				require.Equal(rt, max(s[0], engine)+timing.Cycles[in.Op], s[1], "%v waits only for the engine", in)
				engine = s[1]
			}
			if i+1 < len(r.IssueReady) && in.Op != ternip.GO {
				require.GreaterOrEqual(rt, r.IssueReady[i+1][0], s[1], "nothing issues under %v", in)
			}
			issued = s[0]
			i++
		}
		require.Len(rt, r.IssueReady, i)
		require.Len(rt, r.InstructionCycles, i)
	})
}

// Back-to-back sequences of one instruction, from the facts alone.
func TestSequences(t *testing.T) {
	c := ternip.DefaultConfig()
	for _, tt := range []struct {
		line   string
		cycles int64
	}{
		{"LDV 0 1", 37}, {"SV 0 1", 23}, {"ADD 0 1 2", 52}, {"SUB 0 1 2", 52}, {"MUL 0 1 2", 54}, {"SIG 0 1", 33}, {"CSIG 0 1", 33},
		{"SILU 0 1", 39}, {"CLEAR", 7}, {"ACC 0", 24}, {"FIN 64", 107}, {"NORM 0 1", 33}, {"IMPORT 0", 23}, {"EXPORT 0", 20},
	} {
		r := run(t, c, tt.line, tt.line, tt.line, tt.line)
		for i, s := range r.IssueReady {
			require.Equal(t, [2]int64{int64(i) * tt.cycles, int64(i+1) * tt.cycles}, s, tt.line)
		}
	}
}

// Hand-made timelines of the command register, at D=64: GO takes 347 cycles.
func TestCommandRegister(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []string
		want  [][2]int64
	}{
		{"GOs queue", []string{"GO 1", "GO 2", "GO 3", "CLEAR"}, [][2]int64{{0, 347}, {2, 694}, {349, 1041}, {696, 703}}},
		{"IMPORT waits and holds the core", []string{"GO 1", "IMPORT 0", "CLEAR"}, [][2]int64{{0, 347}, {2, 370}, {370, 377}}},
		{"EXPORT waits and holds the core", []string{"GO 1", "EXPORT 0", "GO 2"}, [][2]int64{{0, 347}, {2, 367}, {367, 714}}},
		{"a load runs under GO", []string{"GO 1", "LDV 0 1", "SV 0 1", "EXPORT 0"}, [][2]int64{{0, 347}, {2, 39}, {39, 62}, {62, 367}}},
		{"work outlasts GO", []string{"GO 1", "FIN 1", "FIN 1", "FIN 1", "FIN 1", "EXPORT 0"},
			[][2]int64{{0, 347}, {2, 109}, {109, 216}, {216, 323}, {323, 430}, {430, 450}}},
		{"EXPORT at the end of GO", []string{"GO 1", "FIN 1", "FIN 1", "FIN 1", "ACC 1", "EXPORT 0"},
			[][2]int64{{0, 347}, {2, 109}, {109, 216}, {216, 323}, {323, 347}, {347, 367}}},
		{"SYNC waits for the engine", []string{"GO 1", "SYNC", "CLEAR"}, [][2]int64{{0, 347}, {367, 374}}},
	} {
		require.Equal(t, tt.want, run(t, ternip.DefaultConfig(), tt.lines...).IssueReady, tt.name)
	}
}

func TestSyncTotals(t *testing.T) {
	for _, tt := range []struct {
		lines []string
		total int64
	}{
		{[]string{"CLEAR"}, 7},
		{[]string{"CLEAR", "SYNC"}, 26},
		{[]string{"CLEAR", "SYNC", "SYNC"}, 46},
		{[]string{"SYNC"}, 19},
		{[]string{"SYNC", "CLEAR"}, 27},
		{[]string{"GO 0", "SYNC"}, 366},
	} {
		r := run(t, ternip.DefaultConfig(), tt.lines...)
		require.Equal(t, tt.total, r.TotalCycles, "%v", tt.lines)
		require.NotNil(t, r.IssueReady)
	}
}

func ExampleParseProgram() {
	p, err := ternip.ParseProgram("norm.txt", "LDV 0 100 # the input\nCLEAR\nACC 0\nFIN 64 b=1\nNORM 0 1\n")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, in := range p.Instrs {
		fmt.Println(in)
	}
	// Output:
	// LDV 0 100
	// CLEAR
	// ACC 0
	// FIN 64 b=1
	// NORM 0 1
}

// Package chip is a small systolic machine, whole: a weight-stationary array
// with accumulators, a scratchpad of banks (VMEM), a DMA and a sequencer that
// runs a program. It exists as an event model, which says what a program
// computes and in how many cycles, and as RTL made of the units of this tree.
//
// # Engines
//
// The sequencer sends the instructions of a program, one per cycle, to the
// queues of three engines, each of which works through its own in order:
//
//	DMA    LOAD, STORE  rectangles between memory and VMEM
//	MXU    PASS         weights into the array, rows of x through it, sums into accumulators
//	DRAIN  DRAIN        accumulators into VMEM
//
// An instruction that finds its queue full holds up all behind it. Between
// engines semaphores keep order: an instruction starts when every semaphore
// holds what it waits for, which it takes, and gives its signals at its end. A
// semaphore is waited for by one engine only, so that what a program does never
// depends on its timing.
//
// VMEM has banks of weights, banks of inputs and banks of results, in this order of
// addresses. Loads write weights and inputs, a pass reads weights and inputs,
// a drain writes results and a store reads them: no two of them ever need one
// port of a bank, and so no engine ever waits for VMEM.
//
// # Cycles
//
// The host's start is accepted in cycle 0. The sequencer may send its first
// instruction in cycle 1; an instruction sent in cycle c can start in cycle
// c+1, and a place in a full queue is free in the cycle after the one in which
// the front leaves it. With R rows and C columns, an instruction that starts
// in cycle s
//
//	LOAD   asks memory for one row per cycle from s+1 on and ends in the cycle
//	STORE  after its last beat; the next may start in cycle s+rows, while fewer than
//	       DMAInFlight are at work (see lockstep/systolic/dma)
//	PASS   reads R rows of weights from s+1 on, and its T rows of x from X+1 on, where
//	       X is s+R or, if that is later, when the pass before has read its last;
//	       ends in cycle X+T+R+C+2. The next may start in cycle X with Overlap: its
//	       weights follow under this stream of x. Without, it may in cycle
//	       s+T+2R+C-2: the engine is taken for [systolic.PassCycles].
//	DRAIN  moves one word per cycle; with n words it ends in cycle s+n+3, and the
//	       next may start in cycle s+n
//
// An instruction that waits for the signal of another can start in the cycle in
// which that one ends. The run is over in the cycle in which the last
// instruction ends.
package chip

import (
	"fmt"
	"math/bits"

	"lockstep/sim"
	"lockstep/systolic"
	"lockstep/systolic/accumulator"
	"lockstep/systolic/array"
	"lockstep/systolic/dma"
	"lockstep/systolic/vmem"
)

// A Config describes one chip and the memory beside it.
type Config struct {
	Rows, Cols       int           // processing elements of the array, each 1 to MaxSide
	X, W             systolic.Kind // number types of inputs and weights: u8 or s8
	Overlap          bool          // the weights of a pass are loaded under the pass before, which it follows without a gap
	WeightBanks      int           // banks of VMEM for weights, 1 to 16
	InputBanks       int           // for inputs, 1 to 16
	ResultBanks      int           // for results, 1 to 16
	BankWords        int           // words of a bank, each of Cols sums: a power of two, 2 to 4096
	AccumulatorWords int           // each of Cols sums, 2 to 65536
	ProgramWords     int           // longest program, instructions: a power of two, 2 to MaxProgram
	QueueDepth       int           // instructions that wait at each engine, 1 to 16
	DMAInFlight      int           // loads and stores at work together, 1 to 16
	LatencyCycles    int64         // of memory, request to first beat: MinLatency to 1e6
	Efficiency       sim.Ratio     // of memory, beats per cycle, 0 < Num/Den <= 1; the zero value means 1
	ClockHz          int64         // Hz, 1e3 to 1e12
}

// Limits of a Config.
const (
	MaxSide    = 64
	MaxProgram = 4096 // so that a semaphore, 16 bits, holds all signals of a program
	MinLatency = 4    // from which stored beats are always there in time
)

// Default returns a chip of an array of rows x cols of u8 with room for two tiles of 64 rows,
// at 1 GHz, with a memory of 20 cycles.
func Default(rows, cols int) Config {
	return Config{
		Rows: rows, Cols: cols, X: systolic.U8, W: systolic.U8, Overlap: true,
		WeightBanks: 1, InputBanks: 1, ResultBanks: 2, BankWords: 64, AccumulatorWords: 128,
		ProgramWords: 1024, QueueDepth: 4, DMAInFlight: 4, LatencyCycles: 20, ClockHz: 1e9,
	}
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	for _, f := range []struct {
		name             string
		value, low, high int64
		power            bool
	}{
		{"Rows", int64(c.Rows), 1, MaxSide, false},
		{"Cols", int64(c.Cols), 1, MaxSide, false},
		{"WeightBanks", int64(c.WeightBanks), 1, 16, false},
		{"InputBanks", int64(c.InputBanks), 1, 16, false},
		{"ResultBanks", int64(c.ResultBanks), 1, 16, false},
		{"BankWords", int64(c.BankWords), 2, 4096, true},
		{"AccumulatorWords", int64(c.AccumulatorWords), 2, 1 << 16, false},
		{"ProgramWords", int64(c.ProgramWords), 2, MaxProgram, true},
		{"QueueDepth", int64(c.QueueDepth), 1, 16, false},
		{"DMAInFlight", int64(c.DMAInFlight), 1, 16, false},
		{"LatencyCycles", c.LatencyCycles, MinLatency, 1e6, false},
		{"ClockHz", c.ClockHz, 1e3, 1e12, false},
	} {
		switch {
		case f.value < f.low || f.value > f.high:
			return fmt.Errorf("chip: %s is %d, want %d to %d", f.name, f.value, f.low, f.high)
		case f.power && f.value&(f.value-1) != 0:
			return fmt.Errorf("chip: %s is %d, want a power of two", f.name, f.value)
		}
	}
	for _, f := range []struct {
		name string
		kind systolic.Kind
	}{{"X", c.X}, {"W", c.W}} {
		if f.kind != systolic.U8 && f.kind != systolic.S8 {
			return fmt.Errorf("chip: %s is %s, want u8 or s8", f.name, f.kind)
		}
	}
	if e := c.Efficiency; e != (sim.Ratio{}) && (e.Num < 1 || e.Den < e.Num || e.Den > 1<<16) {
		return fmt.Errorf("chip: Efficiency is %d/%d, want 0 < Num/Den <= 1 with Den up to %d", e.Num, e.Den, 1<<16)
	}
	return nil
}

// Array returns the array.
func (c Config) Array() systolic.Array { return systolic.Array{Rows: c.Rows, Cols: c.Cols} }

// RowBytes returns the bytes of a row of VMEM, which is a beat of memory: a row
// of x or of weights in the next power of two.
func (c Config) RowBytes() int { return powerOfTwo(max(c.Rows, c.Cols)) }

// WordRows returns the rows of VMEM that hold a word of results, Cols sums of
// four bytes.
func (c Config) WordRows() int {
	return powerOfTwo((4*c.Cols + c.RowBytes() - 1) / c.RowBytes())
}

// WordBytes returns the bytes of a word of results, in VMEM and in memory.
func (c Config) WordBytes() int { return c.WordRows() * c.RowBytes() }

func powerOfTwo(n int) int { return 1 << bits.Len(uint(n-1)) }

// A region is a part of VMEM, in rows.
type region struct{ first, end int }

// holds reports whether rows first to first+n-1 lie inside.
func (r region) holds(first, n int) bool { return first >= r.first && n <= r.end-first }

// bankRows returns the rows of a bank.
func (c Config) bankRows() int { return c.BankWords * c.WordRows() }

func (c Config) weights() region { return region{0, c.WeightBanks * c.bankRows()} }

func (c Config) inputs() region {
	first := c.weights().end
	return region{first, first + c.InputBanks*c.bankRows()}
}

func (c Config) results() region {
	first := c.inputs().end
	return region{first, first + c.ResultBanks*c.bankRows()}
}

// The units of the chip.

func (c Config) array() array.Config {
	return array.Config{Dataflow: systolic.WeightStationary, Rows: c.Rows, Cols: c.Cols, X: c.X, W: c.W}
}

func (c Config) accumulator() accumulator.Config {
	return accumulator.Config{Lanes: c.Cols, Words: c.AccumulatorWords}
}

func (c Config) vmem() vmem.Config {
	return vmem.Config{
		Banks: c.WeightBanks + c.InputBanks + c.ResultBanks, Words: c.BankWords, RowsPerWord: c.WordRows(), RowBytes: c.RowBytes(),
		RowReads: 3, RowWrites: 1, WordWrites: 1,
	}
}

// storeBuffer is the number of beats that a store reads ahead: more than the
// cycles that VMEM takes to answer, so that a store moves a beat per cycle.
const storeBuffer = 4

func (c Config) dma() dma.Config {
	return dma.Config{BeatBytes: c.RowBytes(), Rows: c.vmem().Rows(), InFlight: c.DMAInFlight, Buffer: storeBuffer}
}

// Name returns the name of the module, which does not depend on the memory
// beside it.
func (c Config) Name() string {
	overlap := ""
	if c.Overlap {
		overlap = "_overlap"
	}
	return fmt.Sprintf("systolic_chip_r%d_c%d_%v_%v_b%d_%d_%d_n%d_a%d_p%d_q%d_f%d%s", c.Rows, c.Cols, c.X, c.W,
		c.WeightBanks, c.InputBanks, c.ResultBanks, c.BankWords, c.AccumulatorWords, c.ProgramWords, c.QueueDepth, c.DMAInFlight, overlap)
}

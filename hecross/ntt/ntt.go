// Package ntt is a small engine for the number-theoretic transform in three
// matrix steps, whole: an array of bytes with accumulators, the merge of byte
// sums, Barrett reduction, a modular vector lane, memories and a sequencer. It
// transforms one limb at a time, forward or inverse. It exists as an event
// model and as RTL made of the units of this tree.
//
// # What it computes
//
// A, the residues of a limb as an R x C matrix in row-major order, is neither
// transposed nor reordered. In both directions it goes through two products with
// known matrices and, between them, one with the twist, element by element:
//
//	forward   (Rows * A o Twist) * Cols
//	inverse   Rows * (A * Cols o Twist)
//
// with the matrices of [hecross.ThreeStep]. A product runs on the array of
// unsigned bytes, the known factor as the dense byte matrix of [hecross.Modulus.BAT]:
//
//	Rows * A   the array holds the bytes of A, the bytes of Rows stream: 4R rows
//	           of sums, of which four successive ones are those of one row of residues
//	A * Cols   the array holds the bytes of Cols, the bytes of A stream: R rows of
//	           sums, of which four successive ones belong to one residue
//
// Rows of sums of one tile of columns are accumulated over the folds of the
// inner dimension. In the last fold they leave the accumulators again; four sums
// are merged, reduced modulo q, multiplied by an element of the twist in the first
// product, and stored. Nothing on this way ever waits.
//
// What depends on the modulus and the direction (the constants of q and the three
// matrices in the order of their use) is loaded at run time; see [Parameters].
//
// # Cycles
//
// S is the side of the array; S/4 residues move in a cycle. With B = 4N/S beats of
// residues, a transform whose command is accepted in cycle s and whose streams
// never wait
//
//	LOAD     accepts residues in cycles s+1 to s+B
//	PRODUCT  begins in cycle f = s+B+1; reads the weights of its first tile in S
//	         cycles, then streams P passes of T beats, one per cycle, and loads
//	         the weights of the next pass under each; its last residue is
//	         stored Tail cycles after its last beat was read. It ends in
//	         f+S+P*T+Tail, when the second product begins
//	UNLOAD   offers the residues from two cycles later on, and is over in the
//	         cycle after the last, B+2 cycles after its beginning, when the next
//	         command can be accepted
//
// where Rows*A has P = 4R/S * C/S passes of T = 4R beats and A*Cols has (4C/S)^2
// passes of R beats: 16*N*(R+C)/S^2 beats in all. Parameters take a cycle and one
// per beat of [Config.ParameterBeats]. The example of [Config.TransformCycles] has
// the numbers of the presets.
package ntt

import (
	"fmt"
	"math/bits"

	"lockstep/hecross/barrett"
	"lockstep/hecross/chunk"
	"lockstep/hecross/lane"
	"lockstep/systolic"
	"lockstep/systolic/accumulator"
	"lockstep/systolic/array"
)

// pieces is the number of bytes of a residue.
const pieces = 4

// Limits of a Config.
const (
	MaxSide = 64
	MaxRows = 256
)

// Config selects one engine.
type Config struct {
	R, C   int            // rows and columns of the matrix of residues, N = R*C: powers of two, Side to MaxRows
	Side   int            // rows and columns of the array: a power of two, 4 to MaxSide
	Reduce barrett.Config // lengths of the moduli, which come at run time
}

// Presets are the configurations that are verified as units.
var Presets = map[string]Config{
	"n16":  {R: 4, C: 4, Side: 4, Reduce: barrett.Config{Bits: 31, Narrower: 11}},
	"n32":  {R: 4, C: 8, Side: 4, Reduce: barrett.Config{Bits: 28}},
	"tall": {R: 8, C: 4, Side: 4, Reduce: barrett.Config{Bits: 24, Narrower: 4}},
}

// Engines are the configurations that package cosim verifies as machines.
var Engines = map[string]Config{
	"n256":  {R: 16, C: 16, Side: 16, Reduce: barrett.Config{Bits: 31, Narrower: 11}},
	"n1024": {R: 32, C: 32, Side: 16, Reduce: barrett.Config{Bits: 31, Narrower: 11}},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	power := func(n int) bool { return n&(n-1) == 0 }
	switch {
	case c.Side < 4 || c.Side > MaxSide || !power(c.Side):
		return fmt.Errorf("ntt: Side is %d, want a power of two in [4, %d]", c.Side, MaxSide)
	case c.R < c.Side || c.R > MaxRows || !power(c.R):
		return fmt.Errorf("ntt: R is %d, want a power of two in [%d, %d]", c.R, c.Side, MaxRows)
	case c.C < c.Side || c.C > MaxRows || !power(c.C):
		return fmt.Errorf("ntt: C is %d, want a power of two in [%d, %d]", c.C, c.Side, MaxRows)
	case c.Reduce.Q != 0:
		return fmt.Errorf("ntt: Reduce has the modulus %d built in, want one that comes at run time", c.Reduce.Q)
	}
	if err := c.Reduce.Validate(); err != nil {
		return fmt.Errorf("ntt: Reduce: %w", err)
	}
	// Then 1020*terms*q is below 2^(2*length) for every modulus q, what a unit
	// that reduces merged sums needs.
	least := 10 + log2(max(c.R, c.C))
	if shortest := c.Reduce.Bits - c.Reduce.Narrower; shortest < least {
		return fmt.Errorf("ntt: Reduce takes moduli from %d bits on, want from %d on for sums of %d products", shortest, least, max(c.R, c.C))
	}
	return nil
}

// N returns the number of residues.
func (c Config) N() int { return c.R * c.C }

// Lanes returns the number of residues that move in a cycle.
func (c Config) Lanes() int { return c.Side / pieces }

// Beats returns the number of beats of Lanes residues of a limb.
func (c Config) Beats() int { return c.N() / c.Lanes() }

// Name returns the name of the module.
func (c Config) Name() string {
	return fmt.Sprintf("hecross_ntt_r%d_c%d_s%d_b%d_to_b%d", c.R, c.C, c.Side, c.Reduce.Bits-c.Reduce.Narrower, c.Reduce.Bits)
}

// A product is how one of the two products with a known matrix runs.
type product struct {
	left  bool // the known matrix is on the left: data are the weights
	beats int  // of a pass
	folds int  // of the inner dimension: passes that add to one tile
	tiles int  // of columns
}

func (p product) passes() int { return p.folds * p.tiles }

// left is Rows * A and right is A * Cols.
func (c Config) left() product {
	return product{true, pieces * c.R, pieces * c.R / c.Side, c.C / c.Side}
}

func (c Config) right() product {
	return product{false, c.R, pieces * c.C / c.Side, pieces * c.C / c.Side}
}

// products returns the two of a transform in their order.
func (c Config) products(inverse bool) [2]product {
	if inverse {
		return [2]product{c.right(), c.left()}
	}
	return [2]product{c.left(), c.right()}
}

// ArrayBeats returns the beats that a transform streams through the array: each
// is a cycle of Side*Side products of bytes.
func (c Config) ArrayBeats() int {
	return c.left().passes()*c.left().beats + c.right().passes()*c.right().beats
}

// Tail returns the cycles from the one in which a beat is read to the one in
// which the residues that it completes are stored.
func (c Config) Tail() int {
	return operandCycles + c.arrayCycles() + sumCycles + turnCycles + c.reduceCycles() + c.lane().Registers()
}

// Cycles of the parts of the way of a beat.
const (
	operandCycles = 2 // memory and the register of the chosen bytes
	sumCycles     = 3 // from a row of sums to the sums that are read again: the row first, then the read
	turnCycles    = 4 // see turn
	unloadCycles  = 2 // memory and the register of the chosen row
)

func (c Config) arrayCycles() int  { return 2*c.Side - 1 }
func (c Config) reduceCycles() int { return chunk.MergeRegisters + c.Reduce.Registers() }

// productCycles returns the cycles of one product, from its beginning to the
// beginning of what follows it.
func (c Config) productCycles(p product) int { return c.Side + p.passes()*p.beats + c.Tail() }

// TransformCycles returns the cycles of a transform whose streams never wait,
// from the acceptance of its command until the next can be accepted.
func (c Config) TransformCycles() int {
	return 1 + c.Beats() + c.productCycles(c.left()) + c.productCycles(c.right()) + c.Beats() + unloadCycles
}

// Utilisation returns the share of TransformCycles in which the array multiplies.
func (c Config) Utilisation() float64 {
	return float64(c.ArrayBeats()) / float64(c.TransformCycles())
}

// ParameterCycles is TransformCycles of a command that loads parameters.
func (c Config) ParameterCycles() int { return 1 + c.ParameterBeats() }

// The units of the engine.

func (c Config) array() array.Config {
	return array.Config{Dataflow: systolic.WeightStationary, Rows: c.Side, Cols: c.Side, X: systolic.U8, W: systolic.U8}
}

func (c Config) accumulator() accumulator.Config {
	return accumulator.Config{Lanes: c.Side, Words: pieces * c.R}
}

func (c Config) chunk() chunk.Config {
	return chunk.Config{Kind: chunk.Reduce, Lanes: c.Lanes(), Reduce: c.Reduce}
}

func (c Config) lane() lane.Config { return lane.Config{Lanes: c.Lanes(), Reduce: c.Reduce} }

// log2 returns the exponent of a power of two.
func log2(n int) int { return bits.Len(uint(n)) - 1 }

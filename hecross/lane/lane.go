// Package lane is the lane array of a vector unit for residues: Lanes times one
// operation modulo q per cycle, fully pipelined, what package lockstep/systolic/
// vector needs many 32-bit operations for. The modulus is built in, or comes with
// every vector and is shared by its lanes.
package lane

import (
	"fmt"

	"lockstep/hecross/barrett"
	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// An Op is an operation on the residues a and b of a lane.
type Op uint8

// The operations.
const (
	Add    Op = iota // (a + b) mod q
	Sub              // (a - b) mod q
	Mul              // (a * b) mod q
	Select           // a where the mask is 1, else b
)

var names = [...]string{"add", "sub", "mul", "select"}

// Ops returns all operations in the order of their codes.
func Ops() []Op { return []Op{Add, Sub, Mul, Select} }

// String returns the name of the operation in programs and in Verilog.
func (o Op) String() string {
	if int(o) < len(names) {
		return names[o]
	}
	return fmt.Sprintf("Op(%d)", uint8(o))
}

// Eval returns what the operation gives on one lane, a canonical residue, for
// a and b below q. An operation that does not exist gives 0.
func (o Op) Eval(a, b, q uint32, mask bool) uint32 {
	a64, b64, q64 := uint64(a), uint64(b), uint64(q)
	switch o {
	case Add:
		return uint32((a64 + b64) % q64)
	case Sub:
		return uint32((a64 + q64 - b64) % q64)
	case Mul:
		return uint32(a64 * b64 % q64)
	case Select:
		if mask {
			return a
		}
		return b
	}
	return 0
}

// Config selects one instance of the unit.
type Config struct {
	Lanes  int            // 1 to 256
	Reduce barrett.Config // the modulus
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"q20":     {Lanes: 1, Reduce: barrett.Fixed(786433)},
	"q28":     {Lanes: 2, Reduce: barrett.Fixed(268042241)},
	"q31":     {Lanes: 1, Reduce: barrett.Fixed(2147377153)},
	"input28": {Lanes: 2, Reduce: barrett.Config{Bits: 28}},
	"any":     {Lanes: 2, Reduce: barrett.Config{Bits: 31, Narrower: 11}},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	if c.Lanes < 1 || c.Lanes > 256 {
		return fmt.Errorf("lane: Lanes is %d, want 1 to 256", c.Lanes)
	}
	if err := c.Reduce.Validate(); err != nil {
		return fmt.Errorf("lane: Reduce: %w", err)
	}
	return nil
}

// Name returns the name of the module.
func (c Config) Name() string {
	if c.Reduce.Q != 0 {
		return fmt.Sprintf("hecross_lane_l%d_q%d", c.Lanes, c.Reduce.Q)
	}
	return fmt.Sprintf("hecross_lane_l%d_b%d_to_b%d", c.Lanes, c.Reduce.Bits-c.Reduce.Narrower, c.Reduce.Bits)
}

// OpShape is the shape of an operation code, the value of an [Op].
var OpShape = rtl.U(2)

// New describes the unit for c.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	residue := rtl.U(c.Reduce.Bits)
	return &unit.Unit{
		Name:   c.Name(),
		Doc:    "one operation modulo q on every lane of two vectors of residues",
		Source: "package lockstep/hecross/lane: Op.Eval",
		In: append([]rtl.Port{
			{Name: "op", Shape: OpShape, Lanes: 1, Doc: "operation, of all lanes"},
			{Name: "a", Shape: residue, Lanes: c.Lanes, Doc: "first operands, below q"},
			{Name: "b", Shape: residue, Lanes: c.Lanes, Doc: "second operands, below q"},
			{Name: "mask", Shape: rtl.U(1), Lanes: c.Lanes, Doc: "of select: 1 takes a"},
		}, c.Reduce.ModulusPorts()...),
		Out:    []rtl.Port{{Name: "y", Shape: residue, Lanes: c.Lanes, Doc: "results, below q"}},
		Golden: unit.Pure(c.golden), RTL: c.rtl, Stimulus: c.stimulus,
	}, nil
}

func (c Config) golden(in, out unit.Frame) {
	q := c.Reduce.Q
	if q == 0 {
		q = uint32(in[4][0])
	}
	for l := range c.Lanes {
		out[0][l] = int64(Op(in[0][0]).Eval(uint32(in[1][l]), uint32(in[2][l]), q, in[3][l] == 1))
	}
}

// Package pe is the processing element (PE) of a systolic array: one
// multiply-accumulate per cycle, on operands that it hands on to its neighbours
// to the right and below.
//
// There are two structures. The stationary one serves the weight- and the
// input-stationary dataflow, which differ only in what w and x stand for: it
// holds w in a pair of registers, multiplies what streams past by it and adds
// the product to the sum that comes from above. The output-stationary one adds
// the products of two operands that both stream past and shifts its sum out
// below.
//
// Every register moves in cycles where advance is 1 only, so that a whole array
// can stall.
package pe

import (
	"fmt"
	"math/rand/v2"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/systolic"
)

// SumBits is the width of a sum, two's complement; sums wrap. See
// [systolic.ExactK] for the number of terms that cannot.
const SumBits = 32

// Config selects one processing element.
type Config struct {
	Dataflow systolic.Dataflow
	X        systolic.Kind // operand that moves to the right
	W        systolic.Kind // operand that moves down: held for ws and is, streamed for os
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"ws_u8":         {systolic.WeightStationary, systolic.U8, systolic.U8},
	"ws_s8":         {systolic.WeightStationary, systolic.S8, systolic.S8},
	"ws_u8_s8":      {systolic.WeightStationary, systolic.U8, systolic.S8},
	"ws_s8_ternary": {systolic.WeightStationary, systolic.S8, systolic.Ternary},
	"is_s8_u8":      {systolic.InputStationary, systolic.S8, systolic.U8},
	"is_ternary_u8": {systolic.InputStationary, systolic.Ternary, systolic.U8},
	"os_u8":         {systolic.OutputStationary, systolic.U8, systolic.U8},
	"os_s8":         {systolic.OutputStationary, systolic.S8, systolic.S8},
	"os_u8_ternary": {systolic.OutputStationary, systolic.U8, systolic.Ternary},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	if err := c.Dataflow.Validate(); err != nil {
		return fmt.Errorf("pe: Dataflow: %w", err)
	}
	if err := c.X.Validate(); err != nil {
		return fmt.Errorf("pe: X: %w", err)
	}
	if err := c.W.Validate(); err != nil {
		return fmt.Errorf("pe: W: %w", err)
	}
	if c.X == systolic.Ternary && c.W == systolic.Ternary {
		return fmt.Errorf("pe: X and W are both ternary, want at most one")
	}
	return nil
}

// String returns dataflow and kinds as they stand in names: "ws_u8_s8".
func (c Config) String() string { return fmt.Sprintf("%v_%v_%v", c.Dataflow, c.X, c.W) }

// Shape returns the port shape of an operand of kind k: u8, s8, or s2 for
// ternary, in which -2 does not occur and reads as 0.
func Shape(k systolic.Kind) rtl.Shape {
	switch k {
	case systolic.U8:
		return rtl.U(8)
	case systolic.S8:
		return rtl.S(8)
	}
	return rtl.S(2)
}

// in returns the input ports but advance, in the order of structure.
func (c Config) in() []rtl.Port {
	flag := func(name, doc string) rtl.Port { return rtl.Port{Name: name, Shape: rtl.U(1), Lanes: 1, Doc: doc} }
	x := rtl.Port{Name: "x", Shape: Shape(c.X), Lanes: 1, Doc: "operand from the left"}
	w := rtl.Port{Name: "w", Shape: Shape(c.W), Lanes: 1, Doc: "operand from above"}
	sum := rtl.Port{Name: "sum", Shape: rtl.S(SumBits), Lanes: 1, Doc: "sum from above"}
	if c.Dataflow == systolic.OutputStationary {
		sum.Doc = "finished sum from above"
		return []rtl.Port{flag("drain", "take sum from above"), flag("last", "x*w is the last product of the sum"), x, w, sum}
	}
	return []rtl.Port{flag("load", "shift w into the shadow register"), flag("swap", "from this x on, use the shadow register"), x, w, sum}
}

// out returns the output ports, those of in in their order.
func (c Config) out() []rtl.Port {
	ports := c.in()
	for i := range ports {
		ports[i].Doc = "to the right"
		switch ports[i].Name {
		case "w":
			ports[i].Doc = "below: w, one cycle later"
			if c.Dataflow != systolic.OutputStationary {
				ports[i].Doc = "below: the shadow register"
			}
		case "sum":
			ports[i].Doc = "below: sum + x*w"
			if c.Dataflow == systolic.OutputStationary {
				ports[i].Doc = "below: the last finished sum"
			}
		}
	}
	return ports
}

// New describes the element for c as a unit of its own, in which a frame is one
// cycle of advance.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &unit.Unit{
		Name:   "systolic_pe_" + c.String(),
		Doc:    c.doc(),
		Source: "H. T. Kung, Why Systolic Architectures?, IEEE Computer 15(1), 1982; double-buffered weights as in arXiv:1704.04760, section 2",
		In:     c.in(),
		Out:    c.out(),
		Golden: c.golden,
		RTL: func(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
			return c.structure(b.Module, b.Valid(0).Unstaged(), in)
		},
		Corners:  c.corners,
		Stimulus: c.stimulus,
	}, nil
}

func (c Config) doc() string {
	if c.Dataflow == systolic.OutputStationary {
		return "processing element that keeps a sum of products of two streams"
	}
	return "processing element that keeps a factor and adds its product to a passing sum"
}

func (c Config) golden() unit.Model {
	if c.Dataflow == systolic.OutputStationary {
		e := summing{x: c.X, w: c.W}
		return func(in, out unit.Frame) {
			sum := e.step(in[0][0] == 1, in[1][0] == 1, in[2][0], in[3][0], int32(in[4][0]))
			copy(out, unit.Frame{in[0], in[1], in[2], in[3], {int64(sum)}})
		}
	}
	e := holding{x: c.X, w: c.W}
	return func(in, out unit.Frame) {
		w, sum := e.step(in[0][0] == 1, in[1][0] == 1, in[2][0], in[3][0], int32(in[4][0]))
		copy(out, unit.Frame{in[0], in[1], in[2], {w}, {int64(sum)}})
	}
}

// stimulus is the corners, then random frames with idle cycles between them.
func (c Config) stimulus(r *rand.Rand, n int) []unit.Frame {
	frames := c.corners()
	for len(frames) < n {
		if r.IntN(4) == 0 {
			frames = append(frames, nil)
		}
		frames = append(frames, unit.RandomFrame(r, c.in()))
	}
	return frames
}

// corners are all pairs of ends of the two ranges on sums at the ends of
// theirs, and the same as a long sum without an interruption.
func (c Config) corners() []unit.Frame {
	ends := func(k systolic.Kind) []int64 {
		least, greatest := k.Range()
		return []int64{int64(least), int64(greatest), 0, 1}
	}
	sum := rtl.S(SumBits)
	var frames []unit.Frame
	for _, w := range ends(c.W) {
		for _, x := range ends(c.X) {
			for _, s := range []int64{0, -1, sum.Min(), sum.Max()} {
				// Loaded and swapped in, used by the frame after, finished and drained.
				frames = append(frames,
					unit.Frame{{1}, {0}, {x}, {w}, {s}}, unit.Frame{{0}, {1}, {x}, {w}, {s}},
					unit.Frame{{1}, {1}, {x}, {0}, {s}}, unit.Frame{{0}, {0}, {x}, {w}, {s}},
					unit.Frame{{0}, {0}, {x}, {w}, {s}}, unit.Frame{{1}, {0}, {x}, {w}, {s}})
			}
		}
	}
	return frames
}

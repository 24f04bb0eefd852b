package core

import (
	"fmt"
	"slices"

	"lockstep/rtl"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
)

// An Observation is one kind of instruction of an observed core and the output
// ports that show what it does. Its instructions write and end in program
// order; those of different observations overtake each other. Handshakes are
// those of the first lane of the batch, with which the others move.
//
//	observe_issue            an instruction, whichever, issues in this cycle
//	observe_<name>_end       an instruction ends with this cycle
//	observe_<name>_write     a word of its result is written in this cycle:
//	observe_<name>_place       to this vector register, scalar register or operand buffer;
//	                           of a store, from this vector register; of a search 0
//	observe_<name>_word        as this word of VP elements; of a norm pass and a search 0
//	observe_<name>_data        by lane of the batch: the elements, beyond the vector anything;
//	                           of a norm pass mantissa and exponent of its norm, quant and
//	                           rescale scale; of a search the index found
//	observe_<name>_request   the memory port takes a request in this cycle:
//	observe_<name>_addr        first byte, by lane of the batch, once for what lanes share
//	observe_<name>_beats       beats of the port
//
// The last word of an instruction is written in the cycle of its end or before.
// A search writes with its last part only.
type Observation struct {
	Name     string
	Ops      []isa.Op // that are shown here
	Places   string   // prefix of places in the text of programs: v, s or q
	Requests bool     // it makes requests of memory
}

// Observations are those of every observed core; each instruction belongs to
// exactly one.
var Observations = []Observation{
	{"load", []isa.Op{isa.LDV}, "v", true},
	{"store", []isa.Op{isa.STV}, "v", true},
	{"rms", []isa.Op{isa.RMS}, "s", false},
	{"norm", []isa.Op{isa.NORM}, "v", false},
	{"quant", []isa.Op{isa.QUANT}, "q", false},
	{"tmatmul", []isa.Op{isa.TMATMUL}, "v", true},
	{"rowwise", []isa.Op{isa.ADD, isa.SUB, isa.MUL, isa.SIG, isa.CSIG, isa.SILU}, "v", false},
	{"argmax", []isa.Op{isa.ARGMAX}, "", false},
}

// ObservationOf returns the index in Observations of the instructions op.
func ObservationOf(op isa.Op) int {
	return slices.IndexFunc(Observations, func(o Observation) bool { return slices.Contains(o.Ops, op) })
}

// Port returns the name of one of the ports of o, such as Port("end").
func (o Observation) Port(what string) string { return "observe_" + o.Name + "_" + what }

// IssuePort is the output port that is 1 in the cycles in which an instruction
// issues.
const IssuePort = "observe_issue"

// Observed returns the hardware of [RTL] with the ports of Observations and, if
// f has a kind, with that mistake in it.
func Observed(c Config, p *isa.Program, numbers fixed.Config, f Fault) (*rtl.Module, error) {
	return hardware(c, p, numbers, f, true)
}

// A written is one word of a result on its way to where it is kept.
type written struct {
	when, place, word rtl.Sig
	data              []rtl.Sig
}

// show adds an output port to an observed core.
func (t *top) show(name, doc string, lanes ...rtl.Sig) {
	if t.observing {
		t.m.Out(rtl.Port{Name: name, Shape: lanes[0].Shape(), Lanes: len(lanes), Doc: doc}, unstaged(lanes))
	}
}

// observe shows what the instructions of one observation write and when they
// end.
func (t *top) observe(name string, w written, end rtl.Sig) {
	port := func(what string) string { return fmt.Sprintf("observe_%s_%s", name, what) }
	t.show(port("end"), "an instruction ends", end)
	t.show(port("write"), "a word of a result is written", w.when)
	t.show(port("place"), "to this register or buffer", w.place)
	t.show(port("word"), "as this word of it", w.word)
	t.show(port("data"), "these elements", w.data...)
}

// observeRequest shows what the instructions of one observation ask of memory.
func (t *top) observeRequest(name string, when, beats rtl.Sig, addr ...rtl.Sig) {
	port := func(what string) string { return fmt.Sprintf("observe_%s_%s", name, what) }
	t.show(port("request"), "a request is taken", when)
	t.show(port("addr"), "its first byte", addr...)
	t.show(port("beats"), "its beats", beats)
}

// scaleFields are the fields of the result of a norm pass in the order in which
// they are shown.
var scaleFields = []string{"norm_mant", "norm_exp", "quant_mant", "quant_exp", "rescale_mant", "rescale_exp"}

// widest returns one of these fields in the shape that holds all.
func widest(s rtl.Sig) rtl.Sig {
	if s.Shape().Signed {
		return s.Extend(17)
	}
	return s.Extend(17).AsSigned()
}

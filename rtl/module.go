// Package rtl is a small structural hardware language embedded in Go.
//
// A design is a [Module] built by ordinary Go code: Go's if and for run while
// the design is built, [Sig.Mux] and [Switch] in the hardware. Every [Sig]
// knows its width, its signedness and its pipeline stage; combining signals
// whose shapes or stages differ is reported by [Module.Finish] with the Go
// source line that did it, before any Verilog exists. Nothing is extended or
// truncated silently.
//
// The language is two-state. One clock; every register has a reset value,
// memories keep their contents. A finished module can be printed with
// [Module.Verilog] and executed with [NewInterp].
package rtl

import (
	"errors"
	"fmt"
	"regexp"
)

// A Port is a flat packed array of Lanes elements of one Shape.
// Element i occupies bits [i*Width +: Width].
type Port struct {
	Name  string
	Shape Shape
	Lanes int
	Doc   string
}

// Bits returns the number of wires in the port.
func (p Port) Bits() int { return p.Shape.Width * p.Lanes }

// A Module is a design under construction.
type Module struct {
	Name, Doc string

	ins, outs []Port
	inFree    []bool // by input port: joins any stage
	outSigs   [][]*node
	nodes     []*node
	mems      []*Mem
	insts     []*instance
	requires  []requirement
	enums     []*Enum
	notes     []string // lines of the header comment
	names     map[string]bool
	origin    *origin
	errs      []error
	finished  bool
	fault     Fault
	sites     []source // of the fault's kind
}

type requirement struct {
	cond *node
	text string
	src  source
}

// New returns an empty module. name is lower_snake_case and holds the
// parameters, so that two configurations never collide.
func New(name, doc string) *Module {
	m := &Module{Name: name, Doc: doc, names: map[string]bool{}, origin: &origin{}}
	if !identifier.MatchString(name) || keywords[name] {
		m.errorf("module name %q is not a lower_snake_case Verilog identifier", name)
	}
	return m
}

// Ins returns the input ports in order of declaration.
func (m *Module) Ins() []Port { return m.ins }

// Outs returns the output ports in order of declaration.
func (m *Module) Outs() []Port { return m.outs }

// Note adds a line to the header comment of the printed module.
func (m *Module) Note(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf(format, args...))
}

// In declares an input port and returns its lanes, at stage 0.
func (m *Module) In(p Port) []Sig { return m.in(p, stage{origin: m.origin}) }

// InUnstaged declares an input port whose lanes join any stage: a handshake
// signal or a setting that the protocol keeps still while it is used.
func (m *Module) InUnstaged(p Port) []Sig { return m.in(p, stage{}) }

func (m *Module) in(p Port, st stage) []Sig {
	k := len(m.ins)
	m.ins, m.inFree = append(m.ins, p), append(m.inFree, st.free())
	if p.Lanes < 1 {
		m.errorf("input %s has %d lanes, want at least 1", p.Name, p.Lanes)
		p.Lanes = 1
	}
	m.claim("input port", p.Name+"_i")
	lanes := make([]Sig, p.Lanes)
	for i := range lanes {
		lanes[i] = m.add(node{op: opIn, shape: p.Shape, stage: st, val: uint64(i), port: k})
	}
	return lanes
}

// Out drives an output port. Every lane must have the port's shape and all
// lanes must be at the same stage.
func (m *Module) Out(p Port, lanes []Sig) {
	if m.finished {
		m.errorf("output %s: added after Finish", p.Name)
		return
	}
	if len(lanes) != p.Lanes || p.Lanes < 1 {
		m.errorf("output %s is driven with %d lanes, want %d", p.Name, len(lanes), p.Lanes)
		return
	}
	m.claim("output port", p.Name+"_o")
	m.join("output "+p.Name, lanes...)
	ns := make([]*node, len(lanes))
	for i, s := range lanes {
		if !m.owns("output "+p.Name, s) {
			return
		}
		if s.n.shape != p.Shape {
			m.errorf("output %s[%d] is %s, want %s", p.Name, i, s.n.shape, p.Shape)
		}
		ns[i] = s.n
	}
	m.outs, m.outSigs = append(m.outs, p), append(m.outSigs, ns)
}

// Latency returns the stage of the latest output that is staged against the
// inputs: cycles from an input to the result it causes.
func (m *Module) Latency() int {
	lat := 0
	for k := range m.outs {
		if l, ok := m.outStage(k); ok {
			lat = max(lat, l)
		}
	}
	return lat
}

// OutLatency returns the stage of output port k against the inputs; ok is
// false when the port's timing is not tied to the inputs by stages.
func (m *Module) OutLatency(k int) (cycles int, ok bool) { return m.outStage(k) }

func (m *Module) outStage(k int) (int, bool) {
	in := stage{origin: m.origin}.root()
	for _, n := range m.outSigs[k] {
		if st := n.stage.root(); st.origin == in.origin && !st.free() {
			return st.offset - in.offset, true
		}
	}
	return 0, false
}

// Require states an invariant: cond, of shape u1, is 1 in every cycle outside
// reset. The interpreter evaluates it every cycle and the printed module
// asserts it.
func (m *Module) Require(cond Sig, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !m.owns("Require", cond) {
		return
	}
	if cond.n.shape != U(1) {
		m.errorf("Require: condition is %s, want u1", cond.n.shape)
	}
	m.requires = append(m.requires, requirement{cond.n, text, caller()})
}

// Err returns every mistake made while building m, joined.
func (m *Module) Err() error { return errors.Join(m.errs...) }

// Finish ends the construction: it reports feedback registers and wires that
// were never set, registers nothing depends on, and combinational loops, then
// returns [Module.Err].
func (m *Module) Finish() error {
	if m.finished {
		return m.Err()
	}
	m.finished = true
	m.checkSet()
	if len(m.errs) == 0 {
		m.checkUsed()
	}
	if len(m.errs) == 0 {
		m.checkReset()
	}
	return m.Err()
}

var identifier = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// claim reserves a name of the printed module.
func (m *Module) claim(what, name string) {
	switch {
	case !identifier.MatchString(name) || keywords[name]:
		m.errorf("%s name %q is not a lower_snake_case Verilog identifier", what, name)
	case m.names[name]:
		m.errorf("%s %s declared twice", what, name)
	}
	m.names[name] = true
}

// errorf records a mistake at the user's line, unless the last one says the
// same.
func (m *Module) errorf(format string, args ...any) {
	if m == nil {
		return
	}
	err := fmt.Errorf("%s: module %s: %s", caller(), m.Name, fmt.Sprintf(format, args...))
	if k := len(m.errs); k == 0 || m.errs[k-1].Error() != err.Error() {
		m.errs = append(m.errs, err)
	}
}

// owns reports whether s is a signal of m, recording a mistake otherwise.
func (m *Module) owns(op string, s Sig) bool {
	switch {
	case m == nil:
		return false
	case s.n == nil:
		m.errorf("%s: operand is the zero Sig", op)
	case s.m != m:
		m.errorf("%s: operand belongs to module %s", op, s.m.Name)
	default:
		return true
	}
	return false
}

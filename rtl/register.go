package rtl

import (
	"fmt"
	"math/bits"
)

// Reg returns a delayed by one clock, reset to zero.
func (a Sig) Reg(name string) Sig { return a.reg(name, nil) }

// RegEn returns a register that loads a when en is 1 and otherwise keeps its
// value, reset to zero. en stalls the pipeline and may be of any stage.
func (a Sig) RegEn(name string, en Sig) Sig {
	a.m.wants("reg "+name, "enable", en, U(1))
	if a.m == nil || en.n == nil || en.m != a.m {
		return a
	}
	return a.reg(name, en.n)
}

func (a Sig) reg(name string, en *node) Sig {
	m := a.m
	if m == nil {
		return a
	}
	if m.strike(MissingRegister) {
		return a
	}
	if m.strike(ExtraRegister) {
		m.fault = Fault{}
		a = a.reg(name+"_extra", en)
	}
	m.claim("register", name+"_q")
	r := m.add(node{op: opReg, shape: a.Shape(), stage: a.n.stage.plus(1), args: []*node{a.n}, name: name})
	if en != nil && !m.strike(LostBeat) {
		r.n.args = append(r.n.args, en)
	}
	if r.n.shape == U(1) && m.strike(WrongReset) {
		r.n.val = 1
	}
	return r
}

// Delay returns a after n registers.
func (a Sig) Delay(name string, n int) Sig {
	for i := range n {
		a = a.Reg(fmt.Sprintf("%s_d%d", name, i+1))
	}
	return a
}

// Unstaged returns a as a signal of any stage: a setting or handshake that the
// protocol, not the pipeline, keeps valid while it is used.
func (a Sig) Unstaged() Sig {
	u := a.m.op(opFree, a.Shape(), a)
	if u.n != nil {
		u.n.stage = stage{}
	}
	return u
}

// A State is a feedback register: an accumulator, a counter, the state of a
// machine. Its value may be read before its next value is set.
type State struct{ Sig }

// State declares a feedback register with a reset value.
func (m *Module) State(name string, sh Shape, reset int64) State {
	m.claim("register", name+"_q")
	r := m.add(node{op: opReg, shape: sh, stage: stage{origin: &origin{}}, name: name})
	if !r.n.shape.Holds(reset) {
		m.errorf("register %s: reset value %d does not fit %s", name, reset, sh)
	}
	r.n.val = uint64(reset) & mask(r.n.shape.Width)
	if m.strike(WrongReset) {
		r.n.val ^= 1
	}
	return State{r}
}

// Set drives the register: from the next clock on it holds next. It is called
// once.
func (s State) Set(next Sig) {
	m, n := s.m, s.n
	switch {
	case m == nil:
		next.m.errorf("set: the State is the zero State")
		return
	case len(n.args) > 0:
		m.errorf("register %s is set twice", n.name)
		return
	case !m.owns("set "+n.name, next):
		return
	case next.Shape() != n.shape:
		m.errorf("register %s is %s, set to %s", n.name, n.shape, next.Shape())
	}
	m.join("set "+n.name, s.Sig, next)
	n.args = []*node{next.n}
}

// SetWhen drives the register with next in cycles where en is 1; it keeps its
// value otherwise.
func (s State) SetWhen(en, next Sig) {
	if s.m == nil {
		s.Set(next)
		return
	}
	s.m.wants("set "+s.n.name, "enable", en, U(1))
	if en.n == nil || en.m != s.m {
		return
	}
	s.m.join("set "+s.n.name, s.Sig, en)
	s.Set(next)
	if len(s.n.args) == 1 && !s.m.strike(StuckEnable) {
		s.n.args = append(s.n.args, en.n)
	}
}

// A Wire is a forward reference to a signal that is built later, for the
// handshakes between instances.
type Wire struct{ Sig }

// Wire declares a forward reference, of any stage.
func (m *Module) Wire(name string, sh Shape) Wire {
	m.claim("net", name)
	return Wire{m.add(node{op: opWire, shape: sh, name: name})}
}

// Set drives the wire. It is called once.
func (w Wire) Set(v Sig) {
	m, n := w.m, w.n
	switch {
	case m == nil:
		v.m.errorf("set: the Wire is the zero Wire")
	case len(n.args) > 0:
		m.errorf("wire %s is set twice", n.name)
	case !m.owns("set "+n.name, v):
	case v.Shape() != n.shape:
		m.errorf("wire %s is %s, set to %s", n.name, n.shape, v.Shape())
	default:
		n.args = []*node{v.n}
	}
}

// An Enum is a set of named values: the states of a machine, the codes of an
// operation. The names appear in the printed module as localparams.
type Enum struct {
	m     *Module
	name  string
	names []string
}

// Enum declares an enumeration; the names count from 0.
func (m *Module) Enum(name string, names ...string) *Enum {
	if len(names) == 0 {
		m.errorf("enumeration %s has no values", name)
		names = []string{"none"}
	}
	e := &Enum{m: m, name: name, names: names}
	for _, n := range names {
		m.claim("enumeration value", name+"_"+n)
	}
	m.enums = append(m.enums, e)
	return e
}

// Shape returns the narrowest unsigned shape that holds every value of e.
func (e *Enum) Shape() Shape { return U(max(1, bits.Len(uint(len(e.names)-1)))) }

func (e *Enum) value(name string) int64 {
	for i, n := range e.names {
		if n == name {
			return int64(i)
		}
	}
	e.m.errorf("enumeration %s has no value %q", e.name, name)
	return 0
}

// Const returns the named value.
func (e *Enum) Const(name string) Sig {
	c := e.m.constant(e.Shape(), e.value(name))
	if e.m.strike(WrongConstant) {
		c.n.val = (c.n.val + 1) % uint64(len(e.names))
	}
	c.n.enum = e
	return c
}

// State declares a feedback register of the enumeration, reset to the named
// value.
func (e *Enum) State(name, reset string) State {
	s := e.m.State(name, e.Shape(), e.value(reset))
	s.n.val %= uint64(len(e.names))
	s.n.enum = e
	return s
}

// Of returns a as a signal of the enumeration, for [Selection.Is].
func (e *Enum) Of(a Sig) Sig {
	e.m.wants("enumeration "+e.name, "signal", a, e.Shape())
	c := e.m.op(opFree, a.Shape(), a)
	if c.n.op == opFree {
		c.n.stage, c.n.enum = a.n.stage, e
	}
	return c
}

// Is returns whether a equals the named value of e.
func (e *Enum) Is(a Sig, name string) Sig { return a.Eq(e.Const(name)) }

// Hold returns a register that loads a in cycles where en is 1 and otherwise
// keeps its value, readable at any stage: that it is still while it is used is
// for the protocol to guarantee.
func (a Sig) Hold(name string, en Sig) Sig {
	if a.m == nil {
		return a
	}
	s := a.m.State(name, a.Shape(), 0)
	s.SetWhen(en, a)
	return s.Unstaged()
}

package rtl

import "fmt"

// A stage is the clock cycle, relative to some origin, in which a signal
// carries the data of one beat. The zero stage is free: constants, and signals
// that the designer declared with [Sig.Unstaged], join any stage.
//
// Inputs have origin m.origin. A feedback register starts with an origin of
// its own, which is tied to another the first time the two are combined.
type stage struct {
	origin *origin
	offset int
}

// An origin is a node of a weighted union-find forest.
type origin struct {
	parent *origin
	offset int // this origin lies offset cycles after parent
}

func (s stage) free() bool { return s.origin == nil }

func (s stage) plus(n int) stage {
	if s.free() {
		return s
	}
	return stage{s.origin, s.offset + n}
}

// root rewrites s against the representative of its origin.
func (s stage) root() stage {
	if s.free() {
		return s
	}
	o, off := s.origin, 0
	for o.parent != nil {
		off += o.offset
		o = o.parent
	}
	if s.origin != o {
		s.origin.parent, s.origin.offset = o, off
	}
	return stage{o, s.offset + off}
}

// unify makes a and b the same cycle, tying their origins together, and
// reports whether that is possible.
func unify(a, b stage) bool {
	if a.free() || b.free() {
		return true
	}
	a, b = a.root(), b.root()
	if a.origin == b.origin {
		return a.offset == b.offset
	}
	b.origin.parent, b.origin.offset = a.origin, a.offset-b.offset
	return true
}

func (m *Module) String() string { return fmt.Sprintf("module %s", m.Name) }

// join returns the common stage of ss, reporting operands that differ.
func (m *Module) join(op string, ss ...Sig) stage {
	var st stage
	if m == nil {
		return st
	}
	for _, s := range ss {
		switch {
		case s.n == nil || s.n.stage.free():
		case st.free():
			st = s.n.stage
		case !unify(st, s.n.stage):
			m.errorf("%s: operands arrive at cycles %d and %d; delay the earlier one",
				op, st.root().offset, s.n.stage.root().offset)
			return st
		}
	}
	return st
}

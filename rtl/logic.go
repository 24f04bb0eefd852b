package rtl

// And returns the bitwise and of a and b.
func (a Sig) And(b Sig) Sig { a.m.alike("and", a, b); return a.m.op(opAnd, a.Shape(), a, b) }

// Or returns the bitwise or of a and b.
func (a Sig) Or(b Sig) Sig { a.m.alike("or", a, b); return a.m.op(opOr, a.Shape(), a, b) }

// Xor returns the bitwise exclusive or of a and b.
func (a Sig) Xor(b Sig) Sig { a.m.alike("xor", a, b); return a.m.op(opXor, a.Shape(), a, b) }

// Not returns a with every bit inverted.
func (a Sig) Not() Sig { return a.m.op(opNot, a.Shape(), a) }

// AllOnes returns whether every bit of a is 1.
func (a Sig) AllOnes() Sig { return a.m.op(opRedAnd, U(1), a) }

// AnyOne returns whether some bit of a is 1.
func (a Sig) AnyOne() Sig { return a.m.op(opRedOr, U(1), a) }

// Parity returns the exclusive or of the bits of a.
func (a Sig) Parity() Sig { return a.m.op(opRedXor, U(1), a) }

// Bit returns bit i.
func (a Sig) Bit(i int) Sig { return a.Slice(i, i) }

// Slice returns bits hi down to lo as an unsigned signal.
func (a Sig) Slice(hi, lo int) Sig {
	if lo < 0 || hi < lo || hi >= a.Shape().Width {
		a.m.errorf("slice: [%d:%d] of %s", hi, lo, a.Shape())
		return a.m.Const(U(1), 0)
	}
	if lo == 0 && hi == a.Shape().Width-1 {
		return a.AsUnsigned()
	}
	s := a.m.op(opSlice, U(hi-lo+1), a)
	if s.n != nil && s.n.op == opSlice {
		s.n.val = uint64(lo)
		if lo > 0 && a.m.strike(ShiftedSlice) {
			s.n.val--
		}
	}
	return s
}

// Concat returns the bits of parts as one unsigned signal, the first part most
// significant.
func Concat(parts ...Sig) Sig {
	if len(parts) == 0 {
		return Sig{}
	}
	w := 0
	for _, p := range parts {
		w += p.Shape().Width
	}
	return parts[0].m.op(opConcat, U(w), parts...)
}

// ShlConst returns a*2^n, n bits wider than a.
func (a Sig) ShlConst(n int) Sig {
	if n == 0 {
		return a
	}
	s := Concat(a, a.m.Const(U(n), 0))
	if a.Shape().Signed {
		return s.AsSigned()
	}
	return s
}

// ShrConst returns floor(a/2^n), n bits narrower than a, with a's signedness.
func (a Sig) ShrConst(n int) Sig {
	if n == 0 {
		return a
	}
	s := a.Slice(a.Shape().Width-1, n)
	if a.Shape().Signed {
		return s.AsSigned()
	}
	return s
}

// Shl returns a*2^n modulo 2^w, where w is the width of a; extend a first to
// keep the bits that would leave. n is unsigned; n >= w gives 0.
func (a Sig) Shl(n Sig) Sig { return a.shift(opShl, n) }

// Shr returns floor(a/2^n) in a's shape. n is unsigned; n >= width gives 0, or
// -1 for a negative a.
func (a Sig) Shr(n Sig) Sig { return a.shift(opShr, n) }

func (a Sig) shift(op opcode, n Sig) Sig {
	if a.m.owns(op.String(), n) && n.Shape().Signed {
		a.m.errorf("%s: amount is %s, want unsigned", op, n.Shape())
	}
	return a.m.op(op, a.Shape(), a, n)
}

// Mux returns t where a is 1 and f where it is 0.
func (a Sig) Mux(t, f Sig) Sig {
	a.m.wants("mux", "select", a, U(1))
	a.m.alike("mux", t, f)
	return a.m.op(opMux, t.Shape(), a, t, f)
}

// A Selection is a multiplexer under construction; see [Switch].
type Selection struct {
	sel    Sig
	labels []uint64
	values []Sig
}

// Switch begins a multiplexer that compares sel with constants.
func Switch(sel Sig) *Selection { return &Selection{sel: sel} }

// Case adds the value taken while sel equals label.
func (s *Selection) Case(label int64, value Sig) *Selection {
	m := s.sel.m
	if m == nil {
		return s
	}
	if !s.sel.Shape().Holds(label) {
		m.errorf("switch: case %d does not fit %s", label, s.sel.Shape())
	}
	l := uint64(label) & mask(s.sel.Shape().Width)
	for _, other := range s.labels {
		if other == l {
			m.errorf("switch: case %d appears twice", label)
		}
	}
	s.labels, s.values = append(s.labels, l), append(s.values, value)
	return s
}

// Is adds the value taken while sel equals the named value of its enumeration.
func (s *Selection) Is(name string, value Sig) *Selection {
	if s.sel.n == nil {
		return s
	}
	e := s.sel.n.enum
	if e == nil {
		s.sel.m.errorf("switch: %q names a case of a signal that is no enumeration", name)
		return s
	}
	return s.Case(e.value(name), value)
}

// Else ends the multiplexer with the value of all other cases.
func (s *Selection) Else(value Sig) Sig {
	m := s.sel.m
	for _, v := range s.values {
		m.alike("switch", value, v)
	}
	out := m.op(opSwitch, value.Shape(), append([]Sig{s.sel, value}, s.values...)...)
	if out.n != nil && out.n.op == opSwitch {
		out.n.cases = s.labels
	}
	return out
}

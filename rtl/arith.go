package rtl

// Const returns a constant, which may be combined with signals of any stage.
func (m *Module) Const(sh Shape, v int64) Sig {
	if m == nil {
		return Sig{}
	}
	c := m.constant(sh, v)
	if m.strike(WrongConstant) {
		c.n.val ^= 1
	}
	return c
}

func (m *Module) constant(sh Shape, v int64) Sig {
	c := m.add(node{op: opConst, shape: sh})
	if !c.n.shape.Holds(v) {
		m.errorf("constant %d does not fit %s", v, sh)
	}
	c.n.val = uint64(v) & mask(c.n.shape.Width)
	return c
}

// Add returns a+b in full precision, one bit wider than its operands.
func (a Sig) Add(b Sig) Sig {
	a.m.alike("add", a, b)
	return a.m.op(opAdd, Shape{a.Shape().Width + 1, a.Shape().Signed}, a, b)
}

// Sub returns a-b in full precision as a signed value one bit wider.
func (a Sig) Sub(b Sig) Sig {
	a.m.alike("sub", a, b)
	return a.m.op(opSub, S(a.Shape().Width+1), a, b)
}

// AddWrap returns a+b modulo 2^width, in the operands' own shape.
func (a Sig) AddWrap(b Sig) Sig {
	a.m.alike("add", a, b)
	return a.m.op(opAdd, a.Shape(), a, b)
}

// SubWrap returns a-b modulo 2^width, in the operands' own shape.
func (a Sig) SubWrap(b Sig) Sig {
	a.m.alike("sub", a, b)
	return a.m.op(opSub, a.Shape(), a, b)
}

// Mul returns a*b in full precision: as wide as both operands together. The
// operands have the same signedness.
func (a Sig) Mul(b Sig) Sig {
	if a.m.owns("mul", b) && a.Shape().Signed != b.Shape().Signed {
		a.m.errorf("mul: operands are %s and %s, want the same signedness", a.Shape(), b.Shape())
	}
	return a.m.op(opMul, Shape{a.Shape().Width + b.Shape().Width, a.Shape().Signed}, a, b)
}

// Eq returns whether a equals b.
func (a Sig) Eq(b Sig) Sig {
	a.m.alike("eq", a, b)
	return a.m.op(opEq, U(1), a, b)
}

// Ne returns whether a differs from b.
func (a Sig) Ne(b Sig) Sig { return a.Eq(b).Not() }

// Lt returns whether a < b.
func (a Sig) Lt(b Sig) Sig {
	a.m.alike("lt", a, b)
	return a.m.op(opLt, U(1), a, b)
}

// Ge returns whether a >= b.
func (a Sig) Ge(b Sig) Sig { return a.Lt(b).Not() }

// EqConst returns whether a equals v.
func (a Sig) EqConst(v int64) Sig { return a.Eq(a.m.Const(a.Shape(), v)) }

// Extend widens a to w bits, keeping its value.
func (a Sig) Extend(w int) Sig {
	switch {
	case w < a.Shape().Width:
		a.m.errorf("extend: to %d bits narrows %s", w, a.Shape())
		return a
	case w == a.Shape().Width:
		return a
	}
	return a.m.op(opExtend, Shape{w, a.Shape().Signed}, a)
}

// Wrap returns the low w bits of a with a's signedness: a modulo 2^w.
func (a Sig) Wrap(w int) Sig {
	switch {
	case w > a.Shape().Width:
		a.m.errorf("wrap: to %d bits widens %s", w, a.Shape())
		return a
	case w == a.Shape().Width:
		return a
	}
	return a.m.op(opWrap, Shape{w, a.Shape().Signed}, a)
}

// Saturate returns a clamped to the range of w bits of a's signedness.
func (a Sig) Saturate(w int) Sig {
	switch {
	case w > a.Shape().Width:
		a.m.errorf("saturate: to %d bits widens %s", w, a.Shape())
		return a
	case w == a.Shape().Width:
		return a
	}
	return a.m.op(opSat, Shape{w, a.Shape().Signed}, a)
}

// AsSigned returns a's bits read as two's complement.
func (a Sig) AsSigned() Sig {
	if a.Shape().Signed {
		return a
	}
	return a.m.op(opCast, S(a.Shape().Width), a)
}

// AsUnsigned returns a's bits read as an unsigned number.
func (a Sig) AsUnsigned() Sig {
	if !a.Shape().Signed {
		return a
	}
	return a.m.op(opCast, U(a.Shape().Width), a)
}

// ToSigned returns the value of an unsigned a as a signed number one bit wider.
func (a Sig) ToSigned() Sig {
	if a.Shape().Signed {
		return a
	}
	return a.Extend(a.Shape().Width + 1).AsSigned()
}

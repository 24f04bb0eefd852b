package barrett

import (
	"fmt"

	"lockstep/hecross/multiply"
	"lockstep/rtl"
	"lockstep/rtl/unit"
)

func (c Config) rtl(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
	reg := func(name string, s rtl.Sig) rtl.Sig { return s.Reg(name) }
	mod := c.Modulus(b.Module, in[1:])
	c.RequireModulus(b.Module, b.Valid(0), mod)
	c.RequireOperand(b.Module, b.Valid(0), in[0][0], mod)
	r := NewReducer(b.Module, c, reg, "", mod)
	lazy := r.Lazy("", in[0][0].Wrap(2*c.Bits))
	b.Require(r.InRange(lazy).Or(b.Valid(c.LazyRegisters()).Not()), "the remainder is below 2*q before it is corrected")
	return [][]rtl.Sig{{r.Correct("r", lazy)}}
}

// lower returns the bits of the operand in the first product; the rest, if any,
// is in the second.
func (c Config) lower() int {
	if c.cut != 0 {
		return c.cut
	}
	return min(2*c.Bits, 32)
}

// shiftRegisters is 1 if operands are shifted, on the way in and back.
func (c Config) shiftRegisters() int { return min(c.Narrower, 1) }

// productRegisters is the number from the operand to both products with m.
func (c Config) productRegisters() int {
	m := c.Bits + 1
	n := multiply.Registers(c.lower(), m, c.lower()+m)
	if rest := 2*c.Bits - c.lower(); rest > 0 {
		n = max(n, multiply.Registers(rest, m, rest+m))
	}
	return n
}

// quotientRegisters is the number from the operand to the quotient.
func (c Config) quotientRegisters() int {
	n := c.productRegisters()
	if c.lower() < 2*c.Bits {
		n++ // their sum
	}
	return n
}

// multipleRegisters is the number from the quotient to its product with q.
func (c Config) multipleRegisters() int { return multiply.Registers(c.Bits+1, c.Bits, c.Bits+1) }

// LazyRegisters is the number of registers from the operand of Lazy to its
// result.
func (c Config) LazyRegisters() int {
	return 2*c.shiftRegisters() + c.quotientRegisters() + c.multipleRegisters() + 1
}

// Registers is the number of registers from the operand to the canonical residue.
func (c Config) Registers() int { return c.LazyRegisters() + 1 }

// A line is a signal with as many registers behind it as anyone needs; a
// constant needs none.
type line struct {
	reg  func(string, rtl.Sig) rtl.Sig
	name string
	sigs []rtl.Sig
	held bool
}

// at returns the signal k registers later.
func (l *line) at(k int) rtl.Sig {
	if l.held {
		return l.sigs[0]
	}
	for i := len(l.sigs); i <= k; i++ {
		l.sigs = append(l.sigs, l.reg(fmt.Sprintf("%s_d%d", l.name, i), l.sigs[i-1]))
	}
	return l.sigs[k]
}

// A Reducer is the structure that reduces modulo one modulus, for any number of
// operands at once, which share the registers of the modulus.
type Reducer struct {
	c                   Config
	reg                 func(string, rtl.Sig) rtl.Sig
	q, m, shift, normal *line
}

// NewReducer returns the structure for c.
//
//	mod     at the stage of the operands, and taken together with them: a
//	        modulus may change from one operand to the next
//	reg     makes a pipeline register: Sig.Reg, or Pipe.Reg where it can stall
//	prefix  begins the names of the registers of the modulus
func NewReducer(m *rtl.Module, c Config, reg func(string, rtl.Sig) rtl.Sig, prefix string, mod Modulus) *Reducer {
	r := &Reducer{c: c, reg: reg}
	begin := func(name string, s rtl.Sig) *line {
		return &line{reg: reg, name: prefix + name, sigs: []rtl.Sig{s}, held: c.Q != 0}
	}
	r.q, r.m = begin("q", mod.Q), begin("m", mod.M)
	r.normal = r.q
	if c.Narrower > 0 {
		r.shift = begin("shift", mod.Shift)
		r.normal = begin("normal", reg(prefix+"normal", c.normal(mod)))
	}
	return r
}

// Q returns the modulus, k registers later.
func (r *Reducer) Q(k int) rtl.Sig { return r.q.at(k) }

// Lazy returns a number congruent to z, LazyRegisters registers later.
//
//	z       u(2*Bits), below 2^(2*Bits-Shift)
//	result  u(Bits+1), below 2*q
//	prefix  begins the names of the registers
func (r *Reducer) Lazy(prefix string, z rtl.Sig) rtl.Sig {
	c := r.c
	at := c.shiftRegisters() // registers so far
	if at > 0 {
		z = r.reg(prefix+"z_normal", z.Shl(r.shift.at(0)))
	}
	low := line{reg: r.reg, name: prefix + "z_low", sigs: []rtl.Sig{z.Wrap(c.Bits + 1)}}
	t := r.quotient(prefix, z, r.m.at(at))
	at += c.quotientRegisters()

	// 0 <= z - t*q < 2*q: the low Bits+1 bits are enough.
	multiple := multiply.Build(r.reg, prefix+"multiple", t, r.normal.at(c.quotientRegisters()), c.Bits+1)
	rest := low.at(c.quotientRegisters() + c.multipleRegisters()).SubWrap(multiple)
	at += c.multipleRegisters()
	if c.Narrower == 0 {
		return r.reg(prefix+"lazy", rest)
	}
	rest = r.reg(prefix+"lazy_normal", rest)
	return r.reg(prefix+"lazy", rest.Shr(r.shift.at(at+1)))
}

// quotient returns floor(z*m / 2^(2*Bits)), from the two parts of z.
func (r *Reducer) quotient(prefix string, z, m rtl.Sig) rtl.Sig {
	c, s, w := r.c, 2*r.c.Bits, r.c.lower()
	lower := multiply.Build(r.reg, prefix+"lower", z.Slice(w-1, 0), m, w+m.Shape().Width)
	if w == s {
		return lower.ShrConst(w).Named(prefix + "quotient")
	}
	upper := multiply.Build(r.reg, prefix+"upper", z.Slice(s-1, w), m, s-w+m.Shape().Width)
	l := line{reg: r.reg, name: prefix + "lower", sigs: []rtl.Sig{lower.ShrConst(w)}}
	u := line{reg: r.reg, name: prefix + "upper", sigs: []rtl.Sig{upper}}
	n := m.Shape().Width
	l0 := l.at(c.productRegisters() - multiply.Registers(w, n, w+n))
	u0 := u.at(c.productRegisters() - multiply.Registers(s-w, n, s-w+n))
	sum := u0.AddWrap(l0.Extend(u0.Shape().Width)) // floor(z*m / 2^w): fits
	return r.reg(prefix+"quotient", sum.ShrConst(s-w))
}

// InRange returns whether lazy, LazyRegisters after the operands, is below 2*q.
func (r *Reducer) InRange(lazy rtl.Sig) rtl.Sig {
	return lazy.Lt(r.Q(r.c.LazyRegisters()).ShlConst(1))
}

// Correct returns the canonical residue of lazy, one register later.
//
//	lazy    u(Bits+1), below 2*q, LazyRegisters after the operands
//	result  u(Bits), below q
//	name    of the register
func (r *Reducer) Correct(name string, lazy rtl.Sig) rtl.Sig {
	n := r.c.Bits
	less := lazy.SubWrap(r.Q(r.c.LazyRegisters()).Extend(n + 1)).Named(name + "_less_q") // above -2^n and below 2^n
	return r.reg(name, less.Bit(n).Mux(lazy, less).Wrap(n))
}

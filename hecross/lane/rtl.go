package lane

import (
	"fmt"

	"lockstep/hecross/barrett"
	"lockstep/hecross/multiply"
	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// productRegisters is the number of registers from the operands to a*b.
func (c Config) productRegisters() int {
	n := c.Reduce.Bits
	return multiply.Registers(n, n, 2*n)
}

// Registers is the number of registers from the operands to the result of every
// operation.
func (c Config) Registers() int { return c.productRegisters() + c.Reduce.Registers() }

func (c Config) rtl(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
	reg := func(name string, s rtl.Sig) rtl.Sig { return s.Reg(name) }
	ops := b.Enum("op", names[:]...)
	mod := c.Reduce.Modulus(b.Module, in[4:])
	c.Reduce.RequireModulus(b.Module, b.Valid(0), mod)
	v := &vector{Config: c, b: b, reg: reg, ops: ops, op: ops.Of(in[0][0]), q: mod.Q}
	last := c.productRegisters() + c.Reduce.LazyRegisters()
	v.multiplies = ops.Is(v.op, "mul").Delay("multiplies", last)
	v.r = barrett.NewReducer(b.Module, c.Reduce, reg, "", v.later(mod))
	out := make([]rtl.Sig, c.Lanes)
	for l := range out {
		out[l] = v.lane(l, in[1][l], in[2][l], in[3][l])
	}
	return [][]rtl.Sig{out}
}

// A vector is what the lanes share.
type vector struct {
	Config
	b          *unit.Builder
	reg        func(string, rtl.Sig) rtl.Sig
	ops        *rtl.Enum
	op         rtl.Sig // with the operands
	q          rtl.Sig // with the operands
	multiplies rtl.Sig // with the lazy results
	r          *barrett.Reducer
}

// later returns the modulus when the products are there.
func (v *vector) later(mod barrett.Modulus) barrett.Modulus {
	if v.Reduce.Q != 0 {
		return mod
	}
	n := v.productRegisters()
	mod.Q, mod.M = mod.Q.Delay("product_q", n), mod.M.Delay("product_m", n)
	if v.Reduce.Narrower > 0 {
		mod.Shift = mod.Shift.Delay("product_shift", n)
	}
	return mod
}

// lane computes one lane. Every operation ends in a number below 2q that is
// corrected in the same way.
func (v *vector) lane(l int, a, b, mask rtl.Sig) rtl.Sig {
	prefix := fmt.Sprintf("lane%d_", l)
	invalid := v.b.Valid(0).Not()
	v.b.Require(a.Lt(v.q).Or(invalid), "a of lane %d is below q", l)
	v.b.Require(b.Lt(v.q).Or(invalid), "b of lane %d is below q", l)

	n := v.Reduce.Bits
	difference := a.Extend(n + 1).AddWrap(v.q.Extend(n + 1)).SubWrap(b.Extend(n + 1)) // above 0 and below 2q
	simple := rtl.Switch(v.op).
		Is("add", a.Add(b)).
		Is("sub", difference).
		Else(mask.Mux(a, b).Extend(n + 1))
	simple = simple.Delay(prefix+"simple", v.productRegisters()+v.Reduce.LazyRegisters())

	product := multiply.Build(v.reg, prefix+"product", a, b, 2*n)
	lazy := v.multiplies.Mux(v.r.Lazy(prefix, product), simple)
	return v.r.Correct(fmt.Sprintf("y%d", l), lazy)
}

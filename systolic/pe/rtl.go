package pe

import (
	"lockstep/rtl"
	"lockstep/systolic"
)

// Module returns the element as a module of its own, to be placed by
// [rtl.Module.Grid]: an input advance, then the ports of the unit. load, drain
// and, for os, sum are unstaged: they do not travel with the operands. For a c
// that is not valid, [rtl.Module.Finish] of the result gives an error.
func Module(c Config) *rtl.Module {
	m := rtl.New("pe_"+c.String(), c.doc())
	advance := m.InUnstaged(rtl.Port{Name: "advance", Shape: rtl.U(1), Lanes: 1, Doc: "registers move"})[0]
	var in [][]rtl.Sig
	for _, p := range c.in() {
		if p.Name == "load" || p.Name == "drain" || p.Name == "sum" && c.Dataflow == systolic.OutputStationary {
			in = append(in, m.InUnstaged(p))
		} else {
			in = append(in, m.In(p))
		}
	}
	for k, lanes := range c.structure(m, advance, in) {
		m.Out(c.out()[k], lanes)
	}
	return m
}

// structure builds either element; in and the result are in the order of the
// ports.
func (c Config) structure(m *rtl.Module, advance rtl.Sig, in [][]rtl.Sig) [][]rtl.Sig {
	first, second, x, w, sum := in[0][0].Unstaged(), in[1][0], in[2][0], in[3][0], in[4][0]
	build := stationary
	if c.Dataflow == systolic.OutputStationary {
		build = output
	}
	below, result := build(c, m, advance, first, second, x, w, sum)
	names := c.in()
	return [][]rtl.Sig{
		{first.RegEn(names[0].Name, advance)},
		{second.RegEn(names[1].Name, advance)},
		{x.RegEn("x", advance)}, {below}, {result},
	}
}

// stationary holds w twice: shadow is shifted in from above while active
// computes. A swap is in time for the x that it comes with, and shadow may be
// loaded anew in that very cycle.
func stationary(c Config, m *rtl.Module, advance, load, swap, x, w, sum rtl.Sig) (below, result rtl.Sig) {
	shadow := w.RegEn("shadow", advance.And(load).Named("shift"))
	active := m.State("active", w.Shape(), 0)
	factor := swap.Mux(shadow.Unstaged(), active.Sig).Named("factor")
	active.SetWhen(advance, factor)
	return shadow, c.accumulate(m, sum, x, factor).RegEn("sum", advance)
}

// output adds in place. The finished sum has a register of its own, in which it
// is shifted down while the next one grows.
func output(c Config, m *rtl.Module, advance, drain, last, x, w, sum rtl.Sig) (below, result rtl.Sig) {
	growing := m.State("growing", rtl.S(SumBits), 0)
	total := c.accumulate(m, growing.Sig, x, w)
	growing.SetWhen(advance, last.Mux(m.Const(total.Shape(), 0), total))
	finished := last.Mux(total, sum.Unstaged()).RegEn("finished", advance.And(last.Or(drain).Unstaged()))
	return w.RegEn("w", advance), finished
}

// accumulate returns sum + x*w modulo 2^32.
func (c Config) accumulate(m *rtl.Module, sum, x, w rtl.Sig) rtl.Sig {
	switch {
	case c.W == systolic.Ternary:
		return addSigned(m, sum, w, x)
	case c.X == systolic.Ternary:
		return addSigned(m, sum, x, w)
	case c.X != c.W:
		x, w = x.ToSigned(), w.ToSigned()
	}
	return sum.AddWrap(x.Mul(w).Named("product").Extend(SumBits).AsSigned()).Named("total")
}

// addSigned returns sum + v, sum or sum - v by the trit, without a multiplier.
// The 1 of -v = ^v + 1 is the carry-in of the one adder, for which both
// operands get a bit below.
func addSigned(m *rtl.Module, sum, trit, v rtl.Sig) rtl.Sig {
	v = v.ToSigned()
	minus := trit.AllOnes().Named("minus")
	term := trit.Bit(0).Mux(minus.Mux(v.Not(), v), m.Const(v.Shape(), 0)).Named("term")
	left := rtl.Concat(sum, m.Const(rtl.U(1), 1))
	right := rtl.Concat(term.Extend(SumBits), minus)
	return left.AddWrap(right).Named("total_carry").Slice(SumBits, 1).AsSigned()
}

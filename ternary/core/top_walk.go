package core

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/ternary/isa"
)

// A walk is the sequencer of the vector units behind one pair of operand
// ports. It holds one instruction for its beats and reads both operands, a word
// per cycle; a word of a register that is still being written is read when it
// is there.
type walk struct {
	t       *top
	port    int
	units   []isa.Unit
	take    rtl.Sig // an instruction of its units issues
	step    rtl.Sig // a word is read
	last    rtl.Sig // of the words, the last one
	free    rtl.Sig // it can take an instruction
	word    rtl.Sig
	op      rtl.Sig // of the words that arrive, like the following
	arrives rtl.Sig
	ends    rtl.Sig     // with the last
	a, b    [][]rtl.Sig // operands by lane, a with 0 beyond the vector
	held    map[string]rtl.Sig
	tags    map[string]rtl.Sig
}

// ops are the operations of the units of w.
func (w *walk) ops() (ops []isa.Op) {
	for op := isa.LDV; op <= isa.ARGMAX; op++ {
		for _, u := range w.units {
			if op.Unit() == u {
				ops = append(ops, op)
			}
		}
	}
	return ops
}

// walk places the sequencer of operand port p.
func (t *top) walk(p int) *walk {
	m := t.m
	w := &walk{t: t, port: p, held: map[string]rtl.Sig{}, tags: map[string]rtl.Sig{}}
	for _, u := range []isa.Unit{isa.RowWise, isa.Quantiser, isa.Norm, isa.Search} {
		if t.c.port(u) == p {
			w.units = append(w.units, u)
		}
	}
	w.take = t.fire.And(t.is(w.ops()...)).Named(w.name("take"))
	on, word := m.State(w.name("on"), rtl.U(1), 0), m.State(w.name("word"), t.countShape(), 0)
	left := m.State(w.name("left"), t.in.n.Shape(), 0)
	w.word = word.Unstaged()
	w.last = left.Lt(m.Const(left.Shape(), int64(t.c.VP+1))).Unstaged()
	waits := w.waits(t.in.a, "a", t.readsA()).Or(w.waits(t.in.b, "b", t.readsB()))
	w.step = on.Unstaged().And(waits.Not()).Named(w.name("step"))
	ends := w.step.And(w.last)
	w.free = on.Unstaged().Not().Or(ends).Named(w.name("free"))
	on.Set(w.take.Mux(t.one(), on.And(ends.Not())))
	word.Set(w.take.Mux(t.zero(word.Shape()), word.AddWrap(fit(w.step, word.Shape()))))
	left.Set(w.take.Mux(t.in.n, w.step.Mux(left.SubWrap(m.Const(left.Shape(), int64(t.c.VP))), left.Sig)))

	w.arrives, w.ends = w.tag("on", w.step), w.tag("end", ends)
	if len(w.ops()) > 1 {
		w.op = w.carry("op", t.in.op)
	}
	remain := w.tag("left", left.Unstaged())
	for _, l := range t.lanes {
		a := l.read(w.step, w.keep("a", t.in.a), w.word)
		for e, x := range a {
			a[e] = remain.Lt(m.Const(remain.Shape(), int64(e+1))).Mux(t.zero(x.Shape()), x)
		}
		w.a, w.b = append(w.a, a), append(w.b, l.read(w.step, w.keep("b", t.in.b), w.word))
	}
	reads := w.keep("reads", t.mask(t.one(), t.in.a, t.readsB(), t.in.b, t.is(isa.NORM, isa.QUANT), t.zero(rtl.U(1))))
	t.release(ends, reads, t.noMask(), false)
	return w
}

func (w *walk) name(s string) string { return fmt.Sprintf("walk%d_%s", w.port, s) }

// keep returns a field of the instruction from the cycle after its issue on.
func (w *walk) keep(name string, s rtl.Sig) rtl.Sig {
	if _, ok := w.held[name]; !ok {
		w.held[name] = s.Unstaged().Hold(w.name(name), w.take)
	}
	return w.held[name]
}

// tag returns a signal of the sequencer with the words that arrive.
func (w *walk) tag(name string, s rtl.Sig) rtl.Sig {
	if _, ok := w.tags[name]; !ok {
		w.tags[name] = w.t.late(w.name(name), s, readLatency)
	}
	return w.tags[name]
}

// carry returns a field of the instruction with the words that arrive.
func (w *walk) carry(name string, s rtl.Sig) rtl.Sig { return w.tag(name, w.keep(name, s)) }

// is returns whether a word for one of the operations arrives.
func (w *walk) is(ops ...isa.Op) rtl.Sig {
	if len(w.ops()) == 1 {
		return w.arrives
	}
	return w.arrives.And(isOneOf(w.t.m, w.op, ops...))
}

// waits returns whether the present word of an operand is still to be written:
// by an instruction that was writing the register when this one issued.
func (w *walk) waits(register rtl.Sig, operand string, used rtl.Sig) rtl.Sig {
	t := w.t
	at := func(r rtl.Sig, of func(int) rtl.Sig) rtl.Sig {
		choice := rtl.Switch(r)
		for k := 1; k < t.c.VectorRegisters; k++ {
			choice.Case(int64(k), of(k))
		}
		return choice.Else(of(0))
	}
	writing := func(k int) rtl.Sig { return t.writing[k].Sig }
	chained := w.keep("chained_"+operand, used.And(at(register, writing)))
	r := w.keep(operand, register)
	missing := w.word.Ge(at(r, func(k int) rtl.Sig { return t.written[k].Unstaged() }))
	return chained.And(at(r, writing)).And(missing).Named(w.name("waits_" + operand))
}

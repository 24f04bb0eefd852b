package core

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary/isa"
	"lockstep/ternary/issue"
	"lockstep/ternary/vregs"
)

// A scalarRegister holds the three scales of a norm pass.
type scalarRegister struct{ normMant, normExp, quantMant, quantExp, rescaleMant, rescaleExp rtl.State }

func (t *top) scalarRegisters() {
	for r := range t.c.ScalarRegisters {
		state := func(name string, sh rtl.Shape) rtl.State { return t.m.State(fmt.Sprintf("s%d_%s", r, name), sh, 0) }
		t.scalars = append(t.scalars, scalarRegister{
			state("norm_mant", rtl.U(16)), state("norm_exp", rtl.S(10)), state("quant_mant", rtl.U(16)), state("quant_exp", rtl.S(10)),
			state("rescale_mant", rtl.U(16)), state("rescale_exp", rtl.S(10))})
	}
}

// scalar returns one field of the scalar register that the head names.
func (t *top) scalar(field func(scalarRegister) rtl.State) rtl.Sig {
	choice := rtl.Switch(t.in.s)
	for r, s := range t.scalars[1:] {
		choice.Case(int64(r+1), field(s).Unstaged())
	}
	return choice.Else(field(t.scalars[0]).Unstaged())
}

func (t *top) wordShape() rtl.Shape     { return rtl.U(bits.Len(uint(t.words - 1))) }
func (t *top) registerShape() rtl.Shape { return rtl.U(bits.Len(uint(t.c.VectorRegisters - 1))) }
func (t *top) elementShape() rtl.Shape  { return rtl.S(t.numbers.Vector.Width) }

// readPort declares what a read port of the vector registers returns, two
// cycles after it is asked.
func (t *top) readPort(p int) {
	lanes := make([]rtl.Wire, t.c.VP)
	for l := range lanes {
		lanes[l] = t.m.Wire(fmt.Sprintf("read%d_%d", p, l), t.elementShape())
	}
	t.readOut = append(t.readOut, lanes)
}

func (t *top) read(p int) []rtl.Sig {
	lanes := make([]rtl.Sig, t.c.VP)
	for l, w := range t.readOut[p] {
		lanes[l] = w.Sig
	}
	return lanes
}

// readLatency is the latency of a read port of the vector registers.
const readLatency = 2

// late returns a after n cycles.
func (t *top) late(name string, a rtl.Sig, n int) rtl.Sig { return a.Unstaged().Delay(name, n) }

// registerFile places the vector registers behind the ports that were asked
// for.
func (t *top) registerFile() {
	c := vregs.Config{Registers: t.c.VectorRegisters, Words: t.words, Lanes: t.c.VP, Width: t.numbers.Vector.Width,
		ReadPorts: len(t.reads), WritePorts: len(t.writes)}
	for p, lanes := range vregs.Build(t.m, c, t.writes, t.reads) {
		for l, s := range lanes {
			t.readOut[p][l].Set(s.Unstaged())
		}
	}
}

// release gives registers back and, if ends is set, ends an instruction.
func (t *top) release(when, reads, writes rtl.Sig, ends bool) {
	t.done = append(t.done, issue.Release{Valid: when.Unstaged(), Reads: reads.Unstaged(), Writes: writes.Unstaged()})
	if ends {
		t.ends = append(t.ends, when.Unstaged())
	}
}

// onehot returns the scoreboard mask with the entry base+index set.
func (t *top) onehot(index rtl.Sig, base, count int) rtl.Sig {
	lanes := make([]rtl.Sig, t.registers())
	for r := range lanes {
		lanes[r] = t.zero(rtl.U(1))
		if r >= base && r < base+count {
			lanes[r] = index.EqConst(int64(r - base))
		}
	}
	return concatLow(lanes)
}

func (t *top) vectorMask(register rtl.Sig) rtl.Sig {
	return t.onehot(register.Unstaged(), 0, t.c.VectorRegisters)
}
func (t *top) scalarMask(register rtl.Sig) rtl.Sig {
	return t.onehot(register.Unstaged(), t.c.VectorRegisters, t.c.ScalarRegisters)
}
func (t *top) bufferMask(buffer rtl.Sig) rtl.Sig {
	return t.onehot(buffer.Unstaged(), t.c.VectorRegisters+t.c.ScalarRegisters, t.c.OperandBuffers)
}
func (t *top) noMask() rtl.Sig { return t.zero(rtl.U(t.registers())) }

// A walk is the sequencer of the vector units: it holds one instruction for
// its beats and reads both operands, a word per cycle.
type walk struct {
	on, last                     rtl.Sig // a word is read, the last one
	word                         rtl.Sig
	op, d, s, q, mant, exp, left rtl.Sig
}

// vector places RMS, QUANT and ROWWISE behind one pair of operand ports.
func (t *top) vector(us map[isa.Unit]*unit.Unit, ready []rtl.Sig) error {
	m := t.m
	w, free := t.walk()
	ready[atQuant], ready[atRowWise] = free, free
	tag := func(name string, s rtl.Sig) rtl.Sig { return t.late("walk_"+name, s, readLatency) }
	arrives, last := tag("on", w.on), tag("last", w.on.And(w.last))
	op, left := tag("op", w.op), tag("left", w.left)
	a, b := make([]rtl.Sig, t.c.VP), t.read(1)
	for l, x := range t.read(0) {
		a[l] = left.Lt(m.Const(left.Shape(), int64(l+1))).Mux(t.zero(x.Shape()), x) // beyond the vector
	}
	word, d := tag("word", w.word), tag("d", w.d)
	isOp := func(ops ...isa.Op) rtl.Sig {
		hit := t.zero(rtl.U(1))
		for _, o := range ops {
			hit = hit.Or(op.EqConst(int64(o)))
		}
		return hit.And(arrives)
	}
	if err := t.rowwise(us[isa.RowWise], isOp(isa.ADD, isa.SUB, isa.MUL, isa.SIG, isa.CSIG, isa.SILU), op, a, b, word, d, last); err != nil {
		return err
	}
	q := quantiser{isOp(isa.NORM, isa.QUANT), isOp(isa.NORM), a, b, word, d, tag("q", w.q), tag("mant", w.mant), tag("exp", w.exp), last}
	if err := t.quant(us[isa.Quantiser], q); err != nil {
		return err
	}
	return t.rms(us[isa.Norm], ready, free, isOp(isa.RMS), a, b, last, tag("s", w.s))
}

// walk places the sequencer; free says that it can take an instruction.
func (t *top) walk() (walk, rtl.Sig) {
	m := t.m
	on, word := m.State("walk_on", rtl.U(1), 0), m.State("walk_word", t.wordShape(), 0)
	left := m.State("walk_left", t.in.n.Shape(), 0)
	last := left.Lt(m.Const(left.Shape(), int64(t.c.VP+1))).Unstaged()
	free := on.Unstaged().Not().Or(last).Named("walk_free")
	take := t.fire.And(t.is(isa.LDV, isa.STV, isa.TMATMUL).Not()).Named("walk_take")
	hold := func(name string, s rtl.Sig) rtl.Sig { return s.Unstaged().Hold("walking_"+name, take) }
	on.Set(take.Mux(t.one(), on.And(last.Not())))
	word.Set(take.Mux(t.zero(word.Shape()), word.AddWrap(m.Const(word.Shape(), 1))))
	left.Set(take.Mux(t.in.n, left.SubWrap(m.Const(left.Shape(), int64(t.c.VP)))))
	isNorm := t.is(isa.NORM)
	mant := isNorm.Mux(t.scalar(func(s scalarRegister) rtl.State { return s.normMant }), t.scalar(func(s scalarRegister) rtl.State { return s.quantMant }))
	exp := isNorm.Mux(t.scalar(func(s scalarRegister) rtl.State { return s.normExp }), t.scalar(func(s scalarRegister) rtl.State { return s.quantExp }))
	w := walk{on.Unstaged(), last, word.Unstaged(), hold("op", t.in.op), hold("d", t.in.d), hold("s", t.in.s), hold("q", t.in.q),
		hold("mant", mant), hold("exp", exp), left.Unstaged()}
	for _, r := range []rtl.Sig{hold("a", t.in.a), hold("b", t.in.b)} {
		t.reads = append(t.reads, vregs.Read{En: w.on, Register: r.Wrap(t.registerShape().Width), Word: w.word})
	}
	usesS := t.is(isa.NORM, isa.QUANT)
	reads := hold("reads", t.mask(t.one(), t.in.a, t.readsB(), t.in.b, usesS, t.zero(rtl.U(1))))
	t.release(w.on.And(last), reads, t.noMask(), false)
	return w, free
}

func (t *top) rowwise(u *unit.Unit, valid, op rtl.Sig, a, b []rtl.Sig, word, d, last rtl.Sig) error {
	blk, err := t.place("rowwise", u)
	if err != nil {
		return err
	}
	code := op.SubWrap(t.m.Const(op.Shape(), int64(isa.ADD)))
	blk.in("valid", valid)
	blk.in("op", code.Wrap(blk.ins["op"][0].Shape().Width))
	blk.in("a", a...)
	blk.in("b", b...)
	n := blk.sub.Latency()
	to := t.late("rowwise_d", d, n)
	t.writes = append(t.writes, vregs.Write{En: blk.out("valid")[0], Register: to.Wrap(t.registerShape().Width),
		Word: t.late("rowwise_word", word, n), Data: blk.out("y")})
	t.release(t.late("rowwise_last", valid.And(last), n), t.noMask(), t.vectorMask(to), true)
	return nil
}

// A quantiser is what reaches QUANT with one word.
type quantiser struct {
	valid, norm                  rtl.Sig
	a, b                         []rtl.Sig
	word, d, q, mant, exp, final rtl.Sig
}

func (t *top) quant(u *unit.Unit, in quantiser) error {
	blk, err := t.place("quant", u)
	if err != nil {
		return err
	}
	blk.in("valid", in.valid)
	blk.in("x", in.a...)
	blk.in("w", t.weights(in.b)...)
	blk.in("mant", in.mant)
	blk.in("exp", in.exp)
	blk.in("norm", in.norm)
	n := blk.sub.Latency()
	tag := func(name string, s rtl.Sig) rtl.Sig { return t.late("quant_"+name, s, n) }
	norm, word, to, last := tag("norm", in.norm), tag("word", in.word), tag("d", in.d), tag("last", in.valid.And(in.final))
	valid := blk.out("valid")[0]
	t.writes = append(t.writes, vregs.Write{En: valid.And(norm), Register: to.Wrap(t.registerShape().Width), Word: word, Data: blk.out("y")})
	buffer := tag("q", in.q)
	t.buffer(valid.And(norm.Not()), last, word, buffer, blk.out("y"))
	t.release(last.And(norm), t.noMask(), t.vectorMask(to), true)
	t.release(last.And(norm.Not()), t.noMask(), t.bufferMask(buffer), true)
	return nil
}

// weights returns register lanes as norm weights.
func (t *top) weights(lanes []rtl.Sig) []rtl.Sig {
	out := make([]rtl.Sig, len(lanes))
	for l, s := range lanes {
		out[l] = s.Wrap(t.numbers.Weight.Width)
	}
	return out
}

func (t *top) rms(u *unit.Unit, ready []rtl.Sig, free, valid rtl.Sig, a, b []rtl.Sig, last, s rtl.Sig) error {
	blk, err := t.place("rms", u)
	if err != nil {
		return err
	}
	m := t.m
	ready[atRMS] = free.And(blk.out("cmd_ready")[0])
	blk.in("cmd_valid", t.fire.And(t.is(isa.RMS)))
	vp := int64(t.c.VP)
	count := t.in.n.AddWrap(m.Const(t.in.n.Shape(), vp-1)).ShrConst(bits.Len(uint(vp)) - 1)
	blk.in("cmd_beats", fit(count, rtl.U(16)))
	blk.in("cmd_eps", fit(t.in.eps, blk.ins["cmd_eps"][0].Shape()))
	blk.in("cmd_out_mant", t.in.mant)
	blk.in("cmd_out_exp", t.in.exp)
	blk.in("x_valid", valid)
	blk.in("x_value", a...)
	blk.in("x_weight", t.weights(b)...)
	m.Require(valid.And(blk.out("x_ready")[0].Not()).Not(), "the norm pass takes every word")
	blk.in("s_ready", t.one())
	arrives := blk.out("s_valid")[0]
	to := t.late("rms_s", s, blk.sub.Latency())
	m.Require(arrives.Eq(t.late("rms_last", valid.And(last), blk.sub.Latency())), "scales come when the norm pass says")
	for r, reg := range t.scalars {
		en := arrives.And(to.EqConst(int64(r)))
		for name, state := range map[string]rtl.State{"norm_mant": reg.normMant, "norm_exp": reg.normExp, "quant_mant": reg.quantMant,
			"quant_exp": reg.quantExp, "rescale_mant": reg.rescaleMant, "rescale_exp": reg.rescaleExp} {
			state.SetWhen(en, blk.out("s_" + name)[0])
		}
	}
	t.release(arrives, t.noMask(), t.scalarMask(to), true)
	return nil
}

// fit widens or wraps an unsigned signal.
func fit(s rtl.Sig, sh rtl.Shape) rtl.Sig {
	if s.Shape().Width > sh.Width {
		return s.Wrap(sh.Width)
	}
	return s.Extend(sh.Width)
}

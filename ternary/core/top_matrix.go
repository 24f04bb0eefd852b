package core

import (
	"math/bits"

	"lockstep/rtl"
	"lockstep/ternary/isa"
)

// operands is the memory of the operand buffers of a lane: words of TP
// activations.
type operands struct {
	mem   *rtl.Mem
	shape rtl.Shape // of an address
}

// buffer gathers the words of VP activations that QUANT delivers into words of
// TP and writes them to an operand buffer; what the last word lacks is 0.
func (l *lane) buffer(valid, last, word, buffer rtl.Sig, y []rtl.Sig) {
	t := l.t
	m, vp := t.m, t.c.VP
	slots := t.c.TP / vp
	mem := m.Mem(l.name("operands"), t.operandWords(), rtl.S(8), t.c.TP)
	l.operands = operands{mem, mem.AddrShape()}
	slotBits := bits.Len(uint(slots)) - 1
	slot := t.zero(rtl.U(1))
	if slotBits > 0 {
		slot = fit(word, rtl.U(slotBits))
	}
	lanes := make([]rtl.Sig, 0, t.c.TP)
	for s := range slots {
		here := slot.EqConst(int64(s))
		for e := range vp {
			q := y[e].Wrap(8)
			value := here.Mux(q, t.zero(q.Shape()))
			if s < slots-1 {
				kept := q.Hold(l.name("gather%d_%d", s, e), valid.And(here))
				before := m.Const(slot.Shape(), int64(s)).Lt(slot) // this slot was filled by an earlier word
				value = before.Mux(kept, value)
			}
			lanes = append(lanes, value)
		}
	}
	full := slot.EqConst(int64(slots - 1)).Or(last)
	mem.Write(valid.And(full), l.operandAddress(buffer, fit(word, rtl.U(32)).ShrConst(slotBits)), lanes)
}

// operandWords is the depth of the operand memory: a power of two per buffer.
func (t *top) operandWords() int { return t.c.OperandBuffers << t.operandBits() }

func (t *top) operandBits() int { return bits.Len(uint(t.beats - 1)) }

func (l *lane) operandAddress(buffer, word rtl.Sig) rtl.Sig {
	low := fit(word, rtl.U(l.t.operandBits()))
	return fit(rtl.Concat(buffer, low), l.operands.shape)
}

// A product is what the head says of one, and when it issues.
type product struct {
	take         rtl.Sig
	rows, perRow rtl.Sig // u16
}

// matrix places TMATMUL in every lane: a product imports its operand, takes the
// weights, which are the same in all lanes, and writes its rows, one word of VP
// elements at a time.
func (t *top) matrix() error {
	if t.c.ZeroSkip {
		return t.sparseMatrix()
	}
	m := t.m
	tp := int64(t.c.TP)
	perRow := fit(t.in.cols.AddWrap(m.Const(t.in.cols.Shape(), tp-1)).ShrConst(bits.Len(uint(tp))-1), rtl.U(16))
	p := product{t.fire.And(t.is(isa.TMATMUL)).Named("matrix_take"), fit(t.in.n, rtl.U(16)), perRow}
	w, err := t.weightStream(p)
	if err != nil {
		return err
	}
	step := t.importOperand(p)
	var blocks []*block
	for _, l := range t.lanes {
		blk, err := t.place(l.name("tmatmul"), t.us[isa.Matrix])
		if err != nil {
			return err
		}
		blk.in("cmd_valid", p.take)
		blk.in("cmd_rows", p.rows)
		blk.in("cmd_beats", p.perRow)
		blk.in("cmd_mant", l.scalar(func(s scalarRegister) rtl.State { return s.rescaleMant }))
		blk.in("cmd_exp", l.scalar(func(s scalarRegister) rtl.State { return s.rescaleExp }))
		blk.in("w_valid", w.valid)
		blk.in("w", w.codes...)
		step.feed(l, blk)
		blk.in("y_ready", t.one())
		blocks = append(blocks, blk)
	}
	w.accept(blocks[0].out("w_ready")[0])
	m.Require(w.valid.And(blocks[0].out("w_ready")[0].Not()).Not(), "the matrix unit takes every beat of weights")
	end := t.exportRows(p, blocks)

	running := m.State("products", rtl.U(2), 0) // issued and not ended
	running.Set(running.AddWrap(p.take.Extend(2)).SubWrap(end.Extend(2)))
	place := running.Lt(m.Const(rtl.U(2), int64(t.c.MatrixQueue)+1))
	t.ready[isa.Matrix] = place.Unstaged().And(blocks[0].out("cmd_ready")[0])
	return nil
}

// An importer reads an operand buffer into the matrix units, a word per cycle.
type importer struct {
	on, buffer, word rtl.Sig
	pipe             *rtl.Pipe
	ready            rtl.Wire // the matrix units take the word
}

// importOperand places the importer, which begins in the cycle after the issue
// of a product and gives buffer and scalar register back with its last word.
func (t *top) importOperand(p product) importer {
	m := t.m
	on, word := m.State("import_on", rtl.U(1), 0), m.State("import_word", rtl.U(16), 0)
	keep := func(name string, s rtl.Sig) rtl.Sig { return s.Unstaged().Hold("import_"+name, p.take) }
	perRow, buffer, scalar := keep("per_row", p.perRow), keep("q", t.in.q), keep("s", t.in.s)
	pipe := m.NewPipe("import", on.Unstaged())
	one := m.Const(rtl.U(16), 1)
	step := on.Unstaged().And(pipe.Advance)
	last := word.AddWrap(one).Eq(perRow)
	on.Set(p.take.Mux(t.one(), on.And(step.And(last).Not())))
	word.Set(p.take.Mux(t.zero(rtl.U(16)), step.Mux(word.AddWrap(one), word.Sig)))
	t.release(step.And(last.Unstaged()), t.bufferMask(buffer).Or(t.scalarMask(scalar)), t.noMask(), false)
	ready := m.Wire("import_ready", rtl.U(1))
	return importer{pipe.End(1, ready.Sig), buffer, word.Unstaged(), pipe, ready}
}

// feed connects the matrix unit of a lane.
func (i importer) feed(l *lane, blk *block) {
	lanes := l.operands.mem.ReadEn(l.operandAddress(i.buffer, i.word), i.pipe.Advance)
	blk.in("x_valid", i.on)
	blk.in("x", lanes...)
	if l.k == 0 {
		i.ready.Set(blk.out("x_ready")[0])
	}
}

// exportRows gathers the rows of a product into words and writes them; end is
// 1 with the last. With two products issued, results are those of the older.
func (t *top) exportRows(p product, blocks []*block) (end rtl.Sig) {
	m, vp := t.m, t.c.VP
	endWire := m.Wire("matrix_end", rtl.U(1))
	oldest := func(name string, s rtl.Sig) rtl.Sig { return s.Unstaged().Hold("export_"+name, p.take) }
	if t.c.MatrixQueue > 0 {
		tail, head := m.State("export_tail", rtl.U(1), 0), m.State("export_head", rtl.U(1), 0)
		tail.Set(tail.Xor(p.take))
		head.Set(head.Xor(endWire.Sig))
		oldest = func(name string, s rtl.Sig) rtl.Sig {
			first := s.Unstaged().Hold("export0_"+name, p.take.And(tail.Not().Unstaged()))
			second := s.Unstaged().Hold("export1_"+name, p.take.And(tail.Unstaged()))
			return head.Unstaged().Mux(second, first)
		}
	}
	rows, d := oldest("rows", p.rows), oldest("d", t.in.d)
	row := m.State("export_row", rtl.U(16), 0)
	valid, at, one := blocks[0].out("y_valid")[0], row.Unstaged(), m.Const(rtl.U(16), 1)
	last := at.AddWrap(one).Eq(rows)
	end = valid.And(last)
	endWire.Set(end)
	row.Set(end.Mux(t.zero(rtl.U(16)), valid.Mux(row.AddWrap(one), row.Sig)))
	slotBits := bits.Len(uint(vp)) - 1
	full := t.one()
	if slotBits > 0 {
		full = last.Or(fit(at, rtl.U(slotBits)).AllOnes())
	}
	word := fit(at, rtl.U(32)).ShrConst(slotBits)
	seen := written{when: valid.And(full), place: d, word: word}
	for k, l := range t.lanes {
		y := blocks[k].out("y")[0]
		lanes := make([]rtl.Sig, vp)
		for e := range vp {
			lanes[e] = l.gathered(y, at, valid, e, slotBits)
		}
		l.write(valid.And(full), d, word, lanes)
		seen.data = append(seen.data, lanes...)
	}
	t.observe("tmatmul", seen, end)
	t.release(end, t.noMask(), t.vectorMask(d), true)
	return end
}

// gathered returns element e of the word to which row at of a product belongs:
// the row itself, an earlier one or, before its row, 0.
func (l *lane) gathered(y, at, valid rtl.Sig, e, slotBits int) rtl.Sig {
	if slotBits == 0 {
		return y
	}
	m := l.t.m
	slot := fit(at, rtl.U(slotBits))
	here, earlier := slot.EqConst(int64(e)), l.t.zero(y.Shape())
	if e < l.t.c.VP-1 {
		before := m.Const(slot.Shape(), int64(e)).Lt(slot)
		earlier = before.Mux(y.Hold(l.name("export_y%d", e), valid.And(here)), earlier)
	}
	return here.Mux(y, earlier)
}

package core

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary/isa"
	"lockstep/ternary/vregs"
)

// operands is the memory of the operand buffers: words of TP activations.
type operands struct {
	mem   *rtl.Mem
	shape rtl.Shape // of an address
}

// buffer gathers the words of VP activations that QUANT delivers into words of
// TP and writes them to an operand buffer; what the last word lacks is 0.
func (t *top) buffer(valid, last, word, buffer rtl.Sig, y []rtl.Sig) {
	m, vp := t.m, t.c.VP
	slots := t.c.TP / vp
	mem := m.Mem("operands", t.operandWords(), rtl.S(8), t.c.TP)
	t.operands = operands{mem, mem.AddrShape()}
	slotBits := bits.Len(uint(slots)) - 1
	slot := t.zero(rtl.U(1))
	if slotBits > 0 {
		slot = fit(word, rtl.U(slotBits))
	}
	lanes := make([]rtl.Sig, 0, t.c.TP)
	for s := range slots {
		here := slot.EqConst(int64(s))
		for l := range vp {
			q := y[l].Wrap(8)
			value := here.Mux(q, t.zero(q.Shape()))
			if s < slots-1 {
				kept := q.Hold(fmt.Sprintf("gather%d_%d", s, l), valid.And(here))
				before := m.Const(slot.Shape(), int64(s)).Lt(slot) // this slot was filled by an earlier word
				value = before.Mux(kept, value)
			}
			lanes = append(lanes, value)
		}
	}
	full := slot.EqConst(int64(slots - 1)).Or(last)
	at := t.operandAddress(buffer, fit(word, rtl.U(32)).ShrConst(slotBits))
	mem.Write(valid.And(full), at, lanes)
}

// operandWords is the depth of the operand memory: a power of two per buffer.
func (t *top) operandWords() int { return t.c.OperandBuffers << t.operandBits() }

func (t *top) operandBits() int { return bits.Len(uint(t.beats - 1)) }

func (t *top) operandAddress(buffer, word rtl.Sig) rtl.Sig {
	low := fit(word, rtl.U(t.operandBits()))
	return fit(rtl.Concat(buffer, low), t.operands.shape)
}

// matrix places TMATMUL: a product imports its operand, streams its weights
// and writes its rows, one word of VP elements at a time.
func (t *top) matrix(u *unit.Unit, ready []rtl.Sig) error {
	blk, err := t.place("tmatmul", u)
	if err != nil {
		return err
	}
	m := t.m
	busy := m.State("matrix_busy", rtl.U(1), 0)
	take := t.fire.And(t.is(isa.TMATMUL)).Named("matrix_take")
	ready[atMatrix] = busy.Unstaged().Not().And(blk.out("cmd_ready")[0])
	hold := func(name string, s rtl.Sig) rtl.Sig { return s.Unstaged().Hold("matrix_"+name, take) }
	tp := int64(t.c.TP)
	perRow := fit(t.in.cols.AddWrap(m.Const(t.in.cols.Shape(), tp-1)).ShrConst(bits.Len(uint(tp))-1), rtl.U(16))
	rows := fit(t.in.n, rtl.U(16))
	blk.in("cmd_valid", take)
	blk.in("cmd_rows", rows)
	blk.in("cmd_beats", perRow)
	blk.in("cmd_mant", t.scalar(func(s scalarRegister) rtl.State { return s.rescaleMant }))
	blk.in("cmd_exp", t.scalar(func(s scalarRegister) rtl.State { return s.rescaleExp }))

	t.weightRequest(take, hold("addr", t.in.addr), hold("beats", rows.Mul(perRow)))
	w := m.InStream(rtl.Stream{Name: "weights_rd", Doc: "trits of a matrix, row by row", Fields: []rtl.Port{
		{Name: "data", Shape: rtl.U(2), Lanes: t.c.TP, Doc: "one beat of the matrix unit"}}})
	blk.in("w_valid", w.Valid.Unstaged())
	blk.in("w", unstaged(w.Data[0])...)
	w.Accept(blk.out("w_ready")[0])

	t.importOperand(blk, take, hold("per_row", perRow), hold("q", t.in.q), hold("s", t.in.s))
	end := t.exportRows(blk, take, hold("rows", rows), hold("d", t.in.d))
	busy.Set(take.Mux(t.one(), busy.And(end.Not())))
	return nil
}

func (t *top) weightRequest(take, addr, count rtl.Sig) {
	m := t.m
	asking := m.State("weights_asking", rtl.U(1), 0)
	req := m.OutStream(requestStream("weights", false))
	asking.Set(take.Mux(t.one(), asking.And(req.Ready.Not())))
	req.Drive(asking.Unstaged(), [][]rtl.Sig{{addr}, {count}})
}

// importOperand feeds the words of an operand buffer to the matrix unit and
// then gives the buffer and the scalar register back.
func (t *top) importOperand(blk *block, take, perRow, buffer, scalar rtl.Sig) {
	m := t.m
	on, word := m.State("import_on", rtl.U(1), 0), m.State("import_word", rtl.U(16), 0)
	pipe := m.NewPipe("import", on.Unstaged())
	one := m.Const(rtl.U(16), 1)
	step := on.Unstaged().And(pipe.Advance)
	last := word.AddWrap(one).Eq(perRow)
	on.Set(take.Mux(t.one(), on.And(step.And(last).Not())))
	word.Set(take.Mux(t.zero(rtl.U(16)), step.Mux(word.AddWrap(one), word.Sig)))
	lanes := t.operands.mem.ReadEn(t.operandAddress(buffer, word.Unstaged()), pipe.Advance)
	blk.in("x_valid", pipe.End(1, blk.out("x_ready")[0]))
	blk.in("x", lanes...)
	t.release(step.And(last.Unstaged()), t.bufferMask(buffer).Or(t.scalarMask(scalar)), t.noMask(), false)
}

// exportRows gathers the rows of a product into words and writes them; end is
// 1 with the last.
func (t *top) exportRows(blk *block, take, rows, d rtl.Sig) (end rtl.Sig) {
	m, vp := t.m, t.c.VP
	row := m.State("export_row", rtl.U(16), 0)
	blk.in("y_ready", t.one())
	valid, y := blk.out("y_valid")[0], blk.out("y")[0]
	at := row.Unstaged()
	row.Set(take.Mux(t.zero(rtl.U(16)), valid.Mux(row.AddWrap(m.Const(rtl.U(16), 1)), row.Sig)))
	last := at.AddWrap(m.Const(rtl.U(16), 1)).Eq(rows)
	lanes := make([]rtl.Sig, vp)
	slotBits := bits.Len(uint(vp)) - 1
	full := t.one()
	if slotBits > 0 {
		full = last.Or(fit(at, rtl.U(slotBits)).AllOnes())
	}
	for l := range vp {
		lanes[l] = y
		if slotBits == 0 {
			continue
		}
		slot := fit(at, rtl.U(slotBits))
		here, earlier := slot.EqConst(int64(l)), t.zero(y.Shape())
		if l < vp-1 {
			before := m.Const(slot.Shape(), int64(l)).Lt(slot)
			earlier = before.Mux(y.Hold(fmt.Sprintf("export%d", l), valid.And(here)), earlier)
		}
		lanes[l] = here.Mux(y, earlier)
	}
	t.writes = append(t.writes, vregs.Write{En: valid.And(full), Register: d.Wrap(t.registerShape().Width),
		Word: fit(fit(at, rtl.U(32)).ShrConst(slotBits), t.wordShape()), Data: lanes})
	end = valid.And(last).Named("matrix_end")
	t.release(end, t.noMask(), t.vectorMask(d), true)
	return end
}

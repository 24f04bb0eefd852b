package core

import (
	"math/bits"

	"lockstep/rtl"
	"lockstep/ternary/isa"
)

// sparseMatrix places the matrix unit that skips zeros: a product imports its
// operand, requests the columns of each run of nonzero activations as the unit
// finds it, and writes its result one word of VP elements at a time.
func (t *top) sparseMatrix() error {
	m, l := t.m, t.lanes[0]
	blk, err := t.place("sparse", t.us[isa.Matrix])
	if err != nil {
		return err
	}
	tp := int64(t.c.TP)
	up := func(s rtl.Sig) rtl.Sig { // beats of so many elements
		return fit(s.AddWrap(m.Const(s.Shape(), tp-1)).ShrConst(bits.Len(uint(tp))-1), rtl.U(16))
	}
	p := product{t.fire.And(t.is(isa.TMATMUL)).Named("matrix_take"), fit(t.in.n, rtl.U(16)), up(t.in.cols)}
	keep := func(name string, s rtl.Sig) rtl.Sig { return s.Unstaged().Hold("matrix_"+name, p.take) }
	blk.in("cmd_valid", p.take)
	blk.in("cmd_rows", p.rows)
	blk.in("cmd_cols", fit(t.in.cols, blk.ins["cmd_cols"][0].Shape()))
	blk.in("cmd_mant", l.scalar(func(s scalarRegister) rtl.State { return s.rescaleMant }))
	blk.in("cmd_exp", l.scalar(func(s scalarRegister) rtl.State { return s.rescaleExp }))
	t.importOperand(p).feed(l, blk)
	t.requestRuns(blk, keep("addr", t.in.addr[0]), keep("column", up(t.in.n)))

	w := m.InStream(weightBeats(rtl.Port{Shape: rtl.U(2), Lanes: t.c.TP}))
	blk.in("w_valid", w.Valid.Unstaged())
	blk.in("w", unstaged(w.Data[0])...)
	w.Accept(blk.out("w_ready")[0])
	end := t.exportWords(p, blk, keep("rows", p.rows), keep("d", t.in.d))

	busy := m.State("matrix_busy", rtl.U(1), 0)
	busy.Set(p.take.Mux(t.one(), busy.And(end.Not())))
	t.ready[isa.Matrix] = busy.Unstaged().Not().And(blk.out("cmd_ready")[0])
	return nil
}

// requestRuns asks for the columns of a run in the cycle in which the unit gives
// it; what it gives behind the last run asks for nothing.
func (t *top) requestRuns(blk *block, base, column rtl.Sig) {
	m := t.m
	req := m.OutStream(requestStream("weights", false))
	first, cols := blk.out("run_first")[0], blk.out("run_cols")[0]
	some := cols.AnyOne()
	bytes := int64(t.c.WeightBeatBytes)
	offset := first.Mul(column).Mul(m.Const(rtl.U(bits.Len64(uint64(bytes))), bytes))
	asks := blk.out("run_valid")[0].And(some).Unstaged()
	addr, count := base.AddWrap(fit(offset.Unstaged(), rtl.U(addressBits))), fit(cols.Mul(column).Unstaged(), rtl.U(beatsBits))
	req.Drive(asks, [][]rtl.Sig{{addr}, {count}})
	t.observeRequest("tmatmul", asks.And(req.Ready), count, addr)
	blk.in("run_ready", some.Not().Or(req.Ready))
}

// exportWords writes the words of a result; end is 1 with the last.
func (t *top) exportWords(p product, blk *block, rows, d rtl.Sig) (end rtl.Sig) {
	m := t.m
	blk.in("y_ready", t.one())
	valid, one := blk.out("y_valid")[0], m.Const(rtl.U(16), 1)
	word := m.State("export_word", rtl.U(16), 0)
	at := word.Unstaged()
	vp := int64(t.c.VP)
	words := fit(rows.AddWrap(m.Const(rtl.U(16), vp-1)).ShrConst(bits.Len(uint(vp))-1), rtl.U(16))
	last := at.AddWrap(one).Eq(words)
	end = valid.And(last).Named("matrix_end")
	word.Set(end.Mux(t.zero(rtl.U(16)), valid.Mux(word.AddWrap(one), word.Sig)))
	y := unstaged(blk.out("y"))
	t.lanes[0].write(valid, d, at, y)
	t.observe("tmatmul", written{when: valid, place: d, word: at, data: y}, end)
	t.release(end, t.noMask(), t.vectorMask(d), true)
	return end
}

package tmatmul

import (
	"math/bits"

	"lockstep/rtl"
	"lockstep/ternary/scaler"
)

// A command is the part of a cmd beat that is kept.
type command struct {
	rows, last rtl.Sig // rows; index of the last beat of a row
	mant, exp  rtl.Sig // factor of the results
	half       rtl.Sig // of the operand memory
}

// indexShape is the shape of the index of a beat in a row.
func (b *builder) indexShape() rtl.Shape { return rtl.U(bits.Len(uint(b.MaxBeats - 1))) }

// rowShape is the shape of a number of rows.
func (b *builder) rowShape() rtl.Shape { return rtl.U(bits.Len(uint(b.MaxRows))) }

// control is the loader, which accepts a command and fills one half of the
// operand memory, and the runner, which reads the other, or the same behind the
// loader, once per row. It returns what accompanies the beat of w and, one stage
// later, the operand of that beat.
//
// The loader needs no permission: it turns to a half when the command behind
// the last reader of that half has begun.
func (b *builder) control(cmd, x, w *rtl.InStream) (beat, []rtl.Sig) {
	m := b.m
	pending := m.State("pending", rtl.U(1), 0) // a command is accepted and has not begun
	loading := m.State("loading", rtl.U(1), 0) // the vector of the latest command is incomplete
	fill := m.State("fill", b.indexShape(), 0) // beats of it that are loaded
	active := m.State("active", rtl.U(1), 0)   // a command runs
	index := m.State("index", b.indexShape(), 0)
	left := m.State("rows_left", b.rowShape(), 0)
	last := m.State("run_last", b.indexShape(), 0)

	endsRow := index.Eq(last.Sig).Named("ends_row")
	loaded := pending.Or(loading.Not()).Or(index.Lt(fill.Sig)).Named("operand_loaded")
	offered := w.Valid.And(active.Sig).And(loaded).Named("offered")
	b.pipe = m.NewPipe("pipe", offered.And(endsRow).Named("completes"))
	moves := offered.And(b.pipe.Advance).Named("moves")
	ends := moves.And(endsRow).And(left.EqConst(1)).Named("ends")
	begins := pending.And(active.Not().Or(ends)).Named("begins")
	w.Accept(active.And(loaded).And(b.pipe.Advance))
	x.Accept(loading.Sig)
	loads := x.Fire(loading.Sig).Named("loads")

	next, takes, done := b.latest(cmd, pending.Sig, loading.Sig, fill.Sig, loads)
	pending.SetWhen(takes.Or(begins), takes)
	loading.SetWhen(takes.Or(done), takes)
	one := m.Const(b.indexShape(), 1)
	zero := m.Const(b.indexShape(), 0)
	fill.SetWhen(loads, done.Mux(zero, fill.AddWrap(one)))
	active.SetWhen(begins.Or(ends), begins)
	index.SetWhen(moves, endsRow.Mux(zero, index.AddWrap(one)))
	left.SetWhen(begins.Or(moves.And(endsRow)), begins.Mux(next.rows, left.SubWrap(m.Const(b.rowShape(), 1))))
	last.SetWhen(begins, next.last)

	operand := m.Mem("operand", 2<<b.indexShape().Width, rtl.S(activationBits), b.Lanes)
	operand.Write(loads, rtl.Concat(next.half, fill.Sig), x.Data[0])
	address := rtl.Concat(b.held("run_half", next.half, begins), index.Sig)
	first := index.AnyOne().Not()
	at := beat{offered, first, b.held("run_mant", next.mant, begins), b.held("run_exp", next.exp, begins)}
	return at, operand.ReadEn(address, b.pipe.Advance)
}

// latest accepts commands and returns the latest one, whether one is accepted
// in this cycle, and whether its vector becomes complete in this cycle.
func (b *builder) latest(cmd *rtl.InStream, pending, loading, fill, loads rtl.Sig) (next command, takes, done rtl.Sig) {
	m := b.m
	rows, beats, mant := cmd.Data[0][0], cmd.Data[1][0], cmd.Data[2][0]
	last := m.State("next_last", b.indexShape(), 0)
	half := m.State("next_half", rtl.U(1), 0)
	done = loads.And(fill.Eq(last.Sig)).Named("load_done")
	ready := pending.Not().And(loading.Not().Or(done)).Named("cmd_free")
	cmd.Accept(ready)
	takes = cmd.Fire(ready).Named("takes")
	for _, r := range []struct {
		name  string
		value rtl.Sig
		most  int
	}{{"rows", rows, b.MaxRows}, {"beats", beats, b.MaxBeats}} {
		inRange := r.value.AnyOne()
		if most := int64(r.most); most < r.value.Shape().Max() {
			inRange = inRange.And(m.Const(r.value.Shape(), most).Ge(r.value))
		}
		m.Require(takes.Not().Or(inRange), "cmd_%s is 1 to %d", r.name, r.most)
	}
	scaler.RequireScale(m, takes, mant)
	index := b.indexShape()
	last.SetWhen(takes, beats.Wrap(index.Width).SubWrap(m.Const(index, 1)))
	half.SetWhen(takes, half.Not())
	next = command{
		rows: b.held("next_rows", rows.Wrap(b.rowShape().Width), takes),
		last: last.Sig,
		mant: b.held("next_mant", mant, takes),
		exp:  b.held("next_exp", cmd.Data[3][0], takes),
		half: half.Sig,
	}
	return next, takes, done
}

// held returns a register that loads s in cycles where en is 1.
func (b *builder) held(name string, s, en rtl.Sig) rtl.Sig {
	r := b.m.State(name, s.Shape(), 0)
	r.SetWhen(en, s)
	return r.Sig
}

package sparse

import (
	"lockstep/rtl"
)

// A running is what the runner says of the command that runs and of the beat of
// w at stage 0.
type running struct {
	moves   rtl.Sig // a beat moves
	fresh   rtl.Sig // no column is complete: the accumulators hold another result
	column  rtl.Sig // of the beat
	address rtl.Sig // of its accumulators
	half    rtl.Sig // of the operand memory
	bank    rtl.Sig // of the accumulators; only with two
	ends    rtl.Sig // the command ends
	command
}

// run takes the beats of w of one run after the other; where the queue has none
// but the end of the command, it hands the result over to e.
func (b *builder) run(w *rtl.InStream, next waiting, q queue, e exporter) running {
	m := b.m
	active := m.State("active", rtl.U(1), 0)
	fresh := m.State("fresh", rtl.U(1), 0)
	done := m.State("run_done", b.ColumnShape(), 0) // complete columns of the run
	word := m.State("word", b.wordShape(), 0)
	recent := m.State("recent", rtl.U(1), 0) // a beat moved in the cycle before

	ends := active.And(q.atEnd).And(e.active.Not()).Named("ends")
	var begins rtl.Sig
	if b.Banks == 1 {
		begins = next.pending.And(active.Not()).And(e.unread.Not())
	} else {
		begins = next.pending.And(active.Not().Or(ends))
	}
	begins = begins.Named("run_starts")
	next.begins.Set(begins)
	r := running{ends: ends, fresh: fresh.Sig, command: command{
		lastBeat: b.held("last_word", next.lastBeat, begins),
		lastOut:  b.held("last_out", next.lastOut, begins),
		mant:     b.held("run_mant", next.mant, begins),
		exp:      b.held("run_exp", next.exp, begins),
	}, half: b.held("run_half", next.half, begins)}

	again := recent.And(r.lastBeat.EqConst(0)).Named("too_early")
	ready := active.And(q.atRun).And(e.fetch.Or(again).Not()).Named("w_free")
	w.Accept(ready)
	r.moves = w.Fire(ready).Named("moves")
	one := m.Const(b.ColumnShape(), 1)
	column := r.moves.And(word.Eq(r.lastBeat)).Named("ends_column")
	last := done.AddWrap(one).Eq(q.cols).Named("in_last_column")
	q.pop.Set(column.And(last).Or(ends))

	active.SetWhen(begins.Or(ends), begins)
	fresh.SetWhen(begins.Or(column), begins)
	done.SetWhen(column, last.Mux(m.Const(b.ColumnShape(), 0), done.AddWrap(one)))
	word.SetWhen(r.moves, column.Mux(m.Const(word.Shape(), 0), word.AddWrap(m.Const(word.Shape(), 1))))
	recent.Set(r.moves)
	r.column = q.first.AddWrap(done.Sig).Named("column")
	r.address = word.Sig
	if b.Banks == 2 {
		bank := m.State("bank", rtl.U(1), 0)
		bank.SetWhen(ends, bank.Not())
		r.bank, r.address = bank.Sig, rtl.Concat(bank.Sig, word.Sig)
	}
	return r
}

// A queue holds runs between the scanner and the runner: a memory and, behind
// it, the head.
type queue struct {
	space        rtl.Sig // the memory has a free place
	atRun, atEnd rtl.Sig // the head is a run, or the end of a command
	first, cols  rtl.Sig // of the head
	pop          rtl.Wire
	push         func(en, first, cols rtl.Sig)
}

func (b *builder) newQueue() queue {
	m := b.m
	mem := m.Mem("runs", b.Runs, b.ColumnShape(), 2)
	pointer := mem.AddrShape()
	count := m.State("runs_count", rtl.U(pointer.Width+1), 0)
	head := m.State("head_valid", rtl.U(1), 0)
	from, to := m.State("runs_head", pointer, 0), m.State("runs_tail", pointer, 0)
	q := queue{space: count.Bit(pointer.Width).Not().Named("runs_space"), pop: m.Wire("pop", rtl.U(1))}
	fetch := count.AnyOne().And(head.Not().Or(q.pop.Sig)).Named("head_loads")
	head.SetWhen(fetch.Or(q.pop.Sig), fetch)
	from.SetWhen(fetch, from.AddWrap(m.Const(pointer, 1)))
	entry := mem.ReadEn(from.Sig, fetch)
	q.first, q.cols = entry[0].Unstaged(), entry[1].Unstaged()
	some := q.cols.AnyOne().Named("head_has_columns")
	q.atRun, q.atEnd = head.And(some).Named("at_run"), head.And(some.Not()).Named("at_end")
	q.push = func(en, first, cols rtl.Sig) {
		mem.Write(en, to.Sig, []rtl.Sig{first, cols})
		to.SetWhen(en, to.AddWrap(m.Const(pointer, 1)))
		one := m.Const(count.Shape(), 1)
		count.SetWhen(en.Xor(fetch), en.Mux(count.AddWrap(one), count.SubWrap(one)))
	}
	return q
}

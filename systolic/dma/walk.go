package dma

import "lockstep/rtl"

// A walk counts the beats of one descriptor after the other.
type walk struct {
	row     rtl.Sig // of the scratchpad, of this beat
	rowEnds rtl.Sig // u1: it is the last of its row in memory

	b                  *builder
	name               string
	beat, line, offset rtl.State // in the row, of the row, from the first row of the scratchpad
	lastRow, lastBeat  rtl.Sig
	at                 rtl.Sig // row, one bit wider
}

// walk begins with the front descriptor: its first row of the scratchpad, the
// index of its last row in memory and of the last beat of a row.
func (b *builder) walk(name string, front []rtl.Sig) *walk {
	m := b.m
	w := &walk{
		b: b, name: name, lastRow: front[1], lastBeat: front[2],
		beat: m.State(name+"_beat", countShape, 0), line: m.State(name+"_row", countShape, 0), offset: m.State(name+"_offset", b.RowShape(), 0),
	}
	w.at = front[0].Add(w.offset.Sig).Named(name + "_at")
	w.row = w.at.Wrap(b.RowShape().Width)
	w.rowEnds = w.beat.Eq(w.lastBeat).Named(name + "_row_ends")
	return w
}

// connect counts a beat in cycles where moves is 1 and returns whether it is the
// last of its descriptor.
func (w *walk) connect(moves rtl.Sig) (ends rtl.Sig) {
	m := w.b.m
	exists := w.at.Lt(m.Const(w.at.Shape(), int64(w.b.Rows)))
	m.Require(moves.Not().Or(exists), "%s_at is below %d", w.name, w.b.Rows)
	next := func(s rtl.State, last rtl.Sig) rtl.Sig {
		return last.Mux(m.Const(s.Shape(), 0), s.AddWrap(m.Const(s.Shape(), 1)))
	}
	last := w.rowEnds.And(w.line.Eq(w.lastRow)).Named(w.name + "_last")
	w.beat.SetWhen(moves, next(w.beat, w.rowEnds))
	w.line.SetWhen(moves.And(w.rowEnds), next(w.line, last))
	w.offset.SetWhen(moves, next(w.offset, last))
	return moves.And(last).Named(w.name + "_ends")
}

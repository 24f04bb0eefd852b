package ntt

import (
	"fmt"

	"lockstep/rtl"
)

// The data are in two halves: a limb is loaded into the lower one, the first
// product reads that and writes the upper one, the second product goes back, and
// the lower half is unloaded. A half has beats of Lanes residues in row-major
// order; beat b is in word b/4 of memory b%4, so that the four memories give one
// beat or a word of four, Side residues, in a cycle.

// found is what the data give a cycle after the address.
type found struct {
	word []rtl.Sig // Side residues
	row  []rtl.Sig // Lanes of them
	byte rtl.Sig   // u2: which byte of the word is a row of weights
}

// read reads the residues that a beat of A * Cols needs, those of a row of weights
// of Rows * A, or those that are unloaded.
func (t *top) read(w *walk, u *unload) found {
	c, l, r := t.c, t.c.left(), t.c.right()
	size, fold, tile := log2(c.Side), log2(c.Side), log2(c.Side)+log2(l.folds)
	// The row of bytes fold*Side + r, r from the last on, is byte r%4 of the
	// residues in row fold*Lanes + r/4.
	up := w.weight.now.Not()
	word := address(field(w.weight.now, fold, log2(l.folds)), field(up, 2, size-2), field(w.weight.now, tile, log2(l.tiles)))
	// Beat r of a pass has the residues of row r from column fold*Lanes on.
	row := address(field(w.beat.now, 0, log2(c.R)), field(w.beat.now, log2(c.R), log2(r.folds)))
	row = t.unloads.Mux(t.row.now, row).Named("read_row")
	word = w.works.And(w.left).Mux(word, row.ShrConst(2)).Named("read_word")
	var f found
	for k := range t.data {
		t.data[k] = t.m.Mem(fmt.Sprintf("data%d", k), 2*c.N()/c.Side, rtl.U(c.Reduce.Bits), c.Lanes())
		f.word = append(f.word, t.data[k].ReadEn(rtl.Concat(t.second, word), u.pipe.Advance.Unstaged())...)
	}
	quarter := row.Slice(1, 0).RegEn("quarter", u.pipe.Advance.Unstaged())
	for lane := range c.Lanes() {
		choice := rtl.Switch(quarter)
		for k := 1; k < pieces; k++ {
			choice.Case(int64(k), f.word[k*c.Lanes()+lane])
		}
		f.row = append(f.row, choice.Else(f.word[lane]).Named(fmt.Sprintf("found%d", lane)))
	}
	f.byte = late("byte", up.Slice(1, 0), 1)
	return f
}

// store writes what is loaded or results.
func (t *top) store(loads rtl.Sig, x []rtl.Sig, results results) {
	row := loads.Mux(t.row.now, results.row).Named("store_row")
	upper := t.first.And(loads.Not())
	data := make([]rtl.Sig, len(x))
	for l := range data {
		data[l] = loads.Mux(x[l].Unstaged(), results.data[l])
	}
	for k, mem := range t.data {
		here := loads.Or(results.valid).And(row.Slice(1, 0).EqConst(int64(k))).Named(fmt.Sprintf("stores%d", k))
		mem.Write(here, rtl.Concat(upper, row.ShrConst(2)), data)
	}
}

// An unload offers the limb in the lower half.
type unload struct {
	t     *top
	y     *rtl.OutStream
	read  rtl.State
	pipe  *rtl.Pipe
	moves rtl.Sig // u1: a beat is read
	last  rtl.Sig // u1: it is the last
	ends  rtl.Sig // u1: the last beat is taken
}

func (t *top) unload(y *rtl.OutStream) *unload {
	u := &unload{t: t, y: y, read: t.m.State("all_read", flag, 0)}
	offers := t.unloads.And(u.read.Unstaged().Not()).Named("unloads")
	u.pipe = t.m.NewPipe("unload", offers)
	u.moves = offers.And(u.pipe.Advance.Unstaged()).Named("unload_moves")
	u.last = t.row.last(t.c.Beats())
	return u
}

// drive offers rows that were found. The engine unloads until the last is taken.
func (u *unload) drive(row []rtl.Sig) {
	data := make([]rtl.Sig, len(row))
	for l, s := range row {
		data[l] = u.pipe.Reg(fmt.Sprintf("y%d", l), s)
	}
	last := u.pipe.Reg("y_last", u.pipe.Reg("row_last", u.last))
	u.pipe.Drive(unloadCycles, u.y, [][]rtl.Sig{data, {last}})
	u.ends = u.pipe.Valid(unloadCycles).Unstaged().And(u.y.Ready).And(last.Unstaged()).Named("unload_ends")
	u.read.Set(u.moves.And(u.last).Or(u.read.Unstaged().And(u.ends.Not())))
}

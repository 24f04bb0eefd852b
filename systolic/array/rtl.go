package array

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/systolic/pe"
)

// A line is the clock enable of a whole array and the registers under it.
type line struct {
	advance rtl.Wire
	m       *rtl.Module
}

func newLine(m *rtl.Module) line { return line{m.Wire("advance", rtl.U(1)), m} }

// delays returns a and a after 1 to n registers.
func (l line) delays(name string, a rtl.Sig, n int) []rtl.Sig {
	all := []rtl.Sig{a}
	for k := range n {
		all = append(all, all[k].RegEn(fmt.Sprintf("%s_d%d", name, k+1), l.advance.Sig))
	}
	return all
}

// skew delays lane i by i registers.
func (l line) skew(name string, lanes []rtl.Sig) [][]rtl.Sig {
	edge := make([][]rtl.Sig, len(lanes))
	for i, s := range lanes {
		edge[i] = []rtl.Sig{l.delays(fmt.Sprintf("%s%d", name, i), s, i)[i]}
	}
	return edge
}

// deskew takes output port k of the copies in the last row and delays all but
// the last column, so that the columns arrive together.
func (c Config) deskew(l line, copies [][][]rtl.Sig, k int) []rtl.Sig {
	sums := make([]rtl.Sig, c.Cols)
	for j := range sums {
		late := c.Cols - 1 - j
		sums[j] = l.delays(fmt.Sprintf("y%d", j), copies[(c.Rows-1)*c.Cols+j][k][0], late)[late]
	}
	return sums
}

// offer drives the output and lets the array move while that is not stalled.
func (l line) offer(out *rtl.OutStream, valid rtl.Sig, sums []rtl.Sig, last rtl.Sig) {
	out.Drive(valid, [][]rtl.Sig{sums, {last}})
	l.advance.Set(out.Ready.Or(valid.Unstaged().Not()))
}

// edge makes every signal the one lane of a row of the array.
func edge(rows []rtl.Sig) [][]rtl.Sig {
	lanes := make([][]rtl.Sig, len(rows))
	for i, s := range rows {
		lanes[i] = []rtl.Sig{s}
	}
	return lanes
}

// place builds the grid; its feeds are in the order of the ports of pe.
func (c Config) place(l line, first, second, x, w, sum rtl.Feed) [][][]rtl.Sig {
	return l.m.Grid("pe", pe.Module(c.element()), c.Rows, c.Cols, rtl.ToAll(l.advance.Sig), first, second, x, w, sum)
}

// stationary loads w under the stream of x.
//
// The shadow registers of a column are one shift register. While Rows beats of
// w enter it, row r takes part from the beat on that brings what the first one
// brought to row r-1: row r shifts Rows-r times, ending with its own weight, and
// not before the swap, which enters row r r cycles late, may have reached it.
// So the load of the next w may begin in the cycle of the swap at row 0.
func (c Config) stationary(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
	w, x, l := in[0], in[1], newLine(m)
	count := rtl.U(bits.Len(uint(c.Rows)))
	first := m.State("first", rtl.U(1), 1) // the next x begins a pass
	rows := m.State("rows", count, 0)      // of w that wait in the shadow registers
	full := rows.EqConst(int64(c.Rows))
	may := first.Not().Or(full)
	goes := x.Valid.And(may).Named("goes")
	swap := goes.And(first.Sig).Named("swap")
	room := full.Not().Or(swap)
	load := w.Valid.And(room).Named("load")
	x.Accept(l.advance.And(may.Unstaged()))
	w.Accept(l.advance.And(room.Unstaged()))
	last := x.Data[1][0]
	first.SetWhen(l.advance.And(goes.Unstaged()), last)
	filled := swap.Mux(m.Const(count, 0), rows.Sig).AddWrap(load.Extend(count.Width))
	rows.SetWhen(l.advance.Sig, filled)

	whole := filled.EqConst(int64(c.Rows))
	loads := []rtl.Sig{load}
	for r := 1; r < c.Rows; r++ {
		reached := m.State(fmt.Sprintf("reached%d", r), rtl.U(1), 0)
		reached.SetWhen(l.advance.And(load.Unstaged()), loads[r-1].And(whole.Not()))
		loads = append(loads, load.And(reached.Sig))
	}
	zero := make([]rtl.Sig, c.Cols)
	for j := range zero {
		zero[j] = m.Const(rtl.S(pe.SumBits), 0)
	}
	copies := c.place(l, rtl.FromWest(edge(loads)), rtl.FromWest(edge(l.delays("swap", swap, c.Rows-1))),
		rtl.FromWest(l.skew("x", x.Data[0])), rtl.FromNorth(l.skew("w", w.Data[0])), rtl.FromNorth(edge(zero)))
	sums := c.deskew(l, copies, 4)
	latency, _ := sums[0].Stage()
	l.offer(out[0], l.delays("valid", goes, latency)[latency], sums, l.delays("last", last, latency)[latency])
}

// output accumulates k by k and drains under the next pass.
//
// When the sum of the bottom row is finished, row r still has to give its own
// and those of the r rows above: it drains r+1 times, and is free when the last
// beat of a next pass of Rows or more beats finishes its sum, r cycles late.
func (c Config) output(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
	k, l := in[0], newLine(m)
	last := k.Data[2][0]
	may := m.Const(rtl.U(1), 1)
	var busy rtl.State // cycles until the next pass may end
	if c.Rows > 1 {
		busy = m.State("busy", rtl.U(bits.Len(uint(c.Rows-1))), 0)
		may = last.Not().Or(busy.AnyOne().Not())
	}
	goes := k.Valid.And(may).Named("goes")
	ends := goes.And(last).Named("ends")
	k.Accept(l.advance.And(may.Unstaged()))
	if c.Rows > 1 {
		sh := busy.Shape()
		left := busy.AnyOne().Mux(busy.SubWrap(m.Const(sh, 1)), m.Const(sh, 0))
		busy.SetWhen(l.advance.Sig, ends.Mux(m.Const(sh, int64(c.Rows-1)), left))
	}
	x := make([]rtl.Sig, c.Rows)
	for r, s := range k.Data[0] {
		x[r] = goes.Mux(s, m.Const(s.Shape(), 0)) // an idle cycle adds nothing
	}
	end := l.delays("ends", ends, c.Rows)
	start := end[c.Rows] // the sums of the bottom row are finished, from the left on
	drains := []rtl.Sig{start}
	for r := 1; r < c.Rows; r++ {
		again := drains[r-1].Unstaged().RegEn(fmt.Sprintf("drain%d", r), l.advance.Sig)
		drains = append(drains, start.Or(again))
	}
	offered := drains[c.Rows-1]
	final := offered
	if c.Rows > 1 {
		final = offered.And(drains[c.Rows-2].Not())
	}
	above := make([]rtl.Sig, c.Cols)
	for j := range above {
		above[j] = m.Const(rtl.S(pe.SumBits), 0)
	}
	copies := c.place(l, rtl.FromWest(edge(drains)), rtl.FromWest(edge(end[:c.Rows])),
		rtl.FromWest(l.skew("x", x)), rtl.FromNorth(l.skew("w", k.Data[1])), rtl.FromNorth(edge(above)))
	late := c.Cols - 1
	l.offer(out[0], l.delays("offered", offered, late)[late], c.deskew(l, copies, 4), l.delays("final", final, late)[late])
}

package sparse

import (
	"fmt"
	"slices"

	"lockstep/rtl"
	"lockstep/ternary/scaler"
)

// A command is the part of a cmd beat that the runner keeps.
type command struct {
	lastBeat rtl.Sig // index of the last beat of a column
	lastOut  rtl.Sig // index of the last beat of y
	mant     rtl.Sig
	exp      rtl.Sig
}

// A waiting is the latest command.
type waiting struct {
	command
	pending rtl.Sig  // it has not begun
	half    rtl.Sig  // of the operand memory
	begins  rtl.Wire // it begins
}

// scan accepts commands and their vectors, and sends the runs of each. It keeps
// the changes between zero and nonzero of one beat of x and takes the lowest in
// every cycle in which it can.
func (b *builder) scan(cmd, x *rtl.InStream, run *rtl.OutStream, q queue, operand *rtl.Mem) waiting {
	m := b.m
	loading := m.State("loading", rtl.U(1), 0) // the vector is incomplete
	closing := m.State("closing", rtl.U(1), 0) // it is complete and its last beat of run is not sent
	inside := m.State("inside", rtl.U(1), 0)   // the scan is in a run
	first := m.State("first", b.ColumnShape(), 0)
	fill := m.State("fill", b.indexShape(), 0) // beats that are loaded
	word := m.State("scan_word", b.indexShape(), 0)
	lastX := m.State("last_x", b.indexShape(), 0)
	next, takes := b.latest(cmd, loading.Or(closing.Sig), lastX)

	changes := b.newChanges()
	end := rtl.Concat(lastX.Extend(lastX.Shape().Width+1).AddWrap(m.Const(rtl.U(lastX.Shape().Width+1), 1)), m.Const(rtl.U(b.laneBits()), 0))
	width := b.ColumnShape().Width
	at := changes.some.Mux(fit(rtl.Concat(word.Sig, changes.lane), width), fit(end, width)).Named("scan_column")
	none := m.Const(b.ColumnShape(), 0)
	from := inside.Mux(first.Sig, none).Named("scan_first")
	cols := inside.Mux(at.SubWrap(first.Sig), none).Named("scan_cols")
	offers := changes.some.Mux(inside.Sig, closing.Sig).And(q.space).Named("offers_run")
	run.Drive(offers, [][]rtl.Sig{{from}, {cols}})
	sends := offers.And(run.Ready).Named("sends_run")
	q.push(sends, from, cols)
	m.Require(sends.Not().Or(inside.Not()).Or(b.held("next_cols", cmd.Data[1][0], takes).Ge(at)), "x is 0 beyond its columns")
	rises := changes.some.And(inside.Not()).Named("run_opens")
	inside.SetWhen(rises.Or(sends), rises)
	first.SetWhen(rises, at)

	ready := loading.And(changes.some.Not()).Named("x_free")
	x.Accept(ready)
	loads := x.Fire(ready).Named("loads")
	done := loads.And(fill.Eq(lastX.Sig)).Named("load_done")
	closes := sends.And(changes.some.Or(inside.Sig).Not()).Named("closes")
	loading.SetWhen(takes.Or(done), takes)
	closing.SetWhen(done.Or(closes), done)
	fill.SetWhen(loads, done.Mux(m.Const(fill.Shape(), 0), fill.AddWrap(m.Const(fill.Shape(), 1))))
	word.SetWhen(loads, fill.Sig)
	changes.set(x.Data[0], loads, done, rises.Or(sends.And(changes.some)))
	operand.Write(loads, rtl.Concat(next.half, fill.Sig), x.Data[0])
	return next
}

// latest accepts commands while none waits and the vector of the latest is
// scanned. It returns the latest one and whether one is accepted in this cycle.
func (b *builder) latest(cmd *rtl.InStream, scanning rtl.Sig, lastX rtl.State) (next waiting, takes rtl.Sig) {
	m := b.m
	pending := m.State("pending", rtl.U(1), 0)
	begins := m.Wire("begins", rtl.U(1))
	rows, cols, mant := cmd.Data[0][0], cmd.Data[1][0], cmd.Data[2][0]
	ready := pending.Or(scanning).Not().Named("cmd_free")
	cmd.Accept(ready)
	takes = cmd.Fire(ready).Named("takes")
	for _, r := range []struct {
		name  string
		value rtl.Sig
		most  int
	}{{"rows", rows, b.MaxRows}, {"cols", cols, b.Lanes * b.MaxBeats}} {
		inRange := r.value.AnyOne()
		if most := int64(r.most); most < r.value.Shape().Max() {
			inRange = inRange.And(m.Const(r.value.Shape(), most).Ge(r.value))
		}
		m.Require(takes.Not().Or(inRange), "cmd_%s is 1 to %d", r.name, r.most)
	}
	scaler.RequireScale(m, takes, mant)
	pending.SetWhen(takes.Or(begins.Sig), takes)
	half := m.State("next_half", rtl.U(1), 0)
	half.SetWhen(takes, half.Not())
	lastRow := rows.SubWrap(m.Const(rows.Shape(), 1))
	lastCol := cols.SubWrap(m.Const(cols.Shape(), 1))
	lastX.SetWhen(takes, fit(lastCol.ShrConst(b.laneBits()), lastX.Shape().Width))
	return waiting{command{
		lastBeat: b.held("next_last", fit(lastRow.ShrConst(b.laneBits()), b.wordShape().Width), takes),
		lastOut:  b.held("next_out", fit(lastRow.ShrConst(b.outBits()), b.outShape().Width), takes),
		mant:     b.held("next_mant", mant, takes),
		exp:      b.held("next_exp", cmd.Data[3][0], takes),
	}, pending.Sig, half.Sig, begins}, takes
}

// A changes has one bit per lane of a beat of x: whether it differs from the lane
// before it in being zero. The lane before the first is the last of the beat
// before, or a zero.
type changes struct {
	some rtl.Sig // there is one
	lane rtl.Sig // of the lowest
	set  func(x []rtl.Sig, loads, done, step rtl.Sig)
}

func (b *builder) newChanges() changes {
	m := b.m
	size := min(b.Lanes, rtl.MaxWidth)
	var groups []rtl.State
	var lanes []rtl.Sig
	for g := range b.Lanes / size {
		s := m.State(fmt.Sprintf("changes%d", g), rtl.U(size), 0)
		groups = append(groups, s)
		for i := range size {
			lanes = append(lanes, s.Bit(i))
		}
	}
	lane, some := lowest(lanes)
	c := changes{some: some.Named("some_change"), lane: lane.Named("change_lane")}
	c.set = func(x []rtl.Sig, loads, done, step rtl.Sig) {
		before := m.State("nonzero_before", rtl.U(1), 0)
		last := before.Sig
		fresh := make([]rtl.Sig, b.Lanes)
		for i, v := range x {
			nonzero := v.AnyOne().Named(fmt.Sprintf("nonzero%d", i))
			fresh[i], last = nonzero.Xor(last), nonzero
		}
		before.SetWhen(loads, done.Not().And(last))
		lower := m.Const(rtl.U(1), 0) // a lower group has a change
		for g, s := range groups {
			part := slices.Clone(fresh[g*size : (g+1)*size])
			slices.Reverse(part)
			rest := s.And(s.SubWrap(m.Const(s.Shape(), 1))) // without the lowest
			s.SetWhen(loads.Or(step), loads.Mux(rtl.Concat(part...), lower.Mux(s.Sig, rest)))
			lower = lower.Or(s.AnyOne())
		}
	}
	return c
}

// lowest returns the index of the lowest 1 among lanes, a power of two of them,
// and whether there is one.
func lowest(lanes []rtl.Sig) (index, some rtl.Sig) {
	if len(lanes) == 2 {
		return lanes[0].Not(), lanes[0].Or(lanes[1])
	}
	half := len(lanes) / 2
	low, inLow := lowest(lanes[:half])
	high, inHigh := lowest(lanes[half:])
	return rtl.Concat(inLow.Not(), inLow.Mux(low, high)), inLow.Or(inHigh)
}

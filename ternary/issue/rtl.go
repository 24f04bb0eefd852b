package issue

import (
	"fmt"

	"lockstep/rtl"
)

// An Instruction is what the stage looks at: the head of the program.
type Instruction struct {
	Valid         rtl.Sig // u1
	Unit          rtl.Sig // unsigned, of the width of the units' numbers
	Reads, Writes rtl.Sig // one bit per register
	Chains        rtl.Sig // u1: it reads open registers
}

// A Release gives registers back: those whose bits are 1 in a cycle in which
// Valid is 1.
type Release struct {
	Valid         rtl.Sig // u1
	Reads, Writes rtl.Sig // one bit per register
}

// Issued is what the stage tells the core.
type Issued struct {
	Fire    rtl.Sig   // the instruction issues
	Start   []rtl.Sig // by unit: it is free of hazards and meant for it
	Writing []rtl.Sig // by register: a write is pending
}

// Build places the stage in m. ready says by unit whether it could start an
// instruction in this cycle; Start depends on ready nowhere. The instruction
// issues in a cycle in which both are 1 for its unit: then Fire is 1. open has a
// bit per register whose writer has begun to write it.
func Build(m *rtl.Module, c Config, in Instruction, open rtl.Sig, ready []rtl.Sig, done []Release) Issued {
	fireWire := m.Wire("issue_fire", rtl.U(1))
	var hazard rtl.Sig
	var out Issued
	for r := range c.Registers {
		read, write := in.Reads.Bit(r), in.Writes.Bit(r)
		readBack, writeBack := released(m, done, r)
		writing := m.State(fmt.Sprintf("writing%d", r), rtl.U(1), 0)
		reading := m.State(fmt.Sprintf("reading%d", r), rtl.U(4), 0) // one per unit at most
		pending := writing.Unstaged()
		out.Writing = append(out.Writing, pending)
		writing.Set(fireWire.And(write).Mux(m.Const(rtl.U(1), 1), writing.And(writeBack.Not())))
		up := fireWire.And(read).Extend(4)
		next := reading.AddWrap(up).SubWrap(readBack)
		reading.Set(next)
		m.Require(writeBack.And(pending.Not()).Not(), "register %d is given back by a writer that does not hold it", r)
		m.Require(reading.Unstaged().AddWrap(up).Lt(readBack).Not(), "register %d is given back by a reader that does not hold it", r)
		waits := read.And(in.Chains.And(open.Bit(r)).Not())
		h := pending.And(waits.Or(write)).Or(reading.Unstaged().AnyOne().And(write))
		if r == 0 {
			hazard = h
		} else {
			hazard = hazard.Or(h)
		}
	}
	free := in.Valid.And(hazard.Not()).Named("issue_free")
	out.Fire = m.Const(rtl.U(1), 0)
	for u := range c.Units {
		s := free.And(in.Unit.EqConst(int64(u)))
		out.Start = append(out.Start, s)
		out.Fire = out.Fire.Or(s.And(ready[u]))
	}
	fireWire.Set(out.Fire)
	return out
}

// released returns how many readers, u4, and whether a writer give register r
// back in this cycle.
func released(m *rtl.Module, done []Release, r int) (reads, write rtl.Sig) {
	reads, write = m.Const(rtl.U(4), 0), m.Const(rtl.U(1), 0)
	for _, d := range done {
		reads = reads.AddWrap(d.Valid.And(d.Reads.Bit(r)).Extend(4))
		write = write.Or(d.Valid.And(d.Writes.Bit(r)))
	}
	return reads, write
}

// loop places the stage and its test units: each keeps the masks and the busy
// time of its instruction and counts down.
func (c Config) loop(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
	i := in[0]
	unitOf, reads, writes, busy := i.Data[0][0], i.Data[1][0], i.Data[2][0], i.Data[3][0]
	opens, chains := i.Data[4][0], i.Data[5][0]
	m.Require(i.Valid.And(busy.AnyOne().Not()).Not(), "busy is at least 1")
	ready, done := make([]rtl.Sig, c.Units), make([]Release, c.Units)
	left, starts := make([]rtl.State, c.Units), make([]rtl.Wire, c.Units)
	open := m.Const(c.maskShape(), 0)
	for u := range c.Units {
		name := fmt.Sprintf("unit%d", u)
		starts[u] = m.Wire(name+"_start", rtl.U(1))
		left[u] = m.State(name+"_left", busy.Shape(), 0)
		ready[u] = left[u].AnyOne().Not().Unstaged()
		last := left[u].EqConst(1).Unstaged()
		written := writes.Hold(name+"_writes", starts[u].Sig)
		done[u] = Release{last, reads.Hold(name+"_reads", starts[u].Sig), written}
		closed := m.State(name+"_closed", opens.Shape(), 0)
		isOpen := closed.AnyOne().Not()
		closed.Set(starts[u].Mux(opens, isOpen.Mux(closed.Sig, closed.SubWrap(m.Const(opens.Shape(), 1)))))
		open = open.Or(isOpen.And(ready[u].Not()).Unstaged().Mux(written, m.Const(c.maskShape(), 0)))
		down := ready[u].Mux(left[u].Sig, left[u].SubWrap(m.Const(busy.Shape(), 1)))
		left[u].Set(starts[u].Mux(busy, down))
	}
	head := Instruction{i.Valid, unitOf, reads, writes, chains}
	allowed := make([]rtl.Sig, c.Units)
	for u := range allowed {
		allowed[u] = ready[u].And(out[0].Ready)
	}
	issued := Build(m, c, head, open, allowed, done)
	offer := m.Const(rtl.U(1), 0)
	for u, s := range issued.Start {
		starts[u].Set(s.And(allowed[u]))
		offer = offer.Or(s.And(ready[u]))
	}
	i.Accept(issued.Fire)
	out[0].Drive(offer, [][]rtl.Sig{{unitOf}, {reads}, {writes}})
}

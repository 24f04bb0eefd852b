package chip

import (
	"math/bits"

	"lockstep/rtl"
)

// beatsBits is the width of the beats of a request for the program.
const beatsBits = 32

// program places the program memory and fills it on the host's word. loaded is 1
// when the program is there; at is the address of the word that is read next.
func (t *top) program(busy, at rtl.Sig) (lanes []rtl.Sig, count, loaded rtl.Sig) {
	m := t.m
	sh := rtl.U(bits.Len(uint(t.c.ProgramWords)))
	one := func(name string, s rtl.Shape, doc string) rtl.Port {
		return rtl.Port{Name: name, Shape: s, Lanes: 1, Doc: doc}
	}
	load := m.InStream(rtl.Stream{Name: LoadStream, Doc: "load a program", Fields: []rtl.Port{one("count", sh, "instructions, from 1")}})
	req := m.OutStream(rtl.Stream{Name: ProgramPort + "_req", Doc: "the program", Fields: []rtl.Port{
		one("addr", addrShape, "0"), one("beats", rtl.U(beatsBits), "instructions")}})
	words := m.InStream(rtl.Stream{Name: ProgramPort + "_rd", Doc: "the program", Fields: []rtl.Port{
		{Name: "data", Shape: rtl.U(64), Lanes: WordBytes / 8, Doc: "one instruction"}}})

	filled, filledNext := t.state("filled", sh)
	asking, askingNext := t.state("program_asking", flag)
	accept := busy.Not()
	load.Accept(accept)
	fire := load.Valid.Unstaged().And(accept).Named("load_fire")
	count = load.Data[0][0].Unstaged().Hold("program_count", fire).Unstaged()
	m.Require(fire.Not().Or(load.Data[0][0].Unstaged().AnyOne()), "load_count is 1 or more")
	askingNext.Set(fire.Or(asking.And(req.Ready.Not())))
	req.Drive(asking, [][]rtl.Sig{{m.Const(addrShape, 0)}, {count.Extend(beatsBits)}})
	words.Accept(m.Const(flag, 1))
	arrives := words.Valid.Unstaged()
	filledNext.Set(fire.Mux(m.Const(sh, 0), arrives.Mux(t.up(filled), filled)))
	loaded = filled.Eq(count).And(count.AnyOne()).Named("loaded")

	mem := m.Mem("program", t.c.ProgramWords, rtl.U(64), WordBytes/8)
	mem.Write(arrives, fit(filled, mem.AddrShape().Width), unstaged(words.Data[0]))
	return unstaged(mem.Read(fit(at, mem.AddrShape().Width))), count, loaded
}

// sequence sends the instructions of the program to the queues. It returns
// whether a run begins.
func (t *top) sequence() (begin rtl.Sig) {
	m := t.m
	sh := rtl.U(bits.Len(uint(t.c.ProgramWords)))
	running, runningNext := t.state("running", flag)
	pc, pcNext := t.state("pc", sh)
	next := m.Wire("pc_next", sh)
	lanes, count, loaded := t.program(running, next.Sig)

	start := m.InStream(rtl.Stream{Name: StartStream, Doc: "run the program"})
	ready := loaded.And(running.Not())
	start.Accept(ready)
	begin = start.Valid.Unstaged().And(ready).Named("run_begins")

	// The program memory has been read at pc.
	more := running.And(pc.Ne(count)).Named("more")
	op := lanes[0].Slice(opBits-1, 0)
	entry := t.decode(op, lanes)
	sends := m.Const(flag, 0)
	sent := make([]rtl.Sig, NumEngines)
	for e, g := range t.engines {
		mine := m.Const(flag, 0)
		for o := range numOps {
			if o.Engine() == Engine(e) {
				mine = mine.Or(op.EqConst(int64(o)))
			}
		}
		sent[e] = more.And(mine).And(g.full.Not()).Named(Engine(e).String() + "_sent")
		sends = sends.Or(sent[e])
		g.connect(sent[e], entry, g.fire)
	}
	next.Set(begin.Mux(m.Const(sh, 0), sends.Mux(t.up(pc), pc)))
	pcNext.Set(next.Sig)

	flying, flyingNext := t.state("in_flight", sh)
	after := flying.AddWrap(sends.Extend(sh.Width))
	for _, g := range t.engines {
		after = after.SubWrap(g.ends.Extend(sh.Width))
	}
	flyingNext.Set(after)
	over := running.And(pc.Eq(count)).And(flying.AnyOne().Not()).Named("over")
	done := m.OutStream(rtl.Stream{Name: DoneStream, Doc: "the program has ended"})
	done.Drive(over, nil)
	runningNext.Set(begin.Or(running.And(over.And(done.Ready).Not())))
	return begin
}

// decode cuts an encoded instruction.
func (t *top) decode(op rtl.Sig, lanes []rtl.Sig) values {
	cut := func(lane, low, width int) rtl.Sig { return lanes[lane].Slice(low+width-1, low) }
	rows, words := t.rowShape().Width, t.wordShape().Width
	return values{
		"store": op.EqConst(int64(Store)), "first": cut(0, 8, 1), "count": cut(0, 16, countBits), "bytes": cut(0, 32, countBits),
		"word": cut(0, 48, words), "addr": cut(1, 0, addrBits), "row": cut(1, addrBits, rows),
		"stride": cut(2, 0, addrBits), "input": cut(2, addrBits, rows), "waits": cut(3, 0, 32), "signals": cut(3, 32, 32),
	}
}

package core

import (
	"lockstep/rtl"
	"lockstep/ternary/fetch"
	"lockstep/ternary/isa"
	"lockstep/ternary/issue"
)

// decoded are the fields of the instruction at the head; addr is by lane.
type decoded struct {
	valid, op, d, a, b, s, q, n, cols, eps, mant, exp, last rtl.Sig
	addr                                                    []rtl.Sig
}

// A loop is what runs a program again with the tokens that ARGMAX chose.
type loop struct {
	starts    rtl.Wire    // the next token enters fetch
	pending   rtl.State   // it waits for that
	remaining rtl.State   // runs after this one
	next      []rtl.State // by lane: the token chosen
}

// moreBits is the width of the number of further runs.
const moreBits = 16

// fetch places the instruction memory, asks for the program and passes tokens
// on, those of the host and those of the loop.
func (t *top) fetch(instrs int) error {
	u, err := fetch.New(fetch.Config{Words: max(2, instrs), Lanes: t.c.Batch})
	if err != nil {
		return err
	}
	b, err := t.place("fetch", u)
	if err != nil {
		return err
	}
	load := t.m.InStream(rtl.Stream{Name: "load", Fields: u.Streams.In[0].Fields, Doc: "a program is loaded"})
	asking := t.m.State("program_asking", rtl.U(1), 0)
	request := t.m.OutStream(requestStream("program", false))
	accept := b.out("load_ready")[0].And(asking.Not().Unstaged())
	fire := load.Valid.Unstaged().And(accept)
	load.Accept(accept)
	b.in("load_valid", fire)
	b.in("load_count", load.Data[0][0].Unstaged())
	count := load.Data[0][0].Unstaged().Hold("program_count", fire)
	asking.Set(fire.Mux(t.one(), asking.And(request.Ready.Not())))
	request.Drive(asking.Unstaged(), [][]rtl.Sig{{t.zero(rtl.U(addressBits))}, {count.Extend(beatsBits)}})
	words := t.m.InStream(rtl.Stream{Name: "program_rd", Fields: []rtl.Port{
		{Name: "data", Shape: rtl.U(64), Lanes: isa.WordBytes / 8, Doc: "one instruction"}}, Doc: "the program"})
	b.in("word_valid", words.Valid.Unstaged())
	b.in("word", unstaged(words.Data[0])...)
	words.Accept(b.out("word_ready")[0])
	t.tokens(b)

	field := func(name string) rtl.Sig { return b.out("i_" + name)[0] }
	t.in = decoded{field("valid"), field("op"), field("d"), field("a"), field("b"), field("s"), field("q"), field("n"),
		field("cols"), field("eps"), field("mant"), field("exp"), field("last"), b.out("i_addr")}
	ready := t.m.Wire("head_ready", rtl.U(1))
	b.in("i_ready", ready.Sig)
	t.readyForHead = ready
	return nil
}

// tokens takes a token from the host when no run is to follow, else from the
// lanes.
func (t *top) tokens(b *block) {
	m := t.m
	token := m.InStream(rtl.Stream{Name: "token", Doc: "the program is run for a token", Fields: []rtl.Port{
		{Name: "id", Shape: rtl.U(fetch.TokenBits), Lanes: t.c.Batch, Doc: "of each lane"},
		{Name: "more", Shape: rtl.U(moreBits), Lanes: 1, Doc: "runs after this one, each for the tokens that the one before chose"}}})
	t.again = loop{m.Wire("again", rtl.U(1)), m.State("again_pending", rtl.U(1), 0), m.State("again_left", rtl.U(moreBits), 0), nil}
	busy := t.again.pending.Or(t.again.remaining.AnyOne()).Unstaged()
	ready := b.out("token_ready")[0]
	accept := ready.And(busy.Not())
	token.Accept(accept)
	fire := token.Valid.Unstaged().And(accept)
	starts := t.again.pending.Unstaged().And(ready)
	t.again.starts.Set(starts)
	b.in("token_valid", t.again.pending.Unstaged().Or(token.Valid.Unstaged().And(busy.Not())))
	var ids []rtl.Sig
	for l, id := range token.Data[0] {
		next := m.State(laneName(t.c, l, "next_token"), rtl.U(fetch.TokenBits), 0)
		t.again.next = append(t.again.next, next)
		ids = append(ids, t.again.pending.Unstaged().Mux(next.Unstaged(), id.Unstaged()))
	}
	b.in("token_id", ids...)
	left := t.again.remaining
	down := starts.Mux(left.SubWrap(m.Const(rtl.U(moreBits), 1)), left.Sig)
	left.Set(fire.Mux(token.Data[1][0].Unstaged(), down))
}

// issue places the issue stage over vector registers, scalar registers and
// operand buffers, in this order.
func (t *top) issue() rtl.Sig {
	reads := t.mask(t.readsA(), t.in.a, t.readsB(), t.in.b, t.is(isa.NORM, isa.QUANT, isa.TMATMUL), t.is(isa.TMATMUL))
	writes := t.mask(t.writesD(), t.in.d, t.zero(rtl.U(1)), t.in.b, t.is(isa.RMS), t.is(isa.QUANT))
	number := rtl.U(3)
	sel := rtl.Switch(t.in.op)
	for op := isa.LDV; op <= isa.ARGMAX; op++ {
		if u := op.Unit(); u != isa.RowWise {
			sel.Case(int64(op), t.m.Const(number, int64(u)))
		}
	}
	open := make([]rtl.Sig, t.registers())
	for r := range open {
		open[r] = t.zero(rtl.U(1))
		if r < len(t.written) {
			open[r] = t.written[r].AnyOne().Unstaged()
		}
	}
	c := issue.Config{Registers: t.registers(), Units: int(isa.NumUnits)}
	head := issue.Instruction{Valid: t.in.valid, Unit: sel.Else(t.m.Const(number, int64(isa.RowWise))), Reads: reads, Writes: writes,
		Chains: t.is(isa.LDV, isa.STV, isa.TMATMUL).Not()}
	issued := issue.Build(t.m, c, head, concatLow(open), t.ready, t.done)
	for r, w := range t.writing {
		w.Set(issued.Writing[r])
	}
	t.readyForHead.Set(issued.Fire)
	return issued.Fire
}

func (t *top) readsA() rtl.Sig  { return t.is(isa.LDV, isa.TMATMUL).Not() }
func (t *top) readsB() rtl.Sig  { return t.is(isa.RMS, isa.NORM, isa.QUANT, isa.ADD, isa.SUB, isa.MUL) }
func (t *top) writesD() rtl.Sig { return t.is(isa.STV, isa.RMS, isa.QUANT, isa.ARGMAX).Not() }

// registers is the number of entries of the scoreboard.
func (t *top) registers() int {
	return t.c.VectorRegisters + t.c.ScalarRegisters + t.c.OperandBuffers
}

// mask returns one bit per entry of the scoreboard for two vector registers,
// the scalar register and the operand buffer of the head.
func (t *top) mask(useA, a, useB, b, useS, useQ rtl.Sig) rtl.Sig {
	bits := make([]rtl.Sig, 0, t.registers())
	for r := range t.c.VectorRegisters {
		bits = append(bits, useA.And(a.EqConst(int64(r))).Or(useB.And(b.EqConst(int64(r)))))
	}
	for r := range t.c.ScalarRegisters {
		bits = append(bits, useS.And(t.in.s.EqConst(int64(r))))
	}
	for r := range t.c.OperandBuffers {
		bits = append(bits, useQ.And(t.in.q.EqConst(int64(r))))
	}
	return concatLow(bits)
}

// count keeps for every vector register how many words its last writer has
// written; words are written in order.
func (t *top) count() {
	for r, n := range t.written {
		starts := t.fire.And(t.writesD()).And(t.in.d.EqConst(int64(r)))
		moves := t.zero(rtl.U(1))
		for _, w := range t.lanes[0].writes {
			moves = moves.Or(w.En.Unstaged().And(w.Register.Unstaged().EqConst(int64(r))))
		}
		n.Set(starts.Mux(t.zero(n.Shape()), n.AddWrap(fit(moves, n.Shape()))))
	}
}

// finish answers each token when its last instruction has ended.
func (t *top) finish() {
	m := t.m
	count := m.State("in_flight", rtl.U(8), 0)
	next := count.AddWrap(t.fire.Extend(8))
	for _, e := range t.ends {
		next = next.SubWrap(e.Extend(8))
	}
	count.Set(next)
	ending, answered := m.State("ending", rtl.U(1), 0), m.Wire("answered", rtl.U(1))
	ending.Set(t.fire.And(t.in.last).Mux(t.one(), ending.And(answered.Not())))
	done := m.OutStream(rtl.Stream{Name: "done", Doc: "a run has ended", Fields: []rtl.Port{
		{Name: "next", Shape: rtl.U(fetch.TokenBits), Lanes: t.c.Batch, Doc: "the token that ARGMAX chose in each lane"}}})
	idle := ending.And(count.AnyOne().Not()).Unstaged()
	answered.Set(idle.And(done.Ready))
	chosen := make([]rtl.Sig, t.c.Batch)
	for l, s := range t.again.next {
		chosen[l] = s.Unstaged()
	}
	done.Drive(idle, [][]rtl.Sig{chosen})
	more := answered.And(t.again.remaining.AnyOne())
	t.again.pending.Set(more.Unstaged().Mux(t.one(), t.again.pending.And(t.again.starts.Not())))
}

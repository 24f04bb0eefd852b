package core

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary/fetch"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/ternary/issue"
	"lockstep/ternary/vregs"
)

// A top is the RTL of the whole core under construction. Inside it everything
// moves under handshakes or with tags that travel beside the data for as many
// cycles as the units' own latencies say, so that no signal has a stage.
type top struct {
	m       *rtl.Module
	c       Config
	numbers fixed.Config
	target  isa.Target
	words   int // of a vector register
	beats   int // of an operand buffer

	in      decoded // the instruction at the head
	fire    rtl.Sig // it issues
	scalars []scalarRegister
	writes  []vregs.Write
	reads   []vregs.Read
	readOut [][]rtl.Wire // lanes of each read port
	done    []issue.Release
	ends    []rtl.Sig // an instruction has ended

	readyForHead rtl.Wire
	operands     operands
}

// RTL returns the hardware of core c for programs that are no longer than p and
// whose vectors are no longer than those of p.
//
// Streams: load starts the loading of a program of count words through the
// memory port program; each beat of token then runs it once, and done answers
// when its last instruction has ended. The memory ports are program, weights
// and vectors (docs/decisions/009-core-microarchitecture.md).
func RTL(c Config, p *isa.Program, numbers fixed.Config) (*rtl.Module, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := c.fitsRTL(p.Target, numbers); err != nil {
		return nil, err
	}
	us, err := units(c, numbers, p)
	if err != nil {
		return nil, err
	}
	n := p.Target.VectorElements
	t := &top{c: c, numbers: numbers, target: p.Target, words: max(2, beats(n, c.VP)), beats: max(2, beats(n, c.TP)),
		m: rtl.New(fmt.Sprintf("ternary_core_t%d_v%d_r%d_n%d", c.TP, c.VP, c.VectorRegisters, n), "the whole ternary core")}
	return t.build(us, len(p.Instrs))
}

// minLat is the memory latency from which no beat finds the core unready.
const minLat = 4

// fitsRTL reports what the event model can do and the hardware cannot.
func (c Config) fitsRTL(t isa.Target, numbers fixed.Config) error {
	switch {
	case c.MatrixQueue != 0:
		return fmt.Errorf("core: matrix_queue is %d, want 0 in hardware", c.MatrixQueue)
	case c.Lat < minLat:
		return fmt.Errorf("core: lat is %d, want at least %d in hardware, which reads stored words ahead", c.Lat, minLat)
	case c.TP < c.VP:
		return fmt.Errorf("core: TP is %d, want at least VP, %d, in hardware", c.TP, c.VP)
	case c.TP < 4:
		return fmt.Errorf("core: TP is %d, want at least 4 in hardware, a beat of whole bytes", c.TP)
	case c.WeightBeatBytes != c.TP/4:
		return fmt.Errorf("core: weight_beat_bytes is %d, want %d in hardware, a beat of TP trits", c.WeightBeatBytes, c.TP/4)
	case c.VectorBeatBytes != c.VP*t.ElementBytes:
		return fmt.Errorf("core: vector_beat_bytes is %d, want %d in hardware, a word of VP elements", c.VectorBeatBytes, c.VP*t.ElementBytes)
	case numbers.Vector.Width%8 != 0:
		return fmt.Errorf("core: Vector.Width is %d, want whole bytes in hardware", numbers.Vector.Width)
	case numbers.Weight.Width > numbers.Vector.Width:
		return fmt.Errorf("core: Weight.Width is %d, want at most Vector.Width, %d, in hardware", numbers.Weight.Width, numbers.Vector.Width)
	}
	return nil
}

// The numbers of the units at the issue stage.
const (
	atLoadStore = iota
	atRMS
	atQuant
	atMatrix
	atRowWise
	issueUnits
)

// decoded are the fields of the instruction at the head.
type decoded struct {
	valid, op, d, a, b, s, q, n, cols, addr, eps, mant, exp, last rtl.Sig
}

// zero returns a constant 0 of the shape.
func (t *top) zero(sh rtl.Shape) rtl.Sig { return t.m.Const(sh, 0) }

func (t *top) one() rtl.Sig { return t.m.Const(rtl.U(1), 1) }

// is returns whether the head is one of the operations.
func (t *top) is(ops ...isa.Op) rtl.Sig {
	hit := t.zero(rtl.U(1))
	for _, op := range ops {
		hit = hit.Or(t.in.op.EqConst(int64(op)))
	}
	return hit
}

func (t *top) build(us map[isa.Unit]*unit.Unit, instrs int) (*rtl.Module, error) {
	if err := t.fetch(instrs); err != nil {
		return nil, err
	}
	fire := t.m.Wire("fire", rtl.U(1))
	t.fire = fire.Sig
	t.scalarRegisters()
	for p := range 3 {
		t.readPort(p)
	}
	ready := make([]rtl.Sig, issueUnits)
	if err := t.vector(us, ready); err != nil {
		return nil, err
	}
	if err := t.matrix(us[isa.Matrix], ready); err != nil {
		return nil, err
	}
	t.loadStore(ready)
	t.registerFile()
	fire.Set(t.issue(ready))
	t.finish()
	return t.m, t.m.Finish()
}

// fetch places the instruction memory and asks for the program.
func (t *top) fetch(instrs int) error {
	u, err := fetch.New(fetch.Config{Words: max(2, instrs)})
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

	token := t.m.InStream(rtl.Stream{Name: "token", Fields: u.Streams.In[2].Fields, Doc: "the program is run for a token"})
	b.in("token_valid", token.Valid.Unstaged())
	b.in("token_id", token.Data[0][0].Unstaged())
	token.Accept(b.out("token_ready")[0])

	field := func(name string) rtl.Sig { return b.out("i_" + name)[0] }
	t.in = decoded{b.out("i_valid")[0], field("op"), field("d"), field("a"), field("b"), field("s"), field("q"), field("n"),
		field("cols"), field("addr"), field("eps"), field("mant"), field("exp"), field("last")}
	ready := t.m.Wire("head_ready", rtl.U(1))
	b.in("i_ready", ready.Sig)
	t.readyForHead = ready
	return nil
}

// issue places the issue stage over vector registers, scalar registers and
// operand buffers, in this order.
func (t *top) issue(ready []rtl.Sig) rtl.Sig {
	reads := t.mask(t.readsA(), t.in.a, t.readsB(), t.in.b, t.is(isa.NORM, isa.QUANT, isa.TMATMUL), t.is(isa.TMATMUL))
	writes := t.mask(t.is(isa.LDV, isa.NORM, isa.TMATMUL, isa.ADD, isa.SUB, isa.MUL, isa.SIG, isa.CSIG, isa.SILU), t.in.d,
		t.zero(rtl.U(1)), t.in.b, t.is(isa.RMS), t.is(isa.QUANT))
	sel := rtl.Switch(t.in.op)
	for op := isa.LDV; op <= isa.SILU; op++ {
		number := map[isa.Unit]int64{isa.LoadStore: atLoadStore, isa.Norm: atRMS, isa.Quantiser: atQuant,
			isa.Matrix: atMatrix, isa.RowWise: atRowWise}[op.Unit()]
		if number != atRowWise {
			sel.Case(int64(op), t.m.Const(rtl.U(3), number))
		}
	}
	c := issue.Config{Registers: t.registers(), Units: issueUnits}
	head := issue.Instruction{Valid: t.in.valid, Unit: sel.Else(t.m.Const(rtl.U(3), atRowWise)), Reads: reads, Writes: writes}
	fire, _ := issue.Build(t.m, c, head, ready, t.done)
	t.readyForHead.Set(fire)
	return fire
}

func (t *top) readsA() rtl.Sig { return t.is(isa.LDV, isa.TMATMUL).Not() }
func (t *top) readsB() rtl.Sig {
	return t.is(isa.RMS, isa.NORM, isa.QUANT, isa.ADD, isa.SUB, isa.MUL)
}

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
	done := m.OutStream(rtl.Stream{Name: "done", Doc: "a token has ended", Fields: []rtl.Port{
		{Name: "in_flight", Shape: rtl.U(8), Lanes: 1, Doc: "instructions that have not, 0"}}})
	idle := ending.And(count.AnyOne().Not()).Unstaged()
	answered.Set(idle.And(done.Ready))
	done.Drive(idle, [][]rtl.Sig{{count.Unstaged()}})
}

package core

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/ternary/vregs"
)

// A lane is what each sequence of the batch has of its own: registers, operand
// buffers and, in the files of their units, the units.
type lane struct {
	t        *top
	k        int
	scalars  []scalarRegister
	operands operands
	writes   []vregs.Write
	reads    []vregs.Read
	readOut  [][]rtl.Wire // lanes of each read port
}

// A scalarRegister holds the three scales of a norm pass.
type scalarRegister struct{ normMant, normExp, quantMant, quantExp, rescaleMant, rescaleExp rtl.State }

// laneName returns the name of something in lane k.
func laneName(c Config, k int, name string) string {
	if c.Batch == 1 {
		return name
	}
	return fmt.Sprintf("l%d_%s", k, name)
}

func (l *lane) name(format string, args ...any) string {
	return laneName(l.t.c, l.k, fmt.Sprintf(format, args...))
}

func newLane(t *top, k int) *lane {
	l := &lane{t: t, k: k}
	for r := range t.c.ScalarRegisters {
		state := func(name string, sh rtl.Shape) rtl.State { return t.m.State(l.name("s%d_%s", r, name), sh, 0) }
		l.scalars = append(l.scalars, scalarRegister{
			state("norm_mant", rtl.U(16)), state("norm_exp", rtl.S(10)), state("quant_mant", rtl.U(16)), state("quant_exp", rtl.S(10)),
			state("rescale_mant", rtl.U(16)), state("rescale_exp", rtl.S(10))})
	}
	return l
}

// scalar returns one field of the scalar register that the head names.
func (l *lane) scalar(field func(scalarRegister) rtl.State) rtl.Sig {
	choice := rtl.Switch(l.t.in.s)
	for r, s := range l.scalars[1:] {
		choice.Case(int64(r+1), field(s).Unstaged())
	}
	return choice.Else(field(l.scalars[0]).Unstaged())
}

// read adds a read port and returns what it gives, readLatency cycles after it
// is asked.
func (l *lane) read(en, register, word rtl.Sig) []rtl.Sig {
	p := len(l.reads)
	l.reads = append(l.reads, vregs.Read{En: en, Register: register.Wrap(l.t.registerShape().Width), Word: fit(word, l.t.wordShape())})
	wires, lanes := make([]rtl.Wire, l.t.c.VP), make([]rtl.Sig, l.t.c.VP)
	for e := range wires {
		wires[e] = l.t.m.Wire(l.name("read%d_%d", p, e), l.t.elementShape())
		lanes[e] = wires[e].Sig
	}
	l.readOut = append(l.readOut, wires)
	return lanes
}

// write adds a write port.
func (l *lane) write(en, register, word rtl.Sig, data []rtl.Sig) {
	l.writes = append(l.writes, vregs.Write{En: en, Register: register.Wrap(l.t.registerShape().Width),
		Word: fit(word, l.t.wordShape()), Data: data})
}

// registerFile places the vector registers behind the ports that were asked
// for.
func (l *lane) registerFile() {
	t := l.t
	c := vregs.Config{Registers: t.c.VectorRegisters, Words: t.words, Lanes: t.c.VP, Width: t.numbers.Vector.Width,
		ReadPorts: len(l.reads), WritePorts: len(l.writes)}
	for p, lanes := range vregs.Build(t.m, c, l.name("vregs"), l.writes, l.reads) {
		for e, s := range lanes {
			l.readOut[p][e].Set(s.Unstaged())
		}
	}
}

// readLatency is the latency of a read port of the vector registers.
const readLatency = 2

func (t *top) wordShape() rtl.Shape     { return rtl.U(bits.Len(uint(t.words - 1))) }
func (t *top) countShape() rtl.Shape    { return rtl.U(bits.Len(uint(t.words))) }
func (t *top) registerShape() rtl.Shape { return rtl.U(bits.Len(uint(t.c.VectorRegisters - 1))) }
func (t *top) elementShape() rtl.Shape  { return rtl.S(t.numbers.Vector.Width) }

// onehot returns the scoreboard mask with the entry base+index set.
func (t *top) onehot(index rtl.Sig, base, count int) rtl.Sig {
	lanes := make([]rtl.Sig, t.registers())
	for r := range lanes {
		lanes[r] = t.zero(rtl.U(1))
		if r >= base && r < base+count {
			lanes[r] = index.EqConst(int64(r - base))
		}
	}
	return concatLow(lanes)
}

func (t *top) vectorMask(register rtl.Sig) rtl.Sig {
	return t.onehot(register.Unstaged(), 0, t.c.VectorRegisters)
}
func (t *top) scalarMask(register rtl.Sig) rtl.Sig {
	return t.onehot(register.Unstaged(), t.c.VectorRegisters, t.c.ScalarRegisters)
}
func (t *top) bufferMask(buffer rtl.Sig) rtl.Sig {
	return t.onehot(buffer.Unstaged(), t.c.VectorRegisters+t.c.ScalarRegisters, t.c.OperandBuffers)
}
func (t *top) noMask() rtl.Sig { return t.zero(rtl.U(t.registers())) }

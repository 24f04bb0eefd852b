package sparse

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/ternary/scaler"
)

// A builder is the structure under construction. Its scanner and its runner
// work at stage 0 and never stall together; accumulators and export follow in
// the pipeline.
type builder struct {
	Config
	m *rtl.Module
}

func (c Config) rtl(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
	b := &builder{Config: c, m: m}
	q := b.newQueue()
	operand := m.Mem("operand", 2<<b.indexShape().Width, rtl.S(activationBits), b.Lanes)
	next := b.scan(in[0], in[1], out[0], q, operand)
	e := b.newExport()
	r := b.run(in[2], next, q, e)
	words := b.accumulate(in[2].Data[0], operand, r, e)
	b.export(out[1], e, r, words)
}

// indexShape is the shape of the index of a beat in a vector, wordShape that of
// a beat in a column and outShape that of a beat of y.
func (b *builder) indexShape() rtl.Shape { return rtl.U(bits.Len(uint(b.MaxBeats - 1))) }
func (b *builder) wordShape() rtl.Shape  { return rtl.U(bits.Len(uint(b.Beats(b.MaxRows) - 1))) }
func (b *builder) outShape() rtl.Shape   { return rtl.U(bits.Len(uint((b.MaxRows - 1) / b.Out))) }

// outBits is the width of the number of an element in a beat of y.
func (b *builder) outBits() int { return bits.Len(uint(b.Out - 1)) }

// laneBits is the width of the number of a lane.
func (b *builder) laneBits() int { return bits.Len(uint(b.Lanes - 1)) }

// fit returns the low n bits of s, with zeros above where s is narrower.
func fit(s rtl.Sig, n int) rtl.Sig {
	if s.Shape().Width < n {
		return s.Extend(n)
	}
	return s.Wrap(n)
}

// choose returns items[index]; index is as wide as the number of items, a power
// of two, needs, and any signal if there is one item.
func choose(index rtl.Sig, items []rtl.Sig) rtl.Sig {
	for k := 0; len(items) > 1; k++ {
		half := make([]rtl.Sig, len(items)/2)
		for i := range half {
			half[i] = index.Bit(k).Mux(items[2*i+1], items[2*i])
		}
		items = half
	}
	return items[0]
}

// held returns a register that loads s in cycles where en is 1.
func (b *builder) held(name string, s, en rtl.Sig) rtl.Sig {
	r := b.m.State(name, s.Shape(), 0)
	r.SetWhen(en, s)
	return r.Sig
}

// accumulate adds the column of the activation that r names, beat by beat, and
// returns the words that e reads. A beat of w enters at stage 0, the activation
// of its column comes out of the operand memory at stage 1, and at stage 2 the
// sum of the product and the accumulators read at stage 1 is written back. A
// word written at stage 2 is read by the beat two behind it at the earliest:
// hence the rule for columns of a single beat.
func (b *builder) accumulate(codes []rtl.Sig, operand *rtl.Mem, r running, e exporter) []rtl.Sig {
	m := b.m
	word := operand.Read(rtl.Concat(r.half, r.column.Slice(b.laneBits()+b.indexShape().Width-1, b.laneBits())))
	x := choose(r.column.Wrap(b.laneBits()).Reg("lane"), word).Named("activation")
	wide := rtl.S(activationBits + 1)
	plus := x.Extend(wide.Width).Reg("plus_x")
	minus := m.Const(x.Shape(), 0).Sub(x).Reg("minus_x")

	acc := m.Mem("acc", b.Banks<<b.wordShape().Width, rtl.S(b.AccBits()), b.Lanes)
	written := r.address.Reg("beat_address")
	read := e.fetch.Reg("fetches").Mux(e.address.Reg("fetch_address"), written).Named("read_address")
	sums := acc.Read(read)
	fresh := r.fresh.Delay("beat_fresh", 2)
	valid := r.moves.Delay("beat_valid", 2)
	next := make([]rtl.Sig, b.Lanes)
	for i, code := range codes {
		code = code.Delay(fmt.Sprintf("w%d", i), 2)
		product := code.Bit(0).Mux(code.Bit(1).Mux(minus, plus), m.Const(wide, 0)).Named(fmt.Sprintf("product%d", i))
		old := fresh.Mux(m.Const(sums[i].Shape(), 0), sums[i])
		full := product.Extend(b.AccBits()).Add(old).Named(fmt.Sprintf("full%d", i))
		next[i] = full.Wrap(b.AccBits())
		m.Require(valid.Not().Or(next[i].Extend(b.AccBits()+1).Eq(full)), "the sum of row %d of a word fits %d bits", i, b.AccBits())
	}
	acc.Write(valid, written.Reg("write_address"), next)
	return sums
}

// An exporter is the control of the export: it reads the words of a result, and
// each is sent before the next is read.
type exporter struct {
	active  rtl.State // a result is being sent
	fetch   rtl.State // its next word is read in the pipeline slot of this cycle
	unread  rtl.State // it has words that are not read; only with one bank
	word    rtl.State // index of the next word
	address rtl.Sig   // of the next word
	bank    rtl.State // only with two banks
}

func (b *builder) newExport() exporter {
	m := b.m
	e := exporter{active: m.State("sending", rtl.U(1), 0), fetch: m.State("fetch", rtl.U(1), 0), word: m.State("send_word", b.wordShape(), 0)}
	e.address = e.word.Sig
	if b.Banks == 1 {
		e.unread = m.State("unread", rtl.U(1), 0)
		return e
	}
	e.bank = m.State("send_bank", rtl.U(1), 0)
	e.address = rtl.Concat(e.bank.Sig, e.word.Sig)
	return e
}

// export sends the result of a command when r ends it. The result of a command
// without columns was never written: its factor becomes 0.
//
// What happens at the end of the pipeline, at stage 2, decides about the slot of
// a later cycle at stage 0: such signals are Unstaged.
func (b *builder) export(out *rtl.OutStream, e exporter, r running, words []rtl.Sig) {
	m := b.m
	ends := r.ends.Unstaged()
	captures := e.fetch.Delay("captures", 2)
	word := make([]rtl.Sig, b.Lanes)
	for i, s := range words {
		word[i] = b.held(fmt.Sprintf("word%d", i), s, captures)
	}
	full := m.State("word_full", rtl.U(1), 0)
	left := m.State("send_left", b.outShape(), 0)
	pipe := m.NewPipe("pipe", full.Sig)
	moves := full.And(pipe.Advance).Named("part_moves")
	final := moves.And(left.EqConst(0)).Named("final_part")
	leaves, parts := moves, word
	if n := b.Lanes / b.Out; n > 1 {
		part := m.State("part", rtl.U(bits.Len(uint(n-1))), 0)
		leaves = moves.And(part.EqConst(int64(n - 1)).Or(final)).Named("word_leaves")
		part.SetWhen(moves, leaves.Mux(m.Const(part.Shape(), 0), part.AddWrap(m.Const(part.Shape(), 1))))
		parts = make([]rtl.Sig, b.Out)
		for o := range parts {
			items := make([]rtl.Sig, n)
			for k := range items {
				items[k] = word[k*b.Out+o]
			}
			parts[o] = choose(part.Sig, items)
		}
	}
	full.SetWhen(captures.Or(leaves), captures)
	left.SetWhen(ends.Or(moves), ends.Mux(r.lastOut.Unstaged(), left.SubWrap(m.Const(left.Shape(), 1))))
	b.fetches(e, r, leaves.And(final.Not()).Unstaged(), final.Unstaged())

	for o := range parts {
		parts[o] = pipe.Reg(fmt.Sprintf("part%d", o), parts[o])
	}
	zero := m.Const(scaler.MantShape, 0)
	mant := b.held("send_mant", r.fresh.Mux(zero, r.mant), r.ends)
	exp := b.held("send_exp", r.exp, r.ends)
	mant, exp = pipe.Reg("part_mant", mant.Unstaged()), pipe.Reg("part_exp", exp.Unstaged())
	y := scaler.BuildLanes(m, scaler.Config{Lanes: b.Out, AccBits: b.AccBits(), Width: b.Vector.Width}, pipe.Reg, "scale",
		parts, mant, exp)
	pipe.Drive(scaler.Registers+1, out, [][]rtl.Sig{y})
}

// fetches reads the words of a result one after the other: the first when r ends
// it, each of the others when the one before has left and it is not the last.
func (b *builder) fetches(e exporter, r running, leaves, final rtl.Sig) {
	m := b.m
	e.active.SetWhen(r.ends.Or(final), r.ends)
	e.fetch.Set(r.ends.Or(leaves))
	zero, one := m.Const(e.word.Shape(), 0), m.Const(e.word.Shape(), 1)
	e.word.SetWhen(r.ends.Or(e.fetch.Sig), r.ends.Mux(zero, e.word.AddWrap(one)))
	if b.Banks == 2 {
		e.bank.SetWhen(r.ends, r.bank)
		return
	}
	last := b.held("send_last", r.lastBeat, r.ends)
	e.unread.SetWhen(r.ends.Or(e.fetch.And(e.word.Eq(last))), r.ends)
}

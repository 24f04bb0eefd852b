package core

import (
	"math/bits"

	"lockstep/rtl"
	"lockstep/ternary/isa"
)

// walkOf returns the sequencer that feeds a unit.
func (t *top) walkOf(u isa.Unit) *walk { return t.walks[t.c.port(u)] }

// rowwise places the row-wise unit of every lane.
func (t *top) rowwise() error {
	w := t.walkOf(isa.RowWise)
	t.ready[isa.RowWise] = w.free
	valid := w.is(isa.ADD, isa.SUB, isa.MUL, isa.SIG, isa.CSIG, isa.SILU)
	code := w.op.SubWrap(t.m.Const(w.op.Shape(), int64(isa.ADD)))
	var seen written
	var end rtl.Sig
	for k, l := range t.lanes {
		blk, err := t.place(l.name("rowwise"), t.us[isa.RowWise])
		if err != nil {
			return err
		}
		blk.in("valid", valid)
		blk.in("op", code.Wrap(blk.ins["op"][0].Shape().Width))
		blk.in("a", w.a[k]...)
		blk.in("b", w.b[k]...)
		n := blk.sub.Latency()
		to := t.late(l.name("rowwise_d"), w.carry("d", t.in.d), n)
		word := t.late(l.name("rowwise_word"), w.tag("word", w.word), n)
		l.write(blk.out("valid")[0], to, word, blk.out("y"))
		if k == 0 {
			seen, end = written{when: blk.out("valid")[0], place: to, word: word}, t.late("rowwise_last", valid.And(w.ends), n)
			t.release(end, t.noMask(), t.vectorMask(to), true)
		}
		seen.data = append(seen.data, blk.out("y")...)
	}
	t.observe("rowwise", seen, end)
	return nil
}

// quant places the quantiser of every lane: NORM writes a vector register,
// QUANT an operand buffer.
func (t *top) quant() error {
	w := t.walkOf(isa.Quantiser)
	t.ready[isa.Quantiser] = w.free
	valid, isNorm := w.is(isa.NORM, isa.QUANT), w.is(isa.NORM)
	var normed, quantised written
	var ends [2]rtl.Sig
	for k, l := range t.lanes {
		blk, err := t.place(l.name("quant"), t.us[isa.Quantiser])
		if err != nil {
			return err
		}
		head := t.is(isa.NORM)
		mant := head.Mux(l.scalar(func(s scalarRegister) rtl.State { return s.normMant }), l.scalar(func(s scalarRegister) rtl.State { return s.quantMant }))
		exp := head.Mux(l.scalar(func(s scalarRegister) rtl.State { return s.normExp }), l.scalar(func(s scalarRegister) rtl.State { return s.quantExp }))
		blk.in("valid", valid)
		blk.in("x", w.a[k]...)
		blk.in("w", t.weights(w.b[k])...)
		blk.in("mant", w.carry(l.name("mant"), mant))
		blk.in("exp", w.carry(l.name("exp"), exp))
		blk.in("norm", isNorm)
		n := blk.sub.Latency()
		tag := func(name string, s rtl.Sig) rtl.Sig { return t.late(l.name("quant_%s", name), s, n) }
		norm, word, to := tag("norm", isNorm), tag("word", w.tag("word", w.word)), tag("d", w.carry("d", t.in.d))
		last, buffer := tag("last", valid.And(w.ends)), tag("q", w.carry("q", t.in.q))
		valid := blk.out("valid")[0]
		l.write(valid.And(norm), to, word, blk.out("y"))
		l.buffer(valid.And(norm.Not()), last, word, buffer, blk.out("y"))
		if k == 0 {
			ends = [2]rtl.Sig{last.And(norm), last.And(norm.Not())}
			t.release(ends[0], t.noMask(), t.vectorMask(to), true)
			t.release(ends[1], t.noMask(), t.bufferMask(buffer), true)
			normed, quantised = written{when: valid.And(norm), place: to, word: word}, written{when: valid.And(norm.Not()), place: buffer, word: word}
		}
		normed.data, quantised.data = append(normed.data, blk.out("y")...), append(quantised.data, blk.out("y")...)
	}
	t.observe("norm", normed, ends[0])
	t.observe("quant", quantised, ends[1])
	return nil
}

// weights returns register lanes as norm weights.
func (t *top) weights(lanes []rtl.Sig) []rtl.Sig {
	out := make([]rtl.Sig, len(lanes))
	for l, s := range lanes {
		out[l] = s.Wrap(t.numbers.Weight.Width)
	}
	return out
}

// rms places the norm pass of every lane.
func (t *top) rms() error {
	w, m := t.walkOf(isa.Norm), t.m
	valid := w.is(isa.RMS)
	vp := int64(t.c.VP)
	count := t.in.n.AddWrap(m.Const(t.in.n.Shape(), vp-1)).ShrConst(bits.Len(uint(vp)) - 1)
	var seen written
	for k, l := range t.lanes {
		blk, err := t.place(l.name("rms"), t.us[isa.Norm])
		if err != nil {
			return err
		}
		blk.in("cmd_valid", t.fire.And(t.is(isa.RMS)))
		blk.in("cmd_beats", fit(count, rtl.U(16)))
		blk.in("cmd_eps", fit(t.in.eps, blk.ins["cmd_eps"][0].Shape()))
		blk.in("cmd_out_mant", t.in.mant)
		blk.in("cmd_out_exp", t.in.exp)
		blk.in("x_valid", valid)
		blk.in("x_value", w.a[k]...)
		blk.in("x_weight", t.weights(w.b[k])...)
		blk.in("s_ready", t.one())
		m.Require(valid.And(blk.out("x_ready")[0].Not()).Not(), "the norm pass takes every word")
		arrives := blk.out("s_valid")[0]
		to := t.late(l.name("rms_s"), w.carry("s", t.in.s), blk.sub.Latency())
		l.scales(blk, arrives, to)
		if k == 0 {
			t.ready[isa.Norm] = w.free.And(blk.out("cmd_ready")[0])
			m.Require(arrives.Eq(t.late("rms_last", valid.And(w.ends), blk.sub.Latency())), "scales come when the norm pass says")
			t.release(arrives, t.noMask(), t.scalarMask(to), true)
			seen = written{when: arrives, place: to, word: t.zero(rtl.U(1))}
		}
		for _, name := range scaleFields {
			seen.data = append(seen.data, widest(blk.out("s_" + name)[0]))
		}
	}
	t.observe("rms", seen, seen.when)
	return nil
}

// scales writes the result of a norm pass to a scalar register.
func (l *lane) scales(blk *block, arrives, to rtl.Sig) {
	for r, reg := range l.scalars {
		en := arrives.And(to.EqConst(int64(r)))
		for _, f := range []struct {
			name  string
			state rtl.State
		}{{"norm_mant", reg.normMant}, {"norm_exp", reg.normExp}, {"quant_mant", reg.quantMant},
			{"quant_exp", reg.quantExp}, {"rescale_mant", reg.rescaleMant}, {"rescale_exp", reg.rescaleExp}} {
			f.state.SetWhen(en, blk.out("s_" + f.name)[0])
		}
	}
}

// argmax places the search for the next token of every lane. Its command
// follows the words at their distance, so that the unit is free when the
// sequencer is.
func (t *top) argmax() error {
	w := t.walkOf(isa.Search)
	t.ready[isa.Search] = w.free
	valid := w.is(isa.ARGMAX)
	begins := t.late("argmax_begins", w.take.And(t.is(isa.ARGMAX)).And(t.in.cols.AnyOne()), readLatency)
	count := t.late("argmax_count", t.in.cols, readLatency)
	var seen written
	var end rtl.Sig
	for k, l := range t.lanes {
		blk, err := t.place(l.name("argmax"), t.us[isa.Search])
		if err != nil {
			return err
		}
		blk.in("cmd_valid", begins)
		blk.in("cmd_count", fit(count, blk.ins["cmd_count"][0].Shape()))
		blk.in("x_valid", valid)
		blk.in("x", w.a[k]...)
		blk.in("y_ready", t.one())
		t.m.Require(begins.And(blk.out("cmd_ready")[0].Not()).Not(), "a search ends before the next begins")
		t.m.Require(valid.And(blk.out("x_ready")[0].Not()).Not(), "the search takes every word")
		t.again.next[k].SetWhen(blk.out("y_valid")[0], fit(blk.out("y_index")[0], t.again.next[k].Shape()))
		if k == 0 {
			end = t.late("argmax_last", valid.And(w.ends), blk.sub.Latency())
			t.release(end, t.noMask(), t.noMask(), true)
			seen = written{when: blk.out("y_valid")[0], place: t.zero(rtl.U(1)), word: t.zero(rtl.U(1))}
		}
		seen.data = append(seen.data, blk.out("y_index")[0])
	}
	t.observe("argmax", seen, end)
	return nil
}

package core

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/ternary/isa"
	"lockstep/ternary/vregs"
)

// loadStore places the unit between the memory port vectors and the vector
// registers: one instruction at a time, a word of VP elements per beat.
func (t *top) loadStore(ready []rtl.Sig) {
	m := t.m
	busy, asking := m.State("vectors_busy", rtl.U(1), 0), m.State("vectors_asking", rtl.U(1), 0)
	take := t.fire.And(t.is(isa.LDV, isa.STV)).Named("vectors_take")
	ready[atLoadStore] = busy.Unstaged().Not()
	hold := func(name string, s rtl.Sig) rtl.Sig { return s.Unstaged().Hold("vectors_"+name, take) }
	vp := int64(t.c.VP)
	words := fit(t.in.n.AddWrap(m.Const(t.in.n.Shape(), vp-1)).ShrConst(bits.Len(uint(vp))-1), rtl.U(beatsBits))
	store, count := hold("store", t.is(isa.STV)), hold("count", words)
	req := m.OutStream(requestStream("vectors", true))
	asking.Set(take.Mux(t.one(), asking.And(req.Ready.Not())))
	req.Drive(asking.Unstaged(), [][]rtl.Sig{{hold("addr", t.in.addr)}, {count}, {store}})

	loaded := t.load(hold("d", t.in.d), count, take)
	stored := t.store(hold("a", t.in.a), count, take)
	busy.Set(take.Mux(t.one(), busy.And(loaded.Or(stored).Not())))
}

// data is the payload of the vectors port.
func (t *top) data(name, doc string) rtl.Stream {
	return rtl.Stream{Name: name, Doc: doc, Fields: []rtl.Port{
		{Name: "data", Shape: t.elementShape(), Lanes: t.c.VP, Doc: "one word of a vector"}}}
}

// counter counts the words of an instruction; last is 1 with the last of them.
func (t *top) counter(name string, take, step, count rtl.Sig) (word, last rtl.Sig) {
	w := t.m.State(name, rtl.U(beatsBits), 0)
	next := w.AddWrap(t.m.Const(rtl.U(beatsBits), 1))
	w.Set(take.Mux(t.zero(rtl.U(beatsBits)), step.Unstaged().Mux(next, w.Sig)))
	return w.Unstaged(), next.Eq(count).Unstaged()
}

// load writes the words that arrive to the register.
func (t *top) load(d, count, take rtl.Sig) (end rtl.Sig) {
	in := t.m.InStream(t.data("vectors_rd", "words of a vector"))
	in.Accept(t.one())
	valid := in.Valid.Unstaged()
	word, last := t.counter("load_word", take, valid, count)
	t.writes = append(t.writes, vregs.Write{En: valid, Register: d.Wrap(t.registerShape().Width), Word: fit(word, t.wordShape()),
		Data: unstaged(in.Data[0])})
	end = valid.And(last).Named("load_end")
	t.release(end, t.noMask(), t.vectorMask(d), true)
	return end
}

// storeSlots is the number of words that a store reads ahead: what it takes to
// offer one per cycle through the read port and a register.
const storeSlots = 4

// store reads the words of the register ahead into slots and offers them in
// order, one per cycle.
func (t *top) store(a, count, take rtl.Sig) (end rtl.Sig) {
	m := t.m
	out := m.OutStream(t.data("vectors_wr", "words of a vector"))
	on := m.State("store_on", rtl.U(1), 0)
	moved := m.Wire("store_moved", rtl.U(1))
	word, last := t.counter("store_word", take, moved.Sig, count)
	asked := m.State("store_asked", rtl.U(beatsBits), 0)
	room := asked.Unstaged().SubWrap(word).Lt(m.Const(rtl.U(beatsBits), storeSlots))
	ask := on.Unstaged().And(room).And(asked.Unstaged().Lt(count)).Named("store_ask")
	asked.Set(take.Mux(t.zero(rtl.U(beatsBits)), ask.Mux(asked.AddWrap(m.Const(rtl.U(beatsBits), 1)), asked.Sig)))
	t.reads = append(t.reads, vregs.Read{En: ask, Register: a.Wrap(t.registerShape().Width), Word: fit(asked.Unstaged(), t.wordShape())})

	arrives := t.late("store_arrives", ask, readLatency)
	slotBits := bits.Len(uint(storeSlots)) - 1
	slot := t.late("store_slot", fit(asked.Unstaged(), rtl.U(slotBits)), readLatency)
	held := m.State("store_held", rtl.U(slotBits+1), 0)
	held.Set(held.AddWrap(arrives.Extend(slotBits + 1)).SubWrap(moved.Extend(slotBits + 1)))
	offer := make([]rtl.Sig, t.c.VP)
	for l, x := range t.read(2) {
		choice := rtl.Switch(fit(word, rtl.U(slotBits)))
		for k := range storeSlots {
			kept := x.Hold(fmt.Sprintf("store%d_%d", k, l), arrives.And(slot.EqConst(int64(k))))
			if k < storeSlots-1 {
				choice.Case(int64(k), kept)
			} else {
				offer[l] = choice.Else(kept)
			}
		}
	}
	offered := held.AnyOne().Unstaged()
	out.Drive(offered, [][]rtl.Sig{offer})
	moved.Set(offered.And(out.Ready))
	end = moved.And(last).Named("store_end")
	on.Set(take.And(t.is(isa.STV)).Mux(t.one(), on.And(end.Not())))
	t.release(end, t.vectorMask(a), t.noMask(), true)
	return end
}

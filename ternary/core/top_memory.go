package core

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/ternary/isa"
)

// A transfer is the load or store under way.
type transfer struct{ take, count, d, a, store rtl.Sig }

// loadStore places the unit between the memory ports vectors, one per lane, and
// the vector registers: one instruction at a time, a word of VP elements per
// beat.
func (t *top) loadStore() {
	m := t.m
	busy := m.State("vectors_busy", rtl.U(1), 0)
	take := t.fire.And(t.is(isa.LDV, isa.STV)).Named("vectors_take")
	t.ready[isa.LoadStore] = busy.Unstaged().Not()
	hold := func(name string, s rtl.Sig) rtl.Sig { return s.Unstaged().Hold("vectors_"+name, take) }
	vp := int64(t.c.VP)
	words := fit(t.in.n.AddWrap(m.Const(t.in.n.Shape(), vp-1)).ShrConst(bits.Len(uint(vp))-1), rtl.U(beatsBits))
	x := transfer{take, hold("count", words), hold("d", t.in.d), hold("a", t.in.a), hold("store", t.is(isa.STV))}
	var requested rtl.Sig
	var addrs []rtl.Sig
	for _, l := range t.lanes {
		asking := m.State(l.name("vectors_asking"), rtl.U(1), 0)
		req := m.OutStream(requestStream(VectorsPort(l.k), true))
		asking.Set(take.Mux(t.one(), asking.And(req.Ready.Not())))
		addr := t.in.addr[l.k].Unstaged().Hold(l.name("vectors_addr"), take)
		req.Drive(asking.Unstaged(), [][]rtl.Sig{{addr}, {x.count}, {x.store}})
		addrs = append(addrs, addr)
		if l.k == 0 {
			requested = asking.Unstaged().And(req.Ready)
		}
	}
	t.observeRequest("load", requested.And(x.store.Not()), x.count, addrs...)
	t.observeRequest("store", requested.And(x.store), x.count, addrs...)
	loaded, stored := t.load(x), t.store(x)
	busy.Set(take.Mux(t.one(), busy.And(loaded.Or(stored).Not())))
}

// VectorsPort is the name of the memory port for the vectors of lane k.
func VectorsPort(k int) string {
	if k == 0 {
		return "vectors"
	}
	return fmt.Sprintf("vectors%d", k)
}

// data is the payload of a vectors port.
func (l *lane) data(direction, doc string) rtl.Stream {
	return rtl.Stream{Name: VectorsPort(l.k) + direction, Doc: doc, Fields: []rtl.Port{
		{Name: "data", Shape: l.t.elementShape(), Lanes: l.t.c.VP, Doc: "one word of a vector"}}}
}

// counter counts the words of an instruction; last is 1 with the last of them.
func (t *top) counter(name string, take, step, count rtl.Sig) (word, last rtl.Sig) {
	w := t.m.State(name, rtl.U(beatsBits), 0)
	next := w.AddWrap(t.m.Const(rtl.U(beatsBits), 1))
	w.Set(take.Mux(t.zero(rtl.U(beatsBits)), step.Unstaged().Mux(next, w.Sig)))
	return w.Unstaged(), next.Eq(count).Unstaged()
}

// load writes the words that arrive to the register.
func (t *top) load(x transfer) (end rtl.Sig) {
	var valid, word, last rtl.Sig
	var data []rtl.Sig
	for k, l := range t.lanes {
		in := t.m.InStream(l.data("_rd", "words of a vector"))
		in.Accept(t.one())
		if k == 0 {
			valid = in.Valid.Unstaged()
			word, last = t.counter("load_word", x.take, valid, x.count)
		} else {
			t.m.Require(in.Valid.Unstaged().Eq(valid), "memory serves all lanes alike")
		}
		l.write(valid, x.d, word, unstaged(in.Data[0]))
		data = append(data, unstaged(in.Data[0])...)
	}
	end = valid.And(last).Named("load_end")
	t.observe("load", written{valid, x.d, word, data}, end)
	t.release(end, t.noMask(), t.vectorMask(x.d), true)
	return end
}

// storeSlots is the number of words that a store reads ahead: what it takes to
// offer one per cycle through the read port and a register.
const storeSlots = 4

// store reads the words of the register ahead into slots and offers them in
// order, one per cycle.
func (t *top) store(x transfer) (end rtl.Sig) {
	m := t.m
	on := m.State("store_on", rtl.U(1), 0)
	moved := m.Wire("store_moved", rtl.U(1))
	word, last := t.counter("store_word", x.take, moved.Sig, x.count)
	asked := m.State("store_asked", rtl.U(beatsBits), 0)
	room := asked.Unstaged().SubWrap(word).Lt(m.Const(rtl.U(beatsBits), storeSlots))
	ask := on.Unstaged().And(room).And(asked.Unstaged().Lt(x.count)).Named("store_ask")
	asked.Set(x.take.Mux(t.zero(rtl.U(beatsBits)), ask.Mux(asked.AddWrap(m.Const(rtl.U(beatsBits), 1)), asked.Sig)))
	slotBits := bits.Len(uint(storeSlots)) - 1
	arrives, slot := t.late("store_arrives", ask, readLatency), t.late("store_slot", fit(asked.Unstaged(), rtl.U(slotBits)), readLatency)
	held := m.State("store_held", rtl.U(slotBits+1), 0)
	held.Set(held.AddWrap(arrives.Extend(slotBits + 1)).SubWrap(moved.Extend(slotBits + 1)))
	offered := held.AnyOne().Unstaged()
	var data []rtl.Sig
	for k, l := range t.lanes {
		out := m.OutStream(l.data("_wr", "words of a vector"))
		offer := make([]rtl.Sig, t.c.VP)
		for e, y := range l.read(ask, x.a, asked.Unstaged()) {
			choice := rtl.Switch(fit(word, rtl.U(slotBits)))
			for s := range storeSlots {
				kept := y.Hold(l.name("store%d_%d", s, e), arrives.And(slot.EqConst(int64(s))))
				if s < storeSlots-1 {
					choice.Case(int64(s), kept)
				} else {
					offer[e] = choice.Else(kept)
				}
			}
		}
		out.Drive(offered, [][]rtl.Sig{offer})
		data = append(data, offer...)
		if k == 0 {
			moved.Set(offered.And(out.Ready))
		} else {
			m.Require(offered.And(out.Ready).Unstaged().Eq(moved.Sig), "memory serves all lanes alike")
		}
	}
	end = moved.And(last).Named("store_end")
	t.observe("store", written{moved.Sig, x.a, word, data}, end)
	on.Set(x.take.And(t.is(isa.STV)).Mux(t.one(), on.And(end.Not())))
	t.release(end, t.vectorMask(x.a), t.noMask(), true)
	return end
}

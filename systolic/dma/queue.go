package dma

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
)

// A queue is a shift register of entries with the oldest in front.
type queue struct {
	front []rtl.Sig // fields of the oldest entry
	some  rtl.Sig   // u1: there is an entry
	full  rtl.Sig   // u1: there is no room
	count rtl.State // entries

	m       *rtl.Module
	name    string
	entries [][]rtl.State // [position][field]
}

// A field is a part of the entries of a queue.
type field struct {
	name  string
	shape rtl.Shape
}

// newQueue declares a queue, which is driven by a call of connect.
func newQueue(m *rtl.Module, name string, depth int, fields []field) *queue {
	q := &queue{m: m, name: name, count: m.State(name+"_count", rtl.U(bits.Len(uint(depth))), 0)}
	for i := range depth {
		var entry []rtl.State
		for _, f := range fields {
			entry = append(entry, m.State(fmt.Sprintf("%s%d_%s", name, i, f.name), f.shape, 0))
		}
		q.entries = append(q.entries, entry)
	}
	for _, s := range q.entries[0] {
		q.front = append(q.front, s.Sig)
	}
	q.some = q.count.AnyOne().Named(name + "_some")
	q.full = q.count.EqConst(int64(depth)).Named(name + "_full")
	return q
}

// connect adds an entry in cycles where push is 1 and removes the front one in
// cycles where pop is 1, or both.
func (q *queue) connect(push rtl.Sig, entry []rtl.Sig, pop rtl.Sig) {
	m := q.m
	m.Require(push.And(q.full).Not(), "%s is not full when an entry comes", q.name)
	m.Require(pop.Not().Or(q.some), "%s is not empty when an entry goes", q.name)
	one := m.Const(q.count.Shape(), 1)
	less := q.count.SubWrap(one)
	slot := pop.Mux(less, q.count.Sig).Named(q.name + "_slot")
	for i, states := range q.entries {
		put := push.And(slot.EqConst(int64(i))).Named(fmt.Sprintf("%s%d_put", q.name, i))
		for f, s := range states {
			if i+1 == len(q.entries) {
				s.SetWhen(put, entry[f])
				continue
			}
			s.SetWhen(put.Or(pop), put.Mux(entry[f], q.entries[i+1][f].Sig))
		}
	}
	q.count.SetWhen(push.Xor(pop), push.Mux(q.count.AddWrap(one), less))
}

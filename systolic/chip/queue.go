package chip

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"lockstep/rtl"
)

// fields are the shapes of the parts of an entry, values their signals.
type (
	fields map[string]rtl.Shape
	values map[string]rtl.Sig
)

// A queue is a shift register of entries with the oldest in front. An entry is
// at the front in the cycle after it comes, at the earliest, and its place is
// free in the cycle after it goes.
type queue struct {
	front values
	some  rtl.Sig // u1: there is an entry
	full  rtl.Sig // u1: there is no room

	m       *rtl.Module
	name    string
	names   []string
	count   rtl.State
	entries []map[string]rtl.State
}

// queue declares a queue, which is driven by a call of connect.
func (t *top) queue(name string, depth int, fs fields) *queue {
	q := &queue{m: t.m, name: name, names: slices.Sorted(maps.Keys(fs)), front: values{},
		count: t.m.State(name+"_count", rtl.U(bits.Len(uint(depth))), 0)}
	for i := range depth {
		entry := map[string]rtl.State{}
		for _, f := range q.names {
			entry[f] = t.m.State(fmt.Sprintf("%s%d_%s", name, i, f), fs[f], 0)
		}
		q.entries = append(q.entries, entry)
	}
	for _, f := range q.names {
		q.front[f] = q.entries[0][f].Unstaged()
	}
	q.some = q.count.Unstaged().AnyOne().Named(name + "_some")
	q.full = q.count.Unstaged().EqConst(int64(depth)).Named(name + "_full")
	return q
}

// connect adds an entry in cycles where push is 1 and removes the front one in
// cycles where pop is 1, or both.
func (q *queue) connect(push rtl.Sig, entry values, pop rtl.Sig) {
	m := q.m
	m.Require(push.And(q.full).Not(), "%s is not full when an entry comes", q.name)
	m.Require(pop.Not().Or(q.some), "%s is not empty when an entry goes", q.name)
	count := q.count.Unstaged()
	one := m.Const(q.count.Shape(), 1)
	less := count.SubWrap(one)
	slot := pop.Mux(less, count).Named(q.name + "_slot")
	for i, states := range q.entries {
		put := push.And(slot.EqConst(int64(i))).Named(fmt.Sprintf("%s%d_put", q.name, i))
		for _, f := range q.names {
			if i+1 == len(q.entries) {
				states[f].SetWhen(put, entry[f])
				continue
			}
			states[f].SetWhen(put.Or(pop), put.Mux(entry[f], q.entries[i+1][f].Unstaged()))
		}
	}
	q.count.SetWhen(push.Xor(pop), push.Mux(count.AddWrap(one), less))
}

package argmax

import (
	"fmt"

	"lockstep/rtl"
)

// A builder is the structure under construction: one pipeline that a beat of x
// enters at stage 0 and a tree of comparisons narrows to its largest element,
// which meets the largest of the beats before it. A vector's last beat becomes
// the beat of y; the pipeline stalls while that beat waits at its end.
type builder struct {
	Config
	m    *rtl.Module
	pipe *rtl.Pipe
}

// A beat is what accompanies the beat of x at one stage.
type beat struct {
	valid, first rtl.Sig // u1: there is a beat; it is the first of its vector
	number       rtl.Sig // of the beat in its vector
}

// A candidate is the largest of some lanes.
type candidate struct {
	valid rtl.Sig // u1: the vector has an element in the first of the lanes
	value rtl.Sig
	lane  []rtl.Sig // index among the lanes; absent for a single one
}

func (c Config) rtl(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
	b := &builder{Config: c, m: m}
	at, filled := b.control(in[0], in[1])
	lanes := make([]candidate, c.Lanes)
	for i, v := range in[1].Data[0] {
		lanes[i] = candidate{valid: filled[i], value: v}
	}
	best := b.largest(lanes)
	at = b.delayed(at, c.laneBits())
	index, value := b.accumulate(at, best)
	b.pipe.Drive(c.laneBits()+1, out[0], [][]rtl.Sig{{index}, {value}})
}

// control accepts a command when the previous vector has ended or ends in this
// cycle, and then the beats of its vector. It returns what accompanies a beat
// and which of its lanes have an element.
func (b *builder) control(cmd, x *rtl.InStream) (at beat, filled []rtl.Sig) {
	m, laneBits := b.m, b.laneBits()
	number := rtl.U(CountBits - laneBits)
	busy := m.State("busy", rtl.U(1), 0)
	left := m.State("beats_left", number, 0) // beats of the vector after this one
	index := m.State("beat", number, 0)

	offered := x.Valid.And(busy.Sig).Named("offered")
	last := left.AnyOne().Not().Named("last")
	b.pipe = m.NewPipe("pipe", offered.And(last).Named("completes"))
	moves := offered.And(b.pipe.Advance).Named("moves")
	ready := busy.Not().Or(moves.And(last)).Named("idle")
	cmd.Accept(ready)
	x.Accept(busy.And(b.pipe.Advance))

	takes := cmd.Fire(ready).Named("takes")
	count := cmd.Data[0][0]
	m.Require(takes.Not().Or(count.AnyOne()), "cmd_count is at least 1")
	lastIndex := count.SubWrap(m.Const(count.Shape(), 1)).Named("last_index") // index of the last element
	one := m.Const(number, 1)
	busy.SetWhen(ready, takes)
	left.SetWhen(takes.Or(moves), takes.Mux(lastIndex.ShrConst(laneBits), left.SubWrap(one)))
	index.SetWhen(takes.Or(moves), takes.Mux(m.Const(number, 0), index.AddWrap(one)))
	at = beat{offered, index.AnyOne().Not().Named("first"), index.Sig}

	filled = make([]rtl.Sig, b.Lanes)
	filled[0] = m.Const(rtl.U(1), 1)
	if b.Lanes > 1 {
		tail := m.State("tail", rtl.U(laneBits), 0) // last lane of the last beat
		tail.SetWhen(takes, lastIndex.Slice(laneBits-1, 0))
		for i := 1; i < b.Lanes; i++ {
			filled[i] = last.Not().Or(tail.Ge(m.Const(tail.Shape(), int64(i)))).Named(fmt.Sprintf("filled%d", i))
		}
	}
	return at, filled
}

// largest narrows the lanes to one with a register per level. Lanes are filled
// from the first on, so that the first of two is filled if the second is.
func (b *builder) largest(lanes []candidate) candidate {
	for level := 1; len(lanes) > 1; level++ {
		next := make([]candidate, len(lanes)/2)
		for i := range next {
			name := func(s string) string { return fmt.Sprintf("%s_l%d_%d", s, level, i) }
			p, q := lanes[2*i], lanes[2*i+1]
			second := q.valid.And(p.value.Lt(q.value)).Named(name("second"))
			lane := []rtl.Sig{second}
			if len(p.lane) > 0 {
				lane[0] = rtl.Concat(second, second.Mux(q.lane[0], p.lane[0]))
			}
			next[i] = candidate{
				value: b.pipe.Reg(name("value"), second.Mux(q.value, p.value)),
				lane:  []rtl.Sig{b.pipe.Reg(name("lane"), lane[0])},
			}
			if i > 0 { // lane 0 is always filled
				next[i].valid = b.pipe.Reg(name("valid"), p.valid)
			}
		}
		lanes = next
	}
	return lanes[0]
}

// delayed returns at after n stages.
func (b *builder) delayed(at beat, n int) beat {
	delay := func(name string, s rtl.Sig) rtl.Sig {
		for i := range n {
			s = b.pipe.Reg(fmt.Sprintf("%s_d%d", name, i+1), s)
		}
		return s
	}
	return beat{delay("beat_valid", at.valid), delay("beat_first", at.first), delay("beat_number", at.number)}
}

// accumulate returns, a stage later, index and value of the largest element of
// the vector up to and with this beat. A beat that comes later wins only if it
// is larger.
func (b *builder) accumulate(at beat, best candidate) (index, value rtl.Sig) {
	m := b.m
	top := m.State("top_value", best.value.Shape(), 0)
	place := m.State("top_index", rtl.U(CountBits), 0)
	wins := at.first.Or(top.Lt(best.value)).Named("wins")
	loads := wins.And(at.valid).And(b.pipe.Advance).Named("loads")
	top.SetWhen(loads, best.value)
	place.SetWhen(loads, rtl.Concat(append([]rtl.Sig{at.number}, best.lane...)...))
	return place.Sig.Unstaged(), top.Sig.Unstaged()
}

package core

import (
	"lockstep/sim"
	"lockstep/ternary"
)

// A weightPath is the way of the weights from memory to the matrix unit: the
// memory port, whose beats are those of the matrix unit or go through an
// unpacker (package unpack). The matrix unit takes a beat as it comes.
type weightPath struct {
	stream   *sim.Stream // the beats of memory, if there is no unpacker
	unpacker sim.Cycle   // its latency

	lat, num, den  int64
	trits, lanes   int64 // of a beat of memory, of a beat of the matrix unit
	credit         int64
	now            sim.Cycle // first cycle in which the next beat of memory can be
	free           sim.Cycle // first cycle in which the unpacker takes one of the next product
	beats          int64     // of memory
	beatBytes, sum int64
}

// direct reports whether a beat of memory is a beat of the matrix unit.
func (c Config) direct() bool { return c.Packing == ternary.TwoBit && 4*c.WeightBeatBytes == c.TP }

func newWeightPath(c Config, unpacker sim.Cycle) (*weightPath, error) {
	p := &weightPath{unpacker: unpacker, lat: c.Lat, num: c.Eff.Num, den: c.Eff.Den, credit: c.Eff.Den,
		trits: int64(c.Packing.TritsPerByte() * c.WeightBeatBytes), lanes: int64(c.TP), beatBytes: int64(c.WeightBeatBytes)}
	if !c.direct() || c.ZeroSkip {
		return p, nil
	}
	var err error
	p.stream, err = sim.NewStream(c.memoryPort("Memory.Weights", c.WeightBeatBytes))
	return p, err
}

// memoryPort describes a memory port of the core.
func (c Config) memoryPort(name string, beat int) sim.PortConfig {
	return sim.PortConfig{Name: name, BeatBytes: int64(beat), LatencyCycles: sim.Cycle(c.Lat), Efficiency: sim.Ratio(c.Eff)}
}

// count returns the beats of memory that hold so many of the matrix unit.
func (p *weightPath) count(beats int64) int64 { return (beats*p.lanes + p.trits - 1) / p.trits }

// product requests the weights of a product of total beats in cycle at. It
// returns the cycle of its first beat at the matrix unit and appends to list
// those of the beats that end a group of so many, and of the last.
func (p *weightPath) product(at sim.Cycle, total, group int64, list []sim.Cycle) (first sim.Cycle, ends []sim.Cycle) {
	count := p.count(total)
	p.beats += count
	p.sum += count * p.beatBytes
	if p.stream == nil {
		return p.unpack(at, total, group, list)
	}
	b := p.stream.Request(at, count*p.beatBytes)
	for k := min(group, total); ; k = min(k+group, total) {
		list = append(list, b.At(k-1))
		if k == total {
			return b.At(0), list
		}
	}
}

// unpack follows the beats of memory through the unpacker, which takes one in a
// cycle in which it holds less than a beat of the matrix unit, and gives one in
// every cycle in which it then has one. A beat that it does not take is held,
// and the credit of the port with it.
func (p *weightPath) unpack(at sim.Cycle, total, group int64, list []sim.Cycle) (first sim.Cycle, ends []sim.Cycle) {
	p.open(at)
	held, done, mark := int64(0), int64(0), min(group, total)
	for done < total {
		taken := max(p.offered(), p.free)
		p.take(taken)
		p.free = taken + 1
		out := taken // cycle of the next beat that goes in
		for held += p.trits; held >= p.lanes && done < total; held -= p.lanes {
			if done++; done == 1 {
				first = out + p.unpacker
			}
			if done == mark {
				list, mark = append(list, out+p.unpacker), min(mark+group, total)
			}
			out++
			p.free = out
		}
	}
	return first, list
}

// column requests count beats of memory in cycle at.
func (p *weightPath) column(at sim.Cycle, count int64) {
	p.beats += count
	p.sum += count * p.beatBytes
	p.open(at)
}

// open goes to the first cycle in which a request made in cycle at can have a
// beat.
func (p *weightPath) open(at sim.Cycle) {
	if open := at + sim.Cycle(p.lat); open > p.now {
		p.credit = min(p.credit+p.num*int64(open-p.now), p.den)
		p.now = open
	}
}

// offered returns the cycle in which the next beat is offered.
func (p *weightPath) offered() sim.Cycle {
	if p.credit >= p.den {
		return p.now
	}
	return p.now + sim.Cycle((p.den-p.credit+p.num-1)/p.num)
}

// take moves the next beat in a cycle from that of its offer on: while it is
// held, credit grows by less than a beat.
func (p *weightPath) take(taken sim.Cycle) {
	credit := min(p.credit+p.num*int64(taken-p.now), p.den+p.num-1)
	p.credit, p.now = min(credit-p.den+p.num, p.den+p.num-1), taken+1
}

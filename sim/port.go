package sim

import (
	"fmt"
	"math"
)

// A Port is one way into a memory.
type Port struct {
	mem      *Memory
	config   PortConfig
	index    int
	asked    ring[request]
	accepted ring[request]
	stats    portStats
}

type portStats struct {
	requests, read, written int64
	waited                  Cycle
}

// A Receiver hears of the end of the requests it made.
type Receiver interface {
	// Delivered is called in phase Deliver of the cycle of the last beat.
	Delivered(tag uint64, now Cycle)
}

type request struct {
	op    *Op // or receiver
	to    Receiver
	tag   uint64
	bytes int64
	addr  int64
	write bool
	at    Cycle // when it was made
	open  Cycle
}

func newPort(m *Memory, c PortConfig) (*Port, lane, error) {
	name := m.config.Name + "." + c.Name
	if err := m.node.sys.claim(name); err != nil {
		return nil, lane{}, err
	}
	l, err := c.lane(name)
	return &Port{mem: m, config: c, index: len(m.ports)}, l, err
}

// lane returns the state of the port at rest, or what is wrong with it.
func (c PortConfig) lane(name string) (lane, error) {
	e := c.Efficiency
	if e == (Ratio{}) {
		e = Ratio{1, 1}
	}
	switch {
	case c.BeatBytes < 1 || c.BeatBytes > maxBeatBytes:
		return lane{}, fmt.Errorf("sim: %s: BeatBytes is %d, want 1 to %d", name, c.BeatBytes, maxBeatBytes)
	case c.LatencyCycles < 1 || c.LatencyCycles > MaxCycle:
		return lane{}, fmt.Errorf("sim: %s: LatencyCycles is %d, want 1 to %d", name, c.LatencyCycles, MaxCycle)
	case e.Num < 1 || e.Den < e.Num || e.Den > maxRatio:
		return lane{}, fmt.Errorf("sim: %s: Efficiency is %d/%d, want 0 < Num/Den <= 1 with Den up to %d",
			name, e.Num, e.Den, maxRatio)
	case c.MaxOutstanding < 0:
		return lane{}, fmt.Errorf("sim: %s: MaxOutstanding is %d, want 0 or more", name, c.MaxOutstanding)
	}
	return lane{num: e.Num, den: e.Den, beatBytes: c.BeatBytes, credit: e.Den, open: math.MaxInt64}, nil
}

// Name returns the name of the port, Memory.Port.
func (p *Port) Name() string { return p.mem.node.name + "." + p.config.Name }

// Request asks for a transfer on behalf of a component, which calls it in any
// phase; to hears of its end with the tag. Ops use Op.Transfers.
func (p *Port) Request(t Transfer, to Receiver, tag uint64) error {
	switch {
	case to == nil:
		return fmt.Errorf("%s: request without receiver", p.Name())
	case t.Bytes < 1 || t.Bytes > maxTransferBytes || t.Addr < 0:
		return fmt.Errorf("%s: request of %d bytes at %d, want 1 to %d at 0 or more",
			p.Name(), t.Bytes, t.Addr, int64(maxTransferBytes))
	}
	now := p.mem.node.sys.core.now
	p.ask(request{to: to, tag: tag, bytes: t.Bytes, addr: t.Addr, write: t.Write, at: now})
	return nil
}

func (p *Port) request(now Cycle, o *Op, t *Transfer) {
	p.ask(request{op: o, bytes: t.Bytes, addr: t.Addr, write: t.Write, at: now})
}

func (p *Port) ask(r request) {
	p.asked.push(r)
	p.mem.node.WakeAt(r.at)
}

func (p *Port) canAccept() bool {
	limit := p.config.MaxOutstanding
	return p.asked.len() > 0 && (limit == 0 || p.accepted.len() < limit)
}

// accept is phase Accept: at most one request a cycle.
func (p *Port) accept(now Cycle) {
	if !p.canAccept() {
		return
	}
	r := p.asked.pop()
	r.open = now + p.config.LatencyCycles
	if b := p.mem.banks; b != nil {
		r.open += b.touch(r.addr, r.bytes)
	}
	p.stats.requests++
	p.stats.waited += now - r.at
	p.accepted.push(r)
	if p.accepted.len() == 1 {
		p.promote(now)
		p.mem.valid = false
	}
}

// promote puts the oldest accepted request at the head of the lane.
func (p *Port) promote(now Cycle) {
	l := &p.mem.lanes
	if l.now <= now {
		l.run(now + 1) // nothing ends on the way: the memory is woken for ends
	}
	r := p.accepted.front()
	lane := &l.list[p.index]
	lane.open = r.open
	lane.left = (r.bytes + p.config.BeatBytes - 1) / p.config.BeatBytes
}

// complete ends the head in cycle now.
func (p *Port) complete(now Cycle) {
	r := p.accepted.pop()
	if r.write {
		p.stats.written += r.bytes
	} else {
		p.stats.read += r.bytes
	}
	if p.accepted.len() > 0 {
		p.promote(now)
	}
	if r.op != nil {
		r.op.Unit.delivered(now, r.op)
	} else {
		r.to.Delivered(r.tag, now)
	}
}

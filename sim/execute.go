package sim

import (
	"fmt"
	"math"
)

// startQueued is phase Start: the op at the head of the queue starts if it
// can, and issuers hear of free places.
func (u *Unit) startQueued(now Cycle) error {
	if u.queue.len() > 0 && u.queue.front().from <= now {
		if o := u.queue.front().op; u.canStart(now, o, u.node) == busy {
			u.queue.pop()
			u.left = now
			u.traceDepth(now)
			if err := u.start(now, o); err != nil {
				return err
			}
		}
	}
	if len(u.waiting) > 0 && u.hasPlace(now) {
		u.waiting.wake(now)
	}
	u.refuse(now)
	u.rearm(now)
	return nil
}

// hasPlace says whether it is worth asking again.
func (u *Unit) hasPlace(now Cycle) bool {
	if u.config.QueueDepth == 0 {
		return !u.holding && u.freeAt <= now
	}
	return u.taken(now) < u.config.QueueDepth
}

// refuse enters into the meter why the head of the queue does not start.
func (u *Unit) refuse(now Cycle) {
	if u.holding || u.freeAt > now {
		return
	}
	st := idle
	if u.queue.len() > 0 && u.queue.front().from <= now {
		st = u.canStart(now, u.queue.front().op, u.node)
	}
	u.meter.set(now, st)
}

// rearm asks for the next cycle in which there is something to do.
func (u *Unit) rearm(now Cycle) {
	const never = Cycle(math.MaxInt64)
	next := never
	if u.running.len() > 0 {
		if o := *u.running.front(); o.pending == 0 {
			next = max(o.due, now+1)
		}
	}
	if !u.timers.empty() {
		next = min(next, u.timers.first())
	}
	if u.queue.len() > 0 && u.queue.front().from > now {
		next = min(next, u.queue.front().from)
	}
	if !u.holding && u.freeAt > now && (u.queue.len() > 0 || len(u.waiting) > 0) {
		next = min(next, u.freeAt)
	}
	if len(u.waiting) > 0 && u.left == now {
		next = min(next, now+1)
	}
	if next != never {
		u.node.WakeAt(next)
	}
}

// start begins an op in cycle now, in phase Start or on behalf of an issuer.
// If it fails, the unit and the op are what the error is about.
func (u *Unit) start(now Cycle, o *Op) error {
	k := &u.node.sys.core
	caller := k.acting
	k.acting, k.op = u.node, o
	latency, interval, err := u.timing(now, o)
	if err != nil {
		return err
	}
	for i := range o.Waits {
		if w := &o.Waits[i]; !w.Keep {
			w.On.count -= w.Count
		}
	}
	o.start, o.due, o.holds = now, now+latency, interval == 0
	o.pending = len(o.Transfers)
	u.running.push(o)
	u.newest = o
	if o.holds {
		u.holding = true
		u.meter.setUntil(now, busy, max(o.due, now+1), outcome(o))
	} else {
		u.freeAt = now + interval
		u.meter.setUntil(now, busy, u.freeAt, idle)
		u.traceOp(o, u.freeAt)
	}
	u.schedule(now, o)
	for i := range o.Allocs {
		if _, err := o.Allocs[i].Pad.Alloc(o.Allocs[i].Name, o.Allocs[i].Bytes); err != nil {
			return err
		}
	}
	u.rearm(now)
	if err := u.payload(o, o.OnStart); err != nil {
		return err
	}
	k.acting, k.op = caller, nil
	return nil
}

// outcome is the state of a unit held by an op beyond its latency.
func outcome(o *Op) state {
	if len(o.Transfers) > 0 {
		return waitMemory
	}
	return waitFull
}

func (u *Unit) timing(now Cycle, o *Op) (latency, interval Cycle, err error) {
	latency, interval = o.Latency, o.Interval
	switch {
	case o.Timing != nil:
		latency, interval = o.Timing(now)
	case latency == 0 && u.config.Latency > 0:
		latency, interval = u.config.Latency, u.config.Interval
	}
	least := Cycle(1)
	if len(o.Transfers) > 0 {
		least = 0
	}
	if latency < least || interval < 0 || max(latency, interval) > MaxCycle {
		return 0, 0, fmt.Errorf("latency %d and interval %d, want latency %d or more and interval 0 or more",
			latency, interval, least)
	}
	if o.ReadAt < 0 || o.ResultAt < 0 || max(o.ReadAt, o.ResultAt) > MaxCycle {
		return 0, 0, fmt.Errorf("ReadAt %d and ResultAt %d, want 0 to %d", o.ReadAt, o.ResultAt, MaxCycle)
	}
	return latency, interval, nil
}

// schedule sets up what happens while the op runs.
func (u *Unit) schedule(now Cycle, o *Op) {
	for i := range o.Transfers {
		if t := &o.Transfers[i]; t.After == 0 {
			t.Port.request(now, o, t)
		} else {
			u.timers.add(timer{at: now + t.After, op: o, transfer: i})
		}
	}
	u.points(now, o, false)
}

// points releases and signals what is anchored at the finish, which is now, or
// at a moment that follows from the start, which is now.
func (u *Unit) points(now Cycle, o *Op, finish bool) {
	for i := range o.Signals {
		g := &o.Signals[i]
		u.point(now, o, g.At, finish, timer{sem: g.To, n: g.Count})
	}
	if b := o.board; b != nil {
		for _, r := range o.Reads {
			u.point(now, o, o.ReadsFree, finish, timer{board: b, n: int64(r), release: readFree})
		}
		for _, r := range o.Writes {
			u.point(now, o, o.open(), finish, timer{board: b, n: int64(r), release: writeOpen})
			u.point(now, o, o.WritesReady, finish, timer{board: b, n: int64(r), release: writeReady})
		}
	}
}

func (u *Unit) point(now Cycle, o *Op, p Point, finish bool, t timer) {
	switch {
	case (p.From == AtFinish) != finish:
		return
	case finish:
		t.at = now + p.Cycles
	default:
		t.at = now + o.offset(p)
	}
	u.fireAt(now, t)
}

func (u *Unit) fireAt(now Cycle, t timer) {
	if t.at > now {
		u.timers.add(t)
		return
	}
	u.fire(t)
}

func (u *Unit) fire(t timer) {
	if t.sem != nil {
		t.sem.count += t.n
		t.sem.waiting.wake(u.node.sys.core.now)
	} else {
		t.board.release(int(t.n), t.release)
	}
}

// retire is phase Retire: timers first, then the ops that finish.
func (u *Unit) retire(now Cycle) error {
	for !u.timers.empty() && u.timers.first() <= now {
		switch t := u.timers.pop(); {
		case t.op == nil:
			u.fire(t)
		case t.transfer == noTransfer:
			u.reserved--
			if err := u.enter(now, t.op); err != nil {
				return err
			}
		default:
			t.op.Transfers[t.transfer].Port.request(now, t.op, &t.op.Transfers[t.transfer])
		}
	}
	for u.running.len() > 0 {
		if o := *u.running.front(); o.pending > 0 || o.due > now {
			return nil
		}
		if err := u.finish(now, u.running.pop()); err != nil {
			return err
		}
	}
	return nil
}

func (u *Unit) finish(now Cycle, o *Op) error {
	u.ops++
	u.bytes += o.bytes()
	u.node.sys.retired++
	if o.holds {
		u.holding = false
		u.traceOp(o, now)
		u.settle(now, o)
	}
	u.points(now, o, true)
	u.node.sys.core.op = o
	for i := range o.Frees {
		if err := o.Frees[i].Pad.Free(o.Frees[i].Name); err != nil {
			return err
		}
	}
	u.node.sys.core.op = nil
	o.state, o.board = opFree, nil
	if err := u.payload(o, o.OnFinish); err != nil {
		return err
	}
	if o.pool != nil && o.state == opFree {
		o.pool.free = append(o.pool.free, o)
	}
	return nil
}

// settle tells the meter how an op that held the unit until now spent the
// cycles after its latency: waiting for its last beat, then for its tail,
// then for an older op.
func (u *Unit) settle(now Cycle, o *Op) {
	if len(o.Transfers) > 0 {
		u.meter.set(max(o.last, u.meter.split), busy)
	}
	if o.due < now {
		u.meter.set(o.due, waitFull)
	}
	u.meter.set(now, idle)
}

// payload runs f. Until it returns without error, o is the op that an error
// or a panic is about.
func (u *Unit) payload(o *Op, f func() error) error {
	if f == nil || u.node.sys.config.TimingOnly {
		return nil
	}
	k := &u.node.sys.core
	k.op = o
	if err := f(); err != nil {
		return err
	}
	k.op = nil
	return nil
}

func (u *Unit) traceOp(o *Op, end Cycle) {
	if u.meter.tracer != nil {
		u.meter.tracer.Slice(Slice{Track: u.meter.track, Kind: "op", Name: o.Name, Start: o.start, End: end, Tag: o.Tag})
	}
}

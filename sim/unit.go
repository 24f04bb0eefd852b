package sim

import "fmt"

// UnitConfig describes a unit. Latency and Interval are those of ops that
// give none; read them from the RTL.
type UnitConfig struct {
	Name string

	// QueueDepth is the number of ops that can wait at the unit, in order.
	// At 0 there is no queue: an op issues in the cycle in which it starts.
	QueueDepth int
	// Pipe lets a full queue take an op in the cycle in which another leaves;
	// otherwise its place is free in the next cycle.
	Pipe bool
	// Flow lets an op start in the cycle in which it enters; otherwise the
	// queue is a register and the op starts in the next cycle at the earliest.
	Flow bool

	Latency     Cycle // cycles from start to finish
	Interval    Cycle // cycles from start to the next start; 0 means until the finish
	MaxInFlight int   // ops started and not finished; 0 means no limit
}

// A Unit executes ops in order: it starts at most one per cycle, and they
// finish in the order in which they started. An op that is done before an
// older one finishes in the same cycle as the older one.
type Unit struct {
	node   *Node
	config UnitConfig

	queue    ring[queued]
	reserved int   // places promised to ops on their way
	left     Cycle // cycle in which an op left the queue last
	running  ring[*Op]
	freeAt   Cycle // when a fixed interval ends
	holding  bool  // the last op started keeps the unit until it finishes
	newest   *Op   // the last op started
	timers   timers
	waiting  waitlist // issuers to wake when an op can be accepted
	meter    meter
	ops      int64
	bytes    int64

	depthName string // of the trace counter
}

type queued struct {
	op   *Op
	from Cycle // first cycle in which it can start
}

// NewUnit adds a unit to the system.
func NewUnit(s *System, c UnitConfig) (*Unit, error) {
	u := &Unit{config: c, left: noWake}
	node, err := s.Add(c.Name, u, Retire, Start)
	if err != nil {
		return nil, err
	}
	u.node, u.depthName = node, c.Name+" queue"
	switch {
	case c.QueueDepth < 0 || c.QueueDepth > 1<<20:
		return nil, fmt.Errorf("sim: %s: QueueDepth is %d, want 0 to %d", c.Name, c.QueueDepth, 1<<20)
	case c.QueueDepth == 0 && (c.Pipe || c.Flow):
		return nil, fmt.Errorf("sim: %s: Pipe or Flow without a queue, want QueueDepth 1 or more", c.Name)
	case c.Latency < 0 || c.Latency > MaxCycle:
		return nil, fmt.Errorf("sim: %s: Latency is %d, want 0 to %d", c.Name, c.Latency, MaxCycle)
	case c.Interval < 0 || c.Interval > MaxCycle:
		return nil, fmt.Errorf("sim: %s: Interval is %d, want 0 to %d", c.Name, c.Interval, MaxCycle)
	case c.MaxInFlight < 0:
		return nil, fmt.Errorf("sim: %s: MaxInFlight is %d, want 0 or more", c.Name, c.MaxInFlight)
	}
	return u, nil
}

// Name returns the name of the unit.
func (u *Unit) Name() string { return u.node.name }

// Act implements Component.
func (u *Unit) Act(p Phase, now Cycle) error {
	if p == Retire {
		return u.retire(now)
	}
	return u.startQueued(now)
}

// Blocked implements Component. Running ops always finish; only the head of
// the queue can be stuck.
func (u *Unit) Blocked() string {
	if u.queue.len() == 0 {
		return ""
	}
	o := u.queue.front().op
	if sem := lacking(o); sem != nil {
		return sem.name + " (op " + o.label() + ")"
	}
	return ""
}

// lacking returns the first wait of o that does not hold.
func lacking(o *Op) *Semaphore {
	for i := range o.Waits {
		if w := &o.Waits[i]; w.On.count < w.Count {
			return w.On
		}
	}
	return nil
}

// canStart says whether o can start in cycle now: busy if so, else what it
// waits for. Who is to be woken then is put on the right list.
func (u *Unit) canStart(now Cycle, o *Op, who *Node) state {
	switch {
	case u.holding || u.freeAt > now,
		u.config.MaxInFlight > 0 && u.running.len() >= u.config.MaxInFlight:
		if who != u.node {
			u.waiting.add(who)
			u.rearm(now)
		}
		return waitFull
	}
	if sem := lacking(o); sem != nil {
		sem.waiting.add(who)
		return waitToken
	}
	return busy
}

// canAccept says whether o can be issued to the unit in cycle now.
func (u *Unit) canAccept(now Cycle, o *Op, who *Node) state {
	if u.config.QueueDepth == 0 {
		return u.canStart(now, o, who)
	}
	if u.taken(now) < u.config.QueueDepth {
		return busy
	}
	u.waiting.add(who)
	if u.left == now {
		u.node.WakeAt(now + 1)
	}
	return waitFull
}

// taken returns the number of places of the queue that cannot be given away in
// cycle now.
func (u *Unit) taken(now Cycle) int {
	n := u.queue.len() + u.reserved
	if !u.config.Pipe && u.left == now {
		n++
	}
	return n
}

// accept takes an op for which canAccept said busy, to arrive in cycle
// now+delay.
func (u *Unit) accept(now Cycle, o *Op, delay Cycle) error {
	switch {
	case u.config.QueueDepth == 0:
		return u.start(now, o)
	case delay == 0:
		return u.enter(now, o)
	}
	u.reserved++
	u.timers.add(timer{at: now + delay, op: o, transfer: noTransfer})
	u.rearm(now)
	return nil
}

// noTransfer marks a timer whose op arrives at the queue.
const noTransfer = -1

// enter puts an op into the queue, or starts it if it can flow through.
func (u *Unit) enter(now Cycle, o *Op) error {
	if u.config.Flow && u.queue.len() == 0 && u.node.sys.core.phase > Start &&
		u.canStart(now, o, u.node) == busy {
		return u.start(now, o)
	}
	from := now + 1
	if u.config.Flow {
		from = now
	}
	u.queue.push(queued{o, from})
	u.traceDepth(now)
	if u.node.sys.core.phase < Start {
		u.node.WakeAt(now)
	} else {
		u.refuse(now)
		u.rearm(now)
	}
	return nil
}

func (u *Unit) traceDepth(now Cycle) {
	if u.meter.tracer != nil {
		u.meter.tracer.Counter(u.meter.track, u.depthName, now, int64(u.queue.len()))
	}
}

// announce implements traced.
func (u *Unit) announce(t Tracer) { u.meter.announce(t, u.node) }

// delivered notes the last beat of a transfer of o.
func (u *Unit) delivered(now Cycle, o *Op) {
	o.pending--
	o.last = now
	o.due = max(o.due, now+o.Tail)
	if o == *u.running.front() {
		u.node.WakeAt(now)
	}
}

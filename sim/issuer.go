package sim

import "fmt"

// IssuerConfig describes an issuer.
type IssuerConfig struct {
	Name string

	Width    int         // ops issued per cycle at most; 0 means 1
	Latency  Cycle       // cycles from issue to the queue of the unit; needs units with a queue
	Board    *Scoreboard // guards registers; nil if ops have none
	AllReady []*Unit     // an op issues only while each of these could take an op
}

// An Issuer issues a program in order. An op issues in a cycle in which, in
// this order: Width and IssueCycles of the ops before it allow it, its
// registers are free, every unit of AllReady could take an op, and its own
// unit can. An op that cannot issue holds up all behind it. Loaded ops come
// before those of a stream.
type Issuer struct {
	node    *Node
	config  IssuerConfig
	backlog ring[*Op]
	program Program
	head    *Op
	nextAt  Cycle // first cycle in which the head can issue
	count   int   // ops issued in the running cycle
	meter   meter
	ops     int64
}

// NewIssuer adds an issuer to the system.
func NewIssuer(s *System, c IssuerConfig) (*Issuer, error) {
	i := &Issuer{config: c}
	node, err := s.Add(c.Name, i, Issue)
	if err != nil {
		return nil, err
	}
	i.node = node
	switch {
	case c.Width < 0 || c.Width > 1<<16:
		return nil, fmt.Errorf("sim: %s: Width is %d, want 0 to 65536", c.Name, c.Width)
	case c.Latency < 0 || c.Latency > MaxCycle:
		return nil, fmt.Errorf("sim: %s: Latency is %d, want 0 to %d", c.Name, c.Latency, MaxCycle)
	case c.Board != nil && c.Board.sys != s:
		return nil, fmt.Errorf("sim: %s: scoreboard %s is of another system", c.Name, c.Board.name)
	}
	for _, u := range c.AllReady {
		if u == nil || u.node.sys != s {
			return nil, fmt.Errorf("sim: %s: AllReady has a unit that is nil or of another system", c.Name)
		}
	}
	i.config.Width = max(1, c.Width)
	return i, nil
}

// Load appends ops to the program. It may be called before and between runs
// and in payloads; an op loaded in phase Retire can issue in the same cycle.
// If one of the ops is not valid, none is loaded.
func (i *Issuer) Load(ops ...*Op) error {
	for n, o := range ops {
		if err := i.take(o); err != nil {
			for _, done := range ops[:n] {
				done.state = opFree
			}
			return fmt.Errorf("sim: %s: %w", i.node.name, err)
		}
	}
	for _, o := range ops {
		i.backlog.push(o)
	}
	i.node.sys.loaded += int64(len(ops))
	i.node.WakeAt(i.node.sys.core.now)
	return nil
}

// Stream makes p the source of ops once the loaded ones have issued. Its ops
// are checked, and counted, when they are fetched.
func (i *Issuer) Stream(p Program) error {
	if i.program != nil {
		return fmt.Errorf("sim: %s: a second stream, want the first to end before", i.node.name)
	}
	i.program = p
	i.node.WakeAt(i.node.sys.core.now)
	return nil
}

// take checks an op and makes it this issuer's.
func (i *Issuer) take(o *Op) error {
	if o == nil {
		return fmt.Errorf("op is nil")
	}
	if o.state != opFree {
		return o.wrong("is loaded and has not finished")
	}
	if err := o.check(i.node.sys, i.config.Board); err != nil {
		return err
	}
	if i.config.Latency > 0 && o.Unit.config.QueueDepth == 0 {
		return o.wrong("unit %s has no queue, want one behind an issuer with latency", o.Unit.node.name)
	}
	o.state = opLoaded
	return nil
}

// fetch makes the next op the head; it reports whether there is one.
func (i *Issuer) fetch() (bool, error) {
	switch {
	case i.head != nil:
	case i.backlog.len() > 0:
		i.head = i.backlog.pop()
	case i.program != nil:
		if o := i.program.Next(); o == nil {
			i.program = nil
		} else if err := i.take(o); err != nil {
			return false, err
		} else {
			i.node.sys.loaded++
			i.head = o
		}
	}
	return i.head != nil, nil
}

// Act implements Component.
func (i *Issuer) Act(_ Phase, now Cycle) error {
	i.count = 0
	for {
		ok, err := i.fetch()
		if err != nil {
			return err
		}
		if !ok {
			if i.count == 0 && now >= i.nextAt {
				i.meter.set(now, idle)
			}
			return nil
		}
		if now < i.nextAt {
			i.node.WakeAt(i.nextAt)
			return nil
		}
		if st := i.obstacle(now, i.head); st != busy {
			i.stall(now, st)
			return nil
		}
		if i.count == i.config.Width {
			i.node.WakeAt(now + 1)
			return nil
		}
		if err := i.issue(now); err != nil {
			return err
		}
	}
}

// issue sends the head to its unit.
func (i *Issuer) issue(now Cycle) error {
	o := i.head
	i.head = nil
	if i.config.Board != nil {
		i.config.Board.mark(o)
	}
	i.count++
	i.ops++
	cost := max(1, o.IssueCycles)
	i.meter.setUntil(now, busy, now+cost, idle)
	if cost > 1 {
		i.nextAt = now + cost
	}
	o.state = opRunning
	return o.Unit.accept(now, o, i.config.Latency)
}

// stall notes what holds up the head from now on, or from the next cycle if
// an op has issued in this one.
func (i *Issuer) stall(now Cycle, st state) {
	if i.count > 0 {
		i.meter.then = st
		return
	}
	i.meter.set(now, st)
}

// obstacle says what keeps o from issuing, or busy if nothing does, and has
// the issuer woken when that changes.
func (i *Issuer) obstacle(now Cycle, o *Op) state {
	if b := i.config.Board; b != nil {
		if st, _ := b.hazard(o); st != busy {
			b.waiting.add(i.node)
			return st
		}
	}
	for _, u := range i.config.AllReady {
		if st := u.canAccept(now, o, i.node); st != busy {
			return st
		}
	}
	return o.Unit.canAccept(now, o, i.node)
}

// Blocked implements Component.
func (i *Issuer) Blocked() string {
	o := i.head
	if o == nil {
		return ""
	}
	on := o.Unit.node.name
	if sem := lacking(o); sem != nil && o.Unit.config.QueueDepth == 0 {
		on = sem.name
	}
	now := i.node.sys.core.now
	for _, u := range i.config.AllReady {
		if u.canAccept(now, o, i.node) == waitFull {
			on = u.node.name
		}
	}
	if b := i.config.Board; b != nil {
		if st, r := b.hazard(o); st != busy {
			on = b.register(r)
		}
	}
	return on + " (op " + o.label() + ")"
}

// announce implements traced.
func (i *Issuer) announce(t Tracer) { i.meter.announce(t, i.node) }

package sim

import "fmt"

// MemoryConfig describes a memory.
type MemoryConfig struct {
	Name  string
	Ports []PortConfig

	// SharedBytesPerCycle is the bandwidth of all ports together; the zero
	// value means that the ports do not limit each other. Its whole part is
	// at least the widest beat.
	SharedBytesPerCycle Ratio
	Policy              Policy // who comes first when bandwidth is short

	Banks *Banks // open rows; nil if latency does not depend on addresses
}

// PortConfig describes a port of a memory.
type PortConfig struct {
	Name           string // the port is called Memory.Name
	BeatBytes      int64  // bytes per beat
	LatencyCycles  Cycle  // cycles from accepting a request to its first beat, at least 1
	Efficiency     Ratio  // beats per cycle, 0 < Num/Den <= 1; the zero value means 1
	MaxOutstanding int    // requests accepted whose last beat is to come; 0 means no limit
}

// Memory moves bytes in beats. The rule is one of counters, so that hardware
// test benches can follow it to the cycle. State: per port a queue of accepted
// requests, an integer credit that begins at den, and, for the memory, the
// port that comes first, at the beginning port 0. num/den is the efficiency of
// the port, S = SharedBytesPerCycle.
//
// In cycle n, first the beats (phase Deliver):
//
//	budget = floor((n+1)*S) - floor(n*S), or infinite if S is not given
//	for the ports p in the order first, first+1, ... (cyclic):
//	    open = p has an accepted request at its head and n >= head.open
//	    if open and credit >= den:
//	        if beatBytes <= budget: one beat; budget -= beatBytes; credit -= den
//	        else: the beat is refused
//	    credit = min(credit + num, den + num - 1 if open else den)
//	    after the last beat of the head, the next request is the head from
//	    cycle n+1 on
//	under RoundRobin, first = the first port refused in this cycle, if any
//
// then the requests (phase Accept): each port accepts the oldest request made
// up to now, at most one in a cycle, if fewer than MaxOutstanding accepted
// requests await their last beat:
//
//	head.open = n + LatencyCycles + MissPenaltyCycles * (rows missed)
//
// A request of b bytes has ceil(b/BeatBytes) beats. Alone on its port and
// after a pause, its beat k (from 0) is in cycle head.open + ceil(k*den/num).
// What depends on a transfer sees it end in the cycle of its last beat.
// Requests of one cycle on one port are in the order of phases and, within a
// phase, of the names of the requesters. Reads and writes obey the same rule.
type Memory struct {
	node   *Node
	config MemoryConfig
	ports  []*Port
	banks  *openRows
	lanes  lanes // before the running cycle, or after it once it has delivered
	ahead  lanes // lanes run ahead to the next end of a request
	valid  bool  // ahead still holds
}

const (
	maxTransferBytes = 1 << 40
	maxBeatBytes     = 1 << 20
	maxRatio         = 1 << 16
)

// NewMemory adds a memory to the system.
func NewMemory(s *System, c MemoryConfig) (*Memory, error) {
	m := &Memory{config: c}
	node, err := s.Add(c.Name, m, Deliver, Accept)
	if err != nil {
		return nil, err
	}
	m.node = node
	arbiter, err := NewArbiter(c.Policy, len(c.Ports))
	if err != nil {
		return nil, fmt.Errorf("sim: %s: %d ports and policy %d, want 1 port or more and a known policy",
			c.Name, len(c.Ports), c.Policy)
	}
	m.lanes.arbiter = arbiter
	widest := int64(0)
	for _, pc := range c.Ports {
		p, l, err := newPort(m, pc)
		if err != nil {
			return nil, err
		}
		widest = max(widest, pc.BeatBytes)
		m.ports = append(m.ports, p)
		m.lanes.list = append(m.lanes.list, l)
	}
	if sh := c.SharedBytesPerCycle; sh != (Ratio{}) {
		if sh.Den < 1 || sh.Den > maxRatio || sh.Num/sh.Den < widest || sh.Num > maxTransferBytes {
			return nil, fmt.Errorf("sim: %s: SharedBytesPerCycle is %d/%d, want the widest beat, %d bytes, or more and a denominator of 1 to %d",
				c.Name, sh.Num, sh.Den, widest, maxRatio)
		}
		m.lanes.shared = sh
	}
	if c.Banks != nil {
		if m.banks, err = newOpenRows(*c.Banks); err != nil {
			return nil, fmt.Errorf("sim: %s: %w", c.Name, err)
		}
	}
	return m, nil
}

// Name returns the name of the memory.
func (m *Memory) Name() string { return m.node.name }

// Port returns the port of a name given in the configuration.
func (m *Memory) Port(name string) (*Port, error) {
	for _, p := range m.ports {
		if p.config.Name == name {
			return p, nil
		}
	}
	return nil, fmt.Errorf("sim: %s: no port %q", m.node.name, name)
}

// Act implements Component.
func (m *Memory) Act(p Phase, now Cycle) error {
	if p == Deliver {
		m.deliver(now)
		return nil
	}
	for _, port := range m.ports {
		port.accept(now)
	}
	m.rearm(now)
	return nil
}

// Blocked implements Component. A memory always gets on.
func (m *Memory) Blocked() string { return "" }

// deliver moves the beats up to and including those of cycle now.
func (m *Memory) deliver(now Cycle) {
	done := false
	if m.valid && m.ahead.now == now+1 {
		m.lanes, m.ahead, m.valid, done = m.ahead, m.lanes, false, true
	} else {
		done = m.lanes.run(now + 1)
	}
	if !done {
		return
	}
	m.valid = false
	for i, p := range m.ports {
		if m.lanes.list[i].left == 0 && p.accepted.len() > 0 {
			p.complete(now)
		}
	}
}

// rearm asks for the next end of a request and for the next acceptance.
func (m *Memory) rearm(now Cycle) {
	active := false
	for i, p := range m.ports {
		active = active || m.lanes.list[i].left > 0
		if p.canAccept() {
			m.node.WakeAt(now + 1)
		}
	}
	if !active {
		return
	}
	if !m.valid {
		m.ahead.copyFrom(&m.lanes)
		m.valid = m.ahead.run(MaxCycle + 2)
	}
	if m.valid {
		m.node.WakeAt(m.ahead.now - 1)
	}
}

package sim

// A state is what a component does in a cycle.
type state uint8

// A component is in exactly one state in each cycle, so the counts of a
// report add up to its cycles.
const (
	idle       state = iota // nothing to do
	busy                    // occupied by an op, or issuing
	waitToken               // the next op waits for a semaphore
	waitRAW                 // the next op reads a register that awaits a write
	waitWAW                 // the next op writes a register that awaits a write
	waitWAR                 // the next op writes a register that awaits a read
	waitMemory              // the running op has computed and awaits memory
	waitFull                // the way out is full: queue, in-flight limit, or an older op
	states                  // the number of states
)

var stateNames = [states]string{"idle", "busy", "token", "raw", "waw", "war", "memory", "full"}

func (s state) String() string { return stateNames[s] }

// A meter counts the cycles spent in each state. A state may be known to
// change later by itself: from cycle split on it is then.
type meter struct {
	state, then  state
	since, split Cycle // split is 0 if there is none
	cycles       [states]Cycle
	tracer       Tracer
	track        int
}

// set enters state st in cycle n.
func (m *meter) set(n Cycle, st state) {
	if m.split == 0 && m.state == st {
		return
	}
	m.flush(n)
	m.state, m.split = st, 0
}

// setUntil enters state st in cycle n, and state then in cycle split > n.
func (m *meter) setUntil(n Cycle, st state, split Cycle, then state) {
	m.flush(n)
	m.state, m.split, m.then = st, split, then
}

// flush counts the cycles before n.
func (m *meter) flush(n Cycle) {
	if m.split != 0 && m.split <= n {
		m.count(m.split)
		m.state, m.split = m.then, 0
	}
	m.count(n)
}

func (m *meter) count(n Cycle) {
	if n <= m.since {
		return
	}
	m.cycles[m.state] += n - m.since
	if m.tracer != nil && m.state > busy {
		m.tracer.Slice(Slice{Track: m.track, Kind: "stall", Name: m.state.String(), Start: m.since, End: n})
	}
	m.since = n
}

// announce opens a track of the trace for n.
func (m *meter) announce(t Tracer, n *Node) {
	if m.tracer == nil {
		m.tracer, m.track = t, n.sys.tracks
		n.sys.tracks++
		t.Track(m.track, n.name)
	}
}

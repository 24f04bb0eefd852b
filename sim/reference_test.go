package sim

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A machine is a drawn system: units, semaphores, registers, issuers, one
// memory port per unit or none, and a program per issuer.
type machine struct {
	units    []UnitConfig
	ports    []PortConfig
	issuers  []IssuerConfig
	allReady []bool // per issuer: every unit must be able to take an op
	regs     int
	sems     []int64
	ops      [][]protoOp // per issuer
}

type protoOp struct {
	unit                     int
	latency, interval, issue Cycle
	reads, writes            []int
	free, ready, open        Point
	readAt, resultAt         Cycle
	chains                   bool
	waits, signals           []protoSync
	bytes                    int64
	after, tail              Cycle
	start, finish            Cycle // filled in by the reference
}

type protoSync struct {
	sem  int
	keep bool
	at   Point
}

// The reference is the package comment written as a loop over cycles, without
// events: every component looks at everything in every cycle.
type reference struct {
	m       machine
	now     Cycle
	busy    []Cycle // freeAt per unit; far when held
	holder  []*protoOp
	queue   [][]entry
	pending [][]entry // on the way to a queue
	left    []Cycle
	running [][]*protoOp
	due     map[*protoOp]Cycle
	waiting map[*protoOp]bool // for memory
	readers []int
	writers []int
	closed  []int // writers whose result is not open to ops that chain
	sems    []int64
	later   map[Cycle][]func()
	pc      []int
	nextAt  []Cycle
	retired int
	credit  []int64
	asked   [][]*protoOp
	streams [][]stream
}

type entry struct {
	op   *protoOp
	from Cycle
}

type stream struct {
	op    *protoOp
	beats int64
	open  Cycle
}

func newReference(m machine) *reference {
	n := len(m.units)
	r := &reference{m: m, busy: make([]Cycle, n), holder: make([]*protoOp, n), queue: make([][]entry, n),
		pending: make([][]entry, n), left: make([]Cycle, n), running: make([][]*protoOp, n),
		due: map[*protoOp]Cycle{}, waiting: map[*protoOp]bool{}, readers: make([]int, m.regs), writers: make([]int, m.regs), closed: make([]int, m.regs),
		sems: append([]int64{}, m.sems...), later: map[Cycle][]func(){}, pc: make([]int, len(m.issuers)),
		nextAt: make([]Cycle, len(m.issuers)), credit: make([]int64, n), asked: make([][]*protoOp, n), streams: make([][]stream, n)}
	for u := range r.left {
		r.left[u] = -1
		r.credit[u] = max(1, m.ports[u].Efficiency.Den)
	}
	return r
}

// run steps until all ops have retired or the limit; it returns the retired.
func (r *reference) run(limit Cycle) int {
	total := 0
	for _, p := range r.m.ops {
		total += len(p)
	}
	for ; r.now < limit && r.retired < total; r.now++ {
		r.beats()
		for _, f := range r.later[r.now] {
			f()
		}
		r.finishAll()
		r.startAll()
		r.issueAll()
		r.acceptAll()
	}
	return r.retired
}

func (r *reference) beats() {
	for u, pc := range r.m.ports {
		e := pc.Efficiency
		open := len(r.streams[u]) > 0 && r.streams[u][0].open <= r.now
		if open && r.credit[u] >= e.Den {
			r.credit[u] -= e.Den
			if s := &r.streams[u][0]; s.beats > 1 {
				s.beats--
			} else {
				delete(r.waiting, s.op)
				r.due[s.op] = max(r.due[s.op], r.now+s.op.tail)
				r.streams[u] = r.streams[u][1:]
			}
		}
		if limit := e.Den; open {
			r.credit[u] = min(r.credit[u]+e.Num, limit+e.Num-1)
		} else {
			r.credit[u] = min(r.credit[u]+e.Num, limit)
		}
	}
}

func (r *reference) acceptAll() {
	for u, pc := range r.m.ports {
		if len(r.asked[u]) > 0 && (pc.MaxOutstanding == 0 || len(r.streams[u]) < pc.MaxOutstanding) {
			o := r.asked[u][0]
			r.asked[u] = r.asked[u][1:]
			r.streams[u] = append(r.streams[u], stream{o, (o.bytes + pc.BeatBytes - 1) / pc.BeatBytes, r.now + pc.LatencyCycles})
		}
	}
}

func (r *reference) finishAll() {
	for u := range r.running {
		for len(r.running[u]) > 0 {
			o := r.running[u][0]
			if r.waiting[o] || r.due[o] > r.now {
				break
			}
			r.running[u] = r.running[u][1:]
			o.finish = r.now
			r.retired++
			if r.holder[u] == o {
				r.holder[u] = nil
			}
			r.anchor(o, true)
		}
	}
}

// anchor sets up what counts from the start or the finish of o, which is now.
func (r *reference) anchor(o *protoOp, finish bool) {
	do := func(p Point, f func()) {
		after := p.Cycles + map[Anchor]Cycle{AtRead: o.readAt, AtResult: o.resultAt}[p.From]
		switch {
		case (p.From == AtFinish) != finish:
		case after == 0:
			f()
		default:
			r.later[r.now+after] = append(r.later[r.now+after], f)
		}
	}
	for _, s := range o.signals {
		do(s.at, func() { r.sems[s.sem]++ })
	}
	for _, reg := range o.reads {
		do(o.free, func() { r.readers[reg]-- })
	}
	for _, reg := range o.writes {
		if o.open != (Point{}) {
			do(o.open, func() { r.closed[reg]-- })
		} else {
			do(o.ready, func() { r.closed[reg]-- })
		}
		do(o.ready, func() { r.writers[reg]-- })
	}
}

func (r *reference) canStart(u int, o *protoOp) bool {
	c := r.m.units[u]
	if r.holder[u] != nil || r.busy[u] > r.now || c.MaxInFlight > 0 && len(r.running[u]) >= c.MaxInFlight {
		return false
	}
	for _, w := range o.waits {
		if r.sems[w.sem] < 1 {
			return false
		}
	}
	return true
}

func (r *reference) begin(u int, o *protoOp) {
	for _, w := range o.waits {
		if !w.keep {
			r.sems[w.sem]--
		}
	}
	o.start = r.now
	r.due[o] = r.now + o.latency
	r.running[u] = append(r.running[u], o)
	if o.interval == 0 {
		r.holder[u] = o
	} else {
		r.busy[u] = r.now + o.interval
	}
	if o.bytes > 0 {
		r.waiting[o] = true
		ask := func() { r.asked[u] = append(r.asked[u], o) }
		if o.after == 0 {
			ask()
		} else {
			r.later[r.now+o.after] = append(r.later[r.now+o.after], ask)
		}
	}
	r.anchor(o, false)
}

func (r *reference) startAll() {
	for u, c := range r.m.units {
		for len(r.pending[u]) > 0 && r.pending[u][0].from == r.now {
			from := r.now + 1
			if c.Flow {
				from = r.now
			}
			r.queue[u] = append(r.queue[u], entry{r.pending[u][0].op, from})
			r.pending[u] = r.pending[u][1:]
		}
		if len(r.queue[u]) > 0 && r.queue[u][0].from <= r.now && r.canStart(u, r.queue[u][0].op) {
			o := r.queue[u][0].op
			r.queue[u] = r.queue[u][1:]
			r.left[u] = r.now
			r.begin(u, o)
		}
	}
}

func (r *reference) issueAll() {
	for i, c := range r.m.issuers {
		for range max(1, c.Width) {
			if r.pc[i] == len(r.m.ops[i]) || r.nextAt[i] > r.now {
				break
			}
			o := &r.m.ops[i][r.pc[i]]
			if !r.canIssue(o, r.m.allReady[i]) {
				break
			}
			r.pc[i]++
			if o.issue > 1 {
				r.nextAt[i] = r.now + o.issue
			}
			for _, reg := range o.reads {
				r.readers[reg]++
			}
			for _, reg := range o.writes {
				r.writers[reg]++
				r.closed[reg]++
			}
			r.send(o, c.Latency)
		}
	}
}

func (r *reference) canIssue(o *protoOp, all bool) bool {
	for _, reg := range o.reads {
		if r.writers[reg] > 0 && (r.closed[reg] > 0 || !o.chains) {
			return false
		}
	}
	for _, reg := range o.writes {
		if r.writers[reg] > 0 || r.readers[reg] > 0 {
			return false
		}
	}
	for u := range r.m.units {
		if (all || u == o.unit) && !r.canAccept(u, o) {
			return false
		}
	}
	return true
}

func (r *reference) canAccept(u int, o *protoOp) bool {
	c := r.m.units[u]
	if c.QueueDepth == 0 {
		return r.canStart(u, o)
	}
	taken := len(r.queue[u]) + len(r.pending[u])
	if !c.Pipe && r.left[u] == r.now {
		taken++
	}
	return taken < c.QueueDepth
}

func (r *reference) send(o *protoOp, latency Cycle) {
	u, c := o.unit, r.m.units[o.unit]
	switch {
	case c.QueueDepth == 0, latency == 0 && c.Flow && len(r.queue[u]) == 0 && r.canStart(u, o):
		r.begin(u, o)
	case latency > 0:
		r.pending[u] = append(r.pending[u], entry{o, r.now + latency})
	case c.Flow:
		r.queue[u] = append(r.queue[u], entry{o, r.now})
	default:
		r.queue[u] = append(r.queue[u], entry{o, r.now + 1})
	}
}

func drawPoint(t *rapid.T) Point {
	return rapid.SampledFrom([]Point{{}, {}, AfterStart(1), AfterStart(3), AfterFinish(2), {AtRead, 0}, {AtRead, 2}, {AtResult, 1}}).Draw(t, "point")
}

func drawMachine(t *rapid.T) machine {
	m := machine{regs: 6, sems: []int64{0, 1, 2}}
	latency := Cycle(rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "issuelatency"))
	for u := range rapid.IntRange(1, 4).Draw(t, "units") {
		c := UnitConfig{Name: fmt.Sprintf("U[%d]", u), MaxInFlight: rapid.IntRange(0, 2).Draw(t, "flight")}
		least := 0
		if latency > 0 {
			least = 1
		}
		if c.QueueDepth = rapid.IntRange(least, 3).Draw(t, "depth"); c.QueueDepth > 0 {
			c.Pipe, c.Flow = rapid.Bool().Draw(t, "pipe"), rapid.Bool().Draw(t, "flow")
		}
		m.units = append(m.units, c)
		den := rapid.Int64Range(1, 3).Draw(t, "den")
		m.ports = append(m.ports, PortConfig{Name: fmt.Sprintf("P[%d]", u), BeatBytes: 4, LatencyCycles: Cycle(rapid.IntRange(1, 5).Draw(t, "memlat")),
			Efficiency: Ratio{rapid.Int64Range(1, den).Draw(t, "num"), den}, MaxOutstanding: rapid.IntRange(0, 2).Draw(t, "out")})
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "issuers") {
		m.issuers = append(m.issuers, IssuerConfig{Name: fmt.Sprintf("I[%d]", i), Width: rapid.IntRange(0, 3).Draw(t, "width"), Latency: latency})
		var ops []protoOp
		for range rapid.IntRange(0, 12).Draw(t, "ops") {
			ops = append(ops, drawOp(t, m))
		}
		m.ops = append(m.ops, ops)
		m.allReady = append(m.allReady, rapid.IntRange(0, 3).Draw(t, "allready") == 0)
	}
	return m
}

func drawOp(t *rapid.T, m machine) protoOp {
	cycles := func(name string, least, most int) Cycle { return Cycle(rapid.IntRange(least, most).Draw(t, name)) }
	reg := rapid.IntRange(0, m.regs-1)
	o := protoOp{unit: rapid.IntRange(0, len(m.units)-1).Draw(t, "unit"), latency: cycles("latency", 1, 9),
		interval: cycles("interval", 0, 5), issue: cycles("issue", 0, 3), free: drawPoint(t), ready: drawPoint(t),
		open: drawPoint(t), readAt: cycles("read", 0, 4), resultAt: cycles("result", 0, 6), chains: rapid.Bool().Draw(t, "chains"),
		reads: rapid.SliceOfN(reg, 0, 2).Draw(t, "reads"), writes: rapid.SliceOfNDistinct(reg, 0, 2, rapid.ID).Draw(t, "writes")}
	if rapid.IntRange(0, 2).Draw(t, "memory") == 0 {
		o.bytes, o.after, o.tail = rapid.Int64Range(1, 30).Draw(t, "bytes"), cycles("after", 0, 3), cycles("tail", 0, 4)
		o.latency = cycles("latency", 0, 9)
		if o.latency == 0 {
			o.latency = 1 // the unit has none
		}
	}
	for sem := range m.sems {
		switch rapid.IntRange(0, 7).Draw(t, "sync") {
		case 0:
			o.waits = append(o.waits, protoSync{sem: sem, keep: rapid.Bool().Draw(t, "keep")})
		case 1, 2:
			o.signals = append(o.signals, protoSync{sem: sem, at: drawPoint(t)})
		}
	}
	return o
}

// build makes the system of m, its parts in a drawn order.
func (m machine) build(t require.TestingT, c Config, backwards bool) (*System, [][]*Op) {
	s, err := NewSystem(c)
	require.NoError(t, err)
	units, ports, sems := make([]*Unit, len(m.units)), make([]*Port, len(m.units)), make([]*Semaphore, len(m.sems))
	ops := make([][]*Op, len(m.ops))
	var board *Scoreboard
	parts := []func(){
		func() {
			mem, err := NewMemory(s, MemoryConfig{Name: "Mem", Ports: m.ports})
			require.NoError(t, err)
			copy(ports, mem.ports)
		},
		func() { board, err = NewScoreboard(s, "Board", m.regs); require.NoError(t, err) },
	}
	for u := range m.units {
		parts = append(parts, func() { units[u], err = NewUnit(s, m.units[u]); require.NoError(t, err) })
	}
	for i := range m.sems {
		parts = append(parts, func() { sems[i], err = NewSemaphore(s, fmt.Sprintf("S[%d]", i), m.sems[i]); require.NoError(t, err) })
	}
	inOrder(parts, backwards)
	parts = nil
	for i, ic := range m.issuers {
		ic.Board = board
		if m.allReady[i] {
			ic.AllReady = units
		}
		for k := range m.ops[i] {
			ops[i] = append(ops[i], m.ops[i][k].op(fmt.Sprintf("%d.%d", i, k), units, ports, sems))
		}
		parts = append(parts, func() {
			is, err := NewIssuer(s, ic)
			require.NoError(t, err)
			require.NoError(t, is.Load(ops[i]...))
		})
	}
	inOrder(parts, backwards)
	return s, ops
}

func inOrder(parts []func(), backwards bool) {
	for i := range parts {
		if backwards {
			i = len(parts) - 1 - i
		}
		parts[i]()
	}
}

func (p *protoOp) op(name string, units []*Unit, ports []*Port, sems []*Semaphore) *Op {
	o := &Op{Name: name, Unit: units[p.unit], Latency: p.latency, Interval: p.interval, IssueCycles: p.issue,
		Reads: p.reads, Writes: p.writes, ReadsFree: p.free, WritesReady: p.ready, Tail: p.tail,
		WritesOpen: p.open, ReadAt: p.readAt, ResultAt: p.resultAt, Chains: p.chains}
	if p.bytes > 0 {
		o.Transfers = []Transfer{{Port: ports[p.unit], Bytes: p.bytes, After: p.after}}
	}
	for _, w := range p.waits {
		o.Waits = append(o.Waits, Wait{sems[w.sem], 1, w.keep})
	}
	for _, g := range p.signals {
		o.Signals = append(o.Signals, Signal{sems[g.sem], 1, g.at})
	}
	return o
}

// Start and finish of every op, and who deadlocks, are those of the reference,
// in whatever order the system is built, with and without payloads and trace.
func TestKernelFollowsTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMachine(t)
		ref := newReference(m)
		retired := ref.run(5_000)
		want := ref.m.ops

		s, ops := m.build(t, Config{ClockHz: 940e6}, false)
		r, err := s.Run(context.Background())
		require.EqualValues(t, retired, r.OpsRetired)
		if r.OpsRetired < r.OpsLoaded {
			require.ErrorContains(t, err, fmt.Sprintf("sim: %d of %d ops retired; deadlocked: ", retired, r.OpsLoaded))
		} else {
			require.NoError(t, err)
		}
		for i := range want {
			for k := range want[i] {
				require.Equal(t, want[i][k].start, ops[i][k].StartCycle(), "start of op %d.%d", i, k)
			}
		}
		for _, u := range r.Units {
			require.Equal(t, r.Cycles, u.Busy+u.Idle+u.Token+u.RAW+u.WAW+u.WAR+u.Memory+u.Full, u.Name)
		}

		other, again := m.build(t, Config{ClockHz: 333e6, Tracer: &recorder{}}, true)
		finishes := map[*Op]Cycle{}
		for _, list := range again {
			for _, o := range list {
				o.OnFinish = func() error { finishes[o] = other.Now(); return nil }
			}
		}
		r2, err2 := other.Run(context.Background())
		r2.ClockHz = r.ClockHz
		require.Equal(t, r, r2)
		require.Equal(t, fmt.Sprint(err), fmt.Sprint(err2))
		for i := range want {
			for k := range want[i] {
				require.Equal(t, want[i][k].finish, finishes[again[i][k]], "finish of op %d.%d", i, k)
			}
		}
	})
}

// recorder keeps slices and checks nothing.
type recorder struct {
	tracks map[int]string
	slices []Slice
	counts int
}

func (r *recorder) Track(id int, name string) {
	if r.tracks == nil {
		r.tracks = map[int]string{}
	}
	r.tracks[id] = name
}
func (r *recorder) Slice(s Slice)                     { r.slices = append(r.slices, s) }
func (r *recorder) Counter(int, string, Cycle, int64) { r.counts++ }

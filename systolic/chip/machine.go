package chip

import (
	"context"
	"fmt"

	"lockstep/sim"
)

// Options are what a program is run with besides its memory.
type Options struct {
	Tracer    sim.Tracer // receives the trace of the run; nil means none
	MaxCycles int64      // cycle budget; 0 means none
}

// A Span is the life of one instruction, in cycles from the start of the run.
type Span struct {
	Start int64 `json:"start"` // its engine begins it
	End   int64 `json:"end"`   // what waits for it can begin
}

// A Report is one run of a program.
type Report struct {
	Cycles        int64       `json:"cycles"`          // from the start to the end of the last instruction
	MXUBusyCycles int64       `json:"mxu_busy_cycles"` // in which the array is taken: weights are loaded or inputs stream or, without Overlap, results come out
	Spans         []Span      `json:"spans"`           // by instruction
	Sim           *sim.Report `json:"sim"`
}

// startCycles is the cycle in which the sequencer may send its first instruction;
// package sim counts from that one.
const startCycles = 1

// A machine is one run of a program on package sim: an issuer that sends
// instructions to the queues of three units, and a memory with one port.
type machine struct {
	p       *Program
	state   *state // nil in a timing-only run
	system  *sim.System
	issuer  *sim.Issuer
	units   [NumEngines]*sim.Unit
	sems    [Semaphores]*sim.Semaphore
	port    *sim.Port
	spans   []Span
	ends    int64     // of the last instruction, in cycles of package sim
	streams sim.Cycle // until which inputs stream
	taken   sim.Cycle // until which the array is taken
	busy    int64
}

// Run executes the program from its beginning, with empty VMEM and accumulators,
// on memory of MemoryBytes bytes, which it changes; nil memory means a run that
// only counts cycles. Failures are those of Check, which come before anything is
// executed, a deadlock on a full queue, the budget and the context.
func (p *Program) Run(ctx context.Context, memory []byte, o Options) (*Report, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	if memory != nil && int64(len(memory)) != p.MemoryBytes {
		return nil, fmt.Errorf("chip: memory has %d bytes, want %d", len(memory), p.MemoryBytes)
	}
	m := &machine{p: p, spans: make([]Span, len(p.Instrs))}
	if memory != nil {
		m.state = newState(p, memory)
	}
	if err := m.build(o); err != nil {
		return nil, fmt.Errorf("chip: %w", err)
	}
	r, err := m.system.Run(ctx)
	if err != nil {
		return nil, fmt.Errorf("chip: %w", err)
	}
	return &Report{Cycles: m.ends + startCycles, MXUBusyCycles: m.busy, Spans: m.spans, Sim: r}, nil
}

func (m *machine) build(o Options) error {
	c := m.p.Config
	var err error
	if m.system, err = sim.NewSystem(sim.Config{ClockHz: c.ClockHz, Tracer: o.Tracer, MaxCycles: sim.Cycle(o.MaxCycles)}); err != nil {
		return err
	}
	mem, err := sim.NewMemory(m.system, sim.MemoryConfig{Name: "Memory", Ports: []sim.PortConfig{
		{Name: "Dma", BeatBytes: int64(c.RowBytes()), LatencyCycles: sim.Cycle(c.LatencyCycles), Efficiency: c.Efficiency}}})
	if err != nil {
		return err
	}
	if m.port, err = mem.Port("Dma"); err != nil {
		return err
	}
	for s := range m.sems {
		if m.sems[s], err = sim.NewSemaphore(m.system, fmt.Sprintf("Semaphore[%d]", s), 0); err != nil {
			return err
		}
	}
	for e, name := range [NumEngines]string{"Dma", "Mxu", "Drain"} {
		unit := sim.UnitConfig{Name: name, QueueDepth: c.QueueDepth}
		if Engine(e) == DMA {
			unit.MaxInFlight = c.DMAInFlight
		}
		if m.units[e], err = sim.NewUnit(m.system, unit); err != nil {
			return err
		}
	}
	if m.issuer, err = sim.NewIssuer(m.system, sim.IssuerConfig{Name: "Sequencer"}); err != nil {
		return err
	}
	for k := range m.p.Instrs {
		if err := m.issuer.Load(m.op(k)); err != nil {
			return err
		}
	}
	return nil
}

// op turns instruction k into one event.
func (m *machine) op(k int) *sim.Op {
	in := &m.p.Instrs[k]
	op := &sim.Op{Name: in.String(), Tag: uint64(k + 1), Unit: m.units[in.Op.Engine()]}
	for s, n := range in.Waits {
		if n > 0 {
			op.Waits = append(op.Waits, sim.Wait{On: m.sems[s], Count: int64(n)})
		}
	}
	for s, n := range in.Signals {
		if n > 0 {
			op.Signals = append(op.Signals, sim.Signal{To: m.sems[s], Count: int64(n)})
		}
	}
	n := sim.Cycle(in.Count)
	switch in.Op {
	case Pass:
		op.Timing = func(start sim.Cycle) (latency, interval sim.Cycle) { return m.pass(start, n) }
	case Drain:
		op.Latency, op.Interval = n+drainCycles, n
	default:
		op.Interval, op.Tail = n, 1
		bytes := int64(m.p.beats(in) * m.p.Config.RowBytes())
		for r := range n {
			op.Transfers = append(op.Transfers, sim.Transfer{Port: m.port, Bytes: bytes, Write: in.Op == Store, After: 1 + r})
		}
	}
	op.OnFinish = func() error {
		m.ends = int64(m.system.Now())
		m.spans[k] = Span{int64(op.StartCycle()) + startCycles, m.ends + startCycles}
		if m.state != nil {
			m.state.execute(in)
		}
		return nil
	}
	return op
}

// Cycles that an instruction spends between the engine and its end: a register
// at the start, VMEM or the accumulators, and the register that is written.
const (
	passCycles  = 2 + readCycles
	drainCycles = 1 + readCycles
	readCycles  = 2 // of VMEM and of the accumulators
)

// pass returns the times of a pass of n rows of inputs, by the rules of the
// package comment.
func (m *machine) pass(start, n sim.Cycle) (latency, interval sim.Cycle) {
	c := m.p.Config
	rows, fill := sim.Cycle(c.Rows), sim.Cycle(c.Rows+c.Cols-2)
	first := max(start+rows, m.streams)
	m.streams = first + n
	interval, taken := first-start, m.streams
	if !c.Overlap {
		interval = rows + n + fill
		taken = start + interval
	}
	m.busy += int64(taken - max(start, m.taken))
	m.taken = taken
	return m.streams + fill + passCycles - start, interval
}

package ternip

import (
	"context"
	"encoding/json"
	"fmt"

	"lockstep/sim"
)

// A Result is what a run says. Entries are those of the instructions other
// than SYNC, in program order; cycles count from 0.
type Result struct {
	// IssueReady holds the cycle of issue and the first cycle in which the
	// next instruction that needs the unit can issue without waiting for it.
	IssueReady        [][2]int64          `json:"issue_ready"`
	InstructionCycles []InstructionCycles `json:"instruction_cycles"`
	TotalCycles       int64               `json:"total_cycles"` // last ready cycle, or later end of a SYNC

	Report *sim.Report `json:"-"` // of the units
}

// InstructionCycles is the time of one instruction from issue to ready; in
// JSON it is an array of both fields. The text is without the b of a FIN.
type InstructionCycles struct {
	Text   string
	Cycles int64
}

// MarshalJSON implements json.Marshaler.
func (ic InstructionCycles) MarshalJSON() ([]byte, error) {
	return json.Marshal([2]any{ic.Text, ic.Cycles})
}

// clockHz is the frequency of the published core on its FPGA. Cycles do not
// depend on it.
const clockHz = 300_000_000

// syncCycles is how long the core has been idle when a SYNC ends.
const syncCycles = 20

// Run executes a program on core c. The tracer receives the trace of the units
// and may be nil.
func Run(ctx context.Context, c Config, p *Program, tracer sim.Tracer) (Result, error) {
	timing, err := NewTiming(c)
	if err != nil {
		return Result{}, err
	}
	if err := p.Check(c); err != nil {
		return Result{}, err
	}
	return execute(ctx, c, p, timing.costs(c, p), tracer)
}

// execute runs a program of which each instruction takes its cycles of costs.
func execute(ctx context.Context, c Config, p *Program, costs []int64, tracer sim.Tracer) (Result, error) {
	m := &machine{program: p, costs: costs}
	err := m.wire(tracer)
	if err != nil {
		return Result{}, err
	}
	if m.result.Report, err = m.sys.Run(ctx); err != nil {
		return Result{}, fmt.Errorf("ternip: %s: %w", p.Name, err)
	}
	return m.finish(), nil
}

// A machine is one run. It is the program of its issuer.
type machine struct {
	program *Program
	costs   []int64 // cycles of each instruction from issue to ready

	sys    *sim.System
	units  [numUnits]*sim.Unit
	next   int    // instruction to fetch
	spans  []span // of the instructions fetched
	ready  int64  // the last ready cycle so far
	total  int64  // the last cycle so far
	pool   sim.Pool
	result Result
}

type span struct{ issue, ready int64 }

// The units. Sync stands for the test bench.
const (
	loadStore = iota
	rowWise
	rms
	tmatmul
	benchSync
	numUnits
)

var unitNames = [numUnits]string{"Loadstore", "Rowwise", "Rms", "Tmatmul", "Sync"}

// unitOf says where an operation runs.
func unitOf(o Op) int {
	switch o {
	case LDV, SV:
		return loadStore
	case CLEAR, ACC, FIN, NORM:
		return rms
	case IMPORT, GO, EXPORT:
		return tmatmul
	case SYNC:
		return benchSync
	default:
		return rowWise
	}
}

// wire builds the system. The queue of TMATMUL is its command register: an op
// starts in the cycle after its issue at the earliest, and its place is free
// in the cycle after its start. The one register of the scoreboard stands for
// the core, which IMPORT, EXPORT and SYNC keep to themselves.
func (m *machine) wire(tracer sim.Tracer) (err error) {
	if m.sys, err = sim.NewSystem(sim.Config{ClockHz: clockHz, Tracer: tracer}); err != nil {
		return fmt.Errorf("ternip: %w", err)
	}
	for u, name := range unitNames {
		uc := sim.UnitConfig{Name: name}
		if u == tmatmul {
			uc.QueueDepth = 1
		}
		if m.units[u], err = sim.NewUnit(m.sys, uc); err != nil {
			return fmt.Errorf("ternip: %w", err)
		}
	}
	board, err := sim.NewScoreboard(m.sys, "Core", 1)
	if err != nil {
		return fmt.Errorf("ternip: %w", err)
	}
	issuer, err := sim.NewIssuer(m.sys, sim.IssuerConfig{Name: "Issue", Board: board, AllReady: m.units[:benchSync]})
	if err != nil {
		return fmt.Errorf("ternip: %w", err)
	}
	return issuer.Stream(m)
}

// Next implements sim.Program. The issuer, which issues one op per cycle,
// fetches an op in the cycle in which the one before it has issued.
func (m *machine) Next() *sim.Op {
	now := int64(m.sys.Now())
	if m.next > 0 {
		m.spans[m.next-1].issue = now
	}
	if m.next == len(m.program.Instrs) {
		return nil
	}
	in, s := m.program.Instrs[m.next], m.next
	m.next++
	m.spans = append(m.spans, span{})
	op := m.pool.Get()
	op.Name, op.Unit = in.String(), m.units[unitOf(in.Op)]
	op.Reads, op.ReadsFree = append(op.Reads, 0), sim.AfterStart(1)
	if in.Op == SYNC || in.Op == IMPORT || in.Op == EXPORT {
		op.Writes = append(op.Writes, 0)
	}
	op.Timing = func(start sim.Cycle) (latency, interval sim.Cycle) {
		return sim.Cycle(m.start(s, in, int64(start))), 0
	}
	return op
}

// start notes when the instruction of a span, which starts now, is ready, and
// returns for how long it occupies its unit. An op of TMATMUL starts one cycle
// after the issue from which its time counts; a GO leaves its engine one cycle
// after it is ready.
func (m *machine) start(s int, in Instr, now int64) int64 {
	cycles := m.costs[s]
	ready := now + cycles
	switch {
	case in.Op == SYNC:
		idle := max(now, m.ready)
		m.total = max(m.total, idle+syncCycles-1)
		return idle + syncCycles - now
	case in.Op == GO:
		ready--
	case unitOf(in.Op) == tmatmul:
		ready--
		cycles--
	}
	m.spans[s].ready = ready
	m.ready = max(m.ready, ready)
	m.total = max(m.total, ready)
	return cycles
}

// finish makes the result of the spans.
func (m *machine) finish() Result {
	r := &m.result
	r.TotalCycles = m.total
	r.IssueReady, r.InstructionCycles = [][2]int64{}, []InstructionCycles{}
	for i, in := range m.program.Instrs {
		if in.Op == SYNC {
			continue
		}
		s := m.spans[i]
		in.B = notGiven
		r.IssueReady = append(r.IssueReady, [2]int64{s.issue, s.ready})
		r.InstructionCycles = append(r.InstructionCycles, InstructionCycles{in.String(), s.ready - s.issue})
	}
	return *r
}

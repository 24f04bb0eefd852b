package ntt

import (
	"context"
	"fmt"

	"lockstep/sim"
)

// Options are what tasks are run with besides their data.
type Options struct {
	Tracer    sim.Tracer // receives the trace of the run; nil means none
	MaxCycles int64      // cycle budget; 0 means none
}

// A Span is the life of one task, in cycles from the acceptance of the first.
type Span struct {
	Start int64 `json:"start"` // its command is accepted
	End   int64 `json:"end"`   // the next command can be accepted
}

// Cycles returns the length.
func (s Span) Cycles() int64 { return s.End - s.Start }

// A Report is one run of the event model.
type Report struct {
	Cycles     int64       `json:"cycles"`      // of all tasks
	ArrayBeats int64       `json:"array_beats"` // cycles in which the array multiplies
	Spans      []Span      `json:"spans"`       // by task
	Results    [][]uint32  `json:"-"`           // by task: N residues of a transform, nil of parameters
	Sim        *sim.Report `json:"sim"`
}

// clockHz is the clock of traces; cycles do not depend on it.
const clockHz = 1e9

// A machine is one run of tasks on package sim: an issuer that sends the parts of
// tasks to three units, which semaphores make follow one another.
type machine struct {
	c       Config
	state   *state
	system  *sim.System
	issuer  *sim.Issuer
	load    *sim.Unit // accepts parameters and residues
	array   *sim.Unit // passes, to the memory of their results
	unload  *sim.Unit
	idle    *sim.Semaphore // a command can be accepted
	ready   *sim.Semaphore // the residues of the next step are in memory
	whole   *sim.Semaphore // the results of both products are
	spans   []Span
	results [][]uint32
	beats   int64
}

// Run executes tasks on the event model, whose streams never wait. Failures are
// those of Check, the budget and the context.
func Run(ctx context.Context, c Config, tasks []Task, o Options) (*Report, error) {
	if err := c.Check(tasks); err != nil {
		return nil, err
	}
	m := &machine{c: c, state: newState(c), spans: make([]Span, len(tasks)), results: make([][]uint32, len(tasks))}
	if err := m.build(o); err != nil {
		return nil, fmt.Errorf("ntt: %w", err)
	}
	inverse := false
	for k, t := range tasks {
		if t.Parameters != nil {
			inverse = t.Parameters.Inverse
		}
		for _, op := range m.ops(k, t, inverse) {
			if err := m.issuer.Load(op); err != nil {
				return nil, fmt.Errorf("ntt: %w", err)
			}
		}
	}
	r, err := m.system.Run(ctx)
	if err != nil {
		return nil, fmt.Errorf("ntt: %w", err)
	}
	report := &Report{ArrayBeats: m.beats, Spans: m.spans, Results: m.results, Sim: r}
	if n := len(tasks); n > 0 {
		report.Cycles = m.spans[n-1].End
	}
	return report, nil
}

func (m *machine) build(o Options) error {
	var err error
	if m.system, err = sim.NewSystem(sim.Config{ClockHz: clockHz, Tracer: o.Tracer, MaxCycles: sim.Cycle(o.MaxCycles)}); err != nil {
		return err
	}
	for _, u := range []struct {
		unit **sim.Unit
		name string
	}{{&m.load, "Load"}, {&m.array, "Array"}, {&m.unload, "Unload"}} {
		// Parts of tasks are issued long before they start.
		if *u.unit, err = sim.NewUnit(m.system, sim.UnitConfig{Name: u.name, QueueDepth: 8, Flow: true}); err != nil {
			return err
		}
	}
	for _, s := range []struct {
		semaphore **sim.Semaphore
		name      string
		count     int64
	}{{&m.idle, "Idle", 1}, {&m.ready, "Ready", 0}, {&m.whole, "Whole", 0}} {
		if *s.semaphore, err = sim.NewSemaphore(m.system, s.name, s.count); err != nil {
			return err
		}
	}
	m.issuer, err = sim.NewIssuer(m.system, sim.IssuerConfig{Name: "Sequencer"})
	return err
}

// ops turns task k into events: one that loads, one per pass of the array and one
// that unloads. Every one that others wait for signals at its end.
func (m *machine) ops(k int, t Task, inverse bool) []*sim.Op {
	one := func(s *sim.Semaphore) []sim.Wait { return []sim.Wait{{On: s, Count: 1}} }
	end := func(s *sim.Semaphore) []sim.Signal { return []sim.Signal{{To: s, Count: 1}} }
	load := &sim.Op{Tag: uint64(k + 1), Unit: m.load, Waits: one(m.idle)}
	load.OnStart = func() error { m.spans[k].Start = int64(m.system.Now()); return nil }
	ends := func() { m.spans[k].End = int64(m.system.Now()) }
	if t.Parameters != nil {
		load.Name, load.Latency, load.Signals = "parameters", sim.Cycle(m.c.ParameterCycles()), end(m.idle)
		load.OnFinish = func() error { m.state.parameters = t.Parameters; ends(); return nil }
		return []*sim.Op{load}
	}
	load.Name, load.Latency, load.Signals = "load", sim.Cycle(1+m.c.Beats()), end(m.ready)
	load.OnFinish = func() error { copy(m.state.data[0], t.Residues); return nil }
	ops := []*sim.Op{load}
	for step, p := range m.c.products(inverse) {
		for pass := range p.passes() {
			op := m.pass(k, step, p, pass)
			if pass == 0 {
				op.Waits = one(m.ready)
			}
			if pass == p.passes()-1 {
				op.Signals = end([2]*sim.Semaphore{m.ready, m.whole}[step])
			}
			ops = append(ops, op)
		}
	}
	unload := &sim.Op{Name: "unload", Tag: uint64(k + 1), Unit: m.unload, Waits: one(m.whole),
		Latency: sim.Cycle(m.c.Beats() + unloadCycles), Signals: end(m.idle)}
	unload.OnFinish = func() error {
		m.results[k] = append([]uint32{}, m.state.data[0]...)
		ends()
		return nil
	}
	return append(ops, unload)
}

// pass is one pass of product p, the first or the second of task k. The first
// pass loads its weights before it; those of the others are loaded under the
// pass before.
func (m *machine) pass(k, step int, p product, pass int) *sim.Op {
	fill := 0
	if pass == 0 {
		fill = m.c.Side
	}
	return &sim.Op{
		Name: fmt.Sprintf("product %d pass %d", step+1, pass+1), Tag: uint64(k + 1), Unit: m.array,
		Interval: sim.Cycle(fill + p.beats), Latency: sim.Cycle(fill + p.beats + m.c.Tail()),
		OnFinish: func() error {
			m.beats += int64(p.beats)
			m.state.pass(step, p, pass)
			return nil
		},
	}
}

package tpu

import (
	"context"
	"fmt"

	"lockstep/sim"
)

// RunOptions are what a run is made with besides its program.
type RunOptions struct {
	TimingOnly bool       // no operation computes values; cycles are the same
	Tracer     sim.Tracer // receives the trace of the run; nil means none
	MaxCycles  int64      // cycle budget; 0 means none

	// Finished is told the cycle, launch not included, in which each operation
	// finishes; nil means nobody is.
	Finished func(id ID, cycle int64)
}

// Run executes the program from its beginning and returns what happened. It
// may be called again. Failures are those of Check, of the functions that
// operations carry, of the budget and of the context.
func (p *Program) Run(ctx context.Context, o RunOptions) (*Report, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	m, err := newMachine(p, o)
	if err != nil {
		return nil, fmt.Errorf("tpu: %w", err)
	}
	r, err := m.system.Run(ctx)
	if err != nil {
		return nil, fmt.Errorf("tpu: %w", err)
	}
	return m.report(r), nil
}

// A machine is one run of a program on package sim. Each queue is an issuer and
// a unit. How many operations of a queue have finished is counted by a
// semaphore; waiting for an operation is waiting for that count.
type machine struct {
	p        *Program
	options  RunOptions
	system   *sim.System
	hbm      *sim.Port
	progress []*sim.Semaphore // of the queues
	sems     []*sim.Semaphore // of the program
	engines  []*engine
}

// An engine gives the operations of one queue to its issuer.
type engine struct {
	m        *machine
	unit     *sim.Unit
	pool     sim.Pool
	ids      []ID
	next     int // to issue
	started  int // of an array: operations started
	finished int // of a functional run: operations finished
	array    array
	timing   func(sim.Cycle) (sim.Cycle, sim.Cycle)
	finish   func() error
}

func newMachine(p *Program, o RunOptions) (*machine, error) {
	c := &p.config
	m := &machine{p: p, options: o}
	var err error
	m.system, err = sim.NewSystem(sim.Config{
		ClockHz: c.ClockHz, Tracer: o.Tracer, TimingOnly: o.TimingOnly && o.Finished == nil, MaxCycles: sim.Cycle(o.MaxCycles),
	})
	if err != nil {
		return nil, err
	}
	beat, efficiency := port(c.HBMBytesPerCycle)
	// the port of an idle memory has credit for a beat; it is not given away,
	// so that no run moves more bytes than cycles times bandwidth
	latency := c.HBMLatencyCycles + (efficiency.Den+efficiency.Num-1)/efficiency.Num - 1
	hbm, err := sim.NewMemory(m.system, sim.MemoryConfig{Name: "Hbm", Ports: []sim.PortConfig{
		{Name: "Port", BeatBytes: beat, LatencyCycles: sim.Cycle(latency), Efficiency: efficiency},
	}})
	if err != nil {
		return nil, err
	}
	if m.hbm, err = hbm.Port("Port"); err != nil {
		return nil, err
	}
	for i := range p.sems {
		s, err := sim.NewSemaphore(m.system, fmt.Sprintf("Semaphore[%d]", i), 0)
		if err != nil {
			return nil, err
		}
		m.sems = append(m.sems, s)
	}
	for q := range p.queues {
		if err := m.addEngine(&p.queues[q]); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// port returns a beat and its efficiency that make up r bytes per cycle.
func port(r Ratio) (beatBytes int64, efficiency sim.Ratio) {
	beat := (r.Num + r.Den - 1) / r.Den
	if den := beat * r.Den; den <= 1<<16 {
		return beat, sim.Ratio{Num: r.Num, Den: den}
	}
	return r.Num, sim.Ratio{Num: 1, Den: r.Den}
}

func (m *machine) addEngine(q *queue) error {
	name := q.engine.String()
	e := &engine{m: m, ids: q.ops, array: array{overlap: m.p.config.Overlap(), rows: int64(m.p.config.Rows)}}
	e.timing, e.finish = e.startPasses, e.runPayload
	config := sim.UnitConfig{Name: name}
	if k := q.engine.Kind; k == DMAIn || k == DMAOut {
		config.MaxInFlight = m.p.config.DMAInFlight
	}
	var err error
	if e.unit, err = sim.NewUnit(m.system, config); err != nil {
		return err
	}
	issuer, err := sim.NewIssuer(m.system, sim.IssuerConfig{Name: name + ".Queue"})
	if err != nil {
		return err
	}
	progress, err := sim.NewSemaphore(m.system, name+".Progress", 0)
	if err != nil {
		return err
	}
	m.progress, m.engines = append(m.progress, progress), append(m.engines, e)
	return issuer.Stream(e)
}

// Next implements sim.Program.
func (e *engine) Next() *sim.Op {
	if e.next == len(e.ids) {
		return nil
	}
	id := e.ids[e.next]
	e.next++
	m, p := e.m, e.m.p
	r := p.op(id)
	o := e.pool.Get()
	o.Name, o.Tag, o.Unit = r.name, uint64(id), e.unit
	for _, d := range p.deps[r.deps.first:r.deps.end] {
		o.Waits = append(o.Waits, sim.Wait{On: m.progress[d.queue], Count: int64(d.seq), Keep: true})
	}
	for _, w := range p.waits[r.waits.first:r.waits.end] {
		o.Waits = append(o.Waits, sim.Wait{On: m.sems[w.sem], Count: int64(w.count), Keep: true})
	}
	o.Signals = append(o.Signals, sim.Signal{To: m.progress[r.queue], Count: 1})
	for _, s := range p.signals[r.signals.first:r.signals.end] {
		o.Signals = append(o.Signals, sim.Signal{To: m.sems[s], Count: 1})
	}
	switch t := &r.time; p.queues[r.queue].engine.Kind {
	case MXU:
		o.Timing = e.timing
	case DMAIn, DMAOut:
		o.Interval = 1
		o.Transfers = append(o.Transfers, sim.Transfer{
			Port: m.hbm, Bytes: t.move, Write: p.queues[r.queue].engine.Kind == DMAOut,
		})
	default:
		o.Latency = sim.Cycle(t.cycles)
	}
	o.OnFinish = e.finish
	return o
}

// startPasses is the timing of an array's next operation.
func (e *engine) startPasses(now sim.Cycle) (latency, interval sim.Cycle) {
	r := e.m.p.op(e.ids[e.started])
	e.started++
	l, i := e.array.start(int64(now), r.time.passes)
	return sim.Cycle(l), sim.Cycle(i)
}

// runPayload reports the next operation to finish and computes its values.
func (e *engine) runPayload() error {
	id := e.ids[e.finished]
	e.finished++
	if f := e.m.options.Finished; f != nil {
		f(id, int64(e.m.system.Now()))
	}
	if do := e.m.p.op(id).do; do != nil && !e.m.options.TimingOnly {
		if err := do(); err != nil {
			return fmt.Errorf("%s: %w", e.m.p.label(id), err)
		}
	}
	return nil
}

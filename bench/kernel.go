package bench

import (
	"context"
	"fmt"

	"lockstep/sim"
)

// kernelOps is the number of ops of one call.
const kernelOps = 2000

const kernelRegisters = 5

// A burst is the transfer of an op of the loop: beats through a port after a
// latency.
type burst struct {
	port, beats int
	tail        sim.Cycle
}

// A step is one op of the loop: a few instructions like those of a layer, on
// four units with registers and two memory ports.
type step struct {
	name              string
	unit              int
	latency, interval sim.Cycle // interval 0: the op keeps its unit
	reads             []int
	write             int
	readsFree         sim.Cycle // after the start; 0: at the finish
	burst             burst     // no beats: no transfer
}

var (
	kernelUnits = [...]string{"Loadstore", "Rms", "Tmatmul", "Rowwise"}
	kernelBody  = []step{
		{name: "load", unit: 0, latency: 1, write: 0, burst: burst{port: 1, beats: 8}},
		{name: "norm", unit: 1, latency: 12, reads: []int{0}, write: 1},
		{name: "product", unit: 2, latency: 16, reads: []int{1}, write: 2, readsFree: 8, burst: burst{port: 0, beats: 16, tail: 4}},
		{name: "silu", unit: 3, latency: 9, interval: 4, reads: []int{1}, write: 3},
		{name: "multiply", unit: 3, latency: 9, interval: 4, reads: []int{2, 3}, write: 4},
	}
	kernelPorts = [...]sim.PortConfig{{Name: "Weights", BeatBytes: 32, LatencyCycles: 20}, {Name: "Vectors", BeatBytes: 8, LatencyCycles: 12}}
)

// A loopProgram gives the ops of a loop to an issuer.
type loopProgram struct {
	body  []step
	pool  sim.Pool
	units []*sim.Unit
	ports []*sim.Port
	at    int // ops given
}

// Next implements sim.Program.
func (p *loopProgram) Next() *sim.Op {
	if p.at == kernelOps {
		return nil
	}
	s := &p.body[p.at%len(p.body)]
	p.at++
	o := p.pool.Get()
	o.Name, o.Unit, o.Latency, o.Interval = s.name, p.units[s.unit], s.latency, s.interval
	o.Reads, o.Writes = append(o.Reads, s.reads...), append(o.Writes, s.write)
	if s.readsFree > 0 {
		o.ReadsFree = sim.AfterStart(s.readsFree)
	}
	if b := s.burst; b.beats > 0 {
		bytes := int64(b.beats) * kernelPorts[b.port].BeatBytes
		o.Transfers = append(o.Transfers, sim.Transfer{Port: p.ports[b.port], Bytes: bytes})
		o.Tail = b.tail
	}
	return o
}

// A kernelRun is a loop on the event kernel.
type kernelRun struct {
	system  *sim.System
	issuer  *sim.Issuer
	program *loopProgram
}

func newKernelRun(body []step) (*kernelRun, error) {
	s, err := sim.NewSystem(sim.Config{ClockHz: 1e9, TimingOnly: true})
	if err != nil {
		return nil, err
	}
	memory, err := sim.NewMemory(s, sim.MemoryConfig{Name: "Memory", Ports: kernelPorts[:]})
	if err != nil {
		return nil, err
	}
	p := &loopProgram{body: body}
	for _, c := range kernelPorts {
		port, err := memory.Port(c.Name)
		if err != nil {
			return nil, err
		}
		p.ports = append(p.ports, port)
	}
	for _, name := range kernelUnits {
		u, err := sim.NewUnit(s, sim.UnitConfig{Name: name})
		if err != nil {
			return nil, err
		}
		p.units = append(p.units, u)
	}
	board, err := sim.NewScoreboard(s, "Registers", kernelRegisters)
	if err != nil {
		return nil, err
	}
	issuer, err := sim.NewIssuer(s, sim.IssuerConfig{Name: "Issue", Board: board})
	return &kernelRun{s, issuer, p}, err
}

// run executes all ops once more and returns the cycles that they took.
func (k *kernelRun) run(ctx context.Context) (int64, error) {
	begin := k.system.Now()
	k.program.at = 0
	if err := k.issuer.Stream(k.program); err != nil {
		return 0, err
	}
	r, err := k.system.Run(ctx)
	if err != nil {
		return 0, err
	}
	return int64(r.Cycles - begin), nil
}

func prepareKernel(ctx context.Context, _ func(string)) (*subject, error) {
	k, err := newKernelRun(kernelBody)
	if err != nil {
		return nil, err
	}
	got, err := k.run(ctx)
	if err != nil {
		return nil, err
	}
	if want := bareSchedule(kernelBody); got != want {
		return nil, fmt.Errorf("the kernel takes %d cycles, the bare loop %d", got, want)
	}
	return &subject{item: "op", ways: []way{
		{what: "bare loop of the same schedule", items: kernelOps, call: func(context.Context) (int64, error) { return bareSchedule(kernelBody), nil }},
		{what: "event kernel on Akita", items: kernelOps, call: k.run},
	}}, nil
}

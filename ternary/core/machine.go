package core

import (
	"context"
	"errors"
	"fmt"

	"lockstep/sim"
	"lockstep/ternary"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
)

// Options are what a machine is built with besides its configuration.
type Options struct {
	Numbers fixed.Config // number formats; those of the model in a functional run
	Tracer  sim.Tracer   // receives the trace of the run; nil means none
}

// A Machine is the event model of one core with one program, executing token
// after token. It is used from one goroutine.
type Machine struct {
	Config  Config
	Program *isa.Program
	Timing  Timing

	sys    *sim.System
	issuer *sim.Issuer
	ports  *sim.Semaphore // the operand ports that the vector units share
	units  [isa.NumUnits]*sim.Unit
	fetch  *sim.Op // the token reaches its first instruction
	ops    []*sim.Op
	image  *image // nil in a timing-only run
	report *sim.Report
	tokens []sim.Cycle // cycles of each token
}

// New builds a machine that generates with model m.
func New(c Config, m *fixed.Model, o Options) (*Machine, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	p, err := isa.Compile(m.Shape, c.Target(m.Config))
	if err != nil {
		return nil, err
	}
	if err := p.Bind(m); err != nil {
		return nil, err
	}
	return NewProgram(c, p, m, o)
}

// NewTiming builds a machine that only counts cycles, for a model of shape s;
// there are no weights.
func NewTiming(c Config, s ternary.Shape, o Options) (*Machine, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	p, err := isa.Compile(s, c.Target(o.Numbers))
	if err != nil {
		return nil, err
	}
	return build(c, p, nil, o)
}

// NewProgram builds a machine that executes program p, whose constants are
// bound, on the data of model m as the layout of p places it.
func NewProgram(c Config, p *isa.Program, m *fixed.Model, o Options) (*Machine, error) {
	o.Numbers = m.Config
	return build(c, p, m, o)
}

func build(c Config, program *isa.Program, m *fixed.Model, o Options) (*Machine, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	timing, err := measure(c, o.Numbers, program)
	if err != nil {
		return nil, err
	}
	mc := &Machine{Config: c, Program: program, Timing: timing}
	if m != nil {
		mc.image = newImage(m, program)
	}
	if mc.sys, err = sim.NewSystem(sim.Config{ClockHz: c.ClockHz, Tracer: o.Tracer, TimingOnly: m == nil}); err != nil {
		return nil, err
	}
	if err := mc.wire(); err != nil {
		return nil, err
	}
	return mc, nil
}

// wire adds the components to the system and turns the program into ops.
func (mc *Machine) wire() error {
	c := mc.Config
	memory, err := sim.NewMemory(mc.sys, sim.MemoryConfig{Name: "Memory", Ports: []sim.PortConfig{
		{Name: "Weights", BeatBytes: int64(c.WeightBeatBytes), LatencyCycles: sim.Cycle(c.Lat), Efficiency: sim.Ratio(c.Eff)},
		{Name: "Vectors", BeatBytes: int64(c.VectorBeatBytes), LatencyCycles: sim.Cycle(c.Lat), Efficiency: sim.Ratio(c.Eff)},
	}})
	if err != nil {
		return err
	}
	for u, name := range unitNames {
		uc := sim.UnitConfig{Name: name}
		if isa.Unit(u) == isa.Matrix && c.MatrixQueue > 0 {
			uc.QueueDepth, uc.Flow, uc.Pipe = c.MatrixQueue, true, true
		}
		if mc.units[u], err = sim.NewUnit(mc.sys, uc); err != nil {
			return err
		}
	}
	registers := c.VectorRegisters + c.ScalarRegisters + c.OperandBuffers
	board, err := sim.NewScoreboard(mc.sys, "Registers", registers)
	if err != nil {
		return err
	}
	if mc.ports, err = sim.NewSemaphore(mc.sys, "Operands", 1); err != nil {
		return err
	}
	if mc.issuer, err = sim.NewIssuer(mc.sys, sim.IssuerConfig{Name: "Issue", Board: board}); err != nil {
		return err
	}
	fetch, err := sim.NewUnit(mc.sys, sim.UnitConfig{Name: "Fetch"})
	if err != nil {
		return err
	}
	mc.fetch = &sim.Op{Name: "fetch", Unit: fetch, Latency: fetchCycles, IssueCycles: fetchCycles}
	for _, in := range mc.Program.Instrs {
		op, err := mc.op(in, memory)
		if err != nil {
			return err
		}
		mc.ops = append(mc.ops, op)
	}
	return nil
}

var unitNames = [isa.NumUnits]string{"Loadstore", "Rms", "Quant", "Tmatmul", "Rowwise"}

// op turns one instruction into one event.
func (mc *Machine) op(in isa.Instr, memory *sim.Memory) (*sim.Op, error) {
	op := &sim.Op{Name: in.String(), Unit: mc.units[in.Op.Unit()]}
	op.Reads, op.Writes = mc.registers(in)
	port, bytes := "", int64(0)
	switch in.Op {
	case isa.LDV, isa.STV:
		port, bytes = "Vectors", int64(in.N*mc.Program.Target.ElementBytes)
	case isa.TMATMUL:
		r, _ := mc.Program.Layout.Find(in.Data)
		port, bytes = "Weights", int64(in.N)*r.RowBytes
	}
	if port != "" {
		p, err := memory.Port(port)
		if err != nil {
			return nil, err
		}
		op.Transfers = []sim.Transfer{{Port: p, Bytes: bytes, Write: in.Op == isa.STV}}
	}
	mc.Timing.apply(op, in, mc.ports)
	if mc.image != nil {
		payload, err := mc.image.payload(mc.Program, in)
		if err != nil {
			return nil, err
		}
		op.OnStart = payload
	}
	return op, nil
}

// registers returns the scoreboard entries of an instruction: vector
// registers, then scalar registers, then operand buffers.
func (mc *Machine) registers(in isa.Instr) (reads, writes []int) {
	scalar := mc.Config.VectorRegisters + in.S
	buffer := mc.Config.VectorRegisters + mc.Config.ScalarRegisters + in.Q
	reads = in.Reads()
	if d, ok := in.Writes(); ok {
		writes = append(writes, d)
	}
	switch in.Op {
	case isa.RMS:
		writes = append(writes, scalar)
	case isa.NORM:
		reads = append(reads, scalar)
	case isa.QUANT:
		reads, writes = append(reads, scalar), append(writes, buffer)
	case isa.TMATMUL:
		reads = append(reads, scalar, buffer)
	}
	return reads, writes
}

// Step executes the program for one token, 0 <= token < Vocab, and returns the
// cycles it took.
func (mc *Machine) Step(ctx context.Context, token int) (sim.Cycle, error) {
	if token < 0 || token >= mc.Program.Shape.Vocab {
		return 0, fmt.Errorf("core: token is %d, want 0 to %d", token, mc.Program.Shape.Vocab-1)
	}
	if mc.image != nil {
		mc.image.token = token
	}
	before := mc.sys.Now()
	if err := errors.Join(mc.issuer.Load(mc.fetch), mc.issuer.Load(mc.ops...)); err != nil {
		return 0, err
	}
	report, err := mc.sys.Run(ctx)
	if report != nil {
		mc.report = report
	}
	if err != nil {
		return 0, err
	}
	cycles := report.Cycles - before
	mc.tokens = append(mc.tokens, cycles)
	return cycles, nil
}

// RawLogits returns the logits of the next token as raw vector elements,
// [Vocab], valid until the next step; nil in a timing-only run.
func (mc *Machine) RawLogits() []int32 {
	if mc.image == nil {
		return nil
	}
	return mc.image.vectors[isa.Ref{Kind: isa.Logits}]
}

// Logits returns the values of RawLogits.
func (mc *Machine) Logits() []float32 {
	raw := mc.RawLogits()
	if raw == nil {
		return nil
	}
	f := mc.image.model.Config.Vector
	logits := make([]float32, len(raw))
	for i, v := range raw {
		logits[i] = float32(f.Float(v))
	}
	return logits
}

// Vector returns the contents of a vector region of memory in a functional
// run: raw elements, nil for a matrix. The caller must not change them.
func (mc *Machine) Vector(ref isa.Ref) []int32 {
	if mc.image == nil {
		return nil
	}
	return mc.image.vectors[ref]
}

// Reset clears the recurrent state; cycles and statistics go on.
func (mc *Machine) Reset() {
	if mc.image != nil {
		mc.image.reset()
	}
}

// Report returns the statistics of the tokens so far, nil before the first.
func (mc *Machine) Report() *sim.Report { return mc.report }

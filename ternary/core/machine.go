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

	// Observer, if not nil, is told of every instruction when it ends, in a
	// functional run; instructions that end in one cycle in any order.
	Observer func(Executed)
}

// A Machine is the event model of one core with one program, executing token
// after token. It is used from one goroutine.
type Machine struct {
	Config  Config
	Program *isa.Program
	Timing  Timing

	sys      *sim.System
	issuer   *sim.Issuer
	ports    []*sim.Semaphore // pairs of operand ports of the vector registers
	products *sim.Semaphore   // places for products, the running one included
	units    [isa.NumUnits]*sim.Unit
	schedule *schedule
	numbers  fixed.Config
	dense    []int8  // activations of a timing-only run
	fetch    *sim.Op // the token reaches its first instruction
	ops      []*sim.Op
	images   []*image // one per lane; none in a timing-only run
	report   *sim.Report
	tokens   []sim.Cycle // cycles of each token
	observer func(Executed)
	begin    sim.Cycle // of the running token
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
	mc := &Machine{Config: c, Program: program, Timing: timing, numbers: o.Numbers, observer: o.Observer}
	if m != nil {
		for range c.Batch {
			mc.images = append(mc.images, newImage(m, program))
		}
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
	var err error
	if mc.schedule, err = newSchedule(c, mc.numbers, mc.Timing, mc.Program.Target); err != nil {
		return err
	}
	for u, name := range unitNames {
		if mc.units[u], err = sim.NewUnit(mc.sys, sim.UnitConfig{Name: name}); err != nil {
			return err
		}
	}
	registers := c.VectorRegisters + c.ScalarRegisters + c.OperandBuffers
	board, err := sim.NewScoreboard(mc.sys, "Registers", registers)
	if err != nil {
		return err
	}
	for p := range c.VectorPorts {
		port, err := sim.NewSemaphore(mc.sys, fmt.Sprintf("Operands[%d]", p), 1)
		if err != nil {
			return err
		}
		mc.ports = append(mc.ports, port)
	}
	if mc.products, err = sim.NewSemaphore(mc.sys, "Products", int64(c.MatrixQueue)+1); err != nil {
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
	for k := range mc.Program.Instrs {
		op, err := mc.op(&mc.Program.Instrs[k])
		if err != nil {
			return err
		}
		if mc.observer != nil && len(mc.images) > 0 {
			mc.observe(op, k)
		}
		mc.ops = append(mc.ops, op)
	}
	return nil
}

var unitNames = [isa.NumUnits]string{"Loadstore", "Rms", "Quant", "Tmatmul", "Rowwise", "Argmax"}

// port returns the pair of operand ports of a vector unit.
func (c Config) port(u isa.Unit) int {
	switch {
	case u == isa.Norm && c.VectorPorts > 1:
		return 1
	case u == isa.Quantiser && c.VectorPorts > 2:
		return 2
	}
	return 0
}

// op turns one instruction into one event. A vector instruction holds its
// operand ports until its last read; its registers are free to be written, and
// its result usable, one cycle after the last read and the last write. A norm
// pass takes the command of the next with its last beat. Memory instructions
// and products ask memory the cycle after their issue; a product takes every
// weight beat as it comes and ends with the result of the last row.
func (mc *Machine) op(in *isa.Instr) (*sim.Op, error) {
	unit := in.Op.Unit()
	op := &sim.Op{Name: in.String(), Unit: mc.units[unit]}
	op.Reads, op.Writes = mc.registers(*in)
	if _, ok := in.Writes(); ok {
		op.WritesOpen = sim.Point{From: sim.AtResult}
	}
	switch unit {
	case isa.LoadStore:
		op.Timing = func(start sim.Cycle) (latency, interval sim.Cycle) { return mc.schedule.memory(op, in, start) }
	case isa.Matrix:
		op.Timing = func(start sim.Cycle) (latency, interval sim.Cycle) { return mc.schedule.product(op, in, start) }
		op.ReadsFree = sim.AfterStart(sim.Cycle(beats(in.Cols, mc.Config.TP)) + 1)
		if mc.Config.ZeroSkip {
			op.Timing = func(start sim.Cycle) (latency, interval sim.Cycle) {
				return mc.schedule.sparseProduct(op, in, mc.activations(in), start)
			}
			op.ReadsFree = sim.Point{From: sim.AtRead, Cycles: 1}
		}
		op.Waits = []sim.Wait{{On: mc.products, Count: 1}}
		op.Signals = []sim.Signal{{To: mc.products, Count: 1}}
	default:
		op.Timing = func(start sim.Cycle) (latency, interval sim.Cycle) { return mc.schedule.vector(op, in, start) }
		op.Chains, op.ReadsFree = true, sim.Point{From: sim.AtRead, Cycles: 1}
		port := mc.ports[mc.Config.port(unit)]
		op.Waits = []sim.Wait{{On: port, Count: 1}}
		op.Signals = []sim.Signal{{To: port, Count: 1, At: sim.Point{From: sim.AtRead}}}
	}
	var err error
	op.OnStart, err = mc.payload(in)
	return op, err
}

// activations returns the operand of a product: its values or, in a timing-only
// run and for costs, as many that are not zero.
func (mc *Machine) activations(in *isa.Instr) []int8 {
	if len(mc.images) > 0 && !mc.schedule.dense {
		return mc.images[0].buffers[in.Q][:in.Cols]
	}
	for len(mc.dense) < in.Cols {
		mc.dense = append(mc.dense, 1)
	}
	return mc.dense[:in.Cols]
}

// payload returns what an instruction computes in every lane; nil in a
// timing-only run.
func (mc *Machine) payload(in *isa.Instr) (func() error, error) {
	var lanes []func() error
	for _, im := range mc.images {
		f, err := im.payload(mc.Program, *in)
		if err != nil {
			return nil, err
		}
		lanes = append(lanes, f)
	}
	switch len(lanes) {
	case 0:
		return nil, nil
	case 1:
		return lanes[0], nil
	}
	return func() error {
		for _, f := range lanes {
			if err := f(); err != nil {
				return err
			}
		}
		return nil
	}, nil
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

// Step executes the program for one token in every lane, 0 <= token < Vocab,
// and returns the cycles it took.
func (mc *Machine) Step(ctx context.Context, token int) (sim.Cycle, error) {
	tokens := make([]int, mc.Config.Batch)
	for l := range tokens {
		tokens[l] = token
	}
	return mc.StepLanes(ctx, tokens)
}

// StepLanes executes the program for a token of each lane.
func (mc *Machine) StepLanes(ctx context.Context, tokens []int) (sim.Cycle, error) {
	if len(tokens) != mc.Config.Batch {
		return 0, fmt.Errorf("core: %d tokens, want %d, one per lane", len(tokens), mc.Config.Batch)
	}
	for _, token := range tokens {
		if token < 0 || token >= mc.Program.Shape.Vocab {
			return 0, fmt.Errorf("core: token is %d, want 0 to %d", token, mc.Program.Shape.Vocab-1)
		}
	}
	for l, im := range mc.images {
		im.token = tokens[l]
	}
	mc.begin = mc.sys.Now()
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
	cycles := report.Cycles - mc.begin
	mc.tokens = append(mc.tokens, cycles)
	return cycles, nil
}

// RawLogits returns the logits of the next token in a lane as raw vector
// elements, [Vocab], valid until the next step; nil in a timing-only run.
func (mc *Machine) RawLogits(lane int) []int32 {
	return mc.Vector(lane, isa.Ref{Kind: isa.Logits})
}

// Logits returns the values of RawLogits.
func (mc *Machine) Logits(lane int) []float32 {
	raw := mc.RawLogits(lane)
	if raw == nil {
		return nil
	}
	f := mc.images[lane].model.Config.Vector
	logits := make([]float32, len(raw))
	for i, v := range raw {
		logits[i] = float32(f.Float(v))
	}
	return logits
}

// Next returns the token that the core chose in a lane, that of the largest
// logit; 0 in a timing-only run and before the first step.
func (mc *Machine) Next(lane int) int {
	if len(mc.images) == 0 {
		return 0
	}
	return mc.images[lane].next
}

// Vector returns the contents of a vector region of the memory of a lane in a
// functional run: raw elements, nil for a matrix. The caller must not change
// them.
func (mc *Machine) Vector(lane int, ref isa.Ref) []int32 {
	if len(mc.images) == 0 {
		return nil
	}
	return mc.images[lane].vectors[ref]
}

// Reset clears the recurrent state; cycles and statistics go on.
func (mc *Machine) Reset() {
	for _, im := range mc.images {
		im.reset()
	}
}

// Report returns the statistics of the tokens so far, nil before the first.
func (mc *Machine) Report() *sim.Report { return mc.report }

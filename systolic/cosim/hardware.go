package cosim

import (
	"context"
	"errors"
	"fmt"

	"lockstep/systolic/chip"
	"lockstep/verilator"
)

// A Hardware is the RTL of one chip under Verilator, with a memory and a
// program memory. It is used from one goroutine and must be closed.
type Hardware struct {
	config  chip.Config
	bytes   int64 // of memory
	session *verilator.Session
}

// Memories of the session.
const (
	dataMemory = "data"
	codeMemory = "code"
)

// NewHardware builds the RTL of chip c with a memory of so many bytes, 1 to
// 2^32. Progress, if not nil, is told the name of a module that has to be built.
func NewHardware(ctx context.Context, c chip.Config, memoryBytes int64, progress func(string)) (*Hardware, error) {
	top, err := chip.RTL(c)
	if err != nil {
		return nil, err
	}
	config := verilator.SessionConfig{
		Memories: []verilator.Memory{
			{Name: codeMemory, Bytes: int64(c.ProgramWords) * chip.WordBytes, Ports: []verilator.MemoryPort{
				{Name: chip.ProgramPort, LatencyCycles: c.LatencyCycles, Efficiency: verilator.Ratio(c.Efficiency)}}},
			{Name: dataMemory, Bytes: memoryBytes, Ports: []verilator.MemoryPort{
				{Name: chip.MemoryPort, LatencyCycles: c.LatencyCycles, Efficiency: verilator.Ratio(c.Efficiency)}}},
		},
		Progress: progress,
	}
	for e := range chip.NumEngines {
		config.Watches = append(config.Watches, watch(e.StartPort()), watch(e.EndPort()))
	}
	s, err := verilator.NewSession(ctx, top, config)
	if err != nil {
		return nil, err
	}
	return &Hardware{c, memoryBytes, s}, nil
}

// watch records the cycles in which a port is 1.
func watch(port string) verilator.Watch { return verilator.Watch{Name: port, When: []string{port}} }

// A Result is one run of the RTL.
type Result struct {
	Cycles int64       // from the acceptance of the start to the end of the last instruction
	Spans  []chip.Span // by instruction
}

// bootLimit bounds the cycles in which a program is loaded.
const bootLimit = 1 << 24

// Run resets the chip, has it load program p, which is for it and was checked,
// and runs it on the contents of memory, which it changes. It fails after limit
// cycles, 1 or more. VMEM and accumulators keep what they held.
func (h *Hardware) Run(p *chip.Program, memory []byte, limit int64) (*Result, error) {
	if p.Config != h.config {
		return nil, fmt.Errorf("cosim: program is for chip %+v, want %+v", p.Config, h.config)
	}
	if int64(len(memory)) > h.bytes {
		return nil, fmt.Errorf("cosim: memory has %d bytes, want at most %d", len(memory), h.bytes)
	}
	code, err := p.Code()
	if err != nil {
		return nil, err
	}
	s := h.session
	err = errors.Join(s.Load(dataMemory, 0, memory), s.Load(codeMemory, 0, code), s.Reset(),
		s.Set(chip.DoneStream+"_ready", 0), s.Set(chip.LoadStream+"_count", int64(len(p.Instrs))))
	if err != nil {
		return nil, err
	}
	if _, err := h.send(chip.LoadStream); err != nil {
		return nil, err
	}
	begin, err := h.send(chip.StartStream)
	if err != nil {
		return nil, err
	}
	end, err := s.RunUntil(limit, chip.DoneStream+"_valid", 1)
	if err != nil {
		return nil, fmt.Errorf("cosim: the program does not end: %w", err)
	}
	r := &Result{Cycles: end - begin}
	if r.Spans, err = h.spans(p, begin); err != nil {
		return nil, err
	}
	after, err := s.Dump(dataMemory, 0, int64(len(memory)))
	copy(memory, after)
	return r, err
}

// send moves one beat of an input stream whose payload is set and returns the
// cycle in which it moves.
func (h *Hardware) send(stream string) (int64, error) {
	s := h.session
	cycle, err := s.RunUntil(bootLimit, stream+"_ready", 1)
	if err != nil {
		return 0, fmt.Errorf("cosim: the chip takes no %s: %w", stream, err)
	}
	return cycle, errors.Join(s.Set(stream+"_valid", 1), s.Step(1), s.Set(stream+"_valid", 0))
}

// spans returns the life of every instruction in a run that began in cycle
// begin: those of an engine start and end in order.
func (h *Hardware) spans(p *chip.Program, begin int64) ([]chip.Span, error) {
	var starts, ends [chip.NumEngines][]verilator.Record
	for e := range chip.NumEngines {
		var err error
		if starts[e], err = h.session.Watched(e.StartPort()); err != nil {
			return nil, err
		}
		if ends[e], err = h.session.Watched(e.EndPort()); err != nil {
			return nil, err
		}
	}
	spans := make([]chip.Span, len(p.Instrs))
	for k, in := range p.Instrs {
		e := in.Op.Engine()
		if len(starts[e]) == 0 || len(ends[e]) == 0 {
			return nil, fmt.Errorf("cosim: instruction %d (%s) has not started and ended", k+1, in.Op)
		}
		spans[k] = chip.Span{Start: starts[e][0].Cycle - begin, End: ends[e][0].Cycle + 1 - begin}
		starts[e], ends[e] = starts[e][1:], ends[e][1:]
	}
	return spans, nil
}

// Close ends the child process.
func (h *Hardware) Close() error { return h.session.Close() }

// Package cosim runs the RTL of the whole ternary core under Verilator, with
// its program, weights and states in the memory model of the harness, and
// compares it with the golden model and the event model token by token.
package cosim

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"lockstep/rtl"
	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/verilator"
)

// A Hardware is the RTL of one core running one model. It is used from one
// goroutine and must be closed.
type Hardware struct {
	session  *verilator.Session
	program  *isa.Program
	batch    int
	capacity int // instructions
	vocab    int
}

// Build is how RTL becomes a program.
type Build struct {
	Progress func(module string) // told the name of a module that has to be built; nil means nobody
	Optimise string              // C++ optimisation, as in verilator.SessionConfig
}

// NewHardware builds the RTL of core c for program p, whose constants are
// bound, and has it load p and the data of model m.
func NewHardware(ctx context.Context, c core.Config, p *isa.Program, m *fixed.Model, b Build) (*Hardware, error) {
	top, err := core.RTL(c, p, m.Config)
	if err != nil {
		return nil, err
	}
	return attach(ctx, c, top, p, m, verilator.SessionConfig{Progress: b.Progress, Optimise: b.Optimise})
}

// attach starts the RTL of core c with its memories.
func attach(ctx context.Context, c core.Config, top *rtl.Module, p *isa.Program, m *fixed.Model, config verilator.SessionConfig) (*Hardware, error) {
	port := func(name string) verilator.MemoryPort {
		return verilator.MemoryPort{Name: name, LatencyCycles: c.Lat, Efficiency: verilator.Ratio(c.Eff)}
	}
	mems := []verilator.Memory{{Name: "code", Bytes: int64(len(p.Instrs) * isa.WordBytes), Ports: []verilator.MemoryPort{port("program")}}}
	for l := range c.Batch {
		mem := verilator.Memory{Name: memoryName(l), Bytes: p.Layout.Bytes(), Ports: []verilator.MemoryPort{port(core.VectorsPort(l))}}
		if l == 0 {
			mem.Ports = append([]verilator.MemoryPort{port("weights")}, mem.Ports...)
		}
		mems = append(mems, mem)
	}
	config.Memories = mems
	s, err := verilator.NewSession(ctx, top, config)
	if err != nil {
		return nil, err
	}
	h := &Hardware{session: s, batch: c.Batch, capacity: len(p.Instrs), vocab: m.Shape.Vocab}
	if err := h.Load(p, m); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return h, nil
}

// memoryName is the name of the memory of lane l; the first holds the weights.
func memoryName(l int) string { return fmt.Sprintf("data%d", l) }

// Load resets the core and has it load another program with the same layout,
// and the data of m. Vector registers keep what they held.
func (h *Hardware) Load(p *isa.Program, m *fixed.Model) error {
	if len(p.Instrs) > h.capacity {
		return fmt.Errorf("cosim: program has %d instructions, want at most %d", len(p.Instrs), h.capacity)
	}
	data, err := core.Contents(p, m)
	if err != nil {
		return err
	}
	code, err := isa.EncodeAll(p.Instrs)
	if err != nil {
		return err
	}
	h.program = p
	s := h.session
	for l := range h.batch {
		if err := s.Load(memoryName(l), 0, data); err != nil {
			return err
		}
	}
	return errors.Join(s.Load("code", 0, code), s.Reset(), s.Set("token_more", 0), s.Set("done_ready", 0), s.Set("load_count", int64(len(p.Instrs))), h.send("load"))
}

// bootLimit and tokenLimit bound the cycles that the core is waited for.
const (
	bootLimit  = 1 << 24
	tokenLimit = 1 << 32
)

// send moves one beat of an input stream whose payload is set.
func (h *Hardware) send(stream string) error {
	s := h.session
	if _, err := s.RunUntil(bootLimit, stream+"_ready", 1); err != nil {
		return err
	}
	return errors.Join(s.Set(stream+"_valid", 1), s.Step(1), s.Set(stream+"_valid", 0))
}

// Step runs the program for one token in every lane, 0 <= token < Vocab, and
// returns the cycles from its acceptance to the end of its last instruction.
func (h *Hardware) Step(token int) (int64, error) {
	tokens := make([]int, h.batch)
	for l := range tokens {
		tokens[l] = token
	}
	return h.StepLanes(tokens)
}

// StepLanes runs the program for a token of each lane.
func (h *Hardware) StepLanes(tokens []int) (int64, error) {
	runs, err := h.run(tokens, 0)
	if err != nil {
		return 0, err
	}
	return runs[0].Cycles, nil
}

// A Run is one pass of the program.
type Run struct {
	Cycles int64 // from the acceptance of the tokens to the end of the last instruction
	Next   []int // by lane: the token that the core chose
}

// Generate runs the program for a token of each lane and then more times, each
// for the tokens that the core has chosen, without the host. Between the end of
// a run and the acceptance of the next token lies one cycle.
func (h *Hardware) Generate(tokens []int, more int) ([]Run, error) {
	if more < 0 || more >= 1<<16 {
		return nil, fmt.Errorf("cosim: %d further tokens, want 0 to %d", more, 1<<16-1)
	}
	return h.run(tokens, more)
}

func (h *Hardware) run(tokens []int, more int) ([]Run, error) {
	begin, err := h.offer(tokens, more)
	if err != nil {
		return nil, err
	}
	if err := h.send("token"); err != nil {
		return nil, err
	}
	var runs []Run
	for range more + 1 {
		run, err := h.end(begin, tokenLimit)
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
		begin += run.Cycles + 1
	}
	return runs, nil
}

// offer waits until the core takes tokens and returns the cycle in which it
// accepts them, which is the present one.
func (h *Hardware) offer(tokens []int, more int) (begin int64, err error) {
	if len(tokens) != h.batch {
		return 0, fmt.Errorf("cosim: %d tokens, want %d, one per lane", len(tokens), h.batch)
	}
	ids := make([]int64, len(tokens))
	for l, token := range tokens {
		if token < 0 || token >= h.vocab {
			return 0, fmt.Errorf("cosim: token is %d, want 0 to %d", token, h.vocab-1)
		}
		ids[l] = int64(token)
	}
	s := h.session
	if err := errors.Join(s.Set("token_id", ids...), s.Set("token_more", int64(more)), s.Set("token_valid", 0)); err != nil {
		return 0, err
	}
	if _, err := s.RunUntil(bootLimit, "token_ready", 1); err != nil {
		return 0, fmt.Errorf("cosim: the core takes no token: %w", err)
	}
	return s.Cycle(), nil
}

// end waits for the end of the run that began in cycle begin, for at most limit
// cycles from now.
func (h *Hardware) end(begin, limit int64) (Run, error) {
	s := h.session
	end, err := s.RunUntil(limit, "done_valid", 1)
	switch {
	case errors.Is(err, verilator.ErrLimit):
		return Run{}, fmt.Errorf("cosim: the core does not end a token: %w", err)
	case err != nil:
		return Run{}, err
	}
	chosen, err := s.Get("done_next")
	if err != nil {
		return Run{}, err
	}
	run := Run{Cycles: end - begin}
	for _, id := range chosen {
		run.Next = append(run.Next, int(id))
	}
	return run, errors.Join(s.Set("done_ready", 1), s.Step(1), s.Set("done_ready", 0))
}

// Vector returns the contents of a vector region of the memory of a lane, raw
// elements.
func (h *Hardware) Vector(lane int, ref isa.Ref) ([]int32, error) {
	r, ok := h.program.Layout.Find(ref)
	if !ok {
		return nil, fmt.Errorf("cosim: the layout has no region %s", ref)
	}
	b, err := h.session.Dump(memoryName(lane), r.Addr, r.Bytes())
	if err != nil {
		return nil, err
	}
	size := h.program.Target.ElementBytes
	raw := make([]int32, r.Cols)
	for i := range raw {
		var word [8]byte
		copy(word[8-size:], b[i*size:][:size])
		raw[i] = int32(int64(binary.LittleEndian.Uint64(word[:])) >> (64 - 8*size))
	}
	return raw, nil
}

// Close ends the child process.
func (h *Hardware) Close() error { return h.session.Close() }

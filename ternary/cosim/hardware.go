// Package cosim runs the RTL of the whole ternary core under Verilator, with
// its program, weights and states in the memory model of the harness, and
// compares it with the golden model and the event model token by token.
package cosim

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

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
	capacity int // instructions
	vocab    int
	raw      []int32
}

// NewHardware builds the RTL of core c for program p, whose constants are
// bound, and has it load p and the data of model m. Progress, if not nil, is
// told the name of a module that has to be built.
func NewHardware(ctx context.Context, c core.Config, p *isa.Program, m *fixed.Model, progress func(string)) (*Hardware, error) {
	top, err := core.RTL(c, p, m.Config)
	if err != nil {
		return nil, err
	}
	port := func(name string) verilator.MemoryPort {
		return verilator.MemoryPort{Name: name, LatencyCycles: c.Lat, Efficiency: verilator.Ratio(c.Eff)}
	}
	s, err := verilator.NewSession(ctx, top, verilator.SessionConfig{Progress: progress, Memories: []verilator.Memory{
		{Name: "code", Bytes: int64(len(p.Instrs) * isa.WordBytes), Ports: []verilator.MemoryPort{port("program")}},
		{Name: "data", Bytes: p.Layout.Bytes(), Ports: []verilator.MemoryPort{port("weights"), port("vectors")}},
	}})
	if err != nil {
		return nil, err
	}
	h := &Hardware{session: s, capacity: len(p.Instrs), vocab: m.Shape.Vocab}
	if err := h.Load(p, m); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return h, nil
}

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
	return errors.Join(s.Load("code", 0, code), s.Load("data", 0, data), s.Reset(),
		s.Set("done_ready", 0), s.Set("load_count", int64(len(p.Instrs))), h.send("load"))
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

// Step runs the program for one token, 0 <= token < Vocab, and returns the
// cycles from its acceptance to the end of its last instruction.
func (h *Hardware) Step(token int) (int64, error) {
	if token < 0 || token >= h.vocab {
		return 0, fmt.Errorf("cosim: token is %d, want 0 to %d", token, h.vocab-1)
	}
	s := h.session
	if err := s.Set("token_id", int64(token)); err != nil {
		return 0, err
	}
	if _, err := s.RunUntil(bootLimit, "token_ready", 1); err != nil {
		return 0, fmt.Errorf("cosim: the core takes no token: %w", err)
	}
	begin := s.Cycle()
	if err := h.send("token"); err != nil {
		return 0, err
	}
	end, err := s.RunUntil(tokenLimit, "done_valid", 1)
	if err != nil {
		return 0, fmt.Errorf("cosim: the core does not end a token: %w", err)
	}
	if err := errors.Join(s.Set("done_ready", 1), s.Step(1), s.Set("done_ready", 0)); err != nil {
		return 0, err
	}
	h.raw, err = h.Vector(isa.Ref{Kind: isa.Logits})
	return end - begin, err
}

// Vector returns the contents of a vector region of memory, raw elements.
func (h *Hardware) Vector(ref isa.Ref) ([]int32, error) {
	r, ok := h.program.Layout.Find(ref)
	if !ok {
		return nil, fmt.Errorf("cosim: the layout has no region %s", ref)
	}
	b, err := h.session.Dump("data", r.Addr, r.Bytes())
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

// RawLogits returns the logits after the last token as raw vector elements,
// [Vocab], valid until the next step.
func (h *Hardware) RawLogits() []int32 { return h.raw }

// Close ends the child process.
func (h *Hardware) Close() error { return h.session.Close() }

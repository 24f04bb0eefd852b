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
	Instructions int // of the program of a token

	session *verilator.Session
	program *isa.Program
	logits  isa.Region
	raw     []int32
}

// NewHardware builds the RTL of core c for model m, loads memory and program
// and waits for the first token. Progress, if not nil, is told the name of a
// module that has to be built.
func NewHardware(ctx context.Context, c core.Config, m *fixed.Model, progress func(string)) (*Hardware, error) {
	top, err := core.RTL(c, m.Shape, m.Config)
	if err != nil {
		return nil, err
	}
	p, err := isa.Compile(m.Shape, c.Target(m.Config))
	if err != nil {
		return nil, err
	}
	if err := p.Bind(m); err != nil {
		return nil, err
	}
	data, err := core.Contents(p, m)
	if err != nil {
		return nil, err
	}
	var code []byte
	for k := range p.Instrs {
		if code, err = p.Instrs[k].Encode(code); err != nil {
			return nil, err
		}
	}
	port := func(name string) verilator.MemoryPort {
		return verilator.MemoryPort{Name: name, LatencyCycles: c.Lat, Efficiency: verilator.Ratio(c.Eff)}
	}
	s, err := verilator.NewSession(ctx, top, verilator.SessionConfig{Progress: progress, Memories: []verilator.Memory{
		{Name: "code", Bytes: int64(len(code)), Ports: []verilator.MemoryPort{port("program")}},
		{Name: "data", Bytes: int64(len(data)), Ports: []verilator.MemoryPort{port("weights"), port("vectors")}},
	}})
	if err != nil {
		return nil, err
	}
	h := &Hardware{Instructions: len(p.Instrs), session: s, program: p, raw: make([]int32, m.Shape.Vocab)}
	h.logits, _ = p.Layout.Find(isa.Ref{Kind: isa.Logits})
	if err := h.boot(code, data); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return h, nil
}

// boot fills memory and has the core load its program.
func (h *Hardware) boot(code, data []byte) error {
	s := h.session
	return errors.Join(s.Load("code", 0, code), s.Load("data", 0, data), s.Reset(),
		s.Set("done_ready", 0), s.Set("load_count", int64(h.Instructions)), h.send("load"))
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
	if token < 0 || token >= len(h.raw) {
		return 0, fmt.Errorf("cosim: token is %d, want 0 to %d", token, len(h.raw)-1)
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
	return end - begin, h.read()
}

// read fetches the logits from memory.
func (h *Hardware) read() error {
	b, err := h.session.Dump("data", h.logits.Addr, h.logits.Bytes())
	if err != nil {
		return err
	}
	size := h.program.Target.ElementBytes
	for i := range h.raw {
		var word [8]byte
		copy(word[8-size:], b[i*size:][:size])
		h.raw[i] = int32(int64(binary.LittleEndian.Uint64(word[:])) >> (64 - 8*size))
	}
	return nil
}

// RawLogits returns the logits after the last token as raw vector elements,
// [Vocab], valid until the next step.
func (h *Hardware) RawLogits() []int32 { return h.raw }

// Close ends the child process.
func (h *Hardware) Close() error { return h.session.Close() }

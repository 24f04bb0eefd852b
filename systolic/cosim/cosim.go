// Package cosim runs the RTL of the small systolic machine under Verilator, with
// its program and its matrices in the memory model of the harness, and compares
// it with the event model, value by value and cycle by cycle.
package cosim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"lockstep/systolic/chip"
)

// A Comparison is one program on event model and RTL, which agree.
type Comparison struct {
	Event *chip.Report
	RTL   *Result
}

// Compare runs program p on the event model and on the RTL, from the same
// contents of memory, which it changes. It reports the first difference in a
// byte of memory, in the start or the end of an instruction or in the cycles of
// the run.
func (h *Hardware) Compare(ctx context.Context, p *chip.Program, memory []byte) (*Comparison, error) {
	before := slices.Clone(memory)
	event, err := p.Run(ctx, memory, chip.Options{})
	if err != nil {
		return nil, err
	}
	result, err := h.Run(p, before, event.Cycles+1000)
	if err != nil {
		return nil, err
	}
	c := &Comparison{event, result}
	for k, want := range event.Spans {
		if got := result.Spans[k]; got != want {
			return c, fmt.Errorf("cosim: instruction %d, %s: event model has it in cycles %d to %d, rtl in %d to %d",
				k+1, p.Instrs[k], want.Start, want.End, got.Start, got.End)
		}
	}
	if result.Cycles != event.Cycles {
		return c, fmt.Errorf("cosim: event model takes %d cycles, rtl takes %d", event.Cycles, result.Cycles)
	}
	if !bytes.Equal(memory, before) {
		at := 0
		for memory[at] == before[at] {
			at++
		}
		return c, fmt.Errorf("cosim: byte %d of memory: event model has %d, rtl has %d", at, memory[at], before[at])
	}
	return c, nil
}

// Multiply computes the product of a, M*K elements, and b, K*N elements, on
// golden model, event model and RTL, and reports the first difference in a sum
// or in what Compare looks at.
func (h *Hardware) Multiply(ctx context.Context, p *chip.Product, a, b []byte) (*Comparison, error) {
	memory, err := p.Memory(a, b)
	if err != nil {
		return nil, err
	}
	want, err := p.Golden(a, b)
	if err != nil {
		return nil, err
	}
	c, differ := h.Compare(ctx, &p.Program, memory)
	if c == nil {
		return nil, differ
	}
	got, err := p.Result(memory)
	if err != nil {
		return nil, err
	}
	for i := range want {
		if got[i] != want[i] {
			return c, errors.Join(differ, fmt.Errorf("cosim: row %d, column %d of C: event model has %d, golden model %d",
				i/p.GEMM.N, i%p.GEMM.N, got[i], want[i]))
		}
	}
	return c, differ
}

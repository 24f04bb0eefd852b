// Package cosim transforms residues on all three witnesses of the NTT engine, the
// golden model of package hecross, the event model and the RTL, and compares
// their residues and cycles.
package cosim

import (
	"context"
	"errors"
	"fmt"

	"lockstep/hecross"
	"lockstep/hecross/ntt"
	"lockstep/rtl/unit"
)

// A Work is one limb to transform.
type Work struct {
	Ring     *hecross.Ring // of the N, R and C of the engine
	Limb     int           // of the ring
	Inverse  bool
	Residues []uint32 // N residues: coefficients, or the NTT form for the inverse
}

// A Witness is what one model did with one limb.
type Witness struct {
	ParameterCycles int64 `json:"parameter_cycles"` // in which new parameters were loaded before; 0 if they were there
	Cycles          int64 `json:"cycles"`           // from the acceptance of the command until the next could be accepted
	Wrong           int   `json:"wrong"`            // residues that differ from the golden model
}

// A Row is one limb on both models beside the golden one.
type Row struct {
	N       int     `json:"n"`
	Modulus uint32  `json:"modulus"`
	Inverse bool    `json:"inverse"`
	Event   Witness `json:"event"`
	RTL     Witness `json:"rtl"`
}

// Equal reports whether all residues and cycles agree.
func (r Row) Equal() bool { return r.Event == r.RTL && r.Event.Wrong == 0 }

// Check transforms works in their order on the engine c: on the golden model, the
// event model and the RTL, which e executes. Parameters are loaded where they
// change. It returns a row per work, and with them an error that names the first
// difference; other errors come without rows.
func Check(ctx context.Context, e unit.Executor, c ntt.Config, works []Work) ([]Row, error) {
	u, err := ntt.New(c)
	if err != nil {
		return nil, err
	}
	tasks, err := plan(c, works)
	if err != nil {
		return nil, err
	}
	return compare(ctx, e, u, c, works, tasks)
}

// plan returns the tasks of works, with parameters where they change.
func plan(c ntt.Config, works []Work) ([]ntt.Task, error) {
	var tasks []ntt.Task
	for k, w := range works {
		if k == 0 || w.Ring != works[k-1].Ring || w.Limb != works[k-1].Limb || w.Inverse != works[k-1].Inverse {
			p, err := c.NewParameters(w.Ring, w.Limb, w.Inverse)
			if err != nil {
				return nil, fmt.Errorf("cosim: limb %d: %w", k+1, err)
			}
			tasks = append(tasks, ntt.Task{Parameters: p})
		}
		tasks = append(tasks, ntt.Task{Residues: w.Residues})
	}
	return tasks, nil
}

// compare runs tasks on both models and compares every transform with the one of
// works.
func compare(ctx context.Context, e unit.Executor, u *unit.Unit, c ntt.Config, works []Work, tasks []ntt.Task) ([]Row, error) {
	event, err := ntt.Run(ctx, c, tasks, ntt.Options{})
	if err != nil {
		return nil, err
	}
	hard, err := execute(e, u, c, tasks, event.Cycles)
	if err != nil {
		return nil, err
	}
	var rows []Row
	var differ error
	var loaded [2]int64 // cycles of new parameters, on the two models
	for k, t := range tasks {
		cycles := [2]int64{event.Spans[k].Cycles(), hard.spans[k].Cycles()}
		if t.Parameters != nil {
			loaded = cycles
			continue
		}
		w := works[len(rows)]
		want, err := golden(w)
		if err != nil {
			return nil, fmt.Errorf("cosim: limb %d: %w", len(rows)+1, err)
		}
		row := Row{N: c.N(), Modulus: w.Ring.Moduli[w.Limb].Q(), Inverse: w.Inverse,
			Event: Witness{loaded[0], cycles[0], wrong(event.Results[k], want)},
			RTL:   Witness{loaded[1], cycles[1], wrong(hard.results[k], want)}}
		rows, loaded = append(rows, row), [2]int64{0, 0}
		if differ == nil && !row.Equal() {
			differ = fmt.Errorf("cosim: limb %d: %w", len(rows), difference(row, want, event.Results[k], hard.results[k]))
		}
	}
	return rows, errors.Join(differ, hard.fault)
}

// golden returns the transform of a limb by the definition.
func golden(w Work) ([]uint32, error) {
	ring, err := w.Ring.Slice(w.Limb, w.Limb+1)
	if err != nil {
		return nil, err
	}
	out := ring.NewPoly()
	transform := ring.NTT
	if w.Inverse {
		transform = ring.INTT
	}
	if err := transform(out, hecross.Poly{w.Residues}); err != nil {
		return nil, err
	}
	return out[0], nil
}

// wrong counts the residues that differ.
func wrong(got, want []uint32) int {
	n := max(0, len(want)-len(got))
	for i, x := range got {
		if x != want[i] {
			n++
		}
	}
	return n
}

// difference describes the first difference in a row.
func difference(r Row, want, event, hard []uint32) error {
	for _, model := range []struct {
		name string
		got  []uint32
	}{{"event model", event}, {"rtl", hard}} {
		for i, x := range want {
			switch {
			case i >= len(model.got):
				return fmt.Errorf("%s gives %d residues, want %d", model.name, i, len(want))
			case model.got[i] != x:
				return fmt.Errorf("residue %d is %d on the %s, want %d", i, model.got[i], model.name, x)
			}
		}
	}
	if r.Event.ParameterCycles != r.RTL.ParameterCycles {
		return fmt.Errorf("event model loads parameters in %d cycles, rtl in %d", r.Event.ParameterCycles, r.RTL.ParameterCycles)
	}
	return fmt.Errorf("event model takes %d cycles, rtl takes %d", r.Event.Cycles, r.RTL.Cycles)
}

// Package verify measures verification: it injects faults into the structure
// of real units and states which witness notices, in which words.
//
// A fault that no witness notices is either equivalent, so that the unit still
// does what its golden model says in every cycle, or shows a gap in the
// unit's stimulus; see [Report].
package verify

import (
	"context"
	"errors"
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/verilator"
)

// A Witness is what noticed a fault.
type Witness string

// The witnesses, in the order in which they are asked.
const (
	Build       Witness = "build"       // the language refuses the structure
	Interpreter Witness = "interpreter" // the structure differs from the golden model
	Lint        Witness = "lint"        // Verilator refuses the printed text
	Verilator   Witness = "verilator"   // the printed text differs from the golden model
	Nobody      Witness = "nobody"
)

// Witnesses returns every witness, in that order.
func Witnesses() []Witness { return []Witness{Build, Interpreter, Lint, Verilator, Nobody} }

// A Verdict says who noticed a fault and in which words.
type Verdict struct {
	Unit    string
	Fault   rtl.Fault
	Site    string // file:line
	Witness Witness
	Text    string // of the error; "" from nobody
}

// String is one line for reports.
func (v Verdict) String() string {
	return fmt.Sprintf("%s: %s:%d at %s: %s: %s", v.Unit, v.Fault.Kind, v.Fault.Index, v.Site, v.Witness, v.Text)
}

// Options are the effort of a judgement.
type Options struct {
	Seed   uint64 // of the stimulus
	Frames int    // frames or beats per run, at least 1
	RTL    bool   // run Verilator on faults of the structure that the interpreter misses
}

// A Judge injects faults into one unit.
type Judge struct {
	unit    *unit.Unit
	plan    *unit.Plan // of the unit without fault: its latency is the wanted one
	options Options
}

// NewJudge returns a judge of u, which is sound: u itself passes its plan.
func NewJudge(u *unit.Unit, o Options) (*Judge, error) {
	if u.Fault != (rtl.Fault{}) {
		return nil, fmt.Errorf("verify: %s has the fault %s:%d already", u.Name, u.Fault.Kind, u.Fault.Index)
	}
	if o.Frames < 1 {
		return nil, fmt.Errorf("verify: %s: Frames is %d, want 1 or more", u.Name, o.Frames)
	}
	plan, err := u.Plan(o.Seed, o.Frames)
	if err != nil {
		return nil, err
	}
	j := &Judge{unit: u, plan: plan, options: o}
	if w, err := j.interpret(u); err != nil {
		return nil, fmt.Errorf("verify: %s without fault fails (%s): %w", u.Name, w, err)
	}
	return j, nil
}

// Sites returns the source lines at which a fault of kind k can be injected
// into u, by index.
func Sites(u *unit.Unit, k rtl.FaultKind) ([]string, error) {
	m, err := faulty(u, rtl.Fault{Kind: k, Index: -1}).Module()
	if err != nil {
		return nil, err
	}
	if k.InPrinter() {
		if _, err := m.Verilog(); err != nil {
			return nil, err
		}
	}
	return m.FaultSites(), nil
}

func faulty(u *unit.Unit, f rtl.Fault) *unit.Unit {
	c := *u
	c.Fault = f
	return &c
}

// Judge injects f and returns who notices. The error is about the judgement
// itself: a site that does not exist, a missing tool, a cancelled context.
func (j *Judge) Judge(ctx context.Context, f rtl.Fault) (Verdict, error) {
	sites, err := Sites(j.unit, f.Kind)
	if err != nil {
		return Verdict{}, err
	}
	if f.Index < 0 || f.Index >= len(sites) {
		return Verdict{}, fmt.Errorf("verify: %s has %d sites for %s, site %d does not exist", j.unit.Name, len(sites), f.Kind, f.Index)
	}
	return j.judge(ctx, f, sites[f.Index])
}

func (j *Judge) judge(ctx context.Context, f rtl.Fault, site string) (Verdict, error) {
	v := Verdict{Unit: j.unit.Name, Fault: f, Site: site, Witness: Nobody}
	u := faulty(j.unit, f)
	w, err := j.interpret(u)
	if err == nil && (f.Kind.InPrinter() || j.options.RTL) {
		w, err = j.simulate(ctx, u)
	}
	if err != nil && w == "" {
		return v, err
	}
	if err != nil {
		v.Witness, v.Text = w, err.Error()
	}
	return v, nil
}

// interpret returns what the builder and the interpreter have to say about u.
func (j *Judge) interpret(u *unit.Unit) (Witness, error) {
	m, err := u.Module()
	if err == nil {
		_, err = m.Verilog()
	}
	if err != nil {
		return Build, err
	}
	got, err := unit.Interp{}.Run(u, j.plan.Runs)
	if err != nil {
		return Build, err
	}
	_, err = j.plan.Check(string(Interpreter), got)
	return Interpreter, err
}

// simulate returns what Verilator has to say about u; the empty witness means
// that it could not be asked.
func (j *Judge) simulate(ctx context.Context, u *unit.Unit) (Witness, error) {
	got, err := verilator.Executor{Context: ctx}.Run(u, j.plan.Runs)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, verilator.ErrLint):
		return Lint, err
	default:
		return "", err
	}
	_, err = j.plan.Check(string(Verilator), got)
	return Verilator, err
}

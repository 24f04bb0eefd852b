package cosim

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/verilator"
)

// LockstepOptions are what a Lockstep is built with besides core and model.
type LockstepOptions struct {
	Build
	Program *isa.Program // bound, on the layout of the model; nil means the model's own
	Fault   core.Fault   // committed in the RTL
}

// A Lockstep is event model and RTL of one core and one model that are compared
// instruction by instruction: the cycle in which each issues, its request of
// memory, every value that it writes, and the cycle of its end. It is used from
// one goroutine and must be closed.
type Lockstep struct {
	Event    *core.Machine
	Hardware *Hardware
	Compared int64 // instructions found equal

	ctx      context.Context
	config   core.Config
	model    *fixed.Model
	options  LockstepOptions
	executed []core.Executed // of the running token
	tokens   [][]int         // so far, the running ones included; by lane of the batch
	begin    int64           // cycle in which the running token was accepted
	found    *Difference
	at       comparison // in which found was found
}

// NewLockstep builds both sides.
func NewLockstep(ctx context.Context, c core.Config, m *fixed.Model, o LockstepOptions) (*Lockstep, error) {
	l := &Lockstep{ctx: ctx, config: c, model: m, options: o}
	observed := core.Options{Observer: func(e core.Executed) { l.executed[e.Index] = e }}
	var err error
	if o.Program == nil {
		l.Event, err = core.New(c, m, observed)
	} else {
		l.Event, err = core.NewProgram(c, o.Program, m, observed)
	}
	if err != nil {
		return nil, err
	}
	l.executed = make([]core.Executed, len(l.Event.Program.Instrs))
	l.Hardware, err = l.hardware(verilator.SessionConfig{Progress: o.Progress})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// hardware builds the observed RTL.
func (l *Lockstep) hardware(s verilator.SessionConfig) (*Hardware, error) {
	top, err := core.Observed(l.config, l.Event.Program, l.model.Config, l.options.Fault)
	if err != nil {
		return nil, err
	}
	s.Watches, s.Optimise = watches(), l.options.Optimise
	return attach(l.ctx, l.config, top, l.Event.Program, l.model, s)
}

// grace is the number of cycles by which the RTL may be late before it is
// stopped: everything that the event model does is missing by then.
const grace = 1000

// Step runs a token of each lane on both sides and returns the cycles it took.
// A difference is an error of type *[Difference]; after it there is only Crash
// and Close.
func (l *Lockstep) Step(tokens []int) (cycles int64, err error) {
	if l.found != nil {
		return 0, fmt.Errorf("cosim: a step after a difference: %w", l.found)
	}
	l.tokens = append(l.tokens, slices.Clone(tokens))
	event, err := l.Event.StepLanes(l.ctx, tokens)
	if err != nil {
		return 0, err
	}
	cycles = int64(event)
	h := l.Hardware
	begin, err := h.offer(tokens, 0)
	if err != nil {
		return cycles, err
	}
	l.begin = begin
	var run Run
	stopped := h.send("token")
	if stopped == nil {
		run, stopped = h.end(begin, cycles+grace)
	}
	horizon := h.session.Cycle() - begin
	got, issues, err := executions(h.session, l.Event.Program, begin)
	if err != nil {
		return cycles, errors.Join(stopped, err)
	}
	c := comparison{l.Event.Program, l.config, tokens, l.executed, got, horizon}
	d := c.first()
	if d == nil {
		d = c.whole(cycles, run.Cycles, issues, stopped)
	}
	if d == nil {
		l.Compared += int64(len(got))
		return cycles, nil
	}
	d.Position = len(l.tokens)
	if stopped != nil && !errors.Is(stopped, verilator.ErrLimit) {
		d.Requirement = stopped.Error()
	}
	l.found, l.at = d, c
	return cycles, d
}

// Close ends the RTL.
func (l *Lockstep) Close() error { return l.Hardware.Close() }

// String describes what was compared.
func (l *Lockstep) String() string {
	return fmt.Sprintf("%d tokens, %d instructions: same issue cycle, request, values and end cycle on both", len(l.tokens), l.Compared)
}

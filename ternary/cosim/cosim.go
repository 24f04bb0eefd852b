package cosim

import (
	"context"
	"errors"
	"fmt"

	"lockstep/ternary/argmax"
	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
)

// A Trio is golden model, event model and RTL of one core and one model,
// stepped together.
type Trio struct {
	Golden   []*fixed.Session // one per lane
	Event    *core.Machine
	Hardware *Hardware

	tokens int
}

// New builds the three witnesses.
func New(ctx context.Context, c core.Config, m *fixed.Model, b Build) (*Trio, error) {
	event, err := core.New(c, m, core.Options{})
	if err != nil {
		return nil, err
	}
	h, err := NewHardware(ctx, c, event.Program, m, b)
	if err != nil {
		return nil, err
	}
	t := &Trio{Event: event, Hardware: h}
	for range c.Batch {
		t.Golden = append(t.Golden, m.NewSession())
	}
	return t, nil
}

// A Step is one token in every lane: the cycles that it took and the next
// tokens by lane, as each witness has them.
type Step struct {
	EventCycles  int64 `json:"event_cycles"`
	RTLCycles    int64 `json:"rtl_cycles"`
	GoldenNext   []int `json:"golden_next"`
	EventNext    []int `json:"event_next"`
	HardwareNext []int `json:"rtl_next"`
}

// Step runs a token of each lane on all three. It reports the first difference
// in a logit, in the token chosen or in the cycles.
func (t *Trio) Step(ctx context.Context, tokens []int) (Step, error) {
	t.tokens++
	var s Step
	event, err := t.Event.StepLanes(ctx, tokens)
	if err != nil {
		return s, err
	}
	s.EventCycles = int64(event)
	runs, err := t.Hardware.run(tokens, 0)
	if err != nil {
		return s, err
	}
	s.RTLCycles, s.HardwareNext = runs[0].Cycles, runs[0].Next
	var differences error
	for lane, g := range t.Golden {
		logits, err := g.StepInt(tokens[lane])
		if err != nil {
			return s, err
		}
		s.GoldenNext = append(s.GoldenNext, argmax.Argmax(logits))
		s.EventNext = append(s.EventNext, t.Event.Next(lane))
		differences = errors.Join(differences, t.sameLogits(lane, logits))
	}
	return s, errors.Join(differences, t.same(s))
}

// sameLogits compares both machines with the golden logits of a lane.
func (t *Trio) sameLogits(lane int, golden []int32) error {
	ref := isa.Ref{Kind: isa.Logits}
	hardware, err := t.Hardware.Vector(lane, ref)
	if err != nil {
		return err
	}
	event := t.Event.Vector(lane, ref)
	for i, want := range golden {
		for _, w := range []struct {
			name string
			got  int32
		}{{"event model", event[i]}, {"rtl", hardware[i]}} {
			if w.got != want {
				return fmt.Errorf("cosim: token %d, lane %d: logit %d: %s gives %d, golden model gives %d", t.tokens, lane, i, w.name, w.got, want)
			}
		}
	}
	return nil
}

// same compares the tokens chosen and the cycles.
func (t *Trio) same(s Step) error {
	for lane, want := range s.GoldenNext {
		if s.EventNext[lane] != want || s.HardwareNext[lane] != want {
			return fmt.Errorf("cosim: token %d, lane %d: event model chooses %d, rtl %d, the golden logits %d",
				t.tokens, lane, s.EventNext[lane], s.HardwareNext[lane], want)
		}
	}
	if s.EventCycles != s.RTLCycles {
		return fmt.Errorf("cosim: token %d: event model takes %d cycles, rtl takes %d", t.tokens, s.EventCycles, s.RTLCycles)
	}
	return nil
}

// Close ends the RTL.
func (t *Trio) Close() error { return t.Hardware.Close() }

package cosim

import (
	"context"
	"errors"
	"fmt"

	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
)

// A Trio is golden model, event model and RTL of one core and one model,
// stepped together.
type Trio struct {
	Golden   *fixed.Session
	Event    *core.Machine
	Hardware *Hardware

	golden []int32
	tokens int
}

// New builds the three witnesses.
func New(ctx context.Context, c core.Config, m *fixed.Model, progress func(string)) (*Trio, error) {
	event, err := core.New(c, m, core.Options{})
	if err != nil {
		return nil, err
	}
	h, err := NewHardware(ctx, c, event.Program, m, progress)
	if err != nil {
		return nil, err
	}
	return &Trio{Golden: m.NewSession(), Event: event, Hardware: h}, nil
}

// Cycles are those of one token on the two witnesses that have time.
type Cycles struct {
	Event    int64 `json:"event"`
	Hardware int64 `json:"rtl"`
}

// Step runs one token on all three and returns the cycles it took. It reports
// the first difference in a logit or in the cycles.
func (t *Trio) Step(ctx context.Context, token int) (Cycles, error) {
	t.tokens++
	var c Cycles
	golden, err := t.Golden.StepInt(token)
	if err != nil {
		return c, err
	}
	t.golden = golden
	event, err := t.Event.Step(ctx, token)
	if err != nil {
		return c, err
	}
	c.Event = int64(event)
	if c.Hardware, err = t.Hardware.Step(token); err != nil {
		return c, err
	}
	return c, errors.Join(t.compare("event model", t.Event.RawLogits()), t.compare("rtl", t.Hardware.RawLogits()), t.sameCycles(c))
}

func (t *Trio) compare(name string, logits []int32) error {
	for i, want := range t.golden {
		if logits[i] != want {
			return fmt.Errorf("cosim: token %d: logit %d: %s gives %d, golden model gives %d", t.tokens, i, name, logits[i], want)
		}
	}
	return nil
}

func (t *Trio) sameCycles(c Cycles) error {
	if c.Event != c.Hardware {
		return fmt.Errorf("cosim: token %d: event model takes %d cycles, rtl takes %d", t.tokens, c.Event, c.Hardware)
	}
	return nil
}

// GoldenLogits returns the golden model's raw logits after the last token.
func (t *Trio) GoldenLogits() []int32 { return t.golden }

// Close ends the RTL.
func (t *Trio) Close() error { return t.Hardware.Close() }

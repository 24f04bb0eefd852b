package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"lockstep/sim"
	"lockstep/ternary"
	"lockstep/ternary/core"
	"lockstep/ternary/float"
)

// A generation is the result of one run of text.
type generation struct {
	Model   string        `json:"model"`   // name of the model
	Numbers string        `json:"numbers"` // fixed or float
	Prompt  string        `json:"prompt,omitempty"`
	Text    string        `json:"text,omitempty"` // what was generated after the prompt
	Tokens  []int         `json:"tokens,omitempty"`
	Core    *core.Summary `json:"core,omitempty"` // absent for float
	Trace   string        `json:"trace,omitempty"`
}

// A stepper consumes a token and returns the logits of the next one; nil
// logits mean that only time passes.
type stepper func(ctx context.Context, token int) ([]float32, error)

func generate(cmd *cobra.Command, f ternaryFlags) (err error) {
	m, err := f.load()
	if err != nil {
		return err
	}
	if m.weights == nil && f.model == "float" {
		return usagef("run ternary: preset %s has no weights; name a --checkpoint for --model float", m.name)
	}
	g := generation{Model: m.name, Numbers: f.model, Prompt: f.prompt, Trace: f.trace}
	var machine *core.Machine
	var step stepper
	if f.model == "float" {
		s := float.New(m.weights).NewSession()
		step = func(_ context.Context, token int) ([]float32, error) { return s.Step(token) }
	} else {
		var done func() error
		if machine, done, err = f.build(m); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, done()) }()
		step = onMachine(machine)
	}
	out := cmd.OutOrStdout()
	text := io.Discard
	if !f.json {
		text = out
	}
	runErr := g.run(cmd.Context(), f, m, step, text)
	if machine != nil {
		s := machine.Summary()
		g.Core = &s
	}
	return errors.Join(runErr, g.print(out, f.json))
}

// build makes the machine; done ends its trace.
func (f *ternaryFlags) build(m languageModel) (machine *core.Machine, done func() error, err error) {
	c, err := f.core()
	if err != nil {
		return nil, nil, err
	}
	var tracer sim.Tracer
	done = func() error { return nil }
	if f.trace != "" {
		if tracer, done, err = openTrace(f.trace, c.ClockHz); err != nil {
			return nil, nil, err
		}
	}
	if f.timingOnly {
		m.weights = nil
	}
	if machine, err = m.machine(c, tracer); err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return machine, done, nil
}

// openTrace creates the trace file; done completes it.
func openTrace(name string, clockHz int64) (sim.Tracer, func() error, error) {
	clock, err := sim.NewClock(clockHz)
	if err != nil {
		return nil, nil, err
	}
	file, err := os.Create(name)
	if err != nil {
		return nil, nil, fmt.Errorf("run ternary: --trace: %w", err)
	}
	w := bufio.NewWriterSize(file, 1<<20)
	trace, err := sim.NewChromeTrace(w, clock, "ternary core")
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	done := func() error {
		if err := errors.Join(trace.Close(), w.Flush(), file.Close()); err != nil {
			return fmt.Errorf("run ternary: --trace: %w", err)
		}
		return nil
	}
	return trace, done, nil
}

// onMachine steps the event model.
func onMachine(m *core.Machine) stepper {
	return func(ctx context.Context, token int) ([]float32, error) {
		_, err := m.Step(ctx, token)
		return m.Logits(), err
	}
}

// run feeds the prompt and generates, writing text as it comes.
func (g *generation) run(ctx context.Context, f ternaryFlags, m languageModel, step stepper, text io.Writer) error {
	if m.tok == nil || f.timingOnly {
		g.Prompt = ""
		for range f.tokens {
			if _, err := step(ctx, 0); err != nil {
				return err
			}
		}
		return nil
	}
	prompt, err := m.tok.Encode(f.prompt)
	if err != nil {
		return usageError{fmt.Errorf("run ternary: --prompt: %w", err)}
	}
	if len(prompt) == 0 {
		return usagef("run ternary: --prompt %q has no tokens, want at least one", f.prompt)
	}
	sampler, err := ternary.NewSampler(f.sampling)
	if err != nil {
		return err
	}
	dec := m.tok.NewDecoder()
	fmt.Fprint(text, f.prompt)
	var logits []float32
	for _, t := range prompt {
		if _, err := dec.Next(t); err != nil {
			return err
		}
		if logits, err = step(ctx, t); err != nil {
			return err
		}
	}
	var b strings.Builder
	w := io.MultiWriter(&b, text)
	defer func() { g.Text = b.String() }()
	for {
		next, err := sampler.Next(logits)
		if err != nil {
			return err
		}
		piece, err := dec.Next(next)
		if err != nil {
			return err
		}
		g.Tokens = append(g.Tokens, next)
		fmt.Fprint(w, piece)
		if len(g.Tokens) == f.tokens {
			fmt.Fprint(w, dec.Flush())
			fmt.Fprintln(text)
			return nil
		}
		if logits, err = step(ctx, next); err != nil {
			fmt.Fprintln(text)
			return err
		}
	}
}

func (g *generation) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return writeJSON(out, g)
	}
	if g.Core == nil {
		return nil
	}
	fmt.Fprintf(out, "\n%s", g.Core)
	if g.Trace != "" {
		fmt.Fprintf(out, "\ntrace: %s (open it in ui.perfetto.dev or chrome://tracing)\n", g.Trace)
	}
	return nil
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

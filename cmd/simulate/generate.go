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

	"lockstep/report"
	"lockstep/sim"
	"lockstep/sweeps"
	"lockstep/ternary"
	"lockstep/ternary/core"
	"lockstep/ternary/float"
	"lockstep/ternary/tokenizer"
)

// A generation is the result of one run of text.
type generation struct {
	Model   string        `json:"model"`   // name of the model
	Numbers string        `json:"numbers"` // fixed or float
	Prompt  string        `json:"prompt,omitempty"`
	Text    string        `json:"text,omitempty"` // what was generated after the prompt
	Tokens  []int         `json:"tokens,omitempty"`
	Lanes   []laneText    `json:"lanes,omitempty"` // of a batch, the first included
	Core    *core.Summary `json:"core,omitempty"`  // absent for float
	Trace   string        `json:"trace,omitempty"`

	estimate // on the device of the presets
}

// A laneText is what one lane of a batch generated.
type laneText struct {
	Text   string `json:"text"`
	Tokens []int  `json:"tokens"`
}

// A stepper consumes a token of each lane and returns the logits of the next
// ones by lane; none mean that only time passes.
type stepper func(ctx context.Context, tokens []int) ([][]float32, error)

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
	lanes := 1
	if f.model == "float" {
		s := float.New(m.weights).NewSession()
		step = func(_ context.Context, tokens []int) ([][]float32, error) {
			logits, err := s.Step(tokens[0])
			return [][]float32{logits}, err
		}
	} else {
		var done func() error
		if machine, done, err = f.build(m); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, done()) }()
		step, lanes = onMachine(machine), machine.Config.Batch
	}
	out := cmd.OutOrStdout()
	text := io.Discard
	if !f.json {
		text = out
	}
	runErr := g.run(cmd.Context(), f, m, lanes, step, text)
	if machine != nil {
		s := machine.Summary()
		g.Core = &s
		if s.Tokens > 0 {
			g.estimate = newEstimate(sweeps.CoreEnergy(machine))
		}
	}
	err = errors.Join(runErr, g.print(out, f.json))
	if err != nil {
		return err
	}
	return f.html.write(cmd, func() (*report.Document, error) { return g.document(f, m) })
}

// build makes the machine; done ends its trace.
func (f *ternaryFlags) build(m languageModel) (machine *core.Machine, done func() error, err error) {
	c, err := f.core()
	if err != nil {
		return nil, nil, err
	}
	numbers, err := f.numbers.config()
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
	if machine, err = m.machine(c, numbers, tracer); err != nil {
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
	return func(ctx context.Context, tokens []int) ([][]float32, error) {
		_, err := m.StepLanes(ctx, tokens)
		var logits [][]float32
		for l := range tokens {
			if lane := m.Logits(l); lane != nil {
				logits = append(logits, lane)
			}
		}
		return logits, err
	}
}

// A lane is one sequence on its way.
type lane struct {
	sampler *ternary.Sampler
	dec     *tokenizer.Decoder
	text    strings.Builder
	tokens  []int
}

// newLanes returns lanes whose seeds follow each other.
func newLanes(n int, f ternaryFlags, tok tokenizer.Tokenizer) ([]*lane, error) {
	lanes := make([]*lane, n)
	for l := range lanes {
		s := f.sampling
		s.Seed += uint64(l)
		sampler, err := ternary.NewSampler(s)
		if err != nil {
			return nil, err
		}
		lanes[l] = &lane{sampler: sampler, dec: tok.NewDecoder()}
	}
	return lanes, nil
}

// next samples a token and adds its text.
func (l *lane) next(logits []float32) (piece string, err error) {
	token, err := l.sampler.Next(logits)
	if err != nil {
		return "", err
	}
	l.tokens = append(l.tokens, token)
	if piece, err = l.dec.Next(token); err == nil {
		l.text.WriteString(piece)
	}
	return piece, err
}

// run feeds the prompt to every lane and generates, writing the text of the
// first as it comes.
func (g *generation) run(ctx context.Context, f ternaryFlags, m languageModel, batch int, step stepper, text io.Writer) error {
	tokens := make([]int, batch)
	if m.tok == nil || f.timingOnly {
		g.Prompt = ""
		for range f.tokens {
			if _, err := step(ctx, tokens); err != nil {
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
	lanes, err := newLanes(batch, f, m.tok)
	if err != nil {
		return err
	}
	fmt.Fprint(text, f.prompt)
	defer fmt.Fprintln(text)
	var logits [][]float32
	for _, t := range prompt {
		for l := range lanes {
			if _, err := lanes[l].dec.Next(t); err != nil {
				return err
			}
			tokens[l] = t
		}
		if logits, err = step(ctx, tokens); err != nil {
			return err
		}
	}
	defer g.collect(lanes)
	for {
		for l, x := range lanes {
			piece, err := x.next(logits[l])
			if err != nil {
				return err
			}
			tokens[l] = x.tokens[len(x.tokens)-1]
			if len(x.tokens) == f.tokens {
				end := x.dec.Flush()
				x.text.WriteString(end)
				piece += end
			}
			if l == 0 {
				fmt.Fprint(text, piece)
			}
		}
		if len(lanes[0].tokens) == f.tokens {
			return nil
		}
		if logits, err = step(ctx, tokens); err != nil {
			return err
		}
	}
}

// collect takes what the lanes have generated.
func (g *generation) collect(lanes []*lane) {
	g.Text, g.Tokens = lanes[0].text.String(), lanes[0].tokens
	if len(lanes) == 1 {
		return
	}
	for _, l := range lanes {
		g.Lanes = append(g.Lanes, laneText{l.text.String(), l.tokens})
	}
}

func (g *generation) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return writeJSON(out, g)
	}
	for l, lane := range g.Lanes[min(1, len(g.Lanes)):] {
		fmt.Fprintf(out, "lane %d: %s%s\n", l+2, g.Prompt, lane.Text)
	}
	if g.Core == nil {
		return nil
	}
	fmt.Fprintf(out, "\n%s", g.Core)
	if g.Energy != nil {
		amount, note := g.text(g.Core.Tokens*g.Core.Sequences, "per token on an Alveo U250")
		fmt.Fprintf(out, "\nenergy: %s, %s\n", amount, note)
	}
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

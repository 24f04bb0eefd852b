package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"lockstep/ternary/core"
	"lockstep/ternary/cosim"
	"lockstep/ternary/fixed"
	"lockstep/ternary/tokenizer"
	"lockstep/tool"
)

// A witnesses report is one text on golden model, event model and RTL.
type witnesses struct {
	Tools   []tool.Tool   `json:"tools"`
	Model   string        `json:"model"`
	Config  core.Config   `json:"config"`
	Prompt  string        `json:"prompt"`
	Golden  string        `json:"golden_text"`
	Event   string        `json:"event_text"`
	RTL     string        `json:"rtl_text"`
	Tokens  []witnessStep `json:"tokens"`
	Cycles  int64         `json:"cycles"` // of all tokens, on both
	Failure string        `json:"failure,omitempty"`
}

// A witnessStep is one token: what went in, and what came out on each witness.
type witnessStep struct {
	Token int `json:"token"`
	cosim.Step
}

func cosimTernaryCommand() *cobra.Command {
	var f ternaryFlags
	var step lockstepFlags
	c := &cobra.Command{
		Use:   "ternary",
		Short: "Run the whole ternary core as golden model, event model and RTL",
		Long: `Generates text on three witnesses of the ternary core: the fixed golden model,
the event model, and the RTL of the whole core under Verilator, which fetches
its program, streams its weights and keeps its state in the memory model of the
harness. Every logit and every cycle count must agree; the first difference ends
the run.

With --lockstep, event model and RTL are compared instruction by instruction:
issue cycle, request of memory, every value written, end cycle. The first
instruction that differs ends the run and leaves a crash directory with the
program, a waveform of the cycles around and a script that plays it.`,
		Example: `  simulate cosim ternary --prompt "The Rays of Light" --tokens 16
  simulate cosim ternary --set TP=32 --set weight_beat_bytes=8 --set eff=0.5
  simulate cosim ternary --lockstep --inject rowwise/wrong-select`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case f.tokens < 1 || f.tokens > 1<<16:
				return usagef("cosim ternary: --tokens is %d, want 1 to %d", f.tokens, 1<<16)
			case f.prompt == "":
				return usagef("cosim ternary: --prompt is empty, want at least one token")
			case step.inject != "" && !step.on:
				return usagef("cosim ternary: --inject is %q without --lockstep, which it needs", step.inject)
			case step.on:
				return cosimLockstep(cmd, f, step)
			}
			return cosimTernary(cmd, f)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.prompt, "prompt", "The Rays of Light", "text to continue")
	fl.IntVar(&f.tokens, "tokens", 16, "tokens to generate after the prompt, the most likely each")
	fl.StringVar(&f.checkpoint, "checkpoint", "", "directory with config.json, safetensors and tokenizer.json; otherwise the shipped model")
	fl.StringVar(&f.machine, "machine", core.DefaultPreset, "machine preset")
	fl.StringVar(&f.config, "config", "", "YAML file with machine parameters, over the preset")
	fl.StringArrayVar(&f.set, "set", nil, "key=value: one machine parameter (repeatable)")
	f.numbers.register(fl)
	fl.BoolVar(&f.json, "json", false, "print one JSON object")
	fl.BoolVar(&step.on, "lockstep", false, "compare event model and RTL instruction by instruction")
	fl.StringVar(&step.inject, "inject", "", "[MODULE/]KIND[:SITE]: with --lockstep, a fault in the RTL, to see it found; MODULE is a unit, such as rms, or absent for the top")
	f.preset = "opticks"
	return c
}

// A subject is what is run on several witnesses: a model on a core, and a
// prompt.
type subject struct {
	languageModel
	core   core.Config
	golden *fixed.Model
	prompt []int
}

func (f *ternaryFlags) subject() (subject, error) {
	m, err := f.load()
	if err != nil {
		return subject{}, err
	}
	c, err := f.core()
	if err != nil {
		return subject{}, err
	}
	prompt, err := m.tok.Encode(f.prompt)
	if err != nil || len(prompt) == 0 {
		return subject{}, usageError{errors.Join(fmt.Errorf("cosim ternary: --prompt has %d tokens, want at least one", len(prompt)), err)}
	}
	numbers, err := f.numbers.config()
	if err != nil {
		return subject{}, err
	}
	golden, err := fixed.New(m.weights, numbers)
	return subject{m, c, golden, prompt}, err
}

func cosimTernary(cmd *cobra.Command, f ternaryFlags) (err error) {
	s, err := f.subject()
	if err != nil {
		return err
	}
	w := witnesses{Model: s.name, Config: s.core, Prompt: f.prompt}
	if w.Tools, err = cosimTools(); err != nil {
		return err
	}
	bar := newProgress(cmd.ErrOrStderr(), len(s.prompt)+f.tokens-1, "three witnesses")
	trio, err := cosim.New(cmd.Context(), s.core, s.golden, cosim.Build{Progress: bar.note})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, trio.Close()) }()
	runErr := w.run(cmd, trio, s.tok, s.prompt, f.tokens, bar)
	bar.end()
	if runErr != nil {
		w.Failure = runErr.Error()
	}
	return errors.Join(w.print(cmd.OutOrStdout(), f.json, s.tok), runErr)
}

// run feeds the prompt and then what the golden model finds most likely.
func (w *witnesses) run(cmd *cobra.Command, trio *cosim.Trio, tok tokenizer.Tokenizer, prompt []int, tokens int, bar *progress) error {
	decoders := [3]*tokenizer.Decoder{tok.NewDecoder(), tok.NewDecoder(), tok.NewDecoder()}
	texts := [3]*string{&w.Golden, &w.Event, &w.RTL}
	next := -1
	for k := range len(prompt) + tokens - 1 {
		token := next
		if k < len(prompt) {
			token = prompt[k]
			for _, d := range decoders {
				if _, err := d.Next(token); err != nil {
					return err
				}
			}
		}
		lanes := make([]int, w.Config.Batch)
		for l := range lanes {
			lanes[l] = token
		}
		step, stepErr := trio.Step(cmd.Context(), lanes)
		w.Tokens = append(w.Tokens, witnessStep{token, step})
		w.Cycles += step.RTLCycles
		bar.step()
		if stepErr != nil {
			return stepErr
		}
		best := [3]int{step.GoldenNext[0], step.EventNext[0], step.HardwareNext[0]}
		next = best[0]
		if k < len(prompt)-1 {
			continue
		}
		for i, d := range decoders {
			piece, err := d.Next(best[i])
			if err != nil {
				return err
			}
			*texts[i] += piece
		}
	}
	for i, d := range decoders {
		*texts[i] += d.Flush()
	}
	return nil
}

// first returns the token of the first lane, -1 if a failure left none.
func first(lanes []int) int {
	if len(lanes) == 0 {
		return -1
	}
	return lanes[0]
}

func (w *witnesses) print(out io.Writer, asJSON bool, tok tokenizer.Tokenizer) error {
	if asJSON {
		return writeJSON(out, w)
	}
	for _, row := range [][2]string{{"golden model", w.Golden}, {"event model", w.Event}, {"rtl", w.RTL}} {
		fmt.Fprintf(out, "%-13s %q\n", row[0], w.Prompt+row[1])
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\ntoken\tgolden next\tevent next\trtl next\tevent cycles\trtl cycles\t")
	show := func(id int) string {
		text, err := tok.Decode([]int{id})
		if err != nil {
			return fmt.Sprint(id)
		}
		return strings.ReplaceAll(fmt.Sprintf("%q", text), "\t", " ")
	}
	for _, s := range w.Tokens {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%d\t\n", show(s.Token), show(first(s.GoldenNext)), show(first(s.EventNext)), show(first(s.HardwareNext)),
			s.EventCycles, s.RTLCycles)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if w.Failure != "" {
		fmt.Fprintf(out, "\ndiffers: %s\n", w.Failure)
	} else {
		fmt.Fprintf(out, "\n%d tokens, %d cycles: same logits on all three, same cycles on both\n", len(w.Tokens), w.Cycles)
	}
	for _, t := range w.Tools {
		fmt.Fprintf(out, "%s %s\n", t.Name, t.Version)
	}
	return nil
}

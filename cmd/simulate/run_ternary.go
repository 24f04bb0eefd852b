package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lockstep/ternary"
	"lockstep/ternary/core"
	"lockstep/ternary/published"
	"lockstep/ternary/ternip"
)

// ternaryFlags are the flags of simulate run ternary.
type ternaryFlags struct {
	prompt     string
	tokens     int
	checkpoint string
	preset     string
	machine    string
	config     string
	set        []string
	model      string
	eval       string
	json       bool
	trace      string
	timingOnly bool
	program    string
	sampling   ternary.Sampling
	numbers    numberFlags
	html       pageFlag
}

func runTernaryCommand() *cobra.Command {
	var f ternaryFlags
	c := &cobra.Command{
		Use:   "ternary",
		Short: "Generate text on the ternary core, or time it",
		Long: `Generates text with a MatMul-free ternary language model on the event model of
the ternary core, then prints cycles per token, tokens/s at the clock, the
utilisation of every unit, bytes moved and what limits.

The default model is the shipped one (Opticks); --checkpoint reads a Hugging
Face checkpoint of model_type hgrn_bit. A --preset other than opticks without a
checkpoint has no weights and is timed only.`,
		Example: `  simulate run ternary --prompt "The Rays of Light" --tokens 64
  simulate run ternary --prompt "The Rays" --temperature 0.7 --top-k 40 --seed 7 --trace trace.json
  simulate run ternary --tokens 32 --html ternary.html
  simulate run ternary --set TP=128 --set eff=0.5 --json
  simulate run ternary --preset mmfree-370m --tokens 4
  simulate run ternary --eval text.txt
  simulate run ternary --preset mmfree-2.7b --machine ternip-u250
  simulate run ternary --machine ternip --program layer.txt --set D=64 --set lat=20 --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(cmd); err != nil {
				return usageError{err}
			}
			if err := f.html.ready(cmd); err != nil {
				return err
			}
			return runTernary(cmd, f)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.prompt, "prompt", "The Rays of Light", "text to continue")
	fl.IntVar(&f.tokens, "tokens", 64, "tokens to generate after the prompt")
	fl.StringVar(&f.checkpoint, "checkpoint", "", "directory with config.json, safetensors and tokenizer.json")
	fl.StringVar(&f.preset, "preset", "opticks", fmt.Sprintf("model: one of %v", ternary.PresetNames()))
	fl.StringVar(&f.machine, "machine", core.DefaultPreset, fmt.Sprintf("machine preset: one of %v; %s, the published core, timed by its --program; or a published board: one of %v",
		core.PresetNames(), ternipMachine, published.Names()))
	fl.StringVar(&f.config, "config", "", "YAML file with machine parameters, over the preset")
	fl.StringArrayVar(&f.set, "set", nil, fmt.Sprintf("key=value: one machine parameter (repeatable), one of %v; of ternip one of %v", core.Keys(), ternip.Keys()))
	fl.StringVar(&f.program, "program", "", "program for --machine ternip: a text file, one instruction per line")
	f.numbers.register(fl)
	fl.StringVar(&f.model, "model", "fixed", "numbers: fixed (on the event model) or float (golden model only, no cycles)")
	fl.StringVar(&f.eval, "eval", "", "score this text file instead: bits per byte of the float and the fixed golden model")
	fl.BoolVar(&f.json, "json", false, "print one JSON object")
	f.html.register(fl)
	fl.StringVar(&f.trace, "trace", "", "write a Chrome/Perfetto trace to this file")
	fl.BoolVar(&f.timingOnly, "timing-only", false, "count cycles without computing values")
	fl.Float64Var(&f.sampling.Temperature, "temperature", 0, "sampling temperature; 0 takes the most likely token")
	fl.IntVar(&f.sampling.TopK, "top-k", 0, "sample from the k most likely tokens; 0 means all")
	fl.Float64Var(&f.sampling.TopP, "top-p", 1, "sample from the most likely tokens that together have this probability")
	fl.Uint64Var(&f.sampling.Seed, "seed", 1, "seed of the sampler")
	return c
}

// runTernary does what the flags ask for.
func runTernary(cmd *cobra.Command, f ternaryFlags) error {
	switch {
	case f.machine == ternipMachine:
		return runTernip(cmd, f)
	case f.isPublished():
		return runPublished(cmd, f)
	case f.eval != "":
		return evaluate(cmd, f)
	}
	return generate(cmd, f)
}

// check reports flags that do not make sense together or by themselves.
func (f *ternaryFlags) check(cmd *cobra.Command) error {
	given := cmd.Flags().Changed
	switch {
	case f.machine == ternipMachine:
		return f.checkTernip(given)
	case f.isPublished():
		return f.checkPublished(given)
	case f.program != "":
		return fmt.Errorf("run ternary: --program is for --machine %s, not %s, which compiles its own", ternipMachine, f.machine)
	case f.tokens < 1 || f.tokens > 1<<20:
		return fmt.Errorf("run ternary: --tokens is %d, want 1 to %d", f.tokens, 1<<20)
	case f.model != "fixed" && f.model != "float":
		return fmt.Errorf("run ternary: --model is %q, want fixed or float", f.model)
	case f.prompt == "":
		return fmt.Errorf("run ternary: --prompt is empty, want at least one token")
	case f.checkpoint != "" && given("preset"):
		return fmt.Errorf("run ternary: --checkpoint and --preset both name a model, want one of them")
	case f.model == "float" && (f.trace != "" || given("machine") || given("config") || given("set") || f.timingOnly):
		return fmt.Errorf("run ternary: --model float has no machine; leave out --machine, --config, --set, --trace and --timing-only")
	case f.eval != "" && (f.trace != "" || given("prompt") || given("tokens") || given("model") || f.timingOnly):
		return fmt.Errorf("run ternary: --eval scores a file with both golden models; leave out --prompt, --tokens, --model, --trace and --timing-only")
	}
	if err := f.sampling.Validate(); err != nil {
		return fmt.Errorf("run ternary: %w", err)
	}
	return nil
}

// core returns the machine configuration that the flags describe.
func (f *ternaryFlags) core() (core.Config, error) {
	c, err := core.Preset(f.machine)
	if err != nil {
		return c, usageError{fmt.Errorf("run ternary: --machine: %w, %s, %s", err, ternipMachine, strings.Join(published.Names(), ", "))}
	}
	return c, f.configure(&c)
}

// A configurable machine reads a YAML file and single assignments.
type configurable interface {
	Parse(file string, data []byte) error
	Set(assignment string) error
	Validate() error
}

// configure applies --config and then --set to c.
func (f *ternaryFlags) configure(c configurable) error {
	return configureMachine("run ternary", f.config, f.set, c)
}

// configureMachine applies a YAML file and then assignments to c.
func configureMachine(command, config string, set []string, c configurable) error {
	if config != "" {
		data, err := readLimited(config, 1<<20)
		if err != nil {
			return fmt.Errorf("%s: --config: %w", command, err)
		}
		if err := c.Parse(config, data); err != nil {
			return err
		}
		if err := c.Validate(); err != nil {
			return fmt.Errorf("%s: --config %s: %w", command, config, err)
		}
	}
	for _, s := range set {
		if err := c.Set(s); err != nil {
			return usageError{err}
		}
	}
	if err := c.Validate(); err != nil {
		return usageError{err}
	}
	return nil
}

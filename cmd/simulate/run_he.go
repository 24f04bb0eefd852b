package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lockstep/hecross"
	"lockstep/hecross/calibration"
	"lockstep/hecross/lower"
	"lockstep/systolic/tpu"
)

// heFlags are the flags of simulate run he.
type heFlags struct {
	op         string
	params     []string
	in, out    string
	machine    string
	config     string
	set        []string
	options    []string
	batch      int
	rotation   int
	seed       uint64
	timingOnly bool
	json       bool
	html       pageFlag
}

// heClientOps are what a client can have done and check by decryption.
var heClientOps = []string{"mult", "rotate", "rescale", "dot"}

func runHECommand() *cobra.Command {
	var f heFlags
	c := &cobra.Command{
		Use:   "he",
		Short: "Run an operation of homomorphic encryption on the systolic machine",
		Long: `With --params, a client encrypts random slots with Lattigo, the operation runs on
the simulated machine (through literal bytes up to N = 16384), and the client
decrypts and compares. The residues are checked against the golden arithmetic.
With --timing-only nothing is computed, several parameter sets may be given, and
"all" means every published set with keys.

With --in, operands come from a file in JSON, in the form that docs/hecross.md
describes, and the result goes to --out or to standard output.

The machine is a preset of public figures with the constants that
"simulate report calibration-cross" fits; --config and --set change it, and
--option chooses among the strategies of the lowering.`,
		Example: `  simulate run he --op mult --params HEAP
  simulate run he --op rotate --params HEAP --rotation 3
  simulate run he --op mult --params all --timing-only --html he.html
  simulate run he --op bootstrap --params WarpDrive --timing-only --option reduction=montgomery
  simulate run he --op ntt --in vector.json --out result.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(cmd.Flags().Changed); err != nil {
				return usageError{fmt.Errorf("run he: %w", err)}
			}
			if err := f.html.ready(cmd); err != nil {
				return err
			}
			switch {
			case f.in != "":
				return runHEFile(cmd, f)
			case f.timingOnly:
				return runHETiming(cmd, f)
			}
			return runHEClient(cmd, f)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.op, "op", "", fmt.Sprintf("operation: %s with --params; %s with --timing-only; %s with --in",
		strings.Join(heClientOps, ", "), strings.Join(lower.Operations(), ", "), joinOperations()))
	fl.StringSliceVar(&f.params, "params", nil, "parameter sets, comma separated, or all: "+strings.Join(hecross.PresetNames(), ", "))
	fl.StringVar(&f.in, "in", "", "file with operands")
	fl.StringVar(&f.out, "out", "", "file for the result of --in; otherwise standard output")
	fl.StringVar(&f.machine, "machine", defaultTPU, fmt.Sprintf("machine: one of %v", tpu.PresetNames()))
	fl.StringVar(&f.config, "config", "", "YAML file with machine parameters, over the machine")
	fl.StringArrayVar(&f.set, "set", nil, "key=value: one machine parameter (repeatable)")
	fl.StringArrayVar(&f.options, "option", nil, "key=value: one strategy of "+strings.Join(lower.OptionKeys(), ", ")+" (repeatable)")
	fl.IntVar(&f.batch, "batch", 1, "operands that are processed together, with --timing-only")
	fl.IntVar(&f.rotation, "rotation", 1, "slots to rotate to the left, with --op rotate and --params")
	fl.Uint64Var(&f.seed, "seed", 1, "seed of keys and slots")
	fl.BoolVar(&f.timingOnly, "timing-only", false, "count cycles without computing values")
	fl.BoolVar(&f.json, "json", false, "print one JSON object")
	f.html.register(fl)
	return c
}

func joinOperations() string {
	names := make([]string, len(hecross.Operations()))
	for i, o := range hecross.Operations() {
		names[i] = string(o)
	}
	return strings.Join(names, ", ")
}

// check reports flags that do not make sense together or by themselves.
func (f *heFlags) check(given func(string) bool) error {
	switch {
	case f.op == "":
		return errors.New("no --op; see simulate run he --help")
	case f.in == "" && len(f.params) == 0:
		return errors.New("want operands: --params for random ones, or --in")
	case f.in != "":
		for _, flag := range []string{"params", "machine", "config", "set", "option", "batch", "rotation", "seed", "timing-only", "json", "html"} {
			if given(flag) {
				return fmt.Errorf("--in computes what its file says; leave out --%s", flag)
			}
		}
		return nil
	case f.out != "":
		return errors.New("--out is for the result of --in")
	case f.timingOnly && !slices.Contains(lower.Operations(), f.op):
		return fmt.Errorf("--op is %q, want one of %s with --timing-only", f.op, strings.Join(lower.Operations(), ", "))
	case f.timingOnly:
		return nil
	case !slices.Contains(heClientOps, f.op):
		return fmt.Errorf("--op is %q, want one of %s, or --timing-only", f.op, strings.Join(heClientOps, ", "))
	case given("batch"):
		return errors.New("--batch is for --timing-only")
	case given("rotation") && f.op != "rotate":
		return errors.New("--rotation is for --op rotate")
	case len(f.params) != 1 || f.params[0] == "all":
		return fmt.Errorf("--params names %d sets, want one, or --timing-only", len(f.params))
	}
	return nil
}

// target returns the machine and the strategies.
func (f *heFlags) target() (c tpu.Config, o lower.Options, err error) {
	if c, err = calibration.Machine(f.machine); err != nil {
		return c, o, usageError{fmt.Errorf("run he: --machine: %w", err)}
	}
	if err = configureMachine("run he", f.config, f.set, &c); err != nil {
		return c, o, err
	}
	for _, s := range f.options {
		if err = o.Set(s); err != nil {
			return c, o, usageError{fmt.Errorf("run he: --option %s: %w", s, err)}
		}
	}
	return c, o, nil
}

// sets returns the parameter sets that the flags name; all are those with keys.
func (f *heFlags) sets() ([]hecross.ParameterSet, error) {
	names, all := f.params, slices.Equal(f.params, []string{"all"})
	if all {
		names = hecross.PresetNames()
	}
	var list []hecross.ParameterSet
	for _, name := range names {
		s, err := hecross.Preset(name)
		if err != nil {
			return nil, usageError{fmt.Errorf("run he: --params: %w", err)}
		}
		if !all || len(s.P) > 0 {
			list = append(list, s)
		}
	}
	return list, nil
}

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lockstep/ternary"
	"lockstep/ternary/ablation"
	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/opticks"
	"lockstep/yosys"
)

// ablationFlags are the flags of simulate sweep ternary-ablation.
type ablationFlags struct {
	ternaryFlags
	bytes    int
	shape    string
	families []string
}

func sweepAblationCommand() *cobra.Command {
	f := ablationFlags{ternaryFlags: ternaryFlags{preset: "opticks"}}
	c := &cobra.Command{
		Use:   "ternary-ablation",
		Short: "Measure what each feature of the ternary core is worth, in speed and area",
		Long: `Runs the ternary core with one feature at a time taken away or added: tokens per
second on a text of the shipped model, with values, and on a published shape,
counting cycles; and the area of the whole core, sized for the shipped model,
from Yosys, which takes about a minute per core and family the first time.`,
		Example: `  simulate sweep ternary-ablation
  simulate sweep ternary-ablation --set eff=0.5 --family none`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.bytes < 1 || f.bytes > len(opticks.Validation()) {
				return usagef("sweep ternary-ablation: --bytes is %d, want 1 to %d", f.bytes, len(opticks.Validation()))
			}
			return sweepAblation(cmd, f)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.machine, "machine", core.DefaultPreset, "machine preset: the base")
	fl.StringVar(&f.config, "config", "", "YAML file with machine parameters, over the preset")
	fl.StringArrayVar(&f.set, "set", nil, "key=value: one machine parameter of the base (repeatable)")
	fl.IntVar(&f.bytes, "bytes", 64, "tokens of the validation text of the shipped model")
	fl.StringVar(&f.shape, "shape", "mmfree-370m", fmt.Sprintf("published shape: one of %v", ternary.PresetNames()))
	fl.StringSliceVar(&f.families, "family", []string{string(yosys.XCUP)}, fmt.Sprintf("areas: some of %v, or none", yosys.Families()))
	fl.BoolVar(&f.json, "json", false, "print one JSON array")
	return c
}

func sweepAblation(cmd *cobra.Command, f ablationFlags) error {
	base, err := f.core()
	if err != nil {
		return err
	}
	families, err := parseFamilies(f.families)
	if err != nil {
		return usageError{fmt.Errorf("sweep ternary-ablation: %w", err)}
	}
	shape, err := ternary.Preset(f.shape)
	if err != nil {
		return usageError{fmt.Errorf("sweep ternary-ablation: --shape: %w", err)}
	}
	w, err := opticks.Load()
	if err != nil {
		return err
	}
	m, err := fixed.New(w, fixed.Default())
	if err != nil {
		return err
	}
	o := ablation.Options{Base: base, Model: m, Shape: shape, Families: families}
	for _, b := range opticks.Validation()[:f.bytes] {
		o.Tokens = append(o.Tokens, int(b))
	}
	variants := ablation.Variants()
	bar := newProgress(cmd.ErrOrStderr(), len(variants), "measuring")
	o.Progress = func(string) { bar.step() }
	rows, err := ablation.Run(cmd.Context(), variants, o)
	bar.end()
	if err != nil {
		return err
	}
	if f.json {
		return writeJSON(cmd.OutOrStdout(), rows)
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), ablation.Markdown(rows))
	return err
}

// parseFamilies reads names of families; none alone means no family.
func parseFamilies(names []string) ([]yosys.Family, error) {
	if len(names) == 1 && names[0] == "none" {
		return nil, nil
	}
	var families []yosys.Family
	for _, name := range names {
		known := false
		for _, f := range yosys.Families() {
			if string(f) == name {
				families, known = append(families, f), true
			}
		}
		if !known {
			return nil, fmt.Errorf("--family is %q, want some of %v, or none", strings.Join(names, ","), yosys.Families())
		}
	}
	return families, nil
}

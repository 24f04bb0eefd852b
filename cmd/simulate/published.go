package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lockstep/ternary/published"
)

// A publishedRun is a model on a published machine, beside what was published.
type publishedRun struct {
	Model string `json:"model"`
	published.Result
	Comparison published.Table `json:"comparison"` // rows of this machine and model
}

// isPublished reports whether the machine is a published board.
func (f *ternaryFlags) isPublished() bool { return slices.Contains(published.Names(), f.machine) }

// checkPublished reports flags that mean nothing to a published board.
func (f *ternaryFlags) checkPublished(given func(string) bool) error {
	for _, flag := range []string{"prompt", "tokens", "checkpoint", "model", "eval", "timing-only", "config", "set", "program", "trace"} {
		if given(flag) {
			return fmt.Errorf("run ternary: --machine %s is a published board, timed as published; leave out --%s", f.machine, flag)
		}
	}
	return nil
}

func runPublished(cmd *cobra.Command, f ternaryFlags) error {
	m, err := published.Preset(f.machine)
	if err != nil {
		return err
	}
	model := f.preset
	if !cmd.Flags().Changed("preset") {
		if model, err = published.DefaultModel(f.machine); err != nil {
			return err
		}
	}
	shape, err := published.Shape(model)
	if err != nil {
		return usageError{fmt.Errorf("run ternary: --preset: %w", err)}
	}
	r := publishedRun{Model: model}
	if r.Result, err = m.Run(cmd.Context(), shape, m.DefaultLanes(model)); err != nil {
		return err
	}
	if r.Comparison, err = published.CompareMachine(cmd.Context(), f.machine, model); err != nil {
		return err
	}
	if err := r.print(cmd.OutOrStdout(), f.json); err != nil {
		return err
	}
	return f.html.write(cmd, r.document)
}

func (r publishedRun) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return writeJSON(out, r)
	}
	fmt.Fprintf(out, "machine            %s\nmodel              %s\nlanes              %d\ncycles per token   %d\ntokens/s           %.1f at %g MHz, %.2f per lane\nmatrix share       %.1f %%\nmatrix peak        %.1f tokens/s\nweight stream      %.1f tokens/s per lane at most\n",
		r.Machine, r.Model, r.Lanes, r.Cycles, r.TokensPerSec, float64(r.ClockHz)/1e6, r.PerLane, 100*r.MatrixShare, r.MatrixPeak, r.StreamCeiling)
	if text := r.Comparison.String(); strings.TrimSpace(text) != "" {
		fmt.Fprintf(out, "\n%s", text)
	}
	return nil
}

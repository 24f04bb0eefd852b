package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"lockstep/sweeps"
	"lockstep/ternary/fixed"
	"lockstep/ternary/numerics"
	"lockstep/ternary/opticks"
	"lockstep/ternary/tokenizer"
)

func sweepCommand() *cobra.Command {
	var f experimentFlags
	c := &cobra.Command{
		Use:   "sweep EXPERIMENT",
		Short: "Measure a system over ranges of its parameters",
		Long: `Evaluates the points of an experiment, built in or a YAML file, in parallel. Every
point leaves a result file of its own in the store: interrupted at any instant
and run again, a sweep goes on where it was. A shard is a part of the points, by
--shard or by the environment of a Slurm array or a Kubernetes Indexed Job; the
folder that shards share is the whole. The points with the best results can have
a second, expensive phase, as area from Yosys.

Built in: ` + strings.Join(sweeps.Names(), ", ") + `.`,
		Example: `  simulate sweep ternary-core
  simulate sweep my.yaml --store /shared/my --shard 1/4`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("sweep: %d experiments, want one: a YAML file or one of: %s", len(args), strings.Join(sweepNames(), ", "))
			}
			if err := f.check(); err != nil {
				return err
			}
			return runExperiment(cmd, args[0], f)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.store, "store", "", "folder of the results; otherwise results/NAME")
	fl.IntVar(&f.jobs, "jobs", runtime.NumCPU(), "points evaluated at the same time")
	fl.StringVar(&f.shard, "shard", "", "i/n: only every n-th point, the i-th of them first, 1-based")
	fl.StringVar(&f.phase, "phase", "", "evaluate this phase only")
	c.AddCommand(sweepNumericsCommand(), sweepAblationCommand())
	return c
}

// sweepFlags are the flags of simulate sweep numerics.
type sweepFlags struct {
	model   ternaryFlags
	text    string
	bytes   int
	widths  []int
	fracs   []int
	sigmoid []string
	jobs    int
	csv     string
	json    bool
}

func sweepNumericsCommand() *cobra.Command {
	f := sweepFlags{model: ternaryFlags{preset: "opticks"}}
	grid := numerics.Default()
	c := &cobra.Command{
		Use:   "numerics",
		Short: "Score a text in many number formats",
		Long: `Scores a text with the fixed golden model in every combination of vector width,
fraction bits and method of the logistic function: bits per byte, the difference
to the float model, the share of equal choices, and how many operations of each
kind saturated. Prints a table in Markdown.`,
		Example: `  simulate sweep numerics --bytes 4096
  simulate sweep numerics --widths 12,16,24 --fracs 7,9 --sigmoid table:8:64,pwl5,pwl3-pow2 --csv numerics.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case f.bytes < 0:
				return usagef("sweep numerics: --bytes is %d, want 0 or more", f.bytes)
			case f.jobs < 1 || f.jobs > 256:
				return usagef("sweep numerics: --jobs is %d, want 1 to 256", f.jobs)
			}
			return sweepNumerics(cmd, f)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.model.checkpoint, "checkpoint", "", "directory with config.json, safetensors and tokenizer.json; otherwise the shipped model")
	fl.StringVar(&f.text, "text", "", "file to score; otherwise the validation text of the shipped model")
	fl.IntVar(&f.bytes, "bytes", 0, "score so many bytes from the beginning; 0 means all")
	fl.IntSliceVar(&f.widths, "widths", grid.Widths, "bits of a vector element")
	fl.IntSliceVar(&f.fracs, "fracs", grid.Fracs, "fraction bits of a vector element")
	fl.StringSliceVar(&f.sigmoid, "sigmoid", []string{grid.Sigmoid[0].String()}, "methods of the logistic function")
	fl.IntVar(&f.jobs, "jobs", runtime.NumCPU(), "configurations scored at the same time")
	fl.StringVar(&f.csv, "csv", "", "also write the rows to this file")
	fl.BoolVar(&f.json, "json", false, "print one JSON array")
	return c
}

func sweepNumerics(cmd *cobra.Command, f sweepFlags) error {
	m, err := f.model.load()
	if err != nil {
		return err
	}
	text, err := f.read(m)
	if err != nil {
		return err
	}
	g := numerics.Grid{Widths: f.widths, Fracs: f.fracs}
	for _, name := range f.sigmoid {
		s, err := fixed.ParseSigmoid(name)
		if err != nil {
			return usageError{fmt.Errorf("sweep numerics: --sigmoid: %w", err)}
		}
		g.Sigmoid = append(g.Sigmoid, s)
	}
	if err := g.Validate(); err != nil {
		return usageError{fmt.Errorf("sweep numerics: %w", err)}
	}
	bar := newProgress(cmd.ErrOrStderr(), len(g.Widths)*len(g.Fracs)*len(g.Sigmoid), "scoring")
	rows, err := numerics.Sweep(cmd.Context(), m.weights, text, g, f.jobs, func(_, _ int, _ numerics.Row) { bar.step() })
	bar.end()
	if err != nil {
		return err
	}
	if f.csv != "" {
		if err := writeCSV(f.csv, rows); err != nil {
			return fmt.Errorf("sweep numerics: --csv: %w", err)
		}
	}
	if f.json {
		return writeJSON(cmd.OutOrStdout(), rows)
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), numerics.Markdown(rows))
	return err
}

// read returns the tokens of the text and the bytes that are scored.
func (f sweepFlags) read(m languageModel) (numerics.Text, error) {
	data := opticks.Validation()
	if f.text != "" {
		var err error
		if data, err = readLimited(f.text, maxEvalBytes); err != nil {
			return numerics.Text{}, fmt.Errorf("sweep numerics: --text: %w", err)
		}
	}
	if f.bytes > 0 {
		data = data[:min(f.bytes, len(data))]
	}
	tokens, err := m.tok.Encode(string(data))
	if err != nil {
		return numerics.Text{}, fmt.Errorf("sweep numerics: text: %w", err)
	}
	if len(tokens) < 2 {
		return numerics.Text{}, fmt.Errorf("sweep numerics: the text has %d tokens, want at least 2", len(tokens))
	}
	scored, err := tokenizer.ByteLen(m.tok, tokens)
	return numerics.Text{Tokens: tokens, Bytes: scored}, err
}

func writeCSV(name string, rows []numerics.Row) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(numerics.CSV(file, rows), file.Close())
}

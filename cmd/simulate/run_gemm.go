package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"lockstep/report"
	"lockstep/sweeps"
	"lockstep/systolic"
	"lockstep/systolic/tpu"
)

// gemmFlags are the flags of simulate run gemm.
type gemmFlags struct {
	m, n, k    int
	array      string
	preset     string
	config     string
	set        []string
	dataflow   string
	overlap    string
	types      string
	timingOnly bool
	seed       uint64
	topology   string
	compat     string
	windows    string
	json       bool
	html       pageFlag
}

// defaultTPU is the machine that is used when none is named.
const defaultTPU = "v6e"

func runGEMMCommand() *cobra.Command {
	var f gemmFlags
	c := &cobra.Command{
		Use:   "gemm",
		Short: "Multiply matrices on the systolic machine, or time it",
		Long: `Computes C[M,N] = A[M,K] * B[K,N] on the event model of the systolic machine and
prints its cycles as configured, with everything overlapped and with nothing
overlapped, the rate, and the distance from the roofline. Integer products are
computed literally on random matrices over the full range of their types, and
checked; --timing-only counts cycles alone.

The machine is a preset, changed by --config and --set, or a bare --array whose
operands are in place, as the closed forms of systolic arrays assume. With
--topology and --config the layers and the array come from files of SCALE-Sim;
--compat scalesim prints its compute report.`,
		Example: `  simulate run gemm --m 1024 --n 1024 --k 1024 --array 128x128 --dataflow ws --overlap none --timing-only --json
  simulate run gemm --preset v6e --m 4096 --n 4096 --k 4096 --html gemm.html
  simulate run gemm --preset v5e --set arrays=8 --types bf16 --timing-only --m 512 --n 512 --k 512
  simulate run gemm --topology resnet.csv --config scale.cfg --compat scalesim`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(cmd.Flags().Changed); err != nil {
				return usageError{fmt.Errorf("run gemm: %w", err)}
			}
			if err := f.html.ready(cmd); err != nil {
				return err
			}
			if f.topology != "" {
				return runTopology(cmd, f)
			}
			return runGEMM(cmd, f)
		},
	}
	fl := c.Flags()
	fl.IntVar(&f.m, "m", 0, "rows of A and C")
	fl.IntVar(&f.n, "n", 0, "columns of B and C")
	fl.IntVar(&f.k, "k", 0, "columns of A, rows of B")
	fl.StringVar(&f.array, "array", "", "RxC: one array of so many rows and columns and nothing else, instead of a preset")
	fl.StringVar(&f.preset, "preset", defaultTPU, fmt.Sprintf("machine: one of %v", tpu.PresetNames()))
	fl.StringVar(&f.config, "config", "", "YAML file with machine parameters, over the preset; with --topology, a configuration of SCALE-Sim")
	fl.StringArrayVar(&f.set, "set", nil, "key=value: one machine parameter (repeatable)")
	fl.StringVar(&f.dataflow, "dataflow", "", "os, ws or is: what stays in the array; otherwise that of the machine")
	fl.StringVar(&f.overlap, "overlap", "", "none, full, or some of weights, drain and dma with commas between; otherwise that of the machine, full for --array")
	fl.StringVar(&f.types, "types", "s8", "types of A and B: one for both, or two with * between, of u8, s8, ternary, bf16")
	fl.BoolVar(&f.timingOnly, "timing-only", false, "count cycles without computing values")
	fl.Uint64Var(&f.seed, "seed", 1, "seed of the random matrices")
	fl.StringVar(&f.topology, "topology", "", "layers: a topology file of SCALE-Sim (CSV, convolutions or GEMMs)")
	fl.StringVar(&f.compat, "compat", "", "scalesim: print the compute report of that tool, in its convention of one cycle less")
	fl.StringVar(&f.windows, "windows", "partial", "convolutions: partial windows at the lower and right edge count (partial, SCALE-Sim v2 and v3) or not (whole, v1)")
	fl.BoolVar(&f.json, "json", false, "print one JSON object")
	f.html.register(fl)
	return c
}

// check reports flags that do not make sense together or by themselves.
func (f *gemmFlags) check(given func(string) bool) error {
	switch {
	case f.array != "" && (given("preset") || given("set")):
		return errors.New("--array is a bare array; leave out --preset and --set")
	case f.array != "" && given("config") && f.topology == "":
		return errors.New("--array is a bare array; leave out --config")
	case f.compat != "" && f.compat != "scalesim":
		return fmt.Errorf("--compat is %q, want scalesim", f.compat)
	case f.compat != "" && f.topology == "":
		return errors.New("--compat is for --topology")
	case f.windows != "partial" && f.windows != "whole":
		return fmt.Errorf("--windows is %q, want partial or whole", f.windows)
	case f.topology == "" && (f.m == 0 || f.n == 0 || f.k == 0):
		return fmt.Errorf("--m %d --n %d --k %d, want all three, or a --topology", f.m, f.n, f.k)
	case f.topology != "" && (given("m") || given("n") || given("k") || given("preset") || given("set") || given("types")):
		return errors.New("--topology brings shapes and a bare array; leave out --m, --n, --k, --preset, --set and --types")
	case f.topology != "" && f.config == "" && f.array == "":
		return errors.New("--topology needs an array: a --config of SCALE-Sim, or --array and --dataflow")
	case f.topology != "" && f.config == "" && f.dataflow == "":
		return errors.New("--topology with --array needs --dataflow")
	case f.topology == "":
		return systolic.GEMM{M: f.m, N: f.n, K: f.k}.Validate()
	}
	return nil
}

// machine returns the configuration that the flags describe; bare says that
// operands are in place.
func (f *gemmFlags) machine() (c tpu.Config, bare bool, err error) {
	if f.array != "" {
		a, err := parseArray(f.array)
		if err != nil {
			return c, false, usageError{fmt.Errorf("run gemm: --array: %w", err)}
		}
		c, bare = tpu.Single(a, systolic.WeightStationary), true
	} else {
		if c, err = tpu.Preset(f.preset); err != nil {
			return c, false, usageError{fmt.Errorf("run gemm: --preset: %w", err)}
		}
		if err := configureMachine("run gemm", f.config, f.set, &c); err != nil {
			return c, false, err
		}
	}
	if f.overlap != "" {
		o, err := tpu.ParseOverlap(f.overlap)
		if err != nil {
			return c, false, usageError{fmt.Errorf("run gemm: --overlap: %w", err)}
		}
		c = c.WithOverlap(o)
	}
	return c, bare, nil
}

// parseArray reads RxC.
func parseArray(text string) (systolic.Array, error) {
	var a systolic.Array
	var rest string
	if n, _ := fmt.Sscanf(text+" ", "%dx%d%s", &a.Rows, &a.Cols, &rest); n != 2 || fmt.Sprintf("%dx%d", a.Rows, a.Cols) != text {
		return a, fmt.Errorf("array is %q, want rows and columns, as 128x128", text)
	}
	return a, a.Validate()
}

// parseTypes reads one type, or two with * between.
func parseTypes(text string) (t tpu.Types, err error) {
	a, b, two := strings.Cut(text, "*")
	if !two {
		b = a
	}
	if t.A, err = tpu.ParseType(a); err != nil {
		return t, err
	}
	if t.B, err = tpu.ParseType(b); err != nil {
		return t, err
	}
	return t, t.Validate()
}

// A gemmRun is one product on one machine.
type gemmRun struct {
	*tpu.GEMMResult
	Check string `json:"result_check,omitempty"` // how the values were checked
	estimate
}

func runGEMM(cmd *cobra.Command, f gemmFlags) error {
	c, bare, err := f.machine()
	if err != nil {
		return err
	}
	o := tpu.GEMMOptions{ComputeOnly: bare}
	if o.Types, err = parseTypes(f.types); err != nil {
		return usageError{fmt.Errorf("run gemm: --types: %w", err)}
	}
	if f.dataflow != "" {
		if o.Dataflow, err = systolic.ParseDataflow(f.dataflow); err != nil {
			return usageError{fmt.Errorf("run gemm: --dataflow: %w", err)}
		}
	}
	g := systolic.GEMM{M: f.m, N: f.n, K: f.k}
	var values *gemmValues
	if !f.timingOnly && o.Types.A != tpu.BF16 {
		if values, err = newGEMMValues(g, o.Types, f.seed); err != nil {
			return usageError{fmt.Errorf("run gemm: %w; or count cycles with --timing-only", err)}
		}
		o.Values = values.forRun()
	}
	r := gemmRun{}
	if r.GEMMResult, err = tpu.RunGEMM(cmd.Context(), c, g, o, tpu.RunOptions{TimingOnly: f.timingOnly}); err != nil {
		return err
	}
	if values != nil {
		if r.Check, err = values.check(); err != nil {
			return err
		}
	}
	if !bare {
		r.estimate = newEstimate(sweeps.TPUEnergy(r.Report, c, o.Types, f.preset))
	}
	if err := r.print(cmd.OutOrStdout(), f.json); err != nil {
		return err
	}
	return f.html.write(cmd, func() (*report.Document, error) { return r.document(f.preset) })
}

func (r gemmRun) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return writeJSON(out, r)
	}
	fmt.Fprint(out, r.GEMMResult)
	if !r.ComputeOnly {
		amount, note := r.text(1, "of the product")
		fmt.Fprintf(out, "\nenergy: %s, %s\n", amount, note)
	}
	if r.Check != "" {
		fmt.Fprintf(out, "\nresult: %s\n", r.Check)
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lockstep/catalogue"
	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/tool"
	"lockstep/verilator"
)

// A cosimReport is the result of co-verifying units.
type cosimReport struct {
	Tools  []tool.Tool   `json:"tools"`
	Seed   uint64        `json:"seed"`
	Units  []cosimResult `json:"units"`
	Failed int           `json:"failed"`
}

// A cosimResult is the result of one unit in one configuration: golden model
// against interpreter and Verilator.
type cosimResult struct {
	Family        string `json:"family"`
	Configuration string `json:"configuration"`
	Unit          string `json:"unit"`
	Latency       int    `json:"latency_cycles"`
	Runs          int    `json:"runs"`   // from reset, with different stalls
	Frames        int    `json:"frames"` // frames or beats offered, each checked by both witnesses
	Cycles        int    `json:"cycles_confirmed"`
	OK            bool   `json:"ok"`
	Error         string `json:"error,omitempty"`
	Crash         string `json:"crash_directory,omitempty"`
}

type cosimFlags struct {
	pattern string
	frames  int
	seed    uint64
	json    bool
	jobs    int
	inject  string
	fault   rtl.Fault
}

// check reports flags that are out of range.
func (f *cosimFlags) check() error {
	switch {
	case f.frames < 1 || f.frames > 1<<20:
		return usagef("cosim: --frames is %d, want 1 to %d", f.frames, 1<<20)
	case f.jobs < 1 || f.jobs > 256:
		return usagef("cosim: --jobs is %d, want 1 to 256", f.jobs)
	}
	return f.parseFault()
}

// parseFault reads --inject KIND or KIND:SITE.
func (f *cosimFlags) parseFault() error {
	if f.inject == "" {
		return nil
	}
	kind, site, numbered := strings.Cut(f.inject, ":")
	f.fault.Kind = rtl.FaultKind(kind)
	if !slices.Contains(rtl.FaultKinds(), f.fault.Kind) {
		return usagef("cosim: --inject is %q, want one of %v", kind, rtl.FaultKinds())
	}
	if numbered {
		n, err := strconv.Atoi(site)
		if err != nil || n < 0 {
			return usagef("cosim: --inject %s: site is %q, want a number from 0", kind, site)
		}
		f.fault.Index = n
	}
	return nil
}

func cosimCommand() *cobra.Command {
	var f cosimFlags
	c := &cobra.Command{
		Use:   "cosim",
		Short: "Compare golden model, interpreter and Verilator",
		Long: `Drives every unit, in every named configuration, with corner and random frames
and, for streams, with random stalls on both sides; compares the golden model,
the interpreter of the structure and the generated Verilog under Verilator
value by value, and confirms the cycle of every result. A mismatch leaves a
crash directory with a script that reproduces it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return cosimFamilies(cmd, f, "")
		},
	}
	f.register(c.Flags())
	c.AddCommand(cosimTernaryCommand(), cosimHECommand(), cosimSystolicCommand())
	return c
}

// register declares the flags of co-verification of units.
func (f *cosimFlags) register(fl *pflag.FlagSet) {
	fl.StringVar(&f.pattern, "unit", ".", "regular expression of unit names")
	fl.IntVar(&f.frames, "frames", 1000, "frames or beats per run, about")
	fl.Uint64Var(&f.seed, "seed", 1, "seed of the stimulus")
	fl.BoolVar(&f.json, "json", false, "print one JSON object")
	fl.StringVar(&f.inject, "inject", "", fmt.Sprintf("KIND or KIND:SITE: inject a fault, to see it caught; one of %v", rtl.FaultKinds()))
	fl.IntVar(&f.jobs, "jobs", runtime.NumCPU(), "units verified at the same time")
}

// cosimFamilies co-verifies the units that --unit names, of the packages below
// prefix.
func cosimFamilies(cmd *cobra.Command, f cosimFlags, prefix string) error {
	entries, err := selectUnits(f.pattern)
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e catalogue.Entry) bool { return !strings.HasPrefix(e.Family, prefix) })
	if len(entries) == 0 {
		return usagef("cosim: --unit %s names no unit below %s", f.pattern, prefix)
	}
	return cosimUnits(cmd, f, entries)
}

// cosimTools returns what runs the RTL; a missing one is an error.
func cosimTools() ([]tool.Tool, error) {
	var tools []tool.Tool
	for _, name := range []string{"verilator", "g++"} {
		t, err := tool.Find(name)
		if err != nil {
			return nil, err
		}
		tools = append(tools, t)
	}
	return tools, nil
}

func cosimUnits(cmd *cobra.Command, f cosimFlags, entries []catalogue.Entry) (err error) {
	rep := cosimReport{Seed: f.seed, Units: make([]cosimResult, len(entries))}
	if rep.Tools, err = cosimTools(); err != nil {
		return err
	}
	bar := newProgress(cmd.ErrOrStderr(), len(entries), "co-verifying")
	ctx := cmd.Context()
	var wg sync.WaitGroup
	next := make(chan int)
	for range f.jobs {
		wg.Go(func() {
			for i := range next {
				rep.Units[i] = verifyUnit(ctx, f, entries[i], bar.note)
				bar.step()
			}
		})
	}
	done := 0
	for ; done < len(entries) && ctx.Err() == nil; done++ {
		next <- done
	}
	close(next)
	wg.Wait()
	bar.end()
	rep.Units = rep.Units[:done]
	for _, u := range rep.Units {
		if !u.OK {
			rep.Failed++
		}
	}
	if err := rep.print(cmd.OutOrStdout(), f.json); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if rep.Failed > 0 {
		return fmt.Errorf("cosim: %d of %d units failed", rep.Failed, len(rep.Units))
	}
	return nil
}

// verifyUnit runs both witnesses even if the first fails, since the crash
// directory comes from Verilator.
func verifyUnit(ctx context.Context, f cosimFlags, e catalogue.Entry, note func(string)) cosimResult {
	u := e.Unit
	u.Fault = f.fault
	r := cosimResult{Family: e.Family, Configuration: e.Config, Unit: u.Name}
	fail := func(errs ...error) cosimResult { r.Error = errors.Join(errs...).Error(); return r }
	m, err := u.Module()
	if err != nil {
		return fail(err)
	}
	plan, err := u.Plan(f.seed, f.frames)
	if err != nil {
		return fail(err)
	}
	r.Latency, r.Runs, r.Frames = m.Latency(), len(plan.Runs), plan.Beats()
	var failed []error
	got, err := unit.Interp{}.Run(u, plan.Runs)
	if err != nil {
		return fail(err)
	}
	if _, err := plan.Check("interpreter", got); err != nil {
		failed = append(failed, err)
	}
	if got, err = (verilator.Executor{Context: ctx, Progress: note}).Run(u, plan.Runs); err != nil {
		return fail(append(failed, err)...)
	}
	if r.Cycles, err = plan.Check("verilator", got); err != nil {
		failed = append(failed, err)
		var bad *unit.Mismatch
		if errors.As(err, &bad) {
			crash := verilator.Crash{Unit: u, Plan: plan, Mismatch: bad, Got: got}
			if r.Crash, err = crash.Write(ctx); err != nil {
				failed = append(failed, err)
			}
			failed = append(failed, fmt.Errorf("reproduce: %s", crash.Reproduce()))
		}
	}
	if len(failed) > 0 {
		return fail(failed...)
	}
	r.OK = true
	return r
}

func (rep cosimReport) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return writeJSON(out, rep)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "unit\tconfiguration\tlatency\truns\tframes\tcycles confirmed\tgolden = interpreter = verilator")
	for _, u := range rep.Units {
		verdict := "ok"
		if !u.OK {
			verdict = "FAILED"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%s\n", u.Unit, u.Configuration, u.Latency, u.Runs, u.Frames, u.Cycles, verdict)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, u := range rep.Units {
		if !u.OK {
			fmt.Fprintf(out, "\n%s\n", u.Error)
			if u.Crash != "" {
				fmt.Fprintf(out, "crash directory: %s (run.sh in it reproduces)\n", u.Crash)
			}
		}
	}
	for _, t := range rep.Tools {
		fmt.Fprintf(out, "%s %s\n", t.Name, t.Version)
	}
	return nil
}

// cosimSystem compares the units of some families and, unless the flags ask for
// units alone, the system that is made of them.
func cosimSystem(cmd *cobra.Command, f cosimFlags, families string, whole func(cmd *cobra.Command, seed uint64) error) error {
	if err := f.check(); err != nil {
		return err
	}
	units := cosimFamilies(cmd, f, families)
	if f.pattern != "." || f.inject != "" || f.json {
		return units
	}
	return errors.Join(units, whole(cmd, f.seed))
}

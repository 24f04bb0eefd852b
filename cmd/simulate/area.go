package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"lockstep/area"
	"lockstep/catalogue"
	"lockstep/yosys"
)

// areaFlags are the flags of simulate area.
type areaFlags struct {
	pattern  string
	families []string
	jobs     int
	json     bool
}

// An areaRow is one design in one family.
type areaRow struct {
	Design string `json:"design"`
	area.Area
	Error string `json:"error,omitempty"`
}

func areaCommand() *cobra.Command {
	var f areaFlags
	c := &cobra.Command{
		Use:   "area",
		Short: "Say what units take of an FPGA: LUTs, flip-flops, multipliers, memory, logic depth",
		Long: `Maps the Verilog of units to an FPGA with Yosys and counts: look-up tables as
logic and as memory, flip-flops, DSP and memory blocks, and the depth of the
logic between registers. Nothing is placed or routed. Results are cached.`,
		Example: `  simulate area --unit '^ternary_rowwise'
  simulate area --unit systolic_pe --family xcup,intel_alm --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			families, err := f.check()
			if err != nil {
				return err
			}
			entries, err := selectUnits(f.pattern)
			if err != nil {
				return err
			}
			return areaUnits(cmd, f, entries, families)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.pattern, "unit", ".", "regular expression of unit names")
	fl.StringSliceVar(&f.families, "family", []string{string(yosys.XCUP)}, fmt.Sprintf("some of %v", yosys.Families()))
	fl.IntVar(&f.jobs, "jobs", runtime.NumCPU(), "units mapped at the same time")
	fl.BoolVar(&f.json, "json", false, "print one JSON array")
	c.AddCommand(areaArrayCommand(), areaTernaryCommand())
	return c
}

func (f *areaFlags) check() ([]yosys.Family, error) {
	if f.jobs < 1 || f.jobs > 256 {
		return nil, usagef("area: --jobs is %d, want 1 to 256", f.jobs)
	}
	families, err := parseFamilies(f.families)
	if err != nil || len(families) == 0 {
		return nil, usageError{fmt.Errorf("area: %w", cmp.Or(err, fmt.Errorf("--family is none, want some of %v", yosys.Families())))}
	}
	return families, nil
}

func areaUnits(cmd *cobra.Command, f areaFlags, entries []catalogue.Entry, families []yosys.Family) error {
	rows := make([]areaRow, len(entries)*len(families))
	bar := newProgress(cmd.ErrOrStderr(), len(rows), "mapping")
	var wg sync.WaitGroup
	next := make(chan int)
	for range f.jobs {
		wg.Go(func() {
			for i := range next {
				rows[i] = areaOf(cmd.Context(), entries[i/len(families)], families[i%len(families)])
				bar.step()
			}
		})
	}
	done := 0
	for ; done < len(rows) && cmd.Context().Err() == nil; done++ {
		next <- done
	}
	close(next)
	wg.Wait()
	bar.end()
	return errors.Join(printAreas(cmd.OutOrStdout(), f.json, rows[:done]), cmd.Context().Err(), failures(rows[:done]))
}

func areaOf(ctx context.Context, e catalogue.Entry, family yosys.Family) areaRow {
	r := areaRow{Design: e.Unit.Name}
	m, err := e.Unit.Module()
	var sv []byte
	if err == nil {
		sv, err = m.Verilog()
	}
	if err == nil {
		r.Area, err = area.Of(ctx, m.Name, sv, family)
	}
	if err != nil {
		r.Family, r.Error = family, err.Error()
	}
	return r
}

// failures returns an error if a design could not be mapped.
func failures(rows []areaRow) error {
	failed := 0
	for _, r := range rows {
		if r.Error != "" {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("area: %d of %d designs could not be mapped", failed, len(rows))
	}
	return nil
}

func printAreas(out io.Writer, asJSON bool, rows []areaRow) error {
	if asJSON {
		return writeJSON(out, rows)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "design\tfamily\tLUT\tLUT as memory\tFF\tDSP\tmemory blocks\tlogic depth")
	for _, r := range rows {
		if r.Error != "" {
			fmt.Fprintf(w, "%s\t%s\tFAILED: %s\n", r.Design, r.Family, r.Error)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%s\t%d\n", r.Design, r.Family, r.LUT, r.MemoryLUT, r.FF, r.DSP, memoryBlocks(r.RAM), r.Depth)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(rows) > 0 {
		fmt.Fprintf(out, "%s; mapped, not placed or routed\n", rows[0].Tool)
	}
	return nil
}

// memoryBlocks lists blocks by kind, as "3 RAMB36E2".
func memoryBlocks(ram map[string]int) string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(ram)) {
		parts = append(parts, fmt.Sprintf("%d %s", ram[kind], kind))
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, ", ")
}

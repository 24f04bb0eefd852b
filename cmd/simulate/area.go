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
	"lockstep/nextpnr"
	"lockstep/yosys"
)

// areaFlags are the flags of simulate area.
type areaFlags struct {
	pattern  string
	families []string
	jobs     int
	seeds    int
	json     bool
}

// An areaRow is one design in one family.
type areaRow struct {
	Design string `json:"design"`
	area.Area
	Timing     *area.Timing `json:"timing,omitempty"`       // of ice40
	DoesNotFit string       `json:"does_not_fit,omitempty"` // why there is none
	Error      string       `json:"error,omitempty"`
}

func areaCommand() *cobra.Command {
	var f areaFlags
	c := &cobra.Command{
		Use:   "area",
		Short: "Say what units take of an FPGA: LUTs, flip-flops, multipliers, memory, logic depth, clock",
		Long: `Maps the Verilog of units to an FPGA with Yosys and counts: look-up tables as
logic and as memory, flip-flops, bits of carry chains, DSP and memory blocks, and
the depth of the logic between registers.

With --family ice40, nextpnr also places and routes each unit on an iCE40 HX8K,
between flip-flops, and gives its highest clock: the median of the seeds. Units
that do not fit keep their counts. In the other families nothing is placed or
routed. Results are cached.`,
		Example: `  simulate area --unit '^ternary_rowwise'
  simulate area --unit systolic_pe --family xcup,intel_alm --json
  simulate area --unit systolic_pe --family ice40 --seeds 5`,
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
	fl.IntVar(&f.seeds, "seeds", 1, "ice40: seeds from which to place and route, from 1 on")
	fl.BoolVar(&f.json, "json", false, "print one JSON array")
	c.AddCommand(areaArrayCommand(), areaTernaryCommand())
	return c
}

func (f *areaFlags) check() ([]yosys.Family, error) {
	if f.jobs < 1 || f.jobs > 256 {
		return nil, usagef("area: --jobs is %d, want 1 to 256", f.jobs)
	}
	if f.seeds < 1 || f.seeds > area.MaxSeeds {
		return nil, usagef("area: --seeds is %d, want 1 to %d", f.seeds, area.MaxSeeds)
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
				rows[i] = areaOf(cmd.Context(), entries[i/len(families)], families[i%len(families)], f.seeds)
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

func areaOf(ctx context.Context, e catalogue.Entry, family yosys.Family, seeds int) areaRow {
	m, err := e.Unit.Module()
	var sv []byte
	if err == nil {
		sv, err = m.Verilog()
	}
	var r areaRow
	if err == nil {
		r, err = areaWhole(ctx, m.Name, sv, family, seeds)
	}
	r.Design = e.Unit.Name
	if err != nil {
		r.Family, r.Error = family, err.Error()
	}
	return r
}

// areaWhole maps a design as one piece, and places and routes it in the family
// in which that is possible.
func areaWhole(ctx context.Context, top string, sv []byte, family yosys.Family, seeds int) (areaRow, error) {
	a, err := area.Of(ctx, top, sv, family)
	r := areaRow{Area: a}
	if err != nil || family != yosys.ICE40 {
		return r, err
	}
	timing, err := area.Place(ctx, top, sv, seeds)
	var large *nextpnr.TooLargeError
	switch {
	case errors.As(err, &large):
		r.DoesNotFit = strings.TrimPrefix(large.Error(), "nextpnr: ")
		return r, nil
	case err != nil:
		return r, err
	}
	r.Timing = &timing
	return r, nil
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
	fmt.Fprintln(w, "design\tfamily\tLUT\tLUT as memory\tFF\tcarry\tDSP\tmemory blocks\tlogic depth\tlogic cells\tMHz")
	var notes []string
	for _, r := range rows {
		if r.Error != "" {
			fmt.Fprintf(w, "%s\t%s\tFAILED: %s\n", r.Design, r.Family, r.Error)
			continue
		}
		cells, mhz := r.placed()
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t%d\t%s\t%s\n",
			r.Design, r.Family, r.LUT, r.MemoryLUT, r.FF, r.Carry, r.DSP, memoryBlocks(r.RAM), r.Depth, cells, mhz)
		if note := r.note(); !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(out, note)
	}
	return nil
}

// placed returns what stands in the columns of what is placed and routed.
func (r *areaRow) placed() (cells, mhz string) {
	switch {
	case r.Timing == nil && r.DoesNotFit == "":
		return "-", "not placed"
	case r.Timing == nil:
		return "-", r.DoesNotFit
	}
	mhz = fmt.Sprintf("%.1f", r.Timing.MHz)
	if len(r.Timing.Seeds) > 1 {
		mhz += fmt.Sprintf(" (best of %d: %.1f)", len(r.Timing.Seeds), r.Timing.BestMHz)
	}
	if r.Timing.Bare {
		mhz = "above " + mhz
	}
	return fmt.Sprintf("%d + %d", r.Timing.Cells, r.Timing.Wrapper), mhz
}

// note says where the numbers of a row come from.
func (r *areaRow) note() string {
	if r.Timing == nil {
		return r.Tool + "; mapped, not placed or routed"
	}
	return fmt.Sprintf("%s; placed and routed on an %s; logic cells of the unit + of the flip-flops around it", r.Timing.Tools, r.Timing.Device)
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

package main

import (
	"fmt"
	"slices"

	"lockstep/report"
)

// document is a product as a page.
func (r gemmRun) document(machine string) (*report.Document, error) {
	name := fmt.Sprintf("C[%d,%d] = A[%d,%d] · B[%d,%d] in %s", r.M, r.N, r.M, r.K, r.K, r.N, r.Types)
	what := "on the simulated machine " + machine
	if r.ComputeOnly {
		what = fmt.Sprintf("on one array of %s, operands in place", r.Config.Array())
	}
	settings, err := settingTable("The machine, in the keys of --set.", r.Config, tpuSettings)
	if err != nil {
		return nil, err
	}
	d := &report.Document{
		Title:    fmt.Sprintf("Matrix product %d × %d × %d (M × N × K)", r.M, r.N, r.K),
		Abstract: fmt.Sprintf("%s, %s: %d cycles with overlap %s, %s bound.", name, what, r.Cycles, r.Overlap, r.Roofline.Bound),
		Sections: []report.Section{
			{Title: "Result", Blocks: r.result()},
			{Title: "Overlap and roofline", Blocks: r.roofline()},
			{Title: "Utilisation", Blocks: utilisation(engineUses(r.Engines),
				"An array is busy while operands stream into it, the HBM while it moves bytes; a DMA engine only asks the HBM and has no busy cycles.")},
		},
	}
	if !r.ComputeOnly {
		d.Sections = append(d.Sections, report.Section{Title: "Energy", Blocks: r.blocks(1, "of the product", "of the product")})
	}
	d.Sections = append(d.Sections, report.Section{Title: "Configuration", Blocks: []report.Block{r.plan(), settings}})
	return d, nil
}

func (r gemmRun) result() []report.Block {
	figures := report.KeyFigures{
		{Name: "cycles", Value: float64(r.Cycles), Unit: "cycle", Source: eventModel, Note: "overlap " + r.Overlap},
		{Name: "time", Value: 1e6 * r.Seconds, Unit: "us", Source: "cycles at the clock", Format: report.Significant(4), Note: fmt.Sprintf("at %.6g MHz", float64(r.Config.ClockHz)/1e6)},
		{Name: "rate", Value: r.TOPS, Unit: "TOPS", Source: fromRun, Format: report.Significant(4), Note: fmt.Sprintf("%.1f %% of the peak, %.4g TOPS", r.PeakPercent, r.PeakTOPS)},
		{Name: "roofline / cycles", Value: r.Roofline.Share, Unit: "1", Source: fromRun, Format: report.Percent(1), Note: r.Roofline.Bound + " bound"},
	}
	transfers := "from and to the HBM"
	if r.ComputeOnly {
		transfers = "none: operands are in VMEM"
	}
	values := r.Check
	if values == "" {
		values = "not computed"
	}
	facts := []fact{
		{name: "rows of A and C, M", value: float64(r.M), unit: "row"}, {name: "columns of B and C, N", value: float64(r.N), unit: "column"},
		{name: "columns of A, rows of B, K", value: float64(r.K), unit: "column"},
		{name: "multiply-accumulates", value: float64(r.MACs), unit: "MAC"}, {name: "time", value: r.Seconds, unit: "s"},
		{name: "rate", value: float64(r.MACs) / r.Seconds, unit: "MAC/s"},
		{name: "rate", value: r.TOPS, unit: "TOPS", note: "two operations per multiply-accumulate"},
		{name: "peak rate of all arrays", value: r.PeakTOPS, unit: "TOPS"}, {name: "share of the peak", value: r.PeakPercent, unit: "%"},
		{name: "read from and written to the HBM", value: float64(r.HBMBytes), unit: "byte"},
		{name: "operations of the program", value: float64(r.Operations), unit: "1"}, {name: "passes of arrays", value: float64(r.Passes), unit: "1"},
	}
	for core, n := range r.PeakVMEM {
		facts = append(facts, fact{name: fmt.Sprintf("VMEM in use at most, core %d", core), value: float64(n), unit: "byte"})
	}
	return []report.Block{
		figures,
		wordTable("The run.", [2]string{"types of A and B", r.Types}, [2]string{"dataflow", r.Dataflow}, [2]string{"overlap", r.Overlap},
			[2]string{"transfers", transfers}, [2]string{"values", values}),
		factTable("Work and rate.", eventModel, facts...),
	}
}

// roofline is how far the run is from what no run can beat.
func (r gemmRun) roofline() []report.Block {
	f := r.Roofline
	memory := fact{name: "memory roofline", value: float64(f.MemoryCycles), unit: "cycle", note: "each matrix moved once"}
	if r.ComputeOnly {
		memory.note = "transfers are left out"
	}
	cycles := []fact{
		{name: "overlap none", value: float64(r.CyclesWithoutOverlap), unit: "cycle", note: "nothing overlapped"},
		{name: "as configured", value: float64(r.Cycles), unit: "cycle", note: "overlap " + r.Overlap},
		{name: "overlap full", value: float64(r.CyclesWithOverlap), unit: "cycle", note: "everything overlapped"},
		{name: "compute roofline", value: float64(f.ComputeCycles), unit: "cycle", note: "every processing element busy"},
		memory,
	}
	blocks := []report.Block{
		cycleBars("Cycles with and without overlap, and the bounds that no schedule beats.", cycles...),
		factTable("Overlap and roofline.", eventModel, append(slices.Clone(cycles),
			fact{name: "roofline", value: float64(f.Cycles), unit: "cycle", note: f.Bound + " bound"},
			fact{name: "above the roofline", value: float64(f.DistanceCycles), unit: "cycle"},
			fact{name: "roofline / cycles", value: f.Share, unit: "1"},
			fact{name: "intensity", value: f.IntensityMACsPerByte, unit: "MAC/byte", note: "each matrix moved once"},
			fact{name: "ridge", value: f.RidgeMACsPerByte, unit: "MAC/byte", note: "from here arithmetic is the bound"})...),
	}
	if r.ComputeOnly {
		return blocks
	}
	return append(blocks, r.rooflinePlot())
}

// rooflinePlot places the run under the roof of its machine.
func (r gemmRun) rooflinePlot() report.Lines {
	f, perCycle := r.Roofline, 1e12/2/float64(r.Config.ClockHz)
	peak := r.PeakTOPS * perCycle
	low, high := min(f.IntensityMACsPerByte, f.RidgeMACsPerByte)/4, 4*max(f.IntensityMACsPerByte, f.RidgeMACsPerByte)
	return report.Lines{
		Frame: report.Frame{Caption: "The run under the roofline of the machine.", Source: eventModel + "; roofline from the configuration"},
		X:     report.Axis{Title: "intensity", Unit: "MAC/byte", Log: true}, Y: report.Axis{Title: "rate", Unit: "MAC/cycle", Log: true},
		Series: []report.Line{
			{Name: "roofline", Points: []report.Point{{X: low, Y: peak * low / f.RidgeMACsPerByte}, {X: f.RidgeMACsPerByte, Y: peak}, {X: high, Y: peak}}},
			{Name: "this run", Points: []report.Point{{X: f.IntensityMACsPerByte, Y: r.TOPS * perCycle}}},
		},
	}
}

// plan is how the product was cut.
func (r gemmRun) plan() report.Table {
	p := r.Plan
	facts := []fact{
		{name: "rows of a block", value: float64(p.M), unit: "row"}, {name: "columns of a block", value: float64(p.N), unit: "column"},
		{name: "products per sum in a block", value: float64(p.K), unit: "product"},
		{name: "arrays that share the rows of a block", value: float64(p.GridM), unit: "array"},
		{name: "arrays that share the columns of a block", value: float64(p.GridN), unit: "array"},
		{name: "blocks of A in VMEM", value: float64(p.SlotsA), unit: "block"}, {name: "blocks of B in VMEM", value: float64(p.SlotsB), unit: "block"},
		{name: "blocks of C in VMEM", value: float64(p.SlotsC), unit: "block"},
	}
	axis, unit := "rows", "row"
	if p.AlongN {
		axis, unit = "columns", "column"
	}
	for core, s := range p.Parts {
		facts = append(facts, fact{name: fmt.Sprintf("first of the %s of core %d", axis, core), value: float64(s.First), unit: unit},
			fact{name: fmt.Sprintf("%s of core %d", axis, core), value: float64(s.Count), unit: unit})
	}
	t := factTable("Plan: how the product is cut.", "the planner", facts...)
	order := "N"
	if p.ColumnsFirst {
		order = "M"
	}
	t.Notes = []string{fmt.Sprintf("%s. Blocks of C follow each other along %s.", p, order)}
	return t
}

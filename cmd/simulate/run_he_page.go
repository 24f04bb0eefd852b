package main

import (
	"fmt"

	"lockstep/hecross/lower"
	"lockstep/report"
	"lockstep/systolic/tpu"
)

// document is an operation between encryption and decryption as a page.
func (r *heRun) document(machine string) (*report.Document, error) {
	first, moved := r.Reports[0], int64(0)
	for _, p := range r.Reports {
		moved += p.Machine.HBMBytes
	}
	figures := report.KeyFigures{
		{Name: "time", Value: r.Microseconds, Unit: "us", Source: "cycles at the clock", Format: report.Fixed(1), Note: fmt.Sprintf("at %.6g MHz", float64(first.Config.ClockHz)/1e6)},
		{Name: "cycles", Value: float64(r.Cycles), Unit: "cycle", Source: eventModel, Note: "of all programs"},
		{Name: "HBM", Value: float64(moved), Unit: "byte", Source: eventModel, Note: "read and written"},
		{Name: "largest slot error", Value: r.Error.Max, Unit: "1", Source: "decrypted by Lattigo", Format: report.Significant(3), Note: r.besideLattigo()},
	}
	d := &report.Document{
		Title: fmt.Sprintf("HE-%s on the simulated TPU %s", r.Operation, machine),
		Abstract: fmt.Sprintf("A client encrypted %d random slots with the parameters %s, the simulated machine computed on the ciphertexts, and the client decrypted the result.",
			r.Slots, r.Set),
		Sections: []report.Section{
			{Title: "Result", Blocks: []report.Block{figures, r.accuracy(),
				wordTable("The run.", [2]string{"operation", r.Operation}, [2]string{"parameters", r.Set}, [2]string{"residues of the result", r.Golden}),
				factTable("Work.", eventModel, fact{name: "programs", value: float64(len(r.Reports)), unit: "1"}, fact{name: "slots", value: float64(r.Slots), unit: "slot"}, fact{name: "time of all programs", value: r.Microseconds, unit: "us"},
					fact{name: "cycles of all programs", value: float64(r.Cycles), unit: "cycle"})}},
		},
	}
	for i, p := range r.Reports {
		title := "The program"
		if len(r.Reports) > 1 {
			title = fmt.Sprintf("Program %d of %d: %s", i+1, len(r.Reports), p.Operation)
		}
		s, err := p.section(title)
		if err != nil {
			return nil, err
		}
		d.Sections = append(d.Sections, s)
	}
	return d, addHEConfiguration(d, first)
}

func (r *heRun) besideLattigo() string {
	if r.LattigoError == nil {
		return ""
	}
	return fmt.Sprintf("%.3g of Lattigo", r.LattigoError.Max)
}

// accuracy is the error of every slot, beside that of Lattigo's own evaluator.
func (r *heRun) accuracy() report.Table {
	t := report.Table{Caption: "Error of the decrypted slots.", Columns: []report.Column{{Name: "evaluator"},
		{Name: "largest", Unit: "1", Source: "decrypted by Lattigo", Format: report.Significant(4)}, {Name: "mean", Unit: "1", Source: "decrypted by Lattigo", Format: report.Significant(4)}},
		Rows:  [][]report.Cell{{report.Text("simulated machine"), report.Number(r.Error.Max), report.Number(r.Error.Mean)}},
		Notes: []string{"Slots are random in the square from −1−i to 1+i."}}
	if e := r.LattigoError; e != nil {
		t.Rows = append(t.Rows, []report.Cell{report.Text("Lattigo, same ciphertexts"), report.Number(e.Max), report.Number(e.Mean)})
	}
	return t
}

// heTimingDocument is one operation of one or more parameter sets as a page.
func heTimingDocument(list []heTiming, machine string) (*report.Document, error) {
	first := list[0]
	d := &report.Document{
		Title:    fmt.Sprintf("HE kernel %s on the simulated TPU %s", first.Operation, machine),
		Abstract: fmt.Sprintf("Time of %s at batch %d; cycles are those of the whole batch. No values were computed.", first.Operation, first.Shape.Batch),
	}
	if len(list) > 1 {
		d.Title = fmt.Sprintf("HE kernel %s of %d parameter sets on the simulated TPU %s", first.Operation, len(list), machine)
	}
	d.Sections = append(d.Sections, report.Section{Title: "Result", Blocks: heOverview(list)})
	for _, t := range list {
		s, err := t.section(t.Set)
		if err != nil {
			return nil, err
		}
		d.Sections = append(d.Sections, s)
	}
	return d, addHEConfiguration(d, first.heReport)
}

// heOverview is the sets beside each other.
func heOverview(list []heTiming) []report.Block {
	count := func(name, unit, source string) report.Column {
		return report.Column{Name: name, Unit: unit, Source: source}
	}
	const shape = "the parameter set"
	t := report.Table{Caption: "Every parameter set.", Columns: []report.Column{{Name: "set"}, count("N", "1", shape), count("limbs of Q", "1", shape), count("limbs of P", "1", shape),
		count("digits", "1", shape), count("batch", "1", "the command line"), count("cycles", "cycle", eventModel), count("time per operand", "us", "cycles at the clock"),
		count("operations", "1", eventModel), count("HBM", "byte", eventModel), count("VMEM", "byte", eventModel)}}
	for _, x := range list {
		row := []report.Cell{report.Text(x.Set)}
		for _, v := range []float64{float64(x.Shape.N), float64(x.Shape.Q), float64(x.Shape.P), float64(x.digits()), float64(x.Shape.Batch), float64(x.Cycles),
			x.Microseconds, float64(x.Machine.Operations), float64(x.Machine.HBMBytes), float64(x.Machine.PeakVMEM[0])} {
			row = append(row, report.Number(v))
		}
		t.Rows = append(t.Rows, row)
	}
	if len(list) == 1 {
		x := list[0]
		figures := report.KeyFigures{
			{Name: "time per operand", Value: x.Microseconds, Unit: "us", Source: "cycles at the clock", Format: report.Fixed(1), Note: fmt.Sprintf("at %.6g MHz", float64(x.Config.ClockHz)/1e6)},
			{Name: "cycles", Value: float64(x.Cycles), Unit: "cycle", Source: eventModel, Note: fmt.Sprintf("of a batch of %d", x.Shape.Batch)},
			{Name: "HBM", Value: float64(x.Machine.HBMBytes), Unit: "byte", Source: eventModel, Note: "read and written"},
			{Name: "rate", Value: float64(x.Machine.MACs) / x.Seconds, Unit: "MAC/s", Source: fromRun, Format: report.Significant(4)},
		}
		return []report.Block{figures, t}
	}
	b := report.Bars{
		Frame: report.Frame{Caption: "Time per operand of each parameter set.", Source: eventModel}, Categories: report.Categories{Title: "parameter set"},
		Value: report.Axis{Title: "time", Unit: "us"}, Format: report.Fixed(1), Series: []report.Series{{Name: "time"}},
	}
	for _, x := range list {
		b.Categories.Names = append(b.Categories.Names, x.Set)
		b.Series[0].Values = append(b.Series[0].Values, report.Number(x.Microseconds))
	}
	return []report.Block{b, t}
}

// section is all of one program.
func (r heReport) section(title string) (report.Section, error) {
	split, err := r.breakdown()
	if err != nil {
		return report.Section{}, err
	}
	s := report.Section{Title: title, Blocks: append(split, r.kernels())}
	s.Blocks = append(s.Blocks, utilisation(engineUses(r.Machine.Engines))...)
	s.Blocks = append(s.Blocks, r.groups(), r.facts())
	s.Blocks = append(s.Blocks, r.blocks(r.Shape.Batch, "per operand", "of the batch")...)
	return s, nil
}

// breakdown is where the time goes, beside the published profile if there is
// one.
func (r heReport) breakdown() ([]report.Block, error) {
	published, err := publishedSplit(r.Operation)
	if err != nil {
		return nil, err
	}
	const profile = "CROSS, arXiv:2501.07047, v6e"
	t := report.Table{Caption: "Cycles of each kind of work.", Columns: []report.Column{{Name: "work"}, {Name: "time", Unit: "cycle", Source: eventModel, Format: report.Fixed(0)},
		{Name: "share", Unit: "%", Source: eventModel, Format: report.Fixed(1)}}}
	b := report.Bars{
		Frame: report.Frame{Caption: "Share of each kind of work in the time.", Source: eventModel}, Categories: report.Categories{Title: "kind of work"},
		Value: report.Axis{Title: "share of the time", Unit: "%"}, Format: report.Fixed(1), Series: []report.Series{{Name: "simulated"}},
	}
	if len(published) > 0 {
		t.Columns = append(t.Columns, report.Column{Name: "published share", Unit: "%", Source: profile, Format: report.Fixed(1)})
		t.Notes = []string{"The published profile does not name its parameter set."}
		b.Source += "; published: " + profile
		b.Series = append(b.Series, report.Series{Name: "published"})
	}
	for _, s := range r.Breakdown {
		row := []report.Cell{report.Text(string(s.Category)), report.Number(s.Cycles), report.Number(s.Percent)}
		b.Categories.Names = append(b.Categories.Names, string(s.Category))
		b.Series[0].Values = append(b.Series[0].Values, row[2])
		if len(published) > 0 {
			share := publishedShare(published, s.Category)
			row = append(row, share)
			b.Series[1].Values = append(b.Series[1].Values, share)
		}
		t.Rows = append(t.Rows, row)
	}
	if len(t.Rows) == 0 {
		return []report.Block{t}, nil
	}
	return []report.Block{b, t}, nil
}

// publishedShare is a cell without number where nothing is published.
func publishedShare(published map[lower.Category]float64, c lower.Category) report.Cell {
	if p, ok := published[c]; ok {
		return report.Number(p)
	}
	return report.Cell{}
}

func (r heReport) kernels() report.Table {
	t := report.Table{Caption: "Cycles of each kernel, in order of appearance.", Columns: []report.Column{{Name: "kernel"}, {Name: "calls", Unit: "1", Source: eventModel},
		{Name: "time", Unit: "cycle", Source: eventModel}}}
	for _, k := range r.Kernels {
		t.Rows = append(t.Rows, []report.Cell{report.Text(k.Name), report.Number(float64(k.Calls)), report.Number(float64(k.Cycles))})
	}
	return t
}

// groups is the work of the engines by what it is for.
func (r heReport) groups() report.Table {
	t := report.Table{Caption: "Operations of one name on one kind of engine, over all cores.", Columns: []report.Column{{Name: "operation"}, {Name: "engine"},
		{Name: "operations", Unit: "1", Source: eventModel}, {Name: "busy", Unit: "cycle", Source: eventModel}, {Name: "moved", Unit: "byte", Source: eventModel}}}
	for _, g := range r.Machine.Groups {
		t.Rows = append(t.Rows, []report.Cell{report.Text(g.Name), report.Text(g.Kind), report.Number(float64(g.Operations)), report.Number(float64(g.BusyCycles)), report.Number(float64(g.Bytes))})
	}
	return t
}

func (r heReport) facts() report.Table {
	s, m := r.Shape, r.Machine
	facts := []fact{
		{name: "N, ring degree", value: float64(s.N), unit: "1"}, {name: "rows of the transform", value: float64(s.R), unit: "1"}, {name: "columns of the transform", value: float64(s.C), unit: "1"},
		{name: "limbs of Q", value: float64(s.Q), unit: "limb"}, {name: "limbs of P", value: float64(s.P), unit: "limb"}, {name: "limbs per digit", value: float64(s.DigitLimbs), unit: "limb"},
		{name: "widest modulus", value: float64(s.Bits), unit: "bit"}, {name: "operands processed together", value: float64(s.Batch), unit: "1"},
		{name: "cycles", value: float64(r.Cycles), unit: "cycle"}, {name: "time", value: r.Seconds, unit: "s"}, {name: "clock", value: float64(m.ClockHz), unit: "Hz"},
		{name: "operations of the program", value: float64(m.Operations), unit: "1"}, {name: "multiply-accumulates", value: float64(m.MACs), unit: "MAC"},
		{name: "rate", value: float64(m.MACs) / m.Seconds, unit: "MAC/s"}, {name: "read from and written to the HBM", value: float64(m.HBMBytes), unit: "byte"},
	}
	for core, n := range m.PeakVMEM {
		facts = append(facts, fact{name: fmt.Sprintf("VMEM in use at most, core %d", core), value: float64(n), unit: "byte"})
	}
	t := factTable("Shape and work of "+r.Operation+".", eventModel, facts...)
	t.Notes = []string{"Values were not computed."}
	if r.Literal {
		t.Notes = []string{"Values went through literal bytes."}
	}
	return t
}

// addHEConfiguration ends a document with the machine and the strategies, which
// all of its programs share.
func addHEConfiguration(d *report.Document, r heReport) error {
	strategies, err := settingTable("Strategies, in the keys of --option.", r.Options, loweringSettings)
	if err != nil {
		return err
	}
	machine, err := settingTable("The machine, in the keys of --set.", r.Config, tpuSettings)
	d.Sections = append(d.Sections, report.Section{Title: "Configuration", Blocks: []report.Block{strategies, machine}})
	return err
}

// engineUses are the engines of the systolic machine as units.
func engineUses(engines []tpu.EngineReport) []unitUse {
	var list []unitUse
	for _, e := range engines {
		list = append(list, unitUse{name: e.Name, operations: float64(e.Operations), busy: float64(e.BusyCycles), utilisation: e.Utilisation, bytes: float64(e.Bytes)})
	}
	return list
}

package main

import (
	"fmt"

	"lockstep/report"
)

// document is a program on the published core as a page.
func (r ternipRun) document() (*report.Document, error) {
	settings, err := settingTable("The core, in the keys of --set.", r.Config, ternipSettings)
	if err != nil {
		return nil, err
	}
	var uses []unitUse
	for _, u := range r.Report.Units {
		uses = append(uses, unitUse{name: u.Name, operations: float64(u.Ops), busy: float64(u.Busy), utilisation: u.Utilisation, bytes: float64(u.Bytes)})
	}
	for _, p := range r.Report.Ports {
		uses = append(uses, unitUse{name: p.Name, port: true, utilisation: p.Utilisation, bytes: float64(p.BytesRead + p.BytesWritten)})
	}
	return &report.Document{
		Title:    "A program on the published Ternip core",
		Abstract: fmt.Sprintf("%s: %d cycles.", visible(r.Program), r.TotalCycles),
		Sections: []report.Section{
			{Title: "Result", Blocks: []report.Block{
				report.KeyFigures{
					{Name: "cycles", Value: float64(r.TotalCycles), Unit: "cycle", Source: eventModel},
					{Name: "time", Value: 1e6 * float64(r.TotalCycles) / ternipClockHz, Unit: "us", Source: "cycles at the clock of the published boards", Format: report.Significant(4),
						Note: fmt.Sprintf("at %.6g MHz", ternipClockHz/1e6)},
					{Name: "instructions", Value: float64(len(r.IssueReady)), Unit: "1", Source: "the program"},
				},
				factTable("Work.", eventModel, fact{name: "cycles", value: float64(r.TotalCycles), unit: "cycle"},
					fact{name: "operations retired", value: float64(r.Report.OpsRetired), unit: "1"}, fact{name: "operations loaded", value: float64(r.Report.OpsLoaded), unit: "1"}),
				r.instructions(),
			}},
			{Title: "Utilisation", Blocks: append(utilisation(uses), r.cycles(), r.ports())},
			{Title: "Configuration", Blocks: []report.Block{wordTable("The run.", [2]string{"machine", r.Machine}, [2]string{"program", r.Program}, [2]string{"trace", r.Trace}), settings}},
		},
	}, nil
}

func (r ternipRun) instructions() report.Table {
	t := report.Table{Caption: "Every instruction; cycles count from 0.", Columns: []report.Column{{Name: "instruction"}, {Name: "issue", Unit: "cycle", Source: eventModel},
		{Name: "ready", Unit: "cycle", Source: eventModel}, {Name: "takes", Unit: "cycle", Source: "ready − issue"}}}
	for i, x := range r.IssueReady {
		t.Rows = append(t.Rows, []report.Cell{report.Text(visible(r.InstructionCycles[i].Text)), report.Number(float64(x[0])), report.Number(float64(x[1])),
			report.Number(float64(r.InstructionCycles[i].Cycles))})
	}
	return t
}

// cycles is what every unit did in each cycle.
func (r ternipRun) cycles() report.Table {
	t := report.Table{Caption: "What each unit did in all cycles.", Columns: []report.Column{{Name: "unit"}}}
	for _, name := range []string{"busy", "token", "raw", "waw", "war", "memory", "full", "idle"} {
		t.Columns = append(t.Columns, report.Column{Name: name, Unit: "cycle", Source: eventModel})
	}
	for _, u := range r.Report.Units {
		row := []report.Cell{report.Text(u.Name)}
		for _, n := range []float64{float64(u.Busy), float64(u.Token), float64(u.RAW), float64(u.WAW), float64(u.WAR), float64(u.Memory), float64(u.Full), float64(u.Idle)} {
			row = append(row, report.Number(n))
		}
		t.Rows = append(t.Rows, row)
	}
	t.Notes = []string{"Columns between busy and idle are stalls: on a token, on an operand (read after write, write after write, write after read), on the memory, on a full queue."}
	return t
}

func (r ternipRun) ports() report.Table {
	t := report.Table{Caption: "Traffic of each memory port.", Columns: []report.Column{{Name: "port"}, {Name: "requests", Unit: "1", Source: eventModel},
		{Name: "read", Unit: "byte", Source: eventModel}, {Name: "written", Unit: "byte", Source: eventModel}, {Name: "beats", Unit: "beat", Source: eventModel},
		{Name: "waited", Unit: "cycle", Source: eventModel}}}
	for _, p := range r.Report.Ports {
		t.Rows = append(t.Rows, []report.Cell{report.Text(p.Name), report.Number(float64(p.Requests)), report.Number(float64(p.BytesRead)), report.Number(float64(p.BytesWritten)),
			report.Number(float64(p.Beats)), report.Number(float64(p.WaitCycles))})
	}
	return t
}

// document is a model on a published machine as a page.
func (r publishedRun) document() (*report.Document, error) {
	d := &report.Document{
		Title:    fmt.Sprintf("%s on the published machine %s", r.Model, r.Machine),
		Abstract: "A published board as a timing model, embedding and head excluded, beside what its authors measured or projected.",
		Sections: []report.Section{{Title: "Result", Blocks: []report.Block{
			report.KeyFigures{
				{Name: "tokens per second", Value: r.TokensPerSec, Unit: "token/s", Source: "cycles at the clock", Format: report.Significant(5), Note: fmt.Sprintf("of %d lanes, at %g MHz", r.Lanes, float64(r.ClockHz)/1e6)},
				{Name: "cycles per token", Value: float64(r.Cycles), Unit: "cycle", Source: eventModel},
				{Name: "products / cycles", Value: r.MatrixShare, Unit: "1", Source: eventModel, Format: report.Percent(1)},
			},
			factTable("Work, rate and what no schedule beats.", eventModel,
				fact{name: "cycles per token", value: float64(r.Cycles), unit: "cycle", note: "of every lane, in the slowest compute unit"},
				fact{name: "clock", value: float64(r.ClockHz), unit: "Hz"}, fact{name: "lanes", value: float64(r.Lanes), unit: "sequence"},
				fact{name: "instructions per token", value: float64(r.Instructions), unit: "instruction"},
				fact{name: "rate", value: r.TokensPerSec, unit: "token/s", note: "of all lanes"}, fact{name: "rate of a lane", value: r.PerLane, unit: "token/s"},
				fact{name: "products / cycles", value: r.MatrixShare, unit: "1"},
				fact{name: "matrix peak", value: r.MatrixPeak, unit: "token/s", note: "of all lanes, if only the tiles had to be multiplied"},
				fact{name: "weight stream", value: r.StreamCeiling, unit: "token/s", note: "of one lane at most, if only the 2-bit weights had to be read"}),
		}}},
	}
	c := report.Comparison{Caption: "Published numbers and their simulation.", Keys: []string{"quantity", "machine", "note", "target"}, Simulation: eventModel}
	for _, row := range r.Comparison {
		target := "none"
		if row.Target > 0 {
			target = fmt.Sprintf("%g %%", 100*row.Target)
		}
		c.Rows = append(c.Rows, report.Compared{
			Keys: []string{row.Quantity, row.Machine, row.Note, target}, Published: row.Published, Simulated: row.Simulated, Unit: row.Unit, Source: row.Source})
	}
	if len(c.Rows) > 0 {
		d.Sections = append(d.Sections, report.Section{Title: "Published and simulated", Blocks: []report.Block{c, errorBars(c)}})
	}
	return d, nil
}

// errorBars is the relative errors of a comparison by quantity alone.
func errorBars(c report.Comparison) report.Bars {
	b := c.Errors("Relative error of each number")
	for i, row := range c.Rows {
		b.Categories.Names[i] = row.Keys[0]
	}
	return b
}

// document is the scores of a text as a page.
func (e evaluation) document() (*report.Document, error) {
	score := func(name string, v float64) fact { return fact{name: name, value: v, unit: "bit/byte"} }
	return &report.Document{
		Title:    "Bits per byte of the model " + visible(e.Model),
		Abstract: fmt.Sprintf("%s, scored by both golden models.", visible(e.File)),
		Sections: []report.Section{{Title: "Result", Blocks: []report.Block{
			report.KeyFigures{
				{Name: "float", Value: e.Float, Unit: "bit/byte", Source: "golden model, floating point", Format: report.Fixed(5)},
				{Name: "fixed", Value: e.Fixed, Unit: "bit/byte", Source: "golden model, fixed point", Format: report.Fixed(5)},
				{Name: "fixed against float", Value: e.Difference, Unit: "1", Source: "fixed / float − 1", Format: report.SignedPercent(3)},
				{Name: "same most likely token", Value: e.Agreement, Unit: "1", Source: "both golden models", Format: report.Percent(2)},
			},
			factTable("Scores.", "golden models", fact{name: "bytes", value: float64(e.Bytes), unit: "byte"}, fact{name: "tokens", value: float64(e.Tokens), unit: "token"},
				score("float", e.Float), score("fixed", e.Fixed), fact{name: "fixed / float − 1", value: e.Difference, unit: "1"},
				fact{name: "positions with the same most likely token", value: e.Agreement, unit: "1"}),
		}}},
	}, nil
}

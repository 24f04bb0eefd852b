package sweeps

import (
	"context"
	"fmt"

	"lockstep/hecross"
	"lockstep/hecross/calibration"
	"lockstep/hecross/lower"
	"lockstep/report"
	"lockstep/ternary/published"
)

// CrossCalibration returns the report of the kernels of CROSS on TPUs beside
// the published times, and of the time split of HE-Mult.
func CrossCalibration(ctx context.Context) (*report.Document, error) {
	points, err := calibration.Points()
	if err != nil {
		return nil, err
	}
	constants, err := calibration.Fitted()
	if err != nil {
		return nil, err
	}
	t, err := calibration.Compare(ctx, constants, points)
	if err != nil {
		return nil, err
	}
	c := report.Comparison{
		Caption: "Published points and their simulation", Keys: []string{"quantity", "reduction", "machine"}, Simulation: eventModel,
	}
	for _, r := range t.Rows {
		c.Rows = append(c.Rows, report.Compared{
			Keys: []string{r.Point.String(), r.Reduction, r.Board()}, Published: r.Value, Simulated: r.Simulated, Unit: r.UnitName(), Source: r.Source,
		})
	}
	split, err := splitTable(ctx)
	if err != nil {
		return nil, err
	}
	const fitted = "fitted on the points below"
	return &report.Document{
		Title: "CROSS on the simulated TPU: calibration",
		Abstract: "Kernels of homomorphic encryption, lowered to the simulated machine, beside published times. Three constants of the machine are fitted; " +
			"everything else comes from public figures and from counting operations.",
		Sections: []report.Section{
			{Title: "Constants", Blocks: []report.Block{report.KeyFigures{
				{Name: "mean absolute error of the time", Value: 100 * t.MeanError, Unit: "%", Source: eventModel, Format: report.Fixed(1), Note: fmt.Sprintf("over %d points", len(t.Rows))},
				{Name: "vector operations per cycle and lane", Value: constants.ALUs.Float(), Unit: "1", Source: fitted, Format: report.Fixed(3)},
				{Name: "share of the HBM bandwidth", Value: constants.HBMEfficiency.Float(), Unit: "1", Source: fitted, Format: report.Fixed(3)},
				{Name: "registers per cycle of a cross-lane unit", Value: constants.XLURegisters.Float(), Unit: "1", Source: fitted, Format: report.Fixed(3)},
			}}},
			{Title: "Published and simulated", Blocks: []report.Block{c, c.Errors("Relative error of each point")}},
			{Title: "Where the time of HE-Mult goes", Blocks: []report.Block{split, report.Paragraph(
				"The published profile does not name its parameter set, and is not part of the mean.")}},
			{Title: "Again", Blocks: []report.Block{report.Commands{
				{Purpose: "this table", Line: "simulate report calibration-cross"},
				{Purpose: "the fit", Line: "simulate report calibration-cross --fit"},
			}}},
		},
	}, nil
}

// splitSets are the sets whose time split is put beside the published one.
var splitSets = []string{"HEAP", "WarpDrive_256_256", "Cheddar3_256_256"}

// splitTable puts the published time split of HE-Mult beside simulated ones.
func splitTable(ctx context.Context) (report.Table, error) {
	split, err := calibration.Split()
	if err != nil {
		return report.Table{}, err
	}
	t := report.Table{
		Caption: "Share of the time of HE-Mult by kind of work, Montgomery reduction",
		Columns: []report.Column{{Name: "work"}, {Name: "published", Unit: "%", Source: "CROSS, arXiv:2501.07047, v6e", Format: report.Fixed(1)}},
	}
	for _, s := range split {
		t.Rows = append(t.Rows, []report.Cell{report.Text(string(s.Category)), report.Number(s.Percent)})
	}
	m, err := calibration.Machine("v6e")
	if err != nil {
		return t, err
	}
	for _, name := range splitSets {
		set, err := hecross.Preset(name)
		if err != nil {
			return t, err
		}
		shape, err := lower.ShapeOf(set, 1)
		if err != nil {
			return t, err
		}
		r, err := lower.Time(ctx, m, lower.Options{Reduction: "montgomery"}, shape, "mult")
		if err != nil {
			return t, err
		}
		t.Columns = append(t.Columns, report.Column{Name: name, Unit: "%", Source: eventModel, Format: report.Fixed(1)})
		for i, s := range split {
			share := 0.0
			for _, b := range r.Breakdown {
				if b.Category == s.Category {
					share = b.Percent
				}
			}
			t.Rows[i] = append(t.Rows[i], report.Number(share))
		}
	}
	return t, nil
}

// TernaryCalibration returns the report of the published ternary machines beside
// their simulation.
func TernaryCalibration(ctx context.Context) (*report.Document, error) {
	table, err := published.Compare(ctx)
	if err != nil {
		return nil, err
	}
	c := report.Comparison{Caption: "Published numbers and their simulation", Keys: []string{"quantity", "machine", "note"}, Simulation: eventModel}
	for _, r := range table {
		c.Rows = append(c.Rows, report.Compared{
			Keys: []string{r.Quantity, r.Machine, r.Note}, Published: r.Published, Simulated: r.Simulated, Unit: r.Unit, Source: r.Source,
		})
	}
	return &report.Document{
		Title: "Published ternary machines, simulated",
		Abstract: "The published Ternip core on an Alveo U250, the boards of the MatMul-free language model and of an edge design, as timing models, beside what their " +
			"authors measured or projected.",
		Sections: []report.Section{
			{Title: "Published and simulated", Blocks: []report.Block{c, c.Errors("Relative error of each number"), report.Paragraph(
				"The machine ternip-u250 has one fitted constant and two inferred departures from the published design; ternip-u250-rtl has only stated facts. One of its rows is out of reach: " +
					"the published 2.7B figure lies above the peak of the machine as stated, as the row after it shows.")}},
			{Title: "Again", Blocks: []report.Block{report.Commands{
				{Purpose: "one machine and model", Line: "simulate run ternary --preset mmfree-2.7b --machine ternip-u250"},
				{Purpose: "this report", Line: "simulate report calibration-ternary"},
			}}},
		},
	}, nil
}

package sweeps

import (
	"fmt"
	"slices"

	"lockstep/experiment"
	"lockstep/report"
)

// Document returns the report of what is recorded of an experiment, with what
// the built-in ones have to say besides.
func Document(e experiment.Experiment, r *experiment.Results, folder string) (*report.Document, error) {
	o := report.Options{
		Title: titles[e.Name],
		Commands: report.Commands{
			{Purpose: "evaluate the points, or go on where it was interrupted", Line: fmt.Sprintf("simulate sweep %s --store %s", source(e), folder)},
			{Purpose: "render this report", Line: fmt.Sprintf("simulate report %s --out .", folder)},
		},
		Fronts: fronts[e.Name],
	}
	if slices.Contains(Names(), e.Name) {
		o.Meanings = meanings
	}
	if e.Name == "he-whatif" {
		section, err := whatIfAnswer(e, r)
		if err != nil {
			return nil, err
		}
		o.Sections = append(o.Sections, section)
	}
	if e.Name == "gemm-scalesim" {
		o.Sections = append(o.Sections, closedFormSection(e, r))
	}
	return report.FromExperiment(e, r, o)
}

// source is what names the experiment on a command line.
func source(e experiment.Experiment) string {
	if slices.Contains(Names(), e.Name) {
		return e.Name
	}
	return e.Name + ".yaml"
}

var titles = map[string]string{
	"ternary-core":  "The ternary core: speed, bandwidth and area",
	"gemm-scalesim": "Matrix products on one array, beside SCALE-Sim's closed forms",
	"he-ablation":   "What each strategy of CROSS is worth",
	"he-whatif":     "Homomorphic encryption on a TPU: what if",
}

// fronts are the Pareto fronts of the built-in experiments.
var fronts = map[string][][]string{
	"ternary-core": {{"tokens_per_second", "bandwidth"}, {"tokens_per_second", "lut"}, {"tokens_per_second", "adders"}},
	"he-ablation":  {{"time", "hbm_bytes"}},
	"he-whatif":    {{"mult_speedup", "lut"}},
}

// meanings are settings and metrics in words.
var meanings = map[string]string{
	"TP":                 "ternary weights per cycle of the matrix unit",
	"VP":                 "elements per cycle of every vector unit",
	"vector_ports":       "pairs of operand ports of the vector registers",
	"packing":            "of weights in memory",
	"lat":                "cycles from a memory request to its first beat",
	"eff":                "beats per cycle of each memory port",
	"tokens_per_second":  "of one sequence, at the clock",
	"matmul_share":       "cycles from first to last weight beat of products, of all cycles",
	"bandwidth":          "sustained by both memory ports",
	"adders":             "of the matrix unit, one per trit",
	"vector_lanes":       "elements per cycle",
	"lut":                "look-up tables, as logic and as memory",
	"closed_form":        "folds times cycles per fold: what SCALE-Sim computes, plus one",
	"elements":           "processing elements",
	"peak":               "of the peak rate",
	"mult":               "time of HE-Mult of one ciphertext pair",
	"rotate":             "time of HE-Rotate of one ciphertext",
	"bootstrap":          "time of the kernel calls of packed bootstrapping",
	"mult_speedup":       "time of the base machine, by that with the change",
	"rotate_speedup":     "time of the base machine, by that with the change",
	"bootstrap_speedup":  "time of the base machine, by that with the change",
	"params":             "parameter set",
	"operation":          "what is timed",
	"time":               "of one operand",
	"hbm_bytes":          "read and written",
	"cycles_per_token":   "all instructions of a token",
	"mult_gain_per_mlut": "how many percent faster HE-Mult is, per million look-up tables added; 0 where no logic is added",
	"change":             "the one difference to the base machine or the base strategies",
	"reduction":          "how products are reduced",
	"product":            "the bytes of known constants",
	"transform":          "layout between the steps of a transform",
	"permutation":        "how an automorphism moves elements",
}

// whatIfAnswer says which single hardware change gives HE-Mult most per LUT.
func whatIfAnswer(e experiment.Experiment, r *experiment.Results) (report.Section, error) {
	s := report.Section{Title: "Which single hardware change gives HE-Mult most per LUT"}
	axis, err := e.Axis("params")
	if err != nil {
		return s, err
	}
	var figures report.KeyFigures
	for _, set := range axis.Labels() {
		best, found := experiment.Row{}, false
		for _, row := range r.With(experiment.Complete) {
			if row.Settings["params"] == set && row.Values["lut"].Value > 0 &&
				(!found || row.Values["mult_gain_per_mlut"].Value > best.Values["mult_gain_per_mlut"].Value) {
				best, found = row, true
			}
		}
		if !found {
			continue
		}
		v := best.Values["mult_gain_per_mlut"]
		figures = append(figures, report.KeyFigure{
			Name: set + ": " + best.Settings["change"], Value: v.Value, Unit: v.Unit, Source: v.Source,
			Note: fmt.Sprintf("HE-Mult %.1f %% faster for %.3g LUT", 100*(best.Values["mult_speedup"].Value-1), best.Values["lut"].Value),
		})
	}
	if len(figures) > 0 {
		s.Blocks = append(s.Blocks, figures)
	}
	s.Blocks = append(s.Blocks, report.Paragraph("Strategies cost no logic and are compared by their time alone. Memory and the HBM have no look-up tables: "+
		"their changes stand in the table of all points without a figure per LUT."))
	return s, nil
}

// closedFormSection compares what should be equal.
func closedFormSection(e experiment.Experiment, r *experiment.Results) report.Section {
	c := report.Comparison{
		Caption: "Cycles with nothing overlapped, beside the closed form", Keys: []string{"point"}, Simulation: eventModel,
	}
	for _, row := range r.With(experiment.Complete) {
		if row.Settings["overlap"] != "none" {
			continue
		}
		c.Rows = append(c.Rows, report.Compared{
			Keys: []string{e.Label(row.Settings)}, Published: row.Values["closed_form"].Value, Simulated: row.Values["cycles"].Value,
			Unit: row.Values["cycles"].Unit, Source: row.Values["closed_form"].Source,
		})
	}
	s := report.Section{Title: "The closed forms", Blocks: []report.Block{report.Paragraph(
		"Without overlap the event model takes exactly the cycles of the closed form, which are SCALE-Sim's plus one: that tool counts from 0.")}}
	if len(c.Rows) > 0 {
		s.Blocks = append(s.Blocks, c)
	}
	return s
}

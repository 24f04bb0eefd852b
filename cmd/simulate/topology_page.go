package main

import (
	"cmp"
	"fmt"
	"slices"

	"lockstep/report"
)

// document is a topology as a page.
func (r topologyRun) document() (*report.Document, error) {
	with, without := r.bothOverlaps()
	windows := "partial windows at the lower and right edge count (SCALE-Sim v2 and v3)"
	if r.Windows == "whole" {
		windows = "partial windows at the lower and right edge do not count (SCALE-Sim v1)"
	}
	what := wordTable("The run.", [2]string{"topology", r.Topology}, [2]string{"dataflow", r.Dataflow}, [2]string{"overlap", r.Overlap},
		[2]string{"windows", r.Windows + ": " + windows}, [2]string{"compute report in the convention of", r.Compat})
	for _, n := range r.Notes {
		what.Notes = append(what.Notes, "Not modelled: "+visible(n))
	}
	return &report.Document{
		Title: "Layers on one systolic array",
		Abstract: fmt.Sprintf("The %d layers of %s on one array of %s, dataflow %s, operands in place: %d cycles with overlap %s.",
			len(r.Layers), visible(r.Topology), r.Array, r.Dataflow, r.Cycles, r.Overlap),
		Sections: []report.Section{
			{Title: "Result", Blocks: []report.Block{
				report.KeyFigures{
					{Name: "cycles of all layers", Value: float64(r.Cycles), Unit: "cycle", Source: eventModel, Note: "overlap " + r.Overlap},
					{Name: "with overlap", Value: with, Unit: "cycle", Source: eventModel, Note: "everything overlapped"},
					{Name: "without overlap", Value: without, Unit: "cycle", Source: eventModel, Note: "nothing overlapped"},
					{Name: "layers", Value: float64(len(r.Layers)), Unit: "1", Source: "the topology"},
				},
				what,
				factTable("The array.", fromSettings, fact{name: "rows of processing elements", value: float64(r.Array.Rows), unit: "element"},
					fact{name: "columns of processing elements", value: float64(r.Array.Cols), unit: "element"}),
			}},
			{Title: "Layers", Blocks: []report.Block{r.bars(), r.utilisationBars(), r.table()}},
		},
	}, nil
}

// bothOverlaps is the cycles of all layers with everything overlapped and with
// nothing.
func (r topologyRun) bothOverlaps() (with, without float64) {
	for _, l := range r.Layers {
		with += float64(l.CyclesWithOverlap)
		without += float64(l.CyclesWithoutOverlap)
	}
	return with, without
}

func (r topologyRun) table() report.Table {
	const closed = "closed form of SCALE-Sim"
	t := report.Table{Caption: "Every layer as a matrix product.", Columns: []report.Column{{Name: "layer"},
		{Name: "M", Unit: "row", Source: "the topology"}, {Name: "N", Unit: "column", Source: "the topology"}, {Name: "K", Unit: "product", Source: "the topology"},
		{Name: "folds", Unit: "1", Source: closed}, {Name: "cycles", Unit: "cycle", Source: eventModel}, {Name: "with overlap", Unit: "cycle", Source: eventModel},
		{Name: "without overlap", Unit: "cycle", Source: eventModel}, {Name: "SCALE-Sim", Unit: "cycle", Source: closed, Note: "counts from 0: one less than without overlap"},
		{Name: "overall", Unit: "%", Source: closed, Note: "utilisation"}, {Name: "mapping", Unit: "%", Source: closed, Note: "efficiency"},
		{Name: "compute", Unit: "%", Source: closed, Note: "utilisation"}}}
	for _, l := range r.Layers {
		row := []report.Cell{report.Text(visible(l.Name))}
		for _, v := range []float64{float64(l.M), float64(l.N), float64(l.K), float64(l.Folds), float64(l.Cycles), float64(l.CyclesWithOverlap),
			float64(l.CyclesWithoutOverlap), float64(l.ScaleSimCycles), l.OverallUtil, l.MappingEfficiency, l.ComputeUtil} {
			row = append(row, report.Number(v))
		}
		t.Rows = append(t.Rows, row)
	}
	with, without := r.bothOverlaps()
	all := make([]report.Cell, len(t.Columns))
	all[0], all[5], all[6], all[7] = report.Text("all"), report.Number(float64(r.Cycles)), report.Number(with), report.Number(without)
	t.Rows = append(t.Rows, all)
	return t
}

// longest returns the layers that take longest, in their order, and what to call
// them.
func (r topologyRun) longest(most int) ([]topologyLayer, string) {
	if len(r.Layers) <= most {
		return r.Layers, "each layer"
	}
	order := make([]int, len(r.Layers))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(r.Layers[b].CyclesWithoutOverlap, r.Layers[a].CyclesWithoutOverlap)
	})
	order = order[:most]
	slices.Sort(order)
	var list []topologyLayer
	for _, i := range order {
		list = append(list, r.Layers[i])
	}
	return list, fmt.Sprintf("the %d longest of %d layers", most, len(r.Layers))
}

func (r topologyRun) bars() report.Bars {
	layers, which := r.longest(maxBars / 2)
	b := report.Bars{
		Frame: report.Frame{Caption: "Cycles of " + which + " with and without overlap.", Source: eventModel}, Categories: report.Categories{Title: "layer"},
		Value: report.Axis{Title: "time", Unit: "cycle"}, Series: []report.Series{{Name: "with overlap"}, {Name: "without overlap"}},
	}
	for _, l := range layers {
		b.Categories.Names = append(b.Categories.Names, visible(l.Name))
		b.Series[0].Values = append(b.Series[0].Values, report.Number(float64(l.CyclesWithOverlap)))
		b.Series[1].Values = append(b.Series[1].Values, report.Number(float64(l.CyclesWithoutOverlap)))
	}
	return b
}

func (r topologyRun) utilisationBars() report.Bars {
	layers, which := r.longest(maxBars)
	b := report.Bars{
		Frame: report.Frame{Caption: "Utilisation of the array in " + which + ".", Source: "closed form of SCALE-Sim"}, Categories: report.Categories{Title: "layer"},
		Value: report.Axis{Title: "compute utilisation", Unit: "%"}, Format: report.Fixed(1), Series: []report.Series{{Name: "utilisation"}},
	}
	for _, l := range layers {
		b.Categories.Names = append(b.Categories.Names, visible(l.Name))
		b.Series[0].Values = append(b.Series[0].Values, report.Number(l.ComputeUtil))
	}
	return b
}

package report

import (
	"cmp"
	"fmt"
	"slices"

	"lockstep/experiment"
)

// effects are those of all axes on one metric.
type effects struct {
	metric experiment.Metric
	axes   []experiment.Effect
}

const (
	factorSource = "computed over groups of points that differ in this setting alone"
	sensible     = 4 // metrics in one plot
)

// sensitivity says what each setting does to each metric, the others unchanged.
func (w writer) sensitivity() (Section, error) {
	s := Section{Title: "Sensitivity"}
	var all []effects
	for _, m := range w.goals {
		found, err := w.r.Sensitivity(m.Name)
		if err != nil {
			return s, err
		}
		if slices.ContainsFunc(found, func(f experiment.Effect) bool { return f.Groups > 0 }) {
			all = append(all, effects{m, found})
		}
	}
	if len(all) == 0 {
		return s, nil
	}
	s.Blocks = append(s.Blocks, Paragraph("A factor says how many times better the best value of a setting is than the worst, while all other settings stay: "+
		"1 where the setting makes no difference. Means are geometric."))
	for part := range slices.Chunk(all, sensible) {
		s.Blocks = append(s.Blocks, w.effectPlot(part))
	}
	s.Blocks = append(s.Blocks, w.effectTable(all))
	if levels := levelTable(all); len(levels.Rows) > 0 {
		s.Blocks = append(s.Blocks, levels)
	}
	return s, nil
}

// effectPlot has the settings with the largest effect first.
func (w writer) effectPlot(all []effects) Bars {
	most := func(j int) float64 {
		v := 0.0
		for _, e := range all {
			v = max(v, e.axes[j].Mean)
		}
		return v
	}
	order := make([]int, len(all[0].axes))
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(most(j), most(i)) })
	order = order[:min(len(order), maxBars/len(all))]
	var metrics []string
	b := Bars{Categories: Categories{Title: "setting"}, Value: Axis{Title: "mean factor", Unit: "1"}, Base: 1, Format: Significant(3)}
	for _, j := range order {
		b.Categories.Names = append(b.Categories.Names, all[0].axes[j].Axis)
	}
	for _, e := range all {
		metrics = append(metrics, e.metric.Name)
		series := Series{Name: e.metric.Name}
		for _, j := range order {
			series.Values = append(series.Values, factor(e.axes[j].Mean))
		}
		b.Series = append(b.Series, series)
	}
	b.Value.Log = spread(append(b.values(), 1))
	b.Frame = Frame{Caption: fmt.Sprintf("What each setting does to %s, the largest effect first.", listed(metrics)), Source: factorSource}
	return b
}

// factor is a cell, empty for 0.
func factor(v float64) Cell {
	if v == 0 {
		return Cell{}
	}
	return Number(v)
}

func (w writer) effectTable(all []effects) Table {
	t := Table{
		Caption: "What each setting does to each metric.",
		Columns: []Column{
			{Name: "metric"}, {Name: "setting"},
			{Name: "groups", Unit: "1", Source: recorded, Note: "of points that differ in this setting alone and have the metric"},
			{Name: "mean factor", Unit: "1", Source: factorSource, Format: Significant(3)},
			{Name: "largest factor", Unit: "1", Source: factorSource, Format: Significant(3)},
			{Name: "largest at"},
		},
	}
	for _, e := range all {
		for _, f := range e.axes {
			at := "" // where nothing differs, nowhere
			if f.Most > 1 {
				at = f.MostAt.String()
			}
			t.Rows = append(t.Rows, []Cell{Text(e.metric.Name), Text(f.Axis), Number(float64(f.Groups)), factor(f.Mean), factor(f.Most), Text(at)})
		}
	}
	return t
}

func levelTable(all []effects) Table {
	t := Table{
		Caption: "What each value costs: how many times worse than the best value of its group, on average, and how often it is the best.",
		Columns: []Column{
			{Name: "metric"}, {Name: "setting"}, {Name: "value", Align: AlignRight},
			{Name: "mean factor to the best", Unit: "1", Source: factorSource + ", groups with all values only", Format: Significant(3)},
			{Name: "best in", Unit: "1", Source: recorded, Note: "groups; equal values share"},
			{Name: "of groups", Unit: "1", Source: recorded},
		},
		Shown: maxShown,
	}
	for _, e := range all {
		for _, f := range e.axes {
			if f.Whole == 0 {
				continue
			}
			for _, l := range f.Levels {
				t.Rows = append(t.Rows, []Cell{
					Text(e.metric.Name), Text(f.Axis), Text(l.Label), factor(l.Mean), Number(float64(l.Wins)), Number(float64(f.Whole)),
				})
			}
		}
	}
	return t
}

// best is the best point by every metric.
func (w writer) best() (Section, error) {
	t := Table{Caption: "The best point by each metric.", Columns: []Column{{Name: "metric"}, {Name: "better"}, {Name: "value", Unit: RowUnit}, {Name: unitColumn}}}
	add := columnsOf(&t)
	w.addSettings(add)
	for _, m := range w.goals {
		row, ok, err := w.r.Best(m.Name)
		if err != nil {
			return Section{}, err
		}
		if !ok {
			continue
		}
		better := map[experiment.Goal]string{experiment.Min: "smaller", experiment.Max: "larger"}[m.Goal]
		t.Rows = append(t.Rows, append([]Cell{Text(m.Name), Text(better), value(row, m.Name), Text(m.Unit)}, w.settings(row)...))
	}
	if len(t.Rows) == 0 {
		return Section{}, nil
	}
	return Section{"Best points", []Block{t}}, nil
}

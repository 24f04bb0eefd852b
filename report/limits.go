package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"lockstep/experiment"
)

// maps show what limits, over two settings.
func (w writer) maps() (Section, error) {
	s := Section{Title: "What limits"}
	all := w.o.Maps
	if all == nil {
		var err error
		if all, err = w.chosenMaps(); err != nil {
			return s, err
		}
	}
	for _, of := range all {
		m, err := w.r.Map(of.X, of.Y, of.Label, of.Metric)
		if err != nil {
			return s, err
		}
		if len(m.Words) == 0 {
			return s, fmt.Errorf("label %q is that of no point with %s, want one of %s", of.Label, of.Metric, listed(w.labels()))
		}
		b, err := w.limits(m)
		if err != nil {
			return s, err
		}
		s.Blocks = append(s.Blocks, b)
	}
	return s, nil
}

// labels returns the names of all labels, sorted.
func (w writer) labels() []string {
	seen := map[string]bool{}
	for _, row := range w.r.Rows {
		for name := range row.Labels {
			seen[name] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// chosenMaps has one for every label, over the two settings that make most
// difference to the first metric with a goal.
func (w writer) chosenMaps() ([]MapOf, error) {
	if len(w.goals) == 0 || len(w.e.Axes) < 2 {
		return nil, nil
	}
	metric := w.goals[0].Name
	found, err := w.r.Sensitivity(metric)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b experiment.Effect) int { return cmp.Compare(b.Mean, a.Mean) })
	var all []MapOf
	for _, label := range w.labels() {
		m, err := w.r.Map(found[0].Axis, found[1].Axis, label, metric)
		if err != nil {
			return nil, err
		}
		if len(m.Words) > 0 {
			all = append(all, MapOf{found[0].Axis, found[1].Axis, label, metric})
		}
	}
	return all, nil
}

// limits is a map as a plot, or as a table if it is too large for one.
func (w writer) limits(m experiment.Map) (Block, error) {
	metric, err := w.e.Metric(m.Metric)
	if err != nil {
		return nil, err
	}
	caption := fmt.Sprintf("The %s of the point with the best %s at each pair of %s and %s, whatever the other settings, with its %s in %s.",
		m.Label, m.Metric, m.X.Name(), m.Y.Name(), m.Metric, metric.Unit)
	if len(m.X.Values) > maxSide || len(m.Y.Values) > maxSide {
		return w.limitsTable(m, metric, caption), nil
	}
	g := Grid{
		Frame: Frame{Caption: caption, Source: w.sources(m.Metric)},
		X:     Categories{m.X.Name(), m.X.Labels()}, Y: Categories{m.Y.Name(), m.Y.Labels()},
		Value: Axis{Title: m.Metric, Unit: metric.Unit},
	}
	for _, row := range m.Cells {
		var places []Place
		for _, c := range row {
			p := Place{Word: c.Word}
			if c.Index >= 0 {
				p.Value = Number(c.Value)
			}
			places = append(places, p)
		}
		g.Cells = append(g.Cells, places)
	}
	return g, nil
}

func (w writer) limitsTable(m experiment.Map, metric experiment.Metric, caption string) Table {
	t := Table{Caption: caption, Shown: maxShown}
	add := columnsOf(&t)
	add(Column{Name: m.X.Name(), Align: AlignRight}, "setting")
	add(Column{Name: m.Y.Name(), Align: AlignRight}, "setting")
	add(Column{Name: m.Label}, "label")
	add(Column{Name: m.Metric, Unit: metric.Unit, Source: w.sources(m.Metric)}, "metric")
	x, y := m.X.Labels(), m.Y.Labels()
	for i, row := range m.Cells {
		for j, c := range row {
			if c.Index >= 0 {
				t.Rows = append(t.Rows, []Cell{Text(x[j]), Text(y[i]), Text(c.Word), Number(c.Value)})
			}
		}
	}
	return t
}

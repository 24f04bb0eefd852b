package report

import (
	"cmp"
	"fmt"
	"slices"

	"lockstep/experiment"
)

// points has the tables of all points: the metrics, and what else was measured.
func (w writer) points() Section {
	t := Table{Caption: "All points, in the order of the declaration.", Shown: maxShown, Columns: []Column{{Name: "point", Align: AlignRight}}}
	add := columnsOf(&t)
	w.addSettings(add)
	for _, m := range w.e.AllMetrics() {
		add(Column{Name: m.Name, Unit: m.Unit}, "metric")
	}
	labels := w.labels()
	for _, l := range labels {
		add(Column{Name: l}, "label")
	}
	add(Column{Name: "state"}, "of the point")
	for _, row := range w.r.Rows {
		cells := append([]Cell{Text(fmt.Sprint(row.Index))}, w.settings(row)...)
		for _, m := range w.e.AllMetrics() {
			cells = append(cells, value(row, m.Name))
		}
		for _, l := range labels {
			cells = append(cells, Text(row.Labels[l]))
		}
		state := map[experiment.State]string{experiment.Failed: "invalid"}[row.State]
		t.Rows = append(t.Rows, append(cells, Text(cmp.Or(state, string(row.State)))))
	}
	s := Section{"All points", []Block{t}}
	if more := w.further(); len(more.Columns) > 1 {
		s.Blocks = append(s.Blocks, more)
	}
	return s
}

// A quantityKey tells quantities of the same name in different units apart.
type quantityKey struct{ name, unit string }

// further is what was measured and is no metric of the experiment.
func (w writer) further() Table {
	t := Table{Caption: "What was measured besides.", Shown: maxShown, Columns: []Column{{Name: "point", Align: AlignRight}}}
	var keys []quantityKey
	for _, row := range w.r.Rows {
		for name, v := range row.Values {
			key := quantityKey{name, v.Unit}
			if _, err := w.e.Metric(name); err != nil && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	slices.SortFunc(keys, func(a, b quantityKey) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.unit, b.unit)) })
	add := columnsOf(&t)
	for _, k := range keys {
		add(Column{Name: k.name, Unit: k.unit}, "in "+k.unit)
	}
	for _, row := range w.r.Rows {
		cells := []Cell{Text(fmt.Sprint(row.Index))}
		for _, k := range keys {
			c := value(row, k.name)
			if row.Values[k.name].Unit != k.unit {
				c = Cell{}
			}
			cells = append(cells, c)
		}
		if len(row.Values) > 0 {
			t.Rows = append(t.Rows, cells)
		}
	}
	return t
}

// gaps says why points have no results.
func (w writer) gaps() Section {
	s := Section{Title: "Points without results"}
	if rows := w.r.With(experiment.Failed); len(rows) > 0 {
		t := Table{Caption: "Invalid points: configurations that cannot be built.", Shown: maxShown,
			Columns: []Column{{Name: "point", Align: AlignRight}, {Name: "settings"}, {Name: "reason"}}}
		for _, row := range rows {
			t.Rows = append(t.Rows, []Cell{Text(fmt.Sprint(row.Index)), Text(w.label(row)), Text(clean(row.Invalid))})
		}
		s.Blocks = append(s.Blocks, t)
	}
	if rows := w.r.With(experiment.Missing); len(rows) > 0 {
		t := Table{Caption: "Missing points: a phase that applies to them is not measured yet.", Shown: maxShown,
			Columns: []Column{{Name: "point", Align: AlignRight}, {Name: "settings"}}}
		for _, row := range rows {
			t.Rows = append(t.Rows, []Cell{Text(fmt.Sprint(row.Index)), Text(w.label(row))})
		}
		s.Blocks = append(s.Blocks, t)
	}
	if len(w.r.Corrupt) > 0 {
		t := Table{Caption: "Damaged files in the place of results; their points are missing.", Shown: maxShown, Columns: []Column{{Name: "file"}, {Name: "reason"}}}
		for _, c := range w.r.Corrupt {
			t.Rows = append(t.Rows, []Cell{Text(clean(c.File)), Text(clean(c.Reason))})
		}
		s.Blocks = append(s.Blocks, t)
	}
	return s
}

// reproduction says how to get the numbers again.
func (w writer) reproduction() Section {
	s := Section{Title: "Reproduction"}
	if len(w.o.Commands) > 0 {
		s.Blocks = append(s.Blocks, w.o.Commands)
	}
	s.Blocks = append(s.Blocks, Listing{Caption: "Declaration of the experiment", Text: string(w.e.YAML())})
	if versions := append(Versions{{"program that measured", w.r.Version}}, w.o.Versions...); w.r.Version != "" {
		s.Blocks = append(s.Blocks, versions)
	} else if len(w.o.Versions) > 0 {
		s.Blocks = append(s.Blocks, w.o.Versions)
	}
	return s
}

package report

import (
	"cmp"
	"fmt"
	"slices"

	"lockstep/experiment"
)

// fronts has a table and a plot for every Pareto front.
func (w writer) fronts() (Section, error) {
	fronts := w.o.Fronts
	if fronts == nil {
		fronts = w.chosenFronts()
	}
	s := Section{Title: "Pareto fronts"}
	for i, metrics := range fronts {
		if len(metrics) < 2 {
			return s, fmt.Errorf("front %d has %s, want at least 2", i+1, counted(len(metrics), "objective"))
		}
		blocks, err := w.front(metrics)
		if err != nil {
			return s, err
		}
		s.Blocks = append(s.Blocks, blocks...)
	}
	return s, nil
}

// chosenFronts are that of the first two metrics with a goal, or of those by
// which candidates were chosen, and then with what was measured of candidates.
func (w writer) chosenFronts() [][]string {
	var fronts [][]string
	if f := w.e.Refine; f != nil {
		if len(f.Pareto) > 1 {
			fronts = append(fronts, f.Pareto)
		}
		for _, m := range f.Metrics {
			if m.Goal != experiment.None {
				return append(fronts, []string{f.Pareto[0], m.Name})
			}
		}
		return fronts
	}
	if len(w.goals) < 2 {
		return nil
	}
	return [][]string{{w.goals[0].Name, w.goals[1].Name}}
}

// front returns the table and the plot of one front, nothing if no point has all
// metrics.
func (w writer) front(metrics []string) ([]Block, error) {
	front, err := w.r.Front(metrics...)
	if err != nil {
		return nil, err
	}
	if len(front) == 0 {
		return nil, nil
	}
	slices.SortStableFunc(front, func(a, b experiment.Row) int {
		return cmp.Compare(a.Values[metrics[0]].Value, b.Values[metrics[0]].Value)
	})
	t := Table{Caption: fmt.Sprintf("Pareto front of %s: no other point is nowhere worse and somewhere better.", listed(metrics)), Shown: maxShown}
	t.Columns = []Column{{Name: "no.", Align: AlignRight, Note: "the number in the figure; points with equal objectives share one"}}
	add := columnsOf(&t)
	for _, name := range metrics {
		m, err := w.e.Metric(name)
		if err != nil {
			return nil, err
		}
		add(Column{Name: name, Unit: m.Unit}, "metric")
	}
	w.addSettings(add)
	var numbered []experiment.Row
	for _, row := range front {
		if len(numbered) == 0 || !equal(numbered[len(numbered)-1], row, metrics) {
			numbered = append(numbered, row)
		}
		cells := []Cell{Text(fmt.Sprint(len(numbered)))}
		for _, name := range metrics {
			cells = append(cells, value(row, name))
		}
		t.Rows = append(t.Rows, append(cells, w.settings(row)...))
	}
	plot, err := w.frontPlot(metrics, numbered)
	if err != nil {
		return nil, err
	}
	return []Block{plot, t}, nil
}

func equal(a, b experiment.Row, metrics []string) bool {
	return !slices.ContainsFunc(metrics, func(m string) bool { return a.Values[m].Value != b.Values[m].Value })
}

// frontPlot shows all points by the first two objectives.
func (w writer) frontPlot(metrics []string, front []experiment.Row) (Scatter, error) {
	x, err := w.e.Metric(metrics[0])
	if err != nil {
		return Scatter{}, err
	}
	y, err := w.e.Metric(metrics[1])
	if err != nil {
		return Scatter{}, err
	}
	s := Scatter{Frame: Frame{Caption: fmt.Sprintf("Pareto front of %s.", listed(metrics)), Source: w.sources(x.Name)}}
	if more := w.sources(y.Name); more != s.Source {
		s.Source += "; " + more
	}
	on := map[int]bool{}
	for _, row := range front {
		on[row.Index] = true
		s.Front = append(s.Front, Point{row.Values[x.Name].Value, row.Values[y.Name].Value})
	}
	for _, row := range w.r.Rows {
		px, okX := row.Values[x.Name]
		py, okY := row.Values[y.Name]
		if okX && okY && !on[row.Index] {
			s.Others = append(s.Others, Point{px.Value, py.Value})
		}
	}
	s.X, s.Y = axis(x, xs(s.all())), axis(y, ys(s.all()))
	s.Description = fmt.Sprintf("Scatter plot of %s against %s: %s, %s of them on the front.",
		y.Name, x.Name, counted(len(s.Others)+len(s.Front), "point"), grouped(fmt.Sprint(len(s.Front))))
	if len(metrics) > 2 {
		s.Caption = fmt.Sprintf("Pareto front of %s, by the first two.", listed(metrics))
		return s, nil
	}
	s.Step = SmallerX
	if x.Goal == experiment.Max {
		s.Step = LargerX
	}
	return s, nil
}

// axis is that of a metric, logarithmic where values differ much.
func axis(m experiment.Metric, values []float64) Axis {
	return Axis{Title: m.Name, Unit: m.Unit, Log: spread(values)}
}

// spread says whether values, all above 0, differ by a factor of 20 or more.
func spread(values []float64) bool {
	low, high := slices.Min(values), slices.Max(values)
	return low >= 1/maxMagnitude && high >= 20*low
}

// value is the cell of a metric.
func value(row experiment.Row, metric string) Cell {
	v, ok := row.Values[metric]
	if !ok {
		return Cell{}
	}
	return Number(v.Value).From(v.Source)
}

// listed is a list in words, with an and.
func listed(items []string) string {
	if len(items) < 2 {
		return joined(items)
	}
	return joined(items[:len(items)-1]) + " and " + items[len(items)-1]
}

// columnsOf returns what adds a column to a table; where names are the same, the
// later one says what it is.
func columnsOf(t *Table) func(c Column, what string) {
	return func(c Column, what string) {
		for slices.ContainsFunc(t.Columns, func(o Column) bool { return o.Name == c.Name }) {
			c.Name += " (" + what + ")"
		}
		t.Columns = append(t.Columns, c)
	}
}

// addSettings adds a column for every setting that varies.
func (w writer) addSettings(add func(c Column, what string)) {
	for _, a := range w.e.Axes {
		for _, k := range a.Keys {
			add(Column{Name: k, Align: AlignRight}, "setting")
		}
	}
}

// settings are the cells of a point in those columns.
func (w writer) settings(row experiment.Row) []Cell {
	var cells []Cell
	for _, a := range w.e.Axes {
		for _, k := range a.Keys {
			cells = append(cells, Text(row.Settings[k]))
		}
	}
	return cells
}

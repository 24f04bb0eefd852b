package experiment

import "fmt"

// A Map is what limits over two axes: a grid of words.
type Map struct {
	X, Y   Axis
	Label  string   // whose words the cells hold
	Metric string   // that chooses among the points of a cell
	Cells  [][]Cell // one row for every value of Y, one cell for every value of X
	Words  []string // that occur, in lexical order
}

// A Cell is the best point at one value of both axes.
type Cell struct {
	Word  string  // "" if no point has the label and the metric
	Value float64 // of the metric
	Index int     // of the point, -1 if there is none
}

// Map returns, for every pair of values of two axes, the label of the point that
// has the best value of a metric with a goal, whatever the other axes: of equal
// points, the first.
func (r *Results) Map(x, y, label, metric string) (Map, error) {
	ax, err := r.Experiment.Axis(x)
	if err != nil {
		return Map{}, err
	}
	ay, err := r.Experiment.Axis(y)
	if err != nil {
		return Map{}, err
	}
	if x == y {
		return Map{}, fmt.Errorf("experiment: %s: axis is %q twice, want two axes", r.Experiment.Name, x)
	}
	m, err := r.Experiment.goal(metric)
	if err != nil {
		return Map{}, err
	}
	rows := make([][][]Row, len(ay.Values))
	for i := range rows {
		rows[i] = make([][]Row, len(ax.Values))
	}
	for _, row := range r.Rows {
		if row.Labels[label] != "" {
			i, j := ay.Position(row.Settings), ax.Position(row.Settings)
			rows[i][j] = append(rows[i][j], row)
		}
	}
	out := Map{X: ax, Y: ay, Label: label, Metric: metric}
	seen := map[string]bool{}
	for i := range rows {
		var cells []Cell
		for j := range rows[i] {
			c := Cell{Index: -1}
			if row, ok := best(rows[i][j], m, nil); ok {
				c = Cell{row.Labels[label], row.Values[metric].Value, row.Index}
				seen[c.Word] = true
			}
			cells = append(cells, c)
		}
		out.Cells = append(out.Cells, cells)
	}
	out.Words = sorted(seen)
	return out, nil
}

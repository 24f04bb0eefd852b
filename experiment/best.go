package experiment

// A Constraint bounds a metric.
type Constraint struct {
	Metric string
	Min    *float64 // at least; nil: no bound
	Max    *float64 // at most; nil: no bound
}

// Best returns the row with the best value of a metric that has a goal, among
// those that have it and meet every constraint; false if there is none. Of equal
// rows it is the first.
func (r *Results) Best(metric string, constraints ...Constraint) (Row, bool, error) {
	m, err := r.Experiment.goal(metric)
	if err != nil {
		return Row{}, false, err
	}
	for _, c := range constraints {
		if _, err := r.Experiment.Metric(c.Metric); err != nil {
			return Row{}, false, err
		}
	}
	row, ok := best(r.Rows, m, constraints)
	return row, ok, nil
}

func best(rows []Row, m Metric, constraints []Constraint) (Row, bool) {
	var winner Row
	found := false
	for _, row := range rows {
		v, ok := row.Values[m.Name]
		if !ok || !row.meets(constraints) {
			continue
		}
		if !found || m.Goal.better(v.Value, winner.Values[m.Name].Value) {
			winner, found = row, true
		}
	}
	return winner, found
}

// meets reports whether a row has every constrained metric within its bounds.
func (r Row) meets(constraints []Constraint) bool {
	for _, c := range constraints {
		v, ok := r.Values[c.Metric]
		if !ok || c.Min != nil && v.Value < *c.Min || c.Max != nil && v.Value > *c.Max {
			return false
		}
	}
	return true
}

package experiment

import (
	"math"
	"strings"
)

// An Effect is what one axis does to one metric while all other axes stay.
//
// Points that differ in this axis alone form a group. A group counts if it has
// the metric, above 0, at two values of the axis or more. Its factor is how many
// times better the best is than the worst: 1 where the axis makes no difference.
type Effect struct {
	Axis   string // its name
	Groups int    // that count
	Whole  int    // of them, with the metric at every value of the axis
	Mean   float64
	Most   float64  // the largest factor
	MostAt Settings // of the other axes, where that is; the first of equals
	Levels []Level  // one for every value of the axis, in its order
}

// A Level is one value of an axis over the whole groups.
type Level struct {
	Label string  // the value
	Mean  float64 // how many times worse than the best of its group: geometric mean, at least 1; 0 without whole groups
	Wins  int     // groups in which no value is better
}

// Sensitivity returns the effect of every axis, in their order, on a metric that
// has a goal. Mean is the geometric mean of the factors of all groups, which
// does not depend on the unit, nor on whether rates or times are compared; 0
// without groups.
func (r *Results) Sensitivity(metric string) ([]Effect, error) {
	m, err := r.Experiment.goal(metric)
	if err != nil {
		return nil, err
	}
	var effects []Effect
	for _, a := range r.Experiment.Axes {
		effects = append(effects, r.effect(a, m))
	}
	return effects, nil
}

// groups returns, by position on the axis, the values of a metric of points that
// differ in that axis alone, 0 where there is none above 0; and the settings of
// the other axes. Groups are in the order of their first points.
func (r *Results) groups(a Axis, m Metric) (groups [][]float64, others []Settings) {
	at := map[string]int{}
	for _, row := range r.Rows {
		v, ok := row.Values[m.Name]
		if !ok || v.Value <= 0 {
			continue
		}
		rest := r.Experiment.others(a, row.Settings)
		name := rest.identity()
		i, ok := at[name]
		if !ok {
			i = len(groups)
			at[name] = i
			groups, others = append(groups, make([]float64, len(a.Values))), append(others, rest)
		}
		groups[i][a.Position(row.Settings)] = v.Value
	}
	return groups, others
}

// others returns the settings of all axes but one.
func (e Experiment) others(but Axis, s Settings) Settings {
	rest := Settings{}
	for _, a := range e.Axes {
		if a.Name() != but.Name() {
			for _, k := range a.Keys {
				rest[k] = s[k]
			}
		}
	}
	return rest
}

// identity is a text that no other settings of the same keys have.
func (s Settings) identity() string {
	var b strings.Builder
	for _, k := range sorted(s) {
		b.WriteString(s[k] + "\x00") // no value has a control character
	}
	return b.String()
}

func (r *Results) effect(a Axis, m Metric) Effect {
	e := Effect{Axis: a.Name()}
	for _, label := range a.Labels() {
		e.Levels = append(e.Levels, Level{Label: label})
	}
	groups, others := r.groups(a, m)
	for g, values := range groups {
		best, worst, n := extremes(values, m.Goal)
		if n < 2 {
			continue
		}
		e.Groups++
		factor := times(best, worst)
		e.Mean += math.Log(factor)
		if factor > e.Most {
			e.Most, e.MostAt = factor, others[g]
		}
		if n < len(values) {
			continue
		}
		e.Whole++
		for i, v := range values {
			e.Levels[i].Mean += math.Log(times(best, v))
			if v == best {
				e.Levels[i].Wins++
			}
		}
	}
	if e.Groups > 0 {
		e.Mean = math.Exp(e.Mean / float64(e.Groups))
	}
	for i := range e.Levels {
		if e.Whole > 0 {
			e.Levels[i].Mean = math.Exp(e.Levels[i].Mean / float64(e.Whole))
		}
	}
	return e
}

// extremes returns the best and the worst value above 0, and how many there are.
func extremes(values []float64, g Goal) (best, worst float64, n int) {
	for _, v := range values {
		if v == 0 {
			continue
		}
		if n == 0 || g.better(v, best) {
			best = v
		}
		if n == 0 || g.better(worst, v) {
			worst = v
		}
		n++
	}
	return best, worst, n
}

// times returns how many times a is of b or b of a, whichever is at least 1.
func times(a, b float64) float64 { return max(a, b) / min(a, b) }

package experiment

import "maps"

// A Point is one combination of an experiment.
type Point struct {
	Index    int      // in the order of Points, from 0
	Settings Settings // base and axes
}

// Points returns the points in their order: that of nested loops over the axes,
// the first axis outermost, values as they are listed, excluded points left out.
func (e Experiment) Points() []Point {
	total := 1
	for _, a := range e.Axes {
		total *= len(a.Values)
	}
	var points []Point
	for n := range total {
		s := Settings{}
		maps.Copy(s, e.Base)
		for i, rest := len(e.Axes)-1, n; i >= 0; i-- {
			a := e.Axes[i]
			for j, k := range a.Keys {
				s[k] = a.Values[rest%len(a.Values)][j]
			}
			rest /= len(a.Values)
		}
		if !e.excluded(s) {
			points = append(points, Point{Index: len(points), Settings: s})
		}
	}
	return points
}

func (e Experiment) excluded(s Settings) bool {
	for _, x := range e.Exclude {
		if x.matches(s) {
			return true
		}
	}
	return false
}

// Label names a point by what varies: key=value in the order of the axes.
func (e Experiment) Label(s Settings) string {
	var keys []string
	for _, a := range e.Axes {
		keys = append(keys, a.Keys...)
	}
	return s.ordered(keys)
}

package experiment

import (
	"fmt"
	"slices"
	"sort"
)

// Ranks returns the Pareto rank of every vector of objectives: 0 for those that
// no other dominates, the Pareto front, 1 for those that only vectors of rank 0
// dominate, and so on. A vector dominates another if it is nowhere worse and
// somewhere better; equal vectors have equal ranks. Vectors and goals are of the
// same length, values finite, goals Min or Max.
//
// Source: efficient non-dominated sort with binary search, Zhang et al., "An
// efficient approach to nondominated sorting for evolutionary multiobjective
// optimization", IEEE Trans. Evolutionary Computation 19(2), 2015.
func Ranks(vectors [][]float64, goals []Goal) []int {
	order := make([]int, len(vectors))
	for i := range order {
		order[i] = i
	}
	// In this order a vector is dominated by earlier ones alone.
	slices.SortStableFunc(order, func(i, j int) int {
		for k, g := range goals {
			switch {
			case g.better(vectors[i][k], vectors[j][k]):
				return -1
			case g.better(vectors[j][k], vectors[i][k]):
				return 1
			}
		}
		return 0
	})
	ranks := make([]int, len(vectors))
	var fronts [][]int
	for _, i := range order {
		// What a front dominates, all fronts before it dominate.
		ranks[i] = sort.Search(len(fronts), func(rank int) bool {
			return !slices.ContainsFunc(fronts[rank], func(j int) bool { return dominates(vectors[j], vectors[i], goals) })
		})
		if ranks[i] == len(fronts) {
			fronts = append(fronts, nil)
		}
		fronts[ranks[i]] = append(fronts[ranks[i]], i)
	}
	return ranks
}

func dominates(a, b []float64, goals []Goal) bool {
	somewhere := false
	for i, g := range goals {
		if g.better(b[i], a[i]) {
			return false
		}
		somewhere = somewhere || g.better(a[i], b[i])
	}
	return somewhere
}

// Front returns the rows on the Pareto front of the metrics, in the order of the
// points, among those that have all of them. Every metric must have a goal.
func (r *Results) Front(metrics ...string) ([]Row, error) {
	var goals []Goal
	for _, name := range metrics {
		m, err := r.Experiment.goal(name)
		if err != nil {
			return nil, err
		}
		goals = append(goals, m.Goal)
	}
	var rows []Row
	var vectors [][]float64
	for _, row := range r.Rows {
		if v, ok := row.vector(metrics); ok {
			rows, vectors = append(rows, row), append(vectors, v)
		}
	}
	var front []Row
	for i, rank := range Ranks(vectors, goals) {
		if rank == 0 {
			front = append(front, rows[i])
		}
	}
	return front, nil
}

// vector returns the values of the metrics, and whether all are there.
func (r Row) vector(metrics []string) ([]float64, bool) {
	v := make([]float64, len(metrics))
	for i, name := range metrics {
		m, ok := r.Values[name]
		if !ok {
			return nil, false
		}
		v[i] = m.Value
	}
	return v, true
}

// goal returns the metric called name, which must have a goal.
func (e Experiment) goal(name string) (Metric, error) {
	m, err := e.Metric(name)
	if err == nil && m.Goal == None {
		err = fmt.Errorf("experiment: %s: metric %s has no goal, want min or max", e.Name, name)
	}
	return m, err
}

package experiment

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// table is the results of an experiment over a (1, 2, 4), b (x, y) and a metric
// whose value is f, NaN where there is no result.
func table(goal Goal, f func(a float64, b string) float64) *Results {
	e := Experiment{Name: "table", System: "s", Phase: "p", Axes: []Axis{Over("a", 1, 2, 4), Over("b", "x", "y")}, Metrics: []Metric{{"m", "s", goal}, {"n", "1", Max}}}
	r := &Results{Experiment: e, Version: "1"}
	for _, p := range e.Points() {
		row := Row{Point: p, State: Missing}
		if v := f(number(p.Settings, "a"), p.Settings["b"]); !math.IsNaN(v) {
			row.State = Complete
			row.Values = map[string]Measurement{"m": {"m", v, "s", "test"}, "n": {"n", float64(p.Index), "1", "test"}}
			row.Labels = map[string]string{"bound": []string{"memory", "compute"}[p.Index%2]}
		}
		r.Rows = append(r.Rows, row)
	}
	return r
}

func TestSensitivity(t *testing.T) {
	// m falls as 1/a, and b matters at a = 4 alone.
	r := table(Min, func(a float64, b string) float64 {
		if a == 4 && b == "y" {
			return 3 / a
		}
		return 1 / a
	})
	got, err := r.Sensitivity("m")
	require.NoError(t, err)
	require.Len(t, got, 2)
	a, b := got[0], got[1]
	require.Equal(t, []any{"a", 2, 2, 4.0, Settings{"b": "x"}}, []any{a.Axis, a.Groups, a.Whole, a.Most, a.MostAt})
	require.InDelta(t, math.Sqrt(4*2), a.Mean, 1e-12, "factors 4 (1, 1/2, 1/4) and 2 (1, 1/2, 3/4)")
	require.Equal(t, []string{"1", "2", "4"}, []string{a.Levels[0].Label, a.Levels[1].Label, a.Levels[2].Label})
	require.InDelta(t, math.Sqrt(4*2), a.Levels[0].Mean, 1e-12)
	require.InDelta(t, math.Sqrt(2*1), a.Levels[1].Mean, 1e-12)
	require.InDelta(t, math.Sqrt(1*1.5), a.Levels[2].Mean, 1e-12)
	require.Equal(t, []int{0, 1, 1}, []int{a.Levels[0].Wins, a.Levels[1].Wins, a.Levels[2].Wins})
	require.Equal(t, []any{"b", 3, 3, 3.0, Settings{"a": "4"}}, []any{b.Axis, b.Groups, b.Whole, b.Most, b.MostAt})
	require.InDelta(t, math.Cbrt(3), b.Mean, 1e-12)
	require.Equal(t, []int{3, 2}, []int{b.Levels[0].Wins, b.Levels[1].Wins})
}

// Times and rates, in any unit, have the same factors.
func TestSensitivityOfRates(t *testing.T) {
	time := func(a float64, b string) float64 {
		return a*a + float64(len(b)) + number(Settings{"x": map[string]string{"x": "0.1", "y": "7"}[b]}, "x")
	}
	times, err := table(Min, time).Sensitivity("m")
	require.NoError(t, err)
	rates, err := table(Max, func(a float64, b string) float64 { return 1000 / time(a, b) }).Sensitivity("m")
	require.NoError(t, err)
	for i := range times {
		require.InEpsilon(t, times[i].Mean, rates[i].Mean, 1e-12)
		require.InEpsilon(t, times[i].Most, rates[i].Most, 1e-12)
		require.Equal(t, times[i].MostAt, rates[i].MostAt)
		for j := range times[i].Levels {
			require.InEpsilon(t, times[i].Levels[j].Mean, rates[i].Levels[j].Mean, 1e-12)
			require.Equal(t, times[i].Levels[j].Wins, rates[i].Levels[j].Wins)
		}
	}
}

// Points without a result make a group smaller; of one point there is no group.
func TestSensitivityOfHoles(t *testing.T) {
	r := table(Min, func(a float64, b string) float64 {
		switch {
		case a == 1 && b == "x":
			return math.NaN()
		case b == "y" && a != 2:
			return 0 // no ratio
		}
		return a
	})
	got, err := r.Sensitivity("m")
	require.NoError(t, err)
	require.Equal(t, Effect{Axis: "a", Groups: 1, Mean: got[0].Mean, Most: 2, MostAt: Settings{"b": "x"}, Levels: []Level{{Label: "1"}, {Label: "2"}, {Label: "4"}}}, got[0])
	require.InDelta(t, 2, got[0].Mean, 1e-12)
	require.Equal(t, []int{1, 1}, []int{got[1].Groups, got[1].Whole})
	none, err := table(Min, func(float64, string) float64 { return math.NaN() }).Sensitivity("m")
	require.NoError(t, err)
	require.Equal(t, Effect{Axis: "b", Levels: []Level{{Label: "x"}, {Label: "y"}}}, none[1])
	_, err = r.Sensitivity("x")
	require.EqualError(t, err, `experiment: table: metric is "x", want one of m, n`)
}

func TestBest(t *testing.T) {
	r := table(Min, func(a float64, b string) float64 {
		if a == 2 {
			return math.NaN()
		}
		return a
	})
	at := func(v float64) *float64 { return &v }
	for _, tt := range []struct {
		metric string
		limits []Constraint
		want   int // -1: none
	}{
		{"m", nil, 0},
		{"n", nil, 5},
		{"n", []Constraint{{"m", nil, at(1)}}, 1},
		{"m", []Constraint{{"m", at(1.5), nil}}, 4},
		{"n", []Constraint{{"m", at(1), at(4)}, {"n", at(1), at(4)}}, 4},
		{"m", []Constraint{{"n", at(2), at(3)}}, -1},
	} {
		row, ok, err := r.Best(tt.metric, tt.limits...)
		require.NoError(t, err)
		require.Equal(t, tt.want >= 0, ok)
		if ok {
			require.Equal(t, tt.want, row.Index)
		}
	}
	_, _, err := r.Best("m", Constraint{Metric: "x"})
	require.EqualError(t, err, `experiment: table: metric is "x", want one of m, n`)
	_, _, err = table(None, func(float64, string) float64 { return 1 }).Best("m")
	require.EqualError(t, err, "experiment: table: metric m has no goal, want min or max")
}

func TestMap(t *testing.T) {
	r := table(Min, func(a float64, b string) float64 {
		if a == 2 && b == "x" {
			return math.NaN()
		}
		return a
	})
	m, err := r.Map("a", "b", "bound", "m")
	require.NoError(t, err)
	require.Equal(t, [][]Cell{
		{{"memory", 1, 0}, {"", 0, -1}, {"memory", 4, 4}},
		{{"compute", 1, 1}, {"compute", 2, 3}, {"compute", 4, 5}},
	}, m.Cells)
	require.Equal(t, []string{"compute", "memory"}, m.Words)
	require.Equal(t, []string{"1", "2", "4"}, m.X.Labels())

	_, _, toys := undisturbed(t)
	m, err = toys.Map("ports", "lanes", "bound", "cycles")
	require.NoError(t, err)
	require.Equal(t, Cell{"weights", toys.Rows[1].Values["cycles"].Value, 1}, m.Cells[0][0], "the faster packing")
	require.Equal(t, Cell{Index: -1}, m.Cells[0][2], "invalid")
	require.Equal(t, Cell{Index: -1}, m.Cells[3][2], "excluded")
	require.Equal(t, "lanes=16 ports=4 packing=2-bit beat=32", toy().Label(toys.Rows[m.Cells[1][2].Index].Settings), "the only valid one")
	require.Equal(t, "ports", m.Cells[3][0].Word)

	for _, tt := range []struct{ x, y, metric, want string }{
		{"a", "c", "m", `experiment: table: axis is "c", want one of a, b`},
		{"c", "a", "m", `experiment: table: axis is "c", want one of a, b`},
		{"a", "a", "m", `experiment: table: axis is "a" twice, want two axes`},
		{"a", "b", "x", `experiment: table: metric is "x", want one of m, n`},
	} {
		_, err := r.Map(tt.x, tt.y, "bound", tt.metric)
		require.EqualError(t, err, tt.want)
	}
}

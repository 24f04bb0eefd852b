package report

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot/vg"

	"lockstep/experiment"
)

// TestSwept pins the report of the sample experiment.
func TestSwept(t *testing.T) {
	d := pages(t)["swept"]
	text, err := d.Markdown("swept")
	require.NoError(t, err)
	golden(t, "swept.golden", text)
}

// load evaluates an experiment whose every point a function measures.
func load(t *testing.T, e experiment.Experiment, measure experiment.EvaluatorFunc, phases ...experiment.Phase) *experiment.Results {
	t.Helper()
	folder := t.TempDir()
	system := experiment.System{Name: e.System, Phases: append([]experiment.Phase{{Name: e.Phase, Evaluator: measure}}, phases...)}
	_, err := experiment.Run(t.Context(), e, experiment.Options{Registry: experiment.Registry{system}, Folder: folder, Version: "1", Jobs: 2})
	require.NoError(t, err)
	r, err := experiment.Load(folder, e, "1")
	require.NoError(t, err)
	return r
}

// declared is an experiment of one or more axes and metrics.
func declared(axes []experiment.Axis, metrics ...experiment.Metric) experiment.Experiment {
	return experiment.Experiment{Name: "e", System: "s", Axes: axes, Phase: "p", Metrics: metrics}
}

// sum measures every metric of an experiment as the sum of the settings.
func sum(metrics ...experiment.Metric) experiment.EvaluatorFunc {
	return func(_ context.Context, s experiment.Settings) (experiment.Measured, error) {
		total := 0.0
		for _, v := range s {
			n, err := strconv.ParseFloat(v, 64)
			if err != nil {
				return experiment.Measured{}, experiment.Invalid(errors.New("not a number: " + v))
			}
			total += n
		}
		m := experiment.Measured{Labels: map[string]string{"bound": "limit " + strconv.Itoa(int(total)%3)}}
		for i, one := range metrics {
			m.Values = append(m.Values, experiment.Measurement{Name: one.Name, Value: total * float64(i+1), Unit: one.Unit, Source: "sum"})
		}
		return m, nil
	}
}

// sections returns the titles of a document, and its blocks by title.
func sections(d *Document) (titles []string, blocks map[string][]Block) {
	blocks = map[string][]Block{}
	for _, s := range d.Sections {
		titles = append(titles, s.Title)
		blocks[s.Title] = s.Blocks
	}
	return titles, blocks
}

var (
	cycles  = experiment.Metric{Name: "cycles", Unit: "cycle", Goal: experiment.Min}
	speed   = experiment.Metric{Name: "speed", Unit: "1", Goal: experiment.Max}
	lutNeed = experiment.Metric{Name: "lut", Unit: "LUT", Goal: experiment.Min}
	note    = experiment.Metric{Name: "note", Unit: "1"}
)

// TestWithoutGoals: nothing is best, so that only the points remain.
func TestWithoutGoals(t *testing.T) {
	e := declared([]experiment.Axis{experiment.Over("a", 1, 2)}, note)
	d, err := FromExperiment(e, load(t, e, sum(note)), Options{})
	require.NoError(t, err)
	titles, blocks := sections(d)
	require.Equal(t, []string{"In brief", "What was swept", "All points", "Reproduction"}, titles)
	require.Equal(t, "Experiment e", d.Title)
	require.Equal(t, Versions{{"program that measured", "1"}}, blocks["Reproduction"][1])
	require.Equal(t, Paragraph("System s, 2 points: 2 are complete."), blocks["What was swept"][0])
}

// TestGaps: invalid points have reasons, missing ones are counted and listed,
// damaged files are named.
func TestGaps(t *testing.T) {
	e := declared([]experiment.Axis{experiment.Over("a", "1", "x", "3"), experiment.Over("b", 1, 2)}, cycles, speed)
	r := load(t, e, sum(cycles, speed))
	r.Rows[0] = experiment.Row{Point: r.Rows[0].Point, State: experiment.Missing}
	require.Equal(t, "not a number: x", r.Rows[2].Invalid)
	r.Rows[2].Invalid = "not\na \x00number: x\xff"
	r.Corrupt = []experiment.Damaged{{File: "p-0.json", Reason: "unexpected\nend"}}
	d, err := FromExperiment(e, r, Options{})
	require.NoError(t, err)
	_, blocks := sections(d)
	require.Equal(t, Paragraph("System s, 6 points: 3 are complete, 2 are invalid, 1 is missing, so that what follows may change."), blocks["What was swept"][0])
	gaps := blocks["Points without results"]
	require.Len(t, gaps, 3)
	require.Equal(t, []Cell{Text("2"), Text("a=x b=1"), Text("not a number: x\uFFFD")}, gaps[0].(Table).Rows[0])
	require.Equal(t, [][]Cell{{Text("0"), Text("a=1 b=1")}}, gaps[1].(Table).Rows)
	require.Equal(t, [][]Cell{{Text("p-0.json"), Text("unexpected end")}}, gaps[2].(Table).Rows)
	points := blocks["All points"][0].(Table)
	require.Equal(t, []Cell{Text("0"), Text("1"), Text("1"), {}, {}, Text(""), Text("missing")}, points.Rows[0])
	require.Equal(t, []Cell{Text("1"), Text("1"), Text("2"), Number(3).From("sum"), Number(6).From("sum"), Text("limit 0"), Text("complete")}, points.Rows[1])
	require.Equal(t, Text("invalid"), points.Rows[2][6])
}

// TestNothingMeasured: a report of nothing says so.
func TestNothingMeasured(t *testing.T) {
	e := declared([]experiment.Axis{experiment.Over("a", 1, 2), experiment.Over("b", 1, 2)}, cycles, speed)
	r, err := experiment.Load(t.TempDir(), e, "1")
	require.NoError(t, err)
	d, err := FromExperiment(e, r, Options{})
	require.NoError(t, err)
	titles, _ := sections(d)
	require.Equal(t, []string{"In brief", "What was swept", "All points", "Points without results", "Reproduction"}, titles)
	_, err = d.Files("x")
	require.NoError(t, err)
}

// TestFront compares the table and the plot with a search over all pairs.
func TestFront(t *testing.T) {
	for _, goals := range [][2]experiment.Goal{{"min", "min"}, {"min", "max"}, {"max", "min"}, {"max", "max"}} {
		x, y := experiment.Metric{Name: "x", Unit: "cycle", Goal: goals[0]}, experiment.Metric{Name: "y", Unit: "LUT", Goal: goals[1]}
		values := map[string][2]float64{}
		var names []string
		for i := range 40 {
			name := fmt.Sprintf("p%d", i)
			names = append(names, name)
			values[name] = [2]float64{float64(i*i*7%31 + 1), float64(i*13%29 + 1)}
		}
		measure := func(_ context.Context, s experiment.Settings) (experiment.Measured, error) {
			v := values[s["a"]]
			return experiment.Measured{Values: []experiment.Measurement{{Name: "x", Value: v[0], Unit: "cycle", Source: "s"}, {Name: "y", Value: v[1], Unit: "LUT", Source: "s"}}}, nil
		}
		e := declared([]experiment.Axis{experiment.Over("a", names...)}, x, y)
		d, err := FromExperiment(e, load(t, e, measure), Options{})
		require.NoError(t, err)
		_, blocks := sections(d)
		plot, table := blocks["Pareto fronts"][0].(Scatter), blocks["Pareto fronts"][1].(Table)
		sign := func(g experiment.Goal) float64 { return map[experiment.Goal]float64{"min": 1, "max": -1}[g] }
		dominated := func(v [2]float64) bool {
			return slices.ContainsFunc(slices.Collect(maps.Values(values)), func(o [2]float64) bool {
				dx, dy := sign(goals[0])*(v[0]-o[0]), sign(goals[1])*(v[1]-o[1])
				return dx >= 0 && dy >= 0 && dx+dy > 0
			})
		}
		distinct := map[Point]bool{}
		for name, v := range values {
			on := slices.ContainsFunc(table.Rows, func(row []Cell) bool { return row[3] == Text(name) })
			require.NotEqual(t, dominated(v), on, "%s %v", name, v)
			if on {
				distinct[Point{v[0], v[1]}] = true
			}
		}
		require.Len(t, plot.Front, len(distinct))
		require.Len(t, plot.Others, len(values)-len(plot.Front))
		for i, p := range plot.Front {
			require.True(t, distinct[p])
			require.True(t, i == 0 || plot.Front[i-1].X < p.X, "numbers go with x")
		}
		for _, row := range table.Rows {
			n, err := strconv.Atoi(row[0].text)
			require.NoError(t, err)
			require.Equal(t, Point{row[1].number, row[2].number}, plot.Front[n-1])
		}
		require.Equal(t, map[experiment.Goal]Step{"min": SmallerX, "max": LargerX}[goals[0]], plot.Step)
	}
}

// TestStairs: between two points of a front nothing better is claimed than one
// of them.
func TestStairs(t *testing.T) {
	s := Scatter{Step: SmallerX}
	two := []vg.Point{{X: 0, Y: 4}, {X: 1, Y: 1}}
	require.Equal(t, []vg.Point{{X: 0, Y: 4}, {X: 1, Y: 4}, {X: 1, Y: 1}}, s.stairs(two))
	s.Step = LargerX
	require.Equal(t, []vg.Point{{X: 0, Y: 4}, {X: 0, Y: 1}, {X: 1, Y: 1}}, s.stairs(two))
}

// TestOptions: what the caller names is what is shown.
func TestOptions(t *testing.T) {
	e := declared([]experiment.Axis{experiment.Over("a", 1, 2, 40), experiment.Over("b", 1, 2), experiment.Over("cycles", 0, 5)}, cycles, speed, lutNeed)
	r := load(t, e, sum(cycles, speed, lutNeed))
	o := Options{
		Title: "A title", Abstract: "An abstract", Fronts: [][]string{{"lut", "speed", "cycles"}},
		Maps:     []MapOf{{"b", "cycles", "bound", "speed"}},
		Sections: []Section{{"Against the paper", []Block{Paragraph("Nothing was published.")}}},
	}
	d, err := FromExperiment(e, r, o)
	require.NoError(t, err)
	titles, blocks := sections(d)
	require.Equal(t, []string{"In brief", "What was swept", "Pareto fronts", "Sensitivity", "Best points", "What limits", "Against the paper", "All points", "Reproduction"}, titles)
	require.Equal(t, "A title", d.Title)
	front := blocks["Pareto fronts"][0].(Scatter)
	require.Equal(t, NoStep, front.Step, "a projection has no border")
	require.Equal(t, Axis{"lut", "LUT", true}, front.X)
	var names []string
	for _, c := range blocks["Pareto fronts"][1].(Table).Columns {
		names = append(names, c.Name)
	}
	require.Equal(t, []string{"no.", "lut", "speed", "cycles", "a", "b", "cycles (setting)"}, names, "a setting may be called as a metric is")
	grid := blocks["What limits"][0].(Grid)
	require.Equal(t, []string{"1", "2"}, grid.X.Names)
	require.Equal(t, "cycles", grid.Y.Title)
	require.Equal(t, Place{"limit 1", Number(2 * 46)}, grid.Cells[1][0], "the most speed at b=1 cycles=5")

	for want, change := range map[string]func(*Options){
		"report: e: front 1 has 1 objective, want at least 2":                            func(o *Options) { o.Fronts = [][]string{{"lut"}} },
		`report: e: experiment: e: metric is "area", want one of cycles, speed, lut`:     func(o *Options) { o.Fronts = [][]string{{"lut", "area"}} },
		`report: e: experiment: e: axis is "z", want one of a, b, cycles`:                func(o *Options) { o.Maps = []MapOf{{"z", "a", "bound", "speed"}} },
		`report: e: label "limit" is that of no point with speed, want one of bound`:     func(o *Options) { o.Maps = []MapOf{{"b", "a", "limit", "speed"}} },
		`report: section "Against the paper": table 1: caption is empty, want some text`: func(o *Options) { o.Sections[0].Blocks = []Block{Table{}} },
	} {
		bad := o
		bad.Sections = slices.Clone(o.Sections)
		change(&bad)
		_, err := FromExperiment(e, r, bad)
		require.EqualError(t, err, want)
	}
}

// TestForeignResults: results must be of the experiment as it is declared.
func TestForeignResults(t *testing.T) {
	e := declared([]experiment.Axis{experiment.Over("a", 1, 2)}, cycles)
	r := load(t, e, sum(cycles))
	other := e
	other.Axes = []experiment.Axis{experiment.Over("a", 1, 3)}
	for _, results := range []*experiment.Results{r, nil} {
		_, err := FromExperiment(other, results, Options{})
		require.EqualError(t, err, "report: results are not those of experiment e as it is declared, want the same declaration")
	}
	_, err := FromExperiment(experiment.Experiment{Name: "Bad"}, r, Options{})
	require.EqualError(t, err, `report: experiment: name is "Bad", want lower-case letters, digits and single hyphens`)
}

// TestLarge: a page shows the first thousand of many points, a map that is too
// large for a plot is a table, and the files stay small.
func TestLarge(t *testing.T) {
	var values []int
	for i := range 40 {
		values = append(values, i+1)
	}
	e := declared([]experiment.Axis{experiment.Over("a", values...), experiment.Over("b", values...)}, cycles, speed)
	d, err := FromExperiment(e, load(t, e, sum(cycles, speed)), Options{})
	require.NoError(t, err)
	_, blocks := sections(d)
	require.Len(t, blocks["What limits"][0].(Table).Rows, 1600)
	files, err := d.Files("large")
	require.NoError(t, err)
	require.Less(t, len(files[0].Data), 1<<20)
	require.Contains(t, string(files[1].Data), "The first 1\u202f000 of 1\u202f600 rows; the CSV file has all.")
	points := slices.IndexFunc(files, func(f File) bool { return strings.Contains(string(f.Data[:30]), "point,a,b,cycles (cycle)") })
	require.Equal(t, 1601, strings.Count(string(files[points].Data), "\n"))
}

// TestFurther: what is measured besides the metrics is kept, also in two units.
func TestFurther(t *testing.T) {
	e := declared([]experiment.Axis{experiment.Over("a", 1, 2)}, cycles)
	r := load(t, e, func(ctx context.Context, s experiment.Settings) (experiment.Measured, error) {
		m, err := sum(cycles)(ctx, s)
		m.Values = append(m.Values, experiment.Measurement{Name: "time", Value: 3, Unit: map[string]string{"1": "s", "2": "ms"}[s["a"]], Source: "clock"})
		return m, err
	})
	d, err := FromExperiment(e, r, Options{})
	require.NoError(t, err)
	_, blocks := sections(d)
	table := blocks["All points"][1].(Table)
	require.Equal(t, []Column{{Name: "point", Align: AlignRight}, {Name: "time", Unit: "ms"}, {Name: "time (in s)", Unit: "s"}}, table.Columns)
	require.Equal(t, [][]Cell{{Text("0"), {}, Number(3).From("clock")}, {Text("1"), Number(3).From("clock"), {}}}, table.Rows)
}

// TestSameReport: a report does not depend on how the results came there.
func TestSameReport(t *testing.T) {
	e, first := results(t)
	folder := t.TempDir()
	o := experiment.Options{Registry: experiment.Registry{core()}, Folder: folder, Version: "1.2.3", Jobs: 1}
	for i := range 3 {
		o.Shard = experiment.Shard{Index: 3 - i, Count: 3}
		_, err := experiment.Run(t.Context(), e, o)
		require.NoError(t, err)
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, "notes.txt"), []byte("foreign"), 0o644))
	second, err := experiment.Load(folder, e, "1.2.3")
	require.NoError(t, err)
	var files [2][]File
	for i, r := range []*experiment.Results{first, second} {
		d, err := FromExperiment(e, r, Options{})
		require.NoError(t, err)
		files[i], err = d.Files("x")
		require.NoError(t, err)
	}
	require.Equal(t, files[0], files[1])
}

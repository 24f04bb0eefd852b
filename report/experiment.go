package report

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lockstep/experiment"
)

// Options say what a report of an experiment has besides its results.
type Options struct {
	Title    string            // "" for the name of the experiment
	Abstract string            // "" for its description
	Meanings map[string]string // of settings, metrics and labels, in words; may be nil
	Fronts   [][]string        // objectives of each Pareto front, at least 2; nil for a choice
	Maps     []MapOf           // nil for a choice
	Sections []Section         // before the table of all points, as comparisons with published numbers
	Commands Commands          // to get the results and the report again; may be nil
	Versions Versions          // of tools; that of the program is in the results

	Generator string // as in Document; may be empty
}

// A MapOf names what [experiment.Results.Map] is asked for.
type MapOf struct {
	X, Y, Label, Metric string
}

// maxShown is how many rows of points a page shows.
const maxShown = 1000

// recorded is the source of what is counted.
const recorded = "counted over the results"

// FromExperiment returns the report of what is recorded of an experiment: what
// was swept, how much of it is there, Pareto fronts, sensitivities, best points,
// what limits, and every point. It is an error if the results are of another
// experiment or the options name a metric, axis or label that it does not have.
func FromExperiment(e experiment.Experiment, r *experiment.Results, o Options) (*Document, error) {
	if err := e.Validate(); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if r == nil || !bytes.Equal(e.YAML(), r.Experiment.YAML()) {
		return nil, fmt.Errorf("report: results are not those of experiment %s as it is declared, want the same declaration", e.Name)
	}
	w := writer{e: e, r: r, o: o}
	for _, m := range e.AllMetrics() {
		if m.Goal != experiment.None {
			w.goals = append(w.goals, m)
		}
	}
	d, err := w.document()
	if err != nil {
		return nil, fmt.Errorf("report: %s: %w", e.Name, err)
	}
	if err := d.Validate(); err != nil {
		return nil, err
	}
	return d, nil
}

// A writer makes the sections of a report.
type writer struct {
	e     experiment.Experiment
	r     *experiment.Results
	o     Options
	goals []experiment.Metric // that have one
}

func (w writer) document() (*Document, error) {
	d := &Document{Title: w.o.Title, Abstract: w.o.Abstract, Generator: w.o.Generator}
	if d.Title == "" {
		d.Title = "Experiment " + w.e.Name
	}
	if d.Abstract == "" {
		d.Abstract = clean(w.e.Description)
	}
	sections := []func() (Section, error){w.brief, w.swept, w.fronts, w.sensitivity, w.best, w.maps}
	for _, make := range sections {
		s, err := make()
		if err != nil {
			return nil, err
		}
		if len(s.Blocks) > 0 {
			d.Sections = append(d.Sections, s)
		}
	}
	d.Sections = append(d.Sections, w.o.Sections...)
	for _, s := range []Section{w.points(), w.gaps(), w.reproduction()} {
		if len(s.Blocks) > 0 {
			d.Sections = append(d.Sections, s)
		}
	}
	return d, nil
}

// brief counts the points and names the best values.
func (w writer) brief() (Section, error) {
	count := func(name string, n int) KeyFigure {
		return KeyFigure{Name: name, Value: float64(n), Unit: "1", Source: recorded}
	}
	k := KeyFigures{count("points", len(w.r.Rows)), count("complete", len(w.r.With(experiment.Complete)))}
	if n := len(w.r.With(experiment.Failed)); n > 0 {
		k = append(k, count("invalid", n))
	}
	if n := len(w.r.With(experiment.Missing)); n > 0 {
		k = append(k, count("missing", n))
	}
	for _, m := range w.goals {
		row, ok, err := w.r.Best(m.Name)
		if err != nil {
			return Section{}, err
		}
		if ok {
			v := row.Values[m.Name]
			k = append(k, KeyFigure{Name: extreme(m.Goal) + " " + m.Name, Value: v.Value, Unit: v.Unit, Source: v.Source, Note: w.label(row)})
		}
	}
	return Section{"In brief", []Block{k}}, nil
}

// extreme is the word for the best value.
func extreme(g experiment.Goal) string {
	if g == experiment.Min {
		return "least"
	}
	return "most"
}

// swept says what varies, what does not, what is measured and how much is there.
func (w writer) swept() (Section, error) {
	axes := Table{
		Caption: "What varies. Settings of one row move together.",
		Columns: []Column{{Name: "setting"}, {Name: "meaning"}, {Name: "values"}, {Name: "number", Unit: "1", Source: "declaration"}},
	}
	for _, a := range w.e.Axes {
		axes.Rows = append(axes.Rows, []Cell{
			Text(joined(a.Keys)), Text(w.meanings(a.Keys)), Text(joined(a.Labels())), Number(float64(len(a.Values))),
		})
	}
	blocks := []Block{Paragraph(w.completeness()), w.dropEmpty(axes, "meaning")}
	if len(w.e.Base) > 0 {
		base := Table{Caption: "Settings of every point.", Columns: []Column{{Name: "setting"}, {Name: "meaning"}, {Name: "value"}}}
		for _, k := range slices.Sorted(maps.Keys(w.e.Base)) {
			base.Rows = append(base.Rows, []Cell{Text(k), Text(w.o.Meanings[k]), Text(w.e.Base[k])})
		}
		blocks = append(blocks, w.dropEmpty(base, "meaning"))
	}
	metrics := Table{
		Caption: "What is measured.",
		Columns: []Column{{Name: "metric"}, {Name: "meaning"}, {Name: "unit"}, {Name: "better"}, {Name: "measured at"}, {Name: "sources"}},
	}
	for i, m := range w.e.AllMetrics() {
		at := "all points"
		if i >= len(w.e.Metrics) {
			at = "candidates"
		}
		better := map[experiment.Goal]string{experiment.Min: "smaller", experiment.Max: "larger"}[m.Goal]
		metrics.Rows = append(metrics.Rows, []Cell{Text(m.Name), Text(w.o.Meanings[m.Name]), Text(m.Unit), Text(better), Text(at), Text(w.sources(m.Name))})
	}
	return Section{"What was swept", append(blocks, w.dropEmpty(metrics, "meaning"))}, nil
}

// completeness is a sentence or more about how much is recorded.
func (w writer) completeness() string {
	is := func(n int) string {
		if n == 1 {
			return "1 is"
		}
		return grouped(fmt.Sprint(n)) + " are"
	}
	text := fmt.Sprintf("System %s, %s: %s complete", w.e.System, counted(len(w.r.Rows), "point"), is(len(w.r.With(experiment.Complete))))
	if n := len(w.r.With(experiment.Failed)); n > 0 {
		text += ", " + is(n) + " invalid"
	}
	if n := len(w.r.With(experiment.Missing)); n > 0 {
		text += ", " + is(n) + " missing, so that what follows may change"
	}
	text += "."
	if f := w.e.Refine; f != nil {
		candidates := 0
		for _, row := range w.r.Rows {
			if row.Candidate {
				candidates++
			}
		}
		text += fmt.Sprintf(" Phase %s was measured at %s, those of the first %s of %s.",
			f.Phase, counted(candidates, "candidate"), counted(f.Ranks, "Pareto front"), joined(f.Pareto))
	}
	return text
}

// meanings returns what several settings mean.
func (w writer) meanings(keys []string) string {
	var all []string
	for _, k := range keys {
		if m := w.o.Meanings[k]; m != "" {
			all = append(all, m)
		}
	}
	return strings.Join(all, "; ")
}

// sources lists the sources of a metric, in the order of the points.
func (w writer) sources(metric string) string {
	var all []string
	for _, row := range w.r.Rows {
		if v, ok := row.Values[metric]; ok && !slices.Contains(all, v.Source) {
			all = append(all, v.Source)
		}
	}
	return strings.Join(all, "; ")
}

// label names a point by its settings.
func (w writer) label(row experiment.Row) string { return w.e.Label(row.Settings) }

// dropEmpty leaves out a column of text in which no row says anything.
func (writer) dropEmpty(t Table, name string) Table {
	j := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if slices.ContainsFunc(t.Rows, func(row []Cell) bool { return row[j].text != "" }) {
		return t
	}
	t.Columns = slices.Delete(t.Columns, j, j+1)
	for i := range t.Rows {
		t.Rows[i] = slices.Delete(t.Rows[i], j, j+1)
	}
	return t
}

// clean makes one line of a text that may hold anything, as a message of an
// error.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case plain("", string(r)) != nil:
			return utf8.RuneError
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

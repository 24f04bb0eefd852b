// Package experiment declares sweeps of a system's settings, evaluates their
// points in parallel, in shards and across interruptions, keeps every result in
// a file of its own, and analyses what is there. It knows nothing of the systems:
// the caller passes them in a [Registry].
package experiment

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Experiment is a sweep: every combination of the values of its axes.
type Experiment struct {
	Name        string    // lower-case letters, digits and hyphens
	Description string    // what it is to show, for people
	System      string    // of the registry
	Base        Settings  // of every point
	Axes        []Axis    // at least 1
	Exclude     []Exclude // points that are left out
	Phase       string    // of the system, evaluated at every point
	Metrics     []Metric  // of that phase, at least 1
	Refine      *Refine   // nil: nothing more
}

// A Refine evaluates an expensive phase at the best points only: those of the
// first Ranks Pareto fronts (see [Ranks]) of metrics of the first phase.
type Refine struct {
	Phase   string   // of the system, another than that of all points
	Pareto  []string // names of metrics of the first phase that have a goal, at least 1
	Ranks   int      // 1 is the front itself, at least 1; more allows for metrics that are estimates
	Metrics []Metric // of this phase, at least 1
}

// MaxPoints limits an experiment to what a folder of files can hold.
const MaxPoints = 100_000

var (
	lowerName   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
)

// Validate reports the first thing that is wrong. It does not know the system:
// [Run] compares the phases with it.
func (e Experiment) Validate() error {
	if !lowerName.MatchString(e.Name) {
		return fmt.Errorf("experiment: name is %q, want lower-case letters, digits and single hyphens", e.Name)
	}
	if err := e.validate(); err != nil {
		return fmt.Errorf("experiment: %s: %w", e.Name, err)
	}
	return nil
}

func (e Experiment) validate() error {
	if !lowerName.MatchString(e.System) {
		return fmt.Errorf("system is %q, want lower-case letters, digits and single hyphens", e.System)
	}
	if !utf8.ValidString(e.Description) || strings.ContainsFunc(e.Description, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		return fmt.Errorf("description is %q, want text without control characters but ends of lines", e.Description)
	}
	if !lowerName.MatchString(e.Phase) {
		return fmt.Errorf("phase is %q, want lower-case letters, digits and single hyphens", e.Phase)
	}
	if err := e.Base.validate(); err != nil {
		return fmt.Errorf("base: %w", err)
	}
	if err := e.validateAxes(); err != nil {
		return err
	}
	for i, x := range e.Exclude {
		if err := x.validate(e.Axes); err != nil {
			return fmt.Errorf("exclude[%d]: %w", i, err)
		}
	}
	if len(e.Points()) == 0 {
		return fmt.Errorf("exclude leaves no point, want at least one")
	}
	if err := validateMetrics(e.Metrics); err != nil {
		return err
	}
	if e.Refine != nil {
		if err := e.validateRefine(); err != nil {
			return fmt.Errorf("refine: %w", err)
		}
	}
	return nil
}

func (e Experiment) validateAxes() error {
	if len(e.Axes) == 0 {
		return fmt.Errorf("axes is empty, want at least one")
	}
	seen, points := map[string]bool{}, 1
	for i, a := range e.Axes {
		if err := a.validate(); err != nil {
			return fmt.Errorf("axes[%d]: %w", i, err)
		}
		for _, k := range a.Keys {
			if _, ok := e.Base[k]; ok {
				return fmt.Errorf("axes[%d]: %s is in base too, want it in one of them", i, k)
			}
			if seen[k] {
				return fmt.Errorf("axes[%d]: %s is in two axes, want it in one", i, k)
			}
			seen[k] = true
		}
		if points *= len(a.Values); points > MaxPoints {
			return fmt.Errorf("axes have more than %d combinations, want at most that", MaxPoints)
		}
	}
	return nil
}

func (e Experiment) validateRefine() error {
	r := e.Refine
	switch {
	case !lowerName.MatchString(r.Phase):
		return fmt.Errorf("phase is %q, want lower-case letters, digits and single hyphens", r.Phase)
	case r.Phase == e.Phase:
		return fmt.Errorf("phase is %q, want another than that of all points", r.Phase)
	case r.Ranks < 1:
		return fmt.Errorf("ranks is %d, want at least 1", r.Ranks)
	case len(r.Pareto) == 0:
		return fmt.Errorf("pareto is empty, want at least one metric")
	}
	for i, name := range r.Pareto {
		switch m, ok := find(e.Metrics, name); {
		case !ok:
			return fmt.Errorf("pareto[%d] is %q, want one of the metrics of all points: %s", i, name, names(e.Metrics))
		case m.Goal == None:
			return fmt.Errorf("pareto[%d]: metric %s has no goal, want min or max", i, name)
		case slices.Contains(r.Pareto[:i], name):
			return fmt.Errorf("pareto[%d] is %q again, want every metric once", i, name)
		}
	}
	if err := validateMetrics(r.Metrics); err != nil {
		return err
	}
	for i, m := range r.Metrics {
		if _, ok := find(e.Metrics, m.Name); ok {
			return fmt.Errorf("metrics[%d]: %s is a metric of all points too, want another name", i, m.Name)
		}
	}
	return nil
}

// AllMetrics returns the metrics of all points, then those of the refinement.
func (e Experiment) AllMetrics() []Metric {
	if e.Refine == nil {
		return slices.Clone(e.Metrics)
	}
	return slices.Concat(e.Metrics, e.Refine.Metrics)
}

// Metric returns the declared metric of that name.
func (e Experiment) Metric(name string) (Metric, error) {
	all := e.AllMetrics()
	if m, ok := find(all, name); ok {
		return m, nil
	}
	return Metric{}, fmt.Errorf("experiment: %s: metric is %q, want one of %s", e.Name, name, names(all))
}

// Axis returns the axis of that name.
func (e Experiment) Axis(name string) (Axis, error) {
	var all []string
	for _, a := range e.Axes {
		if a.Name() == name {
			return a, nil
		}
		all = append(all, a.Name())
	}
	return Axis{}, fmt.Errorf("experiment: %s: axis is %q, want one of %s", e.Name, name, listed(all))
}

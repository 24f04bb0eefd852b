package experiment

import (
	"fmt"
	"math"
	"slices"
)

// A Goal says which values of a metric are better.
type Goal string

// The goals.
const (
	None Goal = ""    // neither
	Min  Goal = "min" // smaller is better
	Max  Goal = "max" // larger is better
)

// better reports whether a is better than b; nothing is without a goal.
func (g Goal) better(a, b float64) bool {
	switch g {
	case Min:
		return a < b
	case Max:
		return a > b
	}
	return false
}

// A Metric declares what an experiment is about.
type Metric struct {
	Name string // as for settings
	Unit string // "cycle", "byte", "LUT", "1", ...; that of the measurement
	Goal Goal
}

// A Measurement is one number, never bare.
type Measurement struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`  // finite
	Unit   string  `json:"unit"`   // "cycle", "byte", "LUT", "1", ...
	Source string  `json:"source"` // "event model", "Yosys 0.23", "closed form", "published: <citation>", ...
}

// Measured is what a phase of a system says of one point.
type Measured struct {
	Values []Measurement     `json:"values"`           // names distinct, at least 1
	Labels map[string]string `json:"labels,omitempty"` // facts that are words, as the name of what limits
}

func (m Measured) validate() error {
	if len(m.Values) == 0 {
		return fmt.Errorf("nothing is measured, want at least one value")
	}
	seen := map[string]bool{}
	for _, v := range m.Values {
		switch {
		case !settingName.MatchString(v.Name):
			return fmt.Errorf("measurement is %q, want a letter or _, then letters, digits, _, . and -", v.Name)
		case seen[v.Name]:
			return fmt.Errorf("measurement %s is there twice, want it once", v.Name)
		case math.IsNaN(v.Value) || math.IsInf(v.Value, 0):
			return fmt.Errorf("measurement %s is %v, want a finite number", v.Name, v.Value)
		}
		if err := (Settings{"unit": v.Unit, "source": v.Source}).validate(); err != nil {
			return fmt.Errorf("measurement %s: %w", v.Name, err)
		}
		seen[v.Name] = true
	}
	if err := Settings(m.Labels).validate(); err != nil {
		return fmt.Errorf("labels: %w", err)
	}
	return nil
}

// covers reports a metric that is not measured, or in another unit.
func (m Measured) covers(metrics []Metric) error {
	for _, want := range metrics {
		at := slices.IndexFunc(m.Values, func(v Measurement) bool { return v.Name == want.Name })
		if at < 0 {
			var all []string
			for _, v := range m.Values {
				all = append(all, v.Name)
			}
			return fmt.Errorf("metric %s is not measured, want one of %s", want.Name, listed(all))
		}
		if got := m.Values[at].Unit; got != want.Unit {
			return fmt.Errorf("metric %s is measured in %q, the experiment wants %q", want.Name, got, want.Unit)
		}
	}
	return nil
}

func validateMetrics(metrics []Metric) error {
	if len(metrics) == 0 {
		return fmt.Errorf("metrics is empty, want at least one")
	}
	for i, m := range metrics {
		switch _, again := find(metrics[:i], m.Name); {
		case !settingName.MatchString(m.Name):
			return fmt.Errorf("metrics[%d]: name is %q, want a letter or _, then letters, digits, _, . and -", i, m.Name)
		case again:
			return fmt.Errorf("metrics[%d]: %s is there twice, want it once", i, m.Name)
		case m.Goal != None && m.Goal != Min && m.Goal != Max:
			return fmt.Errorf("metrics[%d]: goal of %s is %q, want min, max or none", i, m.Name, m.Goal)
		}
		if err := (Settings{"unit": m.Unit}).validate(); err != nil {
			return fmt.Errorf("metrics[%d]: %s: %w", i, m.Name, err)
		}
	}
	return nil
}

func find(metrics []Metric, name string) (Metric, bool) {
	at := slices.IndexFunc(metrics, func(m Metric) bool { return m.Name == name })
	if at < 0 {
		return Metric{}, false
	}
	return metrics[at], true
}

func names(metrics []Metric) string {
	var all []string
	for _, m := range metrics {
		all = append(all, m.Name)
	}
	return listed(all)
}

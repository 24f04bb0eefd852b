package experiment

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// A State says how far a point is.
type State string

// The states.
const (
	Complete State = "complete" // every phase that applies is measured
	Missing  State = "missing"  // a phase that applies has no result
	Failed   State = "failed"   // a phase that applies says that the point is invalid
)

// A Row is one point and all that is recorded of it.
type Row struct {
	Point
	State     State
	Candidate bool                   // it is among those that are refined
	Values    map[string]Measurement // of all phases, by name
	Labels    map[string]string      // of all phases
	Invalid   string                 // why it has failed
}

// A Damaged is a file in the place of a result that is none.
type Damaged struct {
	File   string // its name in the folder
	Reason string
}

// Results are what a folder holds of an experiment: the same for the same
// results, however they came there.
type Results struct {
	Experiment Experiment
	Version    string    // of the program that measured
	Rows       []Row     // every point, in the order of Points
	Corrupt    []Damaged // in the place of results; their points are missing
	SetAside   []string  // damaged files that Run has renamed
	Foreign    []string  // names of files that are no results
	Others     int       // results of other points, experiments, phases or versions
}

// With returns the rows in a state, in their order.
func (r *Results) With(s State) []Row {
	var rows []Row
	for _, row := range r.Rows {
		if row.State == s {
			rows = append(rows, row)
		}
	}
	return rows
}

// Load reads what a folder holds of an experiment, measured by one version of
// the program. It changes nothing. It is an error if the folder or a file in it
// cannot be read, and if the results lack a metric of the experiment or have it
// in another unit.
func Load(folder string, e Experiment, version string) (*Results, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	r := &Results{Experiment: e, Version: version}
	if err := r.load(store{folder}); err != nil {
		return nil, fmt.Errorf("experiment: %s: %w", e.Name, err)
	}
	return r, nil
}

func (r *Results) load(s store) error {
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return err
	}
	e := r.Experiment
	known := map[string]bool{}
	points := e.Points()
	measured := make([]*Measured, len(points))
	for i, p := range points {
		row := Row{Point: p, State: Complete, Values: map[string]Measurement{}, Labels: map[string]string{}}
		if measured[i], err = r.phase(s, &row, e.Phase, e.Metrics, known); err != nil {
			return err
		}
		r.Rows = append(r.Rows, row)
	}
	if e.Refine != nil && len(r.With(Missing)) == 0 {
		for i, yes := range e.candidates(measured) {
			row := &r.Rows[i]
			if row.Candidate = yes; yes {
				if _, err := r.phase(s, row, e.Refine.Phase, e.Refine.Metrics, known); err != nil {
					return err
				}
			}
		}
	}
	r.classify(entries, known)
	return nil
}

// phase adds the result of one phase to a row.
func (r *Results) phase(s store, row *Row, phase string, metrics []Metric, known map[string]bool) (*Measured, error) {
	k := r.Experiment.key(phase, r.Version, row.Point)
	name, err := k.name()
	if err != nil {
		return nil, err
	}
	known[name] = true
	res, err := s.read(k)
	var damaged damagedError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		row.State = Missing
		return nil, nil
	case errors.As(err, &damaged):
		row.State = Missing
		r.Corrupt = append(r.Corrupt, Damaged{name, err.Error()})
		return nil, nil
	case err != nil:
		return nil, err
	case res.Measured == nil:
		row.State, row.Invalid = Failed, res.Invalid
		return nil, nil
	}
	if err := res.Measured.covers(metrics); err != nil {
		return nil, fmt.Errorf("%s: point %s: %w", name, r.Experiment.Label(row.Settings), err)
	}
	for _, v := range res.Measured.Values {
		if _, again := row.Values[v.Name]; again {
			return nil, fmt.Errorf("%s: point %s: %s is measured in two phases, want it in one", name, r.Experiment.Label(row.Settings), v.Name)
		}
		row.Values[v.Name] = v
	}
	maps.Copy(row.Labels, res.Measured.Labels)
	return res.Measured, nil
}

var (
	resultName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*-[0-9a-f]{32}\.json$`)
	asideName  = regexp.MustCompile(`-[0-9a-f]{32}\.json\.corrupt(-\d+)?$`)
)

// classify sorts the other files of the folder.
func (r *Results) classify(entries []fs.DirEntry, known map[string]bool) {
	for _, entry := range entries {
		switch name := entry.Name(); {
		case known[name] || name == claimsFile || isDeclared(entry) || strings.HasSuffix(name, writingSuffix):
		case asideName.MatchString(name):
			r.SetAside = append(r.SetAside, name)
		case resultName.MatchString(name):
			r.Others++
		default:
			r.Foreign = append(r.Foreign, name)
		}
	}
	slices.Sort(r.SetAside)
	slices.Sort(r.Foreign)
}

// candidates says which points are refined, given what the first phase
// measured, nil for an invalid point.
func (e Experiment) candidates(measured []*Measured) []bool {
	chosen := make([]bool, len(measured))
	var at []int
	var objectives [][]float64
	for i, m := range measured {
		if m != nil {
			at = append(at, i)
			objectives = append(objectives, m.objectives(e.Refine.Pareto))
		}
	}
	var goals []Goal
	for _, name := range e.Refine.Pareto {
		m, _ := find(e.Metrics, name)
		goals = append(goals, m.Goal)
	}
	for i, rank := range Ranks(objectives, goals) {
		chosen[at[i]] = rank < e.Refine.Ranks
	}
	return chosen
}

// objectives returns the values of metrics, all of which are measured.
func (m *Measured) objectives(names []string) []float64 {
	values := make([]float64, len(names))
	for i, name := range names {
		at := slices.IndexFunc(m.Values, func(v Measurement) bool { return v.Name == name })
		values[i] = m.Values[at].Value
	}
	return values
}

package experiment

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// A System is what an experiment can vary.
type System struct {
	Name   string // lower-case letters, digits and hyphens
	Doc    string
	Keys   []string // settings that it knows; nil: any
	Phases []Phase  // at least 1, cheapest first
}

// A Phase measures a part of a system's metrics.
type Phase struct {
	Name      string // lower-case letters, digits and hyphens
	Evaluator Evaluator
}

// An Evaluator measures one point. What it returns must depend on the settings
// and the version of the program alone: no time of day, no seconds taken, no
// name of the machine. It is called from several goroutines at once.
//
// An error from [Invalid] is the result of the point: it is recorded, and not
// tried again. Any other is one of the surroundings, as a missing tool: nothing
// is recorded, the other points go on, and the next run tries again.
type Evaluator interface {
	Evaluate(ctx context.Context, point Settings) (Measured, error)
}

// An EvaluatorFunc is an Evaluator that is a function.
type EvaluatorFunc func(ctx context.Context, point Settings) (Measured, error)

// Evaluate calls f.
func (f EvaluatorFunc) Evaluate(ctx context.Context, point Settings) (Measured, error) {
	return f(ctx, point)
}

// An invalidError is the point's own.
type invalidError struct{ err error }

func (e invalidError) Error() string { return e.err.Error() }
func (e invalidError) Unwrap() error { return e.err }

// Invalid marks err as a property of the point, as a configuration that cannot
// be built: every evaluation gives it again. Invalid(nil) is nil.
func Invalid(err error) error {
	if err == nil {
		return nil
	}
	return invalidError{err}
}

// isInvalid reports whether err is from Invalid, and not of a context that ended.
func isInvalid(err error) bool {
	var invalid invalidError
	return errors.As(err, &invalid) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// A Registry lists the systems that experiments can name.
type Registry []System

// Find returns the system called name.
func (r Registry) Find(name string) (System, error) {
	s, err := r.find(name)
	if err != nil {
		err = fmt.Errorf("experiment: %w", err)
	}
	return s, err
}

func (r Registry) find(name string) (System, error) {
	var all []string
	for _, s := range r {
		if s.Name == name {
			return s, nil
		}
		all = append(all, s.Name)
	}
	return System{}, fmt.Errorf("system is %q, want one of %s", name, listed(all))
}

// phase returns the phase called name.
func (s System) phase(name string) (Phase, error) {
	var all []string
	for _, p := range s.Phases {
		if p.Name == name {
			return p, nil
		}
		all = append(all, p.Name)
	}
	return Phase{}, fmt.Errorf("system %s: phase is %q, want one of %s", s.Name, name, listed(all))
}

// A stage is a phase as an experiment uses it.
type stage struct {
	Phase
	metrics []Metric
}

// stages returns the stage of all points and, if e refines, that of candidates.
func (s System) stages(e Experiment) ([]stage, error) {
	if s.Keys != nil {
		for _, k := range sorted(e.Points()[0].Settings) {
			if !slices.Contains(s.Keys, k) {
				return nil, fmt.Errorf("system %s: setting is %q, want one of %s", s.Name, k, listed(s.Keys))
			}
		}
	}
	all, err := s.phase(e.Phase)
	if err != nil {
		return nil, err
	}
	stages := []stage{{all, e.Metrics}}
	if e.Refine != nil {
		refine, err := s.phase(e.Refine.Phase)
		if err != nil {
			return nil, fmt.Errorf("refine: %w", err)
		}
		stages = append(stages, stage{refine, e.Refine.Metrics})
	}
	return stages, nil
}

package experiment

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"
)

// Options say how an experiment runs.
type Options struct {
	Registry Registry
	Folder   string     // of the results; made if needed
	Version  string     // of the program: results of another are left alone
	Jobs     int        // points that are evaluated at the same time, at least 1
	Shard    Shard      // part of the points; the zero value is all of them
	Phase    string     // evaluate this phase only; "" means all
	Progress func(Step) // called after every point, not concurrently; may be nil
}

// A Step is what Run did about one point.
type Step struct {
	Phase       string
	Done, Total int // points of this phase and run
	Point       Point
	Reused      bool   // the result was there
	Invalid     string // why the point has no measurements
	SetAside    string // new name of a damaged file that was in the place of the result
	Err         error  // of the surroundings; nothing is recorded
}

// A Summary counts what Run did: points, once for every phase.
type Summary struct {
	Evaluated int      // here, invalid ones included
	Reused    int      // invalid ones included
	Invalid   int      // recorded with the reason
	Failed    int      // not recorded: the next run tries again
	SetAside  []string // new names of damaged files
	Waiting   bool     // candidates are not known: other shards have not ended
}

// Run evaluates the points of an experiment that have no result in the folder.
// It may be interrupted at any instant, and run again: what is recorded is whole
// and is not evaluated again. Several runs may share a folder: on Linux they
// divide the work that is left, elsewhere they may do some of it twice.
//
// A shard evaluates its own points in the first phase. Candidates of a
// refinement are known when the first phase of all shards has ended; whichever
// shards find it so share them, whatever their numbers, so that all shards one
// after the other do what one run does.
//
// A damaged file in the place of a result is renamed and the point evaluated
// again. An error of the disk ends the run; an evaluator's that is not
// [Invalid] is reported at the end. ctx ends the run between points, and is
// passed to the evaluators.
func Run(ctx context.Context, e Experiment, o Options) (Summary, error) {
	s, err := e.run(ctx, o)
	if err != nil {
		err = fmt.Errorf("experiment: %s: %w", e.Name, err)
	}
	return s, err
}

func (e Experiment) run(ctx context.Context, o Options) (Summary, error) {
	if err := e.validate(); err != nil {
		return Summary{}, err
	}
	if err := o.validate(); err != nil {
		return Summary{}, err
	}
	system, err := o.Registry.find(e.System)
	if err != nil {
		return Summary{}, err
	}
	stages, err := system.stages(e)
	if err != nil {
		return Summary{}, err
	}
	if o.Phase != "" && !slices.ContainsFunc(stages, func(s stage) bool { return s.Name == o.Phase }) {
		return Summary{}, fmt.Errorf("phase is %q, want one of the experiment", o.Phase)
	}
	if err := os.MkdirAll(o.Folder, 0o777); err != nil {
		return Summary{}, err
	}
	r := &runner{experiment: e, options: o, store: store{o.Folder}}
	defer r.close()
	if err := r.store.declare(e); err != nil {
		return Summary{}, err
	}
	err = r.stages(ctx, stages)
	slices.Sort(r.summary.SetAside)
	return r.summary, err
}

// stages does the phases that are wanted.
func (r *runner) stages(ctx context.Context, stages []stage) error {
	points := r.experiment.Points()
	for i, st := range stages {
		if r.options.Phase != "" && r.options.Phase != st.Name {
			continue
		}
		todo := r.options.Shard.of(points)
		if i > 0 {
			var err error
			if todo, err = r.candidates(points); err != nil || r.summary.Waiting {
				return err
			}
		}
		if err := r.stage(ctx, st, todo); err != nil {
			return err
		}
	}
	return nil
}

func (o Options) validate() error {
	if o.Jobs < 1 {
		return fmt.Errorf("jobs is %d, want at least 1", o.Jobs)
	}
	if err := (Settings{"version": o.Version}).validate(); err != nil {
		return err
	}
	if o.Folder == "" {
		return fmt.Errorf("the folder has no name, want one")
	}
	return o.Shard.validate()
}

// A runner is the state of Run.
type runner struct {
	experiment Experiment
	options    Options
	store      store

	open      sync.Once
	claims    *claims
	claimsErr error

	mu      sync.Mutex
	summary Summary
	done    int
	total   int
	failed  map[int]error // by index of the point
}

func (r *runner) close() {
	if r.claims != nil {
		_ = r.claims.close() // nothing was written to it
	}
}

// candidates returns the points that are refined, or sets Waiting.
func (r *runner) candidates(points []Point) ([]Point, error) {
	measured := make([]*Measured, len(points))
	for i, p := range points {
		res, err := r.store.read(r.experiment.key(r.experiment.Phase, r.options.Version, p))
		var damaged damagedError
		switch {
		case errors.Is(err, fs.ErrNotExist) || errors.As(err, &damaged):
			r.summary.Waiting = true
			return nil, nil
		case err != nil:
			return nil, err
		}
		if res.Measured != nil {
			if err := res.Measured.covers(r.experiment.Metrics); err != nil {
				return nil, fmt.Errorf("point %s: %w", r.experiment.Label(p.Settings), err)
			}
		}
		measured[i] = res.Measured
	}
	var chosen []Point
	for i, yes := range r.experiment.candidates(measured) {
		if yes {
			chosen = append(chosen, points[i])
		}
	}
	return chosen, nil
}

// patience is how long stage waits for another process, at first and at most.
var patience = struct{ first, most time.Duration }{20 * time.Millisecond, time.Second}

// stage does the points of one phase. Those that another process evaluates are
// looked at again until they have a result or are free.
func (r *runner) stage(ctx context.Context, st stage, points []Point) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.done, r.total, r.failed = 0, len(points), map[int]error{}
	all := points
	for wait := patience.first; len(points) > 0; {
		busy := r.pass(ctx, cancel, st, points)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if len(busy) < len(points) {
			wait = patience.first
		}
		if points = busy; len(points) > 0 {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(wait):
			}
			wait = min(2*wait, patience.most)
		}
	}
	r.tidy(st, all)
	return r.failure(st)
}

// failure joins what kept points from being recorded.
func (r *runner) failure(st stage) error {
	if len(r.failed) == 0 {
		return nil
	}
	first := sorted(r.failed)[0]
	label := r.experiment.Label(r.experiment.Points()[first].Settings)
	return fmt.Errorf("phase %s: %d of %d points could not be evaluated; the first is %s: %w", st.Name, len(r.failed), r.total, label, r.failed[first])
}

// pass goes over the points once, several at a time, and returns those that
// another process evaluates. An error of the disk cancels ctx.
func (r *runner) pass(ctx context.Context, cancel context.CancelCauseFunc, st stage, points []Point) []Point {
	jobs := make(chan Point)
	var busy []Point
	var wg sync.WaitGroup
	for range min(r.options.Jobs, len(points)) {
		wg.Go(func() {
			for p := range jobs {
				switch err := r.point(ctx, st, p); {
				case errors.Is(err, errClaimed):
					r.mu.Lock()
					busy = append(busy, p)
					r.mu.Unlock()
				case err != nil:
					cancel(err)
				}
			}
		})
	}
	for _, p := range points {
		if ctx.Err() != nil {
			break
		}
		select {
		case jobs <- p:
		case <-ctx.Done():
		}
	}
	close(jobs)
	wg.Wait()
	return busy
}

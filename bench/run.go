package bench

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"time"
)

// DefaultTime is the time per measurement when Options give none. All layers
// take about a minute then.
const DefaultTime = 1500 * time.Millisecond

// maxTime is the longest time per measurement.
const maxTime = 10 * time.Minute

// Options say how Run measures.
type Options struct {
	Time time.Duration  // per row, all rounds together, up to 10 min; 0 means DefaultTime. A round is one call at least
	Only *regexp.Regexp // of the names of layers; nil means all

	// Progress, if not nil, is told how many of the layers that Run measures are
	// done, and what begins now.
	Progress func(done, total int, step string)
}

// validate reports a time out of range.
func (o Options) validate() error {
	if o.Time < 0 || o.Time > maxTime {
		return fmt.Errorf("bench: Time is %v, want 0 for %v or up to %v", o.Time, DefaultTime, maxTime)
	}
	return nil
}

// Run prepares and measures the layers one after another. On failure, and when
// ctx ends, it returns the error together with the layers that are complete.
// What is not installed is no failure: the row says so.
func Run(ctx context.Context, o Options) (*Result, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	chosen, err := selected(o.Only)
	if err != nil {
		return nil, err
	}
	if o.Time == 0 {
		o.Time = DefaultTime
	}
	r := newResult(o.Time)
	for i, s := range chosen {
		note := func(step string) {
			if o.Progress != nil {
				o.Progress(i, len(chosen), s.Name+": "+step)
			}
		}
		if err := ctx.Err(); err != nil {
			return r, fmt.Errorf("bench: %s: %w", s.Name, err)
		}
		rows, err := s.rows(ctx, o.Time, note)
		if err != nil {
			return r, fmt.Errorf("bench: %s: %w", s.Name, err)
		}
		r.Rows = append(r.Rows, rows...)
	}
	return r, nil
}

// rows prepares and measures one layer.
func (s spec) rows(ctx context.Context, budget time.Duration, note func(step string)) (rows []Row, err error) {
	note("preparing")
	sub, err := s.prepare(ctx, note)
	if err != nil {
		return nil, err
	}
	if sub.close != nil {
		defer func() { err = errors.Join(err, sub.close()) }()
	}
	if len(sub.ways) > 0 {
		if rows, err = sub.measure(ctx, budget, note); err != nil {
			return nil, err
		}
	}
	for _, m := range sub.missing {
		rows = append(rows, Row{What: m.what, Item: sub.item, Missing: m.why})
	}
	for i := range rows {
		rows[i].Layer = s.Name
	}
	return rows, nil
}

// newResult describes this run.
func newResult(budget time.Duration) *Result {
	return &Result{
		Platform:    runtime.GOOS + "/" + runtime.GOARCH,
		CPUs:        runtime.GOMAXPROCS(0),
		Go:          runtime.Version(),
		TimeSeconds: budget.Seconds(),
		Rows:        []Row{},
	}
}

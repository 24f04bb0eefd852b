package bench

import (
	"context"
	"runtime"
	"time"
)

// A way is one way of doing the work of a layer.
type way struct {
	what  string  // the row
	items float64 // of the subject's item that one call does, above 0

	// call does the work once and returns the cycles that it simulated, 0 if it
	// simulates nothing. nil means that the time was taken before: recorded.
	call     func(ctx context.Context) (cycles int64, err error)
	recorded time.Duration
}

// A subject is a layer ready to be measured. The first way is the reference of
// the others.
type subject struct {
	item    string // what the ways are counted in: "token", "op"
	ways    []way
	missing []missing    // rows that cannot be measured
	close   func() error // ends what was started; may be nil
}

// A missing is a row that cannot be measured, and why.
type missing struct{ what, why string }

// The rounds of a layer, an odd number, so that a median is one of them. Each
// round times every way once, in turn.
const (
	minRounds = 3
	maxRounds = 9
)

// maxCalls bounds the calls of one round.
const maxCalls = 1 << 30

// measure times all ways of s in turns. Each has about the budget in all, but
// at least one call per round.
func (s *subject) measure(ctx context.Context, budget time.Duration, note func(step string)) ([]Row, error) {
	note("warming up")
	calls := make([]int, len(s.ways))
	rounds := maxRounds
	for i, w := range s.ways {
		if w.call == nil {
			calls[i] = 1
			continue
		}
		n, took, err := w.calibrate(ctx, budget/maxRounds)
		if err != nil {
			return nil, err
		}
		calls[i] = n
		if n == 1 {
			rounds = min(rounds, int(budget/max(took, 1)))
		}
	}
	rounds = max(rounds, minRounds)
	rounds -= 1 - rounds%2
	note("measuring")
	samples := make([]samples, len(s.ways))
	for range rounds {
		for i, w := range s.ways {
			sample, err := w.sample(ctx, calls[i])
			if err != nil {
				return nil, err
			}
			samples[i] = append(samples[i], sample)
		}
	}
	rows := make([]Row, len(s.ways))
	for i, w := range s.ways {
		rows[i] = s.row(w, calls[i], samples[i], samples[0])
		if i > 0 {
			rows[i].Reference = s.ways[0].what
		}
	}
	return rows, nil
}

// calibrate warms w up and returns the calls that take at least slot, and how
// long they took.
func (w *way) calibrate(ctx context.Context, slot time.Duration) (calls int, took time.Duration, err error) {
	slot = max(slot, 20*time.Microsecond) // what a clock can resolve
	for n := 1; ; {
		_, took, err := w.time(ctx, n)
		if err != nil {
			return 0, 0, err
		}
		if took >= slot || n >= maxCalls {
			return n, took, nil
		}
		// A tenth more than is wanted, but no more than a hundredfold.
		more := 1.1 * float64(n) * float64(slot) / float64(max(took, 1))
		n = min(max(int(min(more, 100*float64(n))), n+1), maxCalls)
	}
}

// time does n calls.
func (w *way) time(ctx context.Context, n int) (cycles int64, took time.Duration, err error) {
	start := time.Now()
	for range n {
		if err := ctx.Err(); err != nil {
			return 0, 0, err
		}
		c, err := w.call(ctx)
		if err != nil {
			return 0, 0, err
		}
		cycles += c
	}
	return cycles, time.Since(start), nil
}

// sample times one round. It begins after a collection, so that no way pays for
// what another has left.
func (w *way) sample(ctx context.Context, calls int) (sample, error) {
	if w.call == nil {
		return sample{secondsPerItem: w.recorded.Seconds() / w.items}, nil
	}
	runtime.GC()
	cycles, took, err := w.time(ctx, calls)
	if err != nil {
		return sample{}, err
	}
	seconds := max(took, 1).Seconds()
	return sample{seconds / (w.items * float64(calls)), float64(cycles) / seconds}, nil
}

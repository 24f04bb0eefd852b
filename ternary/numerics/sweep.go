package numerics

import (
	"context"
	"fmt"
	"sync"

	"lockstep/ternary"
	"lockstep/ternary/fixed"
	"lockstep/ternary/float"
)

// A Text is what a sweep scores, from the first token to the last without a
// reset of the state.
type Text struct {
	Tokens []int // at least 2
	Bytes  int   // length in bytes of all tokens but the first, which is not scored
}

// Progress is called after each configuration, not concurrently: done of total
// are measured, row is the last of them.
type Progress func(done, total int, row Row)

// Sweep scores text in every configuration of g, at most workers at a time, and
// once with the float model. Rows come methods first, then widths, then
// fraction bits, in the order of g, and do not depend on workers; impossible
// ones are there and say why. progress may be nil.
//
// It reports an error if g is invalid, workers is below 1, ternary.Evaluate
// does, or ctx ends.
func Sweep(ctx context.Context, w *ternary.Weights, text Text, g Grid, workers int, progress Progress) ([]Row, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	if workers < 1 {
		return nil, fmt.Errorf("numerics: workers is %d, want at least 1", workers)
	}
	if err := w.Validate(); err != nil {
		return nil, fmt.Errorf("numerics: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &sweep{weights: w, text: text, rows: g.rows(), progress: progress, scored: make(chan struct{})}
	for i := range s.rows {
		if s.rows[i].Impossible == "" {
			s.possible = append(s.possible, i)
		}
	}
	// The float model goes first: rows wait for its score.
	jobs := make(chan func(context.Context) error, 1+len(s.possible))
	jobs <- s.scoreFloat
	for _, i := range s.possible {
		jobs <- func(ctx context.Context) error { return s.score(ctx, &s.rows[i]) }
	}
	close(jobs)
	var wg sync.WaitGroup
	for range min(workers, len(jobs)) {
		wg.Go(func() {
			for job := range jobs {
				if err := job(ctx); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("numerics: %w", err)
	}
	return s.rows, nil
}

// A sweep is the state of Sweep.
type sweep struct {
	weights  *ternary.Weights
	text     Text
	rows     []Row
	possible []int // of rows
	progress Progress

	scored chan struct{} // closed when float is set
	float  ternary.Score

	mu   sync.Mutex
	done int
}

func (s *sweep) scoreFloat(ctx context.Context) error {
	score, err := ternary.Evaluate(ctx, float.New(s.weights).NewSession(), s.text.Tokens, s.text.Bytes)
	if err != nil {
		return err
	}
	s.float = score
	close(s.scored)
	return nil
}

// score measures one row.
func (s *sweep) score(ctx context.Context, r *Row) error {
	m, err := fixed.New(s.weights, r.Config())
	if err != nil {
		return err
	}
	session := m.NewSession()
	score, err := ternary.Evaluate(ctx, session, s.text.Tokens, s.text.Bytes)
	if err != nil {
		return fmt.Errorf("width %d, frac %d, sigmoid %v: %w", r.Width, r.Frac, r.Sigmoid, err)
	}
	select {
	case <-s.scored:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	agreement, err := score.Agreement(s.float)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Result = &Result{
		Bits:       score.BitsPerByte,
		FloatBits:  s.float.BitsPerByte,
		Difference: 100 * (score.BitsPerByte/s.float.BitsPerByte - 1),
		Agreement:  100 * agreement,
		Saturated:  session.Saturated,
		Clipped:    m.Clipped,
	}
	s.done++
	if s.progress != nil {
		s.progress(s.done, len(s.possible), *r)
	}
	return nil
}

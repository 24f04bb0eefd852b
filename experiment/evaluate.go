package experiment

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func (e Experiment) key(phase, version string, p Point) key {
	return key{System: e.System, Phase: phase, Version: version, Settings: p.Settings}
}

// point makes sure that a point has a result. The error is errClaimed, that of
// the disk or of ctx, or says that the experiment wants what is not measured.
func (r *runner) point(ctx context.Context, st stage, p Point) error {
	k := r.experiment.key(st.Name, r.options.Version, p)
	step := Step{Phase: st.Name, Point: p}
	res, err := r.store.read(k)
	if step.Reused = err == nil; !step.Reused {
		res, err = r.claimed(ctx, st, k, &step)
	}
	if err == nil && res.Measured != nil {
		if e := res.Measured.covers(st.metrics); e != nil {
			err = fmt.Errorf("point %s: %w", r.experiment.Label(p.Settings), e)
		}
	}
	step.Invalid = res.Invalid
	if err == nil {
		r.step(step)
	}
	return err
}

// claimed evaluates a point that has no result, unless another process does.
func (r *runner) claimed(ctx context.Context, st stage, k key, step *Step) (result, error) {
	if _, err := r.claim(k); err != nil {
		return result{}, err
	}
	defer r.claims.release(k)
	res, err := r.store.read(k) // another process may have ended it before the claim
	var damaged damagedError
	switch {
	case err == nil:
		step.Reused = true
		return res, nil
	case errors.As(err, &damaged):
		if step.SetAside, err = r.store.setAside(k); err != nil {
			return result{}, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return result{}, err
	}
	if res, err = evaluate(ctx, st, k); err != nil {
		if ctx.Err() != nil {
			return result{}, context.Cause(ctx)
		}
		step.Err = err
		return result{}, nil
	}
	return res, r.store.write(res)
}

// claim takes k, or returns errClaimed. firm says that no other process has it.
func (r *runner) claim(k key) (firm bool, err error) {
	r.open.Do(func() { r.claims, r.claimsErr = openClaims(r.store.folder) })
	if r.claimsErr != nil {
		return false, r.claimsErr
	}
	return r.claims.claim(k)
}

// tidy removes what writers of points that are done left when they were killed:
// nobody writes a point while its claim is held here. What cannot be removed
// does no harm, and the next run tries again.
func (r *runner) tidy(st stage, points []Point) {
	left, err := r.store.abandoned()
	if err != nil || len(left) == 0 {
		return
	}
	for _, p := range points {
		k := r.experiment.key(st.Name, r.options.Version, p)
		name, err := k.name()
		if err != nil || len(left[name]) == 0 {
			continue
		}
		firm, err := r.claim(k)
		if err != nil {
			continue
		}
		for _, file := range left[name] {
			if firm {
				_ = os.Remove(filepath.Join(r.store.folder, file))
			}
		}
		r.claims.release(k)
	}
}

// evaluate returns what is to be recorded. An evaluator that panics has failed.
func evaluate(ctx context.Context, st stage, k key) (res result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the evaluator panics: %v", p)
		}
	}()
	if err := ctx.Err(); err != nil {
		return result{}, err
	}
	m, err := st.Evaluator.Evaluate(ctx, k.Settings.clone())
	switch {
	case err == nil:
		return result{key: k, Measured: &m}, m.validate()
	case ctx.Err() == nil && isInvalid(err):
		return result{key: k, Invalid: strings.ToValidUTF8(err.Error(), "\uFFFD")}, nil // as JSON has it
	}
	return result{}, err
}

// step counts and reports one point.
func (r *runner) step(s Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	s.Done, s.Total = r.done, r.total
	switch {
	case s.Err != nil:
		r.summary.Failed++
		r.failed[s.Point.Index] = s.Err
	case s.Reused:
		r.summary.Reused++
	default:
		r.summary.Evaluated++
	}
	if s.Invalid != "" {
		r.summary.Invalid++
	}
	if s.SetAside != "" {
		r.summary.SetAside = append(r.summary.SetAside, s.SetAside)
	}
	if r.options.Progress != nil {
		r.options.Progress(s)
	}
}

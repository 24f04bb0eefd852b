package whatif

import (
	"context"
	"sync"

	"lockstep/hecross/lower"
	"lockstep/systolic/tpu"
)

var noOptions lower.Options

// Operations are what every change is timed on.
var Operations = []string{"mult", "rotate", "bootstrap"}

// A timed is what a time depends on.
type timed struct {
	machine   tpu.Config
	options   lower.Options
	shape     lower.Shape
	operation string
}

// times holds what was simulated: the base is timed once for all changes.
var times sync.Map // timed to float64

// Time returns the microseconds of an operation with a change on a machine, for
// one ciphertext.
func (c Change) Time(ctx context.Context, base tpu.Config, s lower.Shape, operation string) (float64, error) {
	m, o, err := c.Apply(base, noOptions)
	if err != nil {
		return 0, err
	}
	key := timed{m, o, s, operation}
	if us, ok := times.Load(key); ok {
		return us.(float64), nil
	}
	r, err := lower.Time(ctx, m, o, s, operation)
	if err != nil {
		return 0, err
	}
	times.Store(key, r.Microseconds())
	return r.Microseconds(), nil
}

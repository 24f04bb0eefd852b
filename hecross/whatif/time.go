package whatif

import (
	"context"

	"lockstep/hecross/lower"
	"lockstep/systolic/tpu"
)

var noOptions lower.Options

// Operations are what every change is timed on.
var Operations = []string{"mult", "rotate", "bootstrap"}

// Time returns the microseconds of an operation with a change on a machine, for
// one ciphertext.
func (c Change) Time(ctx context.Context, base tpu.Config, s lower.Shape, operation string) (float64, error) {
	m, o, err := c.Apply(base, noOptions)
	if err != nil {
		return 0, err
	}
	r, err := lower.Time(ctx, m, o, s, operation)
	if err != nil {
		return 0, err
	}
	return r.Microseconds(), nil
}

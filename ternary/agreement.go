package ternary

import (
	"context"
	"fmt"
)

// Agreement resets both sessions, feeds them the same tokens and returns the
// fraction of positions, in [0, 1], after which their most likely next tokens
// are the same. It stops when ctx is done.
func Agreement(ctx context.Context, a, b Session, tokens []int) (float64, error) {
	if len(tokens) == 0 {
		return 0, fmt.Errorf("ternary: text has 0 tokens, want at least 1 to compare")
	}
	a.Reset()
	b.Reset()
	same := 0
	for i, token := range tokens {
		if err := ctx.Err(); err != nil {
			return 0, fmt.Errorf("ternary: stopped after %d of %d tokens: %w", i, len(tokens), err)
		}
		x, err := a.Step(token)
		if err != nil {
			return 0, fmt.Errorf("ternary: first session, token %d of %d: %w", i+1, len(tokens), err)
		}
		best := Argmax(x) // before b.Step: both sessions may share a buffer
		y, err := b.Step(token)
		if err != nil {
			return 0, fmt.Errorf("ternary: second session, token %d of %d: %w", i+1, len(tokens), err)
		}
		if len(x) != len(y) {
			return 0, fmt.Errorf("ternary: sessions have %d and %d tokens, want the same vocabulary", len(x), len(y))
		}
		if best == Argmax(y) {
			same++
		}
	}
	return float64(same) / float64(len(tokens)), nil
}

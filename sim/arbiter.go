package sim

import "fmt"

// A Policy is how requesters that compete in one cycle are ordered.
type Policy uint8

// The policies.
const (
	RoundRobin    Policy = iota // the first one refused comes first in the next cycle
	FixedPriority               // requester 0 always comes first
)

// An Arbiter orders requesters 0 to n-1. In each cycle they are asked in the
// order At(0), At(1), ...; the first one that asks and is refused is reported
// by Refused. Under RoundRobin it comes first from the next cycle on, so that
// nobody is refused twice in a row while others are served; in a cycle in
// which nobody is refused the order stays.
type Arbiter struct {
	policy Policy
	n      int
	first  int
}

// NewArbiter returns an arbiter for n >= 1 requesters; requester 0 is first.
func NewArbiter(p Policy, n int) (Arbiter, error) {
	if p > FixedPriority || n < 1 {
		return Arbiter{}, fmt.Errorf("sim: arbiter of policy %d for %d requesters, want RoundRobin (0) or FixedPriority (1) and 1 or more", p, n)
	}
	return Arbiter{policy: p, n: n}, nil
}

// At returns the requester that is asked k-th, 0 <= k < n.
func (a *Arbiter) At(k int) int {
	if i := a.first + k; i < a.n {
		return i
	}
	return a.first + k - a.n
}

// Refused reports the first requester refused in a cycle.
func (a *Arbiter) Refused(i int) {
	if a.policy == RoundRobin {
		a.first = i
	}
}

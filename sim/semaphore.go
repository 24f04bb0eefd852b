package sim

import "fmt"

// A Semaphore counts: signals add to it, ops wait for a count. It serves as a
// token (wait with Keep for 1), as credit (wait takes, signal gives back), and
// as a progress counter (wait with Keep for n).
type Semaphore struct {
	sys     *System
	name    string
	count   int64
	waiting waitlist
}

// NewSemaphore returns a semaphore that starts at count >= 0.
func NewSemaphore(s *System, name string, count int64) (*Semaphore, error) {
	if err := s.claim(name); err != nil {
		return nil, err
	}
	if count < 0 {
		return nil, fmt.Errorf("sim: %s: count is %d, want 0 or more", name, count)
	}
	return &Semaphore{sys: s, name: name, count: count}, nil
}

// Name returns the name of the semaphore.
func (s *Semaphore) Name() string { return s.name }

// Count returns the present count.
func (s *Semaphore) Count() int64 { return s.count }

// Add adds k >= 0 and wakes who waits. Ops signal by Op.Signals; Add is for
// components, which call it in phase Deliver or Retire.
func (s *Semaphore) Add(k int64) error {
	if k < 0 {
		return fmt.Errorf("semaphore %s: signal of %d, want 0 or more", s.name, k)
	}
	s.count += k
	s.waiting.wake(s.sys.core.now)
	return nil
}

// Await has n woken when the semaphore is signalled next.
func (s *Semaphore) Await(n *Node) { s.waiting.add(n) }

// A Wait is a condition for an op to start: the count has reached Count >= 1.
// The op takes Count when it starts, unless Keep is set.
type Wait struct {
	On    *Semaphore
	Count int64
	Keep  bool
}

// A Signal adds Count >= 1 to a semaphore at a point of an op.
type Signal struct {
	To    *Semaphore
	Count int64
	At    Point
}

// A waitlist holds the components to wake when something changes.
type waitlist []*Node

func (w *waitlist) add(n *Node) {
	for _, have := range *w {
		if have == n {
			return
		}
	}
	*w = append(*w, n)
}

func (w *waitlist) wake(c Cycle) {
	for _, n := range *w {
		n.WakeAt(c)
	}
	*w = (*w)[:0]
}

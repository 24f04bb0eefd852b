package tpu

import (
	"fmt"
	"strings"
)

// Check executes the order of the program without time: it reports a deadlock,
// naming what each stuck engine waits for, and in a Checked program the first
// hazard. Run calls it.
//
// What holds here holds in every run: queues are in order and semaphores only
// grow, so whether the program can end does not depend on timing, and an
// operation counts as ordered only if no timing could change that.
func (p *Program) Check() error {
	if p.checked || p.order == Derived && len(p.sems) == 0 {
		return nil // deps point backwards and derived order has no hazards
	}
	c := newChecker(p)
	if err := c.run(); err != nil {
		return err
	}
	p.checked = true
	return nil
}

// A checker is the state of one untimed execution.
type checker struct {
	p      *Program
	done   []int32 // operations of each queue
	counts []int32 // of each semaphore

	// signals[s][q] are the operations of queue q that signal semaphore s, in
	// order; totals[s] is their number.
	signals [][][]ID
	totals  []int32
}

func newChecker(p *Program) *checker {
	c := &checker{
		p: p, done: make([]int32, len(p.queues)), counts: make([]int32, len(p.sems)),
		signals: make([][][]ID, len(p.sems)), totals: make([]int32, len(p.sems)),
	}
	for s := range c.signals {
		c.signals[s] = make([][]ID, len(p.queues))
	}
	for q := range p.queues {
		for _, id := range p.queues[q].ops {
			r := p.op(id)
			for _, s := range p.signals[r.signals.first:r.signals.end] {
				c.signals[s][q] = append(c.signals[s][q], id)
				c.totals[s]++
			}
		}
	}
	if p.order == Checked {
		p.clocks.init(len(p.queues))
		for _, s := range p.spaces {
			s.history = s.history[:0]
		}
	}
	return c
}

// run executes operations until none is left or none can go on.
func (c *checker) run() error {
	for moved := true; moved; {
		moved = false
		for q := range c.p.queues {
			ops := c.p.queues[q].ops
			for int(c.done[q]) < len(ops) && c.obstacle(ops[c.done[q]]) == "" {
				if err := c.execute(ops[c.done[q]]); err != nil {
					return err
				}
				c.done[q]++
				moved = true
			}
		}
	}
	var stuck []string
	for q := range c.p.queues {
		if ops := c.p.queues[q].ops; int(c.done[q]) < len(ops) {
			id := ops[c.done[q]]
			stuck = append(stuck, c.p.label(id)+" waits for "+c.obstacle(id))
		}
	}
	if stuck != nil {
		return fmt.Errorf("tpu: deadlock: %s", strings.Join(stuck, "; "))
	}
	return nil
}

// obstacle says what keeps an operation from starting.
func (c *checker) obstacle(id ID) string {
	p := c.p
	r := p.op(id)
	for _, d := range p.deps[r.deps.first:r.deps.end] {
		if c.done[d.queue] < d.seq {
			return p.label(p.queues[d.queue].ops[d.seq-1])
		}
	}
	for _, w := range p.waits[r.waits.first:r.waits.end] {
		if c.counts[w.sem] < w.count {
			return fmt.Sprintf("semaphore %q to reach %d; it is at %d, of %d signals in the program",
				p.sems[w.sem].name, w.count, c.counts[w.sem], c.totals[w.sem])
		}
	}
	return ""
}

// execute checks the accesses of an operation and gives its signals.
func (c *checker) execute(id ID) error {
	p := c.p
	r := p.op(id)
	for _, s := range p.signals[r.signals.first:r.signals.end] {
		c.counts[s]++
	}
	if p.order == Derived {
		return nil
	}
	clock := p.begin(id)
	for _, d := range p.deps[r.deps.first:r.deps.end] {
		p.after(clock, p.queues[d.queue].ops[d.seq-1])
	}
	for _, w := range p.waits[r.waits.first:r.waits.end] {
		c.certain(clock, w)
	}
	err := p.touch(id, clock, func(d ID, a *access, wrote bool) error { return p.hazard(d, id, a, wrote) })
	p.end(id)
	return err
}

// certain puts before the clock what has signalled in any case when semaphore w.sem
// has reached w.count: a signal of a queue is among the first w.count if
// without it, and those behind it in its queue, the count is not reached.
func (c *checker) certain(clock []int32, w semWait) {
	for _, ids := range c.signals[w.sem] {
		others := c.totals[w.sem] - int32(len(ids))
		if n := w.count - others; n > 0 {
			c.p.after(clock, ids[n-1])
		}
	}
}

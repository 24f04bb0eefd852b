package tpu

import "fmt"

// clocks hold, for each operation and each queue, how many operations of that
// queue are known to have finished when it starts. An operation d is before o
// exactly if the clock of o says so for the queue and place of d.
type clocks struct {
	queues int
	seen   chunks[[]int32] // a clock per operation
	block  []int32         // where the next clocks are
	latest []int32         // a clock per queue: that of its last operation
}

func (c *clocks) init(queues int) {
	*c = clocks{queues: queues, latest: make([]int32, queues*queues)}
}

// push returns a new clock, all zero.
func (c *clocks) push() []int32 {
	if len(c.block) < c.queues {
		c.block = make([]int32, max(chunkLen, c.queues))
	}
	clock := c.block[:c.queues:c.queues]
	c.block = c.block[c.queues:]
	return clock
}

// of returns the clock of an operation.
func (c *clocks) of(id ID) []int32 { return *c.seen.at(int(id - 1)) }

// An access is bytes that an operation reads or writes, as addresses.
type access struct {
	buffer    *Buffer
	low, high int64
	write     bool
}

// begin sets the clock of the next operation of a queue: operations of a queue start
// in order, so it knows what the one before it knew.
func (p *Program) begin(id ID) []int32 {
	c := &p.clocks
	q := int(p.op(id).queue)
	for c.seen.len() < int(id) {
		*c.seen.push() = c.push()
	}
	clock := c.of(id)
	copy(clock, c.latest[q*c.queues:])
	return clock
}

// end makes the clock of id the latest of its queue.
func (p *Program) end(id ID) {
	c := &p.clocks
	copy(c.latest[int(p.op(id).queue)*c.queues:][:c.queues], c.of(id))
}

// after puts operation d, and all that d knew, before the clock.
func (p *Program) after(clock []int32, d ID) {
	for i, n := range p.clocks.of(d) {
		clock[i] = max(clock[i], n)
	}
	r := p.op(d)
	clock[r.queue] = max(clock[r.queue], r.seq)
}

// derive works out the clock of the newest operation of a Derived program and
// adds the waits that the bytes it touches ask for.
func (p *Program) derive(id ID) {
	r := p.op(id)
	clock := p.begin(id)
	for _, d := range p.deps[r.deps.first:r.deps.end] {
		p.after(clock, p.queues[d.queue].ops[d.seq-1])
	}
	_ = p.touch(id, clock, func(d ID, _ *access, _ bool) error {
		p.depend(r, d)
		p.after(clock, d)
		return nil
	})
	p.end(id)
}

// touch enters what id reads and writes into the histories of the memories. It
// calls conflict for each earlier operation d that touches the same bytes, one
// of them writing, and that is not before the clock; wrote says that d wrote them.
func (p *Program) touch(id ID, clock []int32, conflict func(d ID, a *access, wrote bool) error) error {
	r := p.op(id)
	list := p.ranges[r.ranges.first:r.ranges.end]
	for i := range list {
		a := &list[i]
		history := &a.buffer.space.history
		segs := history.touch(a.low, a.high)
		for j := range segs {
			s := &segs[j]
			if d := s.writer; d != 0 && !p.before(d, id, clock, a, true) {
				if err := conflict(d, a, true); err != nil {
					return err
				}
			}
			if !a.write {
				p.read(s, id)
				continue
			}
			for _, d := range s.readers {
				if d != id && !p.before(d, id, clock, a, false) {
					if err := conflict(d, a, false); err != nil {
						return err
					}
				}
			}
		}
		if a.write {
			history.written(a.low, a.high, id)
		}
	}
	return nil
}

// before reports whether d, which wrote the bytes of a or else read them, is
// done with them when id touches them.
//
// Operations of one queue overlap only on a DMA and on an array. A move touches
// its bytes in the order of the queue. An array is done reading before a later
// pass writes, and rows of sums leave it in the order of the passes, so that
// later ones may replace them or add to them; only another dataflow, which lets
// them out at another point of the pass, and an operation that reads what the
// array wrote have to wait.
func (p *Program) before(d, id ID, clock []int32, a *access, wrote bool) bool {
	from, to := p.op(d), p.op(id)
	switch {
	case clock[from.queue] >= from.seq:
		return true
	case from.queue != to.queue:
		return false
	case p.queues[to.queue].engine.Kind != MXU || !wrote:
		return true
	}
	return a.write && from.dataflow == to.dataflow
}

// read makes id a reader of s, instead of an earlier one of its queue, which is
// done when id is.
func (p *Program) read(s *segment, id ID) {
	q := p.op(id).queue
	for i, d := range s.readers {
		if p.op(d).queue == q {
			s.readers[i] = id
			return
		}
	}
	s.readers = append(s.readers, id)
}

// hazard is the error of two operations that nothing orders.
func (p *Program) hazard(d, id ID, a *access, wrote bool) error {
	verb := map[bool]string{true: "writes", false: "reads"}
	return fmt.Errorf("tpu: hazard: %s %s bytes %d to %d of buffer %q, which %s %s, and nothing orders the two; want After or a semaphore",
		p.label(id), verb[a.write], a.low-a.buffer.offset, a.high-a.buffer.offset-1, a.buffer.name, p.label(d), verb[wrote])
}

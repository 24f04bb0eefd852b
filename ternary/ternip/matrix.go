package ternip

// goCycles returns the cycles of a GO from issue to ready. It follows the
// beats one by one; cycles are counted from the one in which the stream opens.
func goCycles(c Config) int64 {
	row := int64(c.D / c.TP)
	total := int64(c.D) * row
	s := newStream(c.Eff, min(int64(c.FIFO), total))
	refused := refusals{delay: log2(c.TP) + 3}
	taken := int64(-1)
	for n := range total {
		taken = refused.after(max(s.offer(n), taken+1))
		s.take(n, taken)
		if (n+1)%row == 0 {
			refused.add(taken)
		}
	}
	return c.Lat + taken + log2(c.TP) + 6
}

// A stream is a run of read beats on their way from memory.
type stream struct {
	eff    Ratio
	credit int64   // in units of 1/eff.Den beats
	at     int64   // cycle of the newest beat
	taken  []int64 // cycles in which the last beats left the FIFO; a ring
}

func newStream(eff Ratio, fifo int64) *stream {
	return &stream{eff: eff, at: -1, taken: make([]int64, fifo)}
}

// offer returns the cycle in which beat n enters the FIFO; beats come in order.
func (s *stream) offer(n int64) int64 {
	cycles := (s.eff.Den - s.credit + s.eff.Num - 1) / s.eff.Num
	s.credit += cycles*s.eff.Num - s.eff.Den
	s.at += cycles
	if depth := int64(len(s.taken)); n >= depth {
		s.at = max(s.at, s.taken[n%depth]+1)
	}
	return s.at
}

// take says that beat n leaves the FIFO in cycle at.
func (s *stream) take(n, at int64) { s.taken[n%int64(len(s.taken))] = at }

// refusals are the cycles in which the accumulator takes no beat, delay cycles
// after the last beat of each row.
type refusals struct {
	delay int64
	next  []int64 // in ascending order
}

func (r *refusals) add(last int64) { r.next = append(r.next, last+r.delay) }

// after returns the first cycle from at on in which a beat is taken; at does
// not decrease from call to call.
func (r *refusals) after(at int64) int64 {
	for len(r.next) > 0 && r.next[0] <= at {
		if r.next[0] == at {
			at++
		}
		r.next = r.next[1:]
	}
	return at
}

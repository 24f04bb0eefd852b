package sim

import "math"

// A Ratio is the exact rational Num/Den.
type Ratio struct{ Num, Den int64 }

// A lane is the state of the data path of one port: the request at the head
// and the credit for beats. See Memory for the rule.
type lane struct {
	num, den  int64
	beatBytes int64
	credit    int64
	open      Cycle // first cycle in which the head can have a beat
	left      int64 // beats left of the head; 0 if there is no head
	beats     int64 // beats so far, for statistics
}

// idle advances the credit of a lane without open head by n cycles.
func (l *lane) idle(n Cycle) {
	if l.credit >= l.den || int64(n) > l.den {
		l.credit = l.den // num is at least 1
		return
	}
	l.credit = min(l.credit+l.num*int64(n), l.den)
}

// lastBeat returns the cycle of the last beat of an open head if no beat is
// refused, given that cycle t is the next.
func (l *lane) lastBeat(t Cycle) Cycle {
	missing := l.left*l.den - l.credit
	if missing <= 0 {
		return t
	}
	return t + Cycle((missing+l.num-1)/l.num)
}

// stream advances an open head by n cycles in which no beat is refused and in
// which at most the last one ends the head.
func (l *lane) stream(n Cycle) {
	beats := (l.credit + l.num*int64(n-1)) / l.den
	l.credit += l.num*int64(n) - beats*l.den
	l.left -= beats
	l.beats += beats
}

// lanes is the state of all data paths of a memory after a number of cycles.
// It can be copied and run ahead of time.
type lanes struct {
	list    []lane
	now     Cycle // cycles before now are done
	shared  Ratio // bytes per cycle over all lanes; Num 0 means no limit
	arbiter Arbiter
}

// copyFrom makes l equal to o, reusing storage.
func (l *lanes) copyFrom(o *lanes) {
	list := append(l.list[:0], o.list...)
	*l = *o
	l.list = list
}

// run advances to cycle limit, or to the cycle after the first one in which
// the last beat of a head was moved. It reports whether there was one. Heads
// that are done have no beats left.
func (l *lanes) run(limit Cycle) bool {
	for l.now < limit {
		end, free := l.segment(limit)
		if !free {
			end = l.now + 1
			l.contend()
		} else {
			for i := range l.list {
				if p := &l.list[i]; p.left > 0 && p.open <= l.now {
					p.stream(end - l.now)
				} else {
					p.idle(end - l.now)
				}
			}
		}
		done := l.retire(end)
		l.now = end
		if done {
			return true
		}
	}
	return false
}

// segment returns a cycle up to which the set of open heads stays the same,
// and whether the shared bandwidth lets all of them move a beat in each cycle.
func (l *lanes) segment(limit Cycle) (end Cycle, free bool) {
	end, bytes := limit, int64(0)
	for i := range l.list {
		switch p := &l.list[i]; {
		case p.left == 0:
		case p.open > l.now:
			end = min(end, p.open)
		default:
			end = min(end, p.lastBeat(l.now)+1)
			bytes += p.beatBytes
		}
	}
	return end, l.shared.Num == 0 || bytes <= l.shared.Num/l.shared.Den
}

// contend is one cycle in which the lanes share the bandwidth.
func (l *lanes) contend() {
	r := int64(l.now) % l.shared.Den
	budget := (r+1)*l.shared.Num/l.shared.Den - r*l.shared.Num/l.shared.Den
	refused := -1
	for k := range l.list {
		i := l.arbiter.At(k)
		p := &l.list[i]
		if p.left == 0 || p.open > l.now {
			p.idle(1)
			continue
		}
		if p.credit >= p.den {
			if p.beatBytes <= budget {
				budget -= p.beatBytes
				p.credit -= p.den
				p.left--
				p.beats++
			} else if refused < 0 {
				refused = i
			}
		}
		p.credit = min(p.credit+p.num, p.den+p.num-1)
	}
	if refused >= 0 {
		l.arbiter.Refused(refused)
	}
}

// retire marks heads that ended before cycle end; a lane without head has
// open in the far future.
func (l *lanes) retire(end Cycle) (done bool) {
	for i := range l.list {
		if p := &l.list[i]; p.left == 0 && p.open <= end {
			p.open, done = math.MaxInt64, true
		}
	}
	return done
}

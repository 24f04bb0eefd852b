package sim

// A Stream is a memory port that shares neither bandwidth nor rows with
// another, under the rule of Memory. All its beats are known when they are
// requested, and they are taken as they come.
type Stream struct {
	config PortConfig
	rest   lane
	credit int64
	now    Cycle // first cycle behind the beats of all requests
	bytes  int64
	beats  int64
}

// NewStream returns a stream at rest. MaxOutstanding is not looked at.
func NewStream(c PortConfig) (*Stream, error) {
	l, err := c.lane(c.Name)
	if err != nil {
		return nil, err
	}
	return &Stream{config: c, rest: l, credit: l.credit}, nil
}

// Request asks for 1 or more bytes in cycle at, which is after the cycle of
// the request before.
func (s *Stream) Request(at Cycle, bytes int64) Beats {
	l := s.rest
	l.credit = s.credit
	count := (bytes + s.config.BeatBytes - 1) / s.config.BeatBytes
	from := max(at+s.config.LatencyCycles, s.now)
	if from > s.now {
		l.idle(from - s.now)
	}
	b := Beats{from: from, credit: l.credit, num: l.num, den: l.den, count: count}
	last := b.At(count - 1)
	l.left = count
	l.stream(last - from + 1)
	s.credit, s.now = l.credit, last+1
	s.bytes += bytes
	s.beats += count
	return b
}

// Bytes and BeatCount are those of all requests so far.
func (s *Stream) Bytes() int64     { return s.bytes }
func (s *Stream) BeatCount() int64 { return s.beats }

// Beats are the cycles of the beats of one request.
type Beats struct {
	from     Cycle // first cycle in which a beat can be
	credit   int64 // in that cycle
	num, den int64
	count    int64
}

// At returns the cycle of beat k, 0 <= k < Count.
func (b Beats) At(k int64) Cycle {
	missing := (k+1)*b.den - b.credit
	if missing <= 0 {
		return b.from
	}
	return b.from + Cycle((missing+b.num-1)/b.num)
}

// Count is the number of beats.
func (b Beats) Count() int64 { return b.count }

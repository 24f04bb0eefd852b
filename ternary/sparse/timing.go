package sparse

// A Timing is the cycle behaviour of the unit without its values, with outputs
// that are never stalled: it turns the cycles in which beats of cmd, x and w are
// offered into those in which all beats move.
type Timing struct {
	Config
	latency int64
	accepts int64   // first cycle in which the next cmd is accepted
	end     int64   // of the command before
	pop     int64   // cycle in which the entry before left the queue of runs
	fetched []int64 // cycles in which the last entries came to its head, a ring
	entries int     // so far
	idle    int64   // first cycle in which no result is being sent
	words   int64   // of the result before
	first   int64   // cycle in which its first word was read
}

// Timing returns the behaviour of the unit from reset on; c is valid, latency
// that of the structure.
func (c Config) Timing(latency int64) *Timing {
	t := &Timing{Config: c, latency: latency, end: -1, pop: -1, fetched: make([]int64, c.Runs)}
	for i := range t.fetched {
		t.fetched[i] = -1
	}
	return t
}

// A Feed is the surroundings of one command. The functions are called run by
// run: those of a run in the order X, Run, W.
type Feed struct {
	// Cmd is the cycle in which cmd is offered.
	Cmd int64
	// X returns the cycle in which the next beat of x is accepted: the later of
	// from and its offer.
	X func(from int64) int64
	// Run says that a beat of run appears in cycle at.
	Run func(first, cols int, at int64)
	// W offers the next beat of w: it calls accept once, with the cycle of the
	// offer, and accept returns the cycle in which the beat is accepted.
	W func(accept func(offered int64) int64)
	// Y says that a beat of y appears in cycle at.
	Y func(at int64)
}

// Product follows the next command, for a matrix of so many rows and the
// activations x, and returns the cycle in which it is accepted.
func (t *Timing) Product(rows int, x []int8, f Feed) (accepted int64) {
	accepted = max(f.Cmd, t.accepts)
	begin := max(accepted+1, t.end)
	if t.Banks == 1 && t.words > 0 {
		begin = max(begin, t.read(t.words-1)+1)
	}
	p := product{t: t, f: f, begin: begin, beats: t.Beats(rows)}
	closed := p.scan(x, accepted+1)
	t.accepts = max(closed, begin) + 1

	t.end, t.first, t.words = t.pop, t.pop+1, int64(p.beats)
	var last int64
	for k := range (rows + t.Out - 1) / t.Out {
		word, part := int64(k*t.Out/t.Lanes), int64(k*t.Out%t.Lanes/t.Out)
		last = t.read(word) + fetchCycles + part
		f.Y(last + t.latency - fetchCycles + 1)
	}
	t.idle = last + 1
	return accepted
}

// fetchCycles is the number of cycles from the one in which a word of a result is
// read to the one in which its first part enters the scaler.
const fetchCycles = 3

// read returns the cycle in which word k of the result before is read.
func (t *Timing) read(k int64) int64 {
	return t.first + k*(int64(t.Lanes/t.Out)+fetchCycles)
}

// reads reports whether a word is read in cycle at.
func (t *Timing) reads(at int64) bool {
	period := int64(t.Lanes/t.Out) + fetchCycles
	since := at - t.first
	return since >= 0 && since%period == 0 && since/period < t.words
}

// A product is one command on its way.
type product struct {
	t     *Timing
	f     Feed
	begin int64
	beats int   // of w of a column
	from  int64 // first cycle for the next beat of w
}

// scan finds the runs of x, whose first beat is accepted from cycle at on, and
// returns the cycle of the beat of run behind them.
func (p *product) scan(x []int8, at int64) int64 {
	inside, first := false, 0
	for start := 0; start < len(x); start += p.t.Lanes {
		at = p.f.X(at) + 1
		for col := start; col < start+p.t.Lanes; col++ {
			switch nonzero := col < len(x) && x[col] != 0; {
			case nonzero == inside:
				continue
			case nonzero:
				first = col
			default:
				at = p.entry(first, col-first, at)
			}
			inside = !inside
			at++
		}
	}
	if inside {
		end := (len(x) + p.t.Lanes - 1) / p.t.Lanes * p.t.Lanes
		at = p.entry(first, end-first, at) + 1
	}
	return p.entry(0, 0, at)
}

// entry sends a beat of run, in cycle at or when the queue has a place for it,
// and follows it until it leaves the queue. It returns the cycle of the beat.
func (p *product) entry(first, cols int, at int64) int64 {
	t := p.t
	place := &t.fetched[t.entries%t.Runs]
	t.entries++
	at = max(at, *place+1)
	p.f.Run(first, cols, at)
	*place = max(at+1, t.pop)
	head := max(*place, p.begin) + 1 // first cycle in which it is at the head of the command that runs
	if cols == 0 {
		t.pop = max(head, t.idle)
		return at
	}
	p.from = max(p.from, head)
	for range cols * p.beats {
		p.f.W(p.accept)
	}
	return at
}

// accept is the end of an offer of a beat of w.
func (p *product) accept(offered int64) int64 {
	at := max(p.from, offered)
	for p.t.reads(at) {
		at++
	}
	p.t.pop, p.from = at, at+1
	if p.beats == 1 {
		p.from++
	}
	return at
}

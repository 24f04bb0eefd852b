package unpack

// A Timing is the cycle behaviour of the unit without its values: it turns the
// cycles in which beats of cmd and p are offered and beats of w are taken into
// those in which all of them move. Matrices follow each other as calls of
// Start; behind each come as many calls of Beat as the matrix has beats of w.
type Timing struct {
	lanes, beatTrits int64 // trits of a beat of w and of p
	accepted         int64 // first cycle in which the next cmd is accepted
	end              int64 // cycle in which the last beat of the matrix before enters the output register
	free             int64 // first cycle in which a beat of p is accepted
	enter            int64 // first cycle in which a beat of w enters the output register
	held, left       int64 // trits held, beats of w left
}

// Timing returns the behaviour of the unit from reset on; c is valid.
func (c Config) Timing() *Timing {
	return &Timing{lanes: int64(c.Lanes), beatTrits: int64(c.beatTrits()), end: -1}
}

// Start begins the next matrix, of n >= 1 beats of w: the beats of the one
// before are done. Its cmd is offered in cycle offered; the result is the cycle
// in which it is accepted.
func (t *Timing) Start(offered, n int64) (accepted int64) {
	accepted = max(offered, t.accepted)
	t.free = max(accepted, t.end) + 1 // the matrix runs from then on
	t.enter = max(t.enter, t.free)
	t.accepted, t.held, t.left = t.free, 0, n
	return accepted
}

// Beat returns the cycle in which the next beat of w enters the output
// register; it appears a latency later. For every beat of p that it takes it
// calls pull with the first cycle in which the unit accepts one, and pull
// returns the cycle in which it is accepted: the later of that and its offer.
func (t *Timing) Beat(pull func(from int64) int64) int64 {
	at := max(t.free, t.enter)
	for t.held < t.lanes {
		from := t.free
		if t.held += t.beatTrits; t.held >= t.lanes {
			from = max(from, t.enter)
		}
		at = pull(from)
		t.free = at + 1
	}
	t.free, t.enter = at+1, at+1
	t.held -= t.lanes
	if t.left--; t.left == 0 {
		t.end = at
	}
	return at
}

// Taken says that the beat of w that Beat returned last is taken in cycle at;
// without this call it is taken when it appears.
func (t *Timing) Taken(at int64) { t.enter = max(t.enter, at) }

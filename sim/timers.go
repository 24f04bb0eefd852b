package sim

// A timer is something a unit does in phase Retire of a later cycle: signal
// sem by n, release register n of board, or for op request a transfer or, at
// noTransfer, let it enter the queue. One of sem, board and op is set.
type timer struct {
	at       Cycle
	sem      *Semaphore
	board    *Scoreboard
	op       *Op
	transfer int
	n        int64
	release  release // of a register of board
}

// timers is kept sorted by cycle; equal cycles stay in order of insertion.
type timers struct {
	list []timer
	head int
}

func (t *timers) empty() bool  { return t.head == len(t.list) }
func (t *timers) first() Cycle { return t.list[t.head].at }

func (t *timers) add(v timer) {
	if t.head > 0 && len(t.list) == cap(t.list) {
		t.list = t.list[:copy(t.list, t.list[t.head:])]
		t.head = 0
	}
	t.list = append(t.list, v)
	i := len(t.list) - 1
	for ; i > t.head && t.list[i-1].at > v.at; i-- {
		t.list[i] = t.list[i-1]
	}
	t.list[i] = v
}

func (t *timers) pop() timer {
	v := t.list[t.head]
	t.list[t.head] = timer{}
	t.head++
	if t.head == len(t.list) {
		t.list, t.head = t.list[:0], 0
	}
	return v
}

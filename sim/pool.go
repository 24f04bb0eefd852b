package sim

// A Pool recycles ops: Get returns an empty op, and the op comes back by
// itself when it has finished. Slices of a recycled op keep their storage.
type Pool struct{ free []*Op }

// Get returns an op whose fields are zero and whose slices are empty.
func (p *Pool) Get() *Op {
	last := len(p.free) - 1
	if last < 0 {
		return &Op{pool: p}
	}
	o := p.free[last]
	p.free = p.free[:last]
	*o = Op{
		Reads: o.Reads[:0], Writes: o.Writes[:0],
		Waits: o.Waits[:0], Signals: o.Signals[:0],
		Transfers: o.Transfers[:0],
		Allocs:    o.Allocs[:0], Frees: o.Frees[:0],
		pool: p,
	}
	return o
}

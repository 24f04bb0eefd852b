package tpu

import (
	"fmt"

	"lockstep/systolic"
)

// An Order says how a program orders operations of different queues that touch
// the same bytes.
type Order uint8

const (
	// Derived makes each operation wait for the earlier ones, in the order of
	// Add, whose results it reads or whose operands it overwrites.
	Derived Order = iota
	// Checked adds nothing: two operations that touch the same bytes, one of
	// them writing, without After or a semaphore that orders them are an error.
	Checked
)

// A Program is a list of operations for the engines of one machine. The
// operations of an engine start in the order in which they were added;
// operations of different engines are only ordered by After, by semaphores and,
// in a Derived program, by the bytes they touch.
type Program struct {
	config Config
	order  Order
	spaces []*space // the HBM, then the VMEM of each core
	queues []queue
	ops    chunks[record]
	sems   []*Semaphore

	deps    []dep     // of all ops, one after another
	signals []int32   // likewise
	waits   []semWait // likewise
	ranges  []access  // likewise; of a Checked program
	clocks  clocks
	checked bool // since the last Add
}

// A queue is the program of one engine.
type queue struct {
	engine Engine
	ops    []ID
}

// A record is an operation as it is kept.
type record struct {
	name     string
	do       func() error
	queue    int32
	seq      int32 // place in its queue, from 1
	time     timing
	deps     span
	signals  span
	waits    span
	ranges   span
	dataflow systolic.Dataflow // of a matrix product
	macs     int64
	bytes    int64 // moved by a DMA, or read and written
}

// A span is a part of a list of a Program.
type span struct{ first, end int32 }

// A dep is an operation of another queue that has to finish before.
type dep struct{ queue, seq int32 }

type semWait struct{ sem, count int32 }

// maxOps bounds a program.
const maxOps = 1 << 26

// NewProgram returns an empty program for a machine.
func NewProgram(c Config, o Order) (*Program, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if o > Checked {
		return nil, fmt.Errorf("tpu: order is %d, want Derived (0) or Checked (1)", o)
	}
	p := &Program{config: c, order: o}
	for _, e := range c.queues() {
		p.queues = append(p.queues, queue{engine: e})
	}
	for core := hbmCore; core < c.Cores; core++ {
		s := &space{program: p, name: spaceName(core), core: core, capacity: c.VMEMBytes}
		if core == hbmCore {
			s.capacity = c.HBMBytes
		}
		p.spaces = append(p.spaces, s)
	}
	p.clocks.init(len(p.queues))
	return p, nil
}

// Config returns the machine that the program is for.
func (p *Program) Config() Config { return p.config }

// Len returns the number of operations.
func (p *Program) Len() int { return p.ops.len() }

// HBM allocates a buffer in the memory that all cores share.
func (p *Program) HBM(name string, bytes int64) (*Buffer, error) {
	return p.alloc(hbmCore, name, bytes)
}

// VMEM allocates a buffer in the on-chip memory of a core. The error of a
// memory that is full names the buffer, and the operation that was added last.
func (p *Program) VMEM(core int, name string, bytes int64) (*Buffer, error) {
	if core < 0 || core >= p.config.Cores {
		return nil, fmt.Errorf("tpu: buffer %q in VMEM of core %d, want a core of 0 to %d", name, core, p.config.Cores-1)
	}
	return p.alloc(core, name, bytes)
}

func (p *Program) alloc(core int, name string, bytes int64) (*Buffer, error) {
	b, err := p.spaces[core+1].alloc(name, bytes)
	if err != nil && p.ops.len() > 0 {
		return nil, fmt.Errorf("tpu: %w (after %s)", err, p.label(ID(p.ops.len())))
	}
	if err != nil {
		return nil, fmt.Errorf("tpu: %w", err)
	}
	return b, nil
}

// Free gives the space of a buffer back: buffers allocated later may get it,
// and what they do there is ordered after what was done here. No operation
// added later may touch b.
func (p *Program) Free(b *Buffer) error {
	switch {
	case b == nil || b.space.program != p:
		return fmt.Errorf("tpu: free of a buffer that is nil or of another program")
	case b.freed:
		return fmt.Errorf("tpu: free of buffer %q, which was freed", b.name)
	}
	b.space.free(b)
	return nil
}

// op returns the record of an operation.
func (p *Program) op(id ID) *record { return p.ops.at(int(id - 1)) }

// Semaphore returns a new semaphore with count 0.
func (p *Program) Semaphore(name string) *Semaphore {
	s := &Semaphore{name: name, index: len(p.sems), program: p}
	p.sems = append(p.sems, s)
	return s
}

// Add appends an operation and returns its number. If the operation is not
// valid, the program is as before.
func (p *Program) Add(o Op) (ID, error) {
	q, t, bytes, err := p.check(&o)
	if err != nil {
		return 0, fmt.Errorf("tpu: operation %q (%d): %w", o.Name, p.ops.len()+1, err)
	}
	p.checked = false
	r := p.ops.push()
	id := ID(p.ops.len())
	p.queues[q].ops = append(p.queues[q].ops, id)
	r.name, r.do, r.queue, r.seq = o.Name, o.Do, int32(q), int32(len(p.queues[q].ops))
	r.time, r.bytes = t, bytes
	if o.Engine.Kind == MXU {
		r.dataflow, r.macs = o.Work.dataflow, o.Work.shape.MACs()
	}
	p.link(r, id, &o)
	return id, nil
}

// check checks an operation and works out its queue, its time and its bytes.
func (p *Program) check(o *Op) (q int, t timing, bytes int64, err error) {
	if p.ops.len() >= maxOps {
		return 0, t, 0, fmt.Errorf("program has %d operations, want at most that", maxOps)
	}
	if q, err = p.config.queue(o.Engine); err != nil {
		return 0, t, 0, err
	}
	if err = p.checkRanges(o); err != nil {
		return 0, t, 0, err
	}
	if err = p.checkWork(o); err != nil {
		return 0, t, 0, err
	}
	if err = p.checkOrder(o); err != nil {
		return 0, t, 0, err
	}
	t, bytes = p.config.timing(o)
	if t.tooLong() {
		return 0, t, 0, fmt.Errorf("takes more than %d cycles, want less", int64(maxCycles))
	}
	return q, t, bytes, nil
}

func (p *Program) checkOrder(o *Op) error {
	for _, id := range o.After {
		if id < 1 || int(id) > p.ops.len() {
			return fmt.Errorf("comes after operation %d, want one of the %d added before", id, p.ops.len())
		}
	}
	for _, w := range o.Waits {
		switch {
		case w.On == nil || w.On.program != p:
			return fmt.Errorf("waits on a semaphore that is nil or of another program")
		case w.Count < 1 || w.Count > maxOps:
			return fmt.Errorf("waits for semaphore %q to reach %d, want 1 to %d", w.On.name, w.Count, maxOps)
		}
	}
	for _, s := range o.Signals {
		if s == nil || s.program != p {
			return fmt.Errorf("signals a semaphore that is nil or of another program")
		}
	}
	return nil
}

// link stores what op id waits for and signals, and in a Derived program finds
// out what else it has to wait for.
func (p *Program) link(r *record, id ID, o *Op) {
	r.deps = span{int32(len(p.deps)), int32(len(p.deps))}
	r.waits.first, r.signals.first = int32(len(p.waits)), int32(len(p.signals))
	r.ranges.first = int32(len(p.ranges))
	for _, d := range o.After {
		p.depend(r, d)
	}
	r.waits.end = r.waits.first
	for _, w := range o.Waits {
		p.await(r, semWait{int32(w.On.index), int32(w.Count)})
	}
	for _, s := range o.Signals {
		p.signals = append(p.signals, int32(s.index))
	}
	for i, list := range [2][]Range{o.Reads, o.Writes} {
		for _, x := range list {
			low := x.Buffer.offset + x.Offset
			p.ranges = append(p.ranges, access{x.Buffer, low, low + x.Bytes, i == 1})
		}
	}
	r.signals.end = int32(len(p.signals))
	r.ranges.end = int32(len(p.ranges))
	if p.order == Derived {
		p.derive(id)
		p.ranges, r.ranges = p.ranges[:r.ranges.first], span{}
	}
}

// depend makes the newest operation, whose record is r, wait for d.
func (p *Program) depend(r *record, d ID) {
	from := p.op(d)
	for i := r.deps.first; i < r.deps.end; i++ {
		if x := &p.deps[i]; x.queue == from.queue {
			x.seq = max(x.seq, from.seq)
			return
		}
	}
	p.deps = append(p.deps, dep{from.queue, from.seq})
	r.deps.end++
}

// await makes the newest operation, whose record is r, wait for a semaphore.
func (p *Program) await(r *record, w semWait) {
	for i := r.waits.first; i < r.waits.end; i++ {
		if x := &p.waits[i]; x.sem == w.sem {
			x.count = max(x.count, w.count)
			return
		}
	}
	p.waits = append(p.waits, w)
	r.waits.end++
}

// label names an operation in an error.
func (p *Program) label(id ID) string {
	r := p.op(id)
	return fmt.Sprintf("operation %q (%d, %s)", r.name, id, p.queues[r.queue].engine)
}

package lower

import "lockstep/systolic/tpu"

// A kernel works through tiles: it loads what of a tile is not on chip, takes
// steps, and stores what does not stay there.
type kernel struct {
	name    string
	tiles   int
	depth   int     // tiles under way at once, 0 for defaultDepth
	scratch []int64 // bytes of buffers that the steps of one tile use at a time
	tile    func(i int) tile
}

// defaultDepth hides the latency of loads behind the work on a tile.
const defaultDepth = 4

// A tile is one round of a kernel. All tiles of a kernel have operands of the
// same sizes in the same places, or smaller ones than the first.
type tile struct {
	in, out []ref
	steps   []step
}

// A step is one operation of a compute engine, or one of each of several.
type step struct {
	category Category
	engine   tpu.EngineKind
	work     tpu.Work
	parts    int     // operations on as many engines, each with a part of the operands; 0 for 1
	cycles   float64 // nominal, for the breakdown
	reads    []port
	writes   []port
	do       func() error
}

// A port is an operand of a step: an input or output of the tile, or scratch.
type port struct {
	list  portList
	index int

	part, parts int // a part of the operand; parts is 0 for all of it
}

// piece is part i of n of an operand.
func (p port) piece(i, n int) port {
	p.part, p.parts = i, n
	return p
}

type portList uint8

const (
	inputs portList = iota
	outputs
	temps
)

func in(i int) port  { return port{list: inputs, index: i} }
func out(i int) port { return port{list: outputs, index: i} }
func tmp(i int) port { return port{list: temps, index: i} }

// ports returns the first n ports of a list.
func ports(list portList, n int) []port {
	p := make([]port, n)
	for i := range p {
		p[i] = port{list: list, index: i}
	}
	return p
}

// slots are the buffers of one operand of a kernel, used in turn.
type slots struct {
	buffers []*tpu.Buffer
	next    int
	held    ref       // what the newest one holds
	at      tpu.Range // and where
}

// take returns the next of depth buffers, which are allocated when they are
// first needed.
func (s *slots) take(b *builder, name string, depth int, bytes int64) tpu.Range {
	if len(s.buffers) < depth && s.next == len(s.buffers) && b.err == nil {
		buffer, err := b.program.VMEM(0, name, bytes)
		if b.err = err; err != nil {
			return tpu.Range{}
		}
		s.buffers = append(s.buffers, buffer)
	}
	if b.err != nil {
		return tpu.Range{}
	}
	buffer := s.buffers[s.next%len(s.buffers)]
	s.next = (s.next + 1) % depth
	return buffer.Range(0, bytes)
}

// run writes the operations of a kernel.
func (b *builder) run(k kernel) {
	if b.err != nil || k.tiles == 0 {
		return
	}
	record := b.begin(k.name)
	depth := b.depth(&k)
	var all [2][]slots
	var scratch []*tpu.Buffer
	for _, bytes := range k.scratch {
		buffer, err := b.program.VMEM(0, k.name+" scratch", bytes)
		if b.err = err; err != nil {
			return
		}
		scratch = append(scratch, buffer)
	}
	for i := range k.tiles {
		t := k.tile(i)
		var where [3][]tpu.Range
		for j, r := range t.in {
			where[inputs] = append(where[inputs], b.load(k.name, slotsAt(&all[inputs], j), depth, r))
		}
		for j, r := range t.out {
			where[outputs] = append(where[outputs], b.place(k.name, slotsAt(&all[outputs], j), depth, r))
		}
		for _, s := range scratch {
			where[temps] = append(where[temps], s.All())
		}
		b.steps(record, i, &t, where)
		for j, r := range t.out {
			b.store(r, where[outputs][j])
		}
		if b.err != nil {
			return
		}
	}
	for _, list := range all {
		for _, s := range list {
			scratch = append(scratch, s.buffers...)
		}
	}
	for _, buffer := range scratch {
		if b.err == nil {
			b.err = b.program.Free(buffer)
		}
	}
}

// depth is how many tiles are under way: what the kernel asks for, or as many as
// fit in half of the memory that tensors leave, which has gaps.
func (b *builder) depth(k *kernel) int {
	depth := k.depth
	if depth == 0 {
		depth = defaultDepth
	}
	free := b.machine.VMEMBytes - b.used
	for _, bytes := range k.scratch {
		free -= bytes
	}
	first, perTile := k.tile(0), int64(0)
	for _, list := range [][]ref{first.in, first.out} {
		for _, r := range list {
			if !r.t.onChip {
				perTile += r.bytes()
			}
		}
	}
	if perTile > 0 {
		depth = int(min(int64(depth), free/2/perTile))
	}
	return max(depth, 1)
}

func slotsAt(list *[]slots, j int) *slots {
	for len(*list) <= j {
		*list = append(*list, slots{})
	}
	return &(*list)[j]
}

// load brings a tile on chip, unless it is there, and returns where.
func (b *builder) load(name string, s *slots, depth int, r ref) tpu.Range {
	if r.t.onChip {
		return r.home()
	}
	if s.held == r && len(s.buffers) > 0 {
		return s.at
	}
	s.held, s.at = r, s.take(b, name+" "+r.t.name, depth, r.bytes())
	if b.err != nil {
		return s.at
	}
	b.loads++
	b.add(tpu.Op{
		Name: "load", Engine: tpu.Engine{Kind: tpu.DMAIn, Index: b.loads % b.machine.DMAEngines},
		Reads: []tpu.Range{r.home()}, Writes: []tpu.Range{s.at},
	}, false)
	return s.at
}

// place returns where a tile is to be written on chip.
func (b *builder) place(name string, s *slots, depth int, r ref) tpu.Range {
	if r.t.onChip {
		return r.home()
	}
	return s.take(b, name+" "+r.t.name, depth, r.bytes())
}

// store takes a tile to its home in the HBM.
func (b *builder) store(r ref, at tpu.Range) {
	if r.t.onChip || b.err != nil {
		return
	}
	b.stores++
	b.add(tpu.Op{
		Name: "store", Engine: tpu.Engine{Kind: tpu.DMAOut, Index: b.stores % b.machine.DMAEngines},
		Reads: []tpu.Range{at}, Writes: []tpu.Range{r.home()},
	}, true)
}

// steps writes the steps of tile i. The last one ends the tile if nothing is
// stored.
func (b *builder) steps(record *kernelRecord, i int, t *tile, where [3][]tpu.Range) {
	stored := false
	for _, r := range t.out {
		stored = stored || !r.t.onChip
	}
	for n, s := range t.steps {
		record.work[s.category] += s.cycles
		parts := max(s.parts, 1)
		for x := range parts {
			op := tpu.Op{Name: string(s.category), Engine: tpu.Engine{Kind: s.engine, Index: x}, Work: s.work}
			if s.engine == tpu.MXU {
				op.Engine.Index = i % b.machine.Arrays
			}
			for _, p := range s.reads {
				op.Reads = append(op.Reads, part(p.of(where), x, parts))
			}
			for _, p := range s.writes {
				op.Writes = append(op.Writes, part(p.of(where), x, parts))
			}
			if x == parts-1 {
				op.Do = s.do
			}
			b.add(op, n == len(t.steps)-1 && !stored)
		}
	}
}

// of is where the operand lies.
func (p port) of(where [3][]tpu.Range) tpu.Range {
	r := where[p.list][p.index]
	if p.parts > 1 {
		return part(r, p.part, p.parts)
	}
	return r
}

// part returns part x of n of a range of at least n bytes.
func part(r tpu.Range, x, n int) tpu.Range {
	first, end := r.Bytes*int64(x)/int64(n), r.Bytes*int64(x+1)/int64(n)
	return tpu.Range{Buffer: r.Buffer, Offset: r.Offset + first, Bytes: end - first}
}

package tpu

import "lockstep/systolic"

// A coreLowering writes the operations of one core.
type coreLowering struct {
	*lowering
	core    int
	g       systolic.GEMM // of this core
	payload payload       // nil if the program is only timed

	rows, cols, depth []systolic.Span // of the blocks along M, N and K
	steps             []step
	slots             [3][]*Buffer // of A, B and C
	home              [2][]int64   // offset in the HBM of each block of A and B, plus 1; 0 if it has none yet

	// without overlap of transfers, what the next operation comes after, and the
	// operations added since
	barrier, phase []ID

	reads, writes []Range // storage
}

// A step is the product of one block of A and one of B.
type step struct{ m, n, k int }

func newCoreLowering(l *lowering, core int) *coreLowering {
	w := &coreLowering{lowering: l, core: core, g: l.plan.part(l.g, core)}
	b := &l.plan.Blocking
	nm, nn, nk := b.blocks(w.g)
	w.rows, w.cols, w.depth = blocks(w.g.M, b.M), blocks(w.g.N, b.N), blocks(w.g.K, b.K)
	w.steps = order(nm, nn, nk, b.ColumnsFirst)
	w.home = [2][]int64{make([]int64, nm*nk), make([]int64, nk*nn)}
	shared := 1
	if l.plan.AlongN {
		shared = 0
	}
	if core > 0 {
		w.home[shared] = l.home
	}
	l.home = w.home[shared]
	return w
}

// blocks returns the spans of the blocks of a dimension.
func blocks(length, block int) []systolic.Span {
	var list []systolic.Span
	for first := 0; first < length; first += block {
		list = append(list, systolic.Span{First: first, Count: min(block, length-first)})
	}
	return list
}

// order returns the steps: blocks of C one after another, to and fro along the
// inner dimension, so that the operands at the turn are used twice.
func order(nm, nn, nk int, columnsFirst bool) []step {
	outer, inner := nm, nn
	if columnsFirst {
		outer, inner = nn, nm
	}
	steps := make([]step, 0, nm*nn*nk)
	for o := range outer {
		for i := range inner {
			if o%2 == 1 {
				i = inner - 1 - i
			}
			for k := range nk {
				if columnsFirst {
					steps = append(steps, step{i, o, k})
				} else {
					steps = append(steps, step{o, i, k})
				}
			}
		}
	}
	return steps
}

func (w *coreLowering) run() error {
	b := &w.plan.Blocking
	nk, nn := len(w.depth), len(w.cols)
	usedA, usedB := make([]int, len(w.steps)), make([]int, len(w.steps))
	for i, s := range w.steps {
		usedA[i], usedB[i] = s.m*nk+s.k, s.k*nn+s.n
	}
	if err := w.allocSlots(); err != nil {
		return err
	}
	cacheA, cacheB := newCache(len(w.slots[0]), len(w.rows)*nk, usedA), newCache(len(w.slots[1]), nk*nn, usedB)
	um, un, _ := units(w.p.config.Array(), w.o.Dataflow)
	for i, s := range w.steps {
		x := stepParts{
			rows: parts(w.rows[s.m], b.GridM, um), cols: parts(w.cols[s.n], b.GridN, un), depth: w.depth[s.k],
			accumulate: s.k > 0, last: s.k == nk-1,
		}
		var load [2]bool
		x.slots[0], load[0] = cacheA.use(usedA[i])
		x.slots[1], load[1] = cacheB.use(usedB[i])
		x.slots[2] = i / nk % len(w.slots[2])
		if err := w.step(&x, load, [2]int{usedA[i], usedB[i]}); err != nil {
			return err
		}
	}
	return nil
}

// parts cuts a block for the grid.
func parts(block systolic.Span, grid, unit int) []systolic.Span {
	list := cut(block.Count, grid, unit)
	for i := range list {
		list[i].First += block.First
	}
	return list
}

// allocSlots allocates the slots in VMEM, no more than there are blocks.
func (w *coreLowering) allocSlots() error {
	b := &w.plan.Blocking
	j := job{config: &w.p.config, gemm: w.g, types: w.o.Types, dataflow: w.o.Dataflow}
	var bytes [3]int64
	bytes[0], bytes[1], bytes[2] = j.blockBytes(b)
	nm, nn, nk := len(w.rows), len(w.cols), len(w.depth)
	for i, n := range [3]int{min(b.SlotsA, nm*nk), min(b.SlotsB, nk*nn), min(b.SlotsC, nm*nn)} {
		for range n {
			slot, err := w.p.VMEM(w.core, [3]string{"block of A", "block of B", "block of C"}[i], bytes[i])
			if err != nil {
				return err
			}
			w.slots[i] = append(w.slots[i], slot)
		}
	}
	if w.o.Values != nil {
		p := corePlan{row: w.plan.Parts[w.core].First}
		if w.plan.AlongN {
			p.row, p.col = 0, p.row
		}
		for i := range w.slots {
			p.slots[i], p.lengths[i] = len(w.slots[i]), w.place(i, bytes[i])
		}
		w.payload = w.o.Values.core(&p)
	}
	return nil
}

// place turns a byte offset in a slot of A, B or C into elements.
func (w *coreLowering) place(matrix int, bytes int64) int {
	bits := [3]int{w.o.Types.A.Bits(), w.o.Types.B.Bits(), SumBits}[matrix]
	return int(bytes * 8 / int64(bits))
}

package tpu

import "lockstep/systolic"

// stepParts is a step with its blocks cut for the grid of arrays.
type stepParts struct {
	rows, cols []systolic.Span
	depth      systolic.Span
	slots      [3]int // of A, B and C
	accumulate bool   // not the first step of its block of C
	last       bool   // the last one
}

// step adds the operations of one step: loads of the blocks that are not in
// VMEM, the products, and after the last product the store.
func (w *coreLowering) step(x *stepParts, load [2]bool, blocks [2]int) error {
	if w.o.ComputeOnly {
		return w.multiply(x)
	}
	for i := range load {
		if load[i] {
			if err := w.load(i, blocks[i], x); err != nil {
				return err
			}
		}
	}
	w.endPhase()
	if err := w.multiply(x); err != nil {
		return err
	}
	w.endPhase()
	if !x.last {
		return nil
	}
	if err := w.store(x); err != nil {
		return err
	}
	w.endPhase()
	return nil
}

// endPhase makes all that follows wait for what was added since the last
// phase, on a machine on which transfers do not run under computation.
func (w *coreLowering) endPhase() {
	if !w.p.config.OverlapDMA && len(w.phase) > 0 {
		w.barrier, w.phase = w.phase, w.barrier[:0]
	}
}

// add adds an operation.
func (w *coreLowering) add(o Op) error {
	o.Engine.Core = w.core
	o.Reads, o.Writes = w.reads, w.writes
	if !w.p.config.OverlapDMA && !w.o.ComputeOnly {
		o.After = w.barrier
	}
	id, err := w.p.Add(o)
	w.phase = append(w.phase, id)
	return err
}

// load moves a block of A (matrix 0) or B (1) into its slot. The engines take
// turns by matrix.
func (w *coreLowering) load(matrix, block int, x *stepParts) error {
	parts, bytes := w.operand(matrix, x)
	o := Op{Name: [2]string{"load A", "load B"}[matrix], Engine: Engine{Kind: DMAIn, Index: matrix % w.p.config.DMAEngines}}
	if w.payload != nil {
		o.Do = w.payload.load(matrix, x.slots[matrix], parts)
	}
	home := &w.home[matrix][block]
	if *home == 0 {
		*home = w.next[matrix] + 1
		w.next[matrix] += bytes
	}
	w.reads = append(w.reads[:0], w.hbm[matrix].Range(*home-1, bytes))
	w.writes = append(w.writes[:0], w.slots[matrix][x.slots[matrix]].Range(0, bytes))
	return w.add(o)
}

// operand returns the parts of a block of A or B and its bytes; without a
// payload nobody asks for the parts.
func (w *coreLowering) operand(matrix int, x *stepParts) (parts []part, bytes int64) {
	list, t := x.rows, w.o.Types.A
	if matrix == 1 {
		list, t = x.cols, w.o.Types.B
	}
	for _, s := range list {
		if w.payload != nil {
			p := part{w.place(matrix, bytes), s, x.depth}
			if matrix == 1 {
				p.rows, p.cols = p.cols, p.rows
			}
			parts = append(parts, p)
		}
		bytes += t.Bytes(int64(s.Count) * int64(x.depth.Count))
	}
	return parts, bytes
}

// multiply adds one operation per array.
func (w *coreLowering) multiply(x *stepParts) error {
	t := w.o.Types
	before := w.gathered(x)
	var at [3]int64 // byte offsets of the parts of A, B and C
	for i, m := range x.rows {
		g := systolic.GEMM{M: m.Count, K: x.depth.Count}
		bytesA := t.A.Bytes(int64(g.M) * int64(g.K))
		at[1] = 0
		for j, n := range x.cols {
			g.N = n.Count
			bytesB, bytesC := t.B.Bytes(int64(g.K)*int64(g.N)), int64(g.M)*int64(g.N)*SumBits/8
			w.reads = append(w.reads[:0], w.slots[0][x.slots[0]].Range(at[0], bytesA), w.slots[1][x.slots[1]].Range(at[1], bytesB))
			w.writes = append(w.writes[:0], w.slots[2][x.slots[2]].Range(at[2], bytesC))
			o := Op{
				Name: "matmul", Engine: Engine{Kind: MXU, Index: i*len(x.cols) + j},
				Work: MatMul(g, t, w.o.Dataflow, x.accumulate),
			}
			if w.payload != nil {
				places := [3]int{w.place(0, at[0]), w.place(1, at[1]), w.place(2, at[2])}
				o.Do = w.payload.multiply(x.slots, places, g, x.accumulate)
				if w.o.ComputeOnly {
					o.Do = inTurn(before, o.Do, w.payload.store(x.slots[2], part{places[2], m, n}))
				}
			}
			if err := w.add(o); err != nil {
				return err
			}
			at[1], at[2] = at[1]+bytesB, at[2]+bytesC
		}
		at[0] += bytesA
	}
	return nil
}

// gathered is, for a program without transfers, the function that brings the
// operands into their slots, once.
func (w *coreLowering) gathered(x *stepParts) func() error {
	if w.payload == nil || !w.o.ComputeOnly {
		return nil
	}
	a, _ := w.operand(0, x)
	b, _ := w.operand(1, x)
	load := inTurn(w.payload.load(0, x.slots[0], a), w.payload.load(1, x.slots[1], b))
	return func() error {
		f := load
		load = func() error { return nil }
		return f()
	}
}

func inTurn(list ...func() error) func() error {
	return func() error {
		for _, f := range list {
			if err := f(); err != nil {
				return err
			}
		}
		return nil
	}
}

// store moves a block of C to the HBM.
func (w *coreLowering) store(x *stepParts) error {
	bytes := int64(0)
	var stores []func() error
	for _, m := range x.rows {
		for _, n := range x.cols {
			if w.payload != nil {
				stores = append(stores, w.payload.store(x.slots[2], part{w.place(2, bytes), m, n}))
			}
			bytes += int64(m.Count) * int64(n.Count) * SumBits / 8
		}
	}
	o := Op{Name: "store C", Engine: Engine{Kind: DMAOut}}
	if stores != nil {
		o.Do = inTurn(stores...)
	}
	w.reads = append(w.reads[:0], w.slots[2][x.slots[2]].Range(0, bytes))
	w.writes = append(w.writes[:0], w.hbm[2].Range(w.next[2], bytes))
	w.next[2] += bytes
	return w.add(o)
}

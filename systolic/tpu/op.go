package tpu

import (
	"fmt"

	"lockstep/systolic"
)

// An ID is the number of an operation of a program, from 1 in the order of
// Program.Add; 0 is none.
type ID int32

// An Op is one operation of a program: a move, a matrix product, vector work or
// a permutation. Program.Add copies it; slices may be used again.
type Op struct {
	Name   string // for errors and traces
	Engine Engine
	Work   Work // of MXU, VPU and XLU; a DMA moves its ranges

	// Reads and Writes are the operands, in VMEM of the engine's core.
	//
	//	DMAIn   reads one range of the HBM, writes one of equal size
	//	DMAOut  reads one range, writes one of the HBM of equal size
	//	MXU     reads A and B, writes C; with Accumulate reads C too, unnamed
	//	VPU XLU any
	Reads, Writes []Range

	// The op starts no earlier than the finish of each op of After, which were
	// added before, and when each semaphore of Waits has reached its count.
	After   []ID
	Waits   []Wait
	Signals []*Semaphore // each counts one more when the op finishes

	// Do computes values, nil if there are none. It runs when the op finishes,
	// on operands that no other operation of the program is changing. An error
	// ends the run.
	Do func() error
}

// A Semaphore counts the operations that have signalled it.
type Semaphore struct {
	name    string
	index   int
	program *Program
}

// A Wait is a semaphore and the count >= 1 that it must have reached.
type Wait struct {
	On    *Semaphore
	Count int
}

// Work is what an engine does, and so how long it takes.
type Work struct {
	kind       EngineKind
	shape      systolic.GEMM
	types      Types
	dataflow   systolic.Dataflow
	accumulate bool
	amount     int64
	factor     int64
}

// MatMul is C = A*B, or C += A*B with accumulate, on one array, in as many passes as
// [systolic.Folds] has; ranges are packed matrices, C of 32-bit sums.
func MatMul(g systolic.GEMM, t Types, d systolic.Dataflow, accumulate bool) Work {
	return Work{kind: MXU, shape: g, types: t, dataflow: d, accumulate: accumulate}
}

// Vector is opsPerElement >= 1 operations for each of elements >= 1 words of 32
// bits.
func Vector(elements, opsPerElement int64) Work {
	return Work{kind: VPU, amount: elements, factor: opsPerElement}
}

// Permute moves registers >= 1 vector registers across lanes, passes >= 1
// times.
func Permute(registers, passes int64) Work {
	return Work{kind: XLU, amount: registers, factor: passes}
}

// Registers returns the vector registers that hold so many bytes.
func (c Config) Registers(bytes int64) int64 {
	return (bytes + c.RegisterBytes() - 1) / c.RegisterBytes()
}

// checkRanges reports the first range that is not one, is in the wrong memory
// or of a buffer that was freed.
func (p *Program) checkRanges(o *Op) error {
	for i, list := range [2][]Range{o.Reads, o.Writes} {
		for _, r := range list {
			verb := [2]string{"reads", "writes"}[i]
			if r.Buffer == nil || r.Buffer.space.program != p {
				return fmt.Errorf("%s a buffer that is nil or of another program", verb)
			}
			b, want := r.Buffer, o.Engine.Core
			if o.Engine.Kind == DMAIn && i == 0 || o.Engine.Kind == DMAOut && i == 1 {
				want = hbmCore
			}
			switch {
			case b.freed:
				return fmt.Errorf("%s buffer %q, which was freed", verb, b.name)
			case r.Offset < 0 || r.Bytes < 1 || r.Bytes > b.bytes || r.Offset > b.bytes-r.Bytes:
				return fmt.Errorf("%s %d bytes from byte %d of buffer %q, want a range inside its %d bytes",
					verb, r.Bytes, r.Offset, b.name, b.bytes)
			case b.space.core != want:
				return fmt.Errorf("%s buffer %q in %s, want one in %s", verb, b.name, b.space.name, spaceName(want))
			}
		}
	}
	return nil
}

// checkWork reports operands that do not fit the work.
func (p *Program) checkWork(o *Op) error {
	kind := o.Engine.Kind
	switch kind {
	case DMAIn, DMAOut:
		switch {
		case o.Work != Work{}:
			return fmt.Errorf("has work of kind %s, want none on a DMA", engineNames[o.Work.kind])
		case len(o.Reads) != 1 || len(o.Writes) != 1:
			return fmt.Errorf("has %d reads and %d writes, want one of each on a DMA", len(o.Reads), len(o.Writes))
		case o.Reads[0].Bytes != o.Writes[0].Bytes:
			return fmt.Errorf("moves %d bytes of buffer %q to %d bytes of buffer %q, want equal sizes",
				o.Reads[0].Bytes, o.Reads[0].Buffer.name, o.Writes[0].Bytes, o.Writes[0].Buffer.name)
		}
		return nil
	case MXU:
		if o.Work.kind == MXU {
			return p.checkMatMul(o)
		}
	}
	switch w := o.Work; {
	case w.kind != kind:
		return fmt.Errorf("has work of kind %s, want kind %s", engineNames[w.kind], engineNames[kind])
	case w.amount < 1 || w.factor < 1 || w.amount > maxBytes || w.factor > 1<<20:
		return fmt.Errorf("has work of %d times %d, want 1 to %d times 1 to %d", w.amount, w.factor, int64(maxBytes), 1<<20)
	}
	return nil
}

func (p *Program) checkMatMul(o *Op) error {
	w := &o.Work
	if err := w.shape.Validate(); err != nil {
		return err
	}
	if err := w.types.Validate(); err != nil {
		return err
	}
	if err := w.dataflow.Validate(); err != nil {
		return err
	}
	if p.config.rate(w.types).zero() {
		return fmt.Errorf("multiplies %s, which this machine does not support: its rate is 0", w.types)
	}
	if len(o.Reads) != 2 || len(o.Writes) != 1 {
		return fmt.Errorf("has %d reads and %d writes, want A and B, and C", len(o.Reads), len(o.Writes))
	}
	m, n, k := int64(w.shape.M), int64(w.shape.N), int64(w.shape.K)
	for _, f := range []struct {
		name, dims, element string
		have                *Range
		want                int64
	}{
		{"A", "MxK", w.types.A.String(), &o.Reads[0], w.types.A.Bytes(m * k)},
		{"B", "KxN", w.types.B.String(), &o.Reads[1], w.types.B.Bytes(k * n)},
		{"C", "MxN", "32-bit sums", &o.Writes[0], m * n * SumBits / 8},
	} {
		if f.have.Bytes != f.want {
			return fmt.Errorf("%s is %d bytes of buffer %q, want %s = %d bytes of %s for a product of %s",
				f.name, f.have.Bytes, f.have.Buffer.name, f.dims, f.want, f.element, w.shape)
		}
	}
	return nil
}

package core

import (
	"fmt"

	"lockstep/ternary"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
)

// An image is the contents of the core's memory and registers in a functional
// run. Tensors are held by region; ops find theirs when they are built.
type image struct {
	model   *fixed.Model
	ops     fixed.Ops
	regs    [][]int32
	scalars []scalar
	buffers [][]int8
	vectors map[isa.Ref][]int32 // constants, states and logits
	acc     []int32
	token   int
	search  search
	next    int // token that ARGMAX chose
}

// A search is an ARGMAX under way.
type search struct {
	best  int32
	index int
	seen  int // elements
	total int // of the whole vector
}

// A scalar holds the results of a norm pass.
type scalar struct{ norm, quant, rescale fixed.Scale }

func newImage(m *fixed.Model, p *isa.Program) *image {
	n := p.Target.VectorElements
	im := &image{model: m, ops: m.Ops(), scalars: make([]scalar, p.Target.ScalarRegisters),
		vectors: map[isa.Ref][]int32{}, acc: make([]int32, n)}
	for range p.Target.VectorRegisters {
		im.regs = append(im.regs, make([]int32, n))
	}
	for range p.Target.OperandBuffers {
		im.buffers = append(im.buffers, make([]int8, n))
	}
	for _, r := range p.Layout.Regions {
		im.vectors[r.Ref] = vector(m, r)
	}
	return im
}

// vector returns the contents of a region, or nil if it holds a matrix.
func vector(m *fixed.Model, r isa.Region) []int32 {
	switch r.Ref.Kind {
	case isa.Embedding:
		return m.Embedding
	case isa.FinalNorm:
		return m.FinalNorm.Weight
	case isa.NormHead:
		return m.Head.Norm
	case isa.State, isa.Logits:
		return make([]int32, r.Cols)
	case isa.OneMinusLB:
		if lb := m.Layers[r.Ref.Layer].OneMinusLB; lb != nil {
			return lb
		}
		ones := make([]int32, r.Cols)
		for i := range ones {
			ones[i] = m.Config.Vector.One()
		}
		return ones
	}
	if n, ok := isa.NormOf(m, r.Ref); ok {
		return n.Weight
	}
	if p, ok := isa.ProjectionOf(m, r.Ref); ok && r.Ref.Kind < isa.WeightI {
		return p.Norm
	}
	return nil
}

// reset clears the recurrent state.
func (im *image) reset() {
	for ref, v := range im.vectors {
		if ref.Kind == isa.State {
			clear(v)
		}
	}
}

// payload returns what an instruction computes. It runs when the instruction
// starts: the scoreboard has ended everything that wrote its operands, and
// starts of dependent instructions are in program order.
func (im *image) payload(p *isa.Program, in isa.Instr) (func() error, error) {
	d, a, b := im.regs[in.D], im.regs[in.A], im.regs[in.B]
	n := in.N
	switch in.Op {
	case isa.LDV:
		return im.load(p, in)
	case isa.STV:
		r, _ := p.Layout.Find(in.Data)
		first := int(in.Addr-r.Addr) / p.Target.ElementBytes
		return func() error { copy(im.vectors[in.Data][first:], a[:n]); return nil }, nil
	case isa.RMS:
		s := &im.scalars[in.S]
		return func() error {
			st := im.ops.Stats(a[:n], b)
			*s = scalar{fixed.NormScale(st.SumSquares, in.Eps, in.Out), fixed.QuantScale(st.Peak), fixed.RescaleScale(st, in.Eps, in.Out)}
			return nil
		}, nil
	case isa.NORM:
		return func() error { im.ops.RMSNorm(d[:n], a, b, im.scalars[in.S].norm); return nil }, nil
	case isa.QUANT:
		return func() error { im.ops.Quantise(im.buffers[in.Q][:n], a[:n], b, im.scalars[in.S].quant); return nil }, nil
	case isa.TMATMUL:
		return im.matmul(p, in)
	case isa.ADD:
		return func() error { im.ops.Add(d[:n], a, b); return nil }, nil
	case isa.SUB:
		return func() error { im.ops.Sub(d[:n], a, b); return nil }, nil
	case isa.MUL:
		return func() error { im.ops.Mul(d[:n], a, b); return nil }, nil
	case isa.SIG:
		return func() error { im.ops.Sigmoid(d[:n], a); return nil }, nil
	case isa.CSIG:
		return func() error { im.ops.CSigmoid(d[:n], a); return nil }, nil
	case isa.SILU:
		return func() error { im.ops.SiLU(d[:n], a); return nil }, nil
	case isa.ARGMAX:
		return func() error { im.argmax(a[:n], in.Cols); return nil }, nil
	}
	return nil, fmt.Errorf("core: %s has no payload", in.Op)
}

// argmax searches one part of a vector of total elements, the first part if
// total is not 0; the first of equal elements wins.
func (im *image) argmax(x []int32, total int) {
	if total > 0 {
		im.search = search{best: x[0], total: total}
	}
	for i, v := range x {
		if v > im.search.best {
			im.search.best, im.search.index = v, im.search.seen+i
		}
	}
	im.search.seen += len(x)
	im.next = im.search.index
}

func (im *image) load(p *isa.Program, in isa.Instr) (func() error, error) {
	src, d := im.vectors[in.Data], im.regs[in.D]
	if src == nil {
		return nil, fmt.Errorf("core: %s loads %s, want a vector", in.String(), in.Data)
	}
	if in.Stride != 0 {
		return func() error { copy(d, src[im.token*in.N:][:in.N]); return nil }, nil
	}
	return func() error { copy(d, src[:in.N]); return nil }, nil
}

// matmul packs the rows of one product, unless it takes the whole matrix.
func (im *image) matmul(p *isa.Program, in isa.Instr) (func() error, error) {
	proj, ok := isa.ProjectionOf(im.model, in.Data)
	if !ok {
		return nil, fmt.Errorf("core: %s has no matrix in %s", in.String(), in.Data)
	}
	r, _ := p.Layout.Find(in.Data)
	packed, w := proj.Packed, proj.Weight
	if in.N != w.Rows {
		first, ok := r.RowAt(in.Addr)
		if !ok || first+in.N > w.Rows {
			return nil, fmt.Errorf("core: %s: want the address of a row of %s with %d rows behind it", in.String(), in.Data, in.N)
		}
		if block := min(r.BlockRows, w.Rows-first); p.Target.Columns && in.N != block {
			return nil, fmt.Errorf("core: %s: want %d rows, those of which the columns are stored", in.String(), block)
		}
		block := ternary.Matrix{Rows: in.N, Cols: w.Cols, Codes: w.Codes[first*w.Stride():][:in.N*w.Stride()], MeanAbs: w.MeanAbs}
		var err error
		if packed, err = fixed.Pack(&block); err != nil {
			return nil, fmt.Errorf("core: %s: %w", in.String(), err)
		}
	}
	d, q := im.regs[in.D], im.buffers[in.Q]
	return func() error {
		packed.MatVec(im.acc[:in.N], q[:in.Cols])
		im.ops.Rescale(d[:in.N], im.acc, im.scalars[in.S].rescale)
		return nil
	}, nil
}

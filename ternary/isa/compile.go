package isa

import (
	"fmt"

	"lockstep/ternary"
)

// A Target is what the compiler needs to know of a core.
type Target struct {
	Lanes           int // trits per beat of the matrix unit (TP)
	VectorRegisters int // at least MinVectorRegisters
	ScalarRegisters int // at least 1
	OperandBuffers  int // int8 vectors that can wait for the matrix unit, at least 1
	VectorElements  int // capacity of a vector register; 0 means what the shape needs
	ElementBytes    int // bytes of a vector element in memory
	WeightBeatBytes int // bytes per beat of the weight port
	VectorBeatBytes int // bytes per beat of the vector port

	Packing ternary.Packing // of weights in memory; 0 means TwoBit
	Columns bool            // the matrix of a product is stored by columns, each in whole beats of the matrix unit
}

// MinVectorRegisters is the number of registers that the program of a token
// uses: the residual stream, six vectors of a block and one of constants. Any
// more hold constants, so that one can be loaded while another is in use.
const MinVectorRegisters = 8

// Validate reports the first field that is out of range.
func (t Target) Validate() error {
	for _, f := range []struct {
		name             string
		value, low, high int
	}{
		{"Lanes", t.Lanes, 1, 4096},
		{"VectorRegisters", t.VectorRegisters, MinVectorRegisters, 256},
		{"ScalarRegisters", t.ScalarRegisters, 1, 256},
		{"OperandBuffers", t.OperandBuffers, 1, 16},
		{"VectorElements", t.VectorElements, 0, 1 << 20},
		{"ElementBytes", t.ElementBytes, 1, 8},
		{"WeightBeatBytes", t.WeightBeatBytes, 1, 1 << 16},
		{"VectorBeatBytes", t.VectorBeatBytes, 1, 1 << 16},
	} {
		if f.value < f.low || f.value > f.high {
			return fmt.Errorf("isa: %s is %d, want %d to %d", f.name, f.value, f.low, f.high)
		}
	}
	if t.Packing != 0 && t.Packing.TritsPerByte() == 0 {
		return fmt.Errorf("isa: Packing is %v, want %v or %v", t.Packing, ternary.TwoBit, ternary.FiveTrit)
	}
	return nil
}

// Beats returns the beats of the matrix unit in a row of cols trits.
func (t Target) Beats(cols int) int { return (cols + t.Lanes - 1) / t.Lanes }

// ProductBytes returns the bytes of the weights of a product: its rows or
// columns, each whole beats of the matrix unit, one behind the other.
func (t Target) ProductBytes(rows, cols int) int64 {
	if t.Columns {
		rows, cols = cols, rows
	}
	return int64(t.Packing.Bytes(rows * t.Beats(cols) * t.Lanes))
}

// headRows is the number of logits that are computed at a time: as many as a
// register holds, in whole words of memory.
func (t Target) headRows() int {
	rows, word := t.VectorElements, t.VectorBeatBytes/t.ElementBytes
	if rows > word && word > 0 {
		rows -= rows % word
	}
	return rows
}

// A Program is what the core executes for one token.
type Program struct {
	Shape  ternary.Shape
	Target Target
	Instrs []Instr
	Layout *Layout
}

// Compile returns the program of one token for a model of shape s: the same
// sequence of vector operations, in the same order, as the fixed golden model.
func Compile(s ternary.Shape, t Target) (*Program, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	need := max(s.Hidden, s.Intermediate)
	if t.VectorElements == 0 {
		t.VectorElements = need
	}
	if t.Packing == 0 {
		t.Packing = ternary.TwoBit
	}
	if err := t.Validate(); err != nil {
		return nil, err
	}
	if t.VectorElements < need {
		return nil, fmt.Errorf("isa: VectorElements is %d, want at least %d, the longest vector of the model", t.VectorElements, need)
	}
	c := &compiler{s: s, t: t, p: &Program{Shape: s, Target: t, Layout: plan(s, t)}}
	c.token()
	return c.p, nil
}

// The vector registers of the program; constants rotate through the rest.
const (
	vX = iota // residual stream
	vN        // its norm
	vI
	vF
	vG
	vO
	vH
	vConst
)

type compiler struct {
	s      ternary.Shape
	t      Target
	p      *Program
	consts int // constants loaded so far
	scales int // scalar registers used so far
	quants int // operand buffers used so far
}

func (c *compiler) emit(i Instr) { c.p.Instrs = append(c.p.Instrs, i) }

// load loads a constant vector of n elements into the next constant register.
func (c *compiler) load(ref Ref, n int) int {
	r := vConst + c.consts%(c.t.VectorRegisters-vConst)
	c.consts++
	region, _ := c.p.Layout.Find(ref)
	c.emit(Instr{Op: LDV, D: r, N: n, Addr: region.Addr, Data: ref, Note: "load " + ref.String()})
	return r
}

// scale emits the norm pass over register a with weights b.
func (c *compiler) scale(a, b, n int, ref Ref) int {
	s := c.scales % c.t.ScalarRegisters
	c.scales++
	c.emit(Instr{Op: RMS, S: s, A: a, B: b, N: n, Const: ref, Note: "scales of " + ref.String()})
	return s
}

// norm emits d = RMSNorm(a) over Hidden elements, with the weights in register
// w.
func (c *compiler) norm(d, a, w int, ref Ref) {
	s := c.scale(a, w, c.s.Hidden, ref)
	c.emit(Instr{Op: NORM, D: d, A: a, B: w, S: s, N: c.s.Hidden, Note: ref.String()})
}

// An operand8 is what QUANT leaves for products: a buffer, scales, elements.
type operand8 struct{ q, s, n int }

// quantise emits the norm pass and the quantisation of register a, of n
// elements, with the norm weights in register w.
func (c *compiler) quantise(a, w, n int, weight Ref) operand8 {
	s := c.scale(a, w, n, weight)
	q := c.quants % c.t.OperandBuffers
	c.quants++
	c.emit(Instr{Op: QUANT, Q: q, A: a, B: w, S: s, N: n, Note: "int8 input of " + weight.String()})
	return operand8{q, s, n}
}

// product emits d = the given rows of a matrix times x.
func (c *compiler) product(d int, x operand8, weight Ref, first, rows int) {
	region, _ := c.p.Layout.Find(weight)
	c.emit(Instr{Op: TMATMUL, D: d, Q: x.q, S: x.s, N: rows, Cols: x.n, Data: weight,
		Addr: region.RowAddr(first), Note: weight.String()})
}

// store emits the store of n elements of register a to a region, from its
// element first on.
func (c *compiler) store(a, n int, ref Ref, first int) {
	region, _ := c.p.Layout.Find(ref)
	c.emit(Instr{Op: STV, A: a, N: n, Addr: region.Addr + int64(first*c.t.ElementBytes), Data: ref,
		Note: "store " + ref.String()})
}

func (c *compiler) row(op Op, d, a, b, n int, note string) {
	c.emit(Instr{Op: op, D: d, A: a, B: b, N: n, Note: note})
}

// token emits the whole program. Constants are loaded under the product before
// their use, and what is read of a product that runs follows it row by row.
func (c *compiler) token() {
	region, _ := c.p.Layout.Find(Ref{Kind: Embedding})
	c.emit(Instr{Op: LDV, D: vX, N: c.s.Hidden, Addr: region.Addr, Stride: region.BlockBytes, Data: region.Ref, Note: "embedding"})
	w := c.load(Ref{AttnNorm, 0}, c.s.Hidden)
	for k := range c.s.Layers {
		w = c.mixTokens(k, w)
		w = c.mixChannels(k, w)
	}
	c.head(w)
}

// mixTokens emits the token mixer of layer k, whose norm weights are in w: with
// c = (1-lb)*(1-sigmoid(f)), h = h + c*(silu(i) - h), x = x +
// O(RMSNorm(g)*silu(h)). It returns the register of the next norm weights.
func (c *compiler) mixTokens(k, w int) int {
	h := c.s.Hidden
	ref := func(kind Kind) Ref { return Ref{kind, k} }
	c.norm(vN, vX, w, ref(AttnNorm))
	for _, p := range []struct {
		d            int
		norm, weight Kind
	}{{vI, NormI, WeightI}, {vF, NormF, WeightF}, {vG, NormG, WeightG}} {
		c.product(p.d, c.quantise(vN, c.load(ref(p.norm), h), h, ref(p.weight)), ref(p.weight), 0, h)
	}
	state, _ := c.p.Layout.Find(ref(State))
	c.emit(Instr{Op: LDV, D: vH, N: h, Addr: state.Addr, Data: state.Ref, Note: "load " + state.Ref.String()})
	c.row(SILU, vI, vI, 0, h, "silu(i)")
	c.row(SUB, vI, vI, vH, h, "silu(i) - h")
	c.row(CSIG, vF, vF, 0, h, "1 - sigmoid(f)")
	if k > 0 {
		lb := c.load(ref(OneMinusLB), h)
		c.row(MUL, vF, vF, lb, h, "c = (1-lb) * (1 - sigmoid(f))")
	}
	c.row(MUL, vI, vI, vF, h, "c * (silu(i) - h)")
	c.row(ADD, vH, vH, vI, h, "new state h")
	wG, wO := c.load(ref(GNorm), h), 0
	ahead := c.t.VectorRegisters > vConst+1 // a second register for constants
	if ahead {
		wO = c.load(ref(NormO), h)
	}
	c.row(SILU, vO, vH, 0, h, "silu(h)")
	c.store(vH, h, ref(State), 0)
	c.norm(vG, vG, wG, ref(GNorm))
	if !ahead {
		wO = c.load(ref(NormO), h)
	}
	c.row(MUL, vO, vO, vG, h, "RMSNorm(g) * silu(h)")
	x := c.quantise(vO, wO, h, ref(WeightO))
	c.product(vO, x, ref(WeightO), 0, h)
	w = c.load(ref(MLPNorm), h)
	c.row(ADD, vX, vX, vO, h, "residual")
	return w
}

// mixChannels emits the channel mixer of layer k, whose norm weights are in w:
// x = x + Down(silu(gate)*up). It returns the register of the next norm
// weights.
func (c *compiler) mixChannels(k, w int) int {
	h, n := c.s.Hidden, c.s.Intermediate
	ref := func(kind Kind) Ref { return Ref{kind, k} }
	c.norm(vN, vX, w, ref(MLPNorm))
	x := c.quantise(vN, c.load(ref(NormGateUp), h), h, ref(WeightGateUp))
	c.product(vI, x, ref(WeightGateUp), 0, n)
	c.product(vF, x, ref(WeightGateUp), n, n)
	wDown := c.load(ref(NormDown), n)
	c.row(SILU, vI, vI, 0, n, "silu(gate)")
	c.row(MUL, vI, vI, vF, n, "silu(gate) * up")
	x = c.quantise(vI, wDown, n, ref(WeightDown))
	c.product(vO, x, ref(WeightDown), 0, h)
	next := Ref{Kind: FinalNorm}
	if k+1 < c.s.Layers {
		next = Ref{AttnNorm, k + 1}
	}
	w = c.load(next, h)
	c.row(ADD, vX, vX, vO, h, "residual")
	return w
}

// head emits the logits, as many as a register holds at a time, and the choice
// of the largest.
func (c *compiler) head(w int) {
	c.norm(vN, vX, w, Ref{Kind: FinalNorm})
	weight := Ref{Kind: WeightHead}
	x := c.quantise(vN, c.load(Ref{Kind: NormHead}, c.s.Hidden), c.s.Hidden, weight)
	part := c.t.headRows()
	d := func(first int) int { return vI + first/part%2 }
	product := func(first int) {
		if first < c.s.Vocab {
			c.product(d(first), x, weight, first, min(part, c.s.Vocab-first))
		}
	}
	product(0)
	whole := c.s.Vocab
	for first := 0; first < c.s.Vocab; first += part {
		n := min(part, c.s.Vocab-first)
		product(first + part)
		c.emit(Instr{Op: ARGMAX, A: d(first), N: n, Cols: whole, Note: "next token"})
		whole = 0
		c.store(d(first), n, Ref{Kind: Logits}, first)
	}
}

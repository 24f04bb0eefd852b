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
	return nil
}

// Beats returns the beats of the matrix unit in a row of cols trits.
func (t Target) Beats(cols int) int { return (cols + t.Lanes - 1) / t.Lanes }

// matrixRowBytes returns the bytes of a row of cols trits in memory: whole
// beats of the matrix unit, two bits per trit.
func (t Target) matrixRowBytes(cols int) int64 {
	return (int64(t.Beats(cols))*int64(t.Lanes)*2 + 7) / 8
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

// norm emits d = RMSNorm(a) over Hidden elements.
func (c *compiler) norm(d, a int, ref Ref) {
	w := c.load(ref, c.s.Hidden)
	s := c.scale(a, w, c.s.Hidden, ref)
	c.emit(Instr{Op: NORM, D: d, A: a, B: w, S: s, N: c.s.Hidden, Note: ref.String()})
}

// An output is a block of rows of a matrix and the register it goes to.
type output struct{ d, first, rows int }

// project emits a BitLinear on register a, of n elements.
func (c *compiler) project(a, n int, norm, weight Ref, outs ...output) {
	w := c.load(norm, n)
	s := c.scale(a, w, n, weight)
	q := c.quants % c.t.OperandBuffers
	c.quants++
	c.emit(Instr{Op: QUANT, Q: q, A: a, B: w, S: s, N: n, Note: "int8 input of " + weight.String()})
	region, _ := c.p.Layout.Find(weight)
	for _, o := range outs {
		c.emit(Instr{Op: TMATMUL, D: o.d, Q: q, S: s, N: o.rows, Cols: n, Data: weight,
			Addr: region.Addr + int64(o.first)*region.RowBytes, Note: weight.String()})
		if weight.Kind == WeightHead {
			c.store(o.d, o.rows, Ref{Kind: Logits}, o.first)
		}
	}
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

// token emits the whole program.
func (c *compiler) token() {
	region, _ := c.p.Layout.Find(Ref{Kind: Embedding})
	c.emit(Instr{Op: LDV, D: vX, N: c.s.Hidden, Addr: region.Addr, Stride: region.RowBytes, Data: region.Ref, Note: "embedding"})
	for k := range c.s.Layers {
		c.mixTokens(k)
		c.mixChannels(k)
	}
	c.norm(vN, vX, Ref{Kind: FinalNorm})
	var outs []output
	for first := 0; first < c.s.Vocab; first += c.t.VectorElements {
		outs = append(outs, output{vI + len(outs)%2, first, min(c.t.VectorElements, c.s.Vocab-first)})
	}
	c.project(vN, c.s.Hidden, Ref{Kind: NormHead}, Ref{Kind: WeightHead}, outs...)
}

// mixTokens emits the token mixer of layer k: with c = (1-lb)*(1-sigmoid(f)),
// h = h + c*(silu(i) - h), x = x + O(RMSNorm(g)*silu(h)).
func (c *compiler) mixTokens(k int) {
	h := c.s.Hidden
	ref := func(kind Kind) Ref { return Ref{kind, k} }
	c.norm(vN, vX, ref(AttnNorm))
	c.project(vN, h, ref(NormI), ref(WeightI), output{vI, 0, h})
	c.project(vN, h, ref(NormF), ref(WeightF), output{vF, 0, h})
	c.project(vN, h, ref(NormG), ref(WeightG), output{vG, 0, h})
	c.row(CSIG, vF, vF, 0, h, "1 - sigmoid(f)")
	if k > 0 {
		lb := c.load(ref(OneMinusLB), h)
		c.row(MUL, vF, vF, lb, h, "c = (1-lb) * (1 - sigmoid(f))")
	}
	c.row(SILU, vI, vI, 0, h, "silu(i)")
	state, _ := c.p.Layout.Find(ref(State))
	c.emit(Instr{Op: LDV, D: vH, N: h, Addr: state.Addr, Data: state.Ref, Note: "load " + state.Ref.String()})
	c.row(SUB, vI, vI, vH, h, "silu(i) - h")
	c.row(MUL, vI, vI, vF, h, "c * (silu(i) - h)")
	c.row(ADD, vH, vH, vI, h, "new state h")
	c.store(vH, h, ref(State), 0)
	c.norm(vG, vG, ref(GNorm))
	c.row(SILU, vO, vH, 0, h, "silu(h)")
	c.row(MUL, vO, vO, vG, h, "RMSNorm(g) * silu(h)")
	c.project(vO, h, ref(NormO), ref(WeightO), output{vO, 0, h})
	c.row(ADD, vX, vX, vO, h, "residual")
}

// mixChannels emits the channel mixer of layer k: x = x + Down(silu(gate)*up).
func (c *compiler) mixChannels(k int) {
	h, n := c.s.Hidden, c.s.Intermediate
	ref := func(kind Kind) Ref { return Ref{kind, k} }
	c.norm(vN, vX, ref(MLPNorm))
	c.project(vN, h, ref(NormGateUp), ref(WeightGateUp), output{vI, 0, n}, output{vF, n, n})
	c.row(SILU, vI, vI, 0, n, "silu(gate)")
	c.row(MUL, vI, vI, vF, n, "silu(gate) * up")
	c.project(vI, n, ref(NormDown), ref(WeightDown), output{vO, 0, h})
	c.row(ADD, vX, vX, vO, h, "residual")
}

package isa

import (
	"fmt"

	"lockstep/ternary"
)

// A Kind is what a region of memory holds.
type Kind uint8

// The kinds of regions, in the order in which they lie in memory.
const (
	None Kind = iota
	Embedding
	AttnNorm
	NormI
	NormF
	NormG
	OneMinusLB
	GNorm
	NormO
	MLPNorm
	NormGateUp
	NormDown
	WeightI
	WeightF
	WeightG
	WeightO
	WeightGateUp
	WeightDown
	State
	FinalNorm
	NormHead
	WeightHead
	Logits
	numKinds
)

var kindNames = [numKinds]string{"none", "embedding", "attn_norm", "i.norm", "f.norm", "g.norm", "one_minus_lb",
	"g_norm", "o.norm", "mlp_norm", "gate_up.norm", "down.norm", "i.weight", "f.weight", "g.weight", "o.weight",
	"gate_up.weight", "down.weight", "state", "final_norm", "head.norm", "head.weight", "logits"}

// A Ref names data of the model: a kind and, for what every layer has, the
// layer.
type Ref struct {
	Kind  Kind
	Layer int
}

// String returns, for example, "layers.2.attn_norm".
func (r Ref) String() string {
	if r.Kind >= AttnNorm && r.Kind <= State {
		return fmt.Sprintf("layers.%d.%s", r.Layer, kindNames[r.Kind])
	}
	return kindNames[r.Kind]
}

// A Region is a range of memory: blocks of rows, each in whole beats of the
// memory port that reads it. Vectors and, where the beats allow it, rows of
// matrices are blocks of their own; otherwise the rows of one product are.
type Region struct {
	Ref        Ref
	Addr       int64 // bytes
	Rows, Cols int   // elements; a vector has one row
	BlockRows  int
	BlockBytes int64 // padding included
}

// Blocks returns the number of blocks.
func (r Region) Blocks() int { return (r.Rows + r.BlockRows - 1) / r.BlockRows }

// Bytes returns the size of r.
func (r Region) Bytes() int64 { return int64(r.Blocks()) * r.BlockBytes }

// RowAddr returns the address of a row that begins a block.
func (r Region) RowAddr(row int) int64 { return r.Addr + int64(row/r.BlockRows)*r.BlockBytes }

// RowAt returns the row at an address, or false if none begins there.
func (r Region) RowAt(addr int64) (row int, ok bool) {
	offset := addr - r.Addr
	if offset < 0 || offset >= r.Bytes() || offset%r.BlockBytes != 0 {
		return 0, false
	}
	return int(offset/r.BlockBytes) * r.BlockRows, true
}

// A Layout places every tensor of a model in memory, without gaps other than
// padding to the beats in which it is read.
type Layout struct {
	Regions []Region
	index   map[Ref]int
}

// Find returns the region of ref.
func (l *Layout) Find(ref Ref) (Region, bool) {
	i, ok := l.index[ref]
	if !ok {
		return Region{}, false
	}
	return l.Regions[i], true
}

// Bytes returns the size of the memory.
func (l *Layout) Bytes() int64 {
	if len(l.Regions) == 0 {
		return 0
	}
	last := l.Regions[len(l.Regions)-1]
	return last.Addr + last.Bytes()
}

// plan places the tensors of a model of shape s.
func plan(s ternary.Shape, t Target) *Layout {
	l := &Layout{index: map[Ref]int{}}
	place := func(ref Ref, rows, cols, blockRows int, bytes, beat int64) {
		addr := (l.Bytes() + beat - 1) / beat * beat
		l.index[ref] = len(l.Regions)
		l.Regions = append(l.Regions, Region{ref, addr, rows, cols, blockRows, (bytes + beat - 1) / beat * beat})
	}
	vectors := func(ref Ref, rows, n int) {
		place(ref, rows, n, 1, int64(n)*int64(t.ElementBytes), int64(t.VectorBeatBytes))
	}
	matrix := func(ref Ref, rows, cols, product int) {
		trits := t.Packing.TritsPerByte() * t.WeightBeatBytes // of a beat of memory
		if !t.Columns && t.Beats(cols)*t.Lanes%trits == 0 {
			product = 1
		}
		place(ref, rows, cols, product, t.ProductBytes(product, cols), int64(t.WeightBeatBytes))
	}
	h, i := s.Hidden, s.Intermediate
	vectors(Ref{Kind: Embedding}, s.Vocab, h)
	for k := range s.Layers {
		for _, kind := range []Kind{AttnNorm, NormI, NormF, NormG, OneMinusLB, GNorm, NormO, MLPNorm, NormGateUp} {
			if kind == OneMinusLB && k == 0 {
				continue // the lower bound of the first layer is 0
			}
			vectors(Ref{kind, k}, 1, h)
		}
		vectors(Ref{NormDown, k}, 1, i)
		for _, kind := range []Kind{WeightI, WeightF, WeightG, WeightO} {
			matrix(Ref{kind, k}, h, h, h)
		}
		matrix(Ref{WeightGateUp, k}, 2*i, h, i)
		matrix(Ref{WeightDown, k}, h, i, h)
		vectors(Ref{State, k}, 1, h)
	}
	vectors(Ref{Kind: FinalNorm}, 1, h)
	vectors(Ref{Kind: NormHead}, 1, h)
	matrix(Ref{Kind: WeightHead}, s.Vocab, h, t.headRows())
	vectors(Ref{Kind: Logits}, 1, s.Vocab)
	return l
}

package lower

import (
	"fmt"

	"lockstep/systolic/tpu"
)

// A tensor is a value of a program in tiles of equal size: the limbs of
// polynomials, limb by limb with the operands of the batch next to each other,
// or what a kernel cuts otherwise. It lies on chip or in the HBM. Its elements
// are there in a run that computes, and are written once.
type tensor struct {
	name   string
	tiles  int
	size   int64 // bytes per tile
	buffer *tpu.Buffer
	onChip bool

	words [][]uint32 // per tile
	bytes [][]uint8
	sums  [][]int32
}

// newTensor allocates a tensor on chip if it is wanted and there is room for it
// beside the tiles that kernels have under way, and in the HBM otherwise.
func (b *builder) newTensor(name string, tiles int, size int64, onChip bool) *tensor {
	t := &tensor{name: name, tiles: tiles, size: size}
	total := int64(tiles) * size
	t.onChip = onChip && total <= b.room()
	if b.err != nil {
		return t
	}
	if t.onChip {
		t.buffer, b.err = b.program.VMEM(0, name, total)
		b.used += total
	} else {
		t.buffer, b.err = b.program.HBM(name, total)
	}
	if b.values != nil {
		t.words, t.bytes, t.sums = make([][]uint32, tiles), make([][]uint8, tiles), make([][]int32, tiles)
	}
	return t
}

// A poly is a list of limbs, each of them as many tiles of a tensor, one after
// another, as there are operands in the batch.
type poly []place

type place struct {
	t    *tensor
	tile int
}

// newPoly allocates so many limbs.
func (b *builder) newPoly(name string, limbs int, onChip bool) poly {
	t := b.newTensor(name, limbs*b.shape.Batch, 4*int64(b.shape.N), onChip)
	p := make(poly, limbs)
	for l := range p {
		p[l] = place{t, l * b.shape.Batch}
	}
	return p
}

// A span is the operands of one limb that a kernel works on together, as many
// as make a tile long enough to hide the latency of the HBM.
type span struct{ limb, item, count int }

// groupWords is the number of elements from which a tile is long enough.
const groupWords = 1 << 16

// spans returns those of so many limbs, limb by limb.
func (b *builder) spans(limbs int) (list []span) {
	group := max(1, groupWords/b.shape.N)
	for l := range limbs {
		for item := 0; item < b.shape.Batch; item += group {
			list = append(list, span{l, item, min(group, b.shape.Batch-item)})
		}
	}
	return list
}

// at is the tiles of a span of a limb.
func (p place) at(s span) ref { return ref{t: p.t, tile: p.tile + s.item, count: s.count} }

// one is the only tile of a parameter.
func (p place) one() ref { return ref{t: p.t, tile: p.tile, count: 1} }

// at is the tiles of a span of a tensor with the tiles of polynomials.
func (b *builder) at(t *tensor, s span) ref {
	return ref{t: t, tile: s.limb*b.shape.Batch + s.item, count: s.count}
}

// room is the on-chip memory that tensors may still take: a quarter of it is
// kept for tiles under way.
func (b *builder) room() int64 { return b.machine.VMEMBytes - b.machine.VMEMBytes/4 - b.used }

// release gives the space of the tensors of polynomials back.
func (b *builder) release(list ...poly) {
	for _, p := range list {
		for i, x := range p {
			if i == 0 || x.t != p[i-1].t {
				b.free(x.t)
			}
		}
	}
}

func (b *builder) free(t *tensor) {
	if b.err != nil {
		return
	}
	if t.onChip {
		b.used -= int64(t.tiles) * t.size
	}
	b.err = b.program.Free(t.buffer)
}

// parameter returns a known value of each limb of a list, of the size given:
// in the HBM, or on chip if parameters are to be resident and there is room.
// One of a name and limb is there once.
func (b *builder) parameter(name string, limbs []int, size int64) poly {
	p := make(poly, len(limbs))
	for i, l := range limbs {
		key := fmt.Sprint(name, " of limb ", l)
		t, ok := b.parameters[key]
		if !ok {
			t = b.newTensor(key, 1, size, b.options.Parameters == "resident")
			b.parameters[key] = t
		}
		p[i] = place{t, 0}
	}
	return p
}

// A ref is some tiles of a tensor, one after another, or a part of one tile.
type ref struct {
	t           *tensor
	tile, count int
	offset      int64 // bytes from the beginning of the tile
	length      int64 // bytes per tile; 0 for all of them
}

// bytes is the size of what the ref names, padding of tiles not included.
func (r ref) bytes() int64 {
	if r.length > 0 {
		return r.length * int64(r.count)
	}
	return r.t.size * int64(r.count)
}

// home is where it lies.
func (r ref) home() tpu.Range {
	return r.t.buffer.Range(int64(r.tile)*r.t.size+r.offset, r.bytes())
}

// words are the elements of tile k of the ref.
func (r ref) words(k int) []uint32 { return r.t.words[r.tile+k] }

// set writes tile k of the ref.
func (r ref) set(k int, words []uint32) { r.t.words[r.tile+k] = words }

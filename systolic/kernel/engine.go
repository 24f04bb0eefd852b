package kernel

import (
	"sync"
	"unsafe"
)

// An engine is what the paths differ in. All go through a product alike:
//
//	for each block of K
//	  for each block of M       pack its rows of A
//	    for each panel of N     pack the panel of B, or find it packed
//	      for each tile of M    tile: C += A*B
//
// so that a panel stays in the first-level cache and the rows of A in the
// second while they are used. In a packed operand one 32-bit word holds
// perStep consecutive k of one row of A or of one column of B, padded with
// zeros; a step is one word of each row and of each column.
//
// VPDPBUSD wants signed bytes from A and unsigned ones from B, and the Go path
// wants both unsigned. An element of the wrong kind is stored with its top bit
// flipped, which makes it e = x - offset with offset 128 or -128. With offsets
// da and db and sums over k, where all arithmetic is modulo 2^32,
//
//	sum a*b = sum ea*eb + db * sum ea + da * sum b
//	                      (row term)    (column term)
type engine struct {
	rows, cols int // of C in a tile; cols is the width of a panel
	perStep    int // values of k in a word
	steps      int // words in a block of K
	mRows      int // rows of A in a block of M, a multiple of rows
	aSigned    want
	bSigned    want

	// packRows stores all of a, with dst[i*stride] the first word of row i, and
	// sets sums[i] to the sum of the stored row i if bSigned is not either.
	packRows func(dst []uint32, stride int, sums []int32, a operand)
	// packPanel stores a panel of steps*perStep rows and cols columns of b, and
	// adds the sums of the stored columns to sums if aSigned is not either.
	packPanel func(dst []uint64, sums []int32, b operand)
	tile      func(t *tile)
}

// want is the kind of byte that an engine multiplies.
type want uint8

const (
	either want = iota
	signed
	unsigned
)

// offset is what storing bytes of one kind subtracts from each.
func (w want) offset(isSigned bool) int32 {
	switch {
	case w == signed && !isSigned:
		return 128
	case w == unsigned && isSigned:
		return -128
	}
	return 0
}

// flip is the mask that does so.
func (w want) flip(isSigned bool) byte { return byte(w.offset(isSigned)) }

// A tile is the part of C that is computed at once, and its operands.
type tile struct {
	a        []uint32 // rows rows
	aStride  int
	b        []uint64 // a panel: steps times cols words, two in each element
	steps    int
	c        []int32
	cStride  int
	rows     int     // 1 to engine.rows
	cols     int     // 1 to engine.cols
	rowTerms []int32 // rows
	colTerms []int32 // engine.cols
	load     bool    // add to c
}

// panels is a B that is packed, or is packed when it is used.
type panels interface {
	shape() (k, n int, signed bool)
	// panel returns block kb of K of panel p, and the column terms for an A that
	// needs an offset. The result is valid until the next call.
	panel(s *scratch, kb, p int) (words []uint64, terms []int32)
}

// scratch is the memory of one product.
type scratch struct {
	a        []uint32
	rowTerms []int32
	b        []uint64
	colTerms []int32
	noTerms  []int32
	tile     tile
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// multiply computes c = a*b or c += a*b; the shapes are checked.
func (e *engine) multiply(c Matrix[int32], a operand, b panels, accumulate bool) {
	k, n, bSigned := b.shape()
	if a.rows == 0 || n == 0 {
		return
	}
	if k == 0 {
		for i := 0; i < c.Rows && !accumulate; i++ {
			clear(c.Data[i*c.Stride:][:n])
		}
		return
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.noTerms = sized(s.noTerms, e.cols)
	kBlock := e.steps * e.perStep
	for k0 := 0; k0 < k; k0 += kBlock {
		kLen := min(kBlock, k-k0)
		for m0 := 0; m0 < a.rows; m0 += e.mRows {
			rows := min(e.mRows, a.rows-m0)
			e.packBlock(s, a.part(m0, rows, k0, kLen), e.bSigned.offset(bSigned))
			s.tile.load = accumulate || k0 > 0
			for p := range ceilDiv(n, e.cols) {
				words, terms := b.panel(s, k0/kBlock, p)
				if e.aSigned.offset(a.signed) == 0 {
					terms = s.noTerms
				}
				s.tile.b, s.tile.colTerms = words, terms
				col := p * e.cols
				s.tile.cols = min(e.cols, n-col)
				e.column(s, c, m0, rows, col)
			}
		}
	}
	s.tile = tile{}
}

// packBlock packs a block of A into s.
func (e *engine) packBlock(s *scratch, a operand, bOffset int32) {
	t := &s.tile
	t.steps = ceilDiv(a.cols, e.perStep)
	t.aStride = ceilDiv(t.steps, lineWords) * lineWords
	// The Go path computes whole tiles and drops the rows that are not there.
	rows := ceilDiv(a.rows, e.rows) * e.rows
	s.a, s.rowTerms = sized(s.a, rows*t.aStride), sized(s.rowTerms, rows)
	e.packRows(s.a, t.aStride, s.rowTerms[:a.rows], a)
	for i := range s.rowTerms[:a.rows] {
		s.rowTerms[i] *= bOffset
	}
}

// column computes the tiles of one panel.
func (e *engine) column(s *scratch, c Matrix[int32], m0, rows, col int) {
	t := &s.tile
	t.cStride = c.Stride
	for i := 0; i < rows; i += t.rows {
		left := rows - i
		t.rows = min(e.rows, left)
		if left > e.rows && left < 2*e.rows {
			t.rows = (left + 1) / 2 // two tiles of similar height beat a full and a flat one
		}
		t.a, t.rowTerms = s.a[i*t.aStride:], s.rowTerms[i:]
		t.c = c.Data[(m0+i)*c.Stride+col:]
		e.tile(t)
	}
}

// lineWords is the number of 32-bit words in a cache line and in the largest
// vector register.
const lineWords = 16

// sized returns s with n elements; what they hold is not defined.
func sized[T int32 | uint32](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// aligned returns n zeros that start on a cache line.
func aligned(n int) []uint64 {
	const line = lineWords * 4
	s := make([]uint64, n+line/8-1)
	skip := (line - int(uintptr(unsafe.Pointer(unsafe.SliceData(s)))%line)) % line / 8
	return s[skip : skip+n : skip+n]
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

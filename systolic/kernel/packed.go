package kernel

import "lockstep/systolic"

// Packed is a matrix B in the order in which a path reads it. It does not
// change and may be used by several goroutines at once.
type Packed struct {
	engine *engine
	k, n   int
	kind   systolic.Kind
	words  []uint64 // for each block of K, for each panel: steps*cols words
	terms  []int32  // for each block of K, for each panel: cols
}

// Pack prepares b for products on path p, and keeps no reference to b. The
// columns are padded to a multiple of 64 (VNNI), 16 (AVX2) or 4 (Portable), and
// an element takes 1, 2 or 4 bytes.
func Pack[B systolic.Byte](p Path, b Matrix[B]) (*Packed, error) {
	e, err := p.engine()
	if err != nil {
		return nil, err
	}
	if err := b.check("b"); err != nil {
		return nil, err
	}
	w := &Packed{engine: e, k: b.Rows, n: b.Cols, kind: kindOf[B]()}
	if w.k == 0 || w.n == 0 {
		return w, nil
	}
	kBlocks, count := ceilDiv(w.k, e.steps*e.perStep), ceilDiv(w.n, e.cols)
	w.words = aligned(ceilDiv(w.k, e.perStep) * count * e.cols / 2)
	w.terms = make([]int32, kBlocks*count*e.cols)
	o := operandOf(b)
	for kb := range kBlocks {
		for p := range count {
			words, terms := w.panel(nil, kb, p)
			e.pack(words, terms, o, kb, p)
		}
	}
	return w, nil
}

func (w *Packed) shape() (k, n int, signed bool) { return w.k, w.n, w.kind == systolic.S8 }

func (w *Packed) panel(_ *scratch, kb, p int) (words []uint64, terms []int32) {
	e := w.engine
	count := ceilDiv(w.n, e.cols)
	steps := min(e.steps, ceilDiv(w.k, e.perStep)-kb*e.steps)
	first := (kb*e.steps*count + p*steps) * e.cols / 2
	term := (kb*count + p) * e.cols
	return w.words[first : first+steps*e.cols/2], w.terms[term : term+e.cols]
}

// unpacked packs a panel each time it is asked for it.
type unpacked struct {
	engine *engine
	b      operand
}

func (u *unpacked) shape() (k, n int, signed bool) { return u.b.rows, u.b.cols, u.b.signed }

func (u *unpacked) panel(s *scratch, kb, p int) (words []uint64, terms []int32) {
	e := u.engine
	steps := min(e.steps, ceilDiv(u.b.rows, e.perStep)-kb*e.steps)
	if n := steps * e.cols / 2; cap(s.b) < n {
		s.b = aligned(n)
	} else {
		s.b = s.b[:n]
	}
	s.colTerms = sized(s.colTerms, e.cols)
	clear(s.colTerms)
	e.pack(s.b, s.colTerms, u.b, kb, p)
	return s.b, s.colTerms
}

// pack stores block kb of K of panel p of b and its column terms; terms are
// zeros before.
func (e *engine) pack(words []uint64, terms []int32, b operand, kb, p int) {
	kBlock := e.steps * e.perStep
	k0, col := kb*kBlock, p*e.cols
	b = b.part(k0, min(kBlock, b.rows-k0), col, min(e.cols, b.cols-col))
	done := 0
	if b.cols == e.cols {
		done = b.rows / e.perStep * e.perStep
		if done > 0 {
			e.packPanel(words, terms, b.part(0, done, 0, e.cols))
		}
	}
	for done < b.rows {
		done += e.packPadded(words[done/e.perStep*e.cols/2:], terms, b.part(done, b.rows-done, 0, b.cols))
	}
	// The column term is that of the kind of A that needs an offset.
	aOffset := e.aSigned.offset(e.aSigned == unsigned)
	stored := int32(len(words)*2/e.cols*e.perStep) * e.bSigned.offset(b.signed)
	for j := range terms {
		terms[j] = aOffset * (terms[j] + stored)
	}
}

// packPadded packs the first rows of b with zeros added on the right and, if
// they are the last of b, below. It returns how many.
func (e *engine) packPadded(words []uint64, terms []int32, b operand) int {
	var padded [2048]byte
	rows := min(b.rows, len(padded)/e.cols)
	for i := range rows {
		copy(padded[i*e.cols:], b.data[i*b.stride:][:b.cols])
	}
	whole := ceilDiv(rows, e.perStep) * e.perStep
	e.packPanel(words, terms, operand{data: padded[:whole*e.cols], rows: whole, cols: e.cols, stride: e.cols, signed: b.signed})
	return rows
}

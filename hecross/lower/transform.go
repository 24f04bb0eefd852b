package lower

import (
	"fmt"

	"lockstep/systolic"
)

// A transform is one direction of the transform of limbs. In both directions a
// byte product is followed by the element-wise product and another byte
// product; forward the first has the known factor on the left, inverse on the
// right. The products are numbered 0 and 1.
type transform struct {
	b       *builder
	inverse bool
	in, out poly
	limbs   []int // of Q followed by P, one per limb of in
	spans   []span
	name    string
	matmul  Category

	bytes, sums *tensor
}

// ntt appends the transform, or its inverse, of in to out. limbs are the
// numbers of the limbs in Q followed by P.
func (b *builder) ntt(inverse bool, out, in poly, limbs []int) {
	if len(limbs) == 0 || b.err != nil {
		return
	}
	t := &transform{b: b, inverse: inverse, in: in, out: out, limbs: limbs, spans: b.spans(len(limbs)), name: "ntt", matmul: NTTMatmul}
	if inverse {
		t.name, t.matmul = "intt", INTTMatmul
	}
	t.checkTerms()
	tiles, n := len(limbs)*b.shape.Batch, int64(b.shape.N)
	pieces := max(b.costs.pieces(b.shape.R), b.costs.pieces(b.shape.C))
	words, bytes, sums := 4*n, n*b.costs.chunks, 4*n*b.costs.sums*pieces
	fits := int64(tiles)*(words+bytes+sums) <= b.room()
	t.bytes = b.newTensor(t.name+" bytes", tiles, b.costs.types.A.Bytes(bytes), fits)
	t.sums = b.newTensor(t.name+" sums", tiles, sums, fits)
	if b.options.Transform == "transpose" {
		t.transposing(fits)
	} else {
		t.chunk(in, 0, false)
		t.multiply(0)
		t.turn()
		t.multiply(1)
		t.reduce(out, 1, false)
	}
	b.free(t.sums)
	b.free(t.bytes)
}

// transposing has every known factor on the left, and transposes the data
// before and after the product that has its factor on the right.
func (t *transform) transposing(fits bool) {
	x, twist := t.in, false
	for at := range 2 {
		left := (at == 0) != t.inverse
		y := t.out
		if at == 0 || !left {
			y = t.b.newPoly(t.name+" middle", len(t.limbs), fits)
		}
		if !left {
			turned := t.b.newPoly(t.name+" turned", len(t.limbs), fits)
			t.transpose(turned, x, t.b.shape.R)
			t.chunk(turned, at, twist)
			t.b.release(turned)
		} else {
			t.chunk(x, at, twist)
		}
		t.multiply(at)
		t.reduce(y, at, at == 0 && left)
		if at == 1 {
			t.b.release(x)
		}
		twist = at == 0 && !left
		if x = y; !left {
			x = t.out
			if at == 0 {
				x = t.b.newPoly(t.name+" middle", len(t.limbs), fits)
			}
			t.transpose(x, y, t.b.shape.C)
			t.b.release(y)
		}
	}
}

// checkTerms reports moduli for which the sums of a product cannot be reduced.
func (t *transform) checkTerms() {
	for _, l := range t.limbs {
		if t.b.values == nil || t.b.err != nil {
			return
		}
		t.b.err = t.b.modulus(l).CheckBAT(max(t.b.shape.R, t.b.shape.C))
	}
}

// onLeft reports whether a product has the known factor on the left of the
// data, which then is a matrix of as many rows as the factor has columns.
func (t *transform) onLeft(at int) bool {
	return t.b.options.Transform == "transpose" || (at == 0) != t.inverse
}

// side is R or C, the side of the known factor of a product.
func (t *transform) side(at int) int {
	if (at == 0) != t.inverse {
		return t.b.shape.R
	}
	return t.b.shape.C
}

// kernel appends a kernel over all operands.
func (t *transform) kernel(what string, depth int, scratch []int64, f func(s span) tile) {
	t.b.run(kernel{
		name: t.name + " " + what, tiles: len(t.spans), depth: depth, scratch: scratch,
		tile: func(i int) tile { return f(t.spans[i]) },
	})
}

// operands is the number of those in the longest span.
func (t *transform) operands() int64 { return int64(t.spans[0].count) }

// shape is a product for so many operands, cut into pieces along K.
func (t *transform) shape(at, count int) (g systolic.GEMM, pieces int) {
	c, side := &t.b.costs, t.side(at)
	other := t.b.shape.N / side * count
	pieces = int(c.pieces(side))
	k := int(c.chunks) * side / pieces
	if t.onLeft(at) {
		return systolic.GEMM{M: int(c.sums) * side, K: k, N: other}, pieces
	}
	return systolic.GEMM{M: other, K: k, N: int(c.sums) * side}, pieces
}

// sumsRef is the sums of a span after a product.
func (t *transform) sumsRef(at int, s span) ref {
	g, pieces := t.shape(at, 1)
	r := t.b.at(t.sums, s)
	r.length = 4 * int64(pieces) * int64(g.M) * int64(g.N)
	return r
}

// multiply is a byte product.
func (t *transform) multiply(at int) {
	b, side := t.b, int64(t.side(at))
	size := b.costs.types.B.Bytes(b.costs.sums * b.costs.chunks * side * side)
	known := b.parameter(fmt.Sprint(t.name, " matrix ", at), t.limbs, size)
	t.kernel("matmul", 2*b.machine.Arrays, nil, func(s span) tile {
		g, pieces := t.shape(at, s.count)
		return tile{
			in:  []ref{known[s.limb].one(), b.at(t.bytes, s)},
			out: []ref{t.sumsRef(at, s)},
			steps: b.pieces(t.matmul, g, pieces, t.onLeft(at), func() error {
				for k := range s.count {
					if err := t.setSums(at, s.limb, s.limb*b.shape.Batch+s.item+k); err != nil {
						return err
					}
				}
				return nil
			}),
		}
	})
}

// setSums sets the sums of tile i after a product.
func (t *transform) setSums(at, limb, i int) error {
	v := t.b.values
	if !v.literal {
		return nil
	}
	table := v.table(t.limbs[limb], t.inverse, t.b.options)
	known := table.cols
	if (at == 0) != t.inverse {
		known = table.rows
	}
	k, err := known()
	if err != nil {
		return err
	}
	left, right := k.Data, t.bytes.bytes[i]
	if !t.onLeft(at) {
		left, right = right, left
	}
	g, _ := t.shape(at, 1)
	t.sums.sums[i], err = multiply(g, left, right)
	t.bytes.bytes[i] = nil
	return err
}

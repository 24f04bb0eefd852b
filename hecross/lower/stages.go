package lower

import (
	"fmt"
	"slices"

	"lockstep/hecross"
)

// chunk cuts the residues of src into the bytes of a product, after the
// element-wise product if twist is set.
func (t *transform) chunk(src poly, at int, twist bool) {
	b, twists := t.b, t.twists()
	var scratch []int64
	if twist {
		scratch = []int64{4 * t.operands() * int64(b.shape.N)}
	}
	t.kernel("chunk", 0, scratch, func(s span) tile {
		x, y := src[s.limb].at(s), b.at(t.bytes, s)
		k := tile{in: []ref{x}, out: []ref{y}}
		from, elements := ports(inputs, 1), s.count*b.shape.N
		if twist {
			k.in = append(k.in, twists[s.limb].one())
			k.steps = append(k.steps, b.vector(VecModOps, elements, b.costs.mulKnown, ports(inputs, 2), ports(temps, 1), nil))
			from = ports(temps, 1)
		}
		k.steps = append(k.steps, b.vector(TypeConversion, elements, b.costs.chunk, from, ports(outputs, 1), t.values(s, func(i, item int) error {
			words := x.words(item)
			if twist {
				words = slices.Clone(words)
				t.twist(s.limb, words)
			}
			return t.setBytes(i, at, words)
		})))
		return k
	})
}

// turn reduces the sums of the first product, multiplies element by element and
// cuts the residues into the bytes of the second.
func (t *transform) turn() {
	b, twists := t.b, t.twists()
	words := 4 * t.operands() * int64(b.shape.N)
	t.kernel("twist", 0, []int64{t.sums.size * t.operands(), words}, func(s span) tile {
		x, elements := t.sumsRef(0, s), s.count*b.shape.N
		return tile{
			in:  []ref{x, twists[s.limb].one()},
			out: []ref{b.at(t.bytes, s)},
			steps: []step{
				b.across(CopyReshape, x.bytes(), 1, ports(inputs, 1), ports(temps, 1), nil),
				b.vector(VecModOps, elements, t.reduceCost(0)+b.costs.mulKnown, []port{tmp(0), in(1)}, []port{tmp(1)}, nil),
				b.vector(TypeConversion, elements, b.costs.chunk, []port{tmp(1)}, ports(outputs, 1), t.values(s, func(i, _ int) error {
					words := t.residues(i, s.limb, 0)
					t.twist(s.limb, words)
					return t.setBytes(i, 1, words)
				})),
			},
		}
	})
}

// reduce makes residues of the sums of a product, and multiplies element by
// element if twist is set.
func (t *transform) reduce(dst poly, at int, twist bool) {
	b, twists := t.b, t.twists()
	t.kernel("reduce", 0, []int64{t.sums.size * t.operands()}, func(s span) tile {
		y := dst[s.limb].at(s)
		k := tile{in: []ref{t.sumsRef(at, s)}, out: []ref{y}}
		ops, from := t.reduceCost(at), ports(temps, 1)
		if twist {
			k.in = append(k.in, twists[s.limb].one())
			ops, from = ops+b.costs.mulKnown, append(from, in(1))
		}
		k.steps = []step{
			b.across(CopyReshape, k.in[0].bytes(), 1, ports(inputs, 1), ports(temps, 1), nil),
			b.vector(VecModOps, s.count*b.shape.N, ops, from, ports(outputs, 1), t.values(s, func(i, item int) (err error) {
				words := t.residues(i, s.limb, at)
				if twist {
					t.twist(s.limb, words)
				}
				if at == 1 && !b.values.literal {
					words, err = t.fast(s, item)
				}
				y.set(item, words)
				return err
			})),
		}
		return k
	})
}

// transpose turns matrices of so many rows.
func (t *transform) transpose(dst, src poly, rows int) {
	t.kernel("transpose", 0, nil, func(s span) tile {
		x, y := src[s.limb].at(s), dst[s.limb].at(s)
		return tile{in: []ref{x}, out: []ref{y}, steps: []step{
			t.b.across(CopyReshape, x.bytes(), 1, ports(inputs, 1), ports(outputs, 1), t.values(s, func(_, item int) error {
				y.set(item, transposed(hecross.Matrix{Rows: rows, Cols: t.b.shape.N / rows, Data: x.words(item)}).Data)
				return nil
			})),
		}}
	})
}

// values computes f for every operand of a span, given its tile and its number
// in the span.
func (t *transform) values(s span, f func(i, item int) error) func() error {
	return t.b.does(func() error {
		for item := range s.count {
			if err := f(s.limb*t.b.shape.Batch+s.item+item, item); err != nil {
				return err
			}
		}
		return nil
	})
}

// twists are the element-wise factors of every limb.
func (t *transform) twists() poly {
	return t.b.parameter(t.name+" twist", t.limbs, 4*t.b.costs.words*int64(t.b.shape.N))
}

// reduceCost is the operations that make a residue of the sums of a product.
func (t *transform) reduceCost(at int) int64 {
	return t.b.reduceCost(int(t.b.costs.pieces(t.side(at))))
}

// twist multiplies element by element.
func (t *transform) twist(limb int, words []uint32) {
	m, twist := t.b.modulus(t.limbs[limb]), t.b.values.table(t.limbs[limb], t.inverse, t.b.options).twist
	for i, x := range words {
		words[i] = m.Mul(x, twist.Data[i])
	}
}

// setBytes sets the bytes of tile i for a product.
func (t *transform) setBytes(i, at int, words []uint32) error {
	if !t.b.values.literal {
		return nil
	}
	side := t.side(at)
	other := t.b.shape.N / side
	cut, m := hecross.ChunkColumns, hecross.Matrix{Rows: other, Cols: side, Data: words}
	if t.onLeft(at) {
		cut, m.Rows, m.Cols = hecross.ChunkRows, side, other
	}
	bytes, err := cut(m)
	t.bytes.bytes[i] = bytes.Data
	return err
}

// residues returns the reduced sums of tile i after a product, row-major.
func (t *transform) residues(i, limb, at int) []uint32 {
	words := make([]uint32, t.b.shape.N)
	if !t.b.values.literal {
		return words
	}
	m, count, other := t.b.modulus(t.limbs[limb]), int(t.b.costs.sums), t.b.shape.N/t.side(at)
	sums := t.sums.sums[i]
	for k := range words {
		if t.onLeft(at) { // the sums of an element below one another
			words[k] = reduceSums(m, sums, k/other*count*other+k%other, other, count)
		} else {
			words[k] = reduceSums(m, sums, k*count, 1, count)
		}
	}
	t.sums.sums[i] = nil
	return words
}

// fast returns the transform of an operand by butterflies; that of the first
// operand of every transform is compared with the one through literal bytes.
func (t *transform) fast(s span, item int) ([]uint32, error) {
	ring, err := t.b.values.all.Slice(t.limbs[s.limb], t.limbs[s.limb]+1)
	if err != nil {
		return nil, err
	}
	out, src := ring.NewPoly(), hecross.Poly{t.in[s.limb].at(s).words(item)}
	run, literal := ring.NTT, ring.NTTBytes
	if t.inverse {
		run, literal = ring.INTT, ring.INTTBytes
	}
	if err := run(out, src); err != nil || s.limb > 0 || s.item+item > 0 {
		return out[0], err
	}
	check := ring.NewPoly()
	if err := literal(check, src); err != nil {
		return nil, err
	}
	if !slices.Equal(check[0], out[0]) {
		return nil, fmt.Errorf("lower: %s of limb %d differs between butterflies and bytes", t.name, t.limbs[s.limb])
	}
	return out[0], nil
}

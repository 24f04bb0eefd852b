package lower

import (
	"fmt"

	"lockstep/hecross"
	"lockstep/systolic"
)

// A conversion is the base conversion of limbs to other moduli, in columns of
// coefficients: every coefficient of the limbs is scaled and cut into bytes, a
// byte product with the known matrix goes over the limbs, and the sums are
// reduced modulo the limbs of the result.
type conversion struct {
	b        *builder
	in, out  poly
	from, to []int // limbs of Q followed by P
	width    int   // coefficients of one operand in a tile
	group    int   // operands in a tile, 1 unless width is N

	converter   *hecross.BaseConverter
	left        hecross.ByteMatrix // the known matrix in bytes, on the left of the data
	bytes, sums *tensor
}

// columnWidth is the largest number of coefficients in a tile, of all its
// operands.
const columnWidth = 1 << 13

// bconv appends the base conversion of in to out, both in coefficient form.
func (b *builder) bconv(out, in poly, to, from []int) {
	if b.err != nil || len(to) == 0 {
		return
	}
	v := &conversion{b: b, in: in, out: out, from: from, to: to, width: min(b.shape.N, columnWidth)}
	v.makeTables()
	if b.err != nil {
		return
	}
	v.group = max(1, columnWidth/b.shape.N)
	tiles, n := b.shape.N/v.width*((b.shape.Batch+v.group-1)/v.group), int64(v.width*min(v.group, b.shape.Batch))
	pieces := b.costs.pieces(len(from))
	bytes, sums := b.costs.types.B.Bytes(n*int64(len(from))*b.costs.chunks), 4*n*int64(len(to))*b.costs.sums*pieces
	fits := int64(tiles)*(bytes+sums) <= b.room()
	v.bytes = b.newTensor("bconv bytes", tiles, bytes, fits)
	v.sums = b.newTensor("bconv sums", tiles, sums, fits)
	v.scale()
	v.multiply()
	v.reduce()
	b.free(v.sums)
	b.free(v.bytes)
}

// makeTables makes the known matrix of a program that computes.
func (v *conversion) makeTables() {
	values := v.b.values
	if values == nil {
		return
	}
	moduli := func(limbs []int) (list []hecross.Modulus) {
		for _, l := range limbs {
			list = append(list, values.all.Moduli[l])
		}
		return list
	}
	if v.converter, v.b.err = hecross.NewBaseConverter(moduli(v.from), moduli(v.to)); v.b.err != nil {
		return
	}
	for _, m := range v.converter.To {
		if err := m.CheckBAT(len(v.from)); err != nil {
			v.b.err = err
			return
		}
	}
	if v.b.options.Product == "toeplitz" {
		v.left, v.b.err = hecross.Toeplitz(transposed(v.converter.Known))
	} else {
		v.left = transposedBytes(v.converter.Bytes)
	}
}

// A column is what a tile covers: coefficients from lo on, of count operands
// from item on.
type column struct{ lo, item, count int }

// column returns that of tile i.
func (v *conversion) column(i int) column {
	groups := (v.b.shape.Batch + v.group - 1) / v.group
	item := i % groups * v.group
	return column{i / groups * v.width, item, min(v.group, v.b.shape.Batch-item)}
}

// of is the part of a limb.
func (c column) of(p place, width int) ref {
	return ref{t: p.t, tile: p.tile + c.item, count: c.count, offset: 4 * int64(c.lo), length: 4 * int64(width)}
}

func (v *conversion) kernel(what string, depth int, scratch []int64, f func(i int) tile) {
	v.b.run(kernel{name: "bconv " + what, tiles: v.bytes.tiles, depth: depth, scratch: scratch, tile: f})
}

// part is the bytes or sums of tile i; the last tiles of a ragged batch are
// shorter.
func (v *conversion) part(t *tensor, i int, perCoefficient int64) ref {
	return ref{t: t, tile: i, count: 1, length: int64(v.width*v.column(i).count) * perCoefficient}
}

func (v *conversion) bytesOf(i int) ref {
	return v.part(v.bytes, i, v.b.costs.types.B.Bytes(int64(len(v.from))*v.b.costs.chunks))
}

func (v *conversion) sumsOf(i int) ref {
	return v.part(v.sums, i, 4*int64(len(v.to))*v.b.costs.sums*v.b.costs.pieces(len(v.from)))
}

// scale multiplies by (Q/q_i)^-1 and cuts into bytes.
func (v *conversion) scale() {
	b := v.b
	scratch := 4 * int64(len(v.from)*v.width*min(v.group, b.shape.Batch))
	v.kernel("scale", 0, []int64{scratch}, func(i int) tile {
		c := v.column(i)
		t, elements := tile{out: []ref{v.bytesOf(i)}}, v.width*c.count*len(v.from)
		for _, p := range v.in {
			t.in = append(t.in, c.of(p, v.width))
		}
		t.steps = []step{
			b.vector(VecModOps, elements, b.costs.mulKnown, ports(inputs, len(t.in)), ports(temps, 1), nil),
			b.vector(TypeConversion, elements, b.costs.chunk, ports(temps, 1), ports(outputs, 1), b.does(func() error { return v.setBytes(i, c) })),
		}
		return t
	})
}

// setBytes sets the bytes of tile i, four rows for each limb, the coefficients
// of the operands one after another.
func (v *conversion) setBytes(i int, c column) error {
	y := hecross.NewMatrix(len(v.from), v.width*c.count)
	for l, m := range v.converter.From {
		row, src := y.Row(l), c.of(v.in[l], v.width)
		for item := range c.count {
			for k, x := range src.words(item)[c.lo : c.lo+v.width] {
				row[item*v.width+k] = m.Mul(x, v.converter.Inverse[l])
			}
		}
	}
	bytes, err := hecross.ChunkRows(y)
	v.bytes.bytes[i] = bytes.Data
	return err
}

// multiply is the byte product over the limbs.
func (v *conversion) multiply() {
	b := v.b
	pieces := int(b.costs.pieces(len(v.from)))
	g := systolic.GEMM{M: int(b.costs.sums) * len(v.to), K: int(b.costs.chunks) * len(v.from) / pieces}
	size := b.costs.types.A.Bytes(int64(pieces) * int64(g.M) * int64(g.K))
	known := b.parameter(fmt.Sprint("bconv matrix to ", v.to, " from"), v.from[:1], size)
	v.kernel("matmul", 2*b.machine.Arrays, nil, func(i int) tile {
		g := g
		g.N = v.width * v.column(i).count
		return tile{
			in: []ref{known[0].one(), v.bytesOf(i)}, out: []ref{v.sumsOf(i)},
			steps: b.pieces(BConvMatmul, g, pieces, true, func() (err error) {
				v.sums.sums[i], err = multiply(g, v.left.Data, v.bytes.bytes[i])
				v.bytes.bytes[i] = nil
				return err
			}),
		}
	})
}

// reduce makes residues of the sums.
func (v *conversion) reduce() {
	b := v.b
	ops := b.reduceCost(int(b.costs.pieces(len(v.from))))
	v.kernel("reduce", 0, []int64{v.sums.size}, func(i int) tile {
		c := v.column(i)
		t := tile{in: []ref{v.sumsOf(i)}}
		for _, p := range v.out {
			t.out = append(t.out, c.of(p, v.width))
		}
		t.steps = []step{
			b.across(CopyReshape, t.in[0].bytes(), 1, ports(inputs, 1), ports(temps, 1), nil),
			b.vector(VecModOps, v.width*c.count*len(v.to), ops, ports(temps, 1), ports(outputs, len(t.out)), b.does(func() error {
				v.setResidues(i, c)
				return nil
			})),
		}
		return t
	})
}

func (v *conversion) setResidues(i int, c column) {
	count, sums, columns := int(v.b.costs.sums), v.sums.sums[i], v.width*c.count
	for l, m := range v.converter.To {
		dst := c.of(v.out[l], v.width)
		for item := range c.count {
			if dst.words(item) == nil {
				dst.set(item, make([]uint32, v.b.shape.N))
			}
			words := dst.words(item)
			for k := range v.width {
				words[c.lo+k] = reduceSums(m, sums, l*count*columns+item*v.width+k, columns, count)
			}
		}
	}
	v.sums.sums[i] = nil
}

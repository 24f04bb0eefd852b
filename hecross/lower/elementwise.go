package lower

import (
	"slices"

	"lockstep/hecross"
)

// each appends a kernel that goes through limbs element by element: from the
// same limb of every polynomial of ins, and from known values, to the same limb
// of every one of outs. ops are vector operations per element.
type each struct {
	name      string
	category  Category
	ins, outs []poly
	known     []poly // parameters, which serve the whole batch
	limbs     []int  // of Q followed by P
	ops       int64

	// do computes the outputs of one tile from its inputs.
	do func(m hecross.Modulus, limb int, x [][]uint32) [][]uint32
}

func (b *builder) each(e each) {
	spans := b.spans(len(e.limbs))
	b.run(kernel{name: e.name, tiles: len(spans), tile: func(i int) tile {
		var t tile
		s := spans[i]
		for _, p := range e.ins {
			t.in = append(t.in, p[s.limb].at(s))
		}
		for _, p := range e.outs {
			t.out = append(t.out, p[s.limb].at(s))
		}
		operands, limb := t.in, e.limbs[s.limb]
		for _, p := range e.known {
			t.in = append(t.in, p[s.limb].one())
		}
		t.steps = []step{b.vector(e.category, s.count*b.shape.N, e.ops, ports(inputs, len(t.in)), ports(outputs, len(t.out)), b.does(func() error {
			for k := range s.count {
				x := make([][]uint32, len(operands))
				for j, r := range operands {
					x[j] = r.words(k)
				}
				for j, y := range e.do(b.modulus(limb), limb, x) {
					t.out[j].set(k, y)
				}
			}
			return nil
		}))}
		return t
	}})
}

// zip applies f to two lists of residues.
func zip(x, y []uint32, f func(a, b uint32) uint32) []uint32 {
	z := slices.Clone(x)
	for i, v := range y {
		z[i] = f(z[i], v)
	}
	return z
}

// scaled applies f to every residue.
func scaled(x []uint32, f func(a uint32) uint32) []uint32 {
	z := make([]uint32, len(x))
	for i, v := range x {
		z[i] = f(v)
	}
	return z
}

// addPoly appends out = x + y.
func (b *builder) addPoly(out, x, y poly, limbs []int) {
	b.each(each{
		name: "add", category: VecModOps, ins: []poly{x, y}, outs: []poly{out}, limbs: limbs, ops: b.costs.add,
		do: func(m hecross.Modulus, _ int, x [][]uint32) [][]uint32 { return [][]uint32{zip(x[0], x[1], m.Add)} },
	})
}

// mulPoly appends out = x * y, element by element.
func (b *builder) mulPoly(out, x, y poly, limbs []int) {
	b.each(each{
		name: "multiply", category: VecModOps, ins: []poly{x, y}, outs: []poly{out}, limbs: limbs, ops: b.costs.mul,
		do: func(m hecross.Modulus, _ int, x [][]uint32) [][]uint32 { return [][]uint32{zip(x[0], x[1], m.Mul)} },
	})
}

// mulKnown appends out = x * w for known residues w, element by element.
func (b *builder) mulKnown(out, x, w poly, limbs []int) {
	b.each(each{
		name: "multiply", category: VecModOps, ins: []poly{x}, outs: []poly{out}, known: []poly{w}, limbs: limbs, ops: b.costs.mulKnown,
		do: func(m hecross.Modulus, limb int, x [][]uint32) [][]uint32 {
			return [][]uint32{zip(x[0], w[limb].one().words(0), m.Mul)}
		},
	})
}

// tensor appends the three products of two ciphertexts, the sum reduced term by
// term.
func (b *builder) tensor(d [3]poly, x, y [2]poly, limbs []int) {
	b.each(each{
		name: "tensor", category: VecModOps, ins: []poly{x[0], x[1], y[0], y[1]}, outs: d[:], limbs: limbs,
		ops: 4*b.costs.mul + b.costs.add,
		do: func(m hecross.Modulus, _ int, x [][]uint32) [][]uint32 {
			return [][]uint32{
				zip(x[0], x[2], m.Mul),
				zip(zip(x[0], x[3], m.Mul), zip(x[1], x[2], m.Mul), m.Add),
				zip(x[1], x[3], m.Mul),
			}
		},
	})
}

// subScale appends out = (x - y) * factor, factor being a residue of each limb.
func (b *builder) subScale(out, x, y poly, limbs []int, factor func(m hecross.Modulus) uint32) {
	b.each(each{
		name: "subtract and scale", category: VecModOps, ins: []poly{x, y}, outs: []poly{out}, limbs: limbs,
		ops: b.costs.sub + b.costs.mulKnown,
		do: func(m hecross.Modulus, _ int, x [][]uint32) [][]uint32 {
			f := factor(m)
			return [][]uint32{zip(x[0], x[1], func(a, b uint32) uint32 { return m.Mul(m.Sub(a, b), f) })}
		},
	})
}

// addConstant appends out = x + a residue of each limb.
func (b *builder) addConstant(out, x poly, limbs []int, constant func(m hecross.Modulus) uint32) {
	b.each(each{
		name: "offset", category: VecModOps, ins: []poly{x}, outs: []poly{out}, limbs: limbs, ops: b.costs.add,
		do: func(m hecross.Modulus, _ int, x [][]uint32) [][]uint32 {
			c := constant(m)
			return [][]uint32{scaled(x[0], func(a uint32) uint32 { return m.Add(a, c) })}
		},
	})
}

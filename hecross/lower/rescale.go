package lower

import (
	"lockstep/hecross"
)

// limbs returns the numbers lo to hi-1.
func limbs(lo, hi int) []int {
	list := make([]int, hi-lo)
	for i := range list {
		list[i] = lo + i
	}
	return list
}

// rescale appends p divided by the modulus of its last limb, rounded: the last
// limb in coefficient form, centred, is taken modulo the limbs before, brought
// to NTT form, subtracted and scaled.
func (b *builder) rescale(p poly, onChip bool) poly {
	last := len(p) - 1
	rest := limbs(0, last)
	dropped := b.newPoly("dropped", 1, onChip)
	b.ntt(true, dropped, p[last:], []int{last})
	moved := b.newPoly("centred", last, onChip)
	b.spread(moved, dropped, last)
	b.ntt(false, moved, moved, rest)
	out := b.newPoly("rescaled", last, onChip)
	b.subScale(out, p[:last], moved, rest, func(m hecross.Modulus) uint32 {
		return m.Inverse(m.Mod(uint64(b.modulus(last).Q())))
	})
	b.release(dropped, moved)
	return out
}

// spread appends the centred residues of one limb modulo every limb before.
func (b *builder) spread(out, dropped poly, last int) {
	many := make(poly, len(out))
	for i := range many {
		many[i] = dropped[0]
	}
	b.each(each{
		name: "centre", category: VecModOps, ins: []poly{many}, outs: []poly{out}, limbs: limbs(0, last),
		ops: 2*b.costs.add + b.costs.fold, // add q/2, fold, subtract q/2
		do: func(m hecross.Modulus, _ int, x [][]uint32) [][]uint32 {
			q := b.modulus(last)
			half := q.Q() / 2
			shift := m.Neg(m.Mod(uint64(half)))
			return [][]uint32{scaled(x[0], func(a uint32) uint32 { return m.Add(m.Mod(uint64(q.Add(a, half))), shift) })}
		},
	})
}

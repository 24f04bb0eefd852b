package lower

import (
	"lockstep/hecross"
)

// automorphism appends out = in with X replaced by X^galois, both in NTT form.
// Gathered, an output register takes one pass of the cross-lane unit for every
// input register that has an element for it. Structured, the rows are moved by
// their addresses, and a register takes one pass for each register that its
// permuted columns come from, one for the shift of its row and, to restore the
// order of columns, as many as the columns again.
func (b *builder) automorphism(out, in poly, galois int, limbs []int) {
	if b.err != nil {
		return
	}
	index, err := hecross.AutomorphismIndex(galois, b.shape.N)
	if err != nil {
		b.err = err
		return
	}
	registers := b.machine.Registers(4 * int64(b.shape.N))
	passes := (b.gatherPasses(index) + registers - 1) / registers
	var structured *hecross.StructuredPermutation
	if b.options.Permutation == "structured" {
		if structured, b.err = hecross.NewStructuredPermutation(galois, b.shape.R, b.shape.C); b.err != nil {
			return
		}
		passes = 2*b.columnPasses() + 1
	}
	move := func(words, src []uint32) error {
		if structured != nil {
			return structured.Apply(words, src)
		}
		for k, from := range index {
			words[k] = src[from]
		}
		return nil
	}
	spans := b.spans(len(limbs))
	b.run(kernel{name: "permute", tiles: len(spans), tile: func(i int) tile {
		s := spans[i]
		x, y := in[s.limb].at(s), out[s.limb].at(s)
		return tile{in: []ref{x}, out: []ref{y}, steps: []step{
			b.across(Permutation, x.bytes(), passes, ports(inputs, 1), ports(outputs, 1), b.does(func() error {
				for k := range s.count {
					words := make([]uint32, b.shape.N)
					if err := move(words, x.words(k)); err != nil {
						return err
					}
					y.set(k, words)
				}
				return nil
			})),
		}}
	}})
}

// gatherPasses counts the pairs of an output register and an input register
// that has an element for it.
func (b *builder) gatherPasses(index []int) (pairs int64) {
	words := int(b.machine.RegisterBytes() / 4)
	for lo := 0; lo < len(index); lo += words {
		seen := map[int]bool{}
		for _, from := range index[lo:min(lo+words, len(index))] {
			seen[from/words] = true
		}
		pairs += int64(len(seen))
	}
	return pairs
}

// columnPasses is how many rows of lanes hold the columns of one row, each of
// which a permutation of columns may take elements from.
func (b *builder) columnPasses() int64 {
	return int64((b.shape.C + b.machine.Lanes - 1) / b.machine.Lanes)
}

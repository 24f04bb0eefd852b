package ntt

import (
	"fmt"

	"lockstep/hecross/chunk"
	"lockstep/hecross/lane"
	"lockstep/rtl"
)

// results are beats of residues on their way to the data.
type results struct {
	data  []rtl.Sig
	valid rtl.Sig
	row   rtl.Sig // where they go
}

// results merges and reduces groups of sums, multiplies those of the first product
// by the twist and ends the product with its last.
func (t *top) results(w *walk, g groups) results {
	m, c := t.m, t.c
	u, err := chunk.New(c.chunk())
	reduced := t.place("reduce", u, err, append([][]rtl.Sig{{g.valid}, g.sums}, t.modulus...)...)

	// The twist is read in the cycle before the residues come.
	soon := late("residues_soon", g.valid, c.reduceCycles()-1).And(t.first).Named("reads_twist")
	k := t.counter("twisted", log2(c.Beats()))
	k.connect(soon, w.ends.Sig)
	bytes := t.twist.ReadEn(k.now, soon)
	one := m.Const(flag, 1)
	var twist, mask []rtl.Sig
	for l := range c.Lanes() {
		b := bytes[pieces*l:]
		twist = append(twist, rtl.Concat(b[3], b[2], b[1], b[0]).Wrap(c.Reduce.Bits).Named(fmt.Sprintf("twist%d", l)))
		mask = append(mask, one)
	}
	code := func(o lane.Op) rtl.Sig { return m.Const(lane.OpShape, int64(o)) }
	ul, err := lane.New(c.lane())
	y := t.place("lane", ul, err, append([][]rtl.Sig{
		reduced["valid"], {t.first.Mux(code(lane.Mul), code(lane.Select))}, reduced["r"], twist, mask}, t.modulus...)...)

	valid := y["valid"][0]
	n := t.counter("result", log2(c.Beats()))
	n.connect(valid, w.ends.Sig)
	w.ends.Set(valid.And(n.last(c.Beats())))
	// Of Rows * A four beats of a row of a tile come together, see resultAt.
	r, tile := log2(c.R), log2(c.left().tiles)
	left := address(field(n.now, 2, r), field(n.now, 2+r, tile), field(n.now, 0, 2))
	right := address(field(n.now, 0, r), field(n.now, r, log2(c.right().tiles)))
	return results{y["y"], valid, w.choose(left, right).Named("result_row")}
}

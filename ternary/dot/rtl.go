package dot

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// rtl selects x, -x or 0 per lane and sums the lanes in a tree with one
// register per level.
func (c Config) rtl(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
	w, x := in[0], in[1]
	zero := b.Const(rtl.S(c.XBits), 0)
	none := b.Const(rtl.S(c.XBits+1), 0)
	sums := make([]rtl.Sig, c.Lanes)
	for i := range sums {
		signed := w[i].Bit(1).Mux(zero.Sub(x[i]), x[i].Extend(c.XBits+1))
		sums[i] = w[i].Bit(0).Mux(signed, none)
	}
	for level := 0; len(sums) > 1; level++ {
		half := sums[:len(sums)/2]
		for i := range half {
			half[i] = sums[2*i].Add(sums[2*i+1]).Reg(fmt.Sprintf("sum%d_%d", level, i))
		}
		sums = half
	}
	return [][]rtl.Sig{sums}
}

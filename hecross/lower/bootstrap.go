package lower

// The kernel calls of packed bootstrapping, in limbs, and the base conversions
// in pairs of an input and an output limb.
//
// Source: arXiv:2501.07047, packed bootstrapping at N = 65536.
const (
	bootstrapAdds          = 57_015
	bootstrapProducts      = 66_708
	bootstrapAutomorphisms = 17_586
	bootstrapTransforms    = 11_245
	bootstrapPairs         = 80_626
)

// bootstrap appends the calls kind by kind, in polynomials of all limbs of Q;
// base conversions go from the first digit of Q to all other limbs, as often as
// makes up the pairs.
func (b *builder) bootstrap() {
	q := b.shape.Q
	x, y, out := b.newPoly("x", q, false), b.newPoly("y", q, false), b.newPoly("out", q, false)
	each := func(total int, f func(limbs []int)) {
		for ; total > 0; total -= q {
			f(limbs(0, min(q, total)))
		}
	}
	each(bootstrapAdds, func(l []int) { b.addPoly(out, x, y, l) })
	each(bootstrapProducts, func(l []int) { b.mulPoly(out, x, y, l) })
	each(bootstrapAutomorphisms, func(l []int) { b.automorphism(out, x, b.galois(), l) })
	each(bootstrapTransforms, func(l []int) { b.ntt(false, out[:len(l)], x[:len(l)], l) })

	digit := b.shape.digits(q)[0]
	to := b.over(q)[digit[1]:]
	raised := b.newPoly("raised", len(to), false)
	pairs := digit[1] * len(to)
	for range (bootstrapPairs + pairs - 1) / pairs {
		b.bconv(raised, x[:digit[1]], to, limbs(0, digit[1]))
	}
}

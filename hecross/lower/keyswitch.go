package lower

import (
	"fmt"
	"math/big"

	"lockstep/hecross"
)

// A key is the polynomials of an evaluation key in a program, b and a of each
// digit, over the limbs of a ciphertext followed by those of P. They serve the
// whole batch.
type key [][2]poly

// newKey allocates an evaluation key for ciphertexts of so many limbs.
func (b *builder) newKey(name string, count int, values hecross.EvaluationKey) key {
	over := b.over(count)
	k := make(key, len(b.shape.digits(count)))
	for d := range k {
		for i := range k[d] {
			k[d][i] = b.parameter(fmt.Sprint(name, " ", d, " ", i), over, 4*b.costs.words*int64(b.shape.N))
			if b.values == nil || b.err != nil {
				continue
			}
			for j := range over {
				k[d][i][j].one().set(0, values[d][i][j])
			}
		}
	}
	return k
}

// over returns the first limbs of Q followed by those of P.
func (b *builder) over(count int) []int {
	return append(limbs(0, count), limbs(b.shape.Q, b.shape.Q+b.shape.P)...)
}

// keySwitch appends hybrid key switching of d, over the first limbs of Q.
func (b *builder) keySwitch(d poly, k key, onChip bool) (out [2]poly) {
	count := len(d)
	over := b.over(count)
	coefficients := b.newPoly("coefficients", count, onChip)
	b.ntt(true, coefficients, d, limbs(0, count))
	ups, raised := b.modUp(d, coefficients, onChip)
	acc := [2]poly{b.newPoly("switched b", len(over), onChip), b.newPoly("switched a", len(over), onChip)}
	b.innerProduct(acc, ups, k, over)
	b.release(coefficients)
	b.release(raised...)
	for i := range acc {
		out[i] = b.modDown(acc[i], count, onChip)
		b.release(acc[i])
	}
	return out
}

// modUp appends every digit of d over all limbs in NTT form. The limbs of the
// digit itself are those of d; raised holds the others.
func (b *builder) modUp(d, coefficients poly, onChip bool) (ups, raised []poly) {
	count := len(d)
	for _, digit := range b.shape.digits(count) {
		others := append(limbs(0, digit[0]), b.over(count)[digit[1]:]...)
		up := b.newPoly("raised", len(others), onChip)
		b.bconv(up, coefficients[digit[0]:digit[1]], others, limbs(digit[0], digit[1]))
		b.ntt(false, up, up, others)
		full := append(append(append(poly{}, up[:digit[0]]...), d[digit[0]:digit[1]]...), up[digit[0]:]...)
		ups, raised = append(ups, full), append(raised, up)
	}
	return ups, raised
}

// innerProduct appends the sum over digits of digit times key, for both
// polynomials of the key.
func (b *builder) innerProduct(out [2]poly, ups []poly, k key, over []int) {
	e := each{
		name: "inner product", category: VecModOps, ins: ups, outs: out[:], limbs: over,
		ops: 2 * (int64(len(ups))*b.costs.mulKnown + int64(len(ups)-1)*b.costs.add),
	}
	for d := range ups {
		e.known = append(e.known, k[d][0], k[d][1])
	}
	place := map[int]int{}
	for j, l := range over {
		place[l] = j
	}
	e.do = func(m hecross.Modulus, limb int, x [][]uint32) [][]uint32 {
		y := [][]uint32{make([]uint32, b.shape.N), make([]uint32, b.shape.N)}
		for d := range x {
			for i := range y {
				factor := k[d][i][place[limb]].one().words(0)
				for n, v := range x[d] {
					y[i][n] = m.Add(y[i][n], m.Mul(v, factor[n]))
				}
			}
		}
		return y
	}
	b.each(e)
}

// modDown appends p/P over the first limbs of Q, rounded in the form of the
// context: an offset before base conversion, taken back after it.
func (b *builder) modDown(p poly, count int, onChip bool) poly {
	special, rest := limbs(b.shape.Q, b.shape.Q+b.shape.P), limbs(0, count)
	offset, product := b.downConstants()
	low := b.newPoly("part of P", len(special), onChip)
	b.ntt(true, low, p[count:], special)
	b.addConstant(low, low, special, offset)
	moved := b.newPoly("converted", count, onChip)
	b.bconv(moved, low, rest, special)
	b.addConstant(moved, moved, rest, func(m hecross.Modulus) uint32 { return m.Neg(offset(m)) })
	b.ntt(false, moved, moved, rest)
	out := b.newPoly("lowered", count, onChip)
	b.subScale(out, p[:count], moved, rest, func(m hecross.Modulus) uint32 { return m.Inverse(product(m)) })
	b.release(low, moved)
	return out
}

// downConstants returns the offset of ModDown and the product of P as residues.
func (b *builder) downConstants() (offset, product func(m hecross.Modulus) uint32) {
	if b.values == nil {
		return nil, nil
	}
	c := b.values.context
	residue := func(x *big.Int) func(m hecross.Modulus) uint32 {
		return func(m hecross.Modulus) uint32 { return m.ModBig(x) }
	}
	return residue(c.ModDown.Offset(c.P.Moduli)), residue(hecross.Product(c.P.Moduli))
}

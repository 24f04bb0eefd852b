package hecross

import "math/bits"

// ShoupQuotient returns floor(w * 2^32 / q), the constant that goes with a
// known factor w < q in [Modulus.MulShoup].
func (m Modulus) ShoupQuotient(w uint32) uint32 {
	return uint32(uint64(w) << 32 / uint64(m.q))
}

// MulShoup returns a value congruent to x * w modulo q for a known w.
//
//	x       any uint32
//	w       0 <= w < q
//	quot    ShoupQuotient(w)
//	result  0 <= r < 2q, lazy
//
// Source: Shoup's multiplication, arXiv:2501.07047; Harvey, arXiv:1205.2926.
func (m Modulus) MulShoup(x, w, quot uint32) uint32 {
	high, _ := bits.Mul32(x, quot)
	return x*w - high*m.q // modulo 2^32: the true value is below 2q < 2^32
}

// Correct returns the residue of a lazy value: x for x < q, x - q for
// q <= x < 2q.
func (m Modulus) Correct(x uint32) uint32 {
	if x >= m.q {
		x -= m.q
	}
	return x
}

package hecross

// ToMontgomery returns x * 2^32 mod q, for a residue x < q.
func (m Modulus) ToMontgomery(x uint32) uint32 { return m.Mod(uint64(x) << 32) }

// MontgomeryReduce returns a value congruent to z * 2^-32 modulo q.
//
//	z       0 <= z < q * 2^32: one product of a residue and any uint32 fits
//	result  0 < r < 2q, lazy
//
// It is computed as on a machine with products of 16 by 16 bits only. Source:
// Montgomery reduction with R = 2^32, arXiv:2501.07047.
func (m Modulus) MontgomeryReduce(z uint64) uint32 {
	k := uint32(z) * -m.negInv // z * q^-1 mod 2^32: k*q has the low word of z
	return uint32(z>>32) + m.q - mulHigh16(k, m.q)
}

// mulHigh16 is the upper word of x*y out of four products of 16-bit halves.
func mulHigh16(x, y uint32) uint32 {
	x0, x1, y0, y1 := x&0xFFFF, x>>16, y&0xFFFF, y>>16
	low, mid0, mid1, high := x0*y0, x0*y1, x1*y0, x1*y1
	carry := (low>>16 + mid0&0xFFFF + mid1&0xFFFF) >> 16
	return high + mid0>>16 + mid1>>16 + carry
}

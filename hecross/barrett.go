package hecross

// Admits reports whether z is in the range of [Modulus.Reduce]: z < 2^s.
func (m Modulus) Admits(z uint64) bool { return z>>m.s == 0 }

// Reduce returns z mod q by Barrett's method with one conditional subtraction.
//
//	z       0 <= z < 2^s, s = 2*ceil(log2 q): one product of residues fits
//	result  0 <= r < q
//
// A sum of two products may reach 2^s or more. The result is then congruent
// to the sum but may be q or above, and a z far outside gives a meaningless
// result: reduce term by term, or prove the bound ([Modulus.Admits]).
//
// The quotient is formed from two 64-bit products, exactly floor(z*m/2^s),
// m = floor(2^s/q), as hardware forms it. Source: arXiv:2501.07047, Barrett
// reduction on 32-bit lanes.
func (m Modulus) Reduce(z uint64) uint32 {
	w := min(m.s, 32)
	low := z & (1<<w - 1)
	high := z >> w
	t := (low*m.factor>>w + high*m.factor) >> (m.s - w)
	r := z - t*uint64(m.q)
	if r >= uint64(m.q) {
		r -= uint64(m.q)
	}
	return uint32(r)
}

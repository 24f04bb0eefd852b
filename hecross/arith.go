package hecross

import "math/bits"

// Add returns x + y mod q, for residues x, y < q.
func (m Modulus) Add(x, y uint32) uint32 {
	r := x + y
	if r >= m.q {
		r -= m.q
	}
	return r
}

// Sub returns x - y mod q, for residues x, y < q.
func (m Modulus) Sub(x, y uint32) uint32 {
	r := x - y
	if x < y {
		r += m.q
	}
	return r
}

// Neg returns -x mod q, for a residue x < q.
func (m Modulus) Neg(x uint32) uint32 {
	if x == 0 {
		return 0
	}
	return m.q - x
}

// Mul returns x * y mod q, for residues x, y < q.
func (m Modulus) Mul(x, y uint32) uint32 { return m.Reduce(uint64(x) * uint64(y)) }

// Pow returns x^e mod q, for a residue x < q; x^0 is 1.
func (m Modulus) Pow(x uint32, e uint64) uint32 {
	r := uint32(1)
	for ; e > 0; e >>= 1 {
		if e&1 == 1 {
			r = m.Mul(r, x)
		}
		x = m.Mul(x, x)
	}
	return r
}

// Inverse returns x^-1 mod q, for a residue 0 < x < q; of 0 it returns 0.
func (m Modulus) Inverse(x uint32) uint32 { return m.Pow(x, uint64(m.q)-2) }

// Mod returns z mod q for every z.
func (m Modulus) Mod(z uint64) uint32 {
	t, _ := bits.Mul64(z, m.inverse)
	r := z - t*uint64(m.q) // below 2q: t is the quotient or one less
	if r >= uint64(m.q) {
		r -= uint64(m.q)
	}
	return uint32(r)
}

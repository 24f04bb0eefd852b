package hecross

import (
	"fmt"
	"math/bits"
)

// MaxModulusBits is the largest width of a modulus: residues are uint32 and
// lazy values below 2q must fit as well.
const MaxModulusBits = 31

// A Modulus is an odd prime 2 < q < 2^31 with the constants that reduce modulo
// q. It is comparable. The zero value is not usable; call [NewModulus].
type Modulus struct {
	q       uint32
	s       uint8  // products are below 2^s
	factor  uint64 // floor(2^s / q)
	inverse uint64 // floor(2^64 / q), for values of the whole range of uint64
	negInv  uint32 // -q^-1 mod 2^32
}

// NewModulus returns the modulus q. It reports an error unless q is an odd
// prime below 2^31.
func NewModulus(q uint32) (Modulus, error) {
	if q <= 2 || q >= 1<<MaxModulusBits || !IsPrime(q) {
		return Modulus{}, fmt.Errorf("hecross: modulus is %d, want an odd prime below 2^31", q)
	}
	s := 2 * bits.Len32(q-1)
	return Modulus{
		q:       q,
		s:       uint8(s),
		factor:  uint64(1) << s / uint64(q),
		inverse: ^uint64(0) / uint64(q), // the same: q does not divide 2^64
		negInv:  -inverse32(q),
	}, nil
}

// NewModuli returns one modulus per element of q, which must be distinct. An
// error names the first element at fault by its index.
func NewModuli(q []uint32) ([]Modulus, error) {
	ms := make([]Modulus, len(q))
	seen := make(map[uint32]int, len(q))
	for i, v := range q {
		m, err := NewModulus(v)
		if err != nil {
			return nil, atLimb(i, err)
		}
		if j, ok := seen[v]; ok {
			return nil, fmt.Errorf("hecross: limbs %d and %d have the modulus %d, want distinct moduli", j, i, v)
		}
		seen[v] = i
		ms[i] = m
	}
	return ms, nil
}

// inverse32 is q^-1 mod 2^32 for an odd q. Each step of Newton's iteration
// doubles the number of correct bits, 3 at first.
func inverse32(q uint32) uint32 {
	x := q
	for range 4 {
		x *= 2 - q*x
	}
	return x
}

// Q returns the prime.
func (m Modulus) Q() uint32 { return m.q }

// Bits returns b = ceil(log2 q), 2 to 31: the width of a residue.
func (m Modulus) Bits() int { return int(m.s) / 2 }

// ProductBits returns s = 2*b: what Reduce takes is below 2^s.
func (m Modulus) ProductBits() int { return int(m.s) }

// BarrettFactor returns floor(2^s / q), a number of b+1 bits.
func (m Modulus) BarrettFactor() uint64 { return m.factor }

// MontgomeryFactor returns -q^-1 mod 2^32.
func (m Modulus) MontgomeryFactor() uint32 { return m.negInv }

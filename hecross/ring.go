package hecross

import (
	"fmt"
	"math/bits"
)

// MaxN is the largest degree of a ring.
const MaxN = 1 << 17

// A Ring is the product of Z_q[X]/(X^N + 1) over a chain of moduli, with the
// roots and tables of the transform. Its fields are for reading. Rings cut out
// of one another share their tables. It is safe for concurrent use.
type Ring struct {
	N, R, C int       // N = R*C, coefficient i*C+j stands in row i and column j
	Moduli  []Modulus // one per limb
	Psi     []uint32  // one primitive 2N-th root of unity per limb

	limbs []*limb
}

// NewRing returns the ring of degree n over moduli, with rows r and columns c
// of the three-step transform. n, r and c are powers of two with n = r*c, n
// from 2 to MaxN; every modulus is 1 mod 2n and occurs once.
func NewRing(n, r, c int, moduli []Modulus, roots Roots) (*Ring, error) {
	if err := checkSplit(n, r, c); err != nil {
		return nil, err
	}
	if roots.psi != nil && len(roots.psi) != len(moduli) {
		return nil, fmt.Errorf("hecross: psi has %d elements, want one per limb, %d", len(roots.psi), len(moduli))
	}
	ring := &Ring{N: n, R: r, C: c}
	for i, m := range moduli {
		if m.q == 0 {
			return nil, fmt.Errorf("hecross: limb %d: modulus is not set, want one from NewModulus", i)
		}
		if err := m.checkNTT(n); err != nil {
			return nil, atLimb(i, err)
		}
		psi, err := roots.psiOf(m, n, i)
		if err != nil {
			return nil, atLimb(i, err)
		}
		ring.append(newLimb(m, n, r, c, psi))
	}
	return ring, ring.checkDistinct()
}

func (r *Ring) append(ls ...*limb) {
	for _, l := range ls {
		r.Moduli = append(r.Moduli, l.Modulus)
		r.Psi = append(r.Psi, l.psi)
		r.limbs = append(r.limbs, l)
	}
}

func (r *Ring) checkDistinct() error {
	seen := make(map[uint32]int, len(r.Moduli))
	for i, m := range r.Moduli {
		if j, ok := seen[m.q]; ok {
			return fmt.Errorf("hecross: limbs %d and %d have the modulus %d, want distinct moduli", j, i, m.q)
		}
		seen[m.q] = i
	}
	return nil
}

// Limbs returns the number of limbs.
func (r *Ring) Limbs() int { return len(r.Moduli) }

// Slice returns the ring over limbs lo to hi-1, 0 <= lo <= hi <= Limbs().
func (r *Ring) Slice(lo, hi int) (*Ring, error) {
	if lo < 0 || lo > hi || hi > r.Limbs() {
		return nil, fmt.Errorf("hecross: limbs are %d to %d of %d, want a range inside", lo, hi, r.Limbs())
	}
	return r.slice(lo, hi), nil
}

func (r *Ring) slice(lo, hi int) *Ring {
	s := &Ring{N: r.N, R: r.R, C: r.C}
	s.append(r.limbs[lo:hi]...)
	return s
}

// Join returns the ring over the limbs of r followed by those of s. Both must
// have the same N, R and C and no modulus in common.
func (r *Ring) Join(s *Ring) (*Ring, error) {
	if r.N != s.N || r.R != s.R || r.C != s.C {
		return nil, fmt.Errorf("hecross: rings are %d = %dx%d and %d = %dx%d, want the same N, R and C", r.N, r.R, r.C, s.N, s.R, s.C)
	}
	j := r.join(s)
	return j, j.checkDistinct()
}

func (r *Ring) join(s *Ring) *Ring {
	j := &Ring{N: r.N, R: r.R, C: r.C}
	j.append(r.limbs...)
	j.append(s.limbs...)
	return j
}

// NewPoly returns the polynomial 0 of the ring.
func (r *Ring) NewPoly() Poly { return NewPoly(r.Limbs(), r.N) }

// checkSplit reports an n that is no power of two in range, or rows and
// columns that are no powers of two with product n.
func checkSplit(n, r, c int) error {
	if err := checkPowerOfTwo("N", n, MaxN); err != nil {
		return err
	}
	if n < 2 || r < 1 || c < 1 || r > n || c > n || r*c != n || r&(r-1) != 0 {
		return fmt.Errorf("hecross: N, R, C are %d, %d, %d, want powers of two with N = R*C of at least 2", n, r, c)
	}
	return nil
}

func checkPowerOfTwo(name string, n, most int) error {
	if n < 1 || n > most || n&(n-1) != 0 {
		return fmt.Errorf("hecross: %s is %d, want a power of two up to %d", name, n, most)
	}
	return nil
}

// bitReverse reverses the low log2(n) bits of i, for n a power of two.
func bitReverse(i, n int) int {
	return int(bits.Reverse32(uint32(i)) >> 1 >> (31 - bits.Len(uint(n-1))))
}

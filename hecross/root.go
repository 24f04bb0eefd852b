package hecross

import "fmt"

// Roots says which primitive 2N-th root of unity psi every limb of a ring
// uses. The zero value is [SmallestRoots].
type Roots struct {
	lattigo bool
	psi     []uint32
}

// SmallestRoots selects the smallest primitive 2N-th root modulo q, as CROSS
// and OpenFHE do.
func SmallestRoots() Roots { return Roots{} }

// LattigoRoots selects g^((q-1)/2N) with g the smallest generator of at least
// 3 of the residues modulo q, as Lattigo v6 does: arrays of the transform are
// then the same on both sides.
func LattigoRoots() Roots { return Roots{lattigo: true} }

// ExplicitRoots selects psi[i] for limb i.
func ExplicitRoots(psi []uint32) Roots {
	return Roots{psi: append([]uint32{}, psi...)}
}

// String returns "smallest", "lattigo" or "explicit".
func (r Roots) String() string {
	switch {
	case r.psi != nil:
		return "explicit"
	case r.lattigo:
		return "lattigo"
	}
	return "smallest"
}

// psiOf is the root of limb i.
func (r Roots) psiOf(m Modulus, n, i int) (uint32, error) {
	switch {
	case r.psi != nil:
		return r.psi[i], m.checkRoot(n, r.psi[i])
	case r.lattigo:
		return m.LattigoRoot(n)
	}
	return m.SmallestRoot(n)
}

// checkRoot reports an error unless psi is a primitive 2n-th root of unity.
func (m Modulus) checkRoot(n int, psi uint32) error {
	if psi >= m.q || m.Pow(psi, uint64(n)) != m.q-1 {
		return fmt.Errorf("hecross: psi is %d, want a primitive %d-th root of unity modulo %d", psi, 2*n, m.q)
	}
	return nil
}

// checkNTT reports an error unless 2n-th roots of unity exist modulo q.
func (m Modulus) checkNTT(n int) error {
	if err := checkPowerOfTwo("N", n, MaxN); err != nil {
		return err
	}
	if (m.q-1)%uint32(2*n) != 0 {
		return fmt.Errorf("hecross: modulus is %d, want 1 mod 2N = %d", m.q, 2*n)
	}
	return nil
}

// SmallestRoot returns the smallest primitive 2n-th root of unity modulo q. It
// reports an error unless n is a power of two and q = 1 mod 2n.
func (m Modulus) SmallestRoot(n int) (uint32, error) {
	if err := m.checkNTT(n); err != nil {
		return 0, err
	}
	var psi uint32
	for x := uint32(2); ; x++ { // one in two residues serves
		psi = m.Pow(x, uint64(m.q-1)/uint64(2*n))
		if m.Pow(psi, uint64(n)) == m.q-1 {
			break
		}
	}
	least, square := psi, m.Mul(psi, psi)
	for range n - 1 { // the primitive roots are the odd powers of one of them
		psi = m.Mul(psi, square)
		least = min(least, psi)
	}
	return least, nil
}

// LattigoRoot returns the primitive 2n-th root of unity that Lattigo v6 uses.
// It reports an error unless n is a power of two and q = 1 mod 2n.
//
// Source: ring.PrimitiveRoot and SubRing.generateNTTConstants, Lattigo v6.1.1.
func (m Modulus) LattigoRoot(n int) (uint32, error) {
	if err := m.checkNTT(n); err != nil {
		return 0, err
	}
	factors := primeFactors(m.q - 1)
	for g := uint32(3); ; g++ {
		if m.generates(g, factors) {
			return m.Pow(g%m.q, uint64(m.q-1)/uint64(2*n)), nil
		}
	}
}

// generates reports whether the powers of g are all residues but 0, factors
// being the primes that divide q-1.
func (m Modulus) generates(g uint32, factors []uint32) bool {
	for _, f := range factors {
		if m.Pow(g%m.q, uint64((m.q-1)/f)) == 1 {
			return false
		}
	}
	return g%m.q != 0
}

// primeFactors returns the distinct primes that divide n.
func primeFactors(n uint32) []uint32 {
	var factors []uint32
	for p := uint32(2); uint64(p)*uint64(p) <= uint64(n); p++ {
		if n%p == 0 {
			factors = append(factors, p)
		}
		for n%p == 0 {
			n /= p
		}
	}
	if n > 1 {
		factors = append(factors, n)
	}
	return factors
}

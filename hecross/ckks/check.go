package ckks

import (
	"fmt"

	"github.com/tuneinsight/lattigo/v6/core/rlwe"
	"github.com/tuneinsight/lattigo/v6/ring"
)

// checkCiphertext reports a ciphertext that is not one of these parameters.
func (c *Client) checkCiphertext(ct *rlwe.Ciphertext) error {
	if ct == nil {
		return fmt.Errorf("ckks: ciphertext is nil, want one from Encrypt")
	}
	if len(ct.Value) < 2 {
		return fmt.Errorf("ckks: ciphertext: has %d polynomials, want at least 2", len(ct.Value))
	}
	if err := c.checkMetaData("ciphertext", ct.MetaData); err != nil {
		return err
	}
	for i, p := range ct.Value {
		name := fmt.Sprintf("ciphertext: polynomial %d", i)
		if p.Level() != ct.Value[0].Level() {
			return fmt.Errorf("ckks: %s: level is %d, want %d as polynomial 0", name, p.Level(), ct.Value[0].Level())
		}
		if err := c.checkPoly(name, p); err != nil {
			return err
		}
	}
	return nil
}

// checkPlaintext reports a plaintext that is not one of these parameters.
func (c *Client) checkPlaintext(pt *rlwe.Plaintext) error {
	if pt == nil {
		return fmt.Errorf("ckks: plaintext is nil, want one from Encode or Decrypt")
	}
	if err := c.checkMetaData("plaintext", pt.MetaData); err != nil {
		return err
	}
	return c.checkPoly("plaintext", pt.Value)
}

// checkMetaData reports a form other than values in all slots, NTT and not
// Montgomery, and a scale that is not above 0.
func (c *Client) checkMetaData(name string, m *rlwe.MetaData) error {
	switch {
	case m == nil:
		return fmt.Errorf("ckks: %s: has no metadata, want a scale and a form", name)
	case !m.IsNTT || m.IsMontgomery:
		return fmt.Errorf("ckks: %s: is NTT %t and Montgomery %t, want true and false", name, m.IsNTT, m.IsMontgomery)
	case !m.IsBatched || m.LogDimensions != c.params.LogMaxDimensions():
		return fmt.Errorf("ckks: %s: has 2^%d slots, batched %t, want 2^%d, true",
			name, m.LogDimensions.Cols, m.IsBatched, c.params.LogMaxSlots())
	}
	return c.checkScale(name, 0, m.Scale.Float64())
}

// checkPoly reports limbs that are too many or too few, of the wrong length, or
// hold a value that is no residue.
func (c *Client) checkPoly(name string, p ring.Poly) error {
	if p.Level() < 0 || p.Level() > c.MaxLevel() {
		return fmt.Errorf("ckks: %s: level is %d, want 0 to %d", name, p.Level(), c.MaxLevel())
	}
	return checkResidues(name, p, c.set.N, c.set.Q)
}

// checkResidues reports limbs that are not of n coefficients below the modulus.
func checkResidues(name string, p ring.Poly, n int, moduli []uint32) error {
	for l, limb := range p.Coeffs {
		if len(limb) != n {
			return fmt.Errorf("ckks: %s: limb %d has %d coefficients, want N = %d", name, l, len(limb), n)
		}
		for i, x := range limb {
			if q := moduli[l]; x >= uint64(q) {
				return fmt.Errorf("ckks: %s: limb %d: index %d: residue is %d, want below the modulus %d", name, l, i, x, q)
			}
		}
	}
	return nil
}

package ckks

import (
	"fmt"

	"github.com/tuneinsight/lattigo/v6/core/rlwe"
	"github.com/tuneinsight/lattigo/v6/ring"

	"lockstep/hecross"
)

// ToDevice returns the residues of a ciphertext as the device takes them. The
// scale stays behind: keep it for FromDevice.
func (c *Client) ToDevice(ct *rlwe.Ciphertext) (hecross.Ciphertext, error) {
	if err := c.checkCiphertext(ct); err != nil {
		return nil, err
	}
	out := make(hecross.Ciphertext, len(ct.Value))
	for i, p := range ct.Value {
		out[i] = narrow(p)
	}
	return out, nil
}

// FromDevice returns a ciphertext of the device as Lattigo's, of the level of
// its limbs and the given scale. It has two polynomials or more.
func (c *Client) FromDevice(ct hecross.Ciphertext, scale float64) (*rlwe.Ciphertext, error) {
	if len(ct) < 2 {
		return nil, fmt.Errorf("ckks: ciphertext: has %d polynomials, want at least 2", len(ct))
	}
	if err := c.context.Check("ciphertext", ct); err != nil {
		return nil, fmt.Errorf("ckks: %w", err)
	}
	if err := c.checkScale("ciphertext", ct.Limbs()-1, scale); err != nil {
		return nil, err
	}
	polys := make([]ring.Poly, len(ct))
	for i, p := range ct {
		polys[i] = ring.Poly{Coeffs: make([][]uint64, len(p))}
		for l, limb := range p {
			polys[i].Coeffs[l] = widen(limb)
		}
	}
	return c.ciphertext(c.metaData(scale), polys...), nil
}

// PlaintextToDevice returns the residues of a plaintext as the device takes
// them for AddPlain and MulPlain.
func (c *Client) PlaintextToDevice(pt *rlwe.Plaintext) (hecross.Poly, error) {
	if err := c.checkPlaintext(pt); err != nil {
		return nil, err
	}
	return narrow(pt.Value), nil
}

// metaData is that of values in all slots, in NTT form.
func (c *Client) metaData(scale float64) *rlwe.MetaData {
	return &rlwe.MetaData{
		PlaintextMetaData: rlwe.PlaintextMetaData{
			Scale:         rlwe.NewScale(scale),
			LogDimensions: c.params.LogMaxDimensions(),
			IsBatched:     true,
		},
		CiphertextMetaData: rlwe.CiphertextMetaData{IsNTT: true},
	}
}

// narrow returns limbs of residues below 2^31 in the device's width.
func narrow(limbs ...ring.Poly) hecross.Poly {
	var out hecross.Poly
	for _, p := range limbs {
		for _, limb := range p.Coeffs {
			residues := make([]uint32, len(limb))
			for i, x := range limb {
				residues[i] = uint32(x)
			}
			out = append(out, residues)
		}
	}
	return out
}

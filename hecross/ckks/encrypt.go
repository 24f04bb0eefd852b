package ckks

import (
	"fmt"

	"github.com/tuneinsight/lattigo/v6/core/rlwe"
	"github.com/tuneinsight/lattigo/v6/ring"
)

// Encrypt encrypts a plaintext under the secret key, at the level and scale of
// the plaintext, as Lattigo's encryptor does: (-a*s + e + m, a). Every call
// draws other randomness; what the n-th call draws follows from the seed.
func (c *Client) Encrypt(pt *rlwe.Plaintext) (*rlwe.Ciphertext, error) {
	if err := c.checkPlaintext(pt); err != nil {
		return nil, err
	}
	draw, err := c.random.zeros(fmt.Sprintf("ciphertext %d", c.fresh), pt.Level(), -1)
	if err != nil {
		return nil, err
	}
	c.fresh++
	b, a := draw.next(c.secret.Value)
	draw.over.RingQ.Add(b.Q, pt.Value, b.Q)
	return c.ciphertext(pt.MetaData.CopyNew(), b.Q, a.Q), nil
}

// Decrypt returns the plaintext of a ciphertext, of two polynomials or more.
func (c *Client) Decrypt(ct *rlwe.Ciphertext) (*rlwe.Plaintext, error) {
	if err := c.checkCiphertext(ct); err != nil {
		return nil, err
	}
	return c.decryptor.DecryptNew(ct), nil
}

// ciphertext returns a ciphertext of Lattigo's that holds the polynomials.
func (c *Client) ciphertext(meta *rlwe.MetaData, polys ...ring.Poly) *rlwe.Ciphertext {
	return &rlwe.Ciphertext{Element: rlwe.Element[ring.Poly]{MetaData: meta, Value: polys}}
}

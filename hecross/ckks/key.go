package ckks

import (
	"fmt"

	"github.com/tuneinsight/lattigo/v6/ring/ringqp"

	"lockstep/hecross"
)

// RelinearizationKey returns the key from s^2 to s, in digits of the context.
func (c *Client) RelinearizationKey() (hecross.EvaluationKey, error) {
	digits, err := c.relinearization(c.context.DigitLimbs)
	return toDevice(digits), err
}

// RotationKey returns the key with which a device rotates the slots by rot to
// the left, rot of any sign: from s to the key that the automorphism takes to
// s. It is the form in which Lattigo keeps Galois keys.
func (c *Client) RotationKey(rot int) (hecross.EvaluationKey, error) {
	digits, err := c.rotation(rot, c.context.DigitLimbs)
	return toDevice(digits), err
}

// A gadget is an evaluation key over all limbs of Q and P: per digit the pair
// (b, a), in NTT form and not in Montgomery form.
type gadget [][2]ringqp.Poly

// relinearization is RelinearizationKey for digits of so many limbs.
func (c *Client) relinearization(digitLimbs int) (gadget, error) {
	s := c.secret.Value
	square := c.params.RingQP().NewPoly()
	c.params.RingQP().MulCoeffsMontgomery(s, s, square)
	return c.gadget("relinearization key", square, s, digitLimbs)
}

// rotation is RotationKey for digits of so many limbs.
func (c *Client) rotation(rot, digitLimbs int) (gadget, error) {
	inverse := c.params.ModInvGaloisElement(c.params.GaloisElement(rot))
	target := c.params.RingQP().NewPoly()
	c.params.RingQP().AutomorphismNTT(c.secret.Value, inverse, target)
	return c.gadget(fmt.Sprintf("key of element %d", inverse), c.secret.Value, target, digitLimbs)
}

// gadget returns the key that goes from one secret to another, both in NTT and
// Montgomery form, in digits of so many limbs: b = -a*to + e + P*T_d*from with
// T_d = 1 modulo the primes of digit d and 0 modulo the others. The digits of
// Lattigo have as many limbs as P.
func (c *Client) gadget(purpose string, from, to ringqp.Poly, digitLimbs int) (gadget, error) {
	if c.params.PCount() == 0 {
		return nil, fmt.Errorf("ckks: %s: P has 0 moduli, want at least 1 to switch keys", c.set.Name)
	}
	draw, err := c.random.zeros(fmt.Sprintf("%s, digits of %d", purpose, digitLimbs), c.MaxLevel(), c.params.MaxLevelP())
	if err != nil {
		return nil, err
	}
	ringQ := c.params.RingQ()
	scaled := ringQ.NewPoly()
	ringQ.IMForm(from.Q, scaled)
	ringQ.MulScalarBigint(scaled, c.params.RingP().Modulus(), scaled)
	var key gadget
	for lo := 0; lo <= c.MaxLevel(); lo += digitLimbs {
		b, a := draw.next(to)
		for l := lo; l < min(lo+digitLimbs, c.MaxLevel()+1); l++ {
			ringQ.SubRings[l].Add(b.Q.Coeffs[l], scaled.Coeffs[l], b.Q.Coeffs[l])
		}
		key = append(key, [2]ringqp.Poly{b, a})
	}
	return key, nil
}

// toDevice returns the key as the device takes it.
func toDevice(key gadget) hecross.EvaluationKey {
	out := make(hecross.EvaluationKey, len(key))
	for d, pair := range key {
		for i, p := range pair {
			out[d][i] = narrow(p.Q, p.P)
		}
	}
	return out
}

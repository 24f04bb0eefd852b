package ckks

import (
	"fmt"

	"github.com/tuneinsight/lattigo/v6/core/rlwe"
	"github.com/tuneinsight/lattigo/v6/ring"
	"github.com/tuneinsight/lattigo/v6/ring/ringqp"

	"lockstep/hecross"
)

// KeyToDevice returns an evaluation key that Lattigo's key generator made, for
// example that in a relinearisation or Galois key, as the device takes it. It
// is over all of Q and P, not compressed, without a decomposition in powers of
// two. The digits of Lattigo have as many limbs as P: those of the context
// must, too, see [Options].DigitLimbs.
func (c *Client) KeyToDevice(key *rlwe.EvaluationKey) (hecross.EvaluationKey, error) {
	if key == nil {
		return nil, fmt.Errorf("ckks: key is nil, want one of Lattigo's key generator")
	}
	if special := c.params.PCount(); c.context.DigitLimbs != special {
		return nil, fmt.Errorf("ckks: key of Lattigo: digits of the context have %d limbs, want %d, the moduli in P",
			c.context.DigitLimbs, special)
	}
	if want := c.context.Digits(c.MaxLevel() + 1); len(key.Value) != want {
		return nil, fmt.Errorf("ckks: key of Lattigo: has %d digits, want %d", len(key.Value), want)
	}
	over := c.params.RingQP()
	plain := make(gadget, len(key.Value))
	for d, powers := range key.Value {
		if len(powers) != 1 || len(powers[0]) != 2 {
			return nil, fmt.Errorf("ckks: key of Lattigo: digit %d: has %d powers of two, compressed %t, want 1, false",
				d, len(powers), len(powers) > 0 && len(powers[0]) == 1)
		}
		for i, p := range powers[0] {
			if err := c.checkLimbs(fmt.Sprintf("key of Lattigo: digit %d: polynomial %d", d, i), p); err != nil {
				return nil, err
			}
			plain[d][i] = over.NewPoly()
			over.IMForm(p, plain[d][i])
		}
	}
	return toDevice(plain), nil
}

// checkLimbs reports a polynomial that has not all limbs of Q and P, or whose
// residues are out of range.
func (c *Client) checkLimbs(name string, p ringqp.Poly) error {
	parts := []struct {
		name   string
		poly   ring.Poly
		moduli []uint32
	}{{"Q", p.Q, c.set.Q}, {"P", p.P, c.set.P}}
	for _, part := range parts {
		if len(part.poly.Coeffs) != len(part.moduli) {
			return fmt.Errorf("ckks: %s: has %d limbs of %s, want %d", name, len(part.poly.Coeffs), part.name, len(part.moduli))
		}
		if err := checkResidues(name+": "+part.name, part.poly, c.set.N, part.moduli); err != nil {
			return err
		}
	}
	return nil
}

// fromGadget returns a key in digits of as many limbs as P in Lattigo's form.
func (c *Client) fromGadget(key gadget) rlwe.EvaluationKey {
	over := c.params.RingQP()
	out := rlwe.NewEvaluationKey(c.params)
	for d, pair := range key {
		for i, p := range pair {
			over.MForm(p, out.Value[d][0][i])
		}
	}
	return *out
}

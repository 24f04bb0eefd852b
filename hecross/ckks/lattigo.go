package ckks

import (
	"fmt"

	"github.com/tuneinsight/lattigo/v6/core/rlwe"
	"github.com/tuneinsight/lattigo/v6/schemes/ckks"
)

// LattigoMult is HE-Mult by Lattigo's own evaluator, in the order of CROSS: x
// and y, of two polynomials and the same level of at least 1, are rescaled
// first, then multiplied and relinearised. Its keys have the secret of the
// client, and digits of as many limbs as P.
func (c *Client) LattigoMult(x, y *rlwe.Ciphertext) (*rlwe.Ciphertext, error) {
	for _, ct := range []*rlwe.Ciphertext{x, y} {
		if err := c.checkOperand(ct, 1); err != nil {
			return nil, err
		}
	}
	if x.Level() != y.Level() {
		return nil, fmt.Errorf("ckks: levels of x and y are %d and %d, want the same", x.Level(), y.Level())
	}
	key, err := c.relinearization(c.params.PCount())
	if err != nil {
		return nil, err
	}
	relin := &rlwe.RelinearizationKey{EvaluationKey: c.fromGadget(key)}
	evaluator := ckks.NewEvaluator(c.params, rlwe.NewMemEvaluationKeySet(relin))
	if x, err = rescaled(evaluator, x); err != nil {
		return nil, err
	}
	if y, err = rescaled(evaluator, y); err != nil {
		return nil, err
	}
	out, err := evaluator.MulRelinNew(x, y)
	if err != nil {
		return nil, fmt.Errorf("ckks: %w", err)
	}
	return out, nil
}

// LattigoRotate rotates the slots of a ciphertext of two polynomials by rot to
// the left with Lattigo's own evaluator, its key as in LattigoMult.
func (c *Client) LattigoRotate(ct *rlwe.Ciphertext, rot int) (*rlwe.Ciphertext, error) {
	if err := c.checkOperand(ct, 0); err != nil {
		return nil, err
	}
	key, err := c.rotation(rot, c.params.PCount())
	if err != nil {
		return nil, err
	}
	galois := &rlwe.GaloisKey{
		GaloisElement: c.params.GaloisElement(rot),
		NthRoot:       c.params.RingQ().NthRoot(),
		EvaluationKey: c.fromGadget(key),
	}
	out, err := ckks.NewEvaluator(c.params, rlwe.NewMemEvaluationKeySet(nil, galois)).RotateNew(ct, rot)
	if err != nil {
		return nil, fmt.Errorf("ckks: %w", err)
	}
	return out, nil
}

// LattigoRescale drops the last limb of a ciphertext of level 1 at least with
// Lattigo's own evaluator.
func (c *Client) LattigoRescale(ct *rlwe.Ciphertext) (*rlwe.Ciphertext, error) {
	if err := c.checkOperand(ct, 1); err != nil {
		return nil, err
	}
	return rescaled(ckks.NewEvaluator(c.params, nil), ct)
}

// checkOperand reports a ciphertext not of two polynomials, or below a level.
func (c *Client) checkOperand(ct *rlwe.Ciphertext, level int) error {
	if err := c.checkCiphertext(ct); err != nil {
		return err
	}
	if len(ct.Value) != 2 {
		return fmt.Errorf("ckks: ciphertext: has %d polynomials, want 2", len(ct.Value))
	}
	if ct.Level() < level {
		return fmt.Errorf("ckks: ciphertext: level is %d, want at least %d to drop a limb", ct.Level(), level)
	}
	return nil
}

func rescaled(evaluator *ckks.Evaluator, ct *rlwe.Ciphertext) (*rlwe.Ciphertext, error) {
	out := ct.CopyNew()
	if err := evaluator.Rescale(out, out); err != nil {
		return nil, fmt.Errorf("ckks: %w", err)
	}
	return out, nil
}

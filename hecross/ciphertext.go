package hecross

import "fmt"

// A Ciphertext is its polynomials in NTT form, the one of the power 0 of the
// secret key first: two of them, or three after a tensor product. All have the
// same limbs, the first of Q. It decrypts to the sum of ct[i]*s^i.
type Ciphertext []Poly

// Limbs returns the number of limbs, 0 of an empty ciphertext.
func (ct Ciphertext) Limbs() int {
	if len(ct) == 0 {
		return 0
	}
	return len(ct[0])
}

// Check reports a ciphertext without polynomials, with polynomials of
// different limbs, or with values that are no residues. Errors call it name.
func (c *Context) Check(name string, ct Ciphertext) error {
	if len(ct) == 0 {
		return fmt.Errorf("hecross: %s: has 0 polynomials, want at least 1", name)
	}
	for i, p := range ct {
		at := fmt.Sprintf("%s: polynomial %d", name, i)
		if len(p) != ct.Limbs() {
			return fmt.Errorf("hecross: %s: has %d limbs, want %d as polynomial 0", at, len(p), ct.Limbs())
		}
		if _, err := c.ring(at, p); err != nil {
			return err
		}
	}
	return nil
}

// checkDegree is Check for a ciphertext of exactly so many polynomials.
func (c *Context) checkDegree(name string, ct Ciphertext, polynomials int) error {
	if len(ct) != polynomials {
		return fmt.Errorf("hecross: %s: has %d polynomials, want %d", name, len(ct), polynomials)
	}
	return c.Check(name, ct)
}

// An EvaluationKey switches polynomials from one secret key to another. Digit
// d is the pair (b, a) over all limbs of Q followed by those of P, in NTT form
// and not in Montgomery form: b + a*s = e + P*T_d*s' with the target s, the
// source s', and T_d = 1 modulo the primes of digit d and 0 modulo the others.
type EvaluationKey [][2]Poly

// RestrictKey returns the digits of a key that switch polynomials over the
// first limbs of Q, restricted to those limbs followed by P. It reports a
// context without P, a key with too few digits or limbs, and values that are no
// residues. It shares the elements of the key.
func (c *Context) RestrictKey(key EvaluationKey, limbs int) (EvaluationKey, error) {
	if c.P.Limbs() == 0 {
		return nil, fmt.Errorf("hecross: P has 0 limbs, want at least 1 to switch keys")
	}
	if limbs < 1 || limbs > c.Q.Limbs() {
		return nil, fmt.Errorf("hecross: key is for %d limbs, want 1 to %d", limbs, c.Q.Limbs())
	}
	digits := c.Digits(limbs)
	if len(key) < digits {
		return nil, fmt.Errorf("hecross: key: has %d digits, want %d for %d limbs of %d each", len(key), digits, limbs, c.DigitLimbs)
	}
	over := c.Q.slice(0, limbs).join(c.P)
	out := make(EvaluationKey, digits)
	for d := range digits {
		for i, p := range key[d] {
			at := fmt.Sprintf("key: digit %d: polynomial %d", d, i)
			q := len(p) - c.P.Limbs()
			if q < limbs || q > c.Q.Limbs() {
				return nil, fmt.Errorf("hecross: %s: has %d limbs, want %d to %d of Q and %d of P", at, len(p), limbs, c.Q.Limbs(), c.P.Limbs())
			}
			out[d][i] = append(append(Poly{}, p[:limbs]...), p[q:]...)
			if err := over.Check(at, out[d][i]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

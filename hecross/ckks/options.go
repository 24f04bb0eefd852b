package ckks

import (
	"fmt"

	"lockstep/hecross"
)

// Options are the choices of a client beyond its parameter set. The zero value
// is a good choice.
type Options struct {
	// Seed selects the secret key, all evaluation keys and the randomness of
	// every encryption.
	Seed uint64

	// LogScale is log2 of the scale of a rescaled ciphertext, 1 to 60; 0
	// selects the width of the moduli, log2 of the median of Q rounded to the
	// nearest.
	LogScale int

	// DigitLimbs is the number of limbs of Q per digit of key switching, 1 to
	// the number of moduli in P; 0 selects that of the set, ceil(limbs/Dnum).
	DigitLimbs int

	// Secret is the distribution of the secret key.
	Secret Secret

	// ModDown is how the device divides P out.
	ModDown hecross.ModDownForm
}

// maxLogScale keeps a scale in the range where Lattigo drops one modulus per
// rescale.
const maxLogScale = 60

// validate reports the first option that is out of range for the set, which is
// a valid one.
func (o Options) validate(set hecross.ParameterSet) error {
	if o.LogScale < 0 || o.LogScale > maxLogScale {
		return fmt.Errorf("ckks: LogScale is %d, want 0 to %d", o.LogScale, maxLogScale)
	}
	if _, ok := secretNames[o.Secret]; !ok {
		return fmt.Errorf("ckks: secret is %v, want ternary, sparse or gaussian", o.Secret)
	}
	if o.Secret == Sparse && set.N < 2*SparseWeight {
		return fmt.Errorf("ckks: %s: N is %d, want at least %d for a sparse secret", set.Name, set.N, 2*SparseWeight)
	}
	if len(set.P) == 0 {
		if o.DigitLimbs != 0 {
			return fmt.Errorf("ckks: %s: DigitLimbs is %d, want 0 for a set without P", set.Name, o.DigitLimbs)
		}
		return nil
	}
	if o.DigitLimbs < 0 || o.DigitLimbs > len(set.P) {
		return fmt.Errorf("ckks: %s: DigitLimbs is %d, want 0 to %d, the moduli in P", set.Name, o.DigitLimbs, len(set.P))
	}
	if o.DigitLimbs == 0 && set.DigitLimbs() > len(set.P) {
		return fmt.Errorf("ckks: %s: dnum %d makes digits of %d limbs, want at most %d, the moduli in P",
			set.Name, set.Dnum, set.DigitLimbs(), len(set.P))
	}
	return nil
}

package ckks

import (
	"fmt"

	"github.com/tuneinsight/lattigo/v6/core/rlwe"
	"github.com/tuneinsight/lattigo/v6/ring"
)

// A Secret is the distribution of the coefficients of the secret key.
type Secret int

const (
	// Ternary draws every coefficient from -1, 0 and 1 alike, as Lattigo does
	// by default.
	Ternary Secret = iota

	// Sparse draws [SparseWeight] coefficients from -1 and 1; the others are 0.
	Sparse

	// Gaussian draws every coefficient from the distribution of the errors.
	Gaussian
)

// SparseWeight is the number of coefficients of a Sparse secret that are not 0.
const SparseWeight = 192

var secretNames = map[Secret]string{Ternary: "ternary", Sparse: "sparse", Gaussian: "gaussian"}

// String returns "ternary", "sparse" or "gaussian".
func (s Secret) String() string {
	if name, ok := secretNames[s]; ok {
		return name
	}
	return fmt.Sprintf("Secret(%d)", int(s))
}

// ParseSecret returns the distribution of that name.
func ParseSecret(name string) (Secret, error) {
	for s, known := range secretNames {
		if known == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("ckks: secret is %q, want ternary, sparse or gaussian", name)
}

// distribution is what Lattigo calls Xs.
func (s Secret) distribution() ring.DistributionParameters {
	switch s {
	case Sparse:
		return ring.Ternary{H: SparseWeight}
	case Gaussian:
		return rlwe.DefaultXe
	}
	return rlwe.DefaultXs
}

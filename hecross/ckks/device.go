package ckks

import "lockstep/hecross"

// A Device computes on ciphertexts without the secret key. Its operators are
// those of [hecross.Context], whose results it gives, residue for residue.
type Device interface {
	// Add returns x + y, of the same number of limbs.
	Add(x, y hecross.Ciphertext) (hecross.Ciphertext, error)

	// AddPlain returns x + p, for a plaintext with the limbs of x.
	AddPlain(x hecross.Ciphertext, p hecross.Poly) (hecross.Ciphertext, error)

	// MulPlain returns x*p, for a plaintext with the limbs of x.
	MulPlain(x hecross.Ciphertext, p hecross.Poly) (hecross.Ciphertext, error)

	// Rescale divides by the modulus of the last limb, which is dropped.
	Rescale(ct hecross.Ciphertext) (hecross.Ciphertext, error)

	// Mult rescales x and y and returns their product, relinearised.
	Mult(x, y hecross.Ciphertext, key hecross.EvaluationKey) (hecross.Ciphertext, error)

	// Rotate moves the slots by rot to the left.
	Rotate(ct hecross.Ciphertext, rot int, key hecross.EvaluationKey) (hecross.Ciphertext, error)
}

var _ Device = (*hecross.Context)(nil)

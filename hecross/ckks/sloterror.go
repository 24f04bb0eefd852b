package ckks

import (
	"fmt"
	"math/cmplx"

	"github.com/tuneinsight/lattigo/v6/core/rlwe"
)

// A SlotError says how far decrypted slots are from those that were wanted: the
// absolute value of the difference.
type SlotError struct {
	Max, Mean float64
}

// SlotError decrypts ct and compares its first slots with want, 1 to Slots()
// values.
func (c *Client) SlotError(want []complex128, ct *rlwe.Ciphertext) (SlotError, error) {
	if len(want) < 1 || len(want) > c.Slots() {
		return SlotError{}, fmt.Errorf("ckks: %d values to compare with, want 1 to %d", len(want), c.Slots())
	}
	pt, err := c.Decrypt(ct)
	if err != nil {
		return SlotError{}, err
	}
	got, err := c.Decode(pt)
	if err != nil {
		return SlotError{}, err
	}
	return slotError(want, got), nil
}

// slotError compares the slots that want has, at least one.
func slotError(want, got []complex128) SlotError {
	var e SlotError
	for i, w := range want {
		d := cmplx.Abs(got[i] - w)
		e.Max = max(e.Max, d)
		e.Mean += d / float64(len(want))
	}
	return e
}

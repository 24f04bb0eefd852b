package ckks

import (
	"fmt"
	"math"

	"github.com/tuneinsight/lattigo/v6/core/rlwe"
)

// Complex returns real values as slots.
func Complex(values []float64) []complex128 {
	slots := make([]complex128, len(values))
	for i, v := range values {
		slots[i] = complex(v, 0)
	}
	return slots
}

// Scale returns the scale Delta of a ciphertext that was just rescaled,
// 2^LogScale.
func (c *Client) Scale() float64 { return c.params.DefaultScale().Float64() }

// FreshScale returns the scale at which values enter a level, 0 to MaxLevel:
// Delta times the modulus that the next rescale drops. HE-Mult of CROSS
// rescales its inputs before it multiplies, so that a ciphertext rests at the
// square of the usual scale. At level 0, where nothing is left to drop, it is
// Delta; outside of 0 to MaxLevel it is 0.
func (c *Client) FreshScale(level int) float64 {
	switch {
	case level < 0 || level > c.MaxLevel():
		return 0
	case level == 0:
		return c.Scale()
	}
	return c.Scale() * float64(c.set.Q[level])
}

// Encode returns the plaintext of up to Slots() values, the others 0, times
// scale. It has level+1 limbs, level 0 to MaxLevel, and is in NTT form. The
// values are finite, and scale times the largest of them stays below half the
// product of those limbs.
func (c *Client) Encode(values []complex128, level int, scale float64) (*rlwe.Plaintext, error) {
	if len(values) > c.Slots() {
		return nil, fmt.Errorf("ckks: %d values, want at most %d, the slots of N = %d", len(values), c.Slots(), c.set.N)
	}
	if err := c.checkScale("plaintext", level, scale); err != nil {
		return nil, err
	}
	largest := 0.
	for i, v := range values {
		size := math.Hypot(real(v), imag(v))
		if math.IsNaN(size) || math.IsInf(size, 0) {
			return nil, fmt.Errorf("ckks: value %d is %v, want a finite number", i, v)
		}
		largest = max(largest, size)
	}
	if largest > 0 && math.Log2(largest)+math.Log2(scale) >= c.logQ(level)-1 {
		return nil, fmt.Errorf("ckks: values up to %.4g times the scale 2^%.2f, want below 2^%.2f, half the moduli of level %d",
			largest, math.Log2(scale), c.logQ(level)-1, level)
	}
	pt := rlwe.NewPlaintext(c.params, level)
	pt.MetaData = c.metaData(scale)
	if err := c.encoder.Encode(values, pt); err != nil {
		return nil, fmt.Errorf("ckks: %w", err)
	}
	return pt, nil
}

// Decode returns all slots of a plaintext.
func (c *Client) Decode(pt *rlwe.Plaintext) ([]complex128, error) {
	if err := c.checkPlaintext(pt); err != nil {
		return nil, err
	}
	values := make([]complex128, c.Slots())
	if err := c.encoder.Decode(pt, values); err != nil {
		return nil, fmt.Errorf("ckks: %w", err)
	}
	return values, nil
}

// checkScale reports a level or a scale that is out of range.
func (c *Client) checkScale(name string, level int, scale float64) error {
	if level < 0 || level > c.MaxLevel() {
		return fmt.Errorf("ckks: %s: level is %d, want 0 to %d", name, level, c.MaxLevel())
	}
	if !(scale > 0) || math.IsInf(scale, 0) {
		return fmt.Errorf("ckks: %s: scale is %v, want a finite number above 0", name, scale)
	}
	return nil
}

// logQ returns log2 of the product of the moduli of a level.
func (c *Client) logQ(level int) float64 {
	sum := 0.
	for _, q := range c.set.Q[:level+1] {
		sum += math.Log2(float64(q))
	}
	return sum
}

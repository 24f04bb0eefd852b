package ckks

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/tuneinsight/lattigo/v6/core/rlwe"
	"github.com/tuneinsight/lattigo/v6/ring"
	"github.com/tuneinsight/lattigo/v6/schemes/ckks"

	"lockstep/hecross"
)

// minN is the smallest degree that Lattigo's transform supports.
const minN = 1 << rlwe.MinLogN

// A Client holds a secret key and what goes with it. It is not safe for
// concurrent use. Build one with [NewClient].
type Client struct {
	set     hecross.ParameterSet
	params  ckks.Parameters
	context *hecross.Context
	secret  *rlwe.SecretKey
	random  random

	encoder   *ckks.Encoder
	decryptor *rlwe.Decryptor
	fresh     int // ciphertexts encrypted so far
}

// NewClient returns a client for a valid set with N of at least 16. Its rings
// have the roots of Lattigo, so that the arrays of both sides are the same.
func NewClient(set hecross.ParameterSet, o Options) (*Client, error) {
	context, err := set.Context(hecross.LattigoRoots(), o.ModDown)
	if err != nil {
		return nil, fmt.Errorf("ckks: %w", err)
	}
	if set.N < minN {
		return nil, fmt.Errorf("ckks: %s: N is %d, want at least %d", set.Name, set.N, minN)
	}
	if err := o.validate(set); err != nil {
		return nil, err
	}
	if o.DigitLimbs != 0 {
		context.DigitLimbs = o.DigitLimbs
	}
	if o.LogScale == 0 {
		o.LogScale = moduliWidth(set.Q)
	}
	params, err := ckks.NewParametersFromLiteral(ckks.ParametersLiteral{
		LogN:            bits.TrailingZeros(uint(set.N)),
		Q:               widen(set.Q),
		P:               widen(set.P),
		Xs:              o.Secret.distribution(),
		RingType:        ring.Standard,
		LogDefaultScale: o.LogScale,
	})
	if err != nil {
		return nil, fmt.Errorf("ckks: %s: %w", set.Name, err)
	}
	c := &Client{set: set, params: params, context: context, random: random{seed: o.Seed, params: params}}
	if c.secret, err = c.random.secretKey(); err != nil {
		return nil, err
	}
	c.encoder = ckks.NewEncoder(params)
	c.decryptor = rlwe.NewDecryptor(params, c.secret)
	return c, nil
}

// moduliWidth returns log2 of the median, rounded to the nearest.
func moduliWidth(q []uint32) int {
	sorted := slices.Sorted(slices.Values(q))
	return int(math.Round(math.Log2(float64(sorted[len(sorted)/2]))))
}

// widen returns xs in Lattigo's width, nil for none.
func widen(xs []uint32) []uint64 {
	if len(xs) == 0 {
		return nil
	}
	out := make([]uint64, len(xs))
	for i, x := range xs {
		out[i] = uint64(x)
	}
	return out
}

// Set returns the parameter set of the client.
func (c *Client) Set() hecross.ParameterSet { return c.set }

// Parameters returns the parameters in Lattigo's form.
func (c *Client) Parameters() ckks.Parameters { return c.params }

// Context returns the golden device with the client's rings and digits.
func (c *Client) Context() *hecross.Context { return c.context }

// SecretKey returns the secret key in Lattigo's form, NTT and Montgomery.
func (c *Client) SecretKey() *rlwe.SecretKey { return c.secret }

// Slots returns the number of slots of a plaintext, N/2.
func (c *Client) Slots() int { return c.params.MaxSlots() }

// MaxLevel returns the level of a ciphertext with all limbs of Q: a level is
// one less than a number of limbs.
func (c *Client) MaxLevel() int { return c.params.MaxLevel() }

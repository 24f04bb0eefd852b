package ckks

import (
	"fmt"

	"github.com/tuneinsight/lattigo/v6/core/rlwe"
	"github.com/tuneinsight/lattigo/v6/ring"
	"github.com/tuneinsight/lattigo/v6/ring/ringqp"
	"github.com/tuneinsight/lattigo/v6/schemes/ckks"
	"github.com/tuneinsight/lattigo/v6/utils/sampling"
)

// random makes Lattigo's samplers from a seed. Every purpose has a stream of
// its own, so that an object does not depend on which others were made before.
// Lattigo's own encryptor and key generator take only a part of their
// randomness from the caller and cannot be repeated.
type random struct {
	seed   uint64
	params ckks.Parameters
}

// stream returns the generator of one purpose.
func (r random) stream(purpose string) (*sampling.KeyedPRNG, error) {
	stream, err := sampling.NewKeyedPRNG(fmt.Appendf(nil, "lockstep %016x %s", r.seed, purpose))
	if err != nil {
		return nil, fmt.Errorf("ckks: randomness for the %s: %w", purpose, err)
	}
	return stream, nil
}

// secretKey draws the secret key.
func (r random) secretKey() (*rlwe.SecretKey, error) {
	stream, err := r.stream("secret key")
	if err != nil {
		return nil, err
	}
	from, err := ring.NewSampler(stream, r.params.RingQ(), r.params.Xs(), false)
	if err != nil {
		return nil, fmt.Errorf("ckks: secret key: %w", err)
	}
	key, over := rlwe.NewSecretKey(r.params), *r.params.RingQP()
	readSmall(over, from, key.Value)
	over.MForm(key.Value, key.Value)
	return key, nil
}

// readSmall sets to, in NTT form, to a polynomial of small coefficients.
func readSmall(over ringqp.Ring, from ring.Sampler, to ringqp.Poly) {
	from.Read(to.Q)
	if over.RingP != nil {
		over.ExtendBasisSmallNormAndCenter(to.Q, over.RingP.Level(), to.Q, to.P)
	}
	over.NTT(to, to)
}

// zeros draws encryptions of 0 over the limbs of one level of Q, and over all
// limbs of P or none.
type zeros struct {
	over    ringqp.Ring
	noise   ring.Sampler
	uniform ringqp.UniformSampler
}

// zeros returns the encryptions of one purpose; levelP is -1 for no limb of P.
func (r random) zeros(purpose string, levelQ, levelP int) (zeros, error) {
	stream, err := r.stream(purpose)
	if err != nil {
		return zeros{}, err
	}
	over := r.params.RingQP().AtLevel(levelQ, levelP)
	noise, err := ring.NewSampler(stream, over.RingQ, r.params.Xe(), false)
	if err != nil {
		return zeros{}, fmt.Errorf("ckks: noise of the %s: %w", purpose, err)
	}
	return zeros{over: over, noise: noise, uniform: ringqp.NewUniformSampler(stream, over)}, nil
}

// next returns (b, a) in NTT form with b = -a*s + e, for a uniform a, a small e
// and the key s in NTT and Montgomery form.
func (z zeros) next(s ringqp.Poly) (b, a ringqp.Poly) {
	b, a = z.over.NewPoly(), z.over.NewPoly()
	readSmall(z.over, z.noise, b)
	z.uniform.Read(a)
	z.over.MulCoeffsMontgomeryThenSub(a, s, b)
	return b, a
}

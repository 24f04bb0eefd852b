package ckks

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tuneinsight/lattigo/v6/ring"
	"github.com/tuneinsight/lattigo/v6/ring/ringqp"
	"github.com/tuneinsight/lattigo/v6/schemes/ckks"
	"pgregory.net/rapid"

	"lockstep/hecross"
)

// drawSet draws a set of 1 to 6 limbs with the dnum that the digits of P allow.
func drawSet(t *rapid.T, maxLog int) hecross.ParameterSet {
	logN := rapid.IntRange(4, maxLog).Draw(t, "logN")
	logR := rapid.IntRange(0, logN).Draw(t, "logR")
	limbs := rapid.IntRange(1, 6).Draw(t, "limbs")
	special := rapid.IntRange(1, 3).Draw(t, "special")
	dnum := rapid.IntRange(min(limbs, (limbs+special-1)/special), limbs).Draw(t, "dnum")
	primes, err := hecross.Primes(1<<logN, rapid.IntRange(22, 31).Draw(t, "width"), limbs+special)
	require.NoError(t, err)
	return hecross.ParameterSet{
		Name: "drawn", N: 1 << logN, R: 1 << logR, C: 1 << (logN - logR), Dnum: dnum,
		P: primes[:special], Q: primes[special:],
	}
}

func drawClient(t *rapid.T, maxLog int) *Client {
	c, err := NewClient(drawSet(t, maxLog), Options{Seed: rapid.Uint64().Draw(t, "seed")})
	require.NoError(t, err)
	return c
}

// drawCiphertext draws a ciphertext of any level whose values mean nothing.
func drawCiphertext(t *rapid.T, c *Client, level int) hecross.Ciphertext {
	draw, err := c.random.zeros(rapid.StringN(1, 8, 8).Draw(t, "purpose"), level, -1)
	require.NoError(t, err)
	out := hecross.Ciphertext{}
	for range 2 {
		_, a := draw.next(c.secret.Value)
		out = append(out, narrow(a.Q))
	}
	return out
}

// What is exact is the same on both sides, residue for residue: conversion
// there and back, transform, tensor product, rescale.
func TestLattigoBitForBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawClient(t, 8)
		level := rapid.IntRange(0, c.MaxLevel()).Draw(t, "level")
		x, y := drawCiphertext(t, c, level), drawCiphertext(t, c, level)
		cx, cy := fromDeviceForm(t, c, x, 1), fromDeviceForm(t, c, y, 1)
		require.Equal(t, level, cx.Level())
		require.Equal(t, x, toDeviceForm(t, c, cx))
		require.Equal(t, cx, fromDeviceForm(t, c, toDeviceForm(t, c, cx), 1))

		ringQ, part := c.Parameters().RingQ().AtLevel(level), sliceQ(t, c, level)
		want, got := ringQ.NewPoly(), part.NewPoly()
		ringQ.NTT(cx.Value[0], want)
		require.NoError(t, part.NTT(got, x[0]))
		require.Equal(t, narrow(want), got)
		ringQ.INTT(cx.Value[0], want)
		require.NoError(t, part.INTT(got, x[0]))
		require.Equal(t, narrow(want), got)

		product, err := ckks.NewEvaluator(c.Parameters(), nil).MulNew(cx, cy)
		require.NoError(t, err)
		tensor, err := c.Context().Tensor(x, y)
		require.NoError(t, err)
		require.Equal(t, toDeviceForm(t, c, product), tensor)

		if level > 0 {
			own, err := c.LattigoRescale(cx)
			require.NoError(t, err)
			dropped, err := c.Context().Rescale(x)
			require.NoError(t, err)
			require.Equal(t, toDeviceForm(t, c, own), dropped)
		}
	})
}

func sliceQ(t require.TestingT, c *Client, level int) *hecross.Ring {
	r, err := c.Context().Q.Slice(0, level+1)
	require.NoError(t, err)
	return r
}

func TestLattigoAutomorphism(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawClient(t, 10)
		n, rot := c.Set().N, rapid.IntRange(-5000, 5000).Draw(t, "rot")
		k, err := hecross.GaloisElement(rot, n)
		require.NoError(t, err)
		require.Equal(t, c.Parameters().GaloisElement(rot), uint64(k))
		want, err := ring.AutomorphismNTTIndex(n, uint64(2*n), uint64(k))
		require.NoError(t, err)
		got, err := hecross.AutomorphismIndex(k, n)
		require.NoError(t, err)
		for i := range want {
			require.Equal(t, int(want[i]), got[i])
		}
	})
}

// The identity that makes a key: b + a*to - P*T_d*from is the noise, at most
// 19 in every coefficient, and not 0. It is computed on the device's side,
// with one secret from the other by the automorphism of the ring.
func TestKeysAreTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawClient(t, 7)
		over, err := c.Context().Q.Join(c.Context().P)
		require.NoError(t, err)
		plain := c.Parameters().RingQP().NewPoly()
		c.Parameters().RingQP().IMForm(c.SecretKey().Value, plain)
		s := narrow(plain.Q, plain.P)

		square := over.NewPoly()
		require.NoError(t, over.Mul(square, s, s))
		relin, err := c.RelinearizationKey()
		require.NoError(t, err)
		checkKeyNoise(t, c, over, relin, square, s)

		rot := rapid.IntRange(-20, 20).Draw(t, "rot")
		key, err := c.RotationKey(rot)
		require.NoError(t, err)
		k, err := hecross.GaloisElement(-rot, c.Set().N)
		require.NoError(t, err)
		target := over.NewPoly()
		require.NoError(t, over.Automorphism(target, s, k))
		checkKeyNoise(t, c, over, key, s, target)
	})
}

func checkKeyNoise(t *rapid.T, c *Client, over *hecross.Ring, key hecross.EvaluationKey, from, to hecross.Poly) {
	digit := c.Context().DigitLimbs
	require.Len(t, key, c.Context().Digits(c.MaxLevel()+1))
	for d, pair := range key {
		noise := over.NewPoly()
		require.NoError(t, over.Mul(noise, pair[1], to))
		require.NoError(t, over.Add(noise, noise, pair[0]))
		for l := d * digit; l < min((d+1)*digit, c.MaxLevel()+1); l++ {
			m, p := over.Moduli[l], uint32(1)
			for _, special := range c.Set().P {
				p = m.Mul(p, m.Mod(uint64(special)))
			}
			for i, x := range from[l] {
				noise[l][i] = m.Sub(noise[l][i], m.Mul(p, x))
			}
		}
		require.NoError(t, over.INTT(noise, noise))
		zero := true
		for i, x := range noise[0] {
			e := centred(x, over.Moduli[0].Q())
			require.LessOrEqual(t, max(e, -e), 19, "digit %d, coefficient %d", d, i)
			for l, m := range over.Moduli {
				require.Equal(t, e, centred(noise[l][i], m.Q()), "digit %d, limb %d", d, l)
			}
			zero = zero && e == 0
		}
		require.False(t, zero, "digit %d has no noise", d)
	}
}

func centred(x, q uint32) int {
	if x > q/2 {
		return int(x) - int(q)
	}
	return int(x)
}

// A secret has the distribution it says.
func TestSecretDistributions(t *testing.T) {
	const n = 8192
	for _, secret := range []Secret{Ternary, Sparse, Gaussian} {
		c := newClient(t, "HEAP", Options{Secret: secret, Seed: 8})
		over := c.Parameters().RingQP()
		plain := over.NewPoly()
		over.IMForm(c.SecretKey().Value, plain)
		over.INTT(plain, plain)
		weight, largest, sum := countSmall(t, c, plain)
		switch secret {
		case Ternary: // 2/3 of n, sd 43; the sum has sd 74
			require.Equal(t, 1, largest)
			require.InDelta(t, 2*n/3, weight, 5*43)
			require.InDelta(t, 0, sum, 5*74)
		case Sparse:
			require.Equal(t, 1, largest)
			require.Equal(t, SparseWeight, weight)
			require.InDelta(t, 0, sum, 5*14)
		case Gaussian:
			require.LessOrEqual(t, largest, 19)
			require.Greater(t, largest, 9)
			require.InDelta(t, n*7/8, weight, 5*30) // 0 has probability 1/(3.2*sqrt(2*pi)) = 0.125
			require.InDelta(t, 0, sum, 5*3.2*91)
		}
	}
}

// countSmall counts the coefficients that are not 0, and requires the same
// small ones in every limb of Q and P.
func countSmall(t *testing.T, c *Client, p ringqp.Poly) (weight, largest, sum int) {
	limbs := narrow(p.Q, p.P)
	moduli := append(append([]uint32{}, c.Set().Q...), c.Set().P...)
	for i, x := range limbs[0] {
		e := centred(x, moduli[0])
		for l, q := range moduli {
			require.Equal(t, e, centred(limbs[l][i], q))
		}
		if e != 0 {
			weight++
		}
		largest = max(largest, e, -e)
		sum += e
	}
	return weight, largest, sum
}

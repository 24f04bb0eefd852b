package ckks

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tuneinsight/lattigo/v6/core/rlwe"
)

// Lattigo's own keys and its own encryption under a public key, on the device.
func TestLattigoKeysOnTheDevice(t *testing.T) {
	c := newClient(t, "HEAP", Options{Seed: 1, DigitLimbs: 4})
	generator := rlwe.NewKeyGenerator(c.Parameters())
	encryptor := rlwe.NewEncryptor(c.Parameters(), generator.GenPublicKeyNew(c.SecretKey()))
	x := drawSlots(c, 5)
	pt, err := c.Encode(x, c.MaxLevel(), c.FreshScale(c.MaxLevel()))
	require.NoError(t, err)
	ct, err := encryptor.EncryptNew(pt)
	require.NoError(t, err)
	device := toDeviceForm(t, c, ct)

	relin, err := c.KeyToDevice(&generator.GenRelinearizationKeyNew(c.SecretKey()).EvaluationKey)
	require.NoError(t, err)
	product, err := c.Context().Mult(device, device, relin)
	require.NoError(t, err)
	want := make([]complex128, len(x))
	for i, v := range x {
		want[i] = v * v
	}
	scale := math.Pow(c.FreshScale(7)/float64(c.Set().Q[7]), 2)
	require.Less(t, slotErrorOf(t, c, want, fromDeviceForm(t, c, product, scale)).Max, 5e-4)

	element := c.Parameters().GaloisElement(-7)
	key, err := c.KeyToDevice(&generator.GenGaloisKeyNew(element, c.SecretKey()).EvaluationKey)
	require.NoError(t, err)
	turned, err := c.Context().Rotate(device, -7, key)
	require.NoError(t, err)
	for i := range x {
		want[i] = x[(i-7+len(x))%len(x)]
	}
	require.Less(t, slotErrorOf(t, c, want, fromDeviceForm(t, c, turned, c.FreshScale(7))).Max, 1e-6)
}

// The client's keys in Lattigo's form: the way back gives the same residues,
// and Lattigo measures the noise it expects of its own keys.
func TestKeysInLattigosForm(t *testing.T) {
	c := newClient(t, "HEAP", Options{Seed: 1, DigitLimbs: 4})
	digits, err := c.relinearization(4)
	require.NoError(t, err)
	key := c.fromGadget(digits)
	back, err := c.KeyToDevice(&key)
	require.NoError(t, err)
	relin, err := c.RelinearizationKey()
	require.NoError(t, err)
	require.Equal(t, relin, back)

	// the sum over two digits has sqrt(2) times the deviation of one
	want := math.Log2(rlwe.DefaultNoise * math.Sqrt2)
	noise := rlwe.NoiseRelinearizationKey(&rlwe.RelinearizationKey{EvaluationKey: key}, c.SecretKey(), c.Parameters().Parameters)
	require.InDelta(t, want, noise, 0.1)

	digits, err = c.rotation(5, 4)
	require.NoError(t, err)
	galois := rlwe.GaloisKey{
		GaloisElement: c.Parameters().GaloisElement(5),
		NthRoot:       c.Parameters().RingQ().NthRoot(),
		EvaluationKey: c.fromGadget(digits),
	}
	require.InDelta(t, want, rlwe.NoiseGaloisKey(&galois, c.SecretKey(), c.Parameters().Parameters), 0.1)
}

func TestKeyToDeviceErrors(t *testing.T) {
	c := newClient(t, "HEAP", Options{Seed: 1, DigitLimbs: 4})
	generator := rlwe.NewKeyGenerator(c.Parameters())
	_, err := c.KeyToDevice(nil)
	require.EqualError(t, err, "ckks: key is nil, want one of Lattigo's key generator")
	level := 3
	for _, test := range []struct {
		want    string
		form    rlwe.EvaluationKeyParameters
		corrupt func(key *rlwe.EvaluationKey)
	}{
		{"has 1 digits, want 2", rlwe.EvaluationKeyParameters{LevelQ: &level}, nil},
		{"digit 0: has 1 powers of two, compressed true, want 1, false", rlwe.EvaluationKeyParameters{Compressed: true}, nil},
		{"digit 0: has 2 powers of two, compressed false, want 1, false", rlwe.EvaluationKeyParameters{},
			func(key *rlwe.EvaluationKey) { key.Value[0] = append(key.Value[0], key.Value[0][0]) }},
		{"digit 1: has 0 powers of two, compressed false, want 1, false", rlwe.EvaluationKeyParameters{},
			func(key *rlwe.EvaluationKey) { key.Value[1] = nil }},
		{"digit 1: polynomial 0: has 7 limbs of Q, want 8", rlwe.EvaluationKeyParameters{},
			func(key *rlwe.EvaluationKey) { key.Value[1][0][0].Q.Resize(6) }},
		{"digit 0: polynomial 1: P: limb 3 has 8191 coefficients, want N = 8192", rlwe.EvaluationKeyParameters{},
			func(key *rlwe.EvaluationKey) { p := key.Value[0][0][1].P.Coeffs; p[3] = p[3][:8191] }},
		{"digit 0: polynomial 0: Q: limb 7: index 2: residue is 557057, want below the modulus 557057", rlwe.EvaluationKeyParameters{},
			func(key *rlwe.EvaluationKey) { key.Value[0][0][0].Q.Coeffs[7][2] = 557057 }},
	} {
		key := generator.GenRelinearizationKeyNew(c.SecretKey(), test.form).EvaluationKey
		if test.corrupt != nil {
			test.corrupt(&key)
		}
		_, err := c.KeyToDevice(&key)
		require.EqualError(t, err, "ckks: key of Lattigo: "+test.want)
	}

	c = newClient(t, "HEAP", Options{Seed: 1})
	_, err = c.KeyToDevice(&generator.GenRelinearizationKeyNew(c.SecretKey()).EvaluationKey)
	require.EqualError(t, err, "ckks: key of Lattigo: digits of the context have 3 limbs, want 4, the moduli in P")
}

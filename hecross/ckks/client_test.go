package ckks

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tuneinsight/lattigo/v6/core/rlwe"
	"pgregory.net/rapid"

	"lockstep/hecross"
)

// The same seed gives the same keys and ciphertexts, in whatever order they
// are asked for; another seed gives others.
func TestSeed(t *testing.T) {
	one, two, other := newClient(t, "HEAP", Options{Seed: 7}), newClient(t, "HEAP", Options{Seed: 7}), newClient(t, "HEAP", Options{Seed: 8})
	require.True(t, one.SecretKey().Equal(two.SecretKey()))
	require.False(t, one.SecretKey().Equal(other.SecretKey()))

	x := drawSlots(one, 1)
	first := toDeviceForm(t, one, encrypt(t, one, x, 7))
	second := toDeviceForm(t, one, encrypt(t, one, x, 7))
	relin, err := one.RelinearizationKey()
	require.NoError(t, err)
	left, err := one.RotationKey(1)
	require.NoError(t, err)
	right, err := one.RotationKey(-1)
	require.NoError(t, err)

	again, err := two.RotationKey(-1)
	require.NoError(t, err)
	require.Equal(t, right, again)
	again, err = two.RotationKey(1 + two.Slots())
	require.NoError(t, err)
	require.Equal(t, left, again)
	again, err = two.RelinearizationKey()
	require.NoError(t, err)
	require.Equal(t, relin, again)
	require.Equal(t, first, toDeviceForm(t, two, encrypt(t, two, x, 7)))
	require.Equal(t, second, toDeviceForm(t, two, encrypt(t, two, x, 7)))

	// masks are never used twice: not by ciphertexts, digits or keys
	masks := map[string]string{}
	note := func(name string, limb []uint32) {
		text := fmt.Sprint(limb[:8])
		require.NotContains(t, masks, text, name)
		masks[text] = name
	}
	note("first", first[1][0])
	note("second", second[1][0])
	for name, key := range map[string]hecross.EvaluationKey{"relin": relin, "left": left, "right": right} {
		for d, pair := range key {
			note(fmt.Sprintf("%s digit %d", name, d), pair[1][0])
		}
	}
	note("other seed", toDeviceForm(t, other, encrypt(t, other, x, 7))[1][0])
}

// The secret of a seed is pinned: a report made today can be made again.
func TestSeedIsPinned(t *testing.T) {
	c := newClient(t, "HEAP", Options{Seed: 1})
	sum := sha256.New()
	for _, limb := range c.SecretKey().Value.Q.Coeffs {
		_, _ = fmt.Fprintln(sum, limb)
	}
	require.Equal(t, "74bbbf23b1650f8f16f5f242029a0763a8765ac759ffe1abac0c42fd31c76931", fmt.Sprintf("%x", sum.Sum(nil)))
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawClient(t, 10)
		level := rapid.IntRange(0, c.MaxLevel()).Draw(t, "level")
		values := make([]complex128, rapid.IntRange(1, c.Slots()).Draw(t, "values"))
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for i := range values {
			values[i] = complex(r.Float64()-0.5, r.Float64()-0.5)
		}
		scale := math.Exp2(rapid.Float64Range(10, min(50, c.logQ(level)-1)).Draw(t, "logScale"))
		pt, err := c.Encode(values, level, scale)
		require.NoError(t, err)
		ct, err := c.Encrypt(pt)
		require.NoError(t, err)
		require.Equal(t, level, ct.Level())

		got, err := c.Decode(pt)
		require.NoError(t, err)
		padded := append(values, make([]complex128, c.Slots()-len(values))...)
		n := float64(c.Set().N) // a slot is the sum of N roundings of at most 1/2 each
		require.LessOrEqual(t, slotError(padded, got).Max, n/2/scale+1e-12)
		require.LessOrEqual(t, slotErrorOf(t, c, padded, ct).Max, n*(19+0.5)/scale+1e-12)
	})
}

func TestScales(t *testing.T) {
	c := newClient(t, "HEAP", Options{})
	require.Equal(t, math.Exp2(28), c.Scale())
	require.Equal(t, math.Exp2(28)*557057, c.FreshScale(7))
	require.Equal(t, math.Exp2(28)*268582913, c.FreshScale(6))
	require.Equal(t, math.Exp2(28), c.FreshScale(0))
	require.Zero(t, c.FreshScale(-1))
	require.Zero(t, c.FreshScale(8))
	require.Equal(t, math.Exp2(25), newClient(t, "HEAP", Options{LogScale: 25}).Scale())
	require.Equal(t, math.Exp2(27), newClient(t, "FAB", Options{}).Scale())
	require.Equal(t, []complex128{1, -2.5}, Complex([]float64{1, -2.5}))
}

func TestClientErrors(t *testing.T) {
	heap, err := hecross.Preset("HEAP")
	require.NoError(t, err)
	plain, err := hecross.Preset("NTT_A")
	require.NoError(t, err)
	primes, err := hecross.Primes(8, 20, 5)
	require.NoError(t, err)
	small := hecross.ParameterSet{Name: "small", N: 8, R: 4, C: 2, Dnum: 1, Q: primes[:1], P: primes[1:2]}
	one := heap
	one.Dnum = 1
	sixteen, err := hecross.Primes(256, 20, 2)
	require.NoError(t, err)
	short := hecross.ParameterSet{Name: "short", N: 256, R: 16, C: 16, Dnum: 1, Q: sixteen[:1], P: sixteen[1:]}
	for _, test := range []struct {
		set     hecross.ParameterSet
		options Options
		want    string
	}{
		{hecross.ParameterSet{Name: "x"}, Options{}, "ckks: hecross: x: N is 0, want a power of two up to 131072"},
		{small, Options{}, "ckks: small: N is 8, want at least 16"},
		{heap, Options{LogScale: -1}, "ckks: LogScale is -1, want 0 to 60"},
		{heap, Options{LogScale: 61}, "ckks: LogScale is 61, want 0 to 60"},
		{heap, Options{Secret: 9}, "ckks: secret is Secret(9), want ternary, sparse or gaussian"},
		{heap, Options{DigitLimbs: 5}, "ckks: HEAP: DigitLimbs is 5, want 0 to 4, the moduli in P"},
		{heap, Options{DigitLimbs: -1}, "ckks: HEAP: DigitLimbs is -1, want 0 to 4, the moduli in P"},
		{one, Options{}, "ckks: HEAP: dnum 1 makes digits of 8 limbs, want at most 4, the moduli in P"},
		{plain, Options{DigitLimbs: 1}, "ckks: NTT_A: DigitLimbs is 1, want 0 for a set without P"},
		{short, Options{Secret: Sparse}, "ckks: short: N is 256, want at least 384 for a sparse secret"},
		{heap, Options{ModDown: 7}, "ckks: hecross: ModDown form is 7, want one of the constants"},
	} {
		_, err := NewClient(test.set, test.options)
		require.EqualError(t, err, test.want)
	}
	secret, err := ParseSecret("sparse")
	require.NoError(t, err)
	require.Equal(t, Sparse, secret)
	_, err = ParseSecret("Ternary")
	require.EqualError(t, err, `ckks: secret is "Ternary", want ternary, sparse or gaussian`)
}

func TestEncodeErrors(t *testing.T) {
	c := newClient(t, "HEAP", Options{})
	one := []complex128{1}
	for _, test := range []struct {
		values []complex128
		level  int
		scale  float64
		want   string
	}{
		{make([]complex128, 4097), 7, 1e6, "ckks: 4097 values, want at most 4096, the slots of N = 8192"},
		{one, -1, 1e6, "ckks: plaintext: level is -1, want 0 to 7"},
		{one, 8, 1e6, "ckks: plaintext: level is 8, want 0 to 7"},
		{one, 7, 0, "ckks: plaintext: scale is 0, want a finite number above 0"},
		{one, 7, -4, "ckks: plaintext: scale is -4, want a finite number above 0"},
		{one, 7, math.NaN(), "ckks: plaintext: scale is NaN, want a finite number above 0"},
		{one, 7, math.Inf(1), "ckks: plaintext: scale is +Inf, want a finite number above 0"},
		{[]complex128{0, complex(math.NaN(), 0)}, 7, 1e6, "ckks: value 1 is (NaN+0i), want a finite number"},
		{[]complex128{complex(0, math.Inf(-1))}, 7, 1e6, "ckks: value 0 is (0-Infi), want a finite number"},
		{[]complex128{complex(math.MaxFloat64, math.MaxFloat64)}, 7, 1e6, "ckks: value 0 is (1.7976931348623157e+308+1.7976931348623157e+308i), want a finite number"},
		{[]complex128{-1}, 0, math.Exp2(28), "ckks: values up to 1 times the scale 2^28.00, want below 2^27.01, half the moduli of level 0"},
		{[]complex128{1, 3i}, 1, math.Exp2(55), "ckks: values up to 3 times the scale 2^55.00, want below 2^55.00, half the moduli of level 1"},
	} {
		_, err := c.Encode(test.values, test.level, test.scale)
		require.EqualError(t, err, test.want)
	}
	_, err := c.Encode(nil, 0, 1)
	require.NoError(t, err)
}

// Every entry checks what it is given, and says what is wrong.
func TestOperandErrors(t *testing.T) {
	c := newClient(t, "HEAP", Options{})
	for _, test := range []struct {
		want    string
		corrupt func(ct *rlwe.Ciphertext)
	}{
		{"ckks: ciphertext: has 1 polynomials, want at least 2", func(ct *rlwe.Ciphertext) { ct.Value = ct.Value[:1] }},
		{"ckks: ciphertext: has no metadata, want a scale and a form", func(ct *rlwe.Ciphertext) { ct.MetaData = nil }},
		{"ckks: ciphertext: is NTT false and Montgomery false, want true and false", func(ct *rlwe.Ciphertext) { ct.IsNTT = false }},
		{"ckks: ciphertext: is NTT true and Montgomery true, want true and false", func(ct *rlwe.Ciphertext) { ct.IsMontgomery = true }},
		{"ckks: ciphertext: has 2^3 slots, batched true, want 2^12, true", func(ct *rlwe.Ciphertext) { ct.LogDimensions.Cols = 3 }},
		{"ckks: ciphertext: has 2^12 slots, batched false, want 2^12, true", func(ct *rlwe.Ciphertext) { ct.IsBatched = false }},
		{"ckks: ciphertext: scale is 0, want a finite number above 0", func(ct *rlwe.Ciphertext) { ct.Scale = rlwe.NewScale(0) }},
		{"ckks: ciphertext: polynomial 1: level is 2, want 3 as polynomial 0", func(ct *rlwe.Ciphertext) { ct.Value[1].Resize(2) }},
		{"ckks: ciphertext: polynomial 0: level is 8, want 0 to 7", func(ct *rlwe.Ciphertext) { ct.Value[0].Resize(8); ct.Value[1].Resize(8) }},
		{"ckks: ciphertext: polynomial 0: level is -1, want 0 to 7", func(ct *rlwe.Ciphertext) { ct.Value[0].Coeffs, ct.Value[1].Coeffs = nil, nil }},
		{"ckks: ciphertext: polynomial 1: limb 2 has 4096 coefficients, want N = 8192", func(ct *rlwe.Ciphertext) { ct.Value[1].Coeffs[2] = ct.Value[1].Coeffs[2][:4096] }},
		{"ckks: ciphertext: polynomial 1: limb 3: index 5: residue is 268664833, want below the modulus 268664833", func(ct *rlwe.Ciphertext) { ct.Value[1].Coeffs[3][5] = 268664833 }},
	} {
		ct := encrypt(t, c, []complex128{1}, 3)
		test.corrupt(ct)
		_, err := c.ToDevice(ct)
		require.EqualError(t, err, test.want)
		_, err = c.Decrypt(ct)
		require.EqualError(t, err, test.want)
		_, err = c.SlotError([]complex128{1}, ct)
		require.EqualError(t, err, test.want)
		_, err = c.LattigoMult(ct, ct)
		require.EqualError(t, err, test.want)
		_, err = c.LattigoRotate(ct, 1)
		require.EqualError(t, err, test.want)
		_, err = c.LattigoRescale(ct)
		require.EqualError(t, err, test.want)
	}
	_, err := c.ToDevice(nil)
	require.EqualError(t, err, "ckks: ciphertext is nil, want one from Encrypt")
	_, err = c.Encrypt(nil)
	require.EqualError(t, err, "ckks: plaintext is nil, want one from Encode or Decrypt")
	_, err = c.Decode(&rlwe.Plaintext{})
	require.EqualError(t, err, "ckks: plaintext: has no metadata, want a scale and a form")
	_, err = c.PlaintextToDevice(rlwe.NewPlaintext(c.Parameters(), 2))
	require.EqualError(t, err, "ckks: plaintext: has 2^0 slots, batched false, want 2^12, true")

	low := encrypt(t, c, []complex128{0.1}, 0)
	_, err = c.LattigoRescale(low)
	require.EqualError(t, err, "ckks: ciphertext: level is 0, want at least 1 to drop a limb")
	_, err = c.LattigoMult(encrypt(t, c, []complex128{1}, 3), encrypt(t, c, []complex128{1}, 2))
	require.EqualError(t, err, "ckks: levels of x and y are 3 and 2, want the same")
	three := low.CopyNew()
	three.Value = append(three.Value, three.Value[0])
	_, err = c.LattigoRotate(three, 1)
	require.EqualError(t, err, "ckks: ciphertext: has 3 polynomials, want 2")
	_, err = c.SlotError(nil, low)
	require.EqualError(t, err, "ckks: 0 values to compare with, want 1 to 4096")
	_, err = c.SlotError(make([]complex128, 4097), low)
	require.EqualError(t, err, "ckks: 4097 values to compare with, want 1 to 4096")
}

// Another client's ciphertext of another degree is refused, not computed on.
func TestWrongDegree(t *testing.T) {
	c, other := newClient(t, "HEAP", Options{}), newClient(t, "NTT_A", Options{})
	ct := encrypt(t, other, []complex128{1}, 3)
	_, err := c.ToDevice(ct)
	require.EqualError(t, err, "ckks: ciphertext: has 2^11 slots, batched true, want 2^12, true")
	ct.LogDimensions.Cols = 12
	_, err = c.Decrypt(ct)
	require.EqualError(t, err, "ckks: ciphertext: polynomial 0: limb 0 has 4096 coefficients, want N = 8192")

	_, err = other.RelinearizationKey()
	require.EqualError(t, err, "ckks: NTT_A: P has 0 moduli, want at least 1 to switch keys")
	_, err = other.RotationKey(1)
	require.EqualError(t, err, "ckks: NTT_A: P has 0 moduli, want at least 1 to switch keys")
	good := encrypt(t, other, []complex128{1}, 3)
	_, err = other.LattigoMult(good, good)
	require.EqualError(t, err, "ckks: NTT_A: P has 0 moduli, want at least 1 to switch keys")
	_, err = other.LattigoRotate(good, 1)
	require.EqualError(t, err, "ckks: NTT_A: P has 0 moduli, want at least 1 to switch keys")
}

func TestFromDeviceErrors(t *testing.T) {
	c := newClient(t, "HEAP", Options{})
	good := toDeviceForm(t, c, encrypt(t, c, []complex128{1}, 3))
	_, err := c.FromDevice(good, 0)
	require.EqualError(t, err, "ckks: ciphertext: scale is 0, want a finite number above 0")
	_, err = c.FromDevice(good[:1], 1)
	require.EqualError(t, err, "ckks: ciphertext: has 1 polynomials, want at least 2")
	_, err = c.FromDevice(hecross.Ciphertext{hecross.NewPoly(9, 8192), hecross.NewPoly(9, 8192)}, 1)
	require.EqualError(t, err, "ckks: hecross: ciphertext: polynomial 0: has 9 limbs, want 1 to 8")
	_, err = c.FromDevice(hecross.Ciphertext{nil, nil}, 1)
	require.EqualError(t, err, "ckks: hecross: ciphertext: polynomial 0: has 0 limbs, want 1 to 8")
	_, err = c.FromDevice(hecross.Ciphertext{hecross.NewPoly(1, 4096), hecross.NewPoly(1, 4096)}, 1)
	require.EqualError(t, err, "ckks: hecross: ciphertext: polynomial 0: limb 0 has 4096 coefficients, want N = 8192")
	good[1][2][9] = 1 << 31
	_, err = c.FromDevice(good, 1)
	require.EqualError(t, err, "ckks: hecross: ciphertext: polynomial 1: limb 2: index 9: residue is 2147483648, want below the modulus 269221889")
}

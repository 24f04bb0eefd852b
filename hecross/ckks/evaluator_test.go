package ckks

import (
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/hecross"
)

func newEvaluator(t require.TestingT, o Options) (*Client, *Evaluator) {
	c := newClient(t, "HEAP", o)
	return c, NewEvaluator(c, c.Context())
}

func encrypted(t require.TestingT, e *Evaluator, values []complex128) Ciphertext {
	ct, err := e.Encrypt(values)
	require.NoError(t, err)
	return ct
}

func requireSlots(t *testing.T, e *Evaluator, want []complex128, ct Ciphertext, most float64) {
	got, err := e.Decrypt(ct)
	require.NoError(t, err)
	require.LessOrEqual(t, slotError(want, got).Max, most)
}

// Every operator against its meaning on the slots, with scale and level.
func TestEvaluator(t *testing.T) {
	c, e := newEvaluator(t, Options{Seed: 4})
	x, y := drawSlots(c, 1), drawSlots(c, 2)
	each := func(f func(x, y complex128) complex128) []complex128 {
		out := make([]complex128, len(x))
		for i := range x {
			out[i] = f(x[i], y[i])
		}
		return out
	}
	cx, cy := encrypted(t, e, x), encrypted(t, e, y)
	require.Equal(t, 7, cx.Level())
	require.Equal(t, c.FreshScale(7), cx.Scale)

	sum, err := e.Add(cx, cy)
	require.NoError(t, err)
	require.Equal(t, cx.Scale, sum.Scale)
	requireSlots(t, e, each(func(x, y complex128) complex128 { return x + y }), sum, 1e-9)

	sum, err = e.AddPlain(cx, y)
	require.NoError(t, err)
	requireSlots(t, e, each(func(x, y complex128) complex128 { return x + y }), sum, 1e-9)

	rescaled, err := e.Rescale(cx)
	require.NoError(t, err)
	require.Equal(t, 6, rescaled.Level())
	require.Equal(t, math.Exp2(28), rescaled.Scale)
	requireSlots(t, e, x, rescaled, 1e-4)

	product, err := e.Mult(cx, cy)
	require.NoError(t, err)
	require.Equal(t, 6, product.Level())
	require.Equal(t, math.Exp2(56), product.Scale)
	requireSlots(t, e, each(func(x, y complex128) complex128 { return x * y }), product, 2e-4)

	scaled, err := e.MulPlain(cx, y, 3e15)
	require.NoError(t, err)
	require.Equal(t, 6, scaled.Level())
	require.Equal(t, 3e15, scaled.Scale)
	requireSlots(t, e, each(func(x, y complex128) complex128 { return x * y }), scaled, 2e-4)

	for _, rot := range []int{0, 1, -1, 4095, 4096} {
		moved, err := e.Rotate(product, rot)
		require.NoError(t, err)
		require.Equal(t, product.Scale, moved.Scale)
		requireSlots(t, e, turned(each(func(x, y complex128) complex128 { return x * y }), rot), moved, 2e-4)
	}

	low, err := e.Lower(cx, 3)
	require.NoError(t, err)
	require.Equal(t, 3, low.Level())
	requireSlots(t, e, x, low, 1e-9)
	mixed, err := e.Mult(low, product)
	require.NoError(t, err)
	require.Equal(t, 2, mixed.Level())
	requireSlots(t, e, each(func(x, y complex128) complex128 { return x * x * y }), mixed, 0.05)
}

// The sum of n slots from every slot on, by definition.
func TestSum(t *testing.T) {
	c, e := newEvaluator(t, Options{Seed: 5})
	x := drawSlots(c, 1)
	ct := encrypted(t, e, x)
	for _, n := range []int{1, 2, 8, c.Slots()} {
		sum, err := e.Sum(ct, n)
		require.NoError(t, err)
		want := make([]complex128, len(x))
		for i := range want {
			for k := range n {
				want[i] += x[(i+k)%len(x)]
			}
		}
		requireSlots(t, e, want, sum, 1e-6)
	}
	for _, n := range []int{0, -2, 3, 8192} {
		_, err := e.Sum(ct, n)
		require.ErrorContains(t, err, "want a power of two from 1 to 4096")
	}
}

// A chain of squares to the last level that has room for one, then one more.
func TestDepth(t *testing.T) {
	_, e := newEvaluator(t, Options{Seed: 6})
	ct, value := encrypted(t, e, []complex128{0.99}), complex(0.99, 0)
	for level := 6; level >= 2; level-- {
		var err error
		ct, err = e.Mult(ct, ct)
		require.NoError(t, err)
		value *= value
		require.Equal(t, level, ct.Level())
		got, err := e.Decrypt(ct)
		require.NoError(t, err)
		require.InDelta(t, real(value), real(got[0]), 1e-2)
	}
	_, err := e.Mult(ct, ct)
	require.ErrorContains(t, err, "ckks: ciphertext: scale is 2^5")
	require.ErrorContains(t, err, ", want below 2^55.00, half the moduli of level 1")
}

// failing is a device whose every operator fails.
type failing struct{}

var errDevice = errors.New("out of order")

func (failing) Add(_, _ hecross.Ciphertext) (hecross.Ciphertext, error) { return nil, errDevice }
func (failing) AddPlain(hecross.Ciphertext, hecross.Poly) (hecross.Ciphertext, error) {
	return nil, errDevice
}
func (failing) MulPlain(hecross.Ciphertext, hecross.Poly) (hecross.Ciphertext, error) {
	return nil, errDevice
}
func (failing) Rescale(hecross.Ciphertext) (hecross.Ciphertext, error) { return nil, errDevice }
func (failing) Mult(_, _ hecross.Ciphertext, _ hecross.EvaluationKey) (hecross.Ciphertext, error) {
	return nil, errDevice
}
func (failing) Rotate(hecross.Ciphertext, int, hecross.EvaluationKey) (hecross.Ciphertext, error) {
	return nil, errDevice
}

func TestDeviceErrors(t *testing.T) {
	c, e := newEvaluator(t, Options{})
	one := []complex128{1}
	ct := encrypted(t, e, one)
	broken := NewEvaluator(c, failing{})
	for name, run := range map[string]func() (Ciphertext, error){
		"add":      func() (Ciphertext, error) { return broken.Add(ct, ct) },
		"addplain": func() (Ciphertext, error) { return broken.AddPlain(ct, one) },
		"mulplain": func() (Ciphertext, error) { return broken.MulPlain(ct, one, ct.Scale) },
		"rescale":  func() (Ciphertext, error) { return broken.Rescale(ct) },
		"mult":     func() (Ciphertext, error) { return broken.Mult(ct, ct) },
		"rotate":   func() (Ciphertext, error) { return broken.Rotate(ct, 1) },
		"sum":      func() (Ciphertext, error) { return broken.Sum(ct, 2) },
	} {
		_, err := run()
		require.EqualError(t, err, "ckks: device: out of order", name)
		require.ErrorIs(t, err, errDevice)
	}
}

func TestEvaluatorErrors(t *testing.T) {
	c, e := newEvaluator(t, Options{})
	one := []complex128{1}
	ct := encrypted(t, e, one)
	bottom, err := e.Lower(Ciphertext{ct.Ciphertext, 1e6}, 0)
	require.NoError(t, err)
	ragged := Ciphertext{hecross.Ciphertext{ct.Ciphertext[0], ct.Ciphertext[1][:2]}, ct.Scale}
	deep := Ciphertext{hecross.Ciphertext{hecross.NewPoly(9, 8192), hecross.NewPoly(9, 8192)}, 1}
	for want, run := range map[string]func() (Ciphertext, error){
		"ckks: level is 8, want 0 to 7, that of the ciphertext":                                           func() (Ciphertext, error) { return e.Lower(ct, 8) },
		"ckks: level is -1, want 0 to 7, that of the ciphertext":                                          func() (Ciphertext, error) { return e.Lower(ct, -1) },
		"ckks: level is 0, want 0 to -1, that of the ciphertext":                                          func() (Ciphertext, error) { return e.Lower(Ciphertext{}, 0) },
		"ckks: polynomial 1 has 2 limbs, want 8 as polynomial 0":                                          func() (Ciphertext, error) { return e.Lower(ragged, 2) },
		"ckks: ciphertext: level is 0, want 1 to 7 to drop a limb":                                        func() (Ciphertext, error) { return e.Rescale(bottom) },
		"ckks: ciphertext: level is 8, want 1 to 7 to drop a limb":                                        func() (Ciphertext, error) { return e.Rescale(deep) },
		"ckks: scales of x and y are 1.49533849812992e+14 and 1e+06, want the same":                       func() (Ciphertext, error) { return e.Add(ct, bottom) },
		"ckks: ciphertext: scale is 2^47.09, want below 2^27.01, half the moduli of level 0":              func() (Ciphertext, error) { return e.Lower(ct, 0) },
		"ckks: values up to 1000 times the scale 2^19.93, want below 2^27.01, half the moduli of level 0": func() (Ciphertext, error) { return e.AddPlain(bottom, []complex128{1000}) },
		"ckks: 4097 values, want at most 4096, the slots of N = 8192":                                     func() (Ciphertext, error) { return e.Encrypt(make([]complex128, c.Slots()+1)) },
		"ckks: plaintext: scale is 0, want a finite number above 0":                                       func() (Ciphertext, error) { return e.MulPlain(ct, one, 0) },
		"ckks: plaintext: level is -1, want 0 to 7":                                                       func() (Ciphertext, error) { return e.AddPlain(Ciphertext{}, one) },
		"ckks: device: hecross: ciphertext: has 0 polynomials, want 2":                                    func() (Ciphertext, error) { return e.Rotate(Ciphertext{}, 1) },
	} {
		_, err := run()
		require.EqualError(t, err, want)
	}
	_, err = e.Decrypt(Ciphertext{})
	require.EqualError(t, err, "ckks: ciphertext: has 0 polynomials, want at least 2")

	plain := newClient(t, "NTT_A", Options{})
	e = NewEvaluator(plain, plain.Context())
	ct = encrypted(t, e, one)
	_, err = e.Mult(ct, ct)
	require.EqualError(t, err, "ckks: NTT_A: P has 0 moduli, want at least 1 to switch keys")
	_, err = e.Rotate(ct, 1)
	require.EqualError(t, err, "ckks: NTT_A: P has 0 moduli, want at least 1 to switch keys")
}

package ckks

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tuneinsight/lattigo/v6/core/rlwe"

	"lockstep/hecross"
)

func newClient(t require.TestingT, name string, o Options) *Client {
	set, err := hecross.Preset(name)
	require.NoError(t, err)
	c, err := NewClient(set, o)
	require.NoError(t, err)
	return c
}

// drawSlots returns values in the square of -1 to 1.
func drawSlots(c *Client, seed uint64) []complex128 {
	r := rand.New(rand.NewPCG(seed, 0))
	values := make([]complex128, c.Slots())
	for i := range values {
		values[i] = complex(2*r.Float64()-1, 2*r.Float64()-1)
	}
	return values
}

// encrypt encrypts values at the scale at which they enter a level.
func encrypt(t require.TestingT, c *Client, values []complex128, level int) *rlwe.Ciphertext {
	return encryptAt(t, c, values, level, c.FreshScale(level))
}

func toDeviceForm(t require.TestingT, c *Client, ct *rlwe.Ciphertext) hecross.Ciphertext {
	out, err := c.ToDevice(ct)
	require.NoError(t, err)
	return out
}

func fromDeviceForm(t require.TestingT, c *Client, ct hecross.Ciphertext, scale float64) *rlwe.Ciphertext {
	out, err := c.FromDevice(ct, scale)
	require.NoError(t, err)
	return out
}

func slotErrorOf(t require.TestingT, c *Client, want []complex128, ct *rlwe.Ciphertext) SlotError {
	e, err := c.SlotError(want, ct)
	require.NoError(t, err)
	return e
}

func encryptAt(t require.TestingT, c *Client, values []complex128, level int, scale float64) *rlwe.Ciphertext {
	pt, err := c.Encode(values, level, scale)
	require.NoError(t, err)
	ct, err := c.Encrypt(pt)
	require.NoError(t, err)
	return ct
}

func turned(values []complex128, rot int) []complex128 {
	out := make([]complex128, len(values))
	for i := range values {
		out[i] = values[((i+rot)%len(values)+len(values))%len(values)]
	}
	return out
}

// multErrors multiplies twice, on the device and with Lattigo's evaluator.
func multErrors(t *testing.T, c *Client, level int) (device, own SlotError) {
	x, y := drawSlots(c, 1), drawSlots(c, 2)
	cx, cy := encrypt(t, c, x, level), encrypt(t, c, y, level)
	for i := range x {
		x[i] *= y[i]
	}
	lattigo, err := c.LattigoMult(cx, cy)
	require.NoError(t, err)
	key, err := c.RelinearizationKey()
	require.NoError(t, err)
	product, err := c.Context().Mult(toDeviceForm(t, c, cx), toDeviceForm(t, c, cy), key)
	require.NoError(t, err)
	return slotErrorOf(t, c, x, fromDeviceForm(t, c, product, lattigo.Scale.Float64())), slotErrorOf(t, c, x, lattigo)
}

// rotateErrors rotates twice, on the device and with Lattigo's evaluator.
func rotateErrors(t *testing.T, c *Client, level, rot int, scale float64) (device, own SlotError) {
	x := drawSlots(c, 3)
	ct := encryptAt(t, c, x, level, scale)
	lattigo, err := c.LattigoRotate(ct, rot)
	require.NoError(t, err)
	key, err := c.RotationKey(rot)
	require.NoError(t, err)
	moved, err := c.Context().Rotate(toDeviceForm(t, c, ct), rot, key)
	require.NoError(t, err)
	x = turned(x, rot)
	return slotErrorOf(t, c, x, fromDeviceForm(t, c, moved, scale)), slotErrorOf(t, c, x, lattigo)
}

// HE-Mult and HE-Rotate of HEAP: the device's largest error is at most twice
// Lattigo's own, with the digits of the paper and smaller ones, both at the
// scale at which ciphertexts rest and at that of rescaled ones.
func TestHeapErrors(t *testing.T) {
	for _, digitLimbs := range []int{0, 1, 2} {
		for seed := range uint64(4) {
			c := newClient(t, "HEAP", Options{Seed: seed, DigitLimbs: digitLimbs})
			level, rot := c.MaxLevel()-int(seed), []int{1, -3, 1000, 4095}[seed]
			device, own := multErrors(t, c, level)
			t.Logf("digits of %d, level %d: mult %v, Lattigo %v", c.Context().DigitLimbs, level, device, own)
			require.LessOrEqual(t, device.Max, 2*own.Max)
			require.Less(t, own.Max, 2e-4)
			for _, scale := range []float64{c.FreshScale(level), c.Scale()} {
				device, own = rotateErrors(t, c, level, rot, scale)
				t.Logf("digits of %d, level %d: rotate %v, Lattigo %v", c.Context().DigitLimbs, level, device, own)
				require.LessOrEqual(t, device.Max, 2*own.Max)
				require.Less(t, own.Max*scale, 2e5)
			}
		}
	}
}

// Digits as large as P, those of Lattigo: the device's base conversion leaves
// a multiple of the digit in place that Lattigo takes out. That bias costs
// accuracy, but at the scale of a resting ciphertext none that one sees.
func TestHeapErrorsWithLattigosDigits(t *testing.T) {
	c := newClient(t, "HEAP", Options{DigitLimbs: 4})
	device, own := multErrors(t, c, 7)
	require.LessOrEqual(t, device.Max, 2*own.Max)
	device, own = rotateErrors(t, c, 7, 1, c.FreshScale(7))
	t.Logf("rotate %v, Lattigo %v", device, own)
	require.Less(t, device.Max, 1e-7)
	require.LessOrEqual(t, device.Mean, 4*own.Mean)
}

// The trap of ModDown, as the owner of the ciphertext meets it: without
// centring, a rotation is many times as far off as Lattigo's.
func TestUncentredModDownShows(t *testing.T) {
	for form, fits := range map[hecross.ModDownForm]bool{hecross.Centred: true, hecross.Half: false, hecross.Uncentred: false} {
		c := newClient(t, "HEAP", Options{ModDown: form})
		device, own := rotateErrors(t, c, 7, 1, c.Scale())
		t.Logf("%v: rotate %v, Lattigo %v", form, device, own)
		require.Equal(t, fits, device.Max <= 2*own.Max, "%v", form)
		if !fits {
			require.Greater(t, device.Max, 5*own.Max, "%v", form)
		}
	}
}

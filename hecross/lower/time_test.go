package lower_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/hecross"
	"lockstep/hecross/lower"
	"lockstep/systolic/tpu"
)

var tinyShape = lower.Shape{N: 64, R: 16, C: 4, Q: 5, P: 3, DigitLimbs: 2, Bits: 28, Batch: 1}

// Values cannot change a cycle count: a program that computes takes what the
// same program takes that is only timed.
func TestTimeEqualsDevice(t *testing.T) {
	c := newContext(t, 64, 16, 5, 3, 2, hecross.Centred)
	r := rand.New(rand.NewPCG(3, 4))
	x, y, key := hecross.Ciphertext{randomPoly(r, c.Q), randomPoly(r, c.Q)}, hecross.Ciphertext{randomPoly(r, c.Q), randomPoly(r, c.Q)}, randomKey(t, r, c)
	for _, o := range variants {
		d, err := lower.NewDevice(t.Context(), c, small(t), o)
		require.NoError(t, err)
		for operation, run := range map[string]func() error{
			"mult":      func() error { _, err := d.Mult(x, y, key); return err },
			"rotate":    func() error { _, err := d.Rotate(x, 1, key); return err },
			"rescale":   func() error { _, err := d.Rescale(x); return err },
			"tensor":    func() error { _, err := d.Tensor(x, y); return err },
			"keyswitch": func() error { _, _, err := d.KeySwitch(x[0], key); return err },
			"ntt":       func() error { _, err := d.NTT(x[0], false); return err },
			"intt":      func() error { _, err := d.NTT(x[0], true); return err },
		} {
			require.NoError(t, run())
			timed, err := lower.Time(t.Context(), small(t), o, tinyShape, operation)
			require.NoError(t, err)
			require.Equal(t, timed.Cycles, d.Report().Cycles, "%s with %+v", operation, o)
		}
	}
}

// Every operation runs with every choice of every switch, at batches that fill
// tiles and that do not, and its report adds up.
func TestEveryChoiceRuns(t *testing.T) {
	for _, operation := range lower.Operations() {
		for _, key := range lower.OptionKeys() {
			for _, choice := range lower.Choices(key) {
				for _, batch := range []int{1, 3} {
					if operation == "bootstrap" {
						continue // the same kernels, tens of thousands of limbs
					}
					var o lower.Options
					require.NoError(t, o.Set(key+"="+choice))
					s := tinyShape
					s.Batch = batch
					r, err := lower.Time(t.Context(), small(t), o, s, operation)
					require.NoError(t, err, "%s with %s=%s", operation, key, choice)
					checkReport(t, r)
				}
			}
		}
	}
}

func TestBootstrap(t *testing.T) {
	s := tinyShape
	s.Q, s.P, s.DigitLimbs = 1000, 400, 500
	r, err := lower.Time(t.Context(), small(t), lower.Options{}, s, "bootstrap")
	require.NoError(t, err)
	checkReport(t, r)
	calls := map[string]int{}
	for _, k := range r.Kernels {
		calls[k.Name] = k.Calls
	}
	require.Equal(t, 58, calls["add"], "57,015 limbs in polynomials of 1,000")
	require.Equal(t, 67, calls["multiply"])
	require.Equal(t, 18, calls["permute"])
	require.Equal(t, 12, calls["ntt chunk"])
	require.Equal(t, 1, calls["bconv matmul"], "80,626 pairs are fewer than 500 times 900")
}

// checkReport checks that times and shares of a report add up.
func checkReport(t *testing.T, r *lower.Report) {
	t.Helper()
	total, percent, kernels := 0.0, 0.0, int64(0)
	for _, s := range r.Breakdown {
		require.GreaterOrEqual(t, s.Cycles, 0.0)
		total += s.Cycles
		percent += s.Percent
	}
	for _, k := range r.Kernels {
		require.Positive(t, k.Calls)
		kernels += k.Cycles
	}
	require.Equal(t, r.Cycles-r.Config.LaunchCycles, kernels, "kernels follow one another up to the end")
	require.InEpsilon(t, float64(kernels), total, 1e-9)
	require.InEpsilon(t, 100, percent, 1e-9)
}

// What a choice is for shows in the time of HE-Mult on the real machine.
func TestChoicesMatter(t *testing.T) {
	set, err := hecross.Preset("HEAP")
	require.NoError(t, err)
	s, err := lower.ShapeOf(set, 1)
	require.NoError(t, err)
	m, err := tpu.Preset("v6e")
	require.NoError(t, err)
	time := func(assignment ...string) int64 {
		var o lower.Options
		for _, a := range assignment {
			require.NoError(t, o.Set(a))
		}
		r, err := lower.Time(t.Context(), m, o, s, "mult")
		require.NoError(t, err)
		return r.Cycles
	}
	barrett := time()
	require.Less(t, time("reduction=montgomery"), barrett)
	require.Less(t, time("reduction=shoup"), barrett)
	require.Less(t, time("reduction=native"), time("reduction=montgomery"))
	require.Less(t, barrett, time("product=toeplitz"))
	require.Less(t, barrett, time("transform=transpose"))
	require.Less(t, time("parameters=resident"), barrett)
	require.Less(t, time("fusion=program"), barrett)
	require.Less(t, barrett, time("bytes=s8"), "primes of 29 bits take five chunks of 7")
}

// Every published set fits on the machine.
func TestSetsFit(t *testing.T) {
	m, err := tpu.Preset("v6e")
	require.NoError(t, err)
	for _, name := range hecross.PresetNames() {
		set, err := hecross.Preset(name)
		require.NoError(t, err)
		s, err := lower.ShapeOf(set, 1)
		require.NoError(t, err)
		for _, operation := range []string{"ntt", "mult", "rotate"} {
			if s.P == 0 && operation != "ntt" {
				continue
			}
			r, err := lower.Time(t.Context(), m, lower.Options{}, s, operation)
			require.NoError(t, err, "%s of %s", operation, name)
			checkReport(t, r)
			require.LessOrEqual(t, r.Machine.PeakVMEM[0], m.VMEMBytes)
		}
	}
}

func TestErrors(t *testing.T) {
	m := small(t)
	for _, c := range []struct {
		operation string
		options   lower.Options
		shape     func(s *lower.Shape)
		want      string
	}{
		{"add", lower.Options{}, nil, `lower: operation is "add", want one of vecmodmul, vecmodmul-known, ntt, intt, bconv, automorphism, rescale, tensor, keyswitch, mult, rotate, bootstrap`},
		{"ntt", lower.Options{Reduction: "fast"}, nil, `lower: reduction is "fast", want barrett, montgomery, shoup, native`},
		{"ntt", lower.Options{Bytes: "u16"}, nil, `lower: bytes is "u16", want u8, s8, bf16`},
		{"ntt", lower.Options{}, func(s *lower.Shape) { s.C = 5 }, "lower: N, R, C are 64, 16, 5, want N = R*C from 2 to 131072"},
		{"ntt", lower.Options{}, func(s *lower.Shape) { s.Q = 0 }, "lower: Q has 0 limbs, want 1 to 4096"},
		{"ntt", lower.Options{}, func(s *lower.Shape) { s.Batch = 0 }, "lower: batch is 0, want 1 to 4096"},
		{"ntt", lower.Options{}, func(s *lower.Shape) { s.Bits = 32 }, "lower: moduli have 32 bits, want 2 to 31"},
		{"ntt", lower.Options{}, func(s *lower.Shape) { s.DigitLimbs = 0 }, "lower: digit has 0 limbs, want at least 1"},
		{"ntt", lower.Options{}, func(s *lower.Shape) { s.P = -1 }, "lower: P has -1 limbs, want 0 to 4096"},
		{"mult", lower.Options{}, func(s *lower.Shape) { s.P = 0 }, "lower: mult over P of 0 limbs, want at least 1 to switch keys"},
		{"rescale", lower.Options{}, func(s *lower.Shape) { s.Q = 1 }, "lower: rescale over Q of 1 limb, want at least 2 to drop one"},
		{"bconv", lower.Options{}, func(s *lower.Shape) { s.Q, s.P = 2, 0 }, "lower: bconv with a digit of 2 limbs over 2, want limbs beyond it"},
	} {
		s := tinyShape
		if c.shape != nil {
			c.shape(&s)
		}
		_, err := lower.Time(t.Context(), m, c.options, s, c.operation)
		require.EqualError(t, err, c.want)
	}
	var o lower.Options
	require.EqualError(t, o.Set("speed=9"), `lower: unknown key "speed", want one of reduction, product, transform, permutation, bytes, parameters, fusion`)
	require.EqualError(t, o.Set("reduction"), `lower: reduction is "", want barrett, montgomery, shoup, native`)

	m.VMEMBytes = 1024
	_, err := lower.Time(t.Context(), m, lower.Options{}, tinyShape, "ntt")
	require.ErrorContains(t, err, "does not fit in VMEM of core 0")
}

func TestDeviceErrors(t *testing.T) {
	c := newContext(t, 16, 4, 3, 2, 2, hecross.Centred)
	r := rand.New(rand.NewPCG(5, 6))
	x, key := hecross.Ciphertext{randomPoly(r, c.Q), randomPoly(r, c.Q)}, randomKey(t, r, c)
	_, err := lower.NewDevice(t.Context(), c, small(t), lower.Options{Bytes: "s8"})
	require.EqualError(t, err, "lower: bytes are s8, want u8 to compute values: the others are timed only")
	_, err = lower.NewDevice(t.Context(), c, tpu.Config{}, lower.Options{})
	require.ErrorContains(t, err, "tpu: clock_hz is 0")
	d, err := lower.NewDevice(t.Context(), c, small(t), lower.Options{})
	require.NoError(t, err)
	short := hecross.Ciphertext{x[0][:2], x[1][:2]}
	_, err = d.Mult(x, short, key)
	require.EqualError(t, err, "lower: x and y have 3 and 2 limbs, want the same number")
	_, err = d.Mult(x[:1], x, key)
	require.EqualError(t, err, "lower: x: has 1 polynomials, want 2")
	_, err = d.Rescale(hecross.Ciphertext{x[0][:1], x[1][:1]})
	require.EqualError(t, err, "lower: ciphertext: has 1 limbs, want at least 2")
	_, err = d.Rotate(x, 1, key[:1])
	require.ErrorContains(t, err, "hecross: key: has 1 digits, want 2")
	x[0][1][3] = c.Q.Moduli[1].Q()
	_, err = d.Tensor(x, x)
	require.ErrorContains(t, err, "x: polynomial 0: limb 1: index 3: residue is ")
	require.Nil(t, d.Report(), "nothing ran")
}

// Beyond LiteralN the values come from the fast path, and are those of the
// context.
func TestFastPath(t *testing.T) {
	c := newContext(t, 2*lower.LiteralN, 256, 2, 1, 1, hecross.Centred)
	r := rand.New(rand.NewPCG(7, 8))
	x := randomPoly(r, c.Q)
	m, err := tpu.Preset("v6e")
	require.NoError(t, err)
	d, err := lower.NewDevice(t.Context(), c, m, lower.Options{})
	require.NoError(t, err)
	key := randomKey(t, r, c)
	b, a, err := c.KeySwitch(x, key)
	require.NoError(t, err)
	b2, a2, err := d.KeySwitch(x, key)
	require.NoError(t, err)
	require.False(t, d.Report().Literal)
	require.Equal(t, [2]hecross.Poly{b, a}, [2]hecross.Poly{b2, a2})
}

package quant

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
	"lockstep/ternary/fixed"
	"lockstep/ternary/scaler"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			m, err := u.Module()
			require.NoError(t, err)
			require.Equal(t, scaler.Registers+2, m.Latency())
			unittest.Check(t, u, 5000)
		})
	}
}

func TestConfigErrors(t *testing.T) {
	with := func(f func(*Config)) Config {
		c := Presets["default"]
		f(&c)
		return c
	}
	for want, c := range map[string]Config{
		"quant: Lanes is 0, want 1 to 64":                          with(func(c *Config) { c.Lanes = 0 }),
		"quant: Lanes is 65, want 1 to 64":                         with(func(c *Config) { c.Lanes = 65 }),
		"quant: Fixed: fixed: Vector.Width is 33, want 12 to 32":   with(func(c *Config) { c.Fixed.Vector.Width = 33 }),
		"quant: Fixed: fixed: Weight.Width is 7, want 8 to 16":     with(func(c *Config) { c.Fixed.Weight.Width = 7 }),
		"quant: Fixed: fixed: Sigmoid.RangeLog2 is 5, want 2 to 4": with(func(c *Config) { c.Fixed.Sigmoid.RangeLog2 = 5 }),
	} {
		_, err := New(c)
		require.EqualError(t, err, want)
	}
}

// exact returns x*w*mant*2^exp rounded half away from zero, limited to +-127 or
// to width bits, in rational arithmetic.
func exact(x, w, mant, exp int64, norm bool, width int) int64 {
	r := new(big.Rat).SetInt64(x)
	r.Mul(r, new(big.Rat).SetInt64(w))
	r.Mul(r, new(big.Rat).SetInt64(mant))
	power := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(max(exp, -exp))))
	if exp < 0 {
		power.Inv(power)
	}
	r.Mul(r, power)
	sign := r.Sign()
	r.Abs(r).Add(r, big.NewRat(1, 2))
	y := new(big.Int).Quo(r.Num(), r.Denom())
	if sign < 0 {
		y.Neg(y)
	}
	lo, hi := int64(-127), int64(127)
	if norm {
		lo, hi = -1<<(width-1), 1<<(width-1)-1
	}
	if y.Cmp(big.NewInt(hi)) > 0 {
		return hi
	}
	if y.Cmp(big.NewInt(lo)) < 0 {
		return lo
	}
	return y.Int64()
}

// TestStructureIsExact compares the interpreted structure with rational
// arithmetic, without the golden model, and checks that the stimulus reaches
// the limits of both modes.
func TestStructureIsExact(t *testing.T) {
	for name, c := range Presets {
		u, err := New(c)
		require.NoError(t, err)
		frames := u.Frames(7, 6000)
		res, err := unit.Interp{}.Run(u, []unit.Stimulus{u.Back(frames)})
		require.NoError(t, err)
		require.Empty(t, res[0].Fault)
		seen := map[string]bool{}
		for k, f := range frames {
			norm := f[4][0] == 1
			for i := range c.Lanes {
				want := exact(f[0][i], f[1][i], f[2][0], f[3][0], norm, c.Fixed.Vector.Width)
				require.Equal(t, want, res[0].Out[0][k].Out[0][i], "%s: frame %d %v lane %d", name, k, f, i)
				seen[fmt.Sprint(norm, want)] = true
			}
		}
		v := c.Fixed.Vector
		for _, y := range []any{-127, -126, -1, 0, 1, 126, 127} {
			require.True(t, seen[fmt.Sprint(false, y)], "%s: no activation is %d", name, y)
		}
		for _, y := range []int32{v.Min(), v.Min() + 1, -128, -1, 0, 1, 128, v.Max()} {
			require.True(t, seen[fmt.Sprint(true, y)], "%s: no vector element is %d", name, y)
		}
	}
}

// TestDenormalMantissa: a mantissa that no fixed.Scale has is reported.
func TestDenormalMantissa(t *testing.T) {
	u, err := New(Config{Fixed: fixed.Default(), Lanes: 1})
	require.NoError(t, err)
	res, err := unit.Interp{}.Run(u, []unit.Stimulus{u.Back([]unit.Frame{{{7}, {1}, {1<<15 - 1}, {0}, {0}}})})
	require.NoError(t, err)
	require.Contains(t, res[0].Fault, "mant is 0 or at least 2^15")
}

package rms

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
	"lockstep/ternary/fixed"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			unittest.Check(t, u, 1200)
		})
	}
}

// The latency is two registers to the products, one more where elements are
// rounded, one per level of the trees, one for the accumulators and ten to the
// scales.
func TestLatency(t *testing.T) {
	for name, want := range map[string]int{"serial": 13, "default": 16, "narrow": 14, "wide": 15, "longest": 15} {
		u, err := New(Presets[name])
		require.NoError(t, err)
		m, err := u.Module()
		require.NoError(t, err)
		require.Equal(t, want, m.Latency(), name)
	}
}

// The golden model is within its stated error of the real numbers, computed
// here from exact sums.
func TestGoldenIsTheDefinition(t *testing.T) {
	for name, c := range Presets {
		in := c.stimulus(rand.New(rand.NewPCG(1, 0)), 1000)
		ops, err := fixed.NewOps(c.Fixed)
		require.NoError(t, err)
		out, err := golden(&ops, in)
		require.NoError(t, err)
		x := in[1]
		for k, cmd := range in[0] {
			squares, peak := exact(x[:cmd[0][0]], c.Fixed.Vector.Width-c.squared())
			x = x[cmd[0][0]:]
			squares.Add(squares, new(big.Float).SetInt64(cmd[1][0]))
			factor := scaleOf(cmd[2][0], cmd[3][0])
			root := new(big.Float)
			if squares.Sign() > 0 {
				root.Quo(factor, new(big.Float).Sqrt(squares))
			}
			quant := new(big.Float)
			if peak.Sign() > 0 {
				quant.Quo(big.NewFloat(127), peak)
			}
			got := out[0][k]
			near(t, root, got[0][0], got[1][0], "%s, vector %d, norm", name, k)
			near(t, quant, got[2][0], got[3][0], "%s, vector %d, quant", name, k)
			near(t, root.Mul(root, peak), got[4][0], got[5][0], "%s, vector %d, rescale", name, k)
		}
	}
}

// exact returns the sum of squares, of elements rounded by shift bits, and the
// largest product.
func exact(beats []unit.Frame, shift int) (squares, peak *big.Float) {
	squares, peak = new(big.Float).SetPrec(128), new(big.Float)
	for _, b := range beats {
		for l, x := range b[0] {
			r := math.Round(math.Ldexp(float64(x), -shift))
			squares.Add(squares, big.NewFloat(r*r))
			if p := new(big.Float).Abs(new(big.Float).SetInt64(x * b[1][l])); p.Cmp(peak) > 0 {
				peak = p
			}
		}
	}
	return squares, peak
}

func scaleOf(mant, exp int64) *big.Float {
	return new(big.Float).SetMantExp(new(big.Float).SetInt64(mant), int(exp))
}

// near requires mant * 2^exp to be want with a relative error below 2^-13.8:
// 2^-15.6 of the table and 2^-16 of each other rounding.
func near(t *testing.T, want *big.Float, mant, exp int64, format string, args ...any) {
	if want.Sign() == 0 {
		require.Zero(t, mant, append([]any{format}, args...)...)
		require.Zero(t, exp, append([]any{format}, args...)...)
		return
	}
	ratio, _ := new(big.Float).Quo(scaleOf(mant, exp), want).Float64()
	require.InDelta(t, 1, ratio, math.Exp2(-13.8), append([]any{format}, args...)...)
}

func TestGoldenErrors(t *testing.T) {
	c := Presets["default"]
	ops, err := fixed.NewOps(c.Fixed)
	require.NoError(t, err)
	cmd := func(beats int64) []unit.Frame { return []unit.Frame{{{beats}, {1}, {1 << 15}, {0}}} }
	beats := make([]unit.Frame, 2)
	for i := range beats {
		beats[i] = unit.Frame{make([]int64, c.Lanes), make([]int64, c.Lanes)}
	}
	for _, tt := range []struct {
		cmd  []unit.Frame
		want string
	}{
		{cmd(0), "rms: command 0 has 0 beats, want 1 to the 2 left"},
		{cmd(3), "rms: command 0 has 3 beats, want 1 to the 2 left"},
		{cmd(1), "rms: 1 beats of x belong to no command"},
	} {
		_, err := golden(&ops, [][]unit.Frame{tt.cmd, beats})
		require.EqualError(t, err, tt.want)
	}
}

func TestConfigErrors(t *testing.T) {
	for _, tt := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Lanes = 0 }, "rms: Lanes is 0, want a power of two in [1, 64]"},
		{func(c *Config) { c.Lanes = -2 }, "rms: Lanes is -2, want a power of two in [1, 64]"},
		{func(c *Config) { c.Lanes = 12 }, "rms: Lanes is 12, want a power of two in [1, 64]"},
		{func(c *Config) { c.Lanes = 128 }, "rms: Lanes is 128, want a power of two in [1, 64]"},
		{func(c *Config) { c.MaxBeats = 0 }, "rms: MaxBeats is 0, want 1 to 8192 at 8 lanes"},
		{func(c *Config) { c.MaxBeats = 8193 }, "rms: MaxBeats is 8193, want 1 to 8192 at 8 lanes"},
		{func(c *Config) { c.Lanes, c.MaxBeats = 1, 65536 }, "rms: MaxBeats is 65536, want 1 to 65535 at 1 lanes"},
		{func(c *Config) { c.Fixed.Vector.Width = 33 }, "rms: Fixed: fixed: Vector.Width is 33, want 12 to 32"},
		{func(c *Config) { c.Fixed.Weight.Width = 7 }, "rms: Fixed: fixed: Weight.Width is 7, want 8 to 16"},
	} {
		c := Presets["default"]
		tt.change(&c)
		_, err := New(c)
		require.EqualError(t, err, tt.want)
	}
}

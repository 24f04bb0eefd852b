package fixed

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFormatLimits(t *testing.T) {
	for _, f := range []struct {
		format        Format
		lo, hi, one   int32
		name          string
		beyond, below float64
	}{
		{Format{12, 4}, -2048, 2047, 16, "s12.4", 128, -128.1},
		{Format{16, 10}, -32768, 32767, 1024, "s16.10", 32, -33},
		{Format{32, 24}, math.MinInt32, math.MaxInt32, 1 << 24, "s32.24", 128, -129},
	} {
		require.Equal(t, f.lo, f.format.Min())
		require.Equal(t, f.hi, f.format.Max())
		require.Equal(t, f.one, f.format.One())
		require.Equal(t, f.name, f.format.String())
		require.Equal(t, f.hi, f.format.Saturate(int64(f.hi)+1))
		require.Equal(t, f.lo, f.format.Saturate(int64(f.lo)-1))
		require.Equal(t, f.hi, f.format.Saturate(int64(f.hi)))
		require.Equal(t, f.lo, f.format.Saturate(int64(f.lo)))
		require.Equal(t, f.hi, f.format.Saturate(math.MaxInt64))
		require.Equal(t, f.lo, f.format.Saturate(math.MinInt64))
		require.Equal(t, f.hi, f.format.Quantise(f.beyond))
		require.Equal(t, f.lo, f.format.Quantise(f.below))
		require.Equal(t, f.hi, f.format.Quantise(math.MaxFloat64))
		require.Equal(t, 1.0, f.format.Float(f.one))
	}
}

func TestFormatQuantiseRounds(t *testing.T) {
	f := Format{16, 10}
	for _, c := range []struct {
		x    float64
		want int32
	}{{0.5, 1}, {-0.5, -1}, {0.49, 0}, {1.5, 2}, {-1.5, -2}, {2.5, 3}, {1024, 1024}} {
		require.Equal(t, c.want, f.Quantise(c.x/1024), "%v", c.x)
	}
}

func TestFormatErrors(t *testing.T) {
	for _, c := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Vector.Width = 11 }, "fixed: Vector.Width is 11, want 12 to 32"},
		{func(c *Config) { c.Vector.Width = 33 }, "fixed: Vector.Width is 33, want 12 to 32"},
		{func(c *Config) { c.Vector.Frac = 3 }, "fixed: Vector.Frac is 3, want 4 to 14 at Width 16"},
		{func(c *Config) { c.Vector.Frac = 15 }, "fixed: Vector.Frac is 15, want 4 to 14 at Width 16"},
		{func(c *Config) { c.Vector = Format{32, 25} }, "fixed: Vector.Frac is 25, want 4 to 24 at Width 32"},
		{func(c *Config) { c.Weight.Width = 7 }, "fixed: Weight.Width is 7, want 8 to 16"},
		{func(c *Config) { c.Weight.Width = 17 }, "fixed: Weight.Width is 17, want 8 to 16"},
		{func(c *Config) { c.Weight.Frac = 15 }, "fixed: Weight.Frac is 15, want 4 to 14 at Width 16"},
		{func(c *Config) { c.Sigmoid.RangeLog2 = 1 }, "fixed: Sigmoid.RangeLog2 is 1, want 2 to 4"},
		{func(c *Config) { c.Sigmoid.RangeLog2 = 5 }, "fixed: Sigmoid.RangeLog2 is 5, want 2 to 4"},
		{func(c *Config) { c.Sigmoid.SegmentsLog2 = 0 }, "fixed: Sigmoid.SegmentsLog2 is 0, want 1 to 8 at Vector.Frac 9"},
		{func(c *Config) { c.Sigmoid.SegmentsLog2 = 9 }, "fixed: Sigmoid.SegmentsLog2 is 9, want 1 to 8 at Vector.Frac 9"},
		{func(c *Config) { c.Vector.Frac, c.Sigmoid.SegmentsLog2 = 4, 8 }, "fixed: Sigmoid.SegmentsLog2 is 8, want 1 to 7 at Vector.Frac 4"},
	} {
		config := Default()
		require.NoError(t, config.Validate())
		c.change(&config)
		require.EqualError(t, config.Validate(), c.want)
		_, err := NewOps(config)
		require.EqualError(t, err, c.want)
	}
	require.EqualError(t, Config{}.Validate(), "fixed: Vector.Width is 0, want 12 to 32")
}

func TestRoundShift(t *testing.T) {
	check := func(t require.TestingT, v int64, shift int) {
		require.Equal(t, oracleRound(bigOf(v), pow2(shift)).Int64(), RoundShift(v, shift), "%d >> %d", v, shift)
	}
	for shift := range 65 {
		for _, v := range []int64{0, 1, -1, 2, -2, 3, -3, math.MaxInt64, -math.MaxInt64, 1 << 62, -1 << 62, 1<<62 - 1} {
			check(t, v, shift)
		}
		if shift > 0 && shift < 64 {
			tie := int64(1) << (shift - 1)
			for _, v := range []int64{tie, -tie, tie - 1, 1 - tie, -tie - 1} {
				check(t, v, shift)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.Int64Min(-math.MaxInt64).Draw(t, "v"), rapid.IntRange(0, 64).Draw(t, "shift"))
	})
}

// TestRoundShiftArithmetic checks the form with an arithmetic shift that the doc
// comment offers to hardware.
func TestRoundShiftArithmetic(t *testing.T) {
	for shift := 1; shift <= 9; shift++ {
		for v := int64(-3000); v <= 3000; v++ {
			bias := int64(1) << (shift - 1)
			if v < 0 {
				bias--
			}
			require.Equal(t, (v+bias)>>shift, RoundShift(v, shift), "%d >> %d", v, shift)
		}
	}
}

func TestFormatFloatInvertsQuantise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Format{Width: rapid.IntRange(12, 32).Draw(t, "width")}
		f.Frac = rapid.IntRange(4, min(24, f.Width-2)).Draw(t, "frac")
		v := rapid.Int32Range(f.Min(), f.Max()).Draw(t, "v")
		require.Equal(t, v, f.Quantise(f.Float(v)))
		exact, _ := new(big.Rat).SetFrac(bigOf(int64(v)), pow2(f.Frac)).Float64()
		require.Equal(t, exact, f.Float(v))
	})
}

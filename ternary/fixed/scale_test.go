package fixed

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// scales draws a normalised scale, often at the ends of the mantissa.
func scales(minExp, maxExp int) *rapid.Generator[Scale] {
	return rapid.Custom(func(t *rapid.T) Scale {
		mant := rapid.OneOf(
			rapid.Uint32Range(1<<15, 1<<16-1),
			rapid.SampledFrom([]uint32{1 << 15, 1<<15 + 1, 1<<16 - 1, 46341, 46340}),
		).Draw(t, "mant")
		return Scale{Mant: mant, Exp: rapid.IntRange(minExp, maxExp).Draw(t, "exp")}
	})
}

// uint64s draws numbers of every length.
func uint64s() *rapid.Generator[uint64] {
	return rapid.Custom(func(t *rapid.T) uint64 {
		return rapid.Uint64().Draw(t, "bits") >> rapid.IntRange(0, 63).Draw(t, "shift")
	})
}

func TestScaleOf(t *testing.T) {
	require.Equal(t, Scale{}, ScaleOf(0))
	for v := uint64(1); v < 1<<19; v++ {
		s := ScaleOf(v)
		if v < 1<<16 {
			require.Equal(t, float64(v), s.Float())
		}
		require.Equal(t, oracleNormal(new(big.Int).SetUint64(v), bigOf(1)), s, "%d", v)
	}
	require.Equal(t, Scale{Mant: 1 << 15, Exp: 49}, ScaleOf(math.MaxUint64))
	require.Equal(t, Scale{Mant: 1 << 15, Exp: -15}, ScaleOf(1))
	rapid.Check(t, func(t *rapid.T) {
		v := max(uint64s().Draw(t, "v"), 1)
		require.Equal(t, oracleNormal(new(big.Int).SetUint64(v), bigOf(1)), ScaleOf(v))
	})
}

func TestScaleFrom(t *testing.T) {
	for _, c := range []struct {
		x    float64
		want Scale
	}{
		{0, Scale{}},
		{1, Scale{1 << 15, -15}},
		{127, Scale{127 << 9, -9}},
		{1 - 1.0/(1<<17), Scale{1 << 15, -15}}, // tie, rounds up into the next binade
		{1 - 1.0/(1<<16), Scale{1<<16 - 1, -16}},
		{math.Ldexp(1, -128), Scale{1 << 15, -143}},
		{math.Ldexp(1, 127), Scale{1 << 15, 112}},
	} {
		s, err := ScaleFrom(c.x)
		require.NoError(t, err)
		require.Equal(t, c.want, s, "%g", c.x)
	}
	for x, want := range map[float64]string{
		-1:                                       "fixed: scale is -1, want 0 or 2^-128 to 2^127",
		1e-39:                                    "fixed: scale is 1e-39, want 0 or 2^-128 to 2^127",
		1e39:                                     "fixed: scale is 1e+39, want 0 or 2^-128 to 2^127",
		math.Inf(1):                              "fixed: scale is +Inf, want 0 or 2^-128 to 2^127",
		math.Float64frombits(0x7ff8000000000001): "fixed: scale is NaN, want 0 or 2^-128 to 2^127",
	} {
		_, err := ScaleFrom(x)
		require.EqualError(t, err, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		x := math.Ldexp(rapid.Float64Range(0.5, 1).Draw(t, "x"), rapid.IntRange(-120, 120).Draw(t, "exp"))
		s, err := ScaleFrom(x)
		require.NoError(t, err)
		r := new(big.Rat).SetFloat64(x)
		require.Equal(t, oracleNormal(r.Num(), r.Denom()), s)
	})
}

func TestScaleMul(t *testing.T) {
	one := Scale{Mant: 1 << 15, Exp: -15}
	require.Equal(t, Scale{}, Scale{}.Mul(one))
	require.Equal(t, Scale{}, one.Mul(Scale{}))
	for m := uint32(1 << 15); m < 1<<16; m++ {
		s := Scale{Mant: m, Exp: 3}
		require.Equal(t, s, s.Mul(one))
		// 1/s is never exact, so this meets both shifts and the carry.
		u := Scale{Mant: uint32(1<<31/uint64(m)) | 1<<15, Exp: 0}
		require.Equal(t, oracleMul(s, u), s.Mul(u), "%v %v", s, u)
	}
	rapid.Check(t, func(t *rapid.T) {
		s, u := scales(-200, 200).Draw(t, "s"), scales(-200, 200).Draw(t, "u")
		p := s.Mul(u)
		require.Equal(t, oracleMul(s, u), p)
		require.Equal(t, p, u.Mul(s))
		require.InEpsilon(t, s.Float()*u.Float(), p.Float(), 1.0/(1<<16))
	})
}

func TestScaleApply(t *testing.T) {
	const limit = 1<<47 - 1
	accs := []int64{0, 1, -1, 2, -2, 3, 127, -127, 32767, 32768, -32768, -32769, limit, -limit, 1 << 46, -1 << 46}
	for _, width := range []int{8, 12, 16, 17, 18, 24, 32} {
		f := Format{Width: width, Frac: 4}
		for exp := -90; exp <= 60; exp++ {
			for _, mant := range []uint32{0, 1 << 15, 1<<15 + 1, 49152, 1<<16 - 1} {
				s := Scale{Mant: mant, Exp: exp}
				for _, acc := range accs {
					require.Equal(t, oracleApply(acc, s, width), s.Apply(acc, f), "%d * %+v to %d bits", acc, s, width)
				}
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		f := Format{Width: rapid.IntRange(8, 32).Draw(t, "width"), Frac: 4}
		s := scales(-90, 60).Draw(t, "s")
		acc := rapid.Int64Range(-limit, limit).Draw(t, "acc") >> rapid.IntRange(0, 46).Draw(t, "shift")
		require.Equal(t, oracleApply(acc, s, f.Width), s.Apply(acc, f))
	})
}

// TestScaleApplyTies: 1/2 and odd multiples of it round away from zero.
func TestScaleApplyTies(t *testing.T) {
	half := Scale{Mant: 1 << 15, Exp: -16}
	f := Format{Width: 16, Frac: 4}
	for acc := int64(-9); acc <= 9; acc += 2 {
		want := (acc + 1) / 2
		if acc < 0 {
			want = (acc - 1) / 2
		}
		require.EqualValues(t, want, half.Apply(acc, f))
	}
}

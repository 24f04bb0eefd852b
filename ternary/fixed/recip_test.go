package fixed

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestRecipROM checks every word against exact rational rounding.
func TestRecipROM(t *testing.T) {
	knot := func(i int64) uint32 {
		return uint32(oracleRound(bigOf(256<<20), bigOf(256+i)).Int64())
	}
	rom := RecipROM()
	require.Len(t, rom, 256)
	for i, s := range rom {
		require.Equal(t, knot(int64(i)), s.Value, "word %d", i)
		require.Equal(t, knot(int64(i))-knot(int64(i)+1), s.Slope, "word %d", i)
		require.LessOrEqual(t, s.Slope, uint32(1<<12))
	}
}

// TestRsqrtROM checks every word against integer square roots: the nearest
// integer to sqrt(n) is floor((floor(sqrt(4n)) + 1) / 2).
func TestRsqrtROM(t *testing.T) {
	knot := func(i int64) uint32 {
		num, den := bigOf(128<<40), bigOf(128+i) // 2^40 / u, u = 1 + i/128
		if i >= 128 {
			num, den = bigOf(64<<40), bigOf(i) // u = i/64
		}
		root := new(big.Int).Sqrt(num.Lsh(num, 42).Quo(num, den)) // sqrt(2^40/u) * 2^21
		return uint32(oracleRound(root, pow2(21)).Int64())
	}
	rom := RsqrtROM()
	require.Len(t, rom, 256)
	for i, s := range rom {
		require.Equal(t, knot(int64(i)), s.Value, "word %d", i)
		require.Equal(t, knot(int64(i))-knot(int64(i)+1), s.Slope, "word %d", i)
		require.LessOrEqual(t, s.Slope, uint32(1<<12))
	}
}

func TestROMsAreCopies(t *testing.T) {
	RecipROM()[0].Value = 7
	RsqrtROM()[0].Value = 7
	require.Equal(t, Scale{Mant: 1 << 15, Exp: -15}, Recip(1))
	require.Equal(t, Scale{Mant: 1 << 15, Exp: -15}, Rsqrt(1))
}

// worst returns the largest relative error of f over every mantissa of 25 bits
// (all that the tables see: 8 index and 16 offset bits), scaled by 2^shift.
func worst(f func(uint64) Scale, exact func(float64) float64, shift int) float64 {
	var e float64
	for m := uint64(1 << 24); m < 1<<25; m++ {
		v := m << shift
		e = max(e, math.Abs(f(v).Float()/exact(float64(v))-1))
	}
	return e
}

func TestRecipError(t *testing.T) {
	e := worst(Recip, func(v float64) float64 { return 1 / v }, 20)
	t.Logf("largest relative error 2^%.3f", math.Log2(e))
	require.Less(t, e, math.Exp2(-15.6))
	require.Greater(t, e, math.Exp2(-16.2))
}

func TestRsqrtError(t *testing.T) {
	for _, shift := range []int{20, 21} {
		e := worst(Rsqrt, func(v float64) float64 { return 1 / math.Sqrt(v) }, shift)
		t.Logf("largest relative error 2^%.3f", math.Log2(e))
		require.Less(t, e, math.Exp2(-15.6))
		require.Greater(t, e, math.Exp2(-16.2))
	}
}

func TestRecipExact(t *testing.T) {
	require.Equal(t, Scale{}, Recip(0))
	require.Equal(t, Scale{}, Rsqrt(0))
	for k := range 64 {
		require.Equal(t, math.Ldexp(1, -k), Recip(1<<k).Float())
		if k%2 == 0 {
			require.Equal(t, math.Ldexp(1, -k/2), Rsqrt(1<<k).Float())
		}
	}
	require.Equal(t, -79, Recip(math.MaxUint64).Exp)
	require.Equal(t, -47, Rsqrt(math.MaxUint64).Exp)
}

func TestRecipBits(t *testing.T) {
	check := func(t require.TestingT, v uint64) {
		require.Equal(t, oracleRecip(v), Recip(v), "1/%d", v)
		require.Equal(t, oracleRsqrt(v), Rsqrt(v), "1/sqrt(%d)", v)
	}
	for v := range uint64(1 << 12) {
		check(t, v)
		check(t, math.MaxUint64-v)
	}
	for k := range 64 {
		check(t, 1<<k)
		check(t, 1<<k-1)
		check(t, 1<<k+1)
	}
	rng := rand.New(rand.NewPCG(3, 4)) // every index and offset bit, many times
	for range 20000 {
		check(t, rng.Uint64()>>rng.IntN(40))
	}
	rapid.Check(t, func(t *rapid.T) {
		v := uint64s().Draw(t, "v")
		check(t, v)
		if v > 0 {
			require.InEpsilon(t, 1/float64(v), Recip(v).Float(), math.Exp2(-15.6))
			require.InEpsilon(t, 1/math.Sqrt(float64(v)), Rsqrt(v).Float(), math.Exp2(-15.6))
		}
	})
}

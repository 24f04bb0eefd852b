package vector

import (
	"math"
	"math/big"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			m, err := u.Module()
			require.NoError(t, err)
			require.Equal(t, 3, m.Latency())
			unittest.Check(t, u, 1500)
		})
	}
}

// power returns 2^n, or a power far beyond a word if n is.
func power(n uint32) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(min(n, 64))) }

// second is Eval in other words: integers without limit, and rational numbers for
// the quotients.
func second(o Op, a, b uint32, mask bool) *big.Int {
	u := func(v uint32) *big.Int { return new(big.Int).SetUint64(uint64(v)) }
	s := func(v uint32) *big.Int { return big.NewInt(int64(int32(v))) }
	pick := func(first bool) *big.Int {
		if first {
			return u(a)
		}
		return u(b)
	}
	truth := func(v bool) *big.Int {
		if v {
			return big.NewInt(1)
		}
		return new(big.Int)
	}
	nearest := func() float64 { return math.Floor(float64(int32(a))/math.Exp2(float64(min(b, 1000))) + 0.5) } // exact
	z := new(big.Int)
	switch o {
	case Add:
		return z.Add(u(a), u(b))
	case Sub:
		return z.Sub(u(a), u(b))
	case MulLo:
		return z.Mul(u(a), u(b))
	case MulHi:
		return z.Div(z.Mul(u(a), u(b)), power(32))
	case And:
		return z.And(u(a), u(b))
	case Or:
		return z.Or(u(a), u(b))
	case Xor:
		return z.Xor(u(a), u(b))
	case Shl:
		return z.Mul(u(a), power(b))
	case Shr:
		return z.Div(u(a), power(b))
	case Sar:
		return z.Div(s(a), power(b)) // rounds down
	case MinU:
		return pick(u(a).Cmp(u(b)) < 0)
	case MaxU:
		return pick(u(a).Cmp(u(b)) > 0)
	case MinS:
		return pick(s(a).Cmp(s(b)) < 0)
	case MaxS:
		return pick(s(a).Cmp(s(b)) > 0)
	case LtU:
		return truth(u(a).Cmp(u(b)) < 0)
	case LtS:
		return truth(s(a).Cmp(s(b)) < 0)
	case Eq:
		return truth(u(a).Cmp(u(b)) == 0)
	case Select:
		return pick(mask)
	case QuantU8:
		return big.NewInt(int64(math.Max(0, math.Min(255, nearest()))))
	}
	return big.NewInt(int64(math.Max(-128, math.Min(127, nearest()))))
}

func TestEval(t *testing.T) {
	check := func(t require.TestingT, o Op, a, b uint32, mask bool) {
		want := new(big.Int).Mod(second(o, a, b, mask), big.NewInt(1<<32)).Uint64()
		y, compared := o.Eval(a, b, mask)
		require.Equal(t, want, uint64(y), "%v(%#x, %#x, %v)", o, a, b, mask)
		require.Equal(t, o.Compares() && y == 1, compared)
	}
	for _, o := range Ops() {
		for k, pair := range corners(o) {
			check(t, o, pair[0], pair[1], k%2 == 0)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		o := rapid.SampledFrom(Ops()).Draw(t, "op")
		b := rapid.OneOf(rapid.Uint32(), rapid.Uint32Range(0, 40)).Draw(t, "b")
		check(t, o, rapid.Uint32().Draw(t, "a"), b, rapid.Bool().Draw(t, "mask"))
	})
}

// Ties of both quantisers, by hand.
func TestRounding(t *testing.T) {
	for _, tt := range []struct {
		a      int32
		b      uint32
		u8, s8 int32
	}{
		{3, 1, 2, 2}, {1, 1, 1, 1}, {-1, 1, 0, 0}, {-3, 1, 0, -1}, {-5, 1, 0, -2}, {5, 2, 1, 1}, {6, 2, 2, 2}, {-6, 2, 0, -1}, {-7, 2, 0, -2},
		{254, 1, 127, 127}, {255, 1, 128, 127}, {509, 1, 255, 127}, {511, 1, 255, 127}, {-257, 1, 0, -128}, {-258, 1, 0, -128},
		{math.MinInt32, 31, 0, -1}, {math.MinInt32, 32, 0, 0}, {math.MaxInt32, 31, 1, 1}, {math.MaxInt32, 32, 0, 0}, {-200, 0, 0, -128},
	} {
		u, _ := QuantU8.Eval(uint32(tt.a), tt.b, false)
		s, _ := QuantS8.Eval(uint32(tt.a), tt.b, false)
		require.Equal(t, tt.u8, int32(u), "%d / 2^%d", tt.a, tt.b)
		require.Equal(t, tt.s8, int32(s), "%d / 2^%d", tt.a, tt.b)
	}
}

// A sum of 64 bits and a product modulo 2^64 are what the package comment says.
func TestWiderArithmetic(t *testing.T) {
	do := func(o Op, a, b uint32) uint32 { y, _ := o.Eval(a, b, false); return y }
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		al, ah, bl, bh := uint32(a), uint32(a>>32), uint32(b), uint32(b>>32)
		low := do(Add, al, bl)
		high := do(Add, do(Add, ah, bh), do(LtU, low, al))
		require.Equal(t, a+b, uint64(high)<<32|uint64(low))
		cross := do(Add, do(MulLo, al, bh), do(MulLo, ah, bl))
		_, product := bits.Mul64(a, b)
		require.Equal(t, product, uint64(do(Add, do(MulHi, al, bl), cross))<<32|uint64(do(MulLo, al, bl)))
	})
}

func TestOpNames(t *testing.T) {
	require.Len(t, Ops(), 1+int(QuantS8))
	require.LessOrEqual(t, int64(QuantS8), OpShape.Max())
	for _, o := range Ops() {
		parsed, err := ParseOp(o.String())
		require.NoError(t, err)
		require.Equal(t, o, parsed)
	}
	require.Equal(t, "mul_hi", MulHi.String())
	require.Equal(t, "select", Select.String())
	require.Equal(t, "quant_s8", QuantS8.String())
	require.Equal(t, "Op(20)", Op(20).String())
	y, compared := Op(20).Eval(1, 1, true)
	require.Zero(t, y)
	require.False(t, compared)
	_, err := ParseOp("mul")
	require.EqualError(t, err, `vector: operation is "mul", want one of [add sub mul_lo mul_hi and or xor shl shr sar `+
		`min_u max_u min_s max_s lt_u lt_s eq select quant_u8 quant_s8]`)
}

// A code without an operation breaks a requirement.
func TestRequirements(t *testing.T) {
	c := Presets["default"]
	u, err := New(c)
	require.NoError(t, err)
	for op, want := range map[Op]string{QuantS8: "", QuantS8 + 1: "requirement failed: op is below 20", 31: "requirement failed: op is below 20"} {
		res, err := unit.Interp{}.Run(u, []unit.Stimulus{u.Back([]unit.Frame{c.frame(op)})})
		require.NoError(t, err)
		if want == "" {
			require.Empty(t, res[0].Fault)
			continue
		}
		require.Contains(t, res[0].Fault, want)
	}
}

func TestConfigErrors(t *testing.T) {
	for _, lanes := range []int{1, 1025} {
		_, err := New(Config{Lanes: lanes})
		require.EqualError(t, err, map[int]string{1: "vector: Lanes is 1, want 2 to 1024", 1025: "vector: Lanes is 1025, want 2 to 1024"}[lanes])
	}
}

package fixed

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// sigmoidConfigs are the tables that the tests walk through.
func sigmoidConfigs() []Config {
	var list []Config
	for _, v := range []Format{{12, 4}, {12, 8}, {16, 8}, {16, 9}, {16, 10}, {16, 12}, {18, 12}, {24, 16}, {32, 24}} {
		for r := 2; r <= 4; r++ {
			for _, k := range []int{1, 4, 6, 8} {
				c := Config{Vector: v, Weight: Format{16, 12}, Sigmoid: SigmoidConfig{SigmoidTable, r, k}}
				if c.Validate() == nil {
					list = append(list, c)
				}
			}
		}
	}
	return list
}

func (c Config) testName() string {
	return fmt.Sprintf("%v_%v", c.Vector, c.Sigmoid)
}

// bigSigmoid returns round(2^bits / (1 + exp(-num/den))) from the Taylor series
// of exp at num/den/2^12, squared twelve times, in 300 bits.
func bigSigmoid(num, den int64, bits int) uint32 {
	const halvings = 12
	number := func(v int64) *big.Float { return new(big.Float).SetPrec(300).SetInt64(v) }
	x := number(-num)
	x.Quo(x, number(den<<halvings))
	term, sum := number(1), number(1)
	for n := int64(1); n < 60; n++ {
		term.Mul(term, x)
		term.Quo(term, number(n))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	y := number(1)
	y.Quo(y, sum.Add(sum, number(1)))
	y.SetMantExp(y, bits)
	whole, _ := y.Add(y, big.NewFloat(0.5)).Int(nil)
	return uint32(whole.Uint64())
}

func TestSigmoidROM(t *testing.T) {
	for _, c := range sigmoidConfigs() {
		t.Run(c.testName(), func(t *testing.T) {
			r := NewSigmoidROM(c)
			n := int64(1) << c.Sigmoid.SegmentsLog2
			require.Len(t, r.Value, int(n))
			require.Len(t, r.Slope, int(n))
			valueBits := c.Vector.Frac + 5
			slopeBits := c.Vector.Frac + 3 + c.Sigmoid.RangeLog2 - c.Sigmoid.SegmentsLog2
			for i := range n {
				here := bigSigmoid(i<<c.Sigmoid.RangeLog2, n, c.Vector.Frac+4)
				next := bigSigmoid((i+1)<<c.Sigmoid.RangeLog2, n, c.Vector.Frac+4)
				require.Equal(t, here, r.Value[i], "word %d", i)
				require.Equal(t, next-here, r.Slope[i], "word %d", i)
				require.Less(t, r.Value[i], uint32(1)<<valueBits)
				require.Less(t, r.Slope[i], uint32(1)<<slopeBits)
			}
		})
	}
}

// elements returns every raw element of narrow formats and a dense sample with
// all the ends of wide ones.
func elements(f Format) []int32 {
	step := int64(1)
	if f.Width > 18 {
		step = 1<<(f.Width-17) - 1
	}
	var list []int32
	for v := int64(f.Min()); v <= int64(f.Max()); v += step {
		list = append(list, int32(v))
	}
	return append(list, f.Max(), f.Min(), f.Min()+1, -1, 0, 1)
}

// sigmoidBound is the sum of the stated errors: interpolation h^2/8 * max|f”|,
// what the end of the table leaves out, two ROM roundings, the floor of the product and
// the last rounding.
func sigmoidBound(c Config) float64 {
	h := math.Ldexp(1, c.Sigmoid.RangeLog2-c.Sigmoid.SegmentsLog2)
	tail := math.Exp(-math.Ldexp(1, c.Sigmoid.RangeLog2))
	unit := math.Ldexp(1, -c.Vector.Frac)
	return max(h*h/8*0.0963, tail) + unit*(1.0/32+1.0/32+1.0/16+1.0/2)
}

func TestSigmoidExhaustive(t *testing.T) {
	for _, c := range sigmoidConfigs() {
		t.Run(c.testName(), func(t *testing.T) {
			r := NewSigmoidROM(c)
			bound, worst, worstSiLU := sigmoidBound(c), 0.0, 0.0
			one := c.Vector.One()
			for _, x := range elements(c.Vector) {
				v := c.Vector.Float(x)
				exact := 1 / (1 + math.Exp(-v))
				y, silu := r.Sigmoid(x), r.SiLU(x)
				worst = max(worst, math.Abs(c.Vector.Float(y)-exact))
				worstSiLU = max(worstSiLU, math.Abs(c.Vector.Float(silu)-v*exact)-math.Abs(v)*bound)
				table := oracleSigmoid(c, r, x)
				if table != int64(r.Lookup(x)) || y < 0 || y > one ||
					int64(silu) != oracleRound(bigOf(int64(x)*table), pow2(c.Vector.Frac+4)).Int64() ||
					x != c.Vector.Min() && y+r.Sigmoid(-x) != one {
					t.Fatalf("x %d: lookup %d, want %d; sigmoid %d, of -x %d; silu %d", x, r.Lookup(x), table, y, r.Sigmoid(-x), silu)
				}
			}
			require.LessOrEqual(t, worst, bound)
			require.LessOrEqual(t, worstSiLU, math.Ldexp(0.5, -c.Vector.Frac))
		})
	}
}

// TestSigmoidDefaultError pins the error that docs/numerics.md states.
func TestSigmoidDefaultError(t *testing.T) {
	c := Default()
	r := NewSigmoidROM(c)
	worst, worstSiLU, last := 0.0, 0.0, int32(0)
	for x := c.Vector.Min(); x < c.Vector.Max(); x++ {
		v := c.Vector.Float(x)
		exact := 1 / (1 + math.Exp(-v))
		worst = max(worst, math.Abs(c.Vector.Float(r.Sigmoid(x))-exact))
		worstSiLU = max(worstSiLU, math.Abs(c.Vector.Float(r.SiLU(x))-v*exact))
		require.GreaterOrEqual(t, r.Sigmoid(x), last, "not monotonic at %d", x)
		last = r.Sigmoid(x)
	}
	t.Logf("sigmoid error %.6f, SiLU error %.6f", worst, worstSiLU)
	require.InDelta(t, 0.00117, worst, 0.00001)
	require.InDelta(t, 0.00268, worstSiLU, 0.00001)
	require.Equal(t, c.Vector.One()/2, r.Sigmoid(0))
	require.Zero(t, r.SiLU(0))
}

func TestSigmoidOps(t *testing.T) {
	ops, err := NewOps(Default())
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		a := vectors(Default().Vector, 0, 9).Draw(t, "a")
		s, c, u := make([]int32, len(a)), make([]int32, len(a)), make([]int32, len(a))
		ops.Sigmoid(s, a)
		ops.CSigmoid(c, a)
		ops.SiLU(u, a)
		for i, x := range a {
			require.Equal(t, ops.SigmoidROM().Sigmoid(x), s[i])
			require.Equal(t, Default().Vector.One(), s[i]+c[i])
			require.Equal(t, ops.SigmoidROM().SiLU(x), u[i])
		}
	})
}

package fixed

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// quantiserFor returns the load-time constants of a configuration.
func quantiserFor(c Config) *quantiser { return &quantiser{config: c} }

func TestStats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := configs().Draw(t, "config")
		ops, err := NewOps(c)
		require.NoError(t, err)
		n := rapid.IntRange(1, 20).Draw(t, "n")
		x, w := vectors(c.Vector, n, n).Draw(t, "x"), vectors(c.Weight, n, n).Draw(t, "w")
		sum, peak := new(big.Int), new(big.Int)
		for i := range x {
			r := oracleRound(bigOf(int64(x[i])), pow2(max(0, c.Vector.Width-24)))
			sum.Add(sum, r.Mul(r, r))
			p := new(big.Int).Mul(bigOf(int64(x[i])), bigOf(int64(w[i])))
			if p.Abs(p).Cmp(peak) > 0 {
				peak = p
			}
		}
		st := ops.Stats(x, w)
		require.Equal(t, sum.Uint64(), st.SumSquares)
		require.Equal(t, peak.Uint64(), st.Peak)
		require.Equal(t, st.SumSquares, ops.SumSquares(x))
	})
}

// TestStatsLargest fills the longest vector with the largest magnitudes.
func TestStatsLargest(t *testing.T) {
	for _, width := range []int{16, 24, 25, 32} {
		c := Default()
		c.Vector.Width = width
		ops, err := NewOps(c)
		require.NoError(t, err)
		x, w := make([]int32, MaxVector), make([]int32, MaxVector)
		for i := range x {
			x[i], w[i] = c.Vector.Min(), c.Weight.Min()
		}
		st := ops.Stats(x, w)
		require.Equal(t, uint64(1)<<(16+2*(min(width, 24)-1)), st.SumSquares)
		require.Equal(t, uint64(1)<<(width-1+15), st.Peak)
	}
}

// TestRMSNorm compares with the real mathematics and, bit for bit, with the
// second definition of the parts.
func TestRMSNorm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := configs().Draw(t, "config")
		ops, err := NewOps(c)
		require.NoError(t, err)
		ops.Saturated = &Saturations{}
		q := quantiserFor(c)
		n := rapid.IntRange(1, 20).Draw(t, "n")
		x, w := vectors(c.Vector, n, n).Draw(t, "x"), vectors(c.Weight, n, n).Draw(t, "w")
		eps := rapid.SampledFrom([]float64{1e-6, 1e-5, 0.5}).Draw(t, "eps")
		norm := Norm{Weight: w, Eps: q.eps(n, eps), Out: q.out("norm", n, 1)}
		require.NoError(t, q.err)

		s := NormScale(ops.SumSquares(x), norm.Eps, norm.Out)
		require.Equal(t, oracleMul(oracleRsqrt(ops.SumSquares(x)+norm.Eps), norm.Out), s)
		got := make([]int32, n)
		ops.RMSNorm(got, x, w, s)

		// eps and squares in the units of the sum, as the doc comment has them.
		unit := math.Ldexp(1, c.Vector.squareShift()-c.Vector.Frac)
		mean := (float64(ops.SumSquares(x)) + float64(norm.Eps)) * unit * unit / float64(n)
		saturated := uint64(0)
		for i := range x {
			require.Equal(t, oracleApply(int64(x[i])*int64(w[i]), s, c.Vector.Width), got[i])
			exact := c.Vector.Float(x[i]) * c.Weight.Float(w[i]) / math.Sqrt(mean)
			limited := min(max(exact, c.Vector.Float(c.Vector.Min())), c.Vector.Float(c.Vector.Max()))
			tolerance := math.Ldexp(0.5, -c.Vector.Frac) + math.Abs(limited)*math.Exp2(-14)
			require.InDelta(t, limited, c.Vector.Float(got[i]), tolerance)
			if math.Abs(exact) > 1.01*math.Ldexp(1, c.Vector.Width-1-c.Vector.Frac) {
				saturated++
			}
		}
		require.GreaterOrEqual(t, ops.Saturated.Norm, saturated)
	})
}

func TestRMSNormZero(t *testing.T) {
	ops, err := NewOps(Default())
	require.NoError(t, err)
	q := quantiserFor(Default())
	x, w := make([]int32, 5), []int32{1, -4096, 4096, 32767, -32768}
	got := []int32{9, 9, 9, 9, 9}
	ops.RMSNorm(got, x, w, NormScale(ops.SumSquares(x), q.eps(5, 1e-30), q.out("norm", 5, 1)))
	require.Equal(t, x, got)
}

// TestEps: the constant is n*eps in the units of the sum and never 0.
func TestEps(t *testing.T) {
	for _, c := range []struct {
		vector Format
		n      int
		eps    float64
		want   uint64
	}{
		{Format{16, 9}, 256, 1e-6, 67},       // 256e-6 * 2^18 = 67.1
		{Format{16, 4}, 256, 1e-6, 1},        // 0.07, raised to 1
		{Format{24, 16}, 256, 1e-6, 1099512}, // 256e-6 * 2^32
		{Format{32, 24}, 256, 1e-6, 1099512}, // squares lose 8 bits: the same unit
		{Format{32, 24}, MaxVector, 0.999, 281193501733945},
	} {
		config := Default()
		config.Vector = c.vector
		require.Equal(t, c.want, quantiserFor(config).eps(c.n, c.eps), "%v", c.vector)
	}
}

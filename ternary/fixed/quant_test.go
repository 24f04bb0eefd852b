package fixed

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestQuantScaleMatchesOracle(t *testing.T) {
	require.Equal(t, Scale{}, QuantScale(0))
	rapid.Check(t, func(t *rapid.T) {
		peak := rapid.Uint64Range(1, 1<<46).Draw(t, "peak") >> rapid.IntRange(0, 45).Draw(t, "shift")
		peak = max(peak, 1)
		s := QuantScale(peak)
		require.Equal(t, oracleMul(oracleRecip(peak), Scale{Mant: 127 << 9, Exp: -9}), s)
		require.InEpsilon(t, 127/float64(peak), s.Float(), math.Exp2(-14.8))
		require.GreaterOrEqual(t, s.Exp, -56)
		require.LessOrEqual(t, s.Exp, -9)
	})
}

// TestQuantise compares with round(127*p/peak) in float64: equal except within
// the error of the scale of a tie.
func TestQuantise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := configs().Draw(t, "config")
		ops, err := NewOps(c)
		require.NoError(t, err)
		n := rapid.IntRange(1, 40).Draw(t, "n")
		x, w := vectors(c.Vector, n, n).Draw(t, "x"), vectors(c.Weight, n, n).Draw(t, "w")
		peak := ops.Stats(x, w).Peak
		s := QuantScale(peak)
		q := make([]int8, n)
		ops.Quantise(q, x, w, s)
		for i := range x {
			p := int64(x[i]) * int64(w[i])
			require.EqualValues(t, max(oracleApply(p, s, 8), -127), q[i])
			switch {
			case peak == 0:
				require.Zero(t, q[i])
				continue
			case p == int64(peak):
				require.EqualValues(t, 127, q[i])
			case -p == int64(peak):
				require.EqualValues(t, -127, q[i])
			}
			ideal := 127 * float64(p) / float64(peak)
			require.LessOrEqual(t, math.Abs(float64(q[i])-ideal), 0.5+127*math.Exp2(-14.8))
		}
	})
}

// TestQuantiseLimits: a scale that is not that of the peak cannot leave
// [-127, 127].
func TestQuantiseLimits(t *testing.T) {
	ops, err := NewOps(Default())
	require.NoError(t, err)
	x, w := []int32{1, -1, 128, -128, 127, -127, 32767, -32768}, []int32{1, 1, 1, 1, 1, 1, 32767, 32767}
	q := make([]int8, len(x))
	ops.Quantise(q, x, w, ScaleOf(1))
	require.Equal(t, []int8{1, -1, 127, -127, 127, -127, 127, -127}, q)
	ops.Quantise(q, x, w, Scale{Mant: 1 << 15, Exp: 40})
	require.Equal(t, []int8{127, -127, 127, -127, 127, -127, 127, -127}, q)
	ops.Quantise(q, x, w, Scale{})
	require.Equal(t, make([]int8, len(x)), q)
}

// TestRescaleScale compares with peak/127 * mean|W| / sqrt(mean(x^2)+eps) in
// float64.
func TestRescaleScale(t *testing.T) {
	require.Equal(t, Scale{}, RescaleScale(Stats{}, 1, Scale{1 << 15, 0}))
	rapid.Check(t, func(t *rapid.T) {
		c := configs().Draw(t, "config")
		ops, err := NewOps(c)
		require.NoError(t, err)
		n := rapid.IntRange(1, 40).Draw(t, "n")
		x, w := vectors(c.Vector, n, n).Draw(t, "x"), vectors(c.Weight, n, n).Draw(t, "w")
		meanAbs := rapid.Float64Range(1e-5, 2).Draw(t, "meanAbs")
		q := quantiserFor(c)
		eps, out := q.eps(n, 1e-6), q.out("w", n, meanAbs/127)
		require.NoError(t, q.err)
		st := ops.Stats(x, w)
		got := RescaleScale(st, eps, out)
		if st.Peak == 0 {
			require.Equal(t, Scale{}, got)
			return
		}
		unit := math.Ldexp(1, c.Vector.squareShift()-c.Vector.Frac)
		mean := (float64(st.SumSquares) + float64(eps)) * unit * unit / float64(n)
		peak := math.Ldexp(float64(st.Peak), -c.Vector.Frac-c.Weight.Frac)
		want := peak / math.Sqrt(mean) / 127 * meanAbs * math.Ldexp(1, c.Vector.Frac)
		require.InEpsilon(t, want, got.Float(), math.Exp2(-13.2))
	})
}

func TestRescale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := configs().Draw(t, "config")
		ops, err := NewOps(c)
		require.NoError(t, err)
		ops.Saturated = &Saturations{}
		acc := rapid.SliceOfN(rapid.Int32Range(-1<<23, 1<<23), 0, 12).Draw(t, "acc")
		s := scales(-60, 20).Draw(t, "s")
		dst := make([]int32, len(acc))
		ops.Rescale(dst, acc, s)
		limits := uint64(0)
		for i, a := range acc {
			require.Equal(t, oracleApply(int64(a), s, c.Vector.Width), dst[i])
			if dst[i] == c.Vector.Max() || dst[i] == c.Vector.Min() {
				limits++
			}
		}
		require.LessOrEqual(t, ops.Saturated.Rescale, limits)
	})
}

// TestQuantCounts: with the scale of the vector no activation is limited; with
// one that is too large those beyond 127 are limited and counted.
func TestQuantCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := configs().Draw(t, "config")
		ops, err := NewOps(c)
		require.NoError(t, err)
		ops.Saturated = &Saturations{}
		x, w := vectors(c.Vector, 1, 12).Draw(t, "x"), vectors(c.Weight, 12, 12).Draw(t, "w")
		s := QuantScale(ops.Stats(x, w).Peak)
		q := make([]int8, len(x))
		ops.Quantise(q, x, w, s)
		require.Zero(t, *ops.Saturated)
		s.Exp += rapid.IntRange(1, 8).Draw(t, "shift")
		ops.Quantise(q, x, w, s)
		want := uint64(0)
		for i := range q {
			y := oracleApply(int64(x[i])*int64(w[i]), s, 32)
			require.Equal(t, min(max(y, -127), 127), int32(q[i]))
			if y < -127 || y > 127 {
				want++
			}
		}
		require.Equal(t, Saturations{Quant: want}, *ops.Saturated)
		require.Equal(t, want, ops.Saturated.Total())
	})
}

// TestClipped: weights beyond their format are limited and counted when the
// model is quantised.
func TestClipped(t *testing.T) {
	w := smallWeights(t, 1)
	m, err := New(w, Default())
	require.NoError(t, err)
	require.Zero(t, m.Clipped)
	w.Embedding[0], w.Embedding[1], w.Embedding[2] = 64, -64.0009, -64.002
	w.Layers[0].Down.Norm[0], w.Layers[1].GNorm[3], w.Head.Norm[2] = 7.9999, -9, 8
	m, err = New(w, Default())
	require.NoError(t, err)
	require.Equal(t, Clipped{Embedding: 2, Norm: 2 + 1}, m.Clipped)
	require.Equal(t, []int32{32767, -32768, -32768}, m.Embedding[:3])
}

// TestFloors: where the published quantiser clamps max|y| to 1e-5, the result
// here and the published one are within the stated bound of each other.
func TestFloors(t *testing.T) {
	c := Default()
	c.Vector, c.Weight = Format{32, 24}, Format{16, 14}
	ops, err := NewOps(c)
	require.NoError(t, err)
	const n, meanAbs = 64, 0.04
	x, w := make([]int32, n), make([]int32, n)
	for i := range x {
		x[i], w[i] = int32(i*37%11)-5, 1 // |x| < 4e-7, w = 2^-14: max|y| = 1.8e-8
	}
	q := quantiserFor(c)
	st := ops.Stats(x, w)
	s := QuantScale(st.Peak)
	act := make([]int8, n)
	ops.Quantise(act, x, w, s)
	acc, published, sum := int32(0), 0.0, 0.0
	for i := range x {
		sum += c.Vector.Float(x[i]) * c.Vector.Float(x[i])
		acc += int32(act[i])
	}
	for i := range x {
		y := c.Vector.Float(x[i]) * c.Weight.Float(w[i]) / math.Sqrt(sum/n+1e-6)
		require.Less(t, math.Abs(y), 1e-5)
		published += math.Round(y*127/1e-5) * 1e-5 / 127 * meanAbs
	}
	dst := make([]int32, 1)
	ops.Rescale(dst, []int32{acc}, RescaleScale(st, q.eps(n, 1e-6), q.out("w", n, meanAbs/127)))
	require.InDelta(t, published, c.Vector.Float(dst[0]), n*1e-5/127*meanAbs+math.Ldexp(1, -25))
}

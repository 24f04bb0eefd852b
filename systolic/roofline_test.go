package systolic

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRoofline(t *testing.T) {
	for _, c := range []struct {
		p    Peak
		w    Work
		want Roofline
	}{
		{Peak{16, 4}, Work{MACs: 160, Bytes: 40}, Roofline{4, 4, 10, 10, ComputeBound}},
		{Peak{16, 4}, Work{MACs: 161, Bytes: 40}, Roofline{4.025, 4, 11, 10, ComputeBound}},
		{Peak{16, 4}, Work{MACs: 160, Bytes: 41}, Roofline{160.0 / 41, 4, 10, 11, MemoryBound}},
		{Peak{16, 4}, Work{MACs: 160}, Roofline{math.Inf(1), 4, 10, 0, ComputeBound}},
		{Peak{16, 0.5}, Work{Bytes: 1}, Roofline{0, 32, 0, 2, MemoryBound}},
		{Peak{16, 4}, Work{}, Roofline{math.Inf(1), 4, 0, 0, ComputeBound}},
		{Peak{1, 0.1}, Work{Bytes: 3}, Roofline{0, 10, 0, 30, MemoryBound}},
		{Peak{1, 0.7}, Work{Bytes: 2_100_000}, Roofline{0, 1 / 0.7, 0, 3_000_000, MemoryBound}},
	} {
		got, err := c.p.Roofline(c.w)
		require.NoError(t, err)
		require.Equal(t, c.want, got)
		require.Equal(t, max(got.ComputeCycles, got.MemoryCycles), got.Cycles())
	}
}

func TestShare(t *testing.T) {
	r := Roofline{ComputeCycles: 50, MemoryCycles: 20}
	require.Equal(t, 0.5, r.Share(100))
	require.Equal(t, 1.0, r.Share(50))
	require.Zero(t, r.Share(0))
	require.Zero(t, r.Share(-1))
}

// TestRooflineIsReached: a machine that does its peak in every cycle is on the
// bound and never below it, whatever the rates.
func TestRooflineIsReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		num, den := rapid.Int64Range(1, 1e6).Draw(t, "num"), rapid.Int64Range(1, 1e6).Draw(t, "den")
		bytes := rapid.Int64Range(0, 1e9).Draw(t, "bytes")
		got, err := Peak{MACsPerCycle: 1, BytesPerCycle: float64(num) / float64(den)}.Roofline(Work{Bytes: bytes})
		require.NoError(t, err)
		exact := (bytes*den + num - 1) / num
		require.LessOrEqual(t, got.MemoryCycles, exact)
		require.GreaterOrEqual(t, float64(got.MemoryCycles), float64(exact)*(1-1e-11)-1e-6)
	})
}

func TestCompulsoryWork(t *testing.T) {
	w, err := CompulsoryWork(GEMM{M: 3, N: 5, K: 7}, 8, 2, 32)
	require.NoError(t, err)
	require.Equal(t, Work{MACs: 105, Bytes: 21 + 9 + 60}, w) // 35 weights of 2 bits: 70 bits
	w, err = CompulsoryWork(GEMM{M: MaxDim, N: MaxDim, K: 1}, 8, 8, 64)
	require.NoError(t, err)
	require.Equal(t, int64(2*MaxDim+8<<48), w.Bytes)
}

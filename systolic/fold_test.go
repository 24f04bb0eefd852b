package systolic

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestFoldsPartition counts every product: each is in exactly one fold. Folds
// are numbered, fit the array and stream the whole third dimension.
func TestFoldsPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, a := drawGEMM(20).Draw(t, "g"), drawArray(9).Draw(t, "a")
		d := rapid.SampledFrom(Dataflows()).Draw(t, "d")
		seen := make([]int, g.MACs())
		var folds, macs int64
		for f := range Folds(g, a, d) {
			require.EqualValues(t, folds, f.Index)
			folds++
			macs += f.MACs()
			rows, cols := f.Used(d)
			require.True(t, 1 <= rows && rows <= a.Rows && 1 <= cols && cols <= a.Cols, "%d rows, %d cols", rows, cols)
			require.EqualValues(t, f.MACs(), rows*cols*Streamed(g, d))
			for m := f.M.First; m < f.M.End(); m++ {
				for n := f.N.First; n < f.N.End(); n++ {
					for k := f.K.First; k < f.K.End(); k++ {
						seen[(m*g.N+n)*g.K+k]++
					}
				}
			}
		}
		require.Equal(t, NumFolds(g, a, d), folds)
		require.Equal(t, g.MACs(), macs)
		for i, n := range seen {
			require.Equal(t, 1, n, "product %d", i)
		}
	})
}

// TestFoldOrder pins the order and the ragged edges of a small product.
func TestFoldOrder(t *testing.T) {
	g, a := GEMM{M: 5, N: 3, K: 4}, Array{Rows: 3, Cols: 2}
	all := map[string]Span{"M": {0, 5}, "N": {0, 3}, "K": {0, 4}}
	for d, want := range map[Dataflow][]Fold{
		OutputStationary: {
			{0, Span{0, 3}, Span{0, 2}, all["K"]}, {1, Span{0, 3}, Span{2, 1}, all["K"]},
			{2, Span{3, 2}, Span{0, 2}, all["K"]}, {3, Span{3, 2}, Span{2, 1}, all["K"]},
		},
		WeightStationary: {
			{0, all["M"], Span{0, 2}, Span{0, 3}}, {1, all["M"], Span{0, 2}, Span{3, 1}},
			{2, all["M"], Span{2, 1}, Span{0, 3}}, {3, all["M"], Span{2, 1}, Span{3, 1}},
		},
		InputStationary: {
			{0, Span{0, 2}, all["N"], Span{0, 3}}, {1, Span{0, 2}, all["N"], Span{3, 1}},
			{2, Span{2, 2}, all["N"], Span{0, 3}}, {3, Span{2, 2}, all["N"], Span{3, 1}},
			{4, Span{4, 1}, all["N"], Span{0, 3}}, {5, Span{4, 1}, all["N"], Span{3, 1}},
		},
	} {
		var got []Fold
		for f := range Folds(g, a, d) {
			got = append(got, f)
		}
		require.Equal(t, want, got, d)
	}
}

// TestFoldsStop: a consumer that has seen enough ends the iteration.
func TestFoldsStop(t *testing.T) {
	n := 0
	for range Folds(GEMM{MaxDim, MaxDim, 1}, Array{1, 1}, OutputStationary) {
		if n++; n == 3 {
			break
		}
	}
	require.Equal(t, 3, n)
}

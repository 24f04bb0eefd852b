package experiment

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// peel is the second definition of ranks: front after front, straight from the
// definition of dominance.
func peel(vectors [][]float64, goals []Goal) []int {
	worse := func(a, b []float64) bool { // b dominates a
		strictly := false
		for i, g := range goals {
			x, y := a[i], b[i]
			if g == Max {
				x, y = -x, -y
			}
			if y > x {
				return false
			}
			strictly = strictly || y < x
		}
		return strictly
	}
	ranks := slices.Repeat([]int{-1}, len(vectors))
	for rank, left := 0, len(vectors); left > 0; rank++ {
		var front []int
		for i, a := range vectors {
			if ranks[i] >= 0 {
				continue
			}
			dominated := false
			for j, b := range vectors {
				dominated = dominated || ranks[j] < 0 && worse(a, b)
			}
			if !dominated {
				front = append(front, i)
			}
		}
		for _, i := range front {
			ranks[i] = rank
		}
		left -= len(front)
	}
	return ranks
}

func TestRanksProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		goals := rapid.SliceOfN(rapid.SampledFrom([]Goal{Min, Max}), 1, 4).Draw(t, "goals")
		value := rapid.Map(rapid.IntRange(-3, 3), func(n int) float64 { return float64(n) })
		vectors := rapid.SliceOfN(rapid.SliceOfN(value, len(goals), len(goals)), 0, 40).Draw(t, "vectors")
		require.Equal(t, peel(vectors, goals), Ranks(vectors, goals))
	})
}

func TestRanks(t *testing.T) {
	require.Equal(t, []int{0, 0, 1, 0, 2}, Ranks([][]float64{{1, 1}, {1, 1}, {1, 0}, {0, 2}, {0, 0}}, []Goal{Max, Max}))
	require.Equal(t, []int{0, 1, 2}, Ranks([][]float64{{1}, {2}, {3}}, []Goal{Min}))
	require.Equal(t, []int{2, 1, 0}, Ranks([][]float64{{1}, {2}, {3}}, []Goal{Max}))
	require.Empty(t, Ranks(nil, []Goal{Min}))
}

func indices(rows []Row) []int {
	var all []int
	for _, row := range rows {
		all = append(all, row.Index)
	}
	return all
}

func TestFront(t *testing.T) {
	_, _, r := undisturbed(t)
	front, err := r.Front("cycles", "lut")
	require.NoError(t, err)
	var vectors [][]float64
	var at, want []int
	for _, row := range r.Rows {
		if row.Candidate {
			at = append(at, row.Index)
			vectors = append(vectors, []float64{row.Values["cycles"].Value, row.Values["lut"].Value})
		}
	}
	for i, rank := range peel(vectors, []Goal{Min, Min}) {
		if rank == 0 {
			want = append(want, at[i])
		}
	}
	require.Equal(t, want, indices(front))
	require.Less(t, len(want), len(at))
	_, err = r.Front("cycles", "share")
	require.EqualError(t, err, "experiment: toy: metric share has no goal, want min or max")
	_, err = r.Front("ff")
	require.EqualError(t, err, `experiment: toy: metric is "ff", want one of cycles, adders, share, lut`)
}

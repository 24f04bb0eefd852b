package bench

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func quiet(string) {}

// turns returns the ways a, b, ... that write their name down.
func turns(names string, log *strings.Builder, took time.Duration) []way {
	var ways []way
	for _, name := range strings.Split(names, "") {
		ways = append(ways, way{what: name, items: 2, call: func(context.Context) (int64, error) {
			log.WriteString(name)
			time.Sleep(took)
			return 10, nil
		}})
	}
	return ways
}

// Calls that are longer than a round are made once per round, in turns.
func TestWaysTakeTurns(t *testing.T) {
	var log strings.Builder
	s := &subject{item: "piece", ways: turns("abc", &log, 3*time.Millisecond)}
	rows, err := s.measure(t.Context(), 14*time.Millisecond, quiet)
	require.NoError(t, err)
	require.Equal(t, "abc"+"abcabcabc", log.String(), "warm up, then three rounds: five would take longer than the budget, four are even")
	require.Len(t, rows, 3)
	for i, r := range rows {
		require.Equal(t, 1, r.Calls)
		require.Equal(t, minRounds, r.Rounds)
		require.Equal(t, "piece", r.Item)
		require.Equal(t, []string{"", "a", "a"}[i], r.Reference)
		require.GreaterOrEqual(t, r.SecondsPerItem, 0.0015, "two items in at least 3 ms")
		require.LessOrEqual(t, r.Rate.Max, 2/0.003)
		require.LessOrEqual(t, r.CycleRate.Max, 10/0.003)
		require.Positive(t, r.CycleRate.Min)
	}
	require.Equal(t, Spread{1, 1, 1}, rows[0].Ratio)
}

// Calls that are shorter fill their rounds.
func TestShortCallsFillTheRound(t *testing.T) {
	var log strings.Builder
	s := &subject{item: "piece", ways: turns("ab", &log, 0)}
	rows, err := s.measure(t.Context(), 5*time.Millisecond, quiet)
	require.NoError(t, err)
	require.Greater(t, rows[0].Calls, 1)
	require.Equal(t, maxRounds, rows[0].Rounds)
	round := strings.Repeat("a", rows[0].Calls) + strings.Repeat("b", rows[1].Calls)
	require.True(t, strings.HasSuffix(log.String(), strings.Repeat(round, maxRounds)))
}

func TestRecordedWayIsNotCalled(t *testing.T) {
	var log strings.Builder
	s := &subject{item: "piece", ways: append([]way{{what: "before", items: 4, recorded: 8 * time.Second}}, turns("a", &log, time.Millisecond)...)}
	rows, err := s.measure(t.Context(), time.Millisecond, quiet)
	require.NoError(t, err)
	require.True(t, rows[0].Recorded)
	require.False(t, rows[1].Recorded)
	require.Equal(t, Spread{0.5, 0.5, 0.5}, rows[0].Rate)
	require.Equal(t, Spread{}, rows[0].CycleRate)
	require.InEpsilon(t, 2/rows[1].SecondsPerItem, rows[1].Ratio.Median, 1e-12)
}

func TestErrorOfACall(t *testing.T) {
	wrong := errors.New("lost a bit")
	for _, good := range []int{0, 1, 3} { // in the warm-up, and in the second and third round
		n := 0
		s := &subject{ways: []way{{what: "a", items: 1, call: func(context.Context) (int64, error) {
			if n++; n > good {
				return 0, wrong
			}
			time.Sleep(time.Millisecond)
			return 0, nil
		}}}}
		_, err := s.measure(t.Context(), time.Millisecond, quiet)
		require.ErrorIs(t, err, wrong)
	}
}

// The ratio is that of rounds, not of medians: a machine that gets slower
// between rounds leaves it alone.
func TestRatioOfRounds(t *testing.T) {
	reference := samples{{1, 0}, {2, 0}, {4, 0}}
	own := samples{{0.5, 8}, {1, 4}, {2, 2}}
	s := subject{item: "piece"}
	got := s.row(way{what: "own", items: 1, recorded: 1}, 7, own, reference)
	require.Equal(t, Row{
		What: "own", Item: "piece", Rate: Spread{1, 0.5, 2}, SecondsPerItem: 1, CycleRate: Spread{4, 2, 8},
		Ratio: Spread{2, 2, 2}, Rounds: 3, Calls: 7, Recorded: true,
	}, got)
	own[1].secondsPerItem = 8 // a neighbour takes the processor for one round
	require.Equal(t, Spread{2, 0.25, 2}, s.row(way{}, 7, own, reference).Ratio)
}

func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := 2*rapid.IntRange(0, 4).Draw(t, "half") + 1
		values := rapid.SliceOfN(rapid.Float64Range(-1e9, 1e9), n, n).Draw(t, "values")
		before := slices.Clone(values)
		s := spreadOf(values)
		require.Equal(t, before, values, "values are left as they are")
		require.Equal(t, slices.Min(values), s.Min)
		require.Equal(t, slices.Max(values), s.Max)
		below, above := 0, 0
		for _, v := range values {
			if v < s.Median {
				below++
			}
			if v > s.Median {
				above++
			}
		}
		require.Contains(t, values, s.Median)
		require.LessOrEqual(t, max(below, above), n/2)
	})
}

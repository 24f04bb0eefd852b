package sim

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// awkward are frequencies whose period is no finite binary or decimal
// fraction, and the ends of the range.
var awkward = []int64{1_000, 60e6, 300e6, 333e6, 333_333_333, 940e6, 1_750e6, 999_999_999_989, 1_000_000_000_000}

func TestClockRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hz := rapid.OneOf(rapid.SampledFrom(awkward), rapid.Int64Range(minClockHz, maxClockHz)).Draw(t, "hz")
		n := Cycle(rapid.OneOf(rapid.Int64Range(0, 1e12), rapid.Int64Range(0, int64(MaxCycle)+1)).Draw(t, "n"))
		c, err := NewClock(hz)
		require.NoError(t, err)
		require.Equal(t, n, c.cycle(c.at(n)))
		require.Less(t, c.at(n), c.at(n+1))
	})
}

// The text of a time is checked against exact rationals.
func TestStampIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hz := rapid.OneOf(rapid.SampledFrom(awkward), rapid.Int64Range(minClockHz, maxClockHz)).Draw(t, "hz")
		n := rapid.OneOf(rapid.Int64Range(0, 1e6), rapid.Int64Range(0, int64(MaxCycle))).Draw(t, "n")
		got, ok := new(big.Rat).SetString(string(Clock{hz}.stamp(Cycle(n)).append(nil)))
		require.True(t, ok)
		exact := new(big.Rat).Mul(big.NewRat(n, hz), big.NewRat(1_000_000, 1))
		below := new(big.Rat).Sub(exact, got)
		require.True(t, below.Sign() >= 0 && below.Cmp(big.NewRat(1, 1_000_000)) < 0, "%v for %v", got, exact)
	})
}

func TestStampText(t *testing.T) {
	for _, c := range []struct {
		hz   int64
		n    Cycle
		want string
	}{
		{333e6, 0, "0.000000"}, {333e6, 1, "0.003003"}, {333e6, 333, "1.000000"}, {940e6, 1, "0.001063"},
		{1_000, MaxCycle, "100000000000000000.000000"}, {1e12, 1, "0.000001"},
	} {
		require.Equal(t, c.want, string(Clock{c.hz}.stamp(c.n).append(nil)))
	}
	d := Clock{333e6}.stamp(2).sub(Clock{333e6}.stamp(1))
	require.Equal(t, "0.003003", string(d.append(nil)))
	require.Equal(t, stamp{0, 999_999}, stamp{2, 0}.sub(stamp{1, 1}))
}

func TestCompareNames(t *testing.T) {
	order := []string{"A", "A.B", "A1", "A2", "A02", "A2b", "A[2].Z", "A[10]", "B"}
	// digits are numbers, other bytes compare as they are
	require.Negative(t, compareNames("Pe[2]", "Pe[10]"))
	require.Negative(t, compareNames("Pe[2].X", "Pe[10].A"))
	require.NotZero(t, compareNames("A2", "A02"))
	for i, a := range order {
		require.Zero(t, compareNames(a, a))
		for _, b := range order[i+1:] {
			require.Equal(t, compareNames(a, b) < 0, compareNames(b, a) > 0, "%s %s", a, b)
			require.NotZero(t, compareNames(a, b))
		}
	}
}

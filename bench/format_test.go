package bench

import (
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDigits(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0", 1: "1.00", 0.5: "0.500", 9.996: "10.0", 99.96: "100", 123456: "123000", 0.00123456: "0.00123", 999999999: "1e+09", 998999999: "999000000",
		1e9: "1e+09", 1e-4: "0.000100", 1e-3: "0.00100", 0.01: "0.0100", 0.1: "0.100", 10: "10.0", 1000: "1000", math.Inf(1): "+Inf", 1.2345e-4: "0.000123", 1.2345e-7: "1.23e-07", -2.5: "-2.50",
	} {
		require.Equal(t, want, digits(x), x)
	}
}

// What digits writes is within half of the third digit.
func TestDigitsKeepsThree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := math.Pow(10, rapid.Float64Range(-15, 15).Draw(t, "exponent"))
		got, err := strconv.ParseFloat(digits(x), 64)
		require.NoError(t, err)
		require.InEpsilon(t, x, got, 0.00501)
		require.LessOrEqual(t, len(digits(x)), 9)
	})
}

func TestRateAndSeconds(t *testing.T) {
	for x, want := range map[float64]string{
		28.21e6: "28.2M cycle/s", 677: "677 cycle/s", 0.104: "0.104 cycle/s", 999.4: "999 cycle/s", 999.6: "1.00k cycle/s", 3e15: "3000T cycle/s", 2.58e9: "2.58G cycle/s",
	} {
		require.Equal(t, want, rate(x, "cycle"))
	}
	for x, want := range map[float64]string{
		9.6: "9.60 s", 1.48e-3: "1.48 ms", 513e-6: "513 us", 0.9996e-6: "1.00 us", 5.5e-9: "5.50 ns", 6.29e-12: "6.29 ps", 2e-13: "0.200 ps", 5000: "5000 s",
	} {
		require.Equal(t, want, seconds(x))
	}
}

func TestRatio(t *testing.T) {
	for want, s := range map[[2]string]Spread{
		{"0.101", "0.0500 to 2.00"}:  {0.101, 0.05, 2},
		{"1/113", "1/150 to 1/5.00"}: {1. / 113, 1. / 150, 1. / 5},
		{"68000", "39600 to 125000"}: {68000, 39600, 125000},
	} {
		median, bounds := ratio(s)
		require.Equal(t, want, [2]string{median, bounds})
	}
}

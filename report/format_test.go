package report

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		f    Format
		v    float64
		want string
	}{
		{Fixed(0), 0, "0"}, {Fixed(0), math.Copysign(0, -1), "0"}, {Fixed(0), 999, "999"}, {Fixed(0), 1000, "1\u202f000"},
		{Fixed(0), -1234567, "−1\u202f234\u202f567"}, {Fixed(2), 1234.565, "1\u202f234.57"}, {Fixed(1), -0.04, "0.0"}, {Fixed(0), 123456, "123\u202f456"},
		{Percent(1), 0.98765, "98.8"}, {Percent(0), 12.5, "1\u202f250"}, {Percent(1), -0.0001, "0.0"},
		{SignedPercent(1), 0.05, "+5.0"}, {SignedPercent(1), -0.05, "−5.0"}, {SignedPercent(1), 0.0001, "0.0"}, {SignedPercent(1), 0, "0.0"},
		{Significant(3), 1, "1.00"}, {Significant(3), 0.0123456, "0.0123"}, {Significant(3), 9.999, "10.0"}, {Significant(3), 123456, "123\u202f000"},
		{Significant(3), 1234567, "1.23\u202f×\u202f10⁶"}, {Significant(3), 999999, "1.00\u202f×\u202f10⁶"}, {Significant(2), -1.5e-7, "−1.5\u202f×\u202f10⁻⁷"},
		{Significant(1), 2e12, "2\u202f×\u202f10¹²"}, {Significant(4), 0, "0"}, {Significant(4), 0.0001, "0.0001000"},
		{Format{}, 3, "3"}, {Format{}, 0.5, "0.5000"}, {Format{}, 48789.25, "48\u202f789"}, {Format{}, 1e300, "1.000\u202f×\u202f10³⁰⁰"},
	} {
		require.Equal(t, c.want, c.f.text(c.v), "%+v of %v", c.f, c.v)
	}
}

// TestChoose: one format for a column.
func TestChoose(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Format
	}{
		{nil, Fixed(0)}, {[]float64{0, 3, 1e6}, Fixed(0)}, {[]float64{1e15}, Significant(4)}, {[]float64{0.5, 12}, Fixed(2)},
		{[]float64{0.05, 1200}, Fixed(3)}, {[]float64{1e-5}, Significant(4)}, {[]float64{1e-3, 1e4}, Significant(4)}, {[]float64{-0.25, 0}, Fixed(4)},
		{[]float64{math.SmallestNonzeroFloat64, math.MaxFloat64}, Significant(4)},
	} {
		require.Equal(t, c.want, Format{}.choose(c.values), "%v", c.values)
	}
	require.Equal(t, Percent(2), Percent(2).choose([]float64{1}))
}

// readable is what a person reads in a number.
func readable(t require.TestingT, text string) float64 {
	text = strings.NewReplacer("\u202f", "", minus, "-", "+", "").Replace(text)
	mantissa, power, scaled := strings.Cut(text, "×10")
	v, err := strconv.ParseFloat(mantissa, 64)
	require.NoError(t, err, text)
	if scaled {
		digits := strings.NewReplacer("⁰", "0", "¹", "1", "²", "2", "³", "3", "⁴", "4", "⁵", "5", "⁶", "6", "⁷", "7", "⁸", "8", "⁹", "9", "⁻", "-").Replace(power)
		v, err = strconv.ParseFloat(mantissa+"e"+digits, 64)
		require.NoError(t, err, text)
	}
	return v
}

// TestFormatKeepsValues: what is shown is the number, rounded as the format
// says.
func TestFormatKeepsValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e9, 1e9).Draw(t, "v") * math.Pow(10, float64(rapid.IntRange(-12, 12).Draw(t, "e")))
		digits := rapid.IntRange(1, 15).Draw(t, "digits")
		require.InDelta(t, v, readable(t, Significant(digits).text(v)), 0.51*math.Abs(v)*math.Pow(10, float64(1-digits)))
		digits = rapid.IntRange(0, 9).Draw(t, "fixed")
		half := 0.5 * math.Pow(10, -float64(digits))
		require.InDelta(t, v, readable(t, Fixed(digits).text(v)), half+math.Abs(v)*1e-15)
		require.InDelta(t, 100*v, readable(t, SignedPercent(digits).text(v)), half+math.Abs(v)*1e-12)
	})
}

// TestColumnKeepsValues: the format of a column leaves every number two
// significant digits at least.
func TestColumnKeepsValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := math.Pow(10, float64(rapid.IntRange(-20, 20).Draw(t, "scale")))
		values := rapid.SliceOfN(rapid.Float64Range(-1e4, 1e4), 1, 6).Draw(t, "values")
		for i := range values {
			values[i] *= scale
		}
		f := Format{}.choose(values)
		for _, v := range values {
			require.InDelta(t, v, readable(t, f.text(v)), 0.051*math.Abs(v), "%+v of %v", f, values)
		}
	})
}

// TestTicks: marks are in the range and in order, labels say their values, and
// there are enough but not too many.
func TestTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := rapid.Bool().Draw(t, "log")
		value := rapid.Custom(func(t *rapid.T) float64 {
			v := rapid.Float64Range(1, 10).Draw(t, "m") * math.Pow(10, float64(rapid.IntRange(-99, 98).Draw(t, "e")))
			if !log && rapid.Bool().Draw(t, "negative") {
				v = -v
			}
			return v
		})
		values := rapid.SliceOfN(value, 1, 4).Draw(t, "values")
		if rapid.Bool().Draw(t, "close") {
			for i := range values {
				values[i] = values[0] * (1 + rapid.Float64Range(0, 1e-4).Draw(t, "room"))
			}
		}
		a := Axis{"a", "1", log}
		low, high := a.span(values)
		require.Less(t, low, high)
		for _, v := range values {
			require.True(t, low <= v && v <= high, "%v in [%v, %v]", v, low, high)
		}
		const width = float64(barsWidth) // the narrowest
		ticks, labels, last, end := ticker{log, barsWidth}.Ticks(low, high), map[string]bool{}, math.Inf(-1), math.Inf(-1)
		for _, tick := range ticks {
			require.Greater(t, tick.Value, last)
			last = tick.Value
			require.True(t, tick.Value >= low-1e-8*(high-low) && tick.Value <= high+1e-8*(high-low))
			if tick.IsMinor() {
				continue
			}
			at := (tick.Value - low) / (high - low)
			if log {
				at = (math.Log(tick.Value) - math.Log(low)) / (math.Log(high) - math.Log(low))
			}
			half := float64(style(9, nil).Width(tick.Label)) / 2
			require.Greater(t, width*at-half, end, "label %s touches the one before in %v", tick.Label, ticks)
			end = width*at + half
			require.False(t, labels[tick.Label], "label %s again in %v", tick.Label, ticks)
			labels[tick.Label] = true
			require.InDelta(t, tick.Value, readable(t, tick.Label), 1e-8*(high-low)+1e-12*math.Abs(tick.Value))
		}
		require.True(t, len(labels) >= 2 && len(labels) <= 13, "%d labels in [%v, %v]", len(labels), low, high)
	})
}

func TestTickLabels(t *testing.T) {
	width := vg.Length(0)
	labels := func(log bool, low, high float64) string {
		var all []string
		for _, tick := range (ticker{log, width}).Ticks(low, high) {
			if !tick.IsMinor() {
				all = append(all, tick.Label)
			}
		}
		return strings.ReplaceAll(strings.Join(all, " "), "\u202f", "_")
	}
	require.Equal(t, "0 20_000 40_000 60_000 80_000", labels(false, 0, 90000))
	require.Equal(t, "−0.5 0 0.5 1.0", labels(false, -0.7, 1.2))
	require.Equal(t, "1 000 2 000 5 000 10 000", strings.ReplaceAll(labels(true, 900, 12000), "_", " "))
	require.Equal(t, "1 10 100 1_000 10_000", labels(true, 1, 10000))
	require.Equal(t, "1.0e8 1.5e8 2.0e8 2.5e8 3.0e8", labels(false, 0.9e8, 3.2e8))
	require.Equal(t, "100.000 100.002 100.004 100.006 100.008 100.010", labels(false, 100, 100.01))
	width = 120
	require.Equal(t, "1.000e10 1.002e10 1.004e10", labels(false, 1e10, 1.005e10), "fewer where they are long")
	require.Equal(t, "100_000 1_000_000", labels(true, 0.7e5, 1.6e6), "without 2 and 5 times")
}

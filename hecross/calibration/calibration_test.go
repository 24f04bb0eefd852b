package calibration_test

import (
	"flag"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/hecross/calibration"
	"lockstep/systolic/tpu"
)

var full = flag.Bool("full", false, "repeat the fit")

func table(t testing.TB, change func(p *calibration.Point)) *calibration.Table {
	points, err := calibration.Points()
	require.NoError(t, err)
	for i := range points {
		change(&points[i])
	}
	c, err := calibration.Fitted()
	require.NoError(t, err)
	got, err := calibration.Compare(t.Context(), c, points)
	require.NoError(t, err)
	return got
}

// The error that the project aims at; the mean is computed here once more.
func TestMeanErrorOfAllPoints(t *testing.T) {
	got := table(t, func(*calibration.Point) {})
	sum := 0.0
	for _, r := range got.Rows {
		sum += math.Abs(r.Error)
	}
	require.InDelta(t, sum/float64(len(got.Rows)), got.MeanError, 1e-12)
	require.Less(t, got.MeanError, 0.15)
	t.Log("\n" + got.String())
}

// Between the batches that were published the time per operand moves between
// theirs, or at most a quarter beside: parameters that serve few operands and
// sums that just do not fit on chip make a hump, and nothing jumps.
func TestBatchesBetween(t *testing.T) {
	points, err := calibration.Points()
	require.NoError(t, err)
	c, err := calibration.Fitted()
	require.NoError(t, err)
	m, err := calibration.Machine("v6e")
	require.NoError(t, err)
	for _, p := range points {
		if p.Unit != "" || p.Operands[0] > 2 || p.Reduction == "shoup" {
			continue
		}
		per := func(times int) float64 {
			q := p
			q.Operands = []int{p.Operands[0] * times}
			v, err := q.Simulate(t.Context(), m)
			require.NoError(t, err)
			return v / float64(times)
		}
		lo, hi := per(1), per(64)
		for _, times := range []int{2, 4, 16, 32} {
			v := per(times)
			require.Greater(t, v, 0.75*min(lo, hi), "%s times %d, %v", p.Quantity, times, c)
			require.Less(t, v, 1.25*max(lo, hi), "%s times %d, %v", p.Quantity, times, c)
		}
	}
}

// The constants in the file are what the fit gives.
func TestFit(t *testing.T) {
	if !*full {
		t.Skip("runs with -full")
	}
	points, err := calibration.Points()
	require.NoError(t, err)
	got, err := calibration.Fit(t.Context(), points, func(b *calibration.Table) { fmt.Println(b.MeanError, b.Constants) })
	require.NoError(t, err)
	want, err := calibration.Fitted()
	require.NoError(t, err)
	require.Equal(t, want, got.Constants)
}

func TestErrors(t *testing.T) {
	m, err := tpu.Preset("v6e")
	require.NoError(t, err)
	c := calibration.Constants{ALUs: tpu.Ratio{Num: 2, Den: 1}, HBMEfficiency: tpu.Ratio{Num: 3, Den: 2}, XLURegisters: tpu.Ratio{Num: 1, Den: 1}}
	_, err = c.Apply(m)
	require.EqualError(t, err, "calibration: hbm_efficiency is 3/2, want above 0 and at most 1")
	c.HBMEfficiency, c.ALUs = tpu.Ratio{Num: 1, Den: 1}, tpu.Ratio{}
	_, err = c.Apply(m)
	require.ErrorContains(t, err, "calibration: tpu: alus is 0")
	_, err = calibration.Machine("v9")
	require.ErrorContains(t, err, `preset is "v9"`)
}

package main

import (
	"bytes"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/hecross"
	"lockstep/hecross/ckks"
)

func Example() {
	run([]string{"-samples", "200", "-seed", "3"}, os.Stdout, os.Stderr)
	// Output:
	// HEAP, N = 8192: 200 samples of 8 features in one ciphertext
	// error against the polynomial in the clear 2.1e-05, at most 0.0005
	// error against the sigmoid                 0.098
	// same class as in the clear                200 of 200
	// outcome as predicted                      153 of 200
}

// The device's scores are those of the plain model, also of samples that lie
// in the last slots and of a single one.
func TestScores(t *testing.T) {
	set, err := hecross.Preset("HEAP")
	require.NoError(t, err)
	for _, samples := range []int{1, 3, 512} {
		client, err := ckks.NewClient(set, ckks.Options{Seed: 9})
		require.NoError(t, err)
		data := dataSet(samples, 4)
		got, err := score(client, ckks.NewEvaluator(client, client.Context()), truth, data)
		require.NoError(t, err)
		require.Len(t, got, samples)
		for i, s := range data {
			require.InDelta(t, smooth(truth.logit(s.x)), got[i], 2e-4, "sample %d", i)
		}
	}
}

func TestSmooth(t *testing.T) {
	worst := 0.
	for z := -reach; z <= reach; z++ {
		worst = math.Max(worst, math.Abs(smooth(float64(z))-sigmoid(float64(z))))
	}
	require.Greater(t, worst, 0.05)
	require.Less(t, worst, 0.12)
	require.Equal(t, 0.5, smooth(0))
	require.InDelta(t, 1, smooth(5)+smooth(-5), 1e-15)
}

// The fit comes back to the model that a large data set was drawn from.
func TestFit(t *testing.T) {
	m := fit(dataSet(8000, 1))
	for k := range truth.w {
		require.InDelta(t, truth.w[k], m.w[k], 0.25, "weight %d", k)
	}
	require.InDelta(t, truth.b, m.b, 0.15)
}

func TestFailures(t *testing.T) {
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-bound", "0"}, 1, "logistic: error is "},
		{[]string{"-bound", "NaN"}, 1, ", want at most NaN\n"},
		{[]string{"-samples", "513"}, 1, "logistic: samples are 513, want 1 to 512 of 8 features in the slots of HEAP\n"},
		{[]string{"-samples", "0"}, 1, "logistic: samples are 0, want 1 to 512 of 8 features in the slots of HEAP\n"},
		{[]string{"-params", "NTT_A"}, 1, "ckks: NTT_A: P has 0 moduli, want at least 1 to switch keys\n"},
		{[]string{"-params", "no"}, 1, `hecross: preset is "no", want one of HEAP, `},
		{[]string{"more"}, 2, `logistic: argument is "more", want only flags`},
		{[]string{"-no"}, 2, "flag provided but not defined: -no"},
	} {
		var out, failure bytes.Buffer
		require.Equal(t, test.status, run(test.args, &out, &failure), test.args)
		require.Contains(t, failure.String(), test.want)
	}
}

// Command logistic scores encrypted samples with a logistic regression. A
// client encrypts the features of many samples into one ciphertext; the device
// applies plaintext weights, sums them per sample with rotations and evaluates
// the sigmoid as a polynomial of degree 3; the client decrypts the scores and
// compares them with those in the clear. The exit status is 1 when the error
// is above the bound.
//
// The data set is drawn from a seed, and the weights are fitted to it. The
// device is the golden arithmetic of package hecross; whatever else implements
// ckks.Device can stand in its place.
package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"os"

	"lockstep/hecross"
	"lockstep/hecross/ckks"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit status: 0 success, 1 a failure or an error above the
// bound, 2 wrong usage.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("logistic", flag.ContinueOnError)
	flags.SetOutput(stderr)
	params := flags.String("params", "HEAP", "parameter set")
	samples := flags.Int("samples", 256, "samples, up to N/16")
	seed := flags.Uint64("seed", 1, "seed of keys and data set")
	bound := flags.Float64("bound", 0.0005, "largest error of a score that is accepted")
	if flags.Parse(args) != nil {
		return 2
	}
	if flags.NArg() > 0 {
		_, _ = fmt.Fprintf(stderr, "logistic: argument is %q, want only flags\n", flags.Arg(0))
		return 2
	}
	if err := compare(stdout, *params, *samples, *seed, *bound); err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// compare prints how far the encrypted scores are from the plain ones.
func compare(w io.Writer, params string, samples int, seed uint64, bound float64) error {
	set, err := hecross.Preset(params)
	if err != nil {
		return err
	}
	client, err := ckks.NewClient(set, ckks.Options{Seed: seed})
	if err != nil {
		return err
	}
	if most := client.Slots() / features; samples < 1 || samples > most {
		return fmt.Errorf("logistic: samples are %d, want 1 to %d of %d features in the slots of %s", samples, most, features, set.Name)
	}
	data := dataSet(samples, seed)
	m := fit(data)
	scores, err := score(client, ckks.NewEvaluator(client, client.Context()), m, data)
	if err != nil {
		return err
	}
	s := summarise(m, data, scores)
	_, _ = fmt.Fprintf(w, "%s, N = %d: %d samples of %d features in one ciphertext\n", set.Name, set.N, samples, features)
	_, _ = fmt.Fprintf(w, "error against the polynomial in the clear %.2g, at most %g\n", s.polynomial, bound)
	_, _ = fmt.Fprintf(w, "error against the sigmoid                 %.2g\n", s.sigmoid)
	_, _ = fmt.Fprintf(w, "same class as in the clear                %d of %d\n", s.same, samples)
	_, _ = fmt.Fprintf(w, "outcome as predicted                      %d of %d\n", s.right, samples)
	if !(s.polynomial <= bound) {
		return fmt.Errorf("logistic: error is %.3g, want at most %g", s.polynomial, bound)
	}
	return nil
}

// A summary has the largest errors of the scores and counts of samples.
type summary struct {
	polynomial, sigmoid float64
	same, right         int
}

func summarise(m model, data []sample, scores []float64) (s summary) {
	for i, d := range data {
		z := m.logit(d.x)
		s.polynomial = math.Max(s.polynomial, math.Abs(scores[i]-smooth(z)))
		s.sigmoid = math.Max(s.sigmoid, math.Abs(scores[i]-sigmoid(z)))
		if (scores[i] > half) == (z > 0) {
			s.same++
		}
		if (scores[i] > half) == d.outcome {
			s.right++
		}
	}
	return s
}

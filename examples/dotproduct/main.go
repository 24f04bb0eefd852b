// Command dotproduct computes the dot product of two encrypted vectors. A
// client encrypts both; the device multiplies them slot by slot, rotates and
// adds until slot 0 holds the sum, and never sees a value; the client decrypts
// and compares. The exit status is 1 when the error is above the bound.
//
// The device is the golden arithmetic of package hecross. Whatever else
// implements ckks.Device can stand in its place.
package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"

	"lockstep/hecross"
	"lockstep/hecross/ckks"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit status: 0 success, 1 a failure or an error above the
// bound, 2 wrong usage.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("dotproduct", flag.ContinueOnError)
	flags.SetOutput(stderr)
	params := flags.String("params", "HEAP", "parameter set")
	length := flags.Int("length", 1024, "values per vector, a power of two up to N/2")
	seed := flags.Uint64("seed", 1, "seed of keys and vectors")
	bound := flags.Float64("bound", 0.002, "largest error that is accepted")
	if flags.Parse(args) != nil {
		return 2
	}
	if flags.NArg() > 0 {
		_, _ = fmt.Fprintf(stderr, "dotproduct: argument is %q, want only flags\n", flags.Arg(0))
		return 2
	}
	if err := compare(stdout, *params, *length, *seed, *bound); err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// compare prints the encrypted dot product beside the plain one.
func compare(w io.Writer, params string, length int, seed uint64, bound float64) error {
	set, err := hecross.Preset(params)
	if err != nil {
		return err
	}
	client, err := ckks.NewClient(set, ckks.Options{Seed: seed})
	if err != nil {
		return err
	}
	if length < 1 || length > client.Slots() {
		return fmt.Errorf("dotproduct: length is %d, want 1 to %d, the slots of %s", length, client.Slots(), set.Name)
	}
	x, y := vectors(length, seed)
	got, err := dot(ckks.NewEvaluator(client, client.Context()), x, y)
	if err != nil {
		return err
	}
	want := 0.
	for i := range x {
		want += x[i] * y[i]
	}
	failure := math.Abs(got - want)
	_, _ = fmt.Fprintf(w, "%s, N = %d: two vectors of %d values from -1 to 1\n", set.Name, set.N, length)
	_, _ = fmt.Fprintf(w, "encrypted %11.6f\nplain     %11.6f\nerror     %11.2g, at most %g\n", got, want, failure, bound)
	if !(failure <= bound) {
		return fmt.Errorf("dotproduct: error is %.3g, want at most %g", failure, bound)
	}
	return nil
}

// vectors draws two vectors of values from -1 to 1.
func vectors(length int, seed uint64) (x, y []float64) {
	r := rand.New(rand.NewPCG(seed, 0))
	for range length {
		x = append(x, 2*r.Float64()-1)
		y = append(y, 2*r.Float64()-1)
	}
	return x, y
}

// dot encrypts x and y, of the same length, and returns what it decrypts.
func dot(e *ckks.Evaluator, x, y []float64) (float64, error) {
	cx, err := e.Encrypt(ckks.Complex(x))
	if err != nil {
		return 0, err
	}
	cy, err := e.Encrypt(ckks.Complex(y))
	if err != nil {
		return 0, err
	}
	products, err := e.Mult(cx, cy)
	if err != nil {
		return 0, err
	}
	sum, err := e.Sum(products, len(x))
	if err != nil {
		return 0, err
	}
	slots, err := e.Decrypt(sum)
	if err != nil {
		return 0, err
	}
	return real(slots[0]), nil
}

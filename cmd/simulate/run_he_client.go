package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/tuneinsight/lattigo/v6/core/rlwe"

	"lockstep/hecross"
	"lockstep/hecross/ckks"
	"lockstep/hecross/lower"
	"lockstep/report"
)

// dotLength is the number of slots that --op dot multiplies and adds.
const dotLength = 64

// A heRun is one operation between encryption and decryption.
type heRun struct {
	Operation    string          `json:"operation"`
	Set          string          `json:"set"`
	Slots        int             `json:"slots"`
	Error        ckks.SlotError  `json:"slot_error"`                   // of the simulated machine
	LattigoError *ckks.SlotError `json:"slot_error_lattigo,omitempty"` // of Lattigo's own evaluator on the same ciphertexts
	Golden       string          `json:"golden"`                       // how the residues compare with the golden arithmetic
	Cycles       int64           `json:"cycles"`                       // of all programs
	Microseconds float64         `json:"microseconds"`
	HostSeconds  float64         `json:"host_seconds"` // that the simulation took here
	Reports      []heReport      `json:"reports"`      // one per program
}

// heOperation is how a client has one operation done: by an evaluator on a
// device, by Lattigo, and in the clear.
type heOperation struct {
	device  func(e *ckks.Evaluator, x, y ckks.Ciphertext) (ckks.Ciphertext, error)
	lattigo func(c *ckks.Client, x, y *rlwe.Ciphertext) (*rlwe.Ciphertext, error) // nil if there is none
	clear   func(x, y []complex128) []complex128
}

func heOperationOf(f heFlags) heOperation {
	times := func(x, y []complex128) []complex128 {
		z := slices.Clone(x)
		for i := range z {
			z[i] *= y[i]
		}
		return z
	}
	switch f.op {
	case "mult":
		return heOperation{
			func(e *ckks.Evaluator, x, y ckks.Ciphertext) (ckks.Ciphertext, error) { return e.Mult(x, y) },
			func(c *ckks.Client, x, y *rlwe.Ciphertext) (*rlwe.Ciphertext, error) { return c.LattigoMult(x, y) },
			times,
		}
	case "rotate":
		return heOperation{
			func(e *ckks.Evaluator, x, _ ckks.Ciphertext) (ckks.Ciphertext, error) { return e.Rotate(x, f.rotation) },
			func(c *ckks.Client, x, _ *rlwe.Ciphertext) (*rlwe.Ciphertext, error) {
				return c.LattigoRotate(x, f.rotation)
			},
			func(x, _ []complex128) []complex128 {
				z := make([]complex128, len(x))
				for i := range z {
					z[i] = x[((i+f.rotation)%len(x)+len(x))%len(x)]
				}
				return z
			},
		}
	case "rescale":
		return heOperation{
			func(e *ckks.Evaluator, x, _ ckks.Ciphertext) (ckks.Ciphertext, error) { return e.Rescale(x) },
			func(c *ckks.Client, x, _ *rlwe.Ciphertext) (*rlwe.Ciphertext, error) { return c.LattigoRescale(x) },
			func(x, _ []complex128) []complex128 { return x },
		}
	}
	return heOperation{
		device: func(e *ckks.Evaluator, x, y ckks.Ciphertext) (ckks.Ciphertext, error) {
			z, err := e.Mult(x, y)
			if err != nil {
				return z, err
			}
			return e.Sum(z, dotLength)
		},
		clear: func(x, y []complex128) []complex128 {
			sum := complex128(0)
			for _, v := range times(x, y)[:dotLength] {
				sum += v
			}
			return []complex128{sum}
		},
	}
}

func runHEClient(cmd *cobra.Command, f heFlags) error {
	sets, err := f.sets()
	if err != nil {
		return err
	}
	set := sets[0]
	if len(set.P) == 0 {
		return usageError{fmt.Errorf("run he: --params: %s has no moduli P and so no keys, want another set, or --timing-only", set.Name)}
	}
	r, err := f.client(cmd, set)
	if err != nil {
		return fmt.Errorf("run he: %w", err)
	}
	if err := r.print(cmd.OutOrStdout(), set, f.json); err != nil {
		return err
	}
	return f.html.write(cmd, func() (*report.Document, error) { return r.document(f.machine) })
}

func (r *heRun) print(out io.Writer, set hecross.ParameterSet, asJSON bool) error {
	if asJSON {
		return writeJSON(out, r)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "operation\t%s\ton %d slots, encrypted and decrypted\n", r.Operation, r.Slots)
	fmt.Fprintf(w, "largest slot error\t%.3g\tmean %.3g\n", r.Error.Max, r.Error.Mean)
	if r.LattigoError != nil {
		fmt.Fprintf(w, "  of Lattigo\t%.3g\tmean %.3g, the same ciphertexts\n", r.LattigoError.Max, r.LattigoError.Mean)
	}
	fmt.Fprintf(w, "residues\t%s\n", r.Golden)
	fmt.Fprintf(w, "simulated in\t%.2f s\t%d programs, %d cycles, %.1f us\n", r.HostSeconds, len(r.Reports), r.Cycles, r.Microseconds)
	w.Flush()
	fmt.Fprintln(out)
	return printHEReport(out, set, r.Reports[0])
}

// client encrypts, has the operation done, decrypts and compares.
func (f *heFlags) client(cmd *cobra.Command, set hecross.ParameterSet) (*heRun, error) {
	machine, options, err := f.target()
	if err != nil {
		return nil, err
	}
	c, err := ckks.NewClient(set, ckks.Options{Seed: f.seed})
	if err != nil {
		return nil, err
	}
	device, err := lower.NewDevice(cmd.Context(), c.Context(), machine, options)
	if err != nil {
		return nil, usageError{err}
	}
	x, y := randomSlots(f.seed, 1, c.Slots()), randomSlots(f.seed, 2, c.Slots())
	on, golden := ckks.NewEvaluator(c, device), ckks.NewEvaluator(c, c.Context())
	ctX, err := on.Encrypt(x)
	if err != nil {
		return nil, err
	}
	ctY, err := on.Encrypt(y)
	if err != nil {
		return nil, err
	}
	op := heOperationOf(*f)
	started := time.Now()
	got, err := op.device(on, ctX, ctY)
	if err != nil {
		return nil, err
	}
	r := &heRun{
		Operation: f.op, Set: set.Name, Slots: c.Slots(), HostSeconds: time.Since(started).Seconds(),
		Golden: "equal to the golden arithmetic, all of them",
	}
	for _, p := range device.Reports() {
		r.Reports = append(r.Reports, newHEReport(p, f.machine))
		r.Cycles += p.Cycles
		r.Microseconds += 1e6 * p.Seconds
	}
	want, err := op.device(golden, ctX, ctY)
	if err != nil {
		return nil, err
	}
	if err := sameResidues(want.Ciphertext, got.Ciphertext); err != nil {
		return nil, err
	}
	return r, f.errors(c, op, r, [3]ckks.Ciphertext{ctX, ctY, got}, op.clear(x, y))
}

// errors decrypts the result, and that of Lattigo if it has the operation.
func (f *heFlags) errors(c *ckks.Client, op heOperation, r *heRun, ct [3]ckks.Ciphertext, want []complex128) error {
	var in [3]*rlwe.Ciphertext
	for i, x := range ct {
		var err error
		if in[i], err = c.FromDevice(x.Ciphertext, x.Scale); err != nil {
			return err
		}
	}
	var err error
	if r.Error, err = c.SlotError(want, in[2]); err != nil || op.lattigo == nil {
		return err
	}
	other, err := op.lattigo(c, in[0], in[1])
	if err != nil {
		return err
	}
	e, err := c.SlotError(want, other)
	r.LattigoError = &e
	return err
}

// randomSlots returns slots in the square from -1-i to 1+i.
func randomSlots(seed, stream uint64, n int) []complex128 {
	r := rand.New(rand.NewPCG(seed, stream))
	x := make([]complex128, n)
	for i := range x {
		x[i] = complex(2*r.Float64()-1, 2*r.Float64()-1)
	}
	return x
}

// sameResidues reports the first residue in which two ciphertexts differ.
func sameResidues(want, got hecross.Ciphertext) error {
	for i, p := range want {
		for l := range p {
			for k, x := range p[l] {
				if g := got[i][l][k]; g != x {
					return fmt.Errorf("polynomial %d, limb %d, index %d: the machine has %d, the golden arithmetic %d", i, l, k, g, x)
				}
			}
		}
	}
	return nil
}

package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"lockstep/hecross"
	"lockstep/hecross/ckks"
	"lockstep/hecross/ntt"
	"lockstep/hecross/ntt/cosim"
	"lockstep/verilator"
)

func cosimHECommand() *cobra.Command {
	var f cosimFlags
	c := &cobra.Command{
		Use:   "he",
		Short: "Compare the units of homomorphic encryption and the transform engine as a whole",
		Long: `Drives Barrett and Montgomery reduction, multipliers, byte chunk and merge, the
modular vector lane and small transform engines with corner and random operands,
and compares values and cycles of golden model, interpreter and Verilator. Then
the transform engines of N = 256 and N = 1024 take the residues of a ciphertext
that Lattigo's encoder and samplers made, forward and back, as event model and as
RTL: the residues of the golden transform, in the same cycles.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cosimSystem(cmd, f, "hecross/", cosimEngines) },
	}
	f.register(c.Flags())
	return c
}

// engineWidths are the lengths of the moduli that every engine transforms with.
var engineWidths = []int{30, 28, 24}

// cosimEngines transforms the limbs of a ciphertext on each engine.
func cosimEngines(cmd *cobra.Command, seed uint64) error {
	bar := newProgress(cmd.ErrOrStderr(), 2, "transform engines")
	var rows []cosim.Row
	var errs []error
	for _, name := range []string{"n256", "n1024"} {
		c := ntt.Engines[name]
		works, err := ciphertextWorks(c, seed)
		if err != nil {
			bar.end()
			return err
		}
		done, err := cosim.Check(cmd.Context(), verilator.Executor{Context: cmd.Context(), Progress: bar.note}, c, works)
		rows, errs = append(rows, done...), append(errs, err)
		bar.step()
	}
	bar.end()
	return errors.Join(printEngines(cmd.OutOrStdout(), rows), errors.Join(errs...))
}

// ciphertextWorks encrypts random slots and returns the transforms of the first
// polynomial: back to coefficients, and those forward again.
func ciphertextWorks(c ntt.Config, seed uint64) ([]cosim.Work, error) {
	set := hecross.ParameterSet{Name: fmt.Sprint("N", c.N()), N: c.N(), R: c.R, C: c.C, Dnum: len(engineWidths)}
	for _, width := range engineWidths {
		primes, err := hecross.Primes(c.N(), width, 1)
		if err != nil {
			return nil, err
		}
		set.Q = append(set.Q, primes...)
	}
	special, err := hecross.Primes(c.N(), 29, 1)
	if err != nil {
		return nil, err
	}
	set.P = special
	client, err := ckks.NewClient(set, ckks.Options{Seed: seed})
	if err != nil {
		return nil, err
	}
	ct, err := ckks.NewEvaluator(client, client.Context()).Encrypt(randomSlots(seed, 3, client.Slots()))
	if err != nil {
		return nil, err
	}
	ring, coefficients := client.Context().Q, client.Context().Q.NewPoly()
	if err := ring.INTT(coefficients, ct.Ciphertext[0]); err != nil {
		return nil, err
	}
	var works []cosim.Work
	for limb := range engineWidths {
		works = append(works,
			cosim.Work{Ring: ring, Limb: limb, Inverse: true, Residues: ct.Ciphertext[0][limb]},
			cosim.Work{Ring: ring, Limb: limb, Residues: coefficients[limb]})
	}
	return works, nil
}

func printEngines(out io.Writer, rows []cosim.Row) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\ntransform\tmodulus\tdirection\tevent cycles\trtl cycles\tparameter cycles\tgolden = event model = rtl")
	for _, r := range rows {
		direction, verdict := "forward", "ok"
		if r.Inverse {
			direction = "inverse"
		}
		if !r.Equal() {
			verdict = fmt.Sprintf("FAILED: %d residues wrong in the event model, %d in the rtl", r.Event.Wrong, r.RTL.Wrong)
		}
		fmt.Fprintf(w, "N = %d\t%d\t%s\t%d\t%d\t%d\t%s\n", r.N, r.Modulus, direction, r.Event.Cycles, r.RTL.Cycles, r.RTL.ParameterCycles, verdict)
	}
	return w.Flush()
}

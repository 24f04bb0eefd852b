package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"lockstep/sim"
	"lockstep/systolic"
	"lockstep/systolic/chip"
	"lockstep/systolic/cosim"
)

func cosimSystolicCommand() *cobra.Command {
	var f cosimFlags
	c := &cobra.Command{
		Use:   "systolic",
		Short: "Compare the units of the systolic machine and a small machine as a whole",
		Long: `Drives processing elements, arrays of the three dataflows, accumulators, vector
lanes, permutation network, vector memory and DMA with corner and random
operands over their full range, and compares values and cycles of golden model,
interpreter and Verilator. Then a small machine, an 8x8 array with accumulators,
vector memory, DMA and sequencer, multiplies matrices of several tiles as event
model and as RTL: same sums, and the same cycles for every instruction.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cosimSystem(cmd, f, "systolic/", cosimChips) },
	}
	f.register(c.Flags())
	return c
}

// A chipRun is one product on one small machine.
type chipRun struct {
	chip  string
	gemm  systolic.GEMM
	event int64
	rtl   int64
	err   error
}

// smallChips are the machines that are compared as wholes.
func smallChips() []chip.Config {
	whole := chip.Default(8, 8)
	slow := chip.Default(8, 4)
	slow.Overlap, slow.X, slow.W = false, systolic.S8, systolic.S8
	slow.LatencyCycles, slow.Efficiency = 60, sim.Ratio{Num: 1, Den: 2}
	return []chip.Config{whole, slow}
}

// cosimChips multiplies random matrices of several tiles on each machine.
func cosimChips(cmd *cobra.Command, seed uint64) error {
	gemms := []systolic.GEMM{{M: 8, N: 8, K: 8}, {M: 33, N: 20, K: 50}, {M: 100, N: 24, K: 24}}
	bar := newProgress(cmd.ErrOrStderr(), len(smallChips())*len(gemms), "whole machines")
	var runs []chipRun
	for _, c := range smallChips() {
		done, err := multiplyOn(cmd.Context(), c, gemms, seed, bar)
		if err != nil {
			bar.end()
			return err
		}
		runs = append(runs, done...)
	}
	bar.end()
	return printChips(cmd.OutOrStdout(), runs)
}

func multiplyOn(ctx context.Context, c chip.Config, gemms []systolic.GEMM, seed uint64, bar *progress) (runs []chipRun, err error) {
	const memory = 1 << 18
	h, err := cosim.NewHardware(ctx, c, memory, bar.note)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	r := rand.New(rand.NewPCG(seed, 1))
	for _, g := range gemms {
		p, err := chip.Compile(c, g)
		if err != nil {
			return nil, err
		}
		a, b := make([]byte, g.M*g.K), make([]byte, g.K*g.N)
		for _, m := range [2][]byte{a, b} {
			for i := range m {
				m[i] = byte(r.Uint32())
			}
		}
		run := chipRun{chip: fmt.Sprintf("%dx%d %v*%v, latency %d", c.Rows, c.Cols, c.X, c.W, c.LatencyCycles), gemm: g}
		both, err := h.Multiply(ctx, p, a, b)
		if both == nil && err != nil {
			return nil, err
		}
		run.event, run.rtl, run.err = both.Event.Cycles, both.RTL.Cycles, err
		runs = append(runs, run)
		bar.step()
	}
	return runs, nil
}

func printChips(out io.Writer, runs []chipRun) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nwhole machine\tM x N x K\tevent cycles\trtl cycles\tgolden = event model = rtl, per instruction")
	var errs []error
	for _, r := range runs {
		verdict := "ok"
		if r.err != nil {
			verdict = "FAILED: " + r.err.Error()
			errs = append(errs, r.err)
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\n", r.chip, r.gemm, r.event, r.rtl, verdict)
	}
	return errors.Join(w.Flush(), errors.Join(errs...))
}

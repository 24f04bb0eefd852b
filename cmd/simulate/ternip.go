package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"lockstep/sim"
	"lockstep/ternary/ternip"
)

// ternipMachine is the name of the published core.
const ternipMachine = "ternip"

// A ternipRun is the result of a program on the published core.
type ternipRun struct {
	Machine string        `json:"machine"`
	Program string        `json:"program"`
	Config  ternip.Config `json:"config"`
	ternip.Result
	Trace string `json:"trace,omitempty"`
}

// checkTernip reports flags that mean nothing to the published core.
func (f *ternaryFlags) checkTernip(given func(string) bool) error {
	for _, flag := range []string{"prompt", "tokens", "checkpoint", "preset", "model", "eval", "timing-only"} {
		if given(flag) {
			return fmt.Errorf("run ternary: --machine ternip times a program; leave out --prompt, --tokens, --checkpoint, --preset, --model, --eval and --timing-only")
		}
	}
	if f.program == "" {
		return fmt.Errorf("run ternary: --machine ternip runs a program; name one with --program")
	}
	return nil
}

func runTernip(cmd *cobra.Command, f ternaryFlags) (err error) {
	c := ternip.DefaultConfig()
	if err := f.configure(&c); err != nil {
		return err
	}
	data, err := readLimited(f.program, 16<<20)
	if err != nil {
		return fmt.Errorf("run ternary: --program: %w", err)
	}
	p, err := ternip.ParseProgram(f.program, string(data))
	if err != nil {
		return err
	}
	var tracer sim.Tracer
	if f.trace != "" {
		t, done, err := openTrace(f.trace, ternipClockHz)
		if err != nil {
			return err
		}
		tracer = t
		defer func() { err = errors.Join(err, done()) }()
	}
	r := ternipRun{Machine: ternipMachine, Program: f.program, Config: c, Trace: f.trace}
	if r.Result, err = ternip.Run(cmd.Context(), c, p, tracer); err != nil {
		return err
	}
	if err := r.print(cmd.OutOrStdout(), f.json); err != nil {
		return err
	}
	return f.html.write(cmd, r.document)
}

// ternipClockHz is the clock of the published boards, for the time axis of a
// trace. Source: build logs of sifferman/ternip, Alveo U250.
const ternipClockHz = 300e6

func (r ternipRun) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return writeJSON(out, r)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "instruction\tissue\tready\tcycles\t")
	for i, t := range r.IssueReady {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t\n", r.InstructionCycles[i].Text, t[0], t[1], t[1]-t[0])
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "total %d cycles\n\n%s", r.TotalCycles, r.Report)
	return err
}

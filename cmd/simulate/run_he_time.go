package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"lockstep/hecross"
	"lockstep/hecross/calibration"
	"lockstep/hecross/lower"
	"lockstep/report"
	"lockstep/sweeps"
	"lockstep/systolic/tpu"
)

// A heReport is one program with its estimated energy.
type heReport struct {
	*lower.Report
	estimate
}

// newHEReport estimates the energy of a program on the device of a preset.
func newHEReport(r *lower.Report, machine string) heReport {
	return heReport{r, newEstimate(sweeps.TPUEnergy(r.Machine, r.Config, tpu.Types{A: tpu.U8, B: tpu.U8}, machine))}
}

// A heTiming is one operation of one parameter set, timed.
type heTiming struct {
	Set          string  `json:"set"`
	Microseconds float64 `json:"microseconds"` // per operand of the batch
	heReport
}

func runHETiming(cmd *cobra.Command, f heFlags) error {
	c, o, err := f.target()
	if err != nil {
		return err
	}
	sets, err := f.sets()
	if err != nil {
		return err
	}
	var list []heTiming
	for _, set := range sets {
		s, err := lower.ShapeOf(set, f.batch)
		if err != nil {
			return usageError{fmt.Errorf("run he: %w", err)}
		}
		r, err := lower.Time(cmd.Context(), c, o, s, f.op)
		if err != nil {
			return fmt.Errorf("run he: %s: %w", set.Name, err)
		}
		list = append(list, heTiming{set.Name, r.Microseconds(), newHEReport(r, f.machine)})
	}
	if err := printHETimings(cmd.OutOrStdout(), sets, list, f.json); err != nil {
		return err
	}
	return f.html.write(cmd, func() (*report.Document, error) { return heTimingDocument(list, f.machine) })
}

func printHETimings(out io.Writer, sets []hecross.ParameterSet, list []heTiming, asJSON bool) error {
	switch {
	case asJSON:
		return writeJSON(out, list)
	case len(list) == 1:
		return printHEReport(out, sets[0], list[0].heReport)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "set\tN\tlimbs of Q\tof P\tdigits\tcycles\tus per operand\toperations\tHBM bytes\tVMEM bytes\t\n")
	for _, t := range list {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%.1f\t%d\t%d\t%d\t\n", t.Set, t.Shape.N, t.Shape.Q, t.Shape.P, t.digits(),
			t.Cycles, t.Microseconds, t.Machine.Operations, t.Machine.HBMBytes, t.Machine.PeakVMEM[0])
	}
	w.Flush()
	first := list[0]
	fmt.Fprintf(out, "\n%s at batch %d; cycles are those of the whole batch\n\nconfiguration\n%s", first.Operation, first.Shape.Batch, first.Config)
	return nil
}

// digits is the number of digits of key switching.
func (r heReport) digits() int { return (r.Shape.Q + r.Shape.DigitLimbs - 1) / r.Shape.DigitLimbs }

// printHEReport prints the time of one operation for people.
func printHEReport(out io.Writer, set hecross.ParameterSet, r heReport) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "parameters\t%s\tN %d = %d x %d, %d limbs of Q, %d of P, %d per digit\n",
		set.Name, r.Shape.N, r.Shape.R, r.Shape.C, r.Shape.Q, r.Shape.P, r.Shape.DigitLimbs)
	o := r.Options
	fmt.Fprintf(w, "strategies\t%s, %s, %s, %s, %s\tparameters %s, one after another: %s\n",
		o.Reduction, o.Product, o.Transform, o.Permutation, o.Bytes, o.Parameters, o.Fusion)
	fmt.Fprintf(w, "cycles\t%d\tof a batch of %d\n", r.Cycles, r.Shape.Batch)
	fmt.Fprintf(w, "time\t%.1f us\tper operand, at %.6g MHz\n", r.Microseconds(), float64(r.Config.ClockHz)/1e6)
	fmt.Fprintf(w, "HBM\t%d bytes\tread and written\n", r.Machine.HBMBytes)
	fmt.Fprintf(w, "VMEM\t%d bytes\tat most, of %d\n", r.Machine.PeakVMEM[0], r.Config.VMEMBytes)
	amount, note := r.text(r.Shape.Batch, "per operand")
	fmt.Fprintf(w, "energy\t%s\t%s\n", amount, note)
	w.Flush()

	fmt.Fprintln(out)
	published, err := publishedSplit(r.Operation)
	if err != nil {
		return err
	}
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "work\tcycles\tshare\t")
	if len(published) > 0 {
		fmt.Fprint(w, "published share\t")
	}
	fmt.Fprintln(w)
	for _, s := range r.Breakdown {
		fmt.Fprintf(w, "%s\t%.0f\t%.1f %%\t", s.Category, s.Cycles, s.Percent)
		if len(published) > 0 {
			fmt.Fprintf(w, "%.1f %%\t", published[s.Category])
		}
		fmt.Fprintln(w)
	}
	w.Flush()

	fmt.Fprintln(out)
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "engine\toperations\tbusy cycles\tutilisation\t")
	for _, e := range r.Machine.Engines {
		if e.Operations > 0 {
			fmt.Fprintf(w, "%s\t%d\t%d\t%.1f %%\t\n", e.Name, e.Operations, e.BusyCycles, 100*e.Utilisation)
		}
	}
	w.Flush()
	fmt.Fprintf(out, "\nconfiguration\n%s", r.Config)
	return nil
}

// publishedSplit is the published share of each kind of work, in percent, of
// operations that have been profiled; otherwise it is empty.
func publishedSplit(operation string) (map[lower.Category]float64, error) {
	published := map[lower.Category]float64{}
	if operation != "mult" {
		return published, nil
	}
	split, err := calibration.Split()
	for _, s := range split {
		published[s.Category] = s.Percent
	}
	return published, err
}

package tpu

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"lockstep/systolic"
)

// A GEMMResult is what a run says about a matrix product on a machine.
type GEMMResult struct {
	M           int    `json:"m"`
	N           int    `json:"n"`
	K           int    `json:"k"`
	Dataflow    string `json:"dataflow"`
	Types       string `json:"types"`
	Overlap     string `json:"overlap"`      // of Cycles
	ComputeOnly bool   `json:"compute_only"` // transfers are left out
	Functional  bool   `json:"functional"`   // values were computed

	Cycles               int64 `json:"cycles"`                 // as configured, launch included
	CyclesWithOverlap    int64 `json:"cycles_with_overlap"`    // overlap full
	CyclesWithoutOverlap int64 `json:"cycles_without_overlap"` // overlap none

	Seconds     float64 `json:"seconds"`      // Cycles at the clock
	TOPS        float64 `json:"tops"`         // 10^12 operations per second, two per multiply-accumulate
	PeakTOPS    float64 `json:"peak_tops"`    // of all arrays, at the types
	PeakPercent float64 `json:"peak_percent"` // TOPS of PeakTOPS

	Roofline   GEMMRoofline   `json:"roofline"`
	MACs       int64          `json:"macs"`       // multiply-accumulates
	Passes     int64          `json:"passes"`     // of arrays
	Operations int64          `json:"operations"` // of the program, each one event
	HBMBytes   int64          `json:"hbm_bytes"`  // read and written
	PeakVMEM   []int64        `json:"peak_vmem_bytes"`
	Engines    []EngineReport `json:"engines"`
	Plan       Plan           `json:"plan"`
	Config     Config         `json:"config"`
	Report     *Report        `json:"-"` // of the run
}

// A GEMMRoofline is how far a run is from what no run can beat. Bytes are those
// of each matrix once.
type GEMMRoofline struct {
	IntensityMACsPerByte float64 `json:"intensity_macs_per_byte"`
	RidgeMACsPerByte     float64 `json:"ridge_macs_per_byte"` // from which arithmetic is the bound
	ComputeCycles        int64   `json:"compute_cycles"`      // least cycles for the arithmetic
	MemoryCycles         int64   `json:"memory_cycles"`       // least cycles for the bytes; 0 if transfers are left out
	Bound                string  `json:"bound"`               // compute or memory, the longer
	Cycles               int64   `json:"cycles"`              // the longer
	Share                float64 `json:"share"`               // roofline cycles / cycles, 0 to 1
	DistanceCycles       int64   `json:"distance_cycles"`     // cycles above the roofline
}

// RunGEMM computes a matrix product on machine c and times it: as configured,
// with full overlap and with none.
func RunGEMM(ctx context.Context, c Config, g systolic.GEMM, o GEMMOptions, run RunOptions) (*GEMMResult, error) {
	p, err := LowerGEMM(c, g, o)
	if err != nil {
		return nil, err
	}
	report, err := p.Run(ctx, run)
	if err != nil {
		return nil, err
	}
	roof, err := p.Roofline(report.Cycles)
	if err != nil {
		return nil, err
	}
	r := &GEMMResult{
		M: g.M, N: g.N, K: g.K, Dataflow: p.Options.Dataflow.String(), Types: p.Options.Types.String(),
		Overlap: c.Overlap().String(), ComputeOnly: o.ComputeOnly, Functional: o.Values != nil && !run.TimingOnly,
		Cycles: report.Cycles, Seconds: report.Seconds, Roofline: roof,
		MACs: report.MACs, Passes: p.passes(), Operations: report.Operations, HBMBytes: report.HBMBytes,
		PeakVMEM: report.PeakVMEM, Engines: report.Engines, Plan: p.Plan, Config: c, Report: report,
	}
	r.TOPS = 2 * float64(g.MACs()) / r.Seconds / 1e12
	r.PeakTOPS = 2 * c.PeakMACsPerCycle(p.Options.Types) * float64(c.ClockHz) / 1e12
	r.PeakPercent = 100 * r.TOPS / r.PeakTOPS
	for _, x := range []struct {
		overlap Overlap
		cycles  *int64
	}{{fullOverlap, &r.CyclesWithOverlap}, {Overlap{}, &r.CyclesWithoutOverlap}} {
		if *x.cycles, err = p.cyclesWith(ctx, c, x.overlap, report.Cycles); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// cyclesWith returns the cycles of the product with another overlap; those of
// the overlap of c are known.
func (p *GEMMProgram) cyclesWith(ctx context.Context, c Config, o Overlap, known int64) (int64, error) {
	if o == c.Overlap() {
		return known, nil
	}
	options := p.Options
	options.Values = nil
	other, err := LowerGEMM(c.WithOverlap(o), p.GEMM, options)
	if err != nil {
		return 0, err
	}
	r, err := other.Run(ctx, RunOptions{TimingOnly: true})
	if err != nil {
		return 0, err
	}
	return r.Cycles, nil
}

// passes returns the passes of all arrays.
func (p *GEMMProgram) passes() (n int64) {
	for i := range p.ops.len() {
		n += p.ops.at(i).time.passes.count
	}
	return n
}

// Roofline returns how far so many cycles are from what no run can beat.
func (p *GEMMProgram) Roofline(cycles int64) (GEMMRoofline, error) {
	t := p.Options.Types
	work, err := systolic.CompulsoryWork(p.GEMM, t.A.Bits(), t.B.Bits(), SumBits)
	if err != nil {
		return GEMMRoofline{}, err
	}
	peak := systolic.Peak{MACsPerCycle: p.config.PeakMACsPerCycle(t), BytesPerCycle: p.config.HBMBytesPerCycle.Float()}
	roof, err := peak.Roofline(work)
	if err != nil {
		return GEMMRoofline{}, err
	}
	r := GEMMRoofline{
		IntensityMACsPerByte: roof.Intensity, RidgeMACsPerByte: roof.Ridge,
		ComputeCycles: roof.ComputeCycles, MemoryCycles: roof.MemoryCycles, Bound: roof.Bound.String(),
	}
	if p.Options.ComputeOnly {
		r.MemoryCycles, r.Bound = 0, systolic.ComputeBound.String()
	}
	r.Cycles = max(r.ComputeCycles, r.MemoryCycles)
	if cycles > 0 {
		r.Share = float64(r.Cycles) / float64(cycles)
	}
	r.DistanceCycles = cycles - r.Cycles
	return r, nil
}

// String is the table for people.
func (r *GEMMResult) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "product\t%dx%dx%d (MxNxK), %s, dataflow %s\n", r.M, r.N, r.K, r.Types, r.Dataflow)
	what := "with transfers"
	if r.ComputeOnly {
		what = "operands in VMEM, no transfers"
	}
	fmt.Fprintf(w, "cycles\t%d\toverlap %s; %s\n", r.Cycles, r.Overlap, what)
	fmt.Fprintf(w, "cycles, overlap full\t%d\n", r.CyclesWithOverlap)
	fmt.Fprintf(w, "cycles, overlap none\t%d\n", r.CyclesWithoutOverlap)
	fmt.Fprintf(w, "time\t%.6g us\tat %.6g MHz\n", 1e6*r.Seconds, float64(r.Config.ClockHz)/1e6)
	fmt.Fprintf(w, "rate\t%.4g TOPS\t%.1f %% of the peak, %.4g TOPS (2 operations per multiply-accumulate)\n",
		r.TOPS, r.PeakPercent, r.PeakTOPS)
	f := &r.Roofline
	fmt.Fprintf(w, "intensity\t%.4g MAC/byte\tridge at %.4g MAC/byte\n", f.IntensityMACsPerByte, f.RidgeMACsPerByte)
	fmt.Fprintf(w, "roofline\t%d cycles\t%s bound (compute %d, memory %d); the run is %d cycles above, at %.1f %%\n",
		f.Cycles, f.Bound, f.ComputeCycles, f.MemoryCycles, f.DistanceCycles, 100*f.Share)
	fmt.Fprintf(w, "HBM\t%d bytes\tread and written\n", r.HBMBytes)
	fmt.Fprintf(w, "program\t%d operations\t%d passes of arrays\n", r.Operations, r.Passes)
	fmt.Fprintf(w, "plan\t%s\n", r.Plan)
	w.Flush()
	b.WriteString("\n")
	w = tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "engine\toperations\tbusy cycles\tutilisation\tbytes\t")
	for _, e := range r.Engines {
		if e.Operations > 0 {
			fmt.Fprintf(w, "%s\t%d\t%d\t%.1f %%\t%d\t\n", e.Name, e.Operations, e.BusyCycles, 100*e.Utilisation, e.Bytes)
		}
	}
	w.Flush()
	fmt.Fprintf(&b, "\nconfiguration\n%s", r.Config)
	return b.String()
}

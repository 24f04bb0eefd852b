package scalesim

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"lockstep/systolic"
)

// A Row is what SCALE-Sim's COMPUTE_REPORT.csv says of one layer, on a memory
// that never stalls (InterfaceBandwidth CALC).
type Row struct {
	LayerID int // from 0, as SCALE-Sim counts
	Name    string
	GEMM    systolic.GEMM
	Folds   int64 // passes of the array
	Cycles  int64 // folds times cycles per fold: what a machine that overlaps nothing takes

	// ComputeCycles is Cycles - 1: SCALE-Sim counts from 0. It is also the
	// column Total Cycles, for there are no stalls.
	ComputeCycles int64
	StallCycles   int64 // 0

	// OverallUtil is 100 * multiply-accumulates / (ComputeCycles * PEs), in
	// percent; with that count of cycles it can pass 100. It is 0 if
	// ComputeCycles is.
	OverallUtil float64
	// MappingEfficiency is the mean over all folds of the share of PEs that
	// the fold occupies, in percent.
	MappingEfficiency float64
	// ComputeUtil is the mean over all folds of multiply-accumulates / (cycles
	// of the fold * PEs), in percent.
	ComputeUtil float64
}

// Report returns a row for each layer, in their order.
func Report(layers []Layer, a systolic.Array, d systolic.Dataflow, w Windows) ([]Row, error) {
	if err := a.Validate(); err != nil {
		return nil, err
	}
	if err := d.Validate(); err != nil {
		return nil, err
	}
	rows := make([]Row, len(layers))
	for i, l := range layers {
		if err := l.Conv.check(); err != nil {
			return nil, fmt.Errorf("scalesim: layer %d, %s: %w", i, l.Name, err)
		}
		g := l.Conv.GEMM(w)
		r := Row{LayerID: i, Name: l.Name, GEMM: g, Folds: systolic.NumFolds(g, a, d), Cycles: systolic.Cycles(g, a, d)}
		r.ComputeCycles = r.Cycles - 1
		macs, pes := float64(g.MACs()), float64(a.PEs())
		if r.ComputeCycles > 0 {
			r.OverallUtil = 100 * macs / (float64(r.ComputeCycles) * pes)
		}
		r.MappingEfficiency = 100 * macs / (float64(r.Folds) * float64(systolic.Streamed(g, d)) * pes)
		r.ComputeUtil = 100 * macs / (float64(r.Cycles) * pes)
		rows[i] = r
	}
	return rows, nil
}

// header is the first line of COMPUTE_REPORT.csv.
const header = "LayerID, Total Cycles, Stall Cycles, Overall Util %, Mapping Efficiency %, Compute Util %,"

// WriteComputeReport writes rows as COMPUTE_REPORT.csv of SCALE-Sim v2: a
// header, then one line per layer, each ending with a comma.
func WriteComputeReport(w io.Writer, rows []Row) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, header)
	for _, r := range rows {
		fmt.Fprintf(b, "%d, %d, %d, %s, %s, %s,\n", r.LayerID, r.ComputeCycles, r.StallCycles,
			decimal(r.OverallUtil), decimal(r.MappingEfficiency), decimal(r.ComputeUtil))
	}
	return b.Flush()
}

// decimal is the shortest text that reads back as x, always with a point.
func decimal(x float64) string {
	s := strconv.FormatFloat(x, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

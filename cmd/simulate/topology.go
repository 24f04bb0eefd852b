package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"lockstep/systolic"
	"lockstep/systolic/scalesim"
	"lockstep/systolic/tpu"
)

// A topologyRun is the layers of a SCALE-Sim topology on one array.
type topologyRun struct {
	Topology string          `json:"topology"`
	Compat   string          `json:"compat,omitempty"`
	Array    systolic.Array  `json:"array"`
	Dataflow string          `json:"dataflow"`
	Overlap  string          `json:"overlap"` // of cycles
	Windows  string          `json:"windows"`
	Notes    []string        `json:"notes,omitempty"` // what of the configuration is not modelled
	Layers   []topologyLayer `json:"layers"`
	Cycles   int64           `json:"cycles"` // of all layers

	rows []scalesim.Row
}

// A topologyLayer is one layer; cycles are 1-based but for those in the
// convention of SCALE-Sim.
type topologyLayer struct {
	Name                 string  `json:"name"`
	M                    int     `json:"m"`
	N                    int     `json:"n"`
	K                    int     `json:"k"`
	Folds                int64   `json:"folds"`
	Cycles               int64   `json:"cycles"`
	CyclesWithOverlap    int64   `json:"cycles_with_overlap"`
	CyclesWithoutOverlap int64   `json:"cycles_without_overlap"`
	ScaleSimCycles       int64   `json:"scalesim_compute_cycles"` // one less than without overlap
	OverallUtil          float64 `json:"scalesim_overall_util_percent"`
	MappingEfficiency    float64 `json:"mapping_efficiency_percent"`
	ComputeUtil          float64 `json:"compute_util_percent"`
}

func runTopology(cmd *cobra.Command, f gemmFlags) error {
	r, overlap, err := f.readTopology()
	if err != nil {
		return err
	}
	for i, row := range r.rows {
		d, err := systolic.ParseDataflow(r.Dataflow)
		if err != nil {
			return err
		}
		res, err := tpu.RunGEMM(cmd.Context(), tpu.Single(r.Array, d).WithOverlap(overlap), row.GEMM,
			tpu.GEMMOptions{ComputeOnly: true}, tpu.RunOptions{TimingOnly: true})
		if err != nil {
			return fmt.Errorf("run gemm: layer %d, %s: %w", i+1, row.Name, err)
		}
		r.Layers = append(r.Layers, topologyLayer{row.Name, row.GEMM.M, row.GEMM.N, row.GEMM.K, row.Folds, res.Cycles,
			res.CyclesWithOverlap, res.CyclesWithoutOverlap, row.ComputeCycles, row.OverallUtil, row.MappingEfficiency, row.ComputeUtil})
		r.Cycles += res.Cycles
	}
	for _, note := range r.Notes {
		fmt.Fprintf(cmd.ErrOrStderr(), "simulate: note: %s\n", note)
	}
	if err := r.print(cmd.OutOrStdout(), f.json); err != nil {
		return err
	}
	return f.html.write(cmd, r.document)
}

// readTopology reads layers, array and dataflow.
func (f *gemmFlags) readTopology() (r topologyRun, overlap tpu.Overlap, err error) {
	data, err := readLimited(f.topology, 16<<20)
	if err != nil {
		return r, overlap, fmt.Errorf("run gemm: --topology: %w", err)
	}
	layers, err := scalesim.ReadTopology(f.topology, data, scalesim.Detect)
	if err != nil {
		return r, overlap, err
	}
	r = topologyRun{Topology: f.topology, Compat: f.compat, Windows: f.windows}
	var d systolic.Dataflow
	if f.config != "" {
		text, err := readLimited(f.config, 1<<20)
		if err != nil {
			return r, overlap, fmt.Errorf("run gemm: --config: %w", err)
		}
		c, err := scalesim.ReadConfig(f.config, text)
		if err != nil {
			return r, overlap, err
		}
		r.Array, d, r.Notes = c.Array, c.Dataflow, c.Notes()
	}
	if f.array != "" {
		if r.Array, err = parseArray(f.array); err != nil {
			return r, overlap, usageError{fmt.Errorf("run gemm: --array: %w", err)}
		}
	}
	if f.dataflow != "" {
		if d, err = systolic.ParseDataflow(f.dataflow); err != nil {
			return r, overlap, usageError{fmt.Errorf("run gemm: --dataflow: %w", err)}
		}
	}
	if overlap, err = tpu.ParseOverlap("none"); err != nil {
		return r, overlap, err
	}
	if f.overlap != "" {
		if overlap, err = tpu.ParseOverlap(f.overlap); err != nil {
			return r, overlap, usageError{fmt.Errorf("run gemm: --overlap: %w", err)}
		}
	}
	w := scalesim.PartialWindows
	if f.windows == "whole" {
		w = scalesim.WholeWindows
	}
	r.Dataflow, r.Overlap = d.String(), overlap.String()
	r.rows, err = scalesim.Report(layers, r.Array, d, w)
	return r, overlap, err
}

func (r topologyRun) print(out io.Writer, asJSON bool) error {
	switch {
	case asJSON:
		return writeJSON(out, r)
	case r.Compat != "":
		return scalesim.WriteComputeReport(out, r.rows)
	}
	fmt.Fprintf(out, "array %s, dataflow %s, overlap %s\n\n", r.Array, r.Dataflow, r.Overlap)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "layer\tM x N x K\tfolds\tcycles\twith overlap\twithout overlap\tmapping\tutilisation\t")
	for _, l := range r.Layers {
		fmt.Fprintf(w, "%s\t%d x %d x %d\t%d\t%d\t%d\t%d\t%.1f %%\t%.1f %%\t\n", l.Name, l.M, l.N, l.K, l.Folds, l.Cycles, l.CyclesWithOverlap,
			l.CyclesWithoutOverlap, l.MappingEfficiency, l.ComputeUtil)
	}
	fmt.Fprintf(w, "all\t\t\t%d\t\t\t\t\t\n", r.Cycles)
	return w.Flush()
}

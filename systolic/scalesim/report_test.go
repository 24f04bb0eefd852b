package scalesim

import (
	"bytes"
	"encoding/csv"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/systolic"
)

// TestMeasured runs the layers that SCALE-Sim was run on through the whole
// path: topology text, configuration text, report.
func TestMeasured(t *testing.T) {
	file, err := os.Open("testdata/measured.csv")
	require.NoError(t, err)
	defer file.Close()
	r := csv.NewReader(file)
	r.Comment = '#'
	records, err := r.ReadAll()
	require.NoError(t, err)
	require.Len(t, records, 8)
	for _, rec := range records[1:] {
		layers, err := ReadTopology("t.csv", []byte(gemmHeader+"g, "+strings.Join(rec[:3], ", ")+",\n"), Detect)
		require.NoError(t, err)
		c, err := ReadConfig("c.cfg", []byte("[architecture_presets]\nArrayHeight: "+rec[3]+"\nArrayWidth: "+rec[4]+"\nDataflow: "+rec[5]+"\n"))
		require.NoError(t, err)
		rows, err := Report(layers, c.Array, c.Dataflow, PartialWindows)
		require.NoError(t, err)
		require.Equal(t, rec[6], strconv.FormatInt(rows[0].ComputeCycles, 10), rec)
	}
}

// TestReportByHand works a small network out on paper, in each dataflow.
func TestReportByHand(t *testing.T) {
	layers, err := ReadTopology("t.csv", []byte(convHeader+"conv, 6, 6, 3, 3, 2, 5, 2,\n"), Detect)
	require.NoError(t, err)
	a := systolic.Array{Rows: 4, Cols: 8}
	g := systolic.GEMM{M: 9, N: 5, K: 18} // output 3x3, for the last window is partial
	for d, want := range map[systolic.Dataflow]Row{
		// 3 folds of rows 4, 4, 1 and columns 5; 18 + 4 + 8 - 2 cycles each
		systolic.OutputStationary: {Folds: 3, Cycles: 84, ComputeCycles: 83, OverallUtil: 81000 / (83 * 32.0),
			MappingEfficiency: 100 * 45.0 / 96, ComputeUtil: 100 * 45.0 / 96 * 18 / 28},
		// 5 folds of rows 4, 4, 4, 4, 2 and columns 5; 9 + 8 + 8 - 2 cycles each
		systolic.WeightStationary: {Folds: 5, Cycles: 115, ComputeCycles: 114, OverallUtil: 81000 / (114 * 32.0),
			MappingEfficiency: 100 * 90.0 / 160, ComputeUtil: 100 * 90.0 / 160 * 9 / 23},
		// 5 by 2 folds of rows 4, 4, 4, 4, 2 and columns 8, 1; 5 + 8 + 8 - 2 cycles each
		systolic.InputStationary: {Folds: 10, Cycles: 190, ComputeCycles: 189, OverallUtil: 81000 / (189 * 32.0),
			MappingEfficiency: 100 * 162.0 / 320, ComputeUtil: 100 * 162.0 / 320 * 5 / 19},
	} {
		want.Name, want.GEMM = "conv", g
		rows, err := Report(layers, a, d, PartialWindows)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		got := rows[0]
		require.InEpsilon(t, want.OverallUtil, got.OverallUtil, 1e-12, d)
		require.InEpsilon(t, want.MappingEfficiency, got.MappingEfficiency, 1e-12, d)
		require.InEpsilon(t, want.ComputeUtil, got.ComputeUtil, 1e-12, d)
		want.OverallUtil, want.MappingEfficiency, want.ComputeUtil = got.OverallUtil, got.MappingEfficiency, got.ComputeUtil
		require.Equal(t, want, got, d)
	}
}

// TestReportByFolds averages over the folds themselves.
func TestReportByFolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConv(12).Draw(t, "conv")
		a := systolic.Array{Rows: rapid.IntRange(1, 9).Draw(t, "rows"), Cols: rapid.IntRange(1, 9).Draw(t, "cols")}
		d := rapid.SampledFrom(systolic.Dataflows()).Draw(t, "dataflow")
		w := rapid.SampledFrom([]Windows{PartialWindows, WholeWindows}).Draw(t, "windows")
		rows, err := Report([]Layer{{Name: "x", Conv: c}}, a, d, w)
		require.NoError(t, err)
		var folds, cycles, mapped, busy float64
		for f := range systolic.Folds(c.GEMM(w), a, d) {
			r, col := f.Used(d)
			pass := float64(systolic.PassCycles(c.GEMM(w), a, d))
			folds++
			cycles += pass
			mapped += float64(r*col) / float64(a.PEs())
			busy += float64(f.MACs()) / (pass * float64(a.PEs()))
		}
		require.Equal(t, folds, float64(rows[0].Folds))
		require.Equal(t, cycles, float64(rows[0].ComputeCycles+1))
		require.InEpsilon(t, 100*mapped/folds, rows[0].MappingEfficiency, 1e-9)
		require.InEpsilon(t, 100*busy/folds, rows[0].ComputeUtil, 1e-9)
		require.LessOrEqual(t, rows[0].MappingEfficiency, 100*(1+1e-12))
		require.LessOrEqual(t, rows[0].ComputeUtil, rows[0].MappingEfficiency*(1+1e-12))
	})
}

// TestResNetLike works the folds of a small network out by hand, in every
// dataflow: outputs of 26, 26, 26, 14, 14, 15 and 1 pixels a side, with windows
// over the edge in the three layers of stride 2; windows of 147, 144, 144, 144,
// 288, 16 and 32 elements.
func TestResNetLike(t *testing.T) {
	data, err := os.ReadFile("testdata/resnet_like.csv")
	require.NoError(t, err)
	layers, err := ReadTopology("resnet_like.csv", data, Detect)
	require.NoError(t, err)
	for d, want := range map[systolic.Dataflow][]int64{
		systolic.OutputStationary: {22*193 - 1, 22*190 - 1, 22*190 - 1, 7*2*190 - 1, 7*2*334 - 1, 8*2*62 - 1, 32 + 46 - 1},
		systolic.WeightStationary: {5*(676+78) - 1, 5*(676+78) - 1, 5*(676+78) - 1, 5*2*(196+78) - 1, 9*2*(196+78) - 1, 2*(225+78) - 1, 1 + 78 - 1},
		systolic.InputStationary:  {5*43*(16+78) - 1, 5*43*(16+78) - 1, 5*43*(16+78) - 1, 5*13*(32+78) - 1, 9*13*(32+78) - 1, 15*(32+78) - 1, 10 + 78 - 1},
	} {
		rows, err := Report(layers, systolic.Array{Rows: 32, Cols: 16}, d, PartialWindows)
		require.NoError(t, err)
		var got []int64
		for i, r := range rows {
			require.Equal(t, i, r.LayerID)
			require.Equal(t, layers[i].Name, r.Name)
			got = append(got, r.ComputeCycles)
		}
		require.Equal(t, want, got, d)
	}
}

func TestWriteComputeReport(t *testing.T) {
	layers, err := ReadTopology("t.csv", []byte(gemmHeader+"a, 4, 4, 4,\nb, 1, 1, 1,\n"), Detect)
	require.NoError(t, err)
	rows, err := Report(layers, systolic.Array{Rows: 1, Cols: 1}, systolic.OutputStationary, PartialWindows)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, WriteComputeReport(&b, rows))
	require.Equal(t, "LayerID, Total Cycles, Stall Cycles, Overall Util %, Mapping Efficiency %, Compute Util %,\n"+
		"0, 63, 0, 101.58730158730158, 100.0, 100.0,\n"+
		"1, 0, 0, 0.0, 100.0, 100.0,\n", b.String())
	require.EqualError(t, WriteComputeReport(full{}, rows), "disk full")
}

// full is a writer that refuses everything.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestReportErrors(t *testing.T) {
	_, err := Report(nil, systolic.Array{}, systolic.OutputStationary, PartialWindows)
	require.EqualError(t, err, "systolic: array Rows is 0, want 1 to 4096")
	_, err = Report(nil, systolic.Array{Rows: 1, Cols: 1}, 0, PartialWindows)
	require.EqualError(t, err, "systolic: dataflow is 0, want 1 to 3 (os, ws, is)")
}

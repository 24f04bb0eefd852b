package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/systolic"
)

// Without overlap a bare array takes its closed form, for every dataflow; with
// overlap it takes no more, and no less than its roofline.
func TestRunGEMMClosedForm(t *testing.T) {
	for _, dataflow := range []string{"os", "ws", "is"} {
		for _, array := range []systolic.Array{{Rows: 128, Cols: 128}, {Rows: 32, Cols: 32}, {Rows: 8, Cols: 24}} {
			var r gemmRun
			runJSON(t, &r, "run", "gemm", "--m", "200", "--n", "1024", "--k", "333", "--array", array.String(), "--dataflow", dataflow,
				"--overlap", "none", "--timing-only")
			d, err := systolic.ParseDataflow(dataflow)
			require.NoError(t, err)
			require.Equal(t, systolic.Cycles(systolic.GEMM{M: 200, N: 1024, K: 333}, array, d), r.Cycles)
			require.Equal(t, r.Cycles, r.CyclesWithoutOverlap)
			require.Less(t, r.CyclesWithOverlap, r.Cycles)
			require.GreaterOrEqual(t, r.CyclesWithOverlap, r.Roofline.Cycles)
			require.Empty(t, r.Check)
		}
	}
}

// Values of every pair of integer types are computed and checked, on presets
// and on a bare array; cycles are those of a timing-only run.
func TestRunGEMMValues(t *testing.T) {
	for _, types := range []string{"u8", "s8", "u8*s8", "s8*u8", "u8*ternary", "ternary"} {
		for _, machine := range [][]string{{"--preset", "v4"}, {"--preset", "v6e", "--set", "arrays=2"}, {"--array", "16x8", "--dataflow", "os"}} {
			args := append([]string{"run", "gemm", "--m", "70", "--n", "130", "--k", "301", "--types", types}, machine...)
			var r, timed gemmRun
			runJSON(t, &r, args...)
			runJSON(t, &timed, append(args, "--timing-only")...)
			require.Equal(t, "equal to the product, by 16 random vectors", r.Check)
			require.True(t, r.Functional)
			require.Equal(t, timed.Cycles, r.Cycles)
		}
	}
	code, stdout, _ := simulate(t, "run", "gemm", "--m", "64", "--n", "64", "--k", "64", "--types", "bf16")
	require.Zero(t, code)
	require.Contains(t, stdout, "cycles, overlap none")
	require.NotContains(t, stdout, "result:")
}

// A wrong element of the product is found.
func TestGEMMCheckFindsAWrongElement(t *testing.T) {
	types, err := parseTypes("u8*s8")
	require.NoError(t, err)
	v, err := newGEMMValues(systolic.GEMM{M: 5, N: 7, K: 9}, types, 3)
	require.NoError(t, err)
	b := signed(v.b)
	require.NoError(t, systolic.MatMul(v.c, v.a, b, v.gemm))
	_, err = v.check()
	require.NoError(t, err)
	v.c[2*7+3] ^= 1 << 4
	_, err = v.check()
	require.ErrorContains(t, err, "run gemm: the product is wrong in row 2 (check ")
}

const topologyCSV = `Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,
Conv1, 224, 224, 7, 7, 3, 64, 2,
Conv2, 56, 56, 1, 1, 64, 256, 1,
`

const scaleSimConfig = `[general]
run_name = test

[architecture_presets]
ArrayHeight: 32
ArrayWidth: 32
IfmapSramSzkB: 64
FilterSramSzkB: 64
OfmapSramSzkB: 64
IfmapOffset: 0
FilterOffset: 10000000
OfmapOffset: 20000000
Dataflow: ws
Bandwidth: 10
MemoryBanks: 1

[run_presets]
InterfaceBandwidth: CALC
`

func topologyFiles(t *testing.T) (topology, config string) {
	t.Helper()
	dir := t.TempDir()
	topology, config = filepath.Join(dir, "net.csv"), filepath.Join(dir, "scale.cfg")
	require.NoError(t, os.WriteFile(topology, []byte(topologyCSV), 0o644))
	require.NoError(t, os.WriteFile(config, []byte(scaleSimConfig), 0o644))
	return topology, config
}

func TestRunGEMMTopology(t *testing.T) {
	topology, config := topologyFiles(t)
	var r topologyRun
	runJSON(t, &r, "run", "gemm", "--topology", topology, "--config", config)
	require.Len(t, r.Layers, 2)
	sum := int64(0)
	for i, g := range []systolic.GEMM{{M: 110 * 110, N: 64, K: 147}, {M: 56 * 56, N: 256, K: 64}} {
		want := systolic.Cycles(g, systolic.Array{Rows: 32, Cols: 32}, systolic.WeightStationary)
		require.Equal(t, want, r.Layers[i].Cycles)
		require.Equal(t, want-1, r.Layers[i].ScaleSimCycles)
		require.Less(t, r.Layers[i].CyclesWithOverlap, want)
		sum += want
	}
	require.Equal(t, sum, r.Cycles)
	runJSON(t, &r, "run", "gemm", "--topology", topology, "--config", config, "--windows", "whole")
	require.Equal(t, 109*109, r.Layers[0].M)

	code, stdout, _ := simulate(t, "run", "gemm", "--topology", topology, "--config", config, "--compat", "scalesim")
	require.Zero(t, code)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	require.Len(t, lines, 3)
	require.True(t, strings.HasPrefix(lines[0], "LayerID, Total Cycles, Stall Cycles,"))
	code, stdout, _ = simulate(t, "run", "gemm", "--topology", topology, "--array", "8x8", "--dataflow", "is", "--overlap", "full")
	require.Zero(t, code)
	require.Contains(t, stdout, "array 8x8, dataflow is, overlap full")
}

func TestRunGEMMErrors(t *testing.T) {
	topology, config := topologyFiles(t)
	shape := []string{"--m", "8", "--n", "8", "--k", "8"}
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "run gemm: --m 0 --n 0 --k 0, want all three, or a --topology"},
		{[]string{"--m", "-1", "--n", "1", "--k", "1"}, 2, "run gemm: systolic: "},
		{append(shape, "--array", "8"), 2, `run gemm: --array: array is "8", want rows and columns, as 128x128`},
		{append(shape, "--array", "0x4"), 2, "run gemm: --array: systolic: "},
		{append(shape, "--array", "8x8x8"), 2, `array is "8x8x8"`},
		{append(shape, "--array", "8x8", "--preset", "v4"), 2, "run gemm: --array is a bare array; leave out --preset and --set"},
		{append(shape, "--array", "8x8", "--config", config), 2, "leave out --config"},
		{append(shape, "--preset", "v9"), 2, "run gemm: --preset: tpu: "},
		{append(shape, "--set", "arays=2"), 2, "arays"},
		{append(shape, "--types", "u9"), 2, `run gemm: --types: tpu: type is "u9", want u8, s8, ternary or bf16`},
		{append(shape, "--types", "u8*bf16"), 2, "run gemm: --types: "},
		{append(shape, "--dataflow", "xs"), 2, "run gemm: --dataflow: "},
		{append(shape, "--overlap", "some"), 2, "run gemm: --overlap: "},
		{append(shape, "--compat", "scalesim"), 2, "run gemm: --compat is for --topology"},
		{append(shape, "--windows", "half"), 2, `run gemm: --windows is "half", want partial or whole`},
		{append(shape, "--config", "nosuch.yaml"), 1, "run gemm: --config: open nosuch.yaml"},
		{[]string{"--m", "100000", "--n", "100000", "--k", "1"}, 2, "want at most 268435456 to compute values; or count cycles with --timing-only"},
		{append(shape, "--topology", topology), 2, "run gemm: --topology brings shapes and a bare array"},
		{[]string{"--topology", topology}, 2, "run gemm: --topology needs an array"},
		{[]string{"--topology", topology, "--array", "8x8"}, 2, "run gemm: --topology with --array needs --dataflow"},
		{[]string{"--topology", "nosuch.csv", "--config", config}, 1, "run gemm: --topology: open nosuch.csv"},
		{[]string{"--topology", config, "--config", config}, 1, "scale.cfg:"},
		{[]string{"--topology", topology, "--config", topology}, 1, "net.csv:"},
		{[]string{"--topology", topology, "--config", config, "--compat", "timeloop"}, 2, `run gemm: --compat is "timeloop", want scalesim`},
	} {
		code, stdout, stderr := simulate(t, append([]string{"run", "gemm"}, tt.args...)...)
		require.Equal(t, tt.code, code, "%v: %s", tt.args, stderr)
		require.Contains(t, stderr, tt.want)
		require.Empty(t, stdout)
	}
}

package scalesim

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/systolic"
)

func TestReadConfig(t *testing.T) {
	data, err := os.ReadFile("testdata/array.cfg")
	require.NoError(t, err)
	c, err := ReadConfig("array.cfg", data)
	require.NoError(t, err)
	require.Equal(t, Config{
		RunName: "small_32x16_ws", Array: systolic.Array{Rows: 32, Cols: 16}, Dataflow: systolic.WeightStationary,
		IfmapSRAMKB: 64, FilterSRAMKB: 32, OfmapSRAMKB: 16, FilterOffset: 10_000_000, OfmapOffset: 20_000_000,
		Bandwidth: []int{10}, MemoryBanks: 1,
	}, c)
	require.Empty(t, c.Notes())
}

const minimal = "[architecture_presets]\nArrayHeight: 4\nArrayWidth: 2\nDataflow: os\n"

// TestConfigTolerance: spellings that Python's configparser accepts, and keys
// of other versions.
func TestConfigTolerance(t *testing.T) {
	array := systolic.Array{Rows: 4, Cols: 2}
	for name, c := range map[string]struct {
		text  string
		want  Config
		notes []string
	}{
		"minimal":        {minimal, Config{Array: array, Dataflow: systolic.OutputStationary}, nil},
		"equals, blanks": {"[architecture_presets]\n arrayheight=4\n\tARRAYWIDTH   =\t2\nDataFlow = IS\n", Config{Array: array, Dataflow: systolic.InputStationary}, nil},
		"DOS lines, comments": {strings.ReplaceAll("\uFEFF# c\n; c\n\n"+minimal, "\n", "\r\n"),
			Config{Array: array, Dataflow: systolic.OutputStationary}, nil},
		"value with a colon": {minimal + "[general]\nrun_name = a: b = c\n", Config{RunName: "a: b = c", Array: array, Dataflow: systolic.OutputStationary}, nil},
		"version 1": {minimal + "IfmapSramSz: 64\n[network_presets]\nTopologyCsvLoc: \"./t/yolo.csv\"\n",
			Config{Array: array, Dataflow: systolic.OutputStationary, TopologyFile: "./t/yolo.csv", Ignored: []string{"[architecture_presets] IfmapSramSz"}},
			[]string{"not used: [architecture_presets] IfmapSramSz"}},
		"version 3": {minimal + "ReadRequestBuffer: 32\n[sparsity]\nSparsitySupport : False\nSparseRep : csr\n[run_presets]\nInterfaceBandwidth: calc\nUseRamulatorTrace: False\n",
			Config{Array: array, Dataflow: systolic.OutputStationary,
				Ignored: []string{"[architecture_presets] ReadRequestBuffer", "[run_presets] UseRamulatorTrace", "[sparsity] SparseRep"}},
			[]string{"not used: [architecture_presets] ReadRequestBuffer, [run_presets] UseRamulatorTrace, [sparsity] SparseRep"}},
		"user bandwidth": {minimal + "Bandwidth: 10, 20,30\n[run_presets]\nInterfaceBandwidth: USER\n",
			Config{Array: array, Dataflow: systolic.OutputStationary, Bandwidth: []int{10, 20, 30}, UserBandwidth: true},
			[]string{"InterfaceBandwidth is USER: stalls of the memory interface are not modelled, cycles are those of CALC"}},
	} {
		got, err := ReadConfig("c.cfg", []byte(c.text))
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
		require.Equal(t, c.notes, got.Notes(), name)
	}
}

func TestConfigErrors(t *testing.T) {
	const side = "want an integer from 1 to 4096"
	for _, c := range []struct{ text, want string }{
		{"", "scalesim: c.cfg: no ArrayHeight in [architecture_presets], " + side},
		{"[architecture_presets]\nArrayHeight: 4\n", "scalesim: c.cfg: no ArrayWidth in [architecture_presets], " + side},
		{"[architecture_presets]\nArrayHeight: 4\nArrayWidth: 4\n", "scalesim: c.cfg: no Dataflow in [architecture_presets], want os, ws or is"},
		{"[Architecture_presets]\nArrayHeight: 4\n", "scalesim: c.cfg: no ArrayHeight in [architecture_presets], " + side},
		{"ArrayHeight: 4\n", `scalesim: c.cfg:1:1: "ArrayHeight: 4" is in no section, want a [section] first`},
		{"[general\n", `scalesim: c.cfg:1:1: section is "[general", want [name]`},
		{"\n  []\n", `scalesim: c.cfg:2:3: section is "[]", want [name]`},
		{minimal + "[architecture_presets]\n", "scalesim: c.cfg:5:1: section [architecture_presets] is there twice, want it once"},
		{minimal + "arrayheight = 8\n", "scalesim: c.cfg:5:1: key arrayheight is there twice, want it once"},
		{minimal + "IfmapOffset\n", `scalesim: c.cfg:5:1: "IfmapOffset" is no setting, want key: value`},
		{minimal + " : 3\n", "scalesim: c.cfg:5:2: key is empty, want key: value"},
		{minimal + "a\xff: 3\n", "scalesim: c.cfg:5:1: line is not text, want UTF-8"},
		{strings.Replace(minimal, "Height: 4", "Height:  four", 1), `scalesim: c.cfg:2:15: ArrayHeight is "four", ` + side},
		{strings.Replace(minimal, "Height: 4", "Height:", 1), `scalesim: c.cfg:2:13: ArrayHeight is "", ` + side},
		{strings.Replace(minimal, "Height: 4", "Height: 4 ; rows", 1), `scalesim: c.cfg:2:14: ArrayHeight is "4 ; rows", ` + side},
		{strings.Replace(minimal, "Width: 2", "Width: 0", 1), `scalesim: c.cfg:3:13: ArrayWidth is "0", ` + side},
		{strings.Replace(minimal, "Width: 2", "Width: 4097", 1), `scalesim: c.cfg:3:13: ArrayWidth is "4097", ` + side},
		{strings.Replace(minimal, "os", "rs", 1), `scalesim: c.cfg:4:11: Dataflow is "rs", want os, ws or is`},
		{minimal + "IfmapSramSzkB: 0\n", `scalesim: c.cfg:5:16: IfmapSramSzkB is "0", want an integer from 1 to 2147483647`},
		{minimal + "FilterSramSzkB: -1\n", `scalesim: c.cfg:5:17: FilterSramSzkB is "-1", want an integer from 1 to 2147483647`},
		{minimal + "OfmapSramSzkB: 1.5\n", `scalesim: c.cfg:5:16: OfmapSramSzkB is "1.5", want an integer from 1 to 2147483647`},
		{minimal + "FilterOffset: -1\n", `scalesim: c.cfg:5:15: FilterOffset is "-1", want an integer from 0 to 9223372036854775807`},
		{minimal + "MemoryBanks: none\n", `scalesim: c.cfg:5:14: MemoryBanks is "none", want an integer from 1 to 2147483647`},
		{minimal + "Bandwidth: 10,20\n", `scalesim: c.cfg:5:12: Bandwidth is "10,20", want positive integers, one or three separated by commas`},
		{minimal + "Bandwidth: 10,0,20\n", `scalesim: c.cfg:5:12: Bandwidth is "10,0,20", want positive integers, one or three separated by commas`},
		{minimal + "Bandwidth:\n", `scalesim: c.cfg:5:11: Bandwidth is "", want positive integers, one or three separated by commas`},
		{minimal + "[run_presets]\nInterfaceBandwidth: AUTO\n", `scalesim: c.cfg:6:21: InterfaceBandwidth is "AUTO", want CALC or USER`},
		{minimal + "[run_presets]\nInterfaceBandwidth: USER\n",
			"scalesim: c.cfg: InterfaceBandwidth is USER without a Bandwidth, want one in [architecture_presets]"},
		{minimal + "[sparsity]\nSparsitySupport: True\n", `scalesim: c.cfg:6:18: SparsitySupport is "True", want false: sparse layers are not supported`},
		{minimal + "[sparsity]\nSparsitySupport: maybe\n", `scalesim: c.cfg:6:18: SparsitySupport is "maybe", want false or true`},
	} {
		got, err := ReadConfig("c.cfg", []byte(c.text))
		require.EqualError(t, err, c.want)
		require.Zero(t, got)
	}
}

package cosim_test

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary"
	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/tool/tooltest"
	"lockstep/yosys"
)

var synthesise = flag.Bool("synthesise", false, "map the whole default core with Yosys, which takes a minute")

// The whole core maps to an UltraScale+ FPGA: vector registers, operands and
// program in block RAM, products in DSP blocks, no multiplier in the matrix
// path.
func TestCoreSynthesises(t *testing.T) {
	tooltest.Need(t, "yosys")
	s, c := ternary.Shape{Layers: 1, Hidden: 64, Intermediate: 96, Vocab: 64, NormEps: 1e-6}, hardwareConfig(t, "TP=8", "VP=2", "vector_registers=8")
	if *synthesise {
		var err error
		s, err = ternary.Preset("opticks")
		require.NoError(t, err)
		c = hardwareConfig(t)
	}
	p, err := isa.Compile(s, c.Target(fixed.Default()))
	require.NoError(t, err)
	top, err := core.RTL(c, p, fixed.Default())
	require.NoError(t, err)
	sv, err := top.Verilog()
	require.NoError(t, err)
	cells, err := yosys.Xilinx(t.Context(), top.Name, sv)
	require.NoError(t, err)
	luts := 0
	for k := range 6 {
		luts += cells["LUT"+string(rune('1'+k))]
	}
	t.Logf("%s: %d LUT, %d FF, %d DSP48E2, %d RAMB36E2, %d RAMB18E2", top.Name, luts,
		cells["FDCE"]+cells["FDRE"]+cells["FDSE"]+cells["FDPE"], cells["DSP48E2"], cells["RAMB36E2"], cells["RAMB18E2"])
	require.Positive(t, luts)
	require.Positive(t, cells["RAMB36E2"]+cells["RAMB18E2"])
	require.Positive(t, cells["DSP48E2"])
	require.Zero(t, cells["LDCE"]+cells["LDPE"], "latches")
}

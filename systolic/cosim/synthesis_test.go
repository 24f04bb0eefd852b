package cosim_test

import (
	"flag"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/systolic/chip"
	"lockstep/tool/tooltest"
	"lockstep/yosys"
)

var synthesise = flag.Int("synthesise", 0, "rows and columns of the default chip to be mapped to UltraScale+; 8 takes a minute, 0 maps a small one to generic gates")

// The whole chip maps to gates, and to an UltraScale+ FPGA: VMEM, accumulators
// and program in memories, no latches.
func TestChipSynthesises(t *testing.T) {
	tooltest.Need(t, "yosys")
	c := chip.Default(4, 4)
	c.QueueDepth, c.DMAInFlight = 1, 2
	if n := *synthesise; n > 0 {
		c = chip.Default(n, n)
	}
	top, err := chip.RTL(c)
	require.NoError(t, err)
	sv, err := top.Verilog()
	require.NoError(t, err)
	if *synthesise == 0 {
		require.NoError(t, yosys.Synthesise(t.Context(), top.Name, sv))
		return
	}
	cells, err := yosys.Xilinx(t.Context(), top.Name, sv)
	require.NoError(t, err)
	luts := 0
	for k := range 6 {
		luts += cells[fmt.Sprintf("LUT%d", k+1)]
	}
	t.Logf("%s: %d LUT, %d FF, %d DSP48E2, %d RAMB36E2, %d RAMB18E2", top.Name, luts,
		cells["FDCE"]+cells["FDRE"]+cells["FDSE"]+cells["FDPE"], cells["DSP48E2"], cells["RAMB36E2"], cells["RAMB18E2"])
	require.Positive(t, luts)
	require.Positive(t, cells["RAMB36E2"]+cells["RAMB18E2"])
	require.Zero(t, cells["LDCE"]+cells["LDPE"], "latches")
}

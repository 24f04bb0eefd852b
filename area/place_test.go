package area

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/nextpnr"
	"lockstep/tool"
	"lockstep/tool/tooltest"
)

// registered is a unit of one registered expression of two operands of w bits.
func registered(w int, expression string) []byte {
	return fmt.Appendf(nil, `module m (input logic clk_i, input logic rst_ni, input logic [%d:0] a_i, input logic [%d:0] b_i, output logic [%d:0] y_o);
  always_ff @(posedge clk_i or negedge rst_ni) if (!rst_ni) y_o <= '0; else y_o <= %s;
endmodule
`, w-1, w-1, 2*w-1, expression)
}

// TestPlace expects the clock of a multiplier to fall with its width.
func TestPlace(t *testing.T) {
	tooltest.Need(t, "yosys", nextpnr.Program)
	fresh(t)
	previous := 1e9
	for _, w := range []int{3, 8} {
		p, err := Place(t.Context(), "m", registered(w, fmt.Sprintf("%d'(a_i) * %d'(b_i)", 2*w, 2*w)), 1)
		require.NoError(t, err)
		require.Less(t, p.MHz, previous, "%d bits", w)
		require.Less(t, 0.1, p.LogicNS/p.PathNS)
		require.InEpsilon(t, p.PathNS, p.LogicNS+p.RoutingNS, 0.05)
		require.Equal(t, 2*w+2*2*w, p.Wrapper, "a flip-flop for each input and two for each output")
		require.False(t, p.Bare)
		require.Equal(t, nextpnr.Device, p.Device)
		require.Equal(t, []float64{p.MHz}, p.Seeds)
		require.Equal(t, p.MHz, p.BestMHz)
		require.Regexp(t, `^Yosys \d+\.\d+, nextpnr \d+\.\d+$`, p.Tools)
		previous = p.MHz
	}
}

// TestPlaceCells counts the cells of one LUT for each bit, with a register
// before the wrapper's or without, and one for the inverted reset.
func TestPlaceCells(t *testing.T) {
	tooltest.Need(t, "yosys", nextpnr.Program)
	fresh(t)
	now := `module m (input logic [15:0] a_i, input logic [15:0] b_i, output logic [15:0] y_o); assign y_o = a_i ^ b_i; endmodule`
	for _, tt := range []struct {
		sv             string
		cells, wrapper int
	}{
		{string(registered(16, "{a_i & b_i, a_i ^ b_i}")), 32 + 1, 32 + 2*32},
		{now, 16, 32 + 16},
	} {
		p, err := Place(t.Context(), "m", []byte(tt.sv), 1)
		require.NoError(t, err)
		require.InDelta(t, tt.cells, p.Cells, 2, "constants take up to two: %+v", p)
		require.GreaterOrEqual(t, p.Cells, tt.cells)
		require.Equal(t, tt.wrapper, p.Wrapper)
	}
}

// TestPlaceSeeds takes the median and the best, and each seed from the cache.
func TestPlaceSeeds(t *testing.T) {
	tooltest.Need(t, "yosys", nextpnr.Program)
	dir := fresh(t)
	sv := registered(6, "a_i * b_i")
	one, err := Place(t.Context(), "m", sv, 1)
	require.NoError(t, err)
	three, err := Place(t.Context(), "m", sv, 3)
	require.NoError(t, err)
	require.Equal(t, 6+6+2*12, three.Wrapper)
	require.Equal(t, one.MHz, three.Seeds[0])
	require.Len(t, three.Seeds, 3)
	faster, slower := 0, 0
	for _, mhz := range three.Seeds {
		require.LessOrEqual(t, mhz, three.BestMHz)
		if mhz > three.MHz {
			faster++
		}
		if mhz < three.MHz {
			slower++
		}
	}
	require.LessOrEqual(t, faster, 1)
	require.LessOrEqual(t, slower, 1)

	files, err := filepath.Glob(filepath.Join(dir, "area", "m-placed-*.json"))
	require.NoError(t, err)
	require.Len(t, files, 3)
	keys := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var e entry
		require.NoError(t, json.Unmarshal(text, &e))
		keys[e.Key] = true
	}
	require.Len(t, keys, 3)
	require.Less(t, slices.Min(three.Seeds), three.BestMHz, "seeds differ")
	// What is stored is used when it is whole, and made again when it is not.
	second, err := filepath.Glob(filepath.Join(dir, "area", "m-placed-2-*.json"))
	require.NoError(t, err)
	require.Len(t, second, 1)
	text, err := os.ReadFile(second[0])
	require.NoError(t, err)
	var e entry
	require.NoError(t, json.Unmarshal(text, &e))
	other, err := read[run](second[0], e.Key)
	require.NoError(t, err)
	other.MHz = 9999
	require.NoError(t, write(second[0], e.Key, other))
	used, err := Place(t.Context(), "m", sv, 3)
	require.NoError(t, err)
	require.Equal(t, 9999.0, used.BestMHz)
	require.NoError(t, os.WriteFile(second[0], text[:len(text)/2], 0o644))
	again, err := Place(t.Context(), "m", sv, 3)
	require.NoError(t, err)
	require.Equal(t, three, again)
}

// TestPlaceTooLarge has more memory than the device, which the netlist says
// before anything is placed.
func TestPlaceTooLarge(t *testing.T) {
	tooltest.Need(t, "yosys", nextpnr.Program)
	fresh(t)
	memory := `module m (input logic clk_i, input logic [13:0] a_i, input logic [15:0] d_i, output logic [15:0] y_o);
  logic [15:0] words_mem [8448];
  always @(posedge clk_i) begin
    words_mem[a_i] <= d_i;
    y_o <= words_mem[d_i[13:0]];
  end
endmodule`
	p, err := Place(t.Context(), "m", []byte(memory), 1)
	var large *nextpnr.TooLargeError
	require.ErrorAs(t, err, &large)
	require.Regexp(t, `^area: module m: nextpnr: does not fit: needs (3[3-9]|4\d) of 32 memory blocks$`, err.Error())
	require.Zero(t, p)
}

func TestPlaceRefuses(t *testing.T) {
	for _, n := range []int{-1, 0, MaxSeeds + 1} {
		_, err := Place(t.Context(), "m", nil, n)
		require.EqualError(t, err, fmt.Sprintf("area: number of seeds is %d, want 1 to 100", n))
	}
	_, err := Place(t.Context(), "a b", nil, 1)
	require.ErrorContains(t, err, `yosys: top module is "a b"`)
	tooltest.Need(t, "yosys", nextpnr.Program)
	fresh(t)
	_, err = Place(t.Context(), "m", []byte("module m (output logic y_o); assign y_o = 1'b1; endmodule"), 1)
	require.ErrorContains(t, err, "yosys: wrapping module m: it has 0 input bits")
	require.False(t, errors.Is(err, tool.ErrMissing))
}

// TestSummary takes the lower of the two in the middle and knows a path of the
// wrapper by its names.
func TestSummary(t *testing.T) {
	made := func(mhz float64, from string) run {
		return run{Result: nextpnr.Result{MHz: mhz, PathNS: 1000 / mhz, Cells: 100, RAM: 2, Path: []nextpnr.Step{{Kind: "routing", From: from, To: "fold"}}}, Wrapper: 30}
	}
	unit, wrapper := made(100, "$flatten\\u_unit.sum"), made(300, "in_q")
	require.Equal(t, Timing{Device: "iCE40 HX8K", Seeds: []float64{100}, BestMHz: 100, MHz: 100, PathNS: 10, Cells: 70, Wrapper: 30, RAM: 2}, summary([]run{unit}))
	require.True(t, summary([]run{wrapper}).Bare)
	both := summary([]run{wrapper, unit})
	require.Equal(t, 100.0, both.MHz)
	require.Equal(t, 300.0, both.BestMHz)
	require.False(t, both.Bare)
	require.True(t, summary([]run{wrapper, unit, wrapper}).Bare)
}

package area

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lockstep/tool/tooltest"
	"lockstep/yosys"
)

// fresh gives t an empty cache.
func fresh(t *testing.T) string {
	dir := t.TempDir()
	t.Setenv(CacheEnv, dir)
	return dir
}

// unit has nine sum bits in one chain, a parity of 36 bits, which is two or
// three levels of LUTs, an 18 x 18 product, and a memory of 96 words of 128 bits,
// all between registers.
const unit = `module m (input logic clk_i, input logic rst_ni, input logic [7:0] a_i, input logic [7:0] b_i, input logic [35:0] x_i,
  input logic we_i, input logic [6:0] to_i, input logic [6:0] from_i, input logic [127:0] d_i,
  output logic [8:0] sum_o, output logic parity_o, output logic [35:0] product_o, output logic [127:0] d_o);
  logic [35:0] x_q;
  logic [127:0] r_mem [96];
  initial begin
    d_o = '0;
    for (int i = 0; i < 96; i = i + 1) r_mem[i] = '0;
  end
  always @(posedge clk_i) begin
    if (we_i) r_mem[to_i] <= d_i;
    d_o <= r_mem[from_i];
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      x_q <= '0; sum_o <= '0; parity_o <= '0; product_o <= '0;
    end else begin
      x_q <= x_i;
      sum_o <= 9'(a_i) + 9'(b_i);
      parity_o <= ^x_q;
      product_o <= 36'($signed(x_q[17:0])) * 36'($signed(x_q[35:18]));
    end
  end
endmodule
`

func TestOf(t *testing.T) {
	tooltest.Need(t, "yosys")
	fresh(t)
	for _, tt := range []struct {
		family  yosys.Family
		ram     map[string]int
		ramBits int
		luts    []string
	}{
		{yosys.XCUP, map[string]int{"RAMB36E2": 2}, 2 * 36864, []string{"LUT1", "LUT2", "LUT3", "LUT4", "LUT5", "LUT6"}},
		{yosys.IntelALM, map[string]int{"M10K": 4}, 4 * 10240,
			[]string{"MISTRAL_ALUT2", "MISTRAL_ALUT3", "MISTRAL_ALUT4", "MISTRAL_ALUT5", "MISTRAL_ALUT6", "MISTRAL_ALUT_ARITH"}},
	} {
		a, err := Of(t.Context(), "m", []byte(unit), tt.family)
		require.NoError(t, err)
		require.Equal(t, 36+9+1+36, a.FF, "%+v", a)
		require.Equal(t, 1, a.DSP, "%+v", a)
		require.Equal(t, tt.ram, a.RAM, "%+v", a)
		require.Equal(t, tt.ramBits, a.RAMBits)
		require.Zero(t, a.MemoryLUT)
		luts := 0
		for _, kind := range tt.luts {
			luts += a.Cells[kind]
		}
		require.Equal(t, luts, a.LUT, "inverters of the reset are none: %+v", a)
		require.GreaterOrEqual(t, a.LUT, 8+8, "a sum and a parity: %+v", a)
		require.Contains(t, []int{2, 3}, a.Depth, "36 inputs do not fit one LUT: %+v", a)
		require.Regexp(t, `^Yosys \d+\.\d+`, a.Tool)
		require.Positive(t, a.Seconds)
		require.GreaterOrEqual(t, a.Carry, 8, "of the sum: %+v", a)
		require.Equal(t, 4*a.Cells["CARRY4"]+a.Cells["MISTRAL_ALUT_ARITH"], a.Carry)
		require.Equal(t, Area{Top: "m", Family: tt.family, LUT: a.LUT, FF: a.FF, Carry: a.Carry, DSP: 1, RAM: a.RAM, RAMBits: a.RAMBits, Depth: a.Depth,
			Cells: a.Cells, Tool: a.Tool, Seconds: a.Seconds}, a)
	}
}

// TestOfICE40 has the same in a family without multipliers and without read
// registers that are cleared at power-up.
func TestOfICE40(t *testing.T) {
	tooltest.Need(t, "yosys")
	fresh(t)
	sv := strings.NewReplacer("x_q[17:0]", "x_q[7:0]", "x_q[35:18]", "x_q[15:8]").Replace(unit)
	a, err := Of(t.Context(), "m", []byte(sv), yosys.ICE40)
	require.NoError(t, err)
	require.Zero(t, a.DSP)
	require.Equal(t, map[string]int{"SB_RAM40_4K": 8}, a.RAM, "96 words of 128 bits in blocks of 256 x 16: %+v", a)
	require.Equal(t, 8*4096, a.RAMBits)
	require.GreaterOrEqual(t, a.FF, 36+9+1+16, "%+v", a)
	require.Equal(t, a.Cells["SB_LUT4"], a.LUT)
	require.Equal(t, a.Cells["SB_CARRY"], a.Carry)
	require.GreaterOrEqual(t, a.LUT, 8*7, "a product: %+v", a)
	require.GreaterOrEqual(t, a.Carry, 8+8, "a sum, and the last one of a product: %+v", a)
	require.Greater(t, a.Depth, 3, "%+v", a)
}

// twice has a memory of LUTs and an adder in each of two instances.
const twice = `module half (input logic clk_i, input logic rst_ni, input logic we_i, input logic [3:0] to_i, input logic [3:0] from_i,
  input logic [39:0] d_i, output logic [39:0] d_o);
  logic [39:0] r_mem [16];
  logic [39:0] d_q;
  initial begin
    d_q = '0;
    for (int i = 0; i < 16; i = i + 1) r_mem[i] = '0;
  end
  always @(posedge clk_i) begin
    if (we_i) r_mem[to_i] <= d_i;
    d_q <= r_mem[from_i];
  end
  always_ff @(posedge clk_i or negedge rst_ni) if (!rst_ni) d_o <= '0; else d_o <= d_o + d_q;
endmodule
module m (input logic clk_i, input logic rst_ni, input logic we_i, input logic [3:0] to_i, input logic [3:0] from_i,
  input logic [79:0] d_i, output logic [79:0] d_o);
  for (genvar i = 0; i < 2; i = i + 1) begin : gen_half
    half u_half (.clk_i(clk_i), .rst_ni(rst_ni), .we_i(we_i), .to_i(to_i), .from_i(from_i), .d_i(d_i[i*40 +: 40]), .d_o(d_o[i*40 +: 40]));
  end
endmodule
`

func TestHierarchical(t *testing.T) {
	tooltest.Need(t, "yosys")
	fresh(t)
	memory := map[yosys.Family]int{yosys.XCUP: 2 * 3 * 8, yosys.XCUPLUT: 2 * 3 * 8, yosys.IntelALM: 2 * 2 * 20} // 14 bits in 8 LUTs, 20 in an MLAB
	for _, f := range yosys.Families() {
		a, err := Hierarchical(t.Context(), "m", []byte(twice), f)
		require.NoError(t, err)
		require.True(t, a.Hierarchical)
		if f == yosys.ICE40 { // which has no small memories
			require.Equal(t, map[string]int{"SB_RAM40_4K": 2 * 3}, a.RAM, "%+v", a)
			require.Equal(t, 2*39, a.Carry, "%+v", a)
			require.Equal(t, 2*40, a.Cells["SB_DFFR"], "%+v", a)
			continue
		}
		require.Equal(t, 2*(40+40), a.FF, "%+v", a)
		require.Equal(t, memory[f], a.MemoryLUT, "%+v", a)
		require.InDelta(t, 2*40, a.LUT, 2, "%+v", a)
		require.Equal(t, 1, a.Depth, "%+v", a)
		require.Empty(t, a.RAM)
		for _, kind := range slices.Sorted(maps.Keys(a.Cells)) {
			require.Zero(t, a.Cells[kind]%2, kind)
		}
	}
}

// TestHierarchicalInverters counts what a module needs for each of its
// instances.
func TestHierarchicalInverters(t *testing.T) {
	tooltest.Need(t, "yosys")
	fresh(t)
	sv := strings.Replace(tiny, "module m", "module sub", 1) + `module m (input logic clk_i, input logic rst_ni, input logic [2:0] a_i, output logic [2:0] y_o);
  for (genvar i = 0; i < 3; i = i + 1) begin : gen_sub
    sub u_sub (.clk_i(clk_i), .rst_ni(rst_ni), .a_i(a_i[i]), .y_o(y_o[i]));
  end
endmodule
`
	a, err := Hierarchical(t.Context(), "m", []byte(sv), yosys.XCUP)
	require.NoError(t, err)
	require.Equal(t, 3, a.LUT, "%+v", a)
	require.Equal(t, 3, a.FF, "%+v", a)
	require.Equal(t, 6, a.Cells["INV"], "of the reset and of the input: %+v", a)
}

func TestOfRefuses(t *testing.T) {
	tooltest.Need(t, "yosys")
	fresh(t)
	for _, tt := range []struct{ name, top, sv, want string }{
		{"family", "m", unit, `yosys: family is "ecp5", want one of xcup xcup_lut intel_alm ice40`},
		{"name", "a b", unit, `yosys: top module is "a b", want a Verilog identifier`},
		{"top", "n", unit, "yosys: mapping module n: exit status 1"},
		{"latch", "m", "module m (input logic e, input logic a, output logic y); always @* if (e) y = a; endmodule",
			"yosys: mapping module m: the design has a latch"},
		{"loop", "m", "module m (input logic a, b, output logic y); logic n; assign n = (y ^ a) & b; assign y = n ^ b; endmodule",
			"area: module m in ice40: a loop of logic through cell "},
		{"unknown cell", "m", `(* blackbox *) module vendor (input logic a, output logic y); endmodule
module m (input logic a, output logic y); vendor u_vendor (.a(a), .y(y)); endmodule`,
			"area: module m in ice40: 1 cells of kind vendor, which is none of the family"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			family := yosys.ICE40
			if tt.name == "family" {
				family = "ecp5"
			}
			for _, of := range []func(context.Context, string, []byte, yosys.Family) (Area, error){Of, Hierarchical} {
				a, err := of(t.Context(), tt.top, []byte(tt.sv), family)
				require.ErrorContains(t, err, tt.want)
				require.Zero(t, a)
			}
		})
	}
}

func TestOfCancelled(t *testing.T) {
	tooltest.Need(t, "yosys")
	dir := fresh(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := Of(ctx, "m", []byte(unit), yosys.XCUP)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	stored, err := os.ReadDir(filepath.Join(dir, "area"))
	require.NoError(t, err)
	require.Empty(t, stored)
}

// TestDSPBlocks counts the multipliers that share a block of Cyclone V.
func TestDSPBlocks(t *testing.T) {
	for _, tt := range []struct{ nine, eighteen, twentySeven, want int }{
		{0, 0, 0, 0}, {1, 0, 0, 1}, {3, 0, 0, 1}, {4, 0, 0, 2}, {0, 1, 0, 1}, {0, 2, 0, 1}, {0, 3, 0, 2}, {0, 0, 2, 2}, {12, 23, 6, 4 + 12 + 6},
	} {
		cells := map[string]int{"MISTRAL_MUL9X9": tt.nine, "MISTRAL_MUL18X18": tt.eighteen, "MISTRAL_MUL27X27": tt.twentySeven}
		require.Equal(t, tt.want, dspBlocks(cells), "%v", cells)
	}
}

// TestInverters counts one for each inverted net, and none where a flip-flop
// inverts by itself.
func TestInverters(t *testing.T) {
	inv := func(in, out yosys.Net) yosys.Cell {
		return yosys.Cell{Type: "INV", In: map[string][]yosys.Net{"I": {in}}, Out: map[string][]yosys.Net{"O": {out}}}
	}
	ff := func(d, clr yosys.Net) yosys.Cell {
		return yosys.Cell{Type: "FDCE", In: map[string][]yosys.Net{"D": {d}, "CLR": {clr}}}
	}
	lut := yosys.Cell{Type: "LUT1", In: map[string][]yosys.Net{"I0": {12}}}
	carry := yosys.Cell{Type: "CARRY4", In: map[string][]yosys.Net{"S": {-1, 14, -1, -1}}}
	for _, tt := range []struct {
		cells []yosys.Cell
		want  int
	}{
		{nil, 0},
		{[]yosys.Cell{inv(1, 10), inv(1, 11), ff(2, 10), ff(3, 11)}, 0},
		{[]yosys.Cell{inv(1, 10), ff(10, 5)}, 1},
		{[]yosys.Cell{inv(1, 10), ff(2, 10), inv(1, 12), lut}, 1},
		{[]yosys.Cell{inv(1, 12), inv(1, 14), lut, carry}, 1},
		{[]yosys.Cell{inv(1, 12), inv(2, 14), lut, carry}, 2},
		{[]yosys.Cell{inv(1, 14), carry}, 1},
		{[]yosys.Cell{{Type: "INV"}}, 0},
	} {
		require.Equal(t, tt.want, inverters(&yosys.Module{Cells: tt.cells}), "%+v", tt.cells)
	}
}

package yosys_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lockstep/tool/tooltest"
	"lockstep/yosys"
)

// memories has one memory of each kind: simple and true dual port, shallow, a
// few bits, a table; all with known contents and cleared read registers.
const memories = `module m (input logic clk_i, input logic rst_ni, input logic [6:0] a_i, input logic [6:0] b_i, input logic we_i, input logic re_i,
  input logic [127:0] d_i, output logic [127:0] simple_o, output logic [19:0] one_o, output logic [19:0] two_o,
  output logic [999:0] shallow_o, output logic [29:0] table_o, output logic [3:0] few_o);
  logic [127:0] simple_mem [96];
  logic [19:0] dual_mem [128];
  logic [999:0] shallow_mem [16];
  logic [3:0] few_mem [5];
  logic [29:0] table_mem [128];
  initial begin
    simple_o = '0; one_o = '0; two_o = '0; shallow_o = '0; table_o = '0; few_o = '0;
    for (int i = 0; i < 96; i = i + 1) simple_mem[i] = '0;
    for (int i = 0; i < 128; i = i + 1) dual_mem[i] = 20'(i);
    for (int i = 0; i < 16; i = i + 1) shallow_mem[i] = '0;
    for (int i = 0; i < 5; i = i + 1) few_mem[i] = '0;
    for (int i = 0; i < 128; i = i + 1) table_mem[i] = 30'(i * i * 72901);
  end
  always @(posedge clk_i) begin
    if (we_i) simple_mem[a_i] <= d_i;
    if (re_i) simple_o <= simple_mem[b_i];
  end
  always @(posedge clk_i) begin
    if (we_i) dual_mem[a_i] <= d_i[19:0]; else one_o <= dual_mem[a_i];
    if (re_i) dual_mem[b_i] <= d_i[39:20]; else two_o <= dual_mem[b_i];
  end
  always @(posedge clk_i) begin
    if (we_i) shallow_mem[a_i[3:0]] <= {d_i[103:0], {7{d_i}}};
    shallow_o <= shallow_mem[b_i[3:0]];
  end
  always @(posedge clk_i) begin
    if (we_i) few_mem[a_i[2:0]] <= d_i[3:0];
    few_o <= few_mem[b_i[2:0]];
  end
  always @(posedge clk_i) table_o <= table_mem[a_i];
endmodule
`

// TestMemories expects each memory in the block that fits it, as data sheets
// give their sizes, and no word in flip-flops.
func TestMemories(t *testing.T) {
	tooltest.Need(t, "yosys")
	mapped := func(f yosys.Family) map[string]int {
		n, err := yosys.Mapping{Top: "m", SV: []byte(memories), Family: f}.Run(t.Context())
		require.NoError(t, err)
		return n.Count()
	}
	cells := mapped(yosys.IntelALM)
	require.Equal(t, 4+1+1, cells["M10K"], "96 words of 128 bits in blocks of 256 x 40, 128 of 20, 128 of 30: %v", cells)
	require.Equal(t, 1000/20, cells["MLAB"], "16 words of 1000 bits in blocks of 32 x 20: %v", cells)
	require.Equal(t, 1000+20+4, cells["MISTRAL_FF"], "read registers of what is not in M10K, and five words of four bits: %v", cells)

	cells = mapped(yosys.XCUP)
	require.Equal(t, 2+1, cells["RAMB36E2"], "72 bits each for 96 words of 128 bits, and two ports of more than 18 bits: %v", cells)
	require.Equal(t, 72+1, cells["RAM32M16"], "14 bits each, for 16 words of 1000 bits and five of four: %v", cells)
	require.LessOrEqual(t, cells["FDRE"], 1000+4+30+2*(20+1), "read registers of what is not in block RAM, and two that hold: %v", cells)
}

// TestMappingRefuses what would be counted wrongly, and a design that Yosys
// refuses.
func TestMappingRefuses(t *testing.T) {
	tooltest.Need(t, "yosys")
	// Two reads and two writes at once in one cycle fit no block.
	const busy = `module m (input logic clk_i, input logic [6:0] a_i, input logic [6:0] b_i, input logic [10:0] d_i, output logic [10:0] y_o, output logic [10:0] z_o);
  logic [10:0] busy_mem [96];
  always @(posedge clk_i) begin
    busy_mem[a_i] <= d_i;
    if (d_i[0]) busy_mem[b_i] <= ~d_i;
    y_o <= busy_mem[a_i ^ 7'd1];
    z_o <= busy_mem[b_i ^ 7'd1];
  end
endmodule`
	for _, tt := range []struct{ name, top, sv, want string }{
		{"syntax", "m", "module m; assign = ; endmodule", "syntax error"},
		{"other top", "n", good, "yosys: mapping module n: exit status 1"},
		{"latch", "m", `module m (input logic en_i, input logic a_i, output logic y_o);
  always @* if (en_i) y_o = a_i;
endmodule`, "yosys: mapping module m: the design has a latch"},
		{"memory", "m", busy, "yosys: mapping module m: memory busy_mem of 96 words of 11 bits fits no memory block of " +
			"%s, want at most 1024 bits in flip-flops"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, f := range yosys.Families() {
				if strings.Contains(tt.want, "%s") {
					tt.want = fmt.Sprintf(tt.want, f)
				}
				n, err := yosys.Mapping{Top: tt.top, SV: []byte(tt.sv), Family: f}.Run(t.Context())
				require.ErrorContains(t, err, tt.want)
				require.Nil(t, n)
				require.Equal(t, tt.name == "latch", errors.Is(err, yosys.ErrLatch))
				if tt.name != "syntax" {
					break // the families do not differ
				}
			}
		})
	}
}

func TestMappingErrors(t *testing.T) {
	for _, tt := range []struct {
		m    yosys.Mapping
		want string
	}{
		{yosys.Mapping{Top: "m", Family: "ecp5"}, `yosys: family is "ecp5", want one of xcup xcup_lut intel_alm ice40`},
		{yosys.Mapping{Top: "m"}, `yosys: family is "", want one of xcup xcup_lut intel_alm ice40`},
		{yosys.Mapping{Top: "m; shell", Family: yosys.XCUP}, `yosys: top module is "m; shell", want a Verilog identifier`},
		{yosys.Mapping{Top: "../m", Family: yosys.XCUP}, `yosys: top module is "../m", want a Verilog identifier`},
		{yosys.Mapping{Family: yosys.XCUP}, `yosys: top module is "", want a Verilog identifier`},
		{yosys.Mapping{Top: "1m", Family: yosys.XCUP}, `yosys: top module is "1m", want a Verilog identifier`},
	} {
		_, err := tt.m.Run(t.Context())
		require.EqualError(t, err, tt.want)
	}
	require.EqualError(t, yosys.Synthesise(t.Context(), "m\nshell", nil), `yosys: top module is "m\nshell", want a Verilog identifier`)
}

// TestMappingCancelled ends Yosys at work, and does not start it again.
func TestMappingCancelled(t *testing.T) {
	tooltest.Need(t, "yosys")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	m := yosys.Mapping{Top: "m", SV: []byte(memories), Family: yosys.IntelALM}
	for range 2 {
		_, err := m.Run(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.EqualError(t, err, "yosys: mapping module m: context deadline exceeded")
	}
}

// tiled has six multipliers in rows of three.
const tiled = `module cell_m (input logic clk_i, input logic rst_ni, input logic [7:0] a_i, output logic [8:0] y_o);
  logic [8:0] s_q;
  always_ff @(posedge clk_i or negedge rst_ni) if (!rst_ni) s_q <= '0; else s_q <= 9'(a_i) + 9'(a_i[7:4]);
  assign y_o = s_q;
endmodule
module row_m (input logic clk_i, input logic rst_ni, input logic [23:0] a_i, output logic [26:0] y_o);
  for (genvar i = 0; i < 3; i = i + 1) begin : gen_cell
    cell_m u_cell (.clk_i(clk_i), .rst_ni(rst_ni), .a_i(a_i[i*8 +: 8]), .y_o(y_o[i*9 +: 9]));
  end
endmodule
module m (input logic clk_i, input logic rst_ni, input logic [47:0] a_i, output logic [53:0] y_o, output logic parity_o);
  for (genvar i = 0; i < 2; i = i + 1) begin : gen_row
    row_m u_row (.clk_i(clk_i), .rst_ni(rst_ni), .a_i(a_i[i*24 +: 24]), .y_o(y_o[i*27 +: 27]));
  end
  always_ff @(posedge clk_i or negedge rst_ni) if (!rst_ni) parity_o <= '0; else parity_o <= ^a_i;
endmodule
`

// TestHierarchy counts instances of instances, where nothing can be optimised
// over borders.
func TestHierarchy(t *testing.T) {
	tooltest.Need(t, "yosys")
	for _, f := range []yosys.Family{yosys.XCUP, yosys.IntelALM, yosys.ICE40} { // XCUPLUT differs from XCUP in multipliers alone
		flat, err := yosys.Mapping{Top: "m", SV: []byte(tiled), Family: f}.Run(t.Context())
		require.NoError(t, err)
		kept, err := yosys.Mapping{Top: "m", SV: []byte(tiled), Family: f, Hierarchical: true}.Run(t.Context())
		require.NoError(t, err)
		var instances []int
		kept.Modules(func(_ *yosys.Module, n int) { instances = append(instances, n) })
		require.Equal(t, []int{1, 2, 6}, instances)
		for _, kind := range []string{"FDCE", "MISTRAL_FF", "SB_DFFR", "CARRY4", "MISTRAL_ALUT_ARITH", "SB_CARRY"} {
			require.Equal(t, flat.Count()[kind], kept.Count()[kind], "%s: %v %v", kind, flat.Count(), kept.Count())
		}
		require.Equal(t, 6*9+1, kept.Count()["FDCE"]+kept.Count()["MISTRAL_FF"]+kept.Count()["SB_DFFR"])
	}
}

package yosys_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/tool/tooltest"
	"lockstep/yosys"
)

const good = `module m (input logic clk_i, input logic rst_ni, input logic [7:0] a_i, output logic [8:0] y_o);
  logic [8:0] s_q;
  always_ff @(posedge clk_i or negedge rst_ni) if (!rst_ni) s_q <= '0; else s_q <= 9'(a_i) + 9'(a_i[7:4]);
  assign y_o = s_q;
endmodule
`

// TestSynthesiseRefuses what a generated module must never have.
func TestSynthesiseRefuses(t *testing.T) {
	tooltest.Need(t, "yosys")
	require.NoError(t, yosys.Synthesise(t.Context(), "m", []byte(good)))
	for _, tt := range []struct{ name, sv, want string }{
		{"latch", `module m (input logic en_i, input logic a_i, output logic y_o);
  always @* if (en_i) y_o = a_i;
endmodule`, "selection is not empty"},
		{"latch by always_comb", `module m (input logic en_i, input logic a_i, output logic y_o);
  always_comb if (en_i) y_o = a_i;
endmodule`, "Latch inferred for signal"},
		{"two drivers", `module m (input logic a_i, input logic b_i, output logic y_o);
  assign y_o = a_i; assign y_o = b_i;
endmodule`, "multiple conflicting drivers"},
		{"no driver", `module m (input logic a_i, output logic y_o);
  logic n; assign y_o = a_i & n;
endmodule`, "is used but has no driver"},
		{"loop", `module m (input logic a_i, output logic y_o);
  logic n; assign n = y_o ^ a_i; assign y_o = n & a_i;
endmodule`, "logic loop"},
		{"unknown module", `module m (input logic a_i, output logic y_o);
  other u_other (.a_i(a_i), .y_o(y_o));
endmodule`, "is not part of the design"},
		{"syntax", `module m (input logic a_i, output logic y_o); assign y_o = ; endmodule`, "syntax error"},
		{"other top", `module n (input logic a_i, output logic y_o); assign y_o = a_i; endmodule`, "yosys: module m: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.ErrorContains(t, yosys.Synthesise(t.Context(), "m", []byte(tt.sv)), tt.want)
		})
	}
}

// TestXilinx is what others count with.
func TestXilinx(t *testing.T) {
	tooltest.Need(t, "yosys")
	cells, err := yosys.Xilinx(t.Context(), "m", []byte(good))
	require.NoError(t, err)
	require.Equal(t, 9, cells["FDCE"], "%v: nine registers with asynchronous reset", cells)
	require.Positive(t, cells["LUT2"]+cells["LUT3"]+cells["LUT4"]+cells["LUT5"]+cells["LUT6"]+cells["CARRY4"]+cells["CARRY8"], "%v", cells)
	_, err = yosys.Xilinx(t.Context(), "m", []byte("module n; endmodule"))
	require.ErrorContains(t, err, "yosys: mapping module m: ")
}

func TestCancelled(t *testing.T) {
	tooltest.Need(t, "yosys")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, yosys.Synthesise(ctx, "m", []byte(good)), context.Canceled)
}

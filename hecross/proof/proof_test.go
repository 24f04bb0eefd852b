package proof

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lockstep/tool/tooltest"
)

// all has every kind of cell that is understood.
const all = `module m (input logic clk_i, input logic rst_ni, input logic [7:0] a_i, input logic [7:0] b_i, input logic [2:0] n_i,
  output logic [7:0] sum_o, output logic [8:0] wide_o, output logic [7:0] difference_o, output logic [9:0] product_o,
  output logic [7:0] less_o, output logic [7:0] swap_o, output logic [7:0] left_o, output logic [7:0] right_o);
  logic [7:0] a_q, later_q;
  logic [8:0] d;
  always_ff @(posedge clk_i or negedge rst_ni) if (!rst_ni) a_q <= '0; else a_q <= a_i;
  always_ff @(posedge clk_i) later_q <= a_q;
  assign sum_o = a_i + b_i;
  assign wide_o = 9'(a_i) + 9'(b_i);
  assign difference_o = later_q - b_i;
  assign product_o = 10'(a_i) * 10'd5;
  assign d = 9'(a_i) - 9'(b_i);
  assign less_o = d[8] ? a_i : b_i;
  assign swap_o = {a_i[3:0], a_i[7:4]};
  assign left_o = a_i << n_i;
  assign right_o = a_i >> n_i;
endmodule
`

func read(t *testing.T, sv string) *Circuit {
	tooltest.Need(t, "yosys", "z3")
	c, err := Read(t.Context(), "m", []byte(sv))
	require.NoError(t, err)
	return c
}

// TestEquations decides true and false claims about each kind of cell.
func TestEquations(t *testing.T) {
	c := read(t, all)
	for _, tt := range []struct{ in, out, holds, fails string }{
		{"a_i b_i", "sum_o", "(= sum_o (mod (+ a_i b_i) 256))", "(= sum_o (+ a_i b_i))"},
		{"a_i b_i", "wide_o", "(= wide_o (+ a_i b_i))", "(= wide_o (mod (+ a_i b_i) 256))"},
		{"a_i b_i", "difference_o", "(= difference_o (mod (- a_i b_i) 256))", "(= difference_o (- a_i b_i))"},
		{"a_i", "product_o", "(= product_o (mod (* 5 a_i) 1024))", "(= product_o (* 5 a_i))"},
		{"a_i b_i", "less_o", "(= less_o (ite (< a_i b_i) a_i b_i))", "(= less_o (ite (< b_i a_i) a_i b_i))"},
		{"a_i", "swap_o", "(= swap_o (+ (div a_i 16) (* 16 (mod a_i 16))))", "(= swap_o a_i)"},
		{"a_i", "left_o", "(= left_o (mod (* 8 a_i) 256))", "(= left_o (mod (* 4 a_i) 256))"},
		{"a_i", "right_o", "(= right_o (div a_i 8))", "(= right_o (div a_i 4))"},
		{"a_q b_i", "difference_o", "(= difference_o (mod (- a_q b_i) 256))", "(= difference_o 0)"}, // cut open at a register
		{"a_i", "a_i", "(<= 0 a_i 255)", "(<= 0 a_i 254)"},
	} {
		text, err := c.Equations(strings.Fields(tt.in), strings.Fields(tt.out), map[string]uint64{"n_i": 3})
		require.NoError(t, err)
		got, err := Solve(t.Context(), text+"(assert (not "+tt.holds+"))(check-sat)(reset)"+text+"(assert (not "+tt.fails+"))(check-sat)")
		require.NoError(t, err)
		require.Equal(t, []string{"unsat", "sat"}, got, tt.holds)
	}
}

// TestFixed gives a product of variables a constant factor.
func TestFixed(t *testing.T) {
	c := read(t, `module m (input logic [7:0] a_i, input logic [7:0] b_i, output logic [15:0] y_o);
  assign y_o = 16'(a_i) * 16'(b_i);
endmodule`)
	_, err := c.Equations([]string{"a_i", "b_i"}, []string{"y_o"}, nil)
	require.ErrorContains(t, err, "multiplies two variables")
	text, err := c.Equations([]string{"a_i"}, []string{"y_o"}, map[string]uint64{"b_i": 201})
	require.NoError(t, err)
	got, err := Solve(t.Context(), text+"(assert (not (= y_o (* 201 a_i))))(check-sat)")
	require.NoError(t, err)
	require.Equal(t, []string{"unsat"}, got)
}

func TestErrors(t *testing.T) {
	c := read(t, all)
	for _, tt := range []struct{ in, out, want string }{
		{"a_i", "none", "proof: module m: no net is called none"},
		{"none", "sum_o", "proof: module m: no net is called none"},
		{"a_i", "sum_o", "is no bit of an input and has no driver"},
		{"a_i n_i", "left_o", "of kind $shl, which is not linear"},
	} {
		_, err := c.Equations(strings.Fields(tt.in), strings.Fields(tt.out), nil)
		require.ErrorContains(t, err, tt.want)
	}
	for sv, want := range map[string]string{
		`module m (input logic [7:0] a_i, output logic [7:0] y_o); assign y_o = a_i ^ 8'd3; endmodule`:                                    "of kind $xor, which is not linear",
		`module m (input logic signed [7:0] a_i, output logic signed [8:0] y_o); assign y_o = a_i + 9'sd3; endmodule`:                     "of kind $add is signed",
		`module m (input logic [7:0] a_i, output logic [7:0] y_o); logic [7:0] n; assign n = y_o + a_i; assign y_o = n - 8'd1; endmodule`: "a loop through cell",
	} {
		_, err := read(t, sv).Equations([]string{"a_i"}, []string{"y_o"}, nil)
		require.ErrorContains(t, err, want)
	}
	_, err := Read(t.Context(), "m; shell", nil)
	require.EqualError(t, err, `proof: top module is "m; shell", want a Verilog identifier`)
	_, err = Read(t.Context(), "m", []byte("module m; assign = ; endmodule"))
	require.ErrorContains(t, err, "proof: module m: exit status 1")
	_, err = parse("m", []byte(`{"modules": {"n": {}}}`))
	require.EqualError(t, err, "netlist has no such module")
	_, err = parse("m", []byte(`{"modules": {"m": {"netnames": {"a": {"bits": ["x"]}}}}}`))
	require.ErrorContains(t, err, "netlist: ")
}

func TestSolve(t *testing.T) {
	tooltest.Need(t, "z3")
	_, err := Solve(t.Context(), "(assert (= a 1))(check-sat)")
	require.ErrorContains(t, err, "unknown constant a")
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = Solve(ctx, "(check-sat)")
	require.EqualError(t, err, "proof: z3: context deadline exceeded")
}

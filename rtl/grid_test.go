package rtl_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
)

// TestGrid computes y = W*x in 2 x 3 copies: x moves right, sums move down, and
// every copy has the weight 1.
func TestGrid(t *testing.T) {
	sub := rtl.New("adder", "")
	on := sub.InUnstaged(p("on", rtl.U(1), 1))[0]
	x, sum := sub.In(p("x", rtl.U(8), 1))[0], sub.In(p("sum", rtl.U(16), 1))[0]
	sub.Out(p("sum", rtl.U(16), 1), []rtl.Sig{sum.AddWrap(x.Extend(16)).RegEn("sum", on)})
	sub.Out(p("x", rtl.U(8), 1), []rtl.Sig{x.Reg("x")})
	sub.Out(p("low", rtl.U(1), 1), []rtl.Sig{x.Bit(0).Reg("low")})
	m := rtl.New("top", "")
	a, yes := m.In(p("a", rtl.U(8), 2)), m.InUnstaged(p("on", rtl.U(1), 1))
	zero := m.Const(rtl.U(16), 0)
	copies := m.Grid("add", sub, 2, 3, rtl.ToAll(yes...), rtl.FromWest([][]rtl.Sig{{a[0]}, {a[1].Reg("a1")}}),
		rtl.FromNorth([][]rtl.Sig{{zero}, {zero}, {zero}}))
	require.Len(t, copies, 6)
	ys := make([]rtl.Sig, 3)
	for c := range ys {
		at, ok := copies[3+c][0][0].Stage()
		require.True(t, ok)
		require.Equal(t, 2+c, at, "column %d", c)
		ys[c] = copies[3+c][0][0].Delay("late"+string(rune('a'+c)), 2-c)
	}
	m.Out(p("y", rtl.U(16), 3), ys)
	m.Out(p("low", rtl.U(1), 1), []rtl.Sig{copies[4][2][0]})
	sv, err := m.Verilog()
	require.NoError(t, err)
	require.Contains(t, string(sv), `  assign u_add_on_in = on_i;
  assign u_add_x[7:0] = a_i[7:0];
  assign u_add_x[39:32] = a1_q;
  assign u_add_sum[47:0] = {16'h0, 16'h0, 16'h0};
  for (genvar r = 0; r < 2; r = r + 1) begin : gen_add_row
    for (genvar c = 0; c < 3; c = c + 1) begin : gen_add
      adder u_add ( // grid_test.go:`)
	require.Contains(t, string(sv), `
        .clk_i(clk_i),
        .rst_ni(rst_ni),
        .on_i(u_add_on_in),
        .x_i(u_add_x[(r*4+c)*8 +: 8]),
        .sum_i(u_add_sum[(r*3+c)*16 +: 16]),
        .sum_o(u_add_sum[((r+1)*3+c)*16 +: 16]),
        .x_o(u_add_x[(r*4+c+1)*8 +: 8]),
        .low_o(u_add_low[r*3+c])
      );
    end
  end
`)
	require.Equal(t, 1, strings.Count(string(sv), " u_add ("), "placed once")

	it, err := rtl.NewInterp(m)
	require.NoError(t, err)
	var ends [][]int64
	for _, f := range [][]int64{{1, 2}, {255, 255}, {7, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}} {
		outs := [][]int64{make([]int64, 3), {0}}
		it.Eval([][]int64{f, {1}}, outs)
		it.Clock()
		ends = append(ends, outs[0])
	}
	require.Equal(t, []int64{3, 3, 3}, ends[4])
	require.Equal(t, []int64{510, 510, 510}, ends[5])
	require.Equal(t, []int64{7, 7, 7}, ends[6])
	v, err := it.Peek("u_add[1][2].sum")
	require.NoError(t, err)
	require.Equal(t, int64(0), v)

	loc, err := m.Locate("u_add[1][2].sum")
	require.NoError(t, err)
	require.Equal(t, rtl.Location{Scope: "gen_add_row[1].gen_add[2].u_add", Verilog: "sum_q", Shape: rtl.U(16), Lanes: 1}, loc)
	for _, index := range []string{"2][0", "0][3", "-1][0", "1", "1][x", ""} {
		_, err := m.Locate("u_add[" + index + "].sum")
		require.ErrorContains(t, err, "of u_add, want a row and a column of 2x3 copies, as [0][0]", index)
	}
	_, err = m.Locate("u_add.sum")
	require.ErrorContains(t, err, "u_add is an array, index it")
}

package yosys

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/tool/tooltest"
)

// sums has a path from inputs to outputs without a register, one behind a
// register, and an output that is a register; nothing reads idle_i.
const sums = `module m (input logic clk_i, input logic rst_ni, input logic [3:0] a_i, input logic [3:0] b_i,
  input logic [2:0] idle_i, output logic [4:0] now_o, output logic [7:0] sum_o, output logic [3:0] last_o);
  logic [7:0] sum_q;
  always_ff @(posedge clk_i or negedge rst_ni) if (!rst_ni) begin
    sum_q <= '0; last_o <= '0;
  end else begin
    sum_q <= sum_q + 8'(a_i); last_o <= b_i;
  end
  assign now_o = 5'(a_i) + 5'(b_i);
  assign sum_o = sum_q ^ 8'h5a;
endmodule
`

// A board plays a netlist of LUTs, carries and flip-flops.
type board struct {
	cells []Cell
	nets  map[Net]bool
	ports map[string]Net
}

func newBoard(t *testing.T, top string, data []byte) *board {
	n, err := parse(top, data)
	require.NoError(t, err)
	b := &board{cells: n.modules[top].Cells, nets: map[Net]bool{}, ports: map[string]Net{}}
	var names []string
	for _, p := range n.modules[top].Ports {
		names = append(names, p.Direction+" "+p.Name)
		require.Len(t, p.Nets, 1)
		b.ports[p.Name] = p.Nets[0]
	}
	require.Equal(t, []string{"input clk_i", "input d_i", "output d_o", "input rst_ni"}, names)
	return b
}

// pin is a pin of a cell; the constants of these netlists are zero.
func (b *board) pin(c Cell, name string) bool { return len(c.In[name]) == 1 && b.nets[c.In[name][0]] }

// settle computes all logic.
func (b *board) settle(t *testing.T) {
	for range b.cells {
		changed := false
		for _, c := range b.cells {
			out, v := "O", false
			switch c.Type {
			case "SB_LUT4":
				at := 0
				for i := range 4 {
					if b.pin(c, fmt.Sprint("I", i)) {
						at |= 1 << i
					}
				}
				v = c.Int("LUT_INIT")>>at&1 == 1
			case "SB_CARRY":
				n := 0
				for _, in := range []string{"I0", "I1", "CI"} {
					if b.pin(c, in) {
						n++
					}
				}
				out, v = "CO", n > 1
			default:
				continue
			}
			net := c.Out[out][0]
			changed = changed || b.nets[net] != v
			b.nets[net] = v
		}
		if !changed {
			return
		}
	}
	t.Fatal("the logic does not settle")
}

// edge is a rising edge of the clock.
func (b *board) edge(t *testing.T) {
	next := map[Net]bool{}
	for _, c := range b.cells {
		switch c.Type {
		case "SB_DFF":
			next[c.Out["Q"][0]] = b.pin(c, "D")
		case "SB_DFFR":
			next[c.Out["Q"][0]] = b.pin(c, "D") && !b.pin(c, "R")
		case "SB_LUT4", "SB_CARRY":
		default:
			t.Fatalf("cell of kind %s", c.Type)
		}
	}
	for net, v := range next {
		b.nets[net] = v
	}
	b.settle(t)
}

// TestBlock plays the wrapped and mapped design against arithmetic: bits shift
// in, the design sees them as a_i and b_i, its outputs are sampled and folded.
func TestBlock(t *testing.T) {
	tooltest.Need(t, "yosys")
	block, err := Mapping{Top: "m", SV: []byte(sums), Family: ICE40}.Block(t.Context())
	require.NoError(t, err)
	b := newBoard(t, "m_block", block.JSON)
	set := func(port string, v bool) { b.nets[b.ports[port]] = v }
	set("rst_ni", true)
	b.settle(t)

	const ins, outs = 8, 5 + 8 + 4
	var shift, sum, last, sampled, fold uint64
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[bool]int{}
	for cycle := range 400 {
		d := r.Uint64() & 1
		set("d_i", d == 1)
		b.settle(t)
		b.edge(t)
		a, c := shift&15, shift>>4
		out := last | (a+c)<<4 | (sum^0x5a)<<9 // ports in the order of their names
		fold = (fold<<1 ^ sampled) & (1<<outs - 1)
		sampled = out
		sum, last, shift = (sum+a)&255, c, (shift<<1|d)&(1<<ins-1)
		got := b.nets[b.ports["d_o"]]
		require.Equal(t, fold>>(outs-1) == 1, got, "cycle %d", cycle)
		seen[got]++
	}
	require.Greater(t, min(seen[true], seen[false]), 100)
	require.Equal(t, ins+2*outs-4-4, block.Wrapper, "samples share the cells of four LUTs of now_o, whose last bit is a carry, and the four inverters of sum_o")
}

// TestBlockPaths follows every path of the wrapper: none has more than one LUT,
// and the design reads flip-flops and drives flip-flops.
func TestBlockPaths(t *testing.T) {
	tooltest.Need(t, "yosys")
	m := Mapping{Top: "m", SV: []byte(sums), Family: ICE40}
	block, err := m.Block(t.Context())
	require.NoError(t, err)
	b := newBoard(t, "m_block", block.JSON)
	bare, err := m.Run(t.Context())
	require.NoError(t, err)
	driver := map[Net]Cell{}
	cells := map[string]int{}
	for _, c := range b.cells {
		for _, nets := range c.Out {
			for _, n := range nets {
				driver[n] = c
			}
		}
		if ofUnit(c) {
			cells[c.Type]++
		}
	}
	require.Equal(t, bare.Count(), cells, "the cells of the design are those that are counted")
	for _, c := range b.cells {
		for pin, nets := range c.In {
			for _, n := range nets {
				from, ok := driver[n]
				if !ok || pin == "C" {
					continue // a constant or a port
				}
				switch {
				case ofUnit(c) && !ofUnit(from):
					require.Equal(t, "SB_DFF", from.Type, "into the design: %s", c.Name)
				case !ofUnit(c) && ofUnit(from):
					require.Equal(t, "SB_DFF", c.Type, "out of the design: %s", from.Name)
				case !ofUnit(c) && c.Type == "SB_LUT4":
					require.Equal(t, "SB_DFF", from.Type, "one LUT between flip-flops: %s", c.Name)
				}
			}
		}
	}
}

func ofUnit(c Cell) bool { return strings.Contains(c.Name, UnitPrefix) }

func TestBlockRefuses(t *testing.T) {
	for _, tt := range []struct {
		m    Mapping
		want string
	}{
		{Mapping{Top: "m n", Family: ICE40}, `yosys: top module is "m n", want a Verilog identifier`},
		{Mapping{Top: "m", Family: XCUP}, "yosys: module m is to be wrapped in xcup, hierarchical false; want ice40 as one piece"},
		{Mapping{Top: "m", Family: ICE40, Hierarchical: true}, "yosys: module m is to be wrapped in ice40, hierarchical true; want ice40 as one piece"},
	} {
		_, err := tt.m.Block(t.Context())
		require.EqualError(t, err, tt.want)
	}
}

func TestWrapperRefuses(t *testing.T) {
	port := func(name, direction string, width int) Port { return Port{name, direction, make([]Net, width)} }
	for _, tt := range []struct {
		ports []Port
		want  string
	}{
		{[]Port{port("a b", "input", 1)}, `port is "a b", want a Verilog identifier`},
		{[]Port{port("a", "inout", 1)}, "port a is inout, want input or output"},
		{[]Port{port("clk_i", "input", 1), port("rst_ni", "input", 1), port("y", "output", 2)},
			"it has 0 input bits beside clk_i and rst_ni and 2 output bits, want at least one of both"},
		{[]Port{port("a", "input", 3)}, "it has 3 input bits beside clk_i and rst_ni and 0 output bits, want at least one of both"},
	} {
		_, err := newWrapper("m", tt.ports)
		require.EqualError(t, err, tt.want)
	}
	w, err := newWrapper("m", []Port{port("clk_i", "input", 2), port("y", "output", 1)})
	require.NoError(t, err, "what has the name of the clock and two bits is none")
	require.Equal(t, 2, w.inputs)
}

// TestWrapping counts the flip-flops of the wrapper that do not follow a LUT of
// the design.
func TestWrapping(t *testing.T) {
	lut := func(name string, out Net) Cell {
		return Cell{Name: name, Type: "SB_LUT4", Out: map[string][]Net{"O": {out}}}
	}
	ff := func(name string, d Net) Cell {
		return Cell{Name: name, Type: "SB_DFF", In: map[string][]Net{"D": {d}}}
	}
	for _, tt := range []struct {
		cells []Cell
		want  int
	}{
		{nil, 0},
		{[]Cell{lut("u_unit.a", 1), ff("q", 1)}, 0},
		{[]Cell{lut("fold", 1), ff("q", 1)}, 1},
		{[]Cell{lut("u_unit.a", 1), ff("u_unit.q", 1)}, 0},
		{[]Cell{lut("u_unit.a", 1), ff("q", 1), ff("p", 1)}, 2},
		{[]Cell{lut("u_unit.a", 1), ff("q", 1), lut("u_unit.b", 2), ff("p", 2), {Name: "r", Type: "SB_DFF"}, {Name: "u_unit.c", Type: "SB_LUT4"}}, 1},
	} {
		m := Module{Cells: tt.cells}
		require.Equal(t, tt.want, m.wrapping(), "%+v", tt.cells)
	}
}

package yosys

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A Block is a design mapped to iCE40 between flip-flops, for place and route:
// a wrapper feeds its inputs from a shift register and folds its outputs into
// one, so that it needs four pins, d_i, d_o, clk_i and rst_ni, and every path of
// the design, also from an input and to an output, lies between flip-flops.
//
// Outputs are sampled before they are folded, so that no path of the wrapper
// has more than one LUT, and none of its LUTs is on a path of the design.
type Block struct {
	JSON    []byte // netlist, as Yosys writes it
	Wrapper int    // logic cells that it takes beside those of the design
}

// UnitPrefix is in the names of the cells and nets of a Block that are the
// design's and not the wrapper's.
const UnitPrefix = "u_unit."

// Block maps m, which must be of iCE40 and not hierarchical, as Run does, and
// wraps what comes out. The clock and the reset of the design, if it has them,
// are clk_i and rst_ni.
func (m Mapping) Block(ctx context.Context) (Block, error) {
	if err := m.Validate(); err != nil {
		return Block{}, err
	}
	if m.Family != ICE40 || m.Hierarchical {
		return Block{}, fmt.Errorf("yosys: module %s is to be wrapped in %s, hierarchical %t; want %s as one piece",
			m.Top, m.Family, m.Hierarchical, ICE40)
	}
	var b Block
	err := inFolder(func(dir string) error {
		files := m.Files()
		files[scriptFile] += "select " + m.Top + "; write_rtlil -selected unit.il\n"
		n, err := m.in(ctx, dir, files)
		if err != nil {
			return err
		}
		w, err := newWrapper(m.Top, n.modules[m.Top].Ports)
		if err != nil {
			return err
		}
		if _, err := run(ctx, dir, w.files()); err != nil {
			return err
		}
		if b.JSON, err = os.ReadFile(filepath.Join(dir, "block.json")); err != nil {
			return err
		}
		whole, err := parse(w.name, b.JSON)
		if err == nil {
			b.Wrapper = whole.modules[w.name].wrapping()
		}
		return err
	})
	if err != nil {
		return Block{}, fmt.Errorf("yosys: wrapping module %s: %w", m.Top, err)
	}
	return b, nil
}

// A wrapper is the module around a design.
type wrapper struct {
	name, unit      string
	inputs, outputs int      // bits
	stub            []string // ports of the design
	pins            []string // their connections
}

func newWrapper(unit string, ports []Port) (wrapper, error) {
	w := wrapper{name: unit + "_block", unit: unit}
	for _, p := range ports {
		if !identifier.MatchString(p.Name) {
			return w, fmt.Errorf("port is %q, want a Verilog identifier", p.Name)
		}
		net := p.Name
		switch n := len(p.Nets); {
		case n == 1 && p.Direction == "input" && (net == "clk_i" || net == "rst_ni"):
		case p.Direction == "input":
			net = fmt.Sprintf("in_q[%d:%d]", w.inputs+n-1, w.inputs)
			w.inputs += n
		case p.Direction == "output":
			net = fmt.Sprintf("out[%d:%d]", w.outputs+n-1, w.outputs)
			w.outputs += n
		default:
			return w, fmt.Errorf("port %s is %s, want input or output", p.Name, p.Direction)
		}
		w.stub = append(w.stub, fmt.Sprintf("%s [%d:0] %s", p.Direction, len(p.Nets)-1, p.Name))
		w.pins = append(w.pins, fmt.Sprintf(".%s(%s)", p.Name, net))
	}
	if w.inputs == 0 || w.outputs == 0 {
		return w, fmt.Errorf("it has %d input bits beside clk_i and rst_ni and %d output bits, want at least one of both", w.inputs, w.outputs)
	}
	return w, nil
}

const wrapperText = `(* blackbox *) module UNIT (STUB);
endmodule
module NAME (input clk_i, input rst_ni, input d_i, output d_o);
  reg [INPUTS-1:0] in_q;
  wire [OUTPUTS-1:0] out;
  reg [OUTPUTS-1:0] out_q, fold_q;
  always @(posedge clk_i) begin
    in_q <= {in_q, d_i};
    out_q <= out;
    fold_q <= {fold_q, 1'b0} ^ out_q;
  end
  assign d_o = fold_q[OUTPUTS-1];
  UNIT u_unit (PINS);
endmodule
`

// The wrapper is mapped around a black box, and the design put into it when
// nothing more is optimised: its cells are those that are counted.
const wrapperScript = `read_verilog block.v
synth_ice40 -top NAME -run begin:check
delete =UNIT
read_rtlil unit.il
hierarchy -check -top NAME
flatten
clean
write_json block.json
`

// files returns the text of the module and the script that reads unit.il and
// writes block.json.
func (w wrapper) files() map[string]string {
	fill := strings.NewReplacer("NAME", w.name, "UNIT", w.unit, "INPUTS", fmt.Sprint(w.inputs), "OUTPUTS", fmt.Sprint(w.outputs),
		"STUB", strings.Join(w.stub, ", "), "PINS", strings.Join(w.pins, ", "))
	return map[string]string{"block.v": fill.Replace(wrapperText), scriptFile: fill.Replace(wrapperScript)}
}

// wrapping returns how many logic cells the wrapper takes in a block: one for
// each of its flip-flops, with its LUT. None for one with a LUT of the design
// before it that drives nothing else: both are in one cell, which is counted as
// the design's.
func (m *Module) wrapping() int {
	loads := map[Net]int{}
	luts := map[Net]bool{} // driven by a LUT of the design
	for _, c := range m.Cells {
		for _, nets := range c.In {
			for _, n := range nets {
				loads[n]++
			}
		}
		if c.Type == "SB_LUT4" && strings.Contains(c.Name, UnitPrefix) {
			for _, n := range c.Out["O"] {
				luts[n] = true
			}
		}
	}
	cells := 0
	for _, c := range m.Cells {
		if !strings.HasPrefix(c.Type, "SB_DFF") || strings.Contains(c.Name, UnitPrefix) {
			continue
		}
		if d := c.In["D"]; len(d) != 1 || loads[d[0]] != 1 || !luts[d[0]] {
			cells++
		}
	}
	return cells
}

// Package proof turns the Verilog of a pipeline into linear integer arithmetic,
// so that an SMT solver decides what the arithmetic of the hardware is, whatever
// the operands, in seconds where bit vectors of that width would take forever.
//
// Yosys reads the Verilog. Words become integers between 0 and 2^width - 1, a
// register the word that enters it, a sum or a product by a constant a linear
// equation with the multiple of 2^width that is lost. A product of two variables
// is refused. What is proven of the equations holds for the result that the
// pipeline delivers for an operand, provided that as many registers lie on every
// path between them: package rtl refuses to build anything else.
package proof

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"lockstep/tool"
)

// A Circuit is a module of words.
type Circuit struct {
	top   string
	nets  map[string][]bit // words by name: ports, registers, named nets
	cells []cell
	cell  map[int]int // by wire: the cell that drives it
}

// A bit is the number of a wire, or a constant.
type bit struct {
	wire     int
	constant bool
	one      bool
}

// UnmarshalJSON reads a wire number or "0", "1".
func (b *bit) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case `"0"`, `"1"`:
		*b = bit{constant: true, one: data[1] == '1'}
		return nil
	}
	wire, err := strconv.Atoi(string(data))
	*b = bit{wire: wire}
	return err
}

type cell struct {
	name, kind string
	signed     bool
	pins       map[string][]bit
	word       []bit // the output
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Read returns the module top of the Verilog text sv.
func Read(ctx context.Context, top string, sv []byte) (*Circuit, error) {
	if !identifier.MatchString(top) {
		return nil, fmt.Errorf("proof: top module is %q, want a Verilog identifier", top)
	}
	yosys, err := tool.Find("yosys")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "lockstep-proof-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "design.sv"), sv, 0o644); err != nil {
		return nil, err
	}
	script := "read_verilog -sv design.sv; hierarchy -check -top " + top + "; proc; flatten; opt_clean; write_json design.json"
	cmd := exec.CommandContext(ctx, yosys.Path, "-q", "-p", script)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("proof: module %s: %w\n%s", top, err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "design.json"))
	if err != nil {
		return nil, err
	}
	c, err := parse(top, data)
	if err != nil {
		return nil, fmt.Errorf("proof: module %s: %w", top, err)
	}
	return c, nil
}

// parse reads what write_json writes.
func parse(top string, data []byte) (*Circuit, error) {
	var file struct {
		Modules map[string]struct {
			Cells map[string]struct {
				Type        string
				Parameters  map[string]json.RawMessage
				Directions  map[string]string `json:"port_directions"`
				Connections map[string][]bit
			}
			Names map[string]struct{ Bits []bit } `json:"netnames"`
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("netlist: %w", err)
	}
	m, ok := file.Modules[top]
	if !ok {
		return nil, fmt.Errorf("netlist has no such module")
	}
	c := &Circuit{top: top, nets: map[string][]bit{}, cell: map[int]int{}}
	for name, net := range m.Names {
		c.nets[name] = net.Bits
	}
	for name, from := range m.Cells {
		k := cell{name: name, kind: from.Type, pins: from.Connections}
		for _, p := range []string{"A_SIGNED", "B_SIGNED"} {
			k.signed = k.signed || len(from.Parameters[p]) > 2 && from.Parameters[p][len(from.Parameters[p])-2] == '1'
		}
		for pin, direction := range from.Directions {
			if direction == "output" {
				k.word = append(k.word, from.Connections[pin]...)
			}
		}
		for _, b := range k.word {
			c.cell[b.wire] = len(c.cells)
		}
		c.cells = append(c.cells, k)
	}
	return c, nil
}

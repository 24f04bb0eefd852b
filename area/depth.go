package area

import (
	"fmt"
	"strings"

	"lockstep/yosys"
)

// depth returns the number of levels on the longest path through m. Paths run
// between flip-flops, memory blocks, multipliers with registers, ports and
// instances of other modules. A level is a LUT, a multiplier, or a carry chain
// of any length with the LUTs that feed it, or in iCE40 the LUTs that it feeds;
// multiplexers behind LUTs are none.
func depth(m *yosys.Module) (int, error) {
	g := newGraph(m)
	arrival := map[yosys.Net]int{}
	var ready []int
	for c := range m.Cells {
		if g.waits[c] == 0 {
			ready = append(ready, c)
		}
	}
	deepest, visited := 0, 0
	for ; len(ready) > 0; visited++ {
		c := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		levels := 0
		for _, in := range g.in[c] {
			levels = max(levels, arrival[in.net]+in.cost)
		}
		deepest = max(deepest, levels)
		for _, out := range g.out(c) {
			arrival[out] = levels
			for _, next := range g.loads[out] {
				if g.waits[next]--; g.waits[next] == 0 {
					ready = append(ready, next)
				}
			}
		}
	}
	if visited < len(m.Cells) {
		for c := range m.Cells {
			if g.waits[c] > 0 {
				return 0, fmt.Errorf("a loop of logic through cell %s", m.Cells[c].Name)
			}
		}
	}
	return deepest, nil
}

// A graph is the logic of a module. A cell at which paths end has no in and
// no out.
type graph struct {
	m     *yosys.Module
	in    [][]arc
	loads map[yosys.Net][]int // cells, one for each arc
	waits []int               // by cell: arcs from cells that are not done
}

// An arc is an input of a cell and the levels from it to the outputs.
type arc struct {
	net  yosys.Net
	cost int
}

func newGraph(m *yosys.Module) *graph {
	g := &graph{m: m, in: make([][]arc, len(m.Cells)), loads: map[yosys.Net][]int{}, waits: make([]int, len(m.Cells))}
	driver := map[yosys.Net]string{} // kind of the cell
	for c, cell := range m.Cells {
		for _, out := range g.out(c) {
			driver[out] = cell.Type
		}
	}
	for c, cell := range m.Cells {
		if ended(cell) {
			continue
		}
		for pin, nets := range cell.In {
			for _, net := range nets {
				cost, ok := pass(cell, pin, driver[net])
				if !ok || net < 0 {
					continue
				}
				g.in[c] = append(g.in[c], arc{net, cost})
				if driver[net] != "" {
					g.loads[net] = append(g.loads[net], c)
					g.waits[c]++
				}
			}
		}
	}
	return g
}

// out returns the nets that cell c drives through logic.
func (g *graph) out(c int) []yosys.Net {
	if ended(g.m.Cells[c]) {
		return nil
	}
	var nets []yosys.Net
	for _, out := range g.m.Cells[c].Out {
		nets = append(nets, out...)
	}
	return nets
}

// registers are the parameters of a multiplier that place registers in it.
var registers = []string{"AREG", "BREG", "CREG", "DREG", "ADREG", "MREG", "PREG"}

// ended reports whether no path goes through c.
func ended(c yosys.Cell) bool {
	k := kinds[c.Type]
	if k.path == block {
		for _, r := range registers {
			if c.Int(r) != 0 {
				return true
			}
		}
	}
	return k.path == ends
}

// pass returns the levels from a pin of c to its outputs, and whether there is a
// path at all. What drives the pin may be a LUT that is part of a carry chain, or
// a chain that ends in the LUT: the carry of an iCE40 enters one at I3.
func pass(c yosys.Cell, pin, driver string) (levels int, ok bool) {
	switch kinds[c.Type].path {
	case inside:
		return 0, true
	case level:
		if pin == "I3" && driver == "SB_CARRY" {
			return 0, true
		}
	case chain:
		lut := strings.HasPrefix(driver, "LUT") || driver == inverter
		if pin == "CI" || lut && (pin == "S" || pin == "DI") {
			return 0, true
		}
	case stored:
		return 1, reads(c, pin)
	}
	return 1, true
}

// reads reports whether pin is a read address of a memory of LUTs.
func reads(c yosys.Cell, pin string) bool {
	if letter, ok := strings.CutPrefix(pin, "ADDR"); ok {
		_, read := c.Out["DO"+letter]
		return read // otherwise it is the address of the writes
	}
	return pin == "RA" || strings.HasPrefix(pin, "DPRA") || strings.HasPrefix(pin, "A")
}

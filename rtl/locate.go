package rtl

import (
	"fmt"
	"strings"
)

// A Location is a register or a memory somewhere below a module.
type Location struct {
	Scope   string // of the printed design, below the module: "u_core.gen_pe[3].u_pe"
	Verilog string // identifier in that scope
	Shape   Shape
	Lanes   int
	Depth   int // words of a memory; 0 for a register
}

// Locate finds the register or memory at path, such as "acc" or
// "u_core.u_pe[3].acc", in the printed design.
func (m *Module) Locate(path string) (Location, error) {
	parts := strings.Split(path, ".")
	at, scope := m, []string{}
	for _, p := range parts[:len(parts)-1] {
		name, index, indexed := strings.Cut(strings.TrimSuffix(p, "]"), "[")
		i := at.instanceNamed(name)
		switch {
		case i == nil:
			return Location{}, fmt.Errorf("rtl: module %s has no instance %q, wanted for %q", at.Name, name, path)
		case i.array != indexed:
			return Location{}, fmt.Errorf("rtl: module %s: %s is %s, wanted for %q", at.Name, name,
				map[bool]string{true: "an array, index it", false: "no array"}[i.array], path)
		case indexed:
			place, ok := i.scope(index)
			if !ok && i.grid != nil {
				return Location{}, fmt.Errorf("rtl: module %s: index %q of %s, want a row and a column of %dx%d copies, as [0][0]",
					at.Name, index, name, i.grid.rows, i.grid.cols)
			}
			if !ok {
				return Location{}, fmt.Errorf("rtl: module %s: index %q of %s, want 0 to %d", at.Name, index, name, i.count-1)
			}
			scope = append(scope, place)
		}
		scope = append(scope, name)
		at = i.sub
	}
	name := parts[len(parts)-1]
	loc := Location{Scope: strings.Join(scope, "."), Lanes: 1}
	for _, n := range at.nodes {
		if n.op == opReg && n.name == name {
			loc.Verilog, loc.Shape = name+"_q", n.shape
			return loc, nil
		}
	}
	for _, r := range at.mems {
		if r.name == name {
			loc.Verilog, loc.Shape, loc.Lanes, loc.Depth = name+"_mem", r.shape, r.lanes, r.depth
			return loc, nil
		}
	}
	return Location{}, fmt.Errorf("rtl: module %s has no register or memory %q", at.Name, name)
}

func (m *Module) instanceNamed(name string) *instance {
	for _, i := range m.insts {
		if "u_"+i.name == name {
			return i
		}
	}
	return nil
}

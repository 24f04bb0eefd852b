package yosys

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// A Netlist is a design as cells of a family.
type Netlist struct {
	top     string
	modules map[string]*Module
}

// A Module is one module of a netlist.
type Module struct {
	Ports  []Port // in the order of their names
	Cells  []Cell // in the order of their names
	leaves bool   // a cell of the family: what is inside does not matter
}

// A Port is a port of a module; the lowest bit comes first.
type Port struct {
	Name, Direction string // input, output or inout
	Nets            []Net
}

// A Cell is a cell of the family or an instance of another module.
type Cell struct {
	Name, Type string
	Params     map[string]json.RawMessage
	In, Out    map[string][]Net // by port, the lowest bit first
}

// A Net is the number of a wire of one bit, or less than 0 for a constant.
type Net int

// UnmarshalJSON reads a number or a constant, such as "x".
func (n *Net) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		*n = -1
		return nil
	}
	v, err := strconv.Atoi(string(data))
	if err != nil || v < 0 {
		return fmt.Errorf("net is %s, want a number or a constant", data)
	}
	*n = Net(v)
	return nil
}

// Int returns a parameter of the cell, an unsigned number; 0 if there is none.
func (c Cell) Int(param string) int {
	bits, err := strconv.Unquote(string(c.Params[param]))
	if err != nil {
		bits = "0"
	}
	v, err := strconv.ParseInt(bits, 2, 64)
	if err != nil {
		return 0
	}
	return int(v)
}

// parse reads what write_json writes.
func parse(top string, data []byte) (*Netlist, error) {
	var file struct {
		Modules map[string]struct {
			Attributes map[string]json.RawMessage
			Ports      map[string]struct {
				Direction string
				Bits      []Net
			}
			Cells map[string]struct {
				Type        string
				Parameters  map[string]json.RawMessage
				Directions  map[string]string `json:"port_directions"`
				Connections map[string][]Net
			}
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("netlist: %w", err)
	}
	n := &Netlist{top: top, modules: map[string]*Module{}}
	for name, from := range file.Modules {
		m := &Module{}
		_, m.leaves = from.Attributes["blackbox"]
		for _, port := range slices.Sorted(maps.Keys(from.Ports)) {
			m.Ports = append(m.Ports, Port{port, from.Ports[port].Direction, from.Ports[port].Bits})
		}
		for _, cell := range slices.Sorted(maps.Keys(from.Cells)) {
			f := from.Cells[cell]
			c := Cell{Name: cell, Type: f.Type, Params: f.Parameters, In: map[string][]Net{}, Out: map[string][]Net{}}
			for port, nets := range f.Connections {
				if f.Directions[port] == "output" {
					c.Out[port] = nets
				} else {
					c.In[port] = nets
				}
			}
			m.Cells = append(m.Cells, c)
		}
		n.modules[name] = m
	}
	return n, nil
}

// Modules calls f for every module of the design, the top first, with the
// number of its instances.
func (n *Netlist) Modules(f func(m *Module, instances int)) {
	order := []string{}
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		for _, c := range n.modules[name].Cells {
			if n.IsInstance(c) {
				visit(c.Type)
			}
		}
		order = append(order, name)
	}
	visit(n.top)
	slices.Reverse(order) // parents before children
	instances := map[string]int{n.top: 1}
	for _, name := range order {
		for _, c := range n.modules[name].Cells {
			if n.IsInstance(c) {
				instances[c.Type] += instances[name]
			}
		}
		f(n.modules[name], instances[name])
	}
}

// IsInstance reports whether c is an instance of another module of the design.
func (n *Netlist) IsInstance(c Cell) bool {
	m := n.modules[c.Type]
	return m != nil && !m.leaves
}

// Count returns how many cells there are of each kind.
func (n *Netlist) Count() map[string]int {
	cells := map[string]int{}
	n.Modules(func(m *Module, instances int) {
		for _, c := range m.Cells {
			if !n.IsInstance(c) {
				cells[c.Type] += instances
			}
		}
	})
	return cells
}

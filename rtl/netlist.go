package rtl

import (
	"fmt"
	"strings"
)

func errAt(src source, m *Module, format string, args ...any) error {
	return fmt.Errorf("%s: module %s: %s", src, m.Name, fmt.Sprintf(format, args...))
}

// A cell is one node of a flattened design. Values are indexed by cell.
type cell struct {
	op    opcode
	shape Shape
	args  []int
	val   uint64
	cases []uint64
	node  *node
	path  string // instance path, "" or "u_a.u_b."
}

// A flatMem is one memory of a flattened design.
type flatMem struct {
	*Mem
	path  string
	words [][]uint64 // [address][lane], nil until first written
}

type flatRead struct {
	mem      *flatMem
	addr, en int   // en is -1 where the port is always enabled
	lanes    []int // cells
}

type flatWrite struct {
	mem      *flatMem
	en, addr int
	data     []int
}

type flatRequire struct {
	cell int
	text string
}

// A netlist is a design with its instances inlined.
type netlist struct {
	top      *Module
	cells    []cell
	order    []int // combinational cells, operands first
	regs     []int
	ins      [][]int // [port][lane]
	outs     [][]int
	mems     []*flatMem
	reads    []*flatRead
	writes   []*flatWrite
	requires []flatRequire
}

// A scope maps the nodes of one instance of a module to cells. Wires, inputs
// and instance outputs are aliases that are resolved on demand.
type scope struct {
	m      *Module
	path   string
	cell   []int
	parent *scope
	inst   *instance
	index  int
	subs   map[*instance][]*scope
}

func flatten(m *Module) (*netlist, error) {
	nl := &netlist{top: m}
	top := nl.scope(m, "", nil, nil, 0)
	if err := nl.connect(top); err != nil {
		return nil, err
	}
	for k, p := range m.ins {
		nl.ins = append(nl.ins, make([]int, p.Lanes))
		for l := range nl.ins[k] {
			nl.ins[k][l] = -1
		}
	}
	for _, n := range m.nodes {
		if n.op == opIn {
			nl.ins[n.port][n.val] = top.cell[n.id]
		}
	}
	for _, lanes := range m.outSigs {
		cells := make([]int, len(lanes))
		for l, n := range lanes {
			c, err := nl.resolve(top, n, 0)
			if err != nil {
				return nil, err
			}
			cells[l] = c
		}
		nl.outs = append(nl.outs, cells)
	}
	return nl, nl.sort()
}

// scope allocates the cells of m and of everything below it.
func (nl *netlist) scope(m *Module, path string, parent *scope, inst *instance, index int) *scope {
	s := &scope{m: m, path: path, cell: make([]int, len(m.nodes)), parent: parent, inst: inst, index: index,
		subs: map[*instance][]*scope{}}
	for _, n := range m.nodes {
		s.cell[n.id] = -1
		switch {
		case n.op == opWire, n.op == opFree, n.op == opInst, n.op == opIn && parent != nil:
			continue
		}
		s.cell[n.id] = len(nl.cells)
		nl.cells = append(nl.cells, cell{op: n.op, shape: n.shape, val: n.val, cases: n.cases, node: n, path: path})
	}
	for _, i := range m.insts {
		for c := range i.count {
			s.subs[i] = append(s.subs[i], nl.scope(i.sub, path+"u_"+i.name+i.index(c)+".", s, i, c))
		}
	}
	return s
}

// resolve follows aliases from n to a cell.
func (nl *netlist) resolve(s *scope, n *node, depth int) (int, error) {
	if c := s.cell[n.id]; c >= 0 {
		return c, nil
	}
	if depth > len(nl.cells)+1000 {
		return 0, errAt(n.src, s.m, "combinational loop through wire %s", n.name)
	}
	var c int
	var err error
	switch n.op {
	case opWire, opFree:
		c, err = nl.resolve(s, n.args[0], depth+1)
	case opInst:
		lanes := n.inst.sub.outs[n.port].Lanes
		sub := s.subs[n.inst][int(n.val)/lanes]
		c, err = nl.resolve(sub, sub.m.outSigs[n.port][int(n.val)%lanes], depth+1)
	case opIn:
		c, err = nl.resolve(s.parent, s.inst.ins[s.index][n.port][n.val], depth+1)
	}
	if err == nil {
		s.cell[n.id] = c
	}
	return c, err
}

// connect fills in the operands of every cell of s and below.
func (nl *netlist) connect(s *scope) error {
	var failed error
	at := func(n *node) int {
		c, err := nl.resolve(s, n, 0)
		if err != nil && failed == nil {
			failed = err
		}
		return c
	}
	for _, n := range s.m.nodes {
		c := s.cell[n.id]
		if c < 0 || n.op == opMemRead || nl.cells[c].node != n {
			continue
		}
		for _, a := range n.args {
			nl.cells[c].args = append(nl.cells[c].args, at(a))
		}
		if n.op == opReg {
			nl.regs = append(nl.regs, c)
		}
	}
	for _, r := range s.m.mems {
		nl.connectMem(s, r, at)
	}
	for _, r := range s.m.requires {
		nl.requires = append(nl.requires, flatRequire{at(r.cond),
			fmt.Sprintf("%s: module %s: requirement failed: %s", r.src, s.path+s.m.Name, r.text)})
	}
	for _, i := range s.m.insts {
		for _, sub := range s.subs[i] {
			if err := nl.connect(sub); err != nil {
				return err
			}
		}
	}
	return failed
}

func (nl *netlist) connectMem(s *scope, r *Mem, at func(*node) int) {
	fm := &flatMem{Mem: r, path: s.path}
	nl.mems = append(nl.mems, fm)
	for _, rd := range r.reads {
		fr := &flatRead{mem: fm, addr: at(rd.addr), en: -1, lanes: make([]int, r.lanes)}
		if rd.en != nil {
			fr.en = at(rd.en)
		}
		for l, n := range rd.lanes {
			fr.lanes[l] = s.cell[n.id]
		}
		nl.reads = append(nl.reads, fr)
	}
	for _, w := range r.writes {
		fw := &flatWrite{mem: fm, en: at(w.en), addr: at(w.addr)}
		for _, d := range w.data {
			fw.data = append(fw.data, at(d))
		}
		nl.writes = append(nl.writes, fw)
	}
}

// sort orders the combinational cells, or reports a loop.
func (nl *netlist) sort() error {
	const white, grey, black = 0, 1, 2
	state := make([]uint8, len(nl.cells))
	type frame struct{ cell, next int }
	for root := range nl.cells {
		stack := []frame{{root, 0}}
		for len(stack) > 0 {
			f := &stack[len(stack)-1]
			c := &nl.cells[f.cell]
			if f.next == 0 {
				if state[f.cell] == black {
					stack = stack[:len(stack)-1]
					continue
				}
				state[f.cell] = grey
			}
			if c.op != opReg && f.next < len(c.args) {
				a := c.args[f.next]
				f.next++
				if state[a] == grey {
					return nl.loop(a)
				}
				if state[a] == white {
					stack = append(stack, frame{a, 0})
				}
				continue
			}
			state[f.cell] = black
			if c.op != opReg && c.op != opIn && c.op != opConst && c.op != opMemRead {
				nl.order = append(nl.order, f.cell)
			}
			stack = stack[:len(stack)-1]
		}
	}
	return nil
}

func (nl *netlist) loop(c int) error {
	n := nl.cells[c].node
	where := strings.TrimSuffix(nl.cells[c].path, ".")
	if where != "" {
		where = " in " + where
	}
	return errAt(n.src, nl.top, "combinational loop through this %s%s", n.op, where)
}

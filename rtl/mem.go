package rtl

import (
	"math/bits"
	"slices"
)

// A Mem is a memory of Depth words of Lanes elements: synchronous read, and a
// read in the cycle of a write to the same address returns the old word. It
// has at most two ports that Yosys maps to block RAM: one read and one write
// port, or two ports that each read or write.
//
// Contents start as given, or zero, and survive reset. Addresses of an enabled
// port lie below Depth; where Depth is no power of two, the module requires it.
type Mem struct {
	m      *Module
	name   string
	depth  int
	shape  Shape
	lanes  int
	init   [][]int64
	reads  []*memRead
	writes []*memWrite
	src    source
}

type memRead struct {
	mem      *Mem
	index    int
	addr, en *node // en may be nil
	lanes    []*node
}

type memWrite struct {
	en, addr *node
	data     []*node
}

// Mem declares a memory of depth words of lanes elements of sh, all zero.
func (m *Module) Mem(name string, depth int, sh Shape, lanes int) *Mem {
	m.claim("memory", name+"_mem")
	if depth < 2 || lanes < 1 {
		m.errorf("memory %s has %d words of %d lanes, want at least 2 of 1", name, depth, lanes)
		depth, lanes = max(depth, 2), max(lanes, 1)
	}
	mem := &Mem{m: m, name: name, depth: depth, shape: sh, lanes: lanes, src: caller()}
	m.mems = append(m.mems, mem)
	return mem
}

// ROM declares a memory with contents words[address] and no write port.
func (m *Module) ROM(name string, sh Shape, words []int64) *Mem {
	init := make([][]int64, len(words))
	for i, w := range words {
		init[i] = []int64{w}
	}
	mem := m.Mem(name, len(words), sh, 1)
	mem.Init(init)
	return mem
}

// Init sets the initial contents, words[address][lane]; missing words are zero.
func (r *Mem) Init(words [][]int64) {
	if len(words) > r.depth {
		r.m.errorf("memory %s has %d words, initialised with %d", r.name, r.depth, len(words))
		return
	}
	for a, w := range words {
		if len(w) != r.lanes {
			r.m.errorf("memory %s: initial word %d has %d lanes, want %d", r.name, a, len(w), r.lanes)
			return
		}
		for _, v := range w {
			if !r.shape.Holds(v) {
				r.m.errorf("memory %s: initial value %d of word %d does not fit %s", r.name, v, a, r.shape)
			}
		}
	}
	r.init = words
	for a, w := range words {
		if r.m.strike(WrongTableEntry) {
			w = slices.Clone(w)
			w[0] = r.shape.Value(uint64(w[0]) ^ 1)
			r.init = slices.Clone(words)
			r.init[a] = w
		}
	}
}

// AddrShape returns the shape of an address.
func (r *Mem) AddrShape() Shape { return U(bits.Len(uint(r.depth - 1))) }

// Read returns the lanes of the word at addr, one cycle later.
func (r *Mem) Read(addr Sig) []Sig { return r.read(addr, nil) }

// ReadEn is Read in cycles where en is 1; otherwise the lanes keep their value.
// en stalls the pipeline and may be of any stage.
func (r *Mem) ReadEn(addr, en Sig) []Sig {
	r.m.wants("memory "+r.name, "read enable", en, U(1))
	if en.m != r.m {
		return r.read(addr, nil)
	}
	return r.read(addr, en.n)
}

func (r *Mem) read(addr Sig, en *node) []Sig {
	m := r.m
	m.wants("memory "+r.name, "read address", addr, r.AddrShape())
	if addr.n == nil || addr.m != m {
		return make([]Sig, r.lanes)
	}
	rd := &memRead{mem: r, index: len(r.reads), addr: addr.n, en: en}
	r.reads = append(r.reads, rd)
	r.checkPorts()
	r.bound(addr, Sig{m, en})
	if m.strike(StaleMemory) {
		rd.addr = m.add(node{op: opReg, shape: addr.n.shape, stage: addr.n.stage, args: []*node{addr.n},
			name: r.name + "_stale"}).n
		addr.n = rd.addr
	}
	lanes := make([]Sig, r.lanes)
	for i := range lanes {
		args := []*node{addr.n}
		if en != nil {
			args = append(args, en)
		}
		lanes[i] = m.add(node{op: opMemRead, shape: r.shape, stage: addr.n.stage.plus(1), args: args,
			val: uint64(i), read: rd})
		rd.lanes = append(rd.lanes, lanes[i].n)
	}
	return lanes
}

// Write stores the lanes of data at addr in cycles where en is 1. When two
// write ports store to one address in one cycle the later declared wins.
func (r *Mem) Write(en, addr Sig, data []Sig) {
	m := r.m
	m.wants("memory "+r.name, "write enable", en, U(1))
	m.wants("memory "+r.name, "write address", addr, r.AddrShape())
	if len(data) != r.lanes {
		m.errorf("memory %s: write of %d lanes, want %d", r.name, len(data), r.lanes)
		return
	}
	w := &memWrite{en: en.n, addr: addr.n}
	usable := en.m == m && addr.m == m
	for _, d := range data {
		m.wants("memory "+r.name, "written value", d, r.shape)
		usable = usable && d.m == m
		w.data = append(w.data, d.n)
	}
	if !usable {
		return
	}
	if m.strike(StaleMemory) {
		w.en = m.constant(U(1), 0).n
	}
	m.join("memory "+r.name+" write", append([]Sig{en, addr}, data...)...)
	r.writes = append(r.writes, w)
	r.checkPorts()
	r.bound(addr, en)
}

func (r *Mem) checkPorts() {
	if len(r.writes) > 2 || len(r.writes) == 2 && len(r.reads) > 2 {
		r.m.errorf("memory %s has %d read and %d write ports, want at most 2 writes, and 2 reads beside 2 writes",
			r.name, len(r.reads), len(r.writes))
	}
}

// bound requires that addr lies below the depth while the port is enabled.
func (r *Mem) bound(addr, en Sig) {
	if r.depth&(r.depth-1) == 0 || addr.n == nil {
		return
	}
	ok := addr.Lt(r.m.Const(r.AddrShape(), int64(r.depth)))
	if en.n != nil {
		ok = ok.Or(en.Unstaged().Not())
	}
	r.m.Require(ok, "memory %s: address below %d", r.name, r.depth)
}

package rtl

import (
	"errors"
	"fmt"
	"math/bits"
)

// An Interp executes a module cycle by cycle in Go: two-state, instances
// inlined, memories included, every [Module.Require] evaluated.
type Interp struct {
	*netlist
	v      []uint64 // value of every cell, masked to its width
	code   []instr
	next   []uint64
	cycle  int
	failed []error
	named  map[string]int
}

// An instr is one combinational cell, decoded.
type instr struct {
	op      opcode
	dst     int
	a, b, c int
	sa, sb  uint8 // 64-width of a signed operand, else 0
	shift   uint8
	mask    uint64
	cell    *cell
}

// NewInterp returns an interpreter for m in its reset state.
func NewInterp(m *Module) (*Interp, error) {
	if err := m.Finish(); err != nil {
		return nil, err
	}
	return newInterp(m)
}

func newInterp(m *Module) (*Interp, error) {
	nl, err := flatten(m)
	if err != nil {
		return nil, err
	}
	it := &Interp{netlist: nl, v: make([]uint64, len(nl.cells)), next: make([]uint64, len(nl.regs)),
		named: map[string]int{}}
	for i := range nl.cells {
		if c := &nl.cells[i]; c.node.name != "" {
			it.named[c.path+c.node.name] = i
		}
	}
	for _, i := range nl.order {
		it.code = append(it.code, nl.decode(i))
	}
	it.Reset()
	return it, nil
}

func (nl *netlist) decode(i int) instr {
	c := &nl.cells[i]
	in := instr{op: c.op, dst: i, mask: mask(c.shape.Width), cell: c}
	sign := func(k int) uint8 {
		if sh := nl.cells[c.args[k]].shape; sh.Signed {
			return uint8(64 - sh.Width)
		}
		return 0
	}
	in.a, in.sa = c.args[0], sign(0)
	if len(c.args) > 1 {
		in.b, in.sb = c.args[1], sign(1)
	}
	if len(c.args) > 2 {
		in.c = c.args[2]
	}
	switch c.op {
	case opSlice:
		in.shift = uint8(c.val)
	case opRedAnd:
		in.mask = mask(nl.cells[in.a].shape.Width)
	}
	return in
}

// Reset returns registers to their reset values, memories to their initial
// contents and memory outputs to zero.
func (it *Interp) Reset() {
	clear(it.v)
	for i, c := range it.cells {
		if c.op == opReg || c.op == opConst {
			it.v[i] = c.val
		}
	}
	for _, m := range it.mems {
		m.words = make([][]uint64, m.depth)
		for a, w := range m.init {
			m.words[a] = make([]uint64, m.lanes)
			for l, v := range w {
				m.words[a][l] = uint64(v) & mask(m.shape.Width)
			}
		}
	}
	it.cycle, it.failed = 0, nil
	it.eval()
	it.readMems()
}

func ext(v uint64, s uint8) uint64 { return uint64(int64(v<<s) >> s) }

// eval computes every combinational cell.
func (it *Interp) eval() {
	v := it.v
	for k := range it.code {
		in := &it.code[k]
		var r uint64
		switch in.op {
		case opAdd:
			r = ext(v[in.a], in.sa) + ext(v[in.b], in.sb)
		case opSub:
			r = ext(v[in.a], in.sa) - ext(v[in.b], in.sb)
		case opMul:
			r = ext(v[in.a], in.sa) * ext(v[in.b], in.sb)
		case opAnd:
			r = v[in.a] & v[in.b]
		case opOr:
			r = v[in.a] | v[in.b]
		case opXor:
			r = v[in.a] ^ v[in.b]
		case opNot:
			r = ^v[in.a]
		case opMux:
			r = v[in.c]
			if v[in.a] != 0 {
				r = v[in.b]
			}
		case opExtend:
			r = ext(v[in.a], in.sa)
		case opWrap, opCast:
			r = v[in.a]
		case opSlice:
			r = v[in.a] >> in.shift
		default:
			r = it.rare(in)
		}
		v[in.dst] = r & in.mask
	}
}

// rare evaluates the operators that designs use less often.
func (it *Interp) rare(in *instr) uint64 {
	a, c := it.v[in.a], in.cell
	switch in.op {
	case opEq:
		return truth(a == it.v[in.b])
	case opLt:
		if it.cells[in.a].shape.Signed {
			return truth(int64(ext(a, in.sa)) < int64(ext(it.v[in.b], in.sb)))
		}
		return truth(a < it.v[in.b])
	case opShl:
		return a << it.v[in.b]
	case opShr:
		if c.shape.Signed {
			return uint64(int64(ext(a, in.sa)) >> it.v[in.b])
		}
		return a >> it.v[in.b]
	case opSwitch:
		for i, label := range c.cases {
			if a == label {
				return it.v[c.args[2+i]]
			}
		}
		return it.v[in.b]
	case opConcat:
		var r uint64
		for _, p := range c.args {
			r = r<<it.cells[p].shape.Width | it.v[p]
		}
		return r
	case opSat:
		return saturate(ext(a, in.sa), c.shape)
	case opRedAnd:
		return truth(a == in.mask)
	case opRedOr:
		return truth(a != 0)
	case opRedXor:
		return uint64(bits.OnesCount64(a) & 1)
	}
	panic(fmt.Sprintf("rtl: interpreter has no rule for %s", in.op))
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func saturate(v uint64, sh Shape) uint64 {
	if !sh.Signed {
		return min(v, mask(sh.Width))
	}
	return uint64(min(max(int64(v), sh.Min()), sh.Max()))
}

// Eval drives the input ports, in[port][lane], computes every signal of this
// cycle and writes the output ports to out[port][lane]. It does not clock.
func (it *Interp) Eval(in, out [][]int64) {
	for k, lanes := range it.ins {
		w := it.top.ins[k].Shape.Width
		for l, c := range lanes {
			it.v[c] = uint64(in[k][l]) & mask(w)
		}
	}
	it.eval()
	for k, lanes := range it.outs {
		sh := it.top.outs[k].Shape
		for l, c := range lanes {
			out[k][l] = sh.Value(it.v[c])
		}
	}
}

// Clock checks the invariants of the cycle that [Interp.Eval] computed, then
// moves every register and memory to the next.
func (it *Interp) Clock() {
	for _, r := range it.requires {
		if it.v[r.cell] == 0 && len(it.failed) < 8 {
			it.failed = append(it.failed, fmt.Errorf("%s (cycle %d)", r.text, it.cycle))
		}
	}
	for i, r := range it.regs {
		args := it.cells[r].args
		it.next[i] = it.v[r]
		if len(args) < 2 || it.v[args[1]] != 0 {
			it.next[i] = it.v[args[0]]
		}
	}
	it.clockMems()
	for i, r := range it.regs {
		it.v[r] = it.next[i]
	}
	it.cycle++
}

// clockMems reads old words, then writes, then publishes what was read, so
// that every port sees the values of before the clock edge.
func (it *Interp) clockMems() {
	type update struct {
		mem  *flatMem
		addr uint64
		word []uint64
	}
	var stored []update
	for _, w := range it.writes {
		if it.v[w.en] == 0 || it.v[w.addr] >= uint64(w.mem.depth) {
			continue
		}
		word := make([]uint64, len(w.data))
		for l, d := range w.data {
			word[l] = it.v[d]
		}
		stored = append(stored, update{w.mem, it.v[w.addr], word})
	}
	it.readMems()
	for _, u := range stored {
		u.mem.words[u.addr] = u.word
	}
}

func (it *Interp) readMems() {
	type fetched struct {
		lanes []int
		word  []uint64
	}
	var got []fetched
	for _, r := range it.reads {
		if r.en >= 0 && it.v[r.en] == 0 {
			continue
		}
		f := fetched{lanes: r.lanes}
		if a := it.v[r.addr]; a < uint64(r.mem.depth) {
			f.word = r.mem.words[a]
		}
		got = append(got, f)
	}
	for _, f := range got {
		for l, c := range f.lanes {
			it.v[c] = 0
			if f.word != nil {
				it.v[c] = f.word[l]
			}
		}
	}
}

// Err returns the requirements that failed since reset, at most eight.
func (it *Interp) Err() error { return errors.Join(it.failed...) }

// Cycle returns the number of clocks since reset.
func (it *Interp) Cycle() int { return it.cycle }

package rtl

// deps calls f on every node that n reads, in this cycle or the next. Those of
// an instance are live on their own account.
func (n *node) deps(f func(*node)) {
	for _, a := range n.args {
		f(a)
	}
	if n.op == opMemRead {
		for _, w := range n.read.mem.writes {
			f(w.en)
			f(w.addr)
			for _, d := range w.data {
				f(d)
			}
		}
	}
}

// live returns, by node, whether an output, an invariant or an instance
// depends on it.
func (m *Module) live() []bool {
	live := make([]bool, len(m.nodes))
	var work []*node
	visit := func(n *node) {
		if n != nil && !live[n.id] {
			live[n.id] = true
			work = append(work, n)
		}
	}
	for _, lanes := range m.outSigs {
		for _, n := range lanes {
			visit(n)
		}
	}
	for _, r := range m.requires {
		visit(r.cond)
	}
	for _, i := range m.insts {
		for _, ports := range i.ins {
			for _, lanes := range ports {
				for _, n := range lanes {
					visit(n)
				}
			}
		}
	}
	for len(work) > 0 {
		n := work[len(work)-1]
		work = work[:len(work)-1]
		n.deps(visit)
	}
	return live
}

// checkSet reports feedback registers and wires that were never driven.
func (m *Module) checkSet() {
	for _, n := range m.nodes {
		switch {
		case n.op == opReg && len(n.args) == 0:
			m.errorAt(n.src, "register %s is never set", n.name)
		case n.op == opWire && len(n.args) == 0:
			m.errorAt(n.src, "wire %s is never set", n.name)
		}
	}
	if len(m.outs) == 0 {
		m.errorf("no output port")
	}
}

// checkUsed reports every register that no output depends on, and every
// memory that is never read.
func (m *Module) checkUsed() {
	live := m.live()
	for _, n := range m.nodes {
		if !live[n.id] && n.op == opReg {
			m.errorAt(n.src, "register %s is never used", n.name)
		}
	}
	for _, r := range m.mems {
		if len(r.reads) == 0 {
			m.errorAt(r.src, "memory %s is never read", r.name)
		}
	}
}

// checkReset reports combinational loops, and memories that would be written
// during reset, when every input is 0 and every register has its reset value.
func (m *Module) checkReset() {
	it, err := newInterp(m)
	if err != nil {
		m.errs = append(m.errs, err)
		return
	}
	it.eval()
	for _, w := range it.writes {
		if it.v[w.en] != 0 {
			m.errorAt(w.mem.src, "memory %s is written during reset; gate its enable", w.mem.name)
		}
	}
}

func (m *Module) errorAt(src source, format string, args ...any) {
	m.errs = append(m.errs, errAt(src, m, format, args...))
}

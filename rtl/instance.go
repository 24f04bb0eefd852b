package rtl

// An instance is one module, or count copies of it, inside another.
type instance struct {
	name  string
	sub   *Module
	count int
	array bool        // printed as a generate loop
	grid  *grid       // of an array in rows and columns
	ins   [][][]*node // [copy][port][lane]
	src   source
}

// Instance places sub in m as u_<name>. ins has the lanes of every input port
// of sub in order of declaration; the result has those of its output ports.
// Inputs of one stage give outputs that are later by sub's latency.
func (m *Module) Instance(name string, sub *Module, ins [][]Sig) [][]Sig {
	return m.instantiate(name, sub, [][][]Sig{ins}, false)[0]
}

// Array places len(ins) copies of sub in m, printed as one generate loop. ins
// and the result are indexed by copy, port and lane.
func (m *Module) Array(name string, sub *Module, ins [][][]Sig) [][][]Sig {
	return m.instantiate(name, sub, ins, true)
}

func (m *Module) instantiate(name string, sub *Module, ins [][][]Sig, array bool) [][][]Sig {
	m.claim("instance", "u_"+name)
	if !m.placeable(name, sub) {
		return make([][][]Sig, len(ins))
	}
	if len(ins) == 0 {
		m.errorf("instance %s: no copies", name)
		return nil
	}
	inst := &instance{name: name, sub: sub, count: len(ins), array: array, src: caller()}
	outs := make([][][]Sig, len(ins))
	origins := map[*origin]*origin{}
	for c, ports := range ins {
		at := m.connect(inst, ports)
		outs[c] = m.results(inst, c, at, origins)
	}
	m.insts = append(m.insts, inst)
	return outs
}

// placeable finishes sub and reports whether m can hold it.
func (m *Module) placeable(name string, sub *Module) bool {
	switch {
	case sub == nil:
		m.errorf("instance %s: the module is nil", name)
		return false
	case sub == m:
		m.errorf("instance %s: the module is placed in itself", name)
		return false
	}
	if err := sub.Finish(); err != nil {
		m.errorf("instance %s: %v", name, err)
	}
	return true
}

// connect checks and records the inputs of one copy and returns their stage.
func (m *Module) connect(inst *instance, ports [][]Sig) stage {
	what := "instance " + inst.name
	if len(ports) != len(inst.sub.ins) {
		m.errorf("%s: %d input ports connected, want %d", what, len(ports), len(inst.sub.ins))
	}
	rec := make([][]*node, len(inst.sub.ins))
	var staged []Sig
	for k, p := range inst.sub.ins {
		if k >= len(ports) || len(ports[k]) != p.Lanes {
			m.errorf("%s: port %s is not connected to %d lanes", what, p.Name, p.Lanes)
			return stage{}
		}
		for _, s := range ports[k] {
			m.wants(what, "port "+p.Name, s, p.Shape)
			rec[k] = append(rec[k], s.n)
			if !inst.sub.inFree[k] {
				staged = append(staged, s)
			}
		}
	}
	inst.ins = append(inst.ins, rec)
	return m.join(what, staged...)
}

func (m *Module) results(inst *instance, copyIndex int, at stage, origins map[*origin]*origin) [][]Sig {
	outs := make([][]Sig, len(inst.sub.outs))
	for k, p := range inst.sub.outs {
		st := at
		if lat, ok := inst.sub.outStage(k); ok {
			st = at.plus(lat)
		} else if sub := inst.sub.outSigs[k][0].stage.root(); !sub.free() {
			if origins[sub.origin] == nil {
				origins[sub.origin] = &origin{}
			}
			st = stage{origins[sub.origin], sub.offset}
		} else {
			st = stage{}
		}
		outs[k] = make([]Sig, p.Lanes)
		for l := range outs[k] {
			outs[k][l] = m.add(node{op: opInst, shape: p.Shape, stage: st, inst: inst, port: k,
				val: uint64(copyIndex*p.Lanes + l)})
		}
	}
	return outs
}

// submodules returns every distinct module below m, leaves first, and records
// a mistake when two different modules share a name.
func (m *Module) submodules() []*Module {
	var order []*Module
	seen := map[*Module]bool{}
	var visit func(*Module)
	visit = func(s *Module) {
		for _, i := range s.insts {
			if !seen[i.sub] {
				seen[i.sub] = true
				visit(i.sub)
				order = append(order, i.sub)
			}
		}
	}
	visit(m)
	return order
}

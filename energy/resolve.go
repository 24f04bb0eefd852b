package energy

import (
	"fmt"
	"maps"
	"slices"
)

// bytesPerAccess is the size of an access to DRAM of the primitives, 64 bits.
const bytesPerAccess = 8

// model resolves a device: every rate at its node, with its factor.
func (l *library) model(d device) (Model, error) {
	if d.Name == "" {
		return Model{}, fmt.Errorf("name is empty, want a name")
	}
	for _, s := range []struct{ key, name string }{
		{"node_source", d.NodeSource}, {"logic_source", d.LogicSource}, {"static_source", d.StaticSource},
	} {
		if _, ok := l.sources[s.name]; !ok {
			return Model{}, fmt.Errorf("%s is %q, want the name of a source", s.key, s.name)
		}
	}
	memory, ok := l.primitives[d.OffChip]
	switch {
	case !(d.NodeNm >= newestNm && d.NodeNm <= oldestNm):
		return Model{}, fmt.Errorf("node_nm is %v, want %g to %g", d.NodeNm, newestNm, oldestNm)
	case !(d.LogicFactor >= 1 && d.LogicFactor <= 1e3):
		return Model{}, fmt.Errorf("logic_factor is %v, want 1 to 1000", d.LogicFactor)
	case !(d.StaticWatts >= 0 && d.StaticWatts <= maxWatts):
		return Model{}, fmt.Errorf("static_watts is %v, want 0 to %g", d.StaticWatts, maxWatts)
	case !ok || len(memory.Values) != 1:
		return Model{}, fmt.Errorf("off_chip is %q, want the name of a primitive at node_nm 0", d.OffChip)
	}
	m := Model{Name: d.Name, NodeNm: d.NodeNm, NodeSource: l.sources[d.NodeSource],
		Static: d.StaticWatts, StaticFrom: []Citation{l.sources[d.StaticSource]}}
	for _, c := range counters {
		o, ok := l.operations[c.name]
		if !ok {
			o = operation{Name: c.name, Parts: map[string]float64{memory.Name: 1.0 / bytesPerAccess}}
		}
		m.Rates = append(m.Rates, l.rate(o, d))
	}
	return m, m.check()
}

// rate adds up the parts of an operation.
func (l *library) rate(o operation, d device) Rate {
	r := Rate{Name: o.Name, Note: o.Note}
	cite := func(name string) {
		if c := l.sources[name]; !slices.Contains(r.Sources, c) {
			r.Sources = append(r.Sources, c)
		}
	}
	nodes := false // whether the energy depends on the node
	for _, name := range slices.Sorted(maps.Keys(o.Parts)) {
		nodes = nodes || len(l.primitives[name].Values) > 1
		value, from, scaled := at(l.primitives[name].Values, d.NodeNm)
		r.PicoJoules += o.Parts[name] * value
		r.Scaled = r.Scaled || scaled
		for _, p := range from {
			cite(p.Source)
		}
	}
	if nodes {
		cite(d.NodeSource)
	}
	if r.Scaled {
		r.Sources = append(r.Sources, Citation{assumption, fmt.Sprintf("interpolated between %g and %g nm as a power of the node, at %g nm", oldestNm, newestNm, d.NodeNm)})
	}
	if o.Logic && d.LogicFactor != 1 {
		r.PicoJoules *= d.LogicFactor
		cite(d.LogicSource)
	}
	return r
}

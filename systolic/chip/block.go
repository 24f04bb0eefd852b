package chip

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// A block is a unit inside the top, connected port by port.
type block struct {
	name string
	ins  map[string][]rtl.Wire
	outs map[string][]rtl.Sig
}

// place instantiates u behind wires that in drives.
func (t *top) place(name string, u *unit.Unit, err error) (*block, error) {
	if err != nil {
		return nil, err
	}
	sub, err := u.Module()
	if err != nil {
		return nil, err
	}
	b := &block{name: name, ins: map[string][]rtl.Wire{}, outs: map[string][]rtl.Sig{}}
	var ports [][]rtl.Sig
	for _, p := range sub.Ins() {
		lanes := make([]rtl.Sig, p.Lanes)
		for l := range lanes {
			w := t.m.Wire(fmt.Sprintf("%s_%s_to%d", name, p.Name, l), p.Shape)
			b.ins[p.Name] = append(b.ins[p.Name], w)
			lanes[l] = w.Sig
		}
		ports = append(ports, lanes)
	}
	for k, lanes := range t.m.Instance(name, sub, ports) {
		b.outs[sub.Outs()[k].Name] = unstaged(lanes)
	}
	return b, nil
}

// in drives an input port.
func (b *block) in(port string, lanes ...rtl.Sig) {
	wires := b.ins[port]
	if len(wires) != len(lanes) {
		panic(fmt.Sprintf("chip: %s has %d lanes of %s, driven with %d", b.name, len(wires), port, len(lanes)))
	}
	for l, w := range wires {
		w.Set(lanes[l].Unstaged())
	}
}

// out returns the lanes of an output port.
func (b *block) out(port string) []rtl.Sig {
	lanes, ok := b.outs[port]
	if !ok {
		panic(fmt.Sprintf("chip: %s has no output %s", b.name, port))
	}
	return lanes
}

// bit returns an output port of one lane.
func (b *block) bit(port string) rtl.Sig { return b.out(port)[0] }

func unstaged(lanes []rtl.Sig) []rtl.Sig {
	out := make([]rtl.Sig, len(lanes))
	for l, s := range lanes {
		out[l] = s.Unstaged()
	}
	return out
}

// fit widens or wraps an unsigned signal.
func fit(s rtl.Sig, width int) rtl.Sig {
	if s.Shape().Width > width {
		return s.Wrap(width)
	}
	return s.Extend(width)
}

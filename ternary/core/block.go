package core

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// Widths of the memory requests.
const (
	addressBits = 40
	beatsBits   = 32
)

// requestStream is the request stream of a memory port.
func requestStream(port string, write bool) rtl.Stream {
	s := rtl.Stream{Name: port + "_req", Doc: "beats of memory", Fields: []rtl.Port{
		{Name: "addr", Shape: rtl.U(addressBits), Lanes: 1, Doc: "bytes"},
		{Name: "beats", Shape: rtl.U(beatsBits), Lanes: 1, Doc: "from 1"}}}
	if write {
		s.Fields = append(s.Fields, rtl.Port{Name: "write", Shape: rtl.U(1), Lanes: 1, Doc: "1: to memory"})
	}
	return s
}

// A block is a unit inside the top, connected port by port.
type block struct {
	t    *top
	name string
	sub  *rtl.Module
	ins  map[string][]rtl.Wire
	outs map[string][]rtl.Sig
}

// place instantiates u behind wires that in drives.
func (t *top) place(name string, u *unit.Unit) (*block, error) {
	if t.fault.Module == name {
		u.Fault = t.fault.Fault
	}
	sub, err := u.Module()
	if err != nil {
		return nil, err
	}
	b := &block{t: t, name: name, sub: sub, ins: map[string][]rtl.Wire{}, outs: map[string][]rtl.Sig{}}
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
		b.outs[sub.Outs()[k].Name] = lanes
	}
	return b, nil
}

// in drives an input port.
func (b *block) in(port string, lanes ...rtl.Sig) {
	wires := b.ins[port]
	if len(wires) != len(lanes) {
		panic(fmt.Sprintf("core: %s has %d lanes of %s, driven with %d", b.name, len(wires), port, len(lanes)))
	}
	for l, w := range wires {
		w.Set(lanes[l].Unstaged())
	}
}

// out returns the lanes of an output port.
func (b *block) out(port string) []rtl.Sig {
	lanes, ok := b.outs[port]
	if !ok {
		panic(fmt.Sprintf("core: %s has no output %s", b.name, port))
	}
	return lanes
}

func unstaged(lanes []rtl.Sig) []rtl.Sig {
	out := make([]rtl.Sig, len(lanes))
	for l, s := range lanes {
		out[l] = s.Unstaged()
	}
	return out
}

// concatLow returns bits as one signal, the first as bit 0.
func concatLow(bits []rtl.Sig) rtl.Sig {
	high := make([]rtl.Sig, len(bits))
	for i, b := range bits {
		high[len(bits)-1-i] = b
	}
	return rtl.Concat(high...)
}

package unit

import (
	"fmt"
	"slices"

	"lockstep/rtl"
)

// Interp executes the structure in Go.
type Interp struct{}

// Run implements [Executor].
func (Interp) Run(u *Unit, runs []Stimulus) ([]Result, error) {
	m, err := u.Module()
	if err != nil {
		return nil, err
	}
	it, err := rtl.NewInterp(m)
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(runs))
	for i, s := range runs {
		if err := u.Admits(s); err != nil {
			return nil, err
		}
		it.Reset()
		results[i] = newDriver(u, m, it, s).run()
	}
	return results, nil
}

// A driver plays one stimulus against a cycle-accurate machine. The harness
// of the Verilator executor follows the same steps in the same order.
type driver struct {
	it       *rtl.Interp
	s        Stimulus
	rng      rng
	in, out  [][]int64
	channels []*inChannel
	sinks    []*outChannel
	res      Result
}

type inChannel struct {
	Channel
	valid, payload int // index of ports in the input frame
	ready          int // index in the output frame, -1 if none
	items          []Item
	gap            int
	offering       bool
}

type outChannel struct {
	Channel
	valid, payload int
	ready          int // index in the input frame, -1 if none
	held           Frame
}

func newDriver(u *Unit, m *rtl.Module, it *rtl.Interp, s Stimulus) *driver {
	d := &driver{it: it, s: s, rng: newRng(s.Seed), in: NewFrame(m.Ins()), out: NewFrame(m.Outs())}
	find := func(ports []rtl.Port, name string) int {
		return slices.IndexFunc(ports, func(p rtl.Port) bool { return p.Name == name })
	}
	ins, outs := u.Channels()
	for i, c := range ins {
		ch := &inChannel{Channel: c, valid: find(m.Ins(), c.Valid), ready: find(m.Outs(), c.Ready), items: s.In[i]}
		if len(c.Payload) > 0 {
			ch.payload = find(m.Ins(), c.Payload[0].Name)
		}
		if len(ch.items) > 0 {
			ch.gap = ch.items[0].Gap
		}
		d.channels = append(d.channels, ch)
	}
	for _, c := range outs {
		ch := &outChannel{Channel: c, valid: find(m.Outs(), c.Valid), ready: find(m.Ins(), c.Ready)}
		if len(c.Payload) > 0 {
			ch.payload = find(m.Outs(), c.Payload[0].Name)
		}
		d.sinks = append(d.sinks, ch)
	}
	d.res.Accepted = make([][]int, len(ins))
	d.res.Out = make([][]Beat, len(outs))
	return d
}

func (d *driver) run() Result {
	left := drain
	for c := 0; c < d.s.Limit && left > 0; c++ {
		if d.done() {
			left--
		}
		d.drive()
		d.it.Eval(d.in, d.out)
		d.observe(c)
		d.it.Clock()
		d.res.Cycles++
	}
	if err := d.it.Err(); err != nil && d.res.Fault == "" {
		d.res.Fault = err.Error()
	}
	return d.res
}

func (d *driver) done() bool {
	for _, c := range d.channels {
		if len(c.items) > 0 {
			return false
		}
	}
	for i := range d.sinks {
		if len(d.res.Out[i]) < d.s.Expect[i] {
			return false
		}
	}
	return true
}

func (d *driver) drive() {
	for _, c := range d.channels {
		if !c.offering && len(c.items) > 0 {
			if c.gap > 0 {
				c.gap--
			} else {
				c.offering = d.s.StallIn == 0 || uint8(d.rng.next()) >= d.s.StallIn
			}
		}
		d.in[c.valid][0] = 0
		if c.offering {
			d.in[c.valid][0] = 1
			copy(d.in[c.payload:], c.items[0].Frame)
			continue
		}
		for k, p := range c.Payload {
			d.in[c.payload+k] = d.junk(p)
		}
	}
	for _, c := range d.sinks {
		if c.ready >= 0 {
			d.in[c.ready][0] = 1
			if d.s.StallOut > 0 && uint8(d.rng.next()) < d.s.StallOut {
				d.in[c.ready][0] = 0
			}
		}
	}
}

// junk fills an idle port with random bits, 32 at a time from bit 0 up.
func (d *driver) junk(p rtl.Port) []int64 {
	words := make([]uint64, (p.Bits()+31)/32)
	for i := range words {
		words[i] = d.rng.next() & 0xffffffff
	}
	lanes := make([]int64, p.Lanes)
	for l := range lanes {
		var v uint64
		for k := range p.Shape.Width {
			bit := l*p.Shape.Width + k
			v |= words[bit/32] >> (bit % 32) & 1 << k
		}
		lanes[l] = p.Shape.Value(v)
	}
	return lanes
}

func (d *driver) observe(cycle int) {
	for i, c := range d.channels {
		if c.offering && (c.ready < 0 || d.out[c.ready][0] == 1) {
			d.res.Accepted[i] = append(d.res.Accepted[i], cycle)
			c.items, c.offering = c.items[1:], false
			if len(c.items) > 0 {
				c.gap = c.items[0].Gap
			}
		}
	}
	for i, c := range d.sinks {
		valid := d.out[c.valid][0] == 1
		frame := d.out[c.payload : c.payload+len(c.Payload)]
		if c.held != nil && d.res.Fault == "" && (!valid || !equal(c.held, frame)) {
			d.res.Fault = fmt.Sprintf("stream %s: a beat offered in cycle %d was withdrawn or changed before it was accepted",
				c.Name, cycle-1)
		}
		c.held = nil
		if !valid {
			continue
		}
		f := NewFrame(c.Payload)
		for k := range f {
			copy(f[k], frame[k])
		}
		if c.ready < 0 || d.in[c.ready][0] == 1 {
			d.res.Out[i] = append(d.res.Out[i], Beat{cycle, f})
		} else {
			c.held = f
		}
	}
}

func equal(a, b Frame) bool {
	return slices.EqualFunc(a, b, func(x, y []int64) bool { return slices.Equal(x, y) })
}

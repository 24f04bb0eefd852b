package rtl

import "fmt"

// A Stream is a sequence of beats under a valid/ready handshake: a beat moves
// in every cycle in which both are 1. Once valid is 1 it stays 1, and the
// payload stays still, until the beat has moved; valid never waits for ready.
type Stream struct {
	Name   string
	Fields []Port // payload; a field with an empty name is the stream's only one
	Doc    string
}

// Payload returns the ports of the stream's fields with their full names.
func (s Stream) Payload() []Port {
	ps := make([]Port, len(s.Fields))
	for i, f := range s.Fields {
		ps[i] = f
		ps[i].Name = s.Name
		if f.Name != "" {
			ps[i].Name = s.Name + "_" + f.Name
		}
	}
	return ps
}

// ValidPort and ReadyPort are the handshake ports of the stream.
func (s Stream) ValidPort() Port { return Port{s.Name + "_valid", U(1), 1, "a beat is offered"} }

// ReadyPort is 1 in a cycle in which an offered beat is accepted.
func (s Stream) ReadyPort() Port { return Port{s.Name + "_ready", U(1), 1, "a beat is accepted"} }

// An InStream is the receiving end of a stream inside a module.
type InStream struct {
	Stream
	Valid Sig     // stage 0
	Data  [][]Sig // [field][lane], stage 0
	m     *Module
	ready bool
}

// InStream declares the ports of a stream that m receives.
func (m *Module) InStream(s Stream) *InStream {
	in := &InStream{Stream: s, m: m}
	in.Valid = m.In(s.ValidPort())[0]
	for _, p := range s.Payload() {
		in.Data = append(in.Data, m.In(p))
	}
	return in
}

// Accept drives the stream's ready.
func (s *InStream) Accept(ready Sig) {
	if s.ready {
		s.m.errorf("stream %s: ready is driven twice", s.Name)
		return
	}
	s.ready = true
	if s.m.strike(LostBeat) {
		ready = s.m.constant(U(1), 1)
	}
	if s.m.strike(DuplicatedBeat) {
		ready = s.m.toggled(s.Name+"_again", s.Fire(ready), ready)
	}
	s.m.Out(s.ReadyPort(), []Sig{ready})
}

// Fire returns whether a beat moves, given the signal that drives ready.
func (s *InStream) Fire(ready Sig) Sig { return s.Valid.And(ready.Unstaged()) }

// An OutStream is the sending end of a stream inside a module.
type OutStream struct {
	Stream
	Ready  Sig // joins any stage
	m      *Module
	driven bool
}

// OutStream declares the ports of a stream that m sends.
func (m *Module) OutStream(s Stream) *OutStream {
	ready := m.InUnstaged(s.ReadyPort())[0]
	if m.strike(LostBeat) {
		ready = m.constant(U(1), 1)
	}
	if m.strike(DuplicatedBeat) {
		ready = m.toggled(s.Name+"_again", ready, ready)
	}
	return &OutStream{Stream: s, m: m, Ready: ready}
}

// Drive drives the stream's valid and payload, data[field][lane].
func (s *OutStream) Drive(valid Sig, data [][]Sig) {
	if s.driven {
		s.m.errorf("stream %s is driven twice", s.Name)
		return
	}
	s.driven = true
	if len(data) != len(s.Fields) {
		s.m.errorf("stream %s is driven with %d fields, want %d", s.Name, len(data), len(s.Fields))
		return
	}
	all := []Sig{valid}
	for _, lanes := range data {
		all = append(all, lanes...)
	}
	s.m.join(fmt.Sprintf("stream %s", s.Name), all...)
	s.m.Out(s.ValidPort(), []Sig{valid})
	for i, p := range s.Payload() {
		s.m.Out(p, data[i])
	}
}

// A Pipe is a stallable pipeline: its registers advance together in cycles
// where the last stage is empty or its beat is taken.
type Pipe struct {
	Advance Sig // 1 when every stage moves on; joins any stage
	m       *Module
	name    string
	wire    Wire
	valid   []Sig
}

// NewPipe begins a pipeline whose stage 0 holds a beat in cycles where valid
// is 1. The producer moves on when [Pipe.Advance] is 1.
func (m *Module) NewPipe(name string, valid Sig) *Pipe {
	w := m.Wire(name+"_advance", U(1))
	return &Pipe{m: m, name: name, wire: w, Advance: w.Sig, valid: []Sig{valid}}
}

// Valid returns whether the stage k registers after the first holds a beat.
func (p *Pipe) Valid(k int) Sig {
	for len(p.valid) <= k {
		i := len(p.valid)
		p.valid = append(p.valid, p.valid[i-1].RegEn(fmt.Sprintf("%s_valid%d", p.name, i), p.Advance))
	}
	return p.valid[k]
}

// Reg is a register of the pipeline.
func (p *Pipe) Reg(name string, a Sig) Sig { return a.RegEn(name, p.Advance) }

// Drive ends the pipeline: stage k is offered on out.
func (p *Pipe) Drive(k int, out *OutStream, data [][]Sig) {
	valid := p.Valid(k)
	out.Drive(valid, data)
	if valid.n != nil {
		p.wire.Set(out.Ready.Or(valid.Unstaged().Not()))
	}
}

// End ends the pipeline inside a module: stage k holds a beat while valid is 1,
// and ready takes it.
func (p *Pipe) End(k int, ready Sig) (valid Sig) {
	valid = p.Valid(k)
	p.wire.Set(ready.Unstaged().Or(valid.Unstaged().Not()))
	return valid
}

// Package unit defines the one description that every view of a hardware
// block is derived from.
//
// A [Unit] is a plain value: ports, golden model, structure, stimulus. What is
// done with it (event simulation, Verilog emission, co-verification, area) is
// the business of drivers in other packages.
package unit

import (
	"fmt"
	"math/rand/v2"

	"lockstep/rtl"
)

// A Frame is one value for every port, in port order: Frame[port][lane].
type Frame [][]int64

// NewFrame returns a zero frame with the shape of ports.
func NewFrame(ports []rtl.Port) Frame {
	f := make(Frame, len(ports))
	for i, p := range ports {
		f[i] = make([]int64, p.Lanes)
	}
	return f
}

// A Unit describes one hardware block once. It is either a frame unit, with
// In, Out, Golden and RTL: a pipeline that accepts a frame whenever valid_i is
// 1 and delivers its result a fixed number of cycles later; or, with Streams
// set, a stream unit.
type Unit struct {
	Name   string // module name, lower_snake_case, parameters included
	Doc    string // one sentence
	Source string // where the definition comes from: paper and section, or file

	In, Out []rtl.Port

	// Golden returns a fresh reference model, written from the mathematical
	// definition and never from the RTL.
	Golden func() Model

	// RTL builds the structure. in has the lanes of every In port; the
	// result has the lanes of every Out port.
	RTL func(b *Builder, in [][]rtl.Sig) [][]rtl.Sig

	// Interval is the number of cycles between two accepted frames; 0 means 1.
	Interval int

	// Corners returns frames that every check must include.
	Corners func() []Frame

	// Stimulus, if not nil, replaces random frames. A nil frame is a cycle
	// with valid_i low.
	Stimulus func(r *rand.Rand, n int) []Frame

	// Streams, if not nil, makes this a stream unit.
	Streams *Streams

	// Fault is a deliberate mistake in the structure, to measure what
	// verification detects; it is zero in every real unit.
	Fault rtl.Fault
}

// Streams is the part of a stream unit: ports under valid/ready handshakes, and
// a golden model that maps sequences to sequences, whatever the stalls.
type Streams struct {
	In, Out []rtl.Stream

	// Golden returns the sequences of the output streams for the sequences of
	// the input streams, [stream][beat].
	Golden func(in [][]Frame) ([][]Frame, error)

	// RTL builds the structure: it accepts every input and drives every output.
	RTL func(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream)

	// Due returns the cycle in which each output beat appears while no output
	// is stalled, given the cycles in which the input beats were accepted and
	// the latency derived from the structure.
	Due func(in [][]Frame, accepted [][]int, latency int) [][]int

	// Stimulus returns sequences for the input streams with about n beats on
	// the longest; the corners of the unit come first.
	Stimulus func(r *rand.Rand, n int) [][]Frame
}

// A Model consumes one accepted frame and writes the frame it results in.
type Model func(in, out Frame)

// Pure returns a constructor for a model without state.
func Pure(f Model) func() Model { return func() Model { return f } }

// A Builder is the module under construction of a frame unit.
type Builder struct {
	*rtl.Module
	valid []rtl.Sig
}

// Valid returns whether the frame that is k cycles past the inputs exists.
func (b *Builder) Valid(k int) rtl.Sig {
	for len(b.valid) <= k {
		i := len(b.valid)
		b.valid = append(b.valid, b.valid[i-1].Reg(fmt.Sprintf("valid%d", i)))
	}
	return b.valid[k]
}

// Module builds u's structure and checks it against u's ports.
func (u *Unit) Module() (*rtl.Module, error) {
	m := rtl.New(u.Name, u.Doc)
	if u.Fault != (rtl.Fault{}) {
		m.Inject(u.Fault)
	}
	if u.Streams != nil {
		return u.streamModule(m)
	}
	b := &Builder{Module: m}
	b.valid = m.In(rtl.Port{Name: "valid", Shape: rtl.U(1), Lanes: 1, Doc: "a frame is offered"})
	in := make([][]rtl.Sig, len(u.In))
	for i, p := range u.In {
		in[i] = m.In(p)
	}
	out := u.RTL(b, in)
	if len(out) != len(u.Out) {
		return nil, fmt.Errorf("unit %s: RTL drives %d ports, want %d", u.Name, len(out), len(u.Out))
	}
	for i, p := range u.Out {
		m.Out(p, out[i])
	}
	latency := m.Latency()
	for k, p := range u.Out {
		if at, ok := m.OutLatency(k); ok && at != latency {
			return nil, fmt.Errorf("unit %s: port %s arrives at cycle %d, want %d as the latest port", u.Name, p.Name, at, latency)
		}
	}
	m.Out(rtl.Port{Name: "valid", Shape: rtl.U(1), Lanes: 1, Doc: "a result is offered"}, []rtl.Sig{b.Valid(latency)})
	m.Note("latency %d cycles, one frame every %d", latency, u.interval())
	return m, m.Finish()
}

func (u *Unit) streamModule(m *rtl.Module) (*rtl.Module, error) {
	s := u.Streams
	in := make([]*rtl.InStream, len(s.In))
	for i, st := range s.In {
		in[i] = m.InStream(st)
	}
	out := make([]*rtl.OutStream, len(s.Out))
	for i, st := range s.Out {
		out[i] = m.OutStream(st)
	}
	s.RTL(m, in, out)
	m.Note("streams under valid/ready; latency %d cycles from the beat that completes a result", m.Latency())
	return m, m.Finish()
}

func (u *Unit) interval() int { return max(1, u.Interval) }

// Frames returns the corners of a frame unit and then random frames, n in all,
// from seed. Ports take uniform values of their shape.
func (u *Unit) Frames(seed uint64, n int) []Frame {
	r := rand.New(rand.NewPCG(seed, 0))
	if u.Stimulus != nil {
		return u.Stimulus(r, n)
	}
	var fs []Frame
	if u.Corners != nil {
		fs = u.Corners()
	}
	for len(fs) < n {
		fs = append(fs, RandomFrame(r, u.In))
	}
	return fs
}

// RandomFrame returns uniform values for ports.
func RandomFrame(r *rand.Rand, ports []rtl.Port) Frame {
	f := NewFrame(ports)
	for i, p := range ports {
		for l := range f[i] {
			f[i][l] = p.Shape.Value(r.Uint64())
		}
	}
	return f
}

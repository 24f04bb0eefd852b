package tmatmul

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/ternary/dot"
	"lockstep/ternary/scaler"
)

// A builder is the structure under construction: one pipeline that a beat of w
// enters at stage 0. A row's last beat becomes the beat of y; the pipeline
// stalls while that beat waits at its end.
type builder struct {
	Config
	m    *rtl.Module
	pipe *rtl.Pipe
}

// A beat is what accompanies the beat of w at one stage.
type beat struct {
	valid, first rtl.Sig // u1: there is a beat; it is the first of its row
	mant, exp    rtl.Sig
}

func (c Config) rtl(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
	b := &builder{Config: c, m: m}
	at, x := b.control(in[0], in[1], in[2])
	w := make([]rtl.Sig, c.Lanes)
	for i, code := range in[2].Data[0] {
		w[i] = b.pipe.Reg(fmt.Sprintf("w%d", i), code)
	}
	sum := dot.Build(m, w, x, b.pipe.Reg)
	stage, _ := sum.Stage()
	at = b.delayed(at, stage)
	row := b.accumulate(at, sum)
	y := scaler.Build(m, scaler.Config{Lanes: 1, AccBits: c.AccBits(), Width: c.Vector.Width}, b.pipe.Reg, "scale",
		row, b.pipe.Reg("row_mant", at.mant), b.pipe.Reg("row_exp", at.exp))
	stage, _ = y.Stage()
	b.pipe.Drive(stage, out[0], [][]rtl.Sig{{y}})
}

// delayed returns at after n stages.
func (b *builder) delayed(at beat, n int) beat {
	delay := func(name string, s rtl.Sig) rtl.Sig {
		for i := range n {
			s = b.pipe.Reg(fmt.Sprintf("%s_d%d", name, i+1), s)
		}
		return s
	}
	return beat{delay("beat_valid", at.valid), delay("beat_first", at.first), delay("beat_mant", at.mant), delay("beat_exp", at.exp)}
}

// accumulate returns, a stage later, the sum of the row up to and with this
// beat.
func (b *builder) accumulate(at beat, sum rtl.Sig) rtl.Sig {
	m := b.m
	shape := rtl.S(b.AccBits())
	acc := m.State("acc", shape, 0)
	full := at.first.Mux(m.Const(shape, 0), acc.Sig).Add(sum.Extend(shape.Width)).Named("acc_full")
	next := full.Wrap(shape.Width).Named("acc_next")
	moves := at.valid.And(b.pipe.Advance)
	m.Require(moves.Not().Or(next.Extend(shape.Width+1).Eq(full)), "the sum of a row fits %d bits", shape.Width)
	acc.SetWhen(moves, next)
	return b.pipe.Reg("row", next)
}

package rms

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/ternary/scaler"
)

// A builder is the structure under construction: one pipeline that a beat of x
// enters at stage 0. A vector's last beat becomes the beat of s; the pipeline
// stalls while that beat waits at its end.
type builder struct {
	Config
	m    *rtl.Module
	pipe *rtl.Pipe
}

// A beat is what accompanies the beat of x at one stage.
type beat struct {
	valid, first rtl.Sig // u1: there is a beat; it is the first of its vector
	eps          rtl.Sig
	out          scale
}

func (c Config) rtl(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
	b := &builder{Config: c, m: m}
	at := b.control(in[0], in[1])
	value, weight := b.magnitudes(in[1].Data[0], in[1].Data[1])
	squares, peaks := b.products(value, weight)
	square := b.tree("square", squares, func(a, b rtl.Sig) rtl.Sig { return a.Add(b) })
	peak := b.tree("peak", peaks, larger)
	at = b.delayed(at, square)
	squareSum, largest := b.accumulate(at, square, peak)
	factor := b.delay("out", at.out, 1)
	norm, quant, rescale := b.scales(squareSum, largest, factor)
	last, _ := norm.mant.Stage()
	b.pipe.Drive(last, out[0], [][]rtl.Sig{
		{norm.mant}, {norm.exp}, {quant.mant}, {quant.exp}, {rescale.mant}, {rescale.exp}})
}

// control accepts a command when the previous vector has ended or ends in this
// cycle, and then as many beats of x as it says.
func (b *builder) control(cmd, x *rtl.InStream) beat {
	m := b.m
	count := rtl.U(bits.Len(uint(b.MaxBeats)))
	busy := m.State("busy", rtl.U(1), 0)
	first := m.State("first", rtl.U(1), 0)
	left := m.State("left", count, 0)

	offered := x.Valid.And(busy.Sig).Named("offered")
	last := left.EqConst(1)
	b.pipe = m.NewPipe("pipe", offered.And(last).Named("completes"))
	moves := offered.And(b.pipe.Advance).Named("moves")
	ready := busy.Not().Or(moves.And(last)).Named("idle")
	cmd.Accept(ready)
	x.Accept(busy.And(b.pipe.Advance))

	takes := cmd.Fire(ready).Named("takes")
	beats, mant := cmd.Data[0][0], cmd.Data[2][0]
	m.Require(takes.Not().Or(b.inRange(beats)), "cmd_beats is 1 to %d", b.MaxBeats)
	scaler.RequireScale(m, takes, mant)
	busy.SetWhen(ready, takes)
	first.SetWhen(takes.Or(moves), takes)
	left.SetWhen(takes.Or(moves), takes.Mux(beats.Wrap(count.Width), left.SubWrap(m.Const(count, 1))))
	held := func(name string, s rtl.Sig) rtl.Sig {
		r := m.State(name, s.Shape(), 0)
		r.SetWhen(takes, s)
		return r.Sig
	}
	return beat{offered, first.Sig, held("eps", cmd.Data[1][0]), scale{held("out_mant", mant), held("out_exp", cmd.Data[3][0])}}
}

// inRange returns whether beats is 1 to MaxBeats.
func (b *builder) inRange(beats rtl.Sig) rtl.Sig {
	some := beats.AnyOne()
	if int64(b.MaxBeats) == beats.Shape().Max() {
		return some
	}
	return some.And(b.m.Const(beats.Shape(), int64(b.MaxBeats)).Ge(beats))
}

// magnitudes returns |value| and |weight|.
func (b *builder) magnitudes(value, weight []rtl.Sig) (v, w []rtl.Sig) {
	abs := func(name string, s rtl.Sig) rtl.Sig {
		negative := b.m.Const(s.Shape(), 0).SubWrap(s)
		return b.pipe.Reg(name, s.Bit(s.Shape().Width-1).Mux(negative, s).AsUnsigned())
	}
	for i := range value {
		v = append(v, abs(fmt.Sprintf("value_mag%d", i), value[i]))
		w = append(w, abs(fmt.Sprintf("weight_mag%d", i), weight[i]))
	}
	return v, w
}

// products returns value^2, of rounded values where they are wider than 24
// bits, and value*weight.
func (b *builder) products(value, weight []rtl.Sig) (squares, peaks []rtl.Sig) {
	width := b.squared()
	shift := b.Fixed.Vector.Width - width
	for i, v := range value {
		rounded, w := v, weight[i]
		if shift > 0 {
			half := b.m.Const(v.Shape(), 1<<(shift-1))
			rounded = b.pipe.Reg(fmt.Sprintf("value_round%d", i), v.Add(half).ShrConst(shift).Wrap(width))
			v = b.pipe.Reg(fmt.Sprintf("value_mag%d_d1", i), v)
			w = b.pipe.Reg(fmt.Sprintf("weight_mag%d_d1", i), w)
		}
		squares = append(squares, b.pipe.Reg(fmt.Sprintf("square%d", i), rounded.Mul(rounded).Wrap(2*width-1)))
		peaks = append(peaks, b.pipe.Reg(fmt.Sprintf("product%d", i), v.Mul(w).Wrap(b.PeakBits())))
	}
	return squares, peaks
}

// tree combines a power of two of lanes with one register per level.
func (b *builder) tree(name string, lanes []rtl.Sig, combine func(a, b rtl.Sig) rtl.Sig) rtl.Sig {
	for level := 1; len(lanes) > 1; level++ {
		next := make([]rtl.Sig, len(lanes)/2)
		for i := range next {
			next[i] = b.pipe.Reg(fmt.Sprintf("%s_l%d_%d", name, level, i), combine(lanes[2*i], lanes[2*i+1]))
		}
		lanes = next
	}
	return lanes[0]
}

func larger(a, b rtl.Sig) rtl.Sig { return a.Lt(b).Mux(b, a) }

// delayed returns at in the stage of s.
func (b *builder) delayed(at beat, s rtl.Sig) beat {
	n, _ := s.Stage()
	return beat{
		valid: b.delaySig("beat_valid", at.valid, n),
		first: b.delaySig("beat_first", at.first, n),
		eps:   b.delaySig("beat_eps", at.eps, n),
		out:   b.delay("beat_out", at.out, n),
	}
}

// accumulate returns, a stage later, eps + the sum of squares and the peak of
// the vector up to and with this beat.
func (b *builder) accumulate(at beat, square, peak rtl.Sig) (sum, largest rtl.Sig) {
	m := b.m
	width := b.SquaresBits() + 1
	moves := at.valid.And(b.pipe.Advance)
	total := m.State("total", rtl.U(width), 0)
	from := at.first.Mux(at.eps.Extend(width), total.Sig)
	next := from.AddWrap(square.Extend(width)).Named("total_next")
	m.Require(moves.Not().Or(next.Ge(from)), "the sum of squares stays below 2^%d", width)
	total.SetWhen(moves, next)

	top := m.State("top", peak.Shape(), 0)
	highest := larger(at.first.Mux(m.Const(peak.Shape(), 0), top.Sig), peak).Named("top_next")
	top.SetWhen(moves, highest)
	return b.pipe.Reg("squares_eps", next), b.pipe.Reg("largest", highest)
}

// delaySig returns s after n stages.
func (b *builder) delaySig(name string, s rtl.Sig, n int) rtl.Sig {
	for i := range n {
		s = b.pipe.Reg(fmt.Sprintf("%s_d%d", name, i+1), s)
	}
	return s
}

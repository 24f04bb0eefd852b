package rms

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/ternary/fixed"
)

// Widths of a scale and of the tables, as package fixed states them.
const (
	mantBits   = 16
	expBits    = 10
	valueBits  = 21 // of a table word, above the slope
	slopeBits  = 13
	indexBits  = 8
	offsetBits = 16
)

// A scale is mant * 2^exp: mant u16, normalised or 0; exp s10, 0 where mant is.
type scale struct{ mant, exp rtl.Sig }

// delay returns s after n stages.
func (b *builder) delay(name string, s scale, n int) scale {
	return scale{b.delaySig(name+"_mant", s.mant, n), b.delaySig(name+"_exp", s.exp, n)}
}

// scales returns the three results, all at one stage. squares includes eps.
func (b *builder) scales(squares, peak rtl.Sig, out scale) (norm, quant, rescale scale) {
	s := b.normalise("squares", squares)
	p := b.normalise("peak", peak)
	out = b.delay("factor", out, normaliseStages+curveStages)
	rsqrt := b.rsqrt(s)
	recip := b.recip(p)
	size := b.delay("size", b.round("size", p), curveStages-1)

	norm = b.delay("norm_wait", b.mul("norm", rsqrt, out), mulStages)
	quant = b.delay("quant_wait", b.mul127("quant", recip), mulStages)
	rescale = b.mul("rescale", b.mul("spread", size, rsqrt), b.delay("factor_wait", out, mulStages))
	return norm, quant, rescale
}

// A normal is a number without its leading zeros.
type normal struct {
	mant rtl.Sig // its bits shifted up until the top one is 1; 0 for 0
	lz   rtl.Sig // u(log2 of the width): places shifted
	zero rtl.Sig // u1: the number is 0
}

// Stages of the steps below.
const (
	normaliseStages = 2
	curveStages     = 4
	mulStages       = 2
)

// normalise shifts v up by its leading zeros: half of the steps, from the
// largest down, in each of two stages.
func (b *builder) normalise(name string, v rtl.Sig) normal {
	width := v.Shape().Width
	steps := bits.Len(uint(width - 1))
	var count []rtl.Sig
	half := func(stage, from, to int) {
		for step := from; step > to; step-- {
			by := 1 << (step - 1)
			empty := v.Slice(width-1, width-by).AnyOne().Not().Named(fmt.Sprintf("%s_lz%d", name, step-1))
			v = empty.Mux(v.Slice(width-1-by, 0).ShlConst(by), v)
			count = append(count, empty)
		}
		v = b.pipe.Reg(fmt.Sprintf("%s_shift%d", name, stage), v)
		count = []rtl.Sig{b.pipe.Reg(fmt.Sprintf("%s_count%d", name, stage), rtl.Concat(count...))}
	}
	half(1, steps, steps/2)
	half(2, steps/2, 0)
	return normal{v, count[0], v.Bit(width - 1).Not()}
}

// field returns n bits of v below the first skip bits, zeros past the end.
func (b *builder) field(v rtl.Sig, skip, n int) rtl.Sig {
	if short := skip + n - v.Shape().Width; short > 0 {
		v = v.ShlConst(short)
	}
	top := v.Shape().Width - 1 - skip
	return v.Slice(top, top-n+1)
}

// round returns n as a scale, rounded to 16 bits, one stage later.
func (b *builder) round(name string, n normal) scale {
	width := n.mant.Shape().Width
	kept := b.field(n.mant, 0, mantBits+1)
	mant := kept.ShrConst(1).Add(kept.Bit(0).Extend(mantBits))
	return b.register(name, mant, b.minus(width-mantBits, n.lz), n.zero)
}

// recip returns 1/n.
func (b *builder) recip(n normal) scale {
	width := n.mant.Shape().Width
	index, offset := b.field(n.mant, 1, indexBits), b.field(n.mant, 1+indexBits, offsetBits)
	exp := n.lz.ToSigned().Extend(expBits).AddWrap(b.m.Const(rtl.S(expBits), int64(1-mantBits-width)))
	return b.curve("recip", fixed.RecipROM(), index, offset, exp, n.zero)
}

// rsqrt returns 1/sqrt(n).
func (b *builder) rsqrt(n normal) scale {
	width := n.mant.Shape().Width
	log2 := b.minus(width-1, n.lz).Named("squares_log2")
	index := rtl.Concat(log2.Bit(0), b.field(n.mant, 1, indexBits-1))
	offset := b.field(n.mant, indexBits, offsetBits)
	exp := b.minus(-mantBits, log2.ShrConst(1).AsUnsigned().Wrap(6))
	return b.curve("rsqrt", fixed.RsqrtROM(), index, offset, exp, n.zero)
}

// minus returns from - n as s10, for an unsigned n.
func (b *builder) minus(from int, n rtl.Sig) rtl.Sig {
	return b.m.Const(rtl.S(expBits), int64(from)).SubWrap(n.ToSigned().Extend(expBits))
}

// curve interpolates in a table: read, multiply, subtract, round; a register
// after each.
func (b *builder) curve(name string, table []fixed.Segment, index, offset, exp, zero rtl.Sig) scale {
	words := make([]int64, len(table))
	for i, s := range table {
		words[i] = int64(s.Value)<<slopeBits | int64(s.Slope)
	}
	word := b.m.ROM(name, rtl.U(valueBits+slopeBits), words).ReadEn(index, b.pipe.Advance)[0]
	value, slope := word.Slice(valueBits+slopeBits-1, slopeBits), word.Slice(slopeBits-1, 0)
	fall := b.pipe.Reg(name+"_fall", slope.Mul(b.pipe.Reg(name+"_offset", offset)).ShrConst(offsetBits))
	value = b.pipe.Reg(name+"_value", value)
	y := b.pipe.Reg(name+"_y", value.SubWrap(fall.Extend(valueBits)))
	const dropped = valueBits - mantBits - 1
	mant := y.AddWrap(b.m.Const(y.Shape(), 1<<(dropped-1))).ShrConst(dropped)
	const before = curveStages - 1
	return b.register(name, mant, b.delaySig(name+"_exp", exp, before), b.delaySig(name+"_zero", zero, before))
}

// mul returns s * t.
func (b *builder) mul(name string, s, t scale) scale {
	return b.rounded(name, s.mant.Mul(t.mant), s.exp.Add(t.exp))
}

// mul127 returns s * 127: the mantissa of 127 is 127 * 2^9.
func (b *builder) mul127(name string, s scale) scale {
	width := mantBits + 7
	times127 := s.mant.ShlConst(7).SubWrap(s.mant.Extend(width))
	return b.rounded(name, times127.ShlConst(9), s.exp.Add(b.m.Const(rtl.S(expBits), -9)))
}

// rounded registers a product of two mantissas, u32, and the sum of their
// exponents, and rounds them to a scale in the next stage.
func (b *builder) rounded(name string, product, exp rtl.Sig) scale {
	product = b.pipe.Reg(name+"_product", product)
	exp = b.pipe.Reg(name+"_sum", exp.Add(b.m.Const(exp.Shape(), mantBits-1)))
	high := product.Bit(2*mantBits - 1)
	kept := high.Mux(product.Slice(31, 15), product.Slice(30, 14))
	mant := kept.ShrConst(1).Add(kept.Bit(0).Extend(mantBits))
	exp = exp.Add(high.ToSigned().Extend(exp.Shape().Width))
	return b.register(name, mant, exp, product.Slice(31, 30).AnyOne().Not())
}

// register ends a stage with a scale: mant is u17 in [2^15, 2^16], of which
// only the upper end needs work, or anything where zero is 1.
func (b *builder) register(name string, mant, exp, zero rtl.Sig) scale {
	m := b.m
	carry := mant.Bit(mantBits)
	raised := exp.Add(carry.ToSigned().Extend(exp.Shape().Width))
	wrapped := raised.Wrap(expBits)
	at, _ := mant.Stage()
	fits := wrapped.Extend(raised.Shape().Width).Eq(raised)
	m.Require(b.pipe.Valid(at).Not().Or(zero).Or(fits), "the exponent of %s fits %d bits", name, expBits)
	low := carry.Mux(m.Const(rtl.U(mantBits), 1<<(mantBits-1)), mant.Wrap(mantBits))
	return scale{
		b.pipe.Reg(name+"_mant", zero.Mux(m.Const(rtl.U(mantBits), 0), low)),
		b.pipe.Reg(name+"_exp", zero.Mux(m.Const(rtl.S(expBits), 0), wrapped)),
	}
}

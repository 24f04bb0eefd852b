package rowwise

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
)

// lookup returns sigmoid(|a|) and sigmoid(a), u(valueBits) in [0, one] with
// guard bits, at stage 4. a has the operand by stage.
func (l *lane) lookup(a []rtl.Sig) (upper, lookup rtl.Sig) {
	w, n := l.Fixed.Vector.Width, l.valueBits()
	one := l.m.Const(rtl.U(n), 1<<(n-1))
	minus := l.m.Const(a[0].Shape(), 0).Sub(a[0])
	mag := a[0].Bit(w-1).Mux(minus, a[0].Extend(w+1)).Slice(w-1, 0)
	if l.isTable() {
		upper = l.interpolate(mag, one)
	} else {
		upper = l.line(l.reg("mag", mag))
	}
	lookup = a[3].Bit(w-1).Mux(one.SubWrap(upper), upper)
	return l.reg("upper", upper), l.reg("lookup", lookup)
}

// interpolate returns sigmoid(|a|) from the table, at stage 3; mag is at stage
// 0.
func (l *lane) interpolate(mag, one rtl.Sig) rtl.Sig {
	w, n, off := l.Fixed.Vector.Width, l.valueBits(), l.offsetBits()
	top := off + l.Fixed.Sigmoid.SegmentsLog2 // the table covers |a| < 2^top
	mag = l.reg("mag", mag).Extend(max(w, top))

	word := l.table.Read(mag.Slice(top-1, off))[0]
	offset := l.reg("offset", mag.Slice(off-1, 0))

	// The rise over a part of a segment is at most one half, so that it never
	// needs more than n bits.
	slope := word.Slice(l.slopeBits()-1, 0).Named(l.name("slope"))
	rise := slope.Mul(offset).ShrConst(off)
	rise = l.reg("rise", rise.Wrap(min(n, rise.Shape().Width))).Extend(n)
	value := l.reg("value", word.ShrConst(l.slopeBits()))

	upper := value.AddWrap(rise).Named(l.name("interpolated"))
	if top < w {
		beyond := l.reg("beyond", l.reg("beyond_in", mag.ShrConst(top).AnyOne()))
		upper = beyond.Mux(one, upper)
	}
	return upper
}

// lineShift is how many bits of slope times element are below the guard bits:
// slopes have 12 fraction bits.
const lineShift = 12 - guardBits

// line returns sigmoid(|a|) as value + slope*|a| of the segment of |a|, at
// stage 3; mag is at stage 1. The last segment is flat where its line is the
// constant 1, so that no bits of |a| above its knot matter.
func (l *lane) line(mag rtl.Sig) rtl.Sig {
	n, rom := l.valueBits(), l.rom
	last := len(rom.Knot) - 1
	x := mag
	if rom.Slope[last] == 0 {
		x = mag.Slice(bits.Len32(rom.Knot[last]-1)-1, 0).Named(l.name("inside"))
	}
	var rises, slopes, values []rtl.Sig
	slopeShape := rtl.U(bits.Len32(rom.Slope[0]))
	for i, slope := range rom.Slope {
		values = append(values, l.m.Const(rtl.U(n), int64(rom.Value[i])))
		if l.Fixed.Sigmoid.Method.PowerOfTwo() {
			rises = append(rises, l.shifted(x, slope))
		} else {
			slopes = append(slopes, l.m.Const(slopeShape, int64(slope)))
		}
	}
	from := make([]rtl.Sig, last+1) // |a| is not below the knot
	for i := 1; i <= last; i++ {
		from[i] = mag.Lt(l.m.Const(mag.Shape(), int64(rom.Knot[i]))).Not().Named(l.name(fmt.Sprintf("from_knot%d_", i)))
	}
	value := l.reg("value", l.reg("value_in", choose(from, values)))
	var rise rtl.Sig
	if rises != nil {
		rise = l.reg("rise", l.reg("rise_in", choose(from, rises)))
	} else {
		product := l.reg("slope", choose(from, slopes)).Mul(l.reg("inside_q", x)).ShrConst(lineShift)
		rise = l.reg("rise", product.Wrap(min(n, product.Shape().Width))).Extend(n)
	}
	return value.AddWrap(rise).Named(l.name("on_line"))
}

// choose returns the last of choices whose condition holds, or the first.
func choose(when, choices []rtl.Sig) rtl.Sig {
	y := choices[0]
	for i := 1; i < len(choices); i++ {
		y = when[i].Mux(choices[i], y)
	}
	return y
}

// shifted returns slope*x / 2^lineShift, a shift of x, for a slope that is a
// power of two or 0. Inside its segment it has at most valueBits bits.
func (l *lane) shifted(x rtl.Sig, slope uint32) rtl.Sig {
	n := l.valueBits()
	if slope == 0 {
		return l.m.Const(rtl.U(n), 0)
	}
	if by := bits.Len32(slope) - 1 - lineShift; by >= 0 {
		x = x.ShlConst(by)
	} else {
		x = x.ShrConst(-by)
	}
	if x.Shape().Width > n {
		return x.Wrap(n)
	}
	return x.Extend(n)
}

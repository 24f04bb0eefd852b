package scaler

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
)

const (
	mantBits = 16 // width of fixed.Scale.Mant
	expBits  = 10 // width of fixed.Scale.Exp, signed

	// Registers is the number of registers from the operands of Build to its
	// result: magnitude, product, shift, round and saturate.
	Registers = 4
)

// MantShape and ExpShape are the shapes of the fields of a fixed.Scale.
var (
	MantShape = rtl.U(mantBits)
	ExpShape  = rtl.S(expBits)
)

// Build returns acc * mant * 2^exp, rounded half away from zero and saturated:
// fixed.Scale.Apply, Registers registers later.
//
//	acc     s(AccBits), every value
//	mant    MantShape; 0 or at least 2^15
//	exp     ExpShape, every value
//	result  s(Width)
//	reg     makes a pipeline register: Sig.Reg, or Pipe.Reg where it can stall
//	prefix  begins the names of the registers and nets
//
// mant and exp are at the stage of acc, or settings of any stage. They are
// sampled together with acc, so that a setting may change as soon as the last
// acc that uses it has entered.
func Build(m *rtl.Module, c Config, reg func(string, rtl.Sig) rtl.Sig, prefix string, acc, mant, exp rtl.Sig) rtl.Sig {
	return BuildLanes(m, c, reg, prefix, []rtl.Sig{acc}, mant, exp)[0]
}

// BuildLanes is Build for lanes that share one factor: its decoding and its
// registers exist once.
func BuildLanes(m *rtl.Module, c Config, reg func(string, rtl.Sig) rtl.Sig, prefix string, acc []rtl.Sig, mant, exp rtl.Sig) []rtl.Sig {
	b := builder{c, m, reg, prefix}
	s := b.decode(mant, exp)
	y := make([]rtl.Sig, len(acc))
	for i, a := range acc {
		if len(acc) > 1 {
			b.prefix = fmt.Sprintf("%s%d", prefix, i)
		}
		y[i] = b.lane(a, s)
	}
	return y
}

// RequireScale states that mant is a mantissa of a fixed.Scale where valid is 1.
func RequireScale(m *rtl.Module, valid, mant rtl.Sig) {
	normal := mant.Bit(mantBits - 1).Or(mant.AnyOne().Not())
	m.Require(normal.Or(valid.Not()), "mant is 0 or at least 2^15")
}

// productBits holds |acc|*mant: at most 2^(AccBits-1) * (2^16-1).
func (c Config) productBits() int { return c.AccBits + mantBits - 1 }

// maxLeft is the largest left shift that does not always saturate, negative
// where even a shift by 0 does: a nonzero product is at least 2^15.
func (c Config) maxLeft() int { return c.Width - mantBits - 1 }

// A builder makes the structure of one scaler.
type builder struct {
	Config
	m      *rtl.Module
	reg    func(string, rtl.Sig) rtl.Sig
	prefix string
}

func (b *builder) next(name string, s rtl.Sig) rtl.Sig { return b.reg(b.prefix+"_"+name, s) }

func (b *builder) named(name string, s rtl.Sig) rtl.Sig { return s.Named(b.prefix + "_" + name) }

// A factor is a decoded fixed.Scale: its mantissa with the magnitudes, and its
// shift with the products.
type factor struct {
	mant  rtl.Sig
	right rtl.Sig // right shift, 0 if exp >= 0; at least productBits+1 where nothing remains
	huge  rtl.Sig // exp > maxLeft; only if maxLeft >= 0: else an unshifted product saturates already
	left  rtl.Sig // left shift where exp >= 0 and huge is 0; only if maxLeft > 0
	up    rtl.Sig // exp >= 0, with the shifted products; only if maxLeft > 0
}

// decode turns the exponent into shift amounts while the magnitudes are formed.
func (b *builder) decode(mant, exp rtl.Sig) factor {
	negative := exp.Bit(expBits - 1)
	down := b.m.Const(ExpShape, 0).Sub(exp).AsUnsigned()
	right := negative.Mux(down, b.m.Const(down.Shape(), 0)).Saturate(bits.Len(uint(b.productBits() + 1)))
	f := factor{
		mant:  b.next("mant", mant),
		right: b.next("right", b.next("right_in", right)),
	}
	if b.maxLeft() >= 0 {
		huge := exp.Ge(b.m.Const(ExpShape, int64(b.maxLeft()+1)))
		f.huge = b.next("huge", b.next("huge_in", huge))
	}
	if b.maxLeft() > 0 {
		left := exp.Slice(bits.Len(uint(b.maxLeft()))-1, 0)
		f.left = b.next("left", b.next("left_in", left))
		f.up = b.next("up", b.next("up_product", b.next("up_in", negative.Not())))
	}
	return f
}

// lane scales one accumulator.
func (b *builder) lane(acc rtl.Sig, f factor) rtl.Sig {
	n := b.AccBits
	minus := b.m.Const(acc.Shape(), 0).Sub(acc)
	sign := b.next("sign", acc.Bit(n-1))
	mag := b.next("mag", acc.Bit(n-1).Mux(minus, acc.Extend(n+1)).Slice(n-1, 0))

	sign = b.next("sign_product", sign)
	product := b.next("product", mag.Mul(f.mant).Wrap(b.productBits()))

	sign = b.next("sign_shifted", sign)
	shifted := b.shift(product, f)

	return b.next("y", b.round(sign, shifted))
}

// A shifted is the magnitude low + half/2, or one that saturates if high is 1.
type shifted struct{ high, low, half rtl.Sig }

// shift multiplies a product by 2^exp in a right and, for wide results, a left
// shifter. The right shifter keeps one bit below the integer: the half to round
// with, which is 0 wherever the left shifter is used.
func (b *builder) shift(product rtl.Sig, f factor) shifted {
	w, p := b.Width, b.productBits()
	right := b.next("shifted", product.ShlConst(1).Shr(f.right))
	high, low := b.above(right, w+1), fit(right.Slice(min(w, p), 1), w)
	if b.maxLeft() > 0 {
		left := b.next("shifted_left", fit(product, w).Extend(w+b.maxLeft()).Shl(f.left))
		lost := b.next("lost_left", b.above(product, w))
		high = f.up.Mux(lost.Or(b.above(left, w)), high)
		low = f.up.Mux(left.Wrap(w), low)
	}
	if b.maxLeft() >= 0 {
		high = high.Or(b.next("saturated", f.huge.And(product.AnyOne())))
	}
	return shifted{high, low, right.Bit(0)}
}

// round adds the half, restores the sign and saturates. It needs one adder:
// -(low+half) is ^low + (1-half).
func (b *builder) round(sign rtl.Sig, s shifted) rtl.Sig {
	w := b.Width
	low := s.low.ToSigned()
	carry := b.named("carry", sign.Xor(s.half))
	sum := b.named("signed_sum", sign.Mux(low.Not(), low).Add(carry.Extend(w+1).AsSigned()))
	lo, hi := b.m.Const(rtl.S(w), rtl.S(w).Min()), b.m.Const(rtl.S(w), rtl.S(w).Max())
	return s.high.Mux(sign.Mux(lo, hi), sum.Saturate(w))
}

// above returns whether s has a one at bit n or higher.
func (b *builder) above(s rtl.Sig, n int) rtl.Sig {
	if n >= s.Shape().Width {
		return b.m.Const(rtl.U(1), 0)
	}
	return s.ShrConst(n).AnyOne()
}

// fit returns the low n bits of s, with zeros above where s is narrower.
func fit(s rtl.Sig, n int) rtl.Sig {
	if s.Shape().Width < n {
		return s.Extend(n)
	}
	return s.Wrap(n)
}

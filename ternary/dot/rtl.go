package dot

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

func (c Config) rtl(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
	sum := Build(b.Module, in[0], in[1], func(name string, s rtl.Sig) rtl.Sig { return s.Reg(name) })
	return [][]rtl.Sig{{sum}}
}

// A partial is the number value + carry. Negating x as ^x + 1 leaves the 1 as
// the carry, and every adder takes one carry of its two operands as carry-in
// and hands on the other: no lane has a negator of its own.
//
//	value  s(XBits + levels), in [-2^(XBits-1+levels), 2^(XBits-1+levels) - 1]
//	carry  u1
type partial struct{ value, carry rtl.Sig }

// Build sums w[i]*x[i] in a balanced tree with a register after every adder
// level and one after the last carry: ceil(log2(len(x))) + 1 of them.
//
//	w, x    len(w) = len(x) >= 1; w[i] is u2, the trit code; x[i] is s(XBits)
//	reg     makes a register: rtl.Sig.Reg in a free-running pipeline,
//	        rtl.Pipe.Reg in one that stalls
//	result  s(SumBits), exact
func Build(m *rtl.Module, w, x []rtl.Sig, reg func(name string, s rtl.Sig) rtl.Sig) rtl.Sig {
	level := make([]partial, len(x))
	for i := range x {
		p := selected(m, w[i], x[i])
		level[i] = partial{p.value.Named(fmt.Sprintf("term%d", i)), p.carry.Named(fmt.Sprintf("minus%d", i))}
	}
	for depth := 1; len(level) > 1; depth++ {
		next := make([]partial, (len(level)+1)/2)
		for i := range next {
			p := add(m, level[2*i:min(2*i+2, len(level))])
			next[i] = partial{reg(fmt.Sprintf("sum%d_%d", depth, i), p.value), reg(fmt.Sprintf("carry%d_%d", depth, i), p.carry)}
		}
		level = next
	}
	root := level[0]
	width := root.value.Shape().Width + 1
	return reg("sum", root.value.Extend(width).AddWrap(root.carry.Extend(width).AsSigned()))
}

// selected returns x, ^x + 1 or 0 for the trit code w.
func selected(m *rtl.Module, w, x rtl.Sig) partial {
	nonzero, minus := w.Bit(0), w.Bit(0).And(w.Bit(1))
	return partial{nonzero.Mux(minus.Mux(x.Not(), x), m.Const(x.Shape(), 0)), minus}
}

// add returns the sum of one or two partials, one bit wider. The appended bits
// 1 and carry make the carry-in of one adder.
func add(m *rtl.Module, ps []partial) partial {
	a := ps[0]
	width := a.value.Shape().Width + 1
	if len(ps) == 1 {
		return partial{a.value.Extend(width), a.carry}
	}
	b := ps[1]
	left := rtl.Concat(a.value.Extend(width), m.Const(rtl.U(1), 1))
	right := rtl.Concat(b.value.Extend(width), a.carry)
	return partial{left.AddWrap(right).Slice(width, 1).AsSigned(), b.carry}
}

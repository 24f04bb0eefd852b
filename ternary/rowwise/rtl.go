package rowwise

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary/fixed"
)

// guardBits is how many more fraction bits than an element the table has.
const guardBits = 4

// rtl builds the lanes of a pipeline of seven registers:
//
//	1  |a|
//	2  word of the table, or slope and value of the segment of |a|
//	3  slope * offset, or slope * |a|
//	4  sigmoid(|a|) and sigmoid(a) with guard bits
//	5  a*b or a*sigmoid(a), exact; beside it the sum, the difference or the sigmoid
//	6  the product, rounded
//	7  the result, saturated
//
// Two lanes share the two read ports of one table; piecewise linear methods have
// none. Every method has the same latency.
func (c Config) rtl(b *unit.Builder, rom *fixed.SigmoidROM, op rtl.Sig, x, z []rtl.Sig) [][]rtl.Sig {
	ops := b.Enum("op", names...)
	b.Require(op.Lt(b.Const(opShape, int64(numOps))).Or(b.Valid(0).Not()), "op is below %d", numOps)
	codes := []rtl.Sig{op}
	for k := 1; k <= 6; k++ {
		codes = append(codes, codes[k-1].Reg(fmt.Sprintf("op%d", k)))
	}
	y := make([]rtl.Sig, c.Lanes)
	var table *rtl.Mem
	for i := range y {
		if i%2 == 0 && c.isTable() {
			table = b.ROM(fmt.Sprintf("sigmoid%d", i/2), rtl.U(c.valueBits()+c.slopeBits()), c.words(rom))
		}
		l := lane{Config: c, m: b.Module, ops: ops, codes: codes, rom: rom, table: table, index: i}
		y[i] = l.build(x[i], z[i])
	}
	return [][]rtl.Sig{y}
}

// isTable reports whether the logistic function comes from a table.
func (c Config) isTable() bool { return c.Fixed.Sigmoid.Method == fixed.SigmoidTable }

// offsetBits is the number of bits of |a| within a segment of the table.
func (c Config) offsetBits() int {
	return c.Fixed.Vector.Frac + c.Fixed.Sigmoid.RangeLog2 - c.Fixed.Sigmoid.SegmentsLog2
}

// valueBits and slopeBits are the fields of a word of the table, the value in
// the upper bits.
func (c Config) valueBits() int { return c.Fixed.Vector.Frac + guardBits + 1 }
func (c Config) slopeBits() int { return c.offsetBits() + guardBits - 1 }

// words returns the contents of the table.
func (c Config) words(rom *fixed.SigmoidROM) []int64 {
	ws := make([]int64, len(rom.Value))
	for i, v := range rom.Value {
		ws[i] = int64(v)<<c.slopeBits() | int64(rom.Slope[i])
	}
	return ws
}

// A lane makes the structure of one lane.
type lane struct {
	Config
	m     *rtl.Module
	ops   *rtl.Enum
	codes []rtl.Sig // operation by stage
	rom   *fixed.SigmoidROM
	table *rtl.Mem // of the logistic function, if there is one
	index int
}

func (l *lane) name(s string) string { return fmt.Sprintf("%s%d", s, l.index) }

func (l *lane) reg(name string, s rtl.Sig) rtl.Sig { return s.Reg(l.name(name)) }

// is returns whether the operation at a stage is op.
func (l *lane) is(stage int, op Op) rtl.Sig { return l.ops.Is(l.codes[stage], op.String()) }

func (l *lane) build(x, z rtl.Sig) rtl.Sig {
	operands := []rtl.Sig{x}
	for k := 1; k <= 4; k++ {
		operands = append(operands, operands[k-1].Reg(fmt.Sprintf("a%d_d%d", l.index, k)))
	}
	upper, lookup := l.lookup(operands)
	product, other := l.exact(operands[4], z.Delay(l.name("b"), 4), upper, lookup)

	rounded := l.reg("rounded", l.round(product))
	other = l.reg("other_rounded", other).Extend(rounded.Shape().Width)
	result := rtl.Switch(l.ops.Of(l.codes[6])).Is("mul", rounded).Is("silu", rounded).Else(other)
	return l.reg("y", result.Saturate(l.Fixed.Vector.Width))
}

// exact returns the exact product of mul or silu and, of width+1 bits, the
// result of the other operations, at stage 5.
func (l *lane) exact(a, b, upper, lookup rtl.Sig) (product, other rtl.Sig) {
	w, frac := l.Fixed.Vector.Width, l.Fixed.Vector.Frac
	lookup = lookup.ToSigned()
	n := max(w, lookup.Shape().Width)
	factor := l.is(4, SiLU).Mux(lookup.Extend(n), b.Extend(n))
	product = l.reg("product", a.Mul(factor))

	half := l.m.Const(upper.Shape(), 1<<(guardBits-1))
	near := upper.Add(half).ShrConst(guardBits) // u(frac+2), at most 2^frac
	one := l.m.Const(near.Shape(), 1<<frac)
	flip := a.Bit(w - 1).Xor(l.is(4, CSigmoid))
	sigmoid := flip.Mux(one.SubWrap(near), near).Named(l.name("sigmoid"))
	other = rtl.Switch(l.ops.Of(l.codes[4])).Is("add", a.Add(b)).Is("sub", a.Sub(b)).
		Else(sigmoid.Extend(w + 1).AsSigned())
	return product, l.reg("other", other)
}

// round divides a product by 2^frac for mul or 2^(frac+guardBits) for silu,
// rounding half away from zero: it adds half the divisor, less one if the
// product is negative, and drops the bits. |product| is at most a quarter of
// its range, so that the sum cannot wrap.
func (l *lane) round(product rtl.Sig) rtl.Sig {
	sh, frac := product.Shape(), l.Fixed.Vector.Frac
	silu := l.is(5, SiLU)
	addend := func(shift int) rtl.Sig {
		half := int64(1) << (shift - 1)
		return product.Bit(sh.Width-1).Mux(l.m.Const(sh, half-1), l.m.Const(sh, half))
	}
	sum := product.AddWrap(silu.Mux(addend(frac+guardBits), addend(frac))).Named(l.name("biased"))
	return silu.Mux(sum.ShrConst(frac+guardBits).Extend(sh.Width-frac), sum.ShrConst(frac))
}

package vector

import (
	"lockstep/rtl"
	"lockstep/rtl/unit"
)

func (c Config) rtl(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
	op := in[0][0]
	known := op.Lt(b.Const(OpShape, int64(len(names))))
	b.Require(known.Or(b.Valid(0).Not()), "op is below %d", len(names))
	ins := make([][][]rtl.Sig, c.Lanes)
	for l := range ins {
		ins[l] = [][]rtl.Sig{{op}, {in[1][l]}, {in[2][l]}, {in[3][l]}}
	}
	out := make([][]rtl.Sig, 2)
	for _, lane := range b.Array("lane", laneModule(), ins) {
		out[0], out[1] = append(out[0], lane[0][0]), append(out[1], lane[1][0])
	}
	return out
}

// A lane is the structure of one lane. Everything but products and quantisers
// has its result at stage 1.
type lane struct {
	m      *rtl.Module
	ops    *rtl.Enum
	op     rtl.Sig // at stage 0
	a, b   rtl.Sig
	amount rtl.Sig // b, or 63 if it is more: as a shift alike
	less   rtl.Sig // a < b, signed or unsigned as op says
	diff   rtl.Sig // a - b, or a + b if op is add
}

// laneModule returns the module of one lane, three stages deep.
func laneModule() *rtl.Module {
	m := rtl.New("systolic_vector_lane", "one lane of the vector unit")
	in := func(name string, sh rtl.Shape, doc string) rtl.Sig {
		return m.In(rtl.Port{Name: name, Shape: sh, Lanes: 1, Doc: doc})[0]
	}
	v := &lane{m: m, ops: m.Enum("op", names[:]...)}
	v.op = v.ops.Of(in("op", OpShape, "operation"))
	v.a, v.b = in("a", word, "first operand"), in("b", word, "second operand")
	v.amount = v.b.Saturate(6).Named("amount")
	mask := in("mask", flag, "of select: 1 takes a")
	v.subtract()
	compared := v.compare()
	right := v.shiftRight()

	op1 := v.ops.Of(v.op.Reg("op1"))
	op2 := v.ops.Of(op1.Reg("op2"))
	simple := v.simple(mask, compared, right).Reg("simple")
	product := v.multiply()
	rounded := v.round(op1, right.Reg("right"))
	y := rtl.Switch(op2).
		Is("mul_lo", product.Slice(Bits-1, 0)).
		Is("mul_hi", product.Slice(2*Bits-1, Bits)).
		Is("quant_u8", rounded).
		Is("quant_s8", rounded).
		Else(simple.Reg("simple2")).Reg("y")
	m.Out(rtl.Port{Name: "y", Shape: word, Lanes: 1, Doc: "result"}, []rtl.Sig{y})
	m.Out(rtl.Port{Name: "mask", Shape: flag, Lanes: 1, Doc: "result of a comparison"}, []rtl.Sig{compared.Delay("compared", 3)})
	return m
}

// is returns whether the operation at stage 0 is one of those named.
func (v *lane) is(names ...string) rtl.Sig {
	any := v.ops.Is(v.op, names[0])
	for _, name := range names[1:] {
		any = any.Or(v.ops.Is(v.op, name))
	}
	return any
}

// subtract adds b or its complement to a, a bit wider so that the sign of the
// difference is that of the comparison. The appended bits make the carry-in.
func (v *lane) subtract() {
	minus := v.is("add").Not().Named("minus")
	signed := v.is("lt_s", "min_s", "max_s").Named("of_signed")
	wide := func(s rtl.Sig) rtl.Sig { return rtl.Concat(signed.And(s.Bit(Bits-1)), s) }
	b := wide(v.b)
	left := rtl.Concat(wide(v.a), v.m.Const(flag, 1))
	right := rtl.Concat(minus.Mux(b.Not(), b), minus)
	sum := left.AddWrap(right).Named("sum")
	v.diff, v.less = sum.Slice(Bits, 1), sum.Bit(Bits+1)
}

// compare returns the truth of the comparison, 0 for other operations.
func (v *lane) compare() rtl.Sig {
	equal := v.a.Eq(v.b).Named("equal")
	return v.is("lt_u", "lt_s").And(v.less).Or(v.is("eq").And(equal)).Named("compared_in")
}

// shiftRight returns floor(2*a/2^b) as a signed number of two bits more than a,
// where a is signed unless the operation is shr.
func (v *lane) shiftRight() rtl.Sig {
	sign := v.is("shr").Not().And(v.a.Bit(Bits - 1))
	return rtl.Concat(sign, v.a, v.m.Const(flag, 0)).AsSigned().Shr(v.amount).Named("right_in")
}

// simple returns the result of an operation that needs one stage.
func (v *lane) simple(mask, compared, right rtl.Sig) rtl.Sig {
	takes := v.is("select").Mux(mask, v.is("max_u", "max_s").Xor(v.less)).Named("takes_a")
	shifted := right.Slice(Bits, 1)
	truth := compared.Extend(Bits)
	return rtl.Switch(v.op).
		Is("add", v.diff).Is("sub", v.diff).
		Is("and", v.a.And(v.b)).Is("or", v.a.Or(v.b)).Is("xor", v.a.Xor(v.b)).
		Is("shl", v.a.Shl(v.amount)).Is("shr", shifted).Is("sar", shifted).
		Is("lt_u", truth).Is("lt_s", truth).Is("eq", truth).
		Else(takes.Mux(v.a, v.b))
}

// multiply returns a*b at stage 2: four products of half words, of which the two
// in the middle are added first.
func (v *lane) multiply() rtl.Sig {
	const half = Bits / 2
	al, ah := v.a.Slice(half-1, 0), v.a.Slice(Bits-1, half)
	bl, bh := v.b.Slice(half-1, 0), v.b.Slice(Bits-1, half)
	ends := rtl.Concat(ah.Mul(bh).Reg("high"), al.Mul(bl).Reg("low")).Reg("ends")
	middle := ah.Mul(bl).Reg("middle_a").Add(al.Mul(bh).Reg("middle_b")).Reg("middle")
	upper := ends.Slice(2*Bits-1, half).AddWrap(middle.Extend(2*Bits - half))
	return rtl.Concat(upper, ends.Slice(half-1, 0)).Named("product")
}

// round returns, at stage 2, the quantised value of the shifted one at stage 1:
// the bit below the integer is the half that rounds upward.
func (v *lane) round(op, right rtl.Sig) rtl.Sig {
	value := right.ShrConst(1).Add(right.Slice(0, 0).Extend(Bits + 1).AsSigned()).Named("nearest")
	negative := value.Bit(Bits + 1)
	u8 := negative.Mux(v.m.Const(rtl.U(8), 0), value.Slice(Bits, 0).Saturate(8)).Extend(Bits)
	s8 := value.Saturate(8).Extend(Bits).AsUnsigned()
	return v.ops.Is(op, "quant_u8").Mux(u8, s8).Reg("rounded")
}

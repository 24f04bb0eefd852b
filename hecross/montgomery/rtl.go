package montgomery

import (
	"fmt"

	"lockstep/hecross/multiply"
	"lockstep/rtl"
	"lockstep/rtl/unit"
)

const qBits = 31

// Registers is the number of registers from the operand of Build to its result.
func (c Config) Registers() int {
	n := multiply.Registers(32, 32, 32) + multiply.Registers(32, qBits, 32+qBits) + 1
	if c.Canonical {
		n++
	}
	return n
}

func (c Config) rtl(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
	z := in[0][0]
	q, inverse := c.modulus(b.Module, in[1:])
	invalid := b.Valid(0).Not()
	high := z.Slice(63, 32)
	b.Require(high.Lt(q.Extend(32)).Or(invalid), "z is below q * 2^32")
	if c.Q == 0 {
		one := q.Extend(32).Mul(inverse).Wrap(32).EqConst(1)
		b.Require(one.Or(invalid), "inverse is that of q modulo 2^32")
		b.Require(q.ShrConst(1).AnyOne().Or(invalid), "q is at least 3")
	}
	reg := func(name string, s rtl.Sig) rtl.Sig { return s.Reg(name) }
	return [][]rtl.Sig{{Build(c, reg, "", z, q, inverse)}}
}

// modulus returns the constants or the lanes of the ports.
func (c Config) modulus(m *rtl.Module, in [][]rtl.Sig) (q, inverse rtl.Sig) {
	if c.Q == 0 {
		return in[0][0], in[1][0]
	}
	k, _ := NewConstants(c.Q) // of a valid configuration: no error
	return m.Const(rtl.U(qBits), int64(k.Q)), m.Const(rtl.U(32), int64(k.Inverse))
}

// Build returns z*2^-32 mod q, Registers registers later.
//
//	z        u64, below q*2^32
//	q        u31, odd, at least 3, with z
//	inverse  u32, of q modulo 2^32, with z
//	reg      makes a pipeline register: Sig.Reg, or Pipe.Reg where it can stall
//	prefix   begins the names of the registers
//	result   u32, above 0 and below 2*q; below q if c.Canonical
func Build(c Config, reg func(string, rtl.Sig) rtl.Sig, prefix string, z, q, inverse rtl.Sig) rtl.Sig {
	later := func(name string, s rtl.Sig, from, to int) rtl.Sig {
		if name == "q" && c.Q != 0 {
			return s
		}
		for i := from + 1; i <= to; i++ {
			s = reg(fmt.Sprintf("%s%s_d%d", prefix, name, i), s)
		}
		return s
	}
	first := multiply.Registers(32, 32, 32)
	second := first + multiply.Registers(32, qBits, 32+qBits)
	u := multiply.Build(reg, prefix+"factor", z.Wrap(32), inverse, 32)
	q1 := later("q", q, 0, first)
	uq := multiply.Build(reg, prefix+"multiple", u, q1, 32+qBits)
	q2 := later("q", q1, first, second)
	// high < q and uq/2^32 < q.
	high := later("high", z.Slice(63, 32), 0, second)
	sum := high.AddWrap(q2.Extend(32))
	y := reg(prefix+"lazy", sum.SubWrap(uq.ShrConst(32).Extend(32)))
	if !c.Canonical {
		return y
	}
	less := y.SubWrap(later("q", q2, second, second+1).Extend(32)).Named(prefix + "less_q") // above -2^31 and below 2^31
	return reg(prefix+"y", less.Bit(31).Mux(y, less))
}

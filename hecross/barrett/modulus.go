package barrett

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
)

// Constants are what the structure has to know of a modulus q.
type Constants struct {
	Q     uint32 // the modulus
	M     uint32 // floor(2^(2*Bits) / (Q*2^Shift)), Bits+1 bits
	Shift int    // Bits less the length of q
}

// Constants returns the constants of q in a unit of c. The modulus is odd, at
// least 3, and has Bits-Narrower to Bits bits.
func (c Config) Constants(q uint32) (Constants, error) {
	shift := c.Bits - bits.Len32(q)
	switch {
	case q < 3 || q%2 == 0:
		return Constants{}, fmt.Errorf("barrett: q is %d, want an odd number of at least 3", q)
	case shift != 0 && c.Narrower == 0:
		return Constants{}, fmt.Errorf("barrett: q is %d of %d bits, want %d", q, bits.Len32(q), c.Bits)
	case shift < 0 || shift > c.Narrower:
		return Constants{}, fmt.Errorf("barrett: q is %d of %d bits, want %d to %d bits", q, bits.Len32(q), c.Bits-c.Narrower, c.Bits)
	}
	return Constants{Q: q, M: uint32(uint64(1) << (2 * c.Bits) / (uint64(q) << shift)), Shift: shift}, nil
}

// Frame returns the constants as values of ModulusPorts.
func (c Config) Frame(k Constants) [][]int64 {
	return [][]int64{{int64(k.Q)}, {int64(k.M)}, {int64(k.Shift)}}[:len(c.ModulusPorts())]
}

func (c Config) shiftShape() rtl.Shape { return rtl.U(bits.Len(uint(c.Narrower))) }

// ModulusPorts returns the ports through which a modulus comes: none if it is
// built in, otherwise q, m and, if Narrower is not 0, shift.
func (c Config) ModulusPorts() []rtl.Port {
	if c.Q != 0 {
		return nil
	}
	ports := []rtl.Port{
		{Name: "q", Shape: rtl.U(c.Bits), Lanes: 1, Doc: "modulus"},
		{Name: "m", Shape: rtl.U(c.Bits + 1), Lanes: 1, Doc: "floor(2^s / (q * 2^shift)), s twice the width of q"},
	}
	if c.Narrower == 0 {
		ports[1].Doc = "floor(2^s / q), s twice the width of q"
		return ports
	}
	return append(ports, rtl.Port{Name: "shift", Shape: c.shiftShape(), Lanes: 1, Doc: "leading zeros of q"})
}

// A Modulus is a modulus in hardware, as ModulusPorts describes it.
type Modulus struct{ Q, M, Shift rtl.Sig }

// Modulus returns the modulus that the lanes of ModulusPorts carry, or the
// constants of the one that is built in.
func (c Config) Modulus(m *rtl.Module, in [][]rtl.Sig) Modulus {
	if c.Q != 0 {
		k, _ := c.Constants(c.Q) // of a valid configuration: no error
		return Modulus{Q: m.Const(rtl.U(c.Bits), int64(k.Q)), M: m.Const(rtl.U(c.Bits+1), int64(k.M))}
	}
	mod := Modulus{Q: in[0][0], M: in[1][0]}
	if c.Narrower > 0 {
		mod.Shift = in[2][0]
	}
	return mod
}

// normal returns q*2^shift, of exactly Bits bits.
func (c Config) normal(mod Modulus) rtl.Sig {
	if c.Narrower == 0 {
		return mod.Q
	}
	return mod.Q.Shl(mod.Shift)
}

// RequireModulus states that mod has the constants of an odd modulus where
// valid is 1.
func (c Config) RequireModulus(m *rtl.Module, valid rtl.Sig, mod Modulus) {
	if c.Q != 0 {
		return
	}
	normal := c.normal(mod)
	invalid := valid.Not()
	m.Require(mod.Q.Bit(0).Or(invalid), "q is odd")
	if c.Narrower > 0 {
		m.Require(mod.Shift.Lt(m.Const(mod.Shift.Shape(), int64(c.Narrower))).
			Or(mod.Shift.EqConst(int64(c.Narrower))).Or(invalid), "shift is at most %d", c.Narrower)
		back := normal.Shr(mod.Shift).Eq(mod.Q)
		m.Require(back.Or(invalid), "q has shift leading zeros")
	}
	m.Require(normal.Bit(c.Bits-1).Or(invalid), "q has %d bits after the shift", c.Bits)
	s := 2 * c.Bits
	product := normal.Mul(mod.M) // of s+1 bits
	rest := m.Const(rtl.U(s+1), 1<<s).SubWrap(product)
	m.Require(rest.Lt(normal.Extend(s+1)).Or(invalid), "m is floor(2^%d / q)", s)
}

// RequireOperand states that z is in the range that is reduced to canonical
// residues, z < 2^(2*Bits - Shift), where valid is 1: it holds for one product of
// residues, but not for every sum of two.
func (c Config) RequireOperand(m *rtl.Module, valid, z rtl.Sig, mod Modulus) {
	s := 2 * c.Bits
	if z.Shape().Width <= s && c.Narrower == 0 {
		return
	}
	top := z.Extend(rtl.MaxWidth)
	if c.Narrower == 0 {
		m.Require(top.ShrConst(s).AnyOne().Not().Or(valid.Not()), "z is below 2^%d", s)
		return
	}
	limit := m.Const(top.Shape(), 1<<s).Shr(mod.Shift)
	m.Require(top.Lt(limit).Or(valid.Not()), "z is below 2^(%d - shift)", s)
}

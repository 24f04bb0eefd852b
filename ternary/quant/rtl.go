package quant

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary/fixed"
	"lockstep/ternary/scaler"
)

// rtl multiplies, scales to the vector format and, unless norm is 1, limits to
// the range of an activation. The factor joins the products: the result of a
// normalised factor that saturates at 8 bits is beyond +-127 at any width, so
// that one scaler serves both.
func (c Config) rtl(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
	x, w, mant, exp, norm := in[0], in[1], in[2][0], in[3][0], in[4][0]
	scaler.RequireScale(b.Module, b.Valid(0), mant)
	reg := func(name string, s rtl.Sig) rtl.Sig { return s.Reg(name) }
	products := make([]rtl.Sig, c.Lanes)
	for i := range products {
		products[i] = x[i].Mul(w[i]).Reg(fmt.Sprintf("product%d", i))
	}
	y := scaler.BuildLanes(b.Module, c.scaler(), reg, "scale", products, mant.Reg("mant"), exp.Reg("exp"))
	norm = norm.Delay("norm", 1+scaler.Registers)
	for i, v := range y {
		y[i] = norm.Mux(v, activation(b.Module, v)).Reg(fmt.Sprintf("y%d", i))
	}
	return [][]rtl.Sig{y}
}

// activation returns v limited to [-127, 127].
func activation(m *rtl.Module, v rtl.Sig) rtl.Sig {
	lo, hi := m.Const(v.Shape(), -fixed.MaxActivation), m.Const(v.Shape(), fixed.MaxActivation)
	return v.Lt(lo).Mux(lo, hi.Lt(v).Mux(hi, v))
}

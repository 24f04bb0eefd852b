package chunk

import (
	"fmt"

	"lockstep/hecross/barrett"
	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// MergeRegisters is the number of registers from the sums to the merged number.
const MergeRegisters = 2

func (c Config) rtl(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
	reg := func(name string, s rtl.Sig) rtl.Sig { return s.Reg(name) }
	var out []rtl.Sig
	if c.Kind == Split {
		for l, x := range in[0] {
			for k := range pieces {
				out = append(out, x.Slice(8*k+7, 8*k).Reg(fmt.Sprintf("byte%d_%d", l, k)))
			}
		}
		return [][]rtl.Sig{out}
	}
	var z []rtl.Sig
	for l := range c.Lanes {
		z = append(z, BuildMerge(reg, fmt.Sprintf("z%d", l), in[0][pieces*l:pieces*(l+1)]))
	}
	if c.Kind == Merge {
		return [][]rtl.Sig{z}
	}
	mod := c.Reduce.Modulus(b.Module, in[1:])
	c.Reduce.RequireModulus(b.Module, b.Valid(0), mod)
	if c.Reduce.Q == 0 {
		mod = delayed(mod)
	}
	r := barrett.NewReducer(b.Module, c.Reduce, reg, "", mod)
	for l := range z {
		c.Reduce.RequireOperand(b.Module, b.Valid(MergeRegisters), z[l], mod)
		prefix := fmt.Sprintf("lane%d_", l)
		out = append(out, r.Correct(fmt.Sprintf("r%d", l), r.Lazy(prefix, fit(z[l], 2*c.Reduce.Bits))))
	}
	return [][]rtl.Sig{out}
}

// delayed returns the modulus when the merged numbers are there.
func delayed(mod barrett.Modulus) barrett.Modulus {
	mod.Q = mod.Q.Delay("merging_q", MergeRegisters)
	mod.M = mod.M.Delay("merging_m", MergeRegisters)
	if (mod.Shift != rtl.Sig{}) {
		mod.Shift = mod.Shift.Delay("merging_shift", MergeRegisters)
	}
	return mod
}

// fit returns the low n bits of s, with zeros above where s is narrower.
func fit(s rtl.Sig, n int) rtl.Sig {
	if s.Shape().Width < n {
		return s.Extend(n)
	}
	return s.Wrap(n)
}

// BuildMerge returns y[0] + y[1]*2^8 + y[2]*2^16 + y[3]*2^24, MergeRegisters
// registers later.
//
//	y       four of u32, every value
//	reg     makes a pipeline register: Sig.Reg, or Pipe.Reg where it can stall
//	name    of the result; begins the names of the other registers
//	result  u(MergedBits)
func BuildMerge(reg func(string, rtl.Sig) rtl.Sig, name string, y []rtl.Sig) rtl.Sig {
	even := reg(name+"_even", apart(y[0], y[2], 16))
	odd := reg(name+"_odd", apart(y[1], y[3], 16))
	return reg(name, apart(even, odd, 8).Wrap(MergedBits))
}

// apart returns lo + hi*2^at, whose lowest bits are those of lo.
func apart(lo, hi rtl.Sig, at int) rtl.Sig {
	upper := hi.Add(lo.ShrConst(at).Extend(hi.Shape().Width))
	return rtl.Concat(upper, lo.Slice(at-1, 0))
}

package multiply

import "lockstep/rtl"

const (
	wide  = 26 // of a multiplier block: its operands are signed, 27 x 18 bits
	chunk = 17
	half  = 16 // where both operands are split
)

// Registers returns the number of registers from the operands of Build, of the
// given widths, to its result of keep bits.
func Registers(aBits, bBits, keep int) int {
	a, b := min(aBits, keep), min(bBits, keep)
	switch {
	case max(a, b) <= wide && min(a, b) <= chunk:
		return 1
	case min(a, b) <= wide:
		return 2
	}
	return 3
}

// Build returns a*b modulo 2^keep, Registers registers later.
//
//	a, b    unsigned, 1 to MaxBits bits, every value; either may be constant
//	keep    1 to the sum of the widths
//	reg     makes a pipeline register: Sig.Reg, or Pipe.Reg where it can stall
//	name    of the result; begins the names of the other registers
func Build(reg func(string, rtl.Sig) rtl.Sig, name string, a, b rtl.Sig, keep int) rtl.Sig {
	a, b = low(a, keep), low(b, keep)
	if a.Shape().Width < b.Shape().Width {
		a, b = b, a
	}
	switch Registers(a.Shape().Width, b.Shape().Width, keep) {
	case 1:
		return reg(name, low(a.Mul(b), keep))
	case 2:
		return two(reg, name, b, a, keep)
	}
	return four(reg, name, a, b, keep)
}

// two multiplies a by the lower chunk of b and by the rest.
func two(reg func(string, rtl.Sig) rtl.Sig, name string, a, b rtl.Sig, keep int) rtl.Sig {
	p0 := reg(name+"_low", low(a.Mul(b.Slice(chunk-1, 0)), keep))
	p1 := reg(name+"_high", low(a.Mul(b.Slice(b.Shape().Width-1, chunk)), keep-chunk))
	return reg(name, joined(p0, p1, chunk))
}

// four multiplies halves. The two products in the middle are added first.
func four(reg func(string, rtl.Sig) rtl.Sig, name string, a, b rtl.Sig, keep int) rtl.Sig {
	al, ah := a.Slice(half-1, 0), a.Slice(a.Shape().Width-1, half)
	bl, bh := b.Slice(half-1, 0), b.Slice(b.Shape().Width-1, half)
	ends := reg(name+"_low", al.Mul(bl))
	if keep > 2*half {
		ends = rtl.Concat(reg(name+"_high", low(ah.Mul(bh), keep-2*half)), ends)
	} else {
		ends = low(ends, keep)
	}
	m0, m1 := reg(name+"_middle0", al.Mul(bh)), reg(name+"_middle1", ah.Mul(bl))
	width := max(m0.Shape().Width, m1.Shape().Width)
	middle := low(m0.Extend(width).Add(m1.Extend(width)), keep-half)
	ends, middle = reg(name+"_ends", ends), reg(name+"_middle", middle)
	return reg(name, joined(ends, low(middle.Extend(max(ends.Shape().Width-half, middle.Shape().Width)), keep-half), half))
}

// joined returns lo + hi*2^at in at more bits than hi has, which hold it.
func joined(lo, hi rtl.Sig, at int) rtl.Sig {
	upper := lo.Slice(lo.Shape().Width-1, at)
	return rtl.Concat(hi.AddWrap(upper.Extend(hi.Shape().Width)), lo.Slice(at-1, 0))
}

// low returns the low n bits of s, or s if it has no more.
func low(s rtl.Sig, n int) rtl.Sig {
	if s.Shape().Width <= n {
		return s
	}
	return s.Wrap(n)
}

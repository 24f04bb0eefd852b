package fixed

import (
	"fmt"
	"math"
	"math/bits"
)

// A Scale is a positive number Mant * 2^Exp with a 16-bit normalised mantissa,
// or zero.
//
//	Mant  u16 in [2^15, 2^16), or 0 for the value zero
//	Exp   signed 10 bits; every Scale that a model forms has |Exp| < 512
//
// The relative rounding error of one mantissa is at most 2^-16.
type Scale struct {
	Mant uint32
	Exp  int
}

// mantBits is the width of a mantissa.
const mantBits = 16

// ScaleOf returns v rounded to 16 significant bits, ties up; 0 gives zero.
//
//	v       any
//	result  v * (1 + e), |e| <= 2^-16; Exp in [-15, 49]
//
// Hardware: leading-zero count, left shift to bit 63, add 2^47, keep the top 16
// bits; a carry out gives 2^15 and Exp one higher.
func ScaleOf(v uint64) Scale {
	if v == 0 {
		return Scale{}
	}
	lz := bits.LeadingZeros64(v)
	top := v << lz
	return normalise(top>>48+top>>47&1, 48-lz)
}

// ScaleFrom returns the Scale nearest to x, ties up. It runs at load time only.
// It reports an error unless x is 0 or in [2^-128, 2^127].
func ScaleFrom(x float64) (Scale, error) {
	if x == 0 {
		return Scale{}, nil
	}
	if !(x >= math.Ldexp(1, -128) && x <= math.Ldexp(1, 127)) {
		return Scale{}, fmt.Errorf("fixed: scale is %g, want 0 or 2^-128 to 2^127", x)
	}
	frac, exp := math.Frexp(x) // frac in [1/2, 1)
	return normalise(uint64(math.Round(math.Ldexp(frac, mantBits))), exp-mantBits), nil
}

// normalise returns mant * 2^exp for mant in [2^15, 2^16]; only the upper end
// needs work.
func normalise(mant uint64, exp int) Scale {
	if mant == 1<<mantBits {
		return Scale{Mant: 1 << (mantBits - 1), Exp: exp + 1}
	}
	return Scale{Mant: uint32(mant), Exp: exp}
}

// Float returns the value of s.
func (s Scale) Float() float64 { return math.Ldexp(float64(s.Mant), s.Exp) }

// Mul returns s * t rounded to 16 significant bits, ties up.
//
//	result  s * t * (1 + e), |e| <= 2^-16; zero if either is zero
//
// Hardware: one u16 x u16 multiplier to u32 in [2^30, 2^32). If bit 31 is set,
// add 2^15 and drop 16 bits, else add 2^14 and drop 15; a carry out gives 2^15
// and Exp one higher.
func (s Scale) Mul(t Scale) Scale {
	if s.Mant == 0 || t.Mant == 0 {
		return Scale{}
	}
	p := uint64(s.Mant) * uint64(t.Mant)
	drop := mantBits - 1 + int(p>>31)
	return normalise(roundShift(p, drop), s.Exp+t.Exp+drop)
}

// Apply returns acc * s rounded to an integer, ties away from zero, and
// saturated to f.
//
//	acc     |acc| < 2^47, so that |acc| * Mant < 2^63
//	result  raw value in [f.Min(), f.Max()]
//
// Hardware: one multiplier |acc| x u16 to at most 63 bits, then by Exp:
//
//	Exp >= Width-16     saturates by the sign of acc (0 stays 0): the product is
//	                    at least 2^15, so nothing representable is lost
//	0 < Exp < Width-16  left shift by Exp, saturating; needed only if Width > 17
//	-63 <= Exp <= 0     RoundShift by -Exp
//	Exp < -63           0, which is what RoundShift gives from 64 on
//
// Where acc has A bits including the sign, RoundShift gives 0 from
// -Exp = A+16 on, so a right shifter of A+16 positions is enough.
func (s Scale) Apply(acc int64, f Format) int32 {
	return f.Saturate(s.apply(acc, f.Width))
}

// apply is Apply before saturation. Where the exact value saturates, it may
// return another one that saturates to the same side.
func (s Scale) apply(acc int64, width int) int64 {
	if acc < 0 {
		return -int64(s.magnitude(uint64(-acc), width))
	}
	return int64(s.magnitude(uint64(acc), width))
}

// magnitude is apply for a magnitude below 2^47.
func (s Scale) magnitude(mag uint64, width int) uint64 {
	p := mag * uint64(s.Mant)
	switch {
	case p == 0 || s.Exp < -63:
		return 0
	case s.Exp >= width-mantBits:
		return 1 << width
	case s.Exp <= 0:
		return roundShift(p, -s.Exp)
	case p>>width != 0:
		return 1 << width
	}
	return p << s.Exp
}

package fixed

import (
	"math"
	"math/bits"
)

// A Segment is one ROM word of the piecewise linear tables behind Recip and
// Rsqrt: the function is Value at the start of the segment and Value - Slope at
// its end, in units of 2^-20.
type Segment struct {
	Value uint32 // u21, in (2^19, 2^20]
	Slope uint32 // u13, at most 2^12
}

// Parameters of the piecewise linear tables.
const (
	curveFrac   = 20 // fraction bits of Segment
	offsetBits  = 16 // bits of the position inside a segment
	indexBits   = 8  // log2 of the segments of one table
	curveLength = 1 << indexBits
)

var (
	recipTable = curve(func(i int) float64 { return 1 / (1 + float64(i)/curveLength) })
	rsqrtTable = curve(rsqrtKnot)
)

// rsqrtKnot returns 1/sqrt(u) at knot i: u = 1 + i/128 for i <= 128, and
// u = 2 + (i-128)/64 up to u = 4 at 256.
func rsqrtKnot(i int) float64 {
	const half = curveLength / 2
	if i < half {
		return 1 / math.Sqrt(1+float64(i)/half)
	}
	return 1 / math.Sqrt(float64(i)/(half/2))
}

// curve tabulates a falling function f of the knots 0 to 256.
func curve(f func(knot int) float64) (t [curveLength]Segment) {
	at := func(i int) uint32 { return uint32(math.Round(math.Ldexp(f(i), curveFrac))) }
	for i := range t {
		t[i] = Segment{Value: at(i), Slope: at(i) - at(i+1)}
	}
	return t
}

// RecipROM returns the 256 words of the table of 1/u for u in [1, 2]; word i
// starts at u = 1 + i/256.
func RecipROM() []Segment { t := recipTable; return t[:] }

// RsqrtROM returns the 256 words of the table of 1/sqrt(u): words 0 to 127 for
// u in [1, 2], word i at u = 1 + i/128; words 128 to 255 for u in [2, 4],
// word 128+i at u = 2 + i/64.
func RsqrtROM() []Segment { t := rsqrtTable; return t[:] }

// interpolate returns the 16-bit mantissa of a table value, in [2^15, 2^16].
//
//	s       a ROM word
//	offset  u16, position inside the segment
//
// Hardware: y = Value - floor(Slope*offset / 2^16), one u13 x u16 multiplier
// to u29, y is u21 in [2^19, 2^20]; the result is floor((y + 8) / 16).
func (s Segment) interpolate(offset uint64) uint64 {
	y := uint64(s.Value) - uint64(s.Slope)*offset>>offsetBits
	return roundShift(y, curveFrac-mantBits)
}

// Recip returns 1/v; v = 0 gives zero.
//
//	v       u64
//	result  (1/v) * (1 + e), |e| < 2^-15.6; exact for powers of two;
//	        Exp in [-79, -15]
//
// Hardware: leading-zero count and left shift by lz to bit 63; bits 62 to 55
// are the index into RecipROM, bits 54 to 39 the offset, the rest is dropped;
// interpolate; Exp = lz - 79; a mantissa of 2^16 gives 2^15 and Exp one higher.
func Recip(v uint64) Scale {
	if v == 0 {
		return Scale{}
	}
	lz := bits.LeadingZeros64(v)
	m := v << lz
	s := recipTable[m>>(63-indexBits)&(curveLength-1)]
	return normalise(s.interpolate(m>>(63-indexBits-offsetBits)&(1<<offsetBits-1)), lz-63-mantBits)
}

// Rsqrt returns 1/sqrt(v); v = 0 gives zero.
//
//	v       u64
//	result  (1/sqrt(v)) * (1 + e), |e| < 2^-15.6; exact for powers of four;
//	        Exp in [-47, -15]
//
// Hardware: leading-zero count and left shift by lz to bit 63; the index into
// RsqrtROM is the inverse of bit 0 of lz (1 if log2 v is odd) followed by bits
// 62 to 56, bits 55 to 40 are the offset, the rest is dropped; interpolate;
// Exp = -16 - floor((63-lz)/2); a mantissa of 2^16 gives 2^15 and Exp one
// higher.
func Rsqrt(v uint64) Scale {
	if v == 0 {
		return Scale{}
	}
	log2 := 63 - bits.LeadingZeros64(v)
	m := v << (63 - log2)
	s := rsqrtTable[uint64(log2&1)<<(indexBits-1)|m>>(64-indexBits)&(curveLength/2-1)]
	return normalise(s.interpolate(m>>(64-indexBits-offsetBits)&(1<<offsetBits-1)), -mantBits-log2/2)
}

package fixed

import "math"

// guardBits is how many more fraction bits than Vector.Frac a SigmoidROM has.
const guardBits = 4

// A SigmoidROM holds the constants of 1/(1+exp(-x)) for x >= 0 in the vector
// format. Negative x use sigmoid(-x) = 1 - sigmoid(x).
//
// With SigmoidTable word i holds the value at x = i * 2^(RangeLog2-SegmentsLog2)
// and the rise to the next knot, in units of 2^-(Frac+4). With a piecewise
// linear method word i holds the line Value + Slope*x of segment i, of which the
// last one is the constant 1; lines that no element reaches are left out.
type SigmoidROM struct {
	Value []uint32 // u(Frac+5), in [2^(Frac+3), 2^(Frac+4)], in units of 2^-(Frac+4)
	Slope []uint32 // table: u(Frac+3+RangeLog2-SegmentsLog2), rise over the segment; piecewise linear: u11 in units of 2^-12
	Knot  []uint32 // piecewise linear: first |x| of the segment, rising from 0; nil for a table

	format     Format
	limit      uint32 // 2^(Frac+RangeLog2), the first |x| beyond the table
	offsetBits int    // Frac+RangeLog2-SegmentsLog2
}

// NewSigmoidROM returns the constants of c, which must be valid.
func NewSigmoidROM(c Config) *SigmoidROM {
	if c.Sigmoid.Method != SigmoidTable {
		return newPiecewise(c)
	}
	n := 1 << c.Sigmoid.SegmentsLog2
	r := &SigmoidROM{
		Value:      make([]uint32, n),
		Slope:      make([]uint32, n),
		format:     c.Vector,
		limit:      1 << (c.Vector.Frac + c.Sigmoid.RangeLog2),
		offsetBits: c.Vector.Frac + c.Sigmoid.RangeLog2 - c.Sigmoid.SegmentsLog2,
	}
	at := func(knot int) uint32 {
		x := math.Ldexp(float64(knot), c.Sigmoid.RangeLog2-c.Sigmoid.SegmentsLog2)
		return uint32(math.Round(math.Ldexp(1/(1+math.Exp(-x)), c.Vector.Frac+guardBits)))
	}
	for i := range n {
		r.Value[i] = at(i)
		r.Slope[i] = at(i+1) - at(i)
	}
	return r
}

// Lookup returns sigmoid(x) with Frac+4 fraction bits.
//
//	x       raw vector element
//	result  u(Frac+5) in [0, 2^(Frac+4)]
//
// Hardware of a table: a = |x|; with B = Frac + RangeLog2 - SegmentsLog2 the index is the
// SegmentsLog2 bits of a from bit B up and the offset the low B bits;
// y = Value + floor(Slope*offset / 2^B), or 2^(Frac+4) if a is not below
// 2^(Frac+RangeLog2); the result is y, or 2^(Frac+4) - y if x is negative.
//
// Beyond the table the error is exp(-2^RangeLog2) at its edge and falls with
// |x|, so that SiLU is right for large |x|: x or 0.
//
// Hardware of a piecewise linear method: a = |x|, i the last segment with
// Knot[i] <= a, y = Value[i] + floor(Slope[i]*a / 2^8), at most 2^(Frac+4); the
// sign as above.
func (r *SigmoidROM) Lookup(x int32) uint32 {
	a := uint32(x)
	if x < 0 {
		a = -a
	}
	y := uint32(1) << (r.format.Frac + guardBits)
	if r.Knot != nil {
		y = r.line(a)
	} else if a < r.limit {
		i := a >> r.offsetBits
		offset := a & (1<<r.offsetBits - 1)
		y = r.Value[i] + uint32(uint64(r.Slope[i])*uint64(offset)>>r.offsetBits)
	}
	if x < 0 {
		return 1<<(r.format.Frac+guardBits) - y
	}
	return y
}

// Sigmoid returns Lookup(x) rounded to the vector format, ties away from 1/2,
// so that Sigmoid(x) + Sigmoid(-x) is exactly 1.
//
//	result  in [0, 2^Frac]
//
// Hardware: floor((Lookup(|x|) + 8) / 16), subtracted from 2^Frac if x is
// negative.
func (r *SigmoidROM) Sigmoid(x int32) int32 {
	y := r.Lookup(x)
	if x < 0 {
		y += 1<<(guardBits-1) - 1
	} else {
		y += 1 << (guardBits - 1)
	}
	return int32(y >> guardBits)
}

// SiLU returns x * sigmoid(x), the product with Lookup(x) rounded once.
//
//	result  |result| <= |x|: it cannot saturate
//
// Hardware: one signed Width x u(Frac+5) multiplier, RoundShift by Frac+4.
func (r *SigmoidROM) SiLU(x int32) int32 {
	return int32(RoundShift(int64(x)*int64(r.Lookup(x)), r.format.Frac+guardBits))
}

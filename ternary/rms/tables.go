package rms

import (
	"math/bits"
	"math/rand/v2"

	"lockstep/ternary/fixed"
)

// tables are vectors that read every word of both tables where, if some try
// finds such a place, the lowest bit of the slope decides the result.
func (c Config) tables(r *rand.Rand) []vector {
	var vs []vector
	for i, s := range fixed.RsqrtROM() {
		odd, low := i/128, i%128 // the number is in [2, 4) or in [1, 2) times a power of four
		v := fill(1, [2]int32{}, [2]int32{})
		for range tries {
			top := c.SquaresBits() - 1 - r.IntN(4)
			top -= (top ^ odd) & 1
			v.eps = 1<<top | uint64(low)<<(top-7) | r.Uint64()>>(64-(top-7))
			if decides(s, below(v.eps, 7)) {
				break
			}
		}
		vs = append(vs, v)
	}
	for i, s := range fixed.RecipROM() {
		var best vector
		for range tries {
			v := fill(1, [2]int32{0, 1 + r.Int32N(c.Fixed.Weight.Max())}, [2]int32{})
			top := c.PeakBits() - 3 - r.IntN(4)
			peak := 1<<top | int64(i)<<(top-8) | r.Int64N(1<<(top-8))
			x := peak / int64(v.w[0])
			product := uint64(x) * uint64(v.w[0])
			if x > int64(c.Fixed.Vector.Max()) || int(product>>max(0, bits.Len64(product)-9)) != 1<<8|i {
				continue
			}
			v.x[0] = int32(x)
			best = v
			if decides(s, below(product, 8)) {
				break
			}
		}
		if best.x != nil {
			vs = append(vs, best)
		}
	}
	return vs
}

// tries is the number of places that are tried per word of a table.
const tries = 400

// below returns the 16 bits of v that follow its highest 1 and skip bits more.
func below(v uint64, skip int) uint64 {
	v <<= bits.LeadingZeros64(v)
	return v << (1 + skip) >> 48
}

// decides returns whether the lowest bit of the slope of s matters at offset.
func decides(s fixed.Segment, offset uint64) bool {
	mant := func(slope uint32) uint64 {
		return (uint64(s.Value) - uint64(slope)*offset>>offsetBits + 8) >> 4
	}
	return mant(s.Slope) != mant(s.Slope^1)
}

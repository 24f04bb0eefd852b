package quant

import (
	"math/bits"
	"math/rand/v2"

	"lockstep/rtl/unit"
	"lockstep/ternary/scaler"
)

// mantBits is the width of the mantissa of a factor.
var mantBits = scaler.MantShape.Width

// corners are both modes on the ends of every operand; products that are ties
// of the rounding; and, for every exponent, results next to +-127 and next to
// the ends of the vector format.
func (c Config) corners() []unit.Frame {
	var fs []unit.Frame
	add := func(x, w, mant, exp int64) {
		for norm := range int64(2) {
			f := unit.Frame{make([]int64, c.Lanes), make([]int64, c.Lanes), {mant}, {exp}, {norm}}
			for i := range c.Lanes {
				f[0][i], f[1][i] = x, w
				if i%2 == 1 {
					f[0][i] = min(-x, int64(c.Fixed.Vector.Max()))
				}
			}
			fs = append(fs, f)
		}
	}
	v, w := c.Fixed.Vector, c.Fixed.Weight
	for _, exp := range []int64{-512, -64, -63, -48, -32, -24, -20, -9, -8, -7, -1, 0, 1, 15, 16, 511} {
		for _, mant := range []int64{0, 1 << 15, 1<<16 - 1} {
			for _, x := range []int64{int64(v.Min()), int64(v.Min()) + 1, -1, 0, 1, int64(v.Max())} {
				for _, weight := range []int64{int64(w.Min()), -1, 0, 1, int64(w.Max())} {
					add(x, weight, mant, exp)
				}
			}
		}
	}
	for _, odd := range []int64{1, 3, 127, 253, 255} { // odd/2 exactly
		add(odd, 1, 1<<15, -16)
		add(-odd, 1, 1<<15, -16)
		add(odd, -1, 1<<15, -16)
	}
	for exp := int64(-mantBits - 12); exp <= -1; exp++ {
		for _, limit := range []int64{127, 128, int64(v.Max())} {
			x := min(limit<<min(-exp, 30)>>15, int64(v.Max())-1)
			add(x, 1, 1<<15, exp)
			add(x+1, -1, 1<<15, exp)
			add(x, -1, 1<<15+1, exp)
		}
	}
	return fs
}

// stimulus returns the corners and random frames whose results have every
// length up to beyond saturation at the width of the mode.
func (c Config) stimulus(r *rand.Rand, n int) []unit.Frame {
	fs := c.corners()
	signed := func(width int) int64 { return int64(r.Uint64()) >> (64 - width) >> r.IntN(width) }
	for len(fs) < n {
		f := unit.Frame{make([]int64, c.Lanes), make([]int64, c.Lanes), {1<<15 + r.Int64N(1<<15)}, {0}, {r.Int64N(2)}}
		for i := range c.Lanes {
			f[0][i], f[1][i] = signed(c.Fixed.Vector.Width), signed(c.Fixed.Weight.Width)
		}
		width := 8
		if f[4][0] == 1 {
			width = c.Fixed.Vector.Width
		}
		product := f[0][0] * f[1][0]
		length := bits.Len64(uint64(max(product, -product))) + mantBits
		f[3][0] = int64(r.IntN(width+4) - length)
		fs = append(fs, f)
	}
	return fs
}

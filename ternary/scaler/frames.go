package scaler

import (
	"math/bits"
	"math/rand/v2"

	"lockstep/rtl/unit"
)

// frame returns one frame that has acc, its negative and its neighbours in the
// lanes.
func (c Config) frame(acc, mant, exp int64) unit.Frame {
	top := int64(1) << (c.AccBits - 1)
	f := unit.Frame{make([]int64, c.Lanes), {mant}, {exp}}
	for i := range f[0] {
		f[0][i] = min(max([4]int64{acc, -acc, acc + 1, acc - 1}[i%4], -top), top-1)
	}
	return f
}

// corners are every exponent that changes the path through the shifters, on the
// ends of the operands; ties of the rounding and their neighbours; and results
// on both sides of saturation.
func (c Config) corners() []unit.Frame {
	top := int64(1) << (c.AccBits - 1)
	first := int64(c.Width - mantBits) // exponent of saturation
	exps := []int64{-512, -511, -65, -64, -63, -62, -1, 0, 1, 510, 511, first - 1, first, first + 1,
		-int64(c.productBits()) - 1, -int64(c.productBits()), -int64(c.productBits()) + 1}
	var fs []unit.Frame
	for _, exp := range exps {
		for _, mant := range []int64{0, 1 << 15, 1<<16 - 1} {
			for _, acc := range []int64{-top, -top + 1, -1, 0, 1, top - 1} {
				fs = append(fs, c.frame(acc, mant, exp))
			}
		}
	}
	for shift := int64(0); shift <= int64(c.productBits())+1; shift++ {
		for _, acc := range []int64{-3, -1, 1, 3} { // odd multiples of 2^15: ties at shift 16
			fs = append(fs, c.frame(min(max(acc, -top), top-1), 1<<15, -shift))
		}
		for _, mant := range []int64{1 << 15, 1<<16 - 1} {
			fs = append(fs, c.atLimit(mant, -shift, 0), c.atLimit(mant, -shift, 1))
		}
	}
	for exp := range max(first, 0) {
		fs = append(fs, c.atLimit(1<<15, exp, 0), c.atLimit(1<<15, exp, 1))
	}
	return fs
}

// atLimit returns a frame whose result is near the largest one, or the largest
// accumulator if that is not enough; over moves it past the limit.
func (c Config) atLimit(mant, exp, over int64) unit.Frame {
	top := int64(1) << (c.AccBits - 1)
	acc := int64(1) << (c.Width - 1)
	if exp >= 0 {
		acc >>= exp
	} else if -exp+int64(c.Width) < 63 {
		acc <<= -exp
	} else {
		acc = 1 << 62
	}
	return c.frame(min(acc/mant+over, top-1), mant, exp)
}

// stimulus returns the corners and random frames whose results have every
// length up to beyond saturation; one in eight has any exponent.
func (c Config) stimulus(r *rand.Rand, n int) []unit.Frame {
	fs := c.corners()
	for len(fs) < n {
		f := unit.Frame{make([]int64, c.Lanes), {1<<15 + r.Int64N(1<<15)}, {r.Int64N(1024) - 512}}
		shift := r.IntN(c.AccBits)
		for i := range f[0] {
			f[0][i] = int64(r.Uint64()) >> (64 - c.AccBits) >> shift
		}
		switch r.IntN(8) {
		case 0:
		case 1:
			f[1][0] = 0
			fallthrough
		default:
			length := bits.Len64(uint64(max(f[0][0], -f[0][0]))) + mantBits
			f[2][0] = int64(r.IntN(c.Width+4) - length)
		}
		fs = append(fs, f)
	}
	return fs
}

package vector

import (
	"math/rand/v2"

	"lockstep/rtl/unit"
)

// golden evaluates every lane.
func golden(in, out unit.Frame) {
	op := Op(in[0][0])
	for l := range in[1] {
		y, compared := op.Eval(uint32(in[1][l]), uint32(in[2][l]), in[3][l] == 1)
		mask, _ := truth(compared)
		out[0][l], out[1][l] = int64(y), int64(mask)
	}
}

// stimulus gives every pair of corner operands to every operation, with both
// masks, then random frames.
func (c Config) stimulus(r *rand.Rand, n int) []unit.Frame {
	var fs []unit.Frame
	for _, op := range Ops() {
		pairs := corners(op)
		for k := 0; k < len(pairs); k += c.Lanes {
			f := c.frame(op)
			for l := range c.Lanes {
				pair := pairs[(k+l)%len(pairs)]
				f[1][l], f[2][l], f[3][l] = int64(pair[0]), int64(pair[1]), int64(k+l)&1
			}
			fs = append(fs, f)
		}
	}
	for k := 0; k < n; k++ {
		op := Op(r.IntN(len(names)))
		f := c.frame(op)
		for l := range c.Lanes {
			a, b := draw(r), draw(r)
			switch {
			case op >= Shl && op <= Sar || op >= QuantU8:
				b = r.Uint32N(36)
			case r.IntN(4) == 0:
				b = a + r.Uint32N(3) - 1
			}
			f[1][l], f[2][l], f[3][l] = int64(a), int64(b), r.Int64N(2)
		}
		if fs = append(fs, f); r.IntN(8) == 0 {
			fs = append(fs, nil)
		}
	}
	return fs
}

func (c Config) frame(op Op) unit.Frame {
	return unit.Frame{{int64(op)}, make([]int64, c.Lanes), make([]int64, c.Lanes), make([]int64, c.Lanes)}
}

// draw returns a word of any magnitude, or one near all ones.
func draw(r *rand.Rand) uint32 {
	v := r.Uint32() >> r.IntN(Bits)
	if r.IntN(3) == 0 {
		return ^v
	}
	return v
}

// corners are all pairs of the ends of both ranges, values beside them, halves
// of the word and alternating bits; for the quantisers and shifts, all amounts
// around those that matter with values at and beside ties and both ends of the
// results. Every pair comes twice, for both masks.
func corners(op Op) [][2]uint32 {
	values := []uint32{0, 1, 2, 1<<31 - 1, 1 << 31, 1<<31 + 1, 1<<32 - 2, 1<<32 - 1, 0xffff, 0x10000, 0xffff0000, 0x55555555, 0xaaaaaaaa}
	second := values
	switch op {
	case Shl, Shr, Sar, QuantU8, QuantS8:
		second = []uint32{0, 1, 2, 7, 15, 16, 23, 24, 30, 31, 32, 33, 34, 63, 64, 1 << 16, 1<<32 - 1}
	}
	var pairs [][2]uint32
	add := func(a, b uint32) { pairs = append(pairs, [2]uint32{a, b}, [2]uint32{a, b}) }
	for _, b := range second {
		for _, a := range values {
			add(a, b)
		}
	}
	if op == QuantU8 || op == QuantS8 {
		for _, b := range []uint32{0, 1, 2, 9, 23} {
			for _, q := range []int32{-129, -128, -127, -2, -1, 0, 1, 2, 126, 127, 128, 254, 255} {
				for d := int32(-1); d <= 1; d++ {
					add(uint32(q<<b+1<<b>>1+d), b) // beside the tie between q and q+1
				}
			}
		}
	}
	return pairs
}

package chunk

import (
	"math/rand/v2"

	"lockstep/hecross/barrett"
	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// frame returns a frame with values in all lanes.
func (c Config) frame(values []int64, k barrett.Constants) unit.Frame {
	f := unit.Frame{values}
	if c.Kind == Reduce {
		f = append(f, c.Reduce.Frame(k)...)
	}
	return f
}

// moduli are the built-in one, or some of several lengths.
func (c Config) moduli() []barrett.Constants {
	if c.Kind != Reduce {
		return []barrett.Constants{{}}
	}
	var ks []barrett.Constants
	for _, q := range []uint32{c.Reduce.Q, 786433, 557057, 268042241, 269402113, 2147377153} {
		if k, err := c.Reduce.Constants(q); err == nil {
			if ks = append(ks, k); c.Reduce.Q != 0 {
				break
			}
		}
	}
	return ks
}

// dense returns the sums of one row of a BAT product: constants and
// operands below q, as they come from the matrix unit.
func dense(r *rand.Rand, q uint32, rows int) []int64 {
	y := make([]int64, pieces)
	for range rows {
		x, v := uint64(r.Uint32N(q)), r.Uint32N(q)
		for k := range pieces {
			column := x << (8 * k) % uint64(q)
			for p := range pieces {
				y[p] += int64(column>>(8*p)&255) * int64(v>>(8*k)&255)
			}
		}
	}
	return y
}

// digits returns sums that merge to z: all below 2^32, the lower ones as great as
// they can be.
func digits(z uint64) []int64 {
	y := make([]int64, pieces)
	for p := pieces - 1; p >= 0; p-- {
		y[p] = int64(min(z>>(8*p), 1<<word-1))
		z -= uint64(y[p]) << (8 * p)
	}
	return y
}

// stimulus returns the ends of the ranges, alternating bits, multiples of q and
// their neighbours, real sums of products and random values.
func (c Config) stimulus(r *rand.Rand, n int) []unit.Frame {
	width := pieces * c.Lanes
	if c.Kind == Split {
		width = c.Lanes
	}
	var fs []unit.Frame
	if c.Kind != Reduce {
		for _, v := range []uint32{0, 1, 1<<32 - 1, 1 << 31, 0xff, 0x100, 0xff00, 0x55555555, 0xaaaaaaaa, 0x01020304, 0xfffefdfc} {
			same, alone := make([]int64, width), make([]int64, width)
			for i := range same {
				same[i] = int64(v)
			}
			alone[len(fs)%width] = int64(v)
			fs = append(fs, c.frame(same, barrett.Constants{}), c.frame(alone, barrett.Constants{}))
		}
		for range n {
			f := unit.RandomFrame(r, []rtl.Port{{Shape: rtl.U(word), Lanes: width}})
			if fs = append(fs, f); r.IntN(8) == 0 {
				fs = append(fs, nil)
			}
		}
		return fs
	}
	for _, k := range c.moduli() {
		q := uint64(k.Q)
		end := min(uint64(1)<<(2*c.Reduce.Bits-k.Shift), 1<<56)
		limit, err := c.Limit(k.Q)
		if err != nil {
			continue
		}
		all := []uint64{0, 1, q - 1, q, q + 1, 2*q - 1, 2 * q, end - 1, end - 2, (end-1)/q*q - 1, (end - 1) / q * q, (end-1)/q*q + 1}
		for i := range n / len(c.moduli()) {
			values := make([]int64, 0, width)
			for range c.Lanes {
				y := dense(r, k.Q, 1+r.IntN(min(limit, 64)))
				switch {
				case i < len(all):
					y = digits(all[i] % end)
				case i%3 == 0:
					y = digits(r.Uint64N(end))
				}
				values = append(values, y...)
			}
			if fs = append(fs, c.frame(values, k)); r.IntN(8) == 0 {
				fs = append(fs, nil)
			}
		}
	}
	return fs
}

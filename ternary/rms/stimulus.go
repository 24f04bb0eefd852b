package rms

import (
	"math"
	"math/rand/v2"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary/fixed"
)

// A vector is one command with its elements, before they are cut into beats.
type vector struct {
	x, w []int32
	eps  uint64
	out  fixed.Scale
}

// stimulus returns the corners and then random vectors, about n beats of x, or
// 100 vectors if the corners alone have more.
func (c Config) stimulus(r *rand.Rand, n int) [][]unit.Frame {
	streams := make([][]unit.Frame, 2)
	for _, v := range append(c.corners(r), c.tables(r)...) {
		c.send(streams, v)
	}
	for k := 0; k < 100 || len(streams[1]) < n; k++ {
		c.send(streams, c.random(r))
	}
	return streams
}

// send appends the command and the beats of v, zeros at its end, to streams.
func (c Config) send(streams [][]unit.Frame, v vector) {
	beats := (len(v.x) + c.Lanes - 1) / c.Lanes
	streams[0] = append(streams[0], unit.Frame{{int64(beats)}, {int64(v.eps)}, {int64(v.out.Mant)}, {int64(v.out.Exp)}})
	for b := range beats {
		f := unit.Frame{make([]int64, c.Lanes), make([]int64, c.Lanes)}
		for l := range c.Lanes {
			if i := b*c.Lanes + l; i < len(v.x) {
				f[0][l], f[1][l] = int64(v.x[i]), int64(v.w[i])
			}
		}
		streams[1] = append(streams[1], f)
	}
}

// fill returns a vector of n elements (x, w) that alternate between a and b.
func fill(n int, a, b [2]int32) vector {
	v := vector{eps: 1, out: fixed.ScaleOf(1)}
	for i := range n {
		p := [2][2]int32{a, b}[i%2]
		v.x, v.w = append(v.x, p[0]), append(v.w, p[1])
	}
	return v
}

// corners are vectors of zeros, of one element, of full scale and of
// alternating signs, in many lengths, with the ends of eps and out.
func (c Config) corners(r *rand.Rand) []vector {
	xf, wf := c.Fixed.Vector, c.Fixed.Weight
	zero, low, high := [2]int32{}, [2]int32{xf.Min(), wf.Min()}, [2]int32{xf.Max(), wf.Max()}
	mixed, unit := [2]int32{xf.Max(), wf.Min()}, [2]int32{1, 1}
	var vs []vector
	for _, n := range []int{1, 2, 3, 5, 8, 13, 24} {
		n = min(n, c.MaxBeats) * c.Lanes
		for _, ends := range [][2][2]int32{{zero, zero}, {low, low}, {high, low}, {mixed, high}, {unit, zero}, {{-1, 1}, unit}} {
			vs = append(vs, fill(n, ends[0], ends[1]))
		}
		single := fill(n-r.IntN(c.Lanes), zero, zero)
		at := r.IntN(len(single.x))
		single.x[at], single.w[at] = xf.Min(), wf.Min()
		vs = append(vs, single)
	}
	for _, eps := range []uint64{0, 1, 2, 3, 4, 1<<(c.SquaresBits()-1) - 1, 1 << (c.SquaresBits() - 1), 1<<c.SquaresBits() - 1} {
		for _, out := range []fixed.Scale{{}, {Mant: 1 << 15, Exp: -448}, {Mant: 1<<16 - 1, Exp: 448}, {Mant: 1<<16 - 1}} {
			for _, ends := range [][2]int32{zero, low} {
				v := fill(c.Lanes, ends, ends)
				v.eps, v.out = eps, out
				vs = append(vs, v)
			}
		}
	}
	return append(vs, c.carries(r)...)
}

// carries are vectors of one element some of whose scales round up to the next
// power of two: the peak; its reciprocal times 127; and, in about one case of
// four, one of the other products.
func (c Config) carries(r *rand.Rand) []vector {
	vs := []vector{fill(1, [2]int32{512, 127}, [2]int32{})} // 127/peak is 2^-9 less than half a step
	if c.Fixed.Weight.Width > 10 {
		vs = append(vs, fill(1, [2]int32{511, 513}, [2]int32{})) // the peak is 2^18 - 1
	}
	// The product of two mantissas carries where it is just below 2^31.
	partner := func(mant uint32) uint32 { return (1<<31 - 1) / mant }
	for i := range 48 {
		v := fill(1, [2]int32{1, 1 + r.Int32N(100)}, [2]int32{})
		v.eps = c.eps(r)
		squares := uint64(1)
		if c.squared() < c.Fixed.Vector.Width { // the 1 rounds to 0
			squares = 0
		}
		size := fixed.ScaleOf(uint64(v.w[0]))
		switch i % 3 {
		case 0: // norm
			v.out.Mant = partner(fixed.Rsqrt(squares + v.eps).Mant)
		case 1: // rescale
			v.out.Mant = partner(size.Mul(fixed.Rsqrt(squares + v.eps)).Mant)
		case 2: // its first product
			root := float64(partner(size.Mant))
			v.eps = uint64(math.Ldexp(1/(root*root), (c.SquaresBits()+29)/2*2))
		}
		vs = append(vs, v)
	}
	return vs
}

// eps returns a number of random magnitude, from 1.
func (c Config) eps(r *rand.Rand) uint64 {
	return max(1, r.Uint64()>>(64-c.SquaresBits()+r.IntN(c.SquaresBits())))
}

// random returns a vector of 1 to 12 beats whose elements have a random
// magnitude in common.
func (c Config) random(r *rand.Rand) vector {
	n := 1 + r.IntN(min(12, c.MaxBeats)*c.Lanes)
	v := vector{
		eps: c.eps(r),
		out: fixed.Scale{Mant: 1<<15 | r.Uint32N(1<<15), Exp: r.IntN(897) - 448},
	}
	xs, ws := r.IntN(c.Fixed.Vector.Width), r.IntN(c.Fixed.Weight.Width)
	for range n {
		v.x = append(v.x, int32(rtl.S(c.Fixed.Vector.Width).Value(r.Uint64()))>>xs)
		v.w = append(v.w, int32(rtl.S(c.Fixed.Weight.Width).Value(r.Uint64()))>>ws)
	}
	return v
}

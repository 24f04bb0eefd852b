package argmax

import (
	"math/rand/v2"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// stimulus returns the corners and then random vectors, about n beats of x.
// Lanes that a vector does not fill have the largest element or a random one.
func (c Config) stimulus(r *rand.Rand, n int) [][]unit.Frame {
	streams := make([][]unit.Frame, 2)
	vectors := c.corners()
	for len(streams[1]) < n || len(vectors) > 0 {
		v := c.random(r)
		if len(vectors) > 0 {
			v, vectors = vectors[0], vectors[1:]
		}
		streams[0] = append(streams[0], unit.Frame{{int64(len(v))}})
		for k := range c.beats(int64(len(v))) {
			f := unit.Frame{make([]int64, c.Lanes)}
			for l := range f[0] {
				if f[0][l] = rtl.S(c.Width).Max(); r.IntN(4) == 0 {
					f[0][l] = c.element(r)
				}
			}
			copy(f[0], v[k*c.Lanes:])
			streams[1] = append(streams[1], f)
		}
	}
	return streams
}

// corners are vectors of one value, of two that differ in one bit, and of
// rising and falling values; for lengths around whole beats, the largest
// element in every place, once and twice; and vectors of the smallest element
// after each, which must not meet what is left of the one before.
func (c Config) corners() [][]int64 {
	var vs [][]int64
	low, high := rtl.S(c.Width).Min(), rtl.S(c.Width).Max()
	add := func(n int, element func(i int) int64) {
		v := make([]int64, n)
		for i := range v {
			v[i] = element(i)
		}
		vs = append(vs, v)
	}
	for _, v := range []int64{high, low, -1, 0} {
		add(1, func(int) int64 { return v })
		add(2*c.Lanes+1, func(int) int64 { return v })
	}
	for bit := range c.Width { // one bit decides, in both orders
		for _, base := range []int64{0, -1, high ^ low>>1} {
			p, q := base, base^1<<bit
			if bit == c.Width-1 {
				q = base ^ low
			}
			add(2, func(i int) int64 { return []int64{p, q}[i] })
			add(c.Lanes+1, func(i int) int64 { return []int64{q, p}[i/c.Lanes] })
		}
	}
	add(2*c.Lanes, func(i int) int64 { return min(low+int64(i), high) })
	add(2*c.Lanes, func(i int) int64 { return max(high-int64(i), low) })
	for _, n := range []int{c.Lanes - 1, c.Lanes, c.Lanes + 1, 2 * c.Lanes, 2*c.Lanes + 1} {
		for p := range n {
			top := []int64{high, 0, -1, low + 1}[p%4]
			add(n, func(i int) int64 {
				if i == p || i == (p+3)%n && p%3 == 0 {
					return top
				}
				return low + int64(p)%2*(top-low-1)
			})
		}
		add(n+1, func(int) int64 { return low })
	}
	return vs
}

// random returns a vector of up to five beats, in one case of two with few
// different elements.
func (c Config) random(r *rand.Rand) []int64 {
	v := make([]int64, 1+r.IntN(5*c.Lanes))
	few := r.IntN(2) == 0
	for i := range v {
		if v[i] = c.element(r); few {
			v[i] = max(v[i]%2, rtl.S(c.Width).Min())
		}
	}
	return v
}

// element returns an element of any magnitude.
func (c Config) element(r *rand.Rand) int64 {
	return int64(r.Uint64()) >> (64 - c.Width) >> r.IntN(c.Width)
}

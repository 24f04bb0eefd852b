package rowwise

import (
	"math/rand/v2"
	"slices"

	"lockstep/rtl/unit"
	"lockstep/ternary/fixed"
)

// corners are, for every operation, pairs of the ends of the range, small
// values and neighbours of saturation; products that are ties of the rounding;
// and, for the logistic functions, every knot of the table with its neighbours
// on both sides of zero.
func (c Config) corners(rom *fixed.SigmoidROM) []unit.Frame {
	v := c.Fixed.Vector
	lo, hi, one := int64(v.Min()), int64(v.Max()), int64(v.One())
	var fs []unit.Frame
	ends := []int64{lo, lo + 1, -one - 1, -one, -3, -2, -1, 0, 1, 2, 3, one, one + 1, hi - 1, hi}
	var a, b []int64
	for _, p := range ends {
		for _, q := range ends {
			a, b = append(a, p), append(b, q)
		}
	}
	for op := range numOps {
		fs = append(fs, c.pack(Op(op), a, b)...)
	}
	a, b = nil, nil
	for _, odd := range []int64{1, 3, 5, 7, -1, -3, -5, -7} { // odd/2 exactly
		a, b = append(a, one/2, -one/2), append(b, odd, odd)
	}
	for d := int64(-2); d <= 2; d++ { // next to the ends of the range
		a, b = append(a, hi/2+d, lo/2+d), append(b, -2*one, -2*one)
	}
	fs = append(fs, c.pack(Mul, a, b)...)
	knots := c.knots(rom)
	for _, op := range []Op{Sigmoid, CSigmoid, SiLU} {
		fs = append(fs, c.pack(op, knots, nil)...)
	}
	sigmoid, silu := c.probes(rom)
	return append(append(fs, c.pack(Sigmoid, sigmoid, nil)...), c.pack(SiLU, silu, nil)...)
}

// probes returns elements whose sigmoid or whose SiLU changes when one field of
// one word of the table is off by one, one for every such error that shows.
func (c Config) probes(rom *fixed.SigmoidROM) (sigmoid, silu []int64) {
	for _, field := range []func(*fixed.SigmoidROM) []uint32{
		func(r *fixed.SigmoidROM) []uint32 { return r.Value },
		func(r *fixed.SigmoidROM) []uint32 { return r.Slope },
	} {
		wrong := *rom
		wrong.Value, wrong.Slope = slices.Clone(rom.Value), slices.Clone(rom.Slope)
		words := field(&wrong)
		for i, right := range field(rom) {
			for _, words[i] = range []uint32{right - 1, right + 1} {
				switch x, op := c.witness(rom, &wrong, i); op {
				case Sigmoid:
					sigmoid = append(sigmoid, x)
				case SiLU:
					silu = append(silu, x)
				}
			}
			words[i] = right
		}
	}
	return sigmoid, silu
}

// witness returns an element of segment i, on either side of zero, for which op
// has different results with the tables p and q; x is 0 and op is Add if there
// is none. In long segments the last elements are searched.
func (c Config) witness(p, q *fixed.SigmoidROM, i int) (x int64, op Op) {
	from, end := c.segment(p, i)
	end = min(end, int64(c.Fixed.Vector.Max()))
	for a := int32(end - 1); int64(a) >= max(from, end-4096); a-- {
		for _, x := range []int32{a, -a} {
			switch {
			case p.Sigmoid(x) != q.Sigmoid(x):
				return int64(x), Sigmoid
			case p.SiLU(x) != q.SiLU(x):
				return int64(x), SiLU
			}
		}
	}
	return 0, Add
}

// segment returns the first |a| of segment i and the first one behind it.
func (c Config) segment(rom *fixed.SigmoidROM, i int) (from, end int64) {
	switch {
	case c.isTable():
		return int64(i) << c.offsetBits(), int64(i+1) << c.offsetBits()
	case i+1 < len(rom.Knot):
		return int64(rom.Knot[i]), int64(rom.Knot[i+1])
	}
	return int64(rom.Knot[i]), 1 << (c.Fixed.Vector.Width - 1)
}

// knots returns the knots of the table or of the lines with their neighbours, the first
// elements beyond the table, and elements whose SiLU is a tie.
func (c Config) knots(rom *fixed.SigmoidROM) []int64 {
	v := c.Fixed.Vector
	var a []int64
	add := func(x int64) {
		if int64(v.Min()) <= x && x <= int64(v.Max()) {
			a = append(a, x)
		}
	}
	for i := range rom.Value {
		from, end := c.segment(rom, i)
		for _, x := range []int64{from - 1, from, from + 1, end - 1, end, end + 1} {
			add(x)
			add(-x)
		}
	}
	ties := 0
	half := int64(1) << (v.Frac + guardBits - 1)
	for x := int64(1); x < min(int64(v.Max()), 1<<16) && ties < 16; x++ {
		for _, s := range []int64{x, -x} {
			if s*int64(rom.Lookup(int32(s)))&(2*half-1) == half {
				add(s)
				ties++
			}
		}
	}
	return a
}

// pack spreads operands over the lanes of as few frames as hold them; the rest
// of the last frame is zero. b may be nil.
func (c Config) pack(op Op, a, b []int64) []unit.Frame {
	var fs []unit.Frame
	for k := 0; k < len(a); k += c.Lanes {
		f := unit.Frame{{int64(op)}, make([]int64, c.Lanes), make([]int64, c.Lanes)}
		copy(f[1], a[k:])
		if b != nil {
			copy(f[2], b[k:])
		}
		fs = append(fs, f)
	}
	return fs
}

// stimulus returns the corners and random frames with operands of every length;
// operations follow one another at random.
func (c Config) stimulus(rom *fixed.SigmoidROM) func(r *rand.Rand, n int) []unit.Frame {
	return func(r *rand.Rand, n int) []unit.Frame {
		fs := c.corners(rom)
		w := c.Fixed.Vector.Width
		for len(fs) < n {
			f := unit.Frame{{r.Int64N(int64(numOps))}, make([]int64, c.Lanes), make([]int64, c.Lanes)}
			for i := range c.Lanes {
				f[1][i] = int64(r.Uint64()) >> (64 - w) >> r.IntN(w)
				f[2][i] = int64(r.Uint64()) >> (64 - w) >> r.IntN(w)
			}
			fs = append(fs, f)
		}
		return fs
	}
}

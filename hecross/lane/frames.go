package lane

import (
	"math/rand/v2"

	"lockstep/hecross/barrett"
	"lockstep/rtl/unit"
)

// frame returns the frame of an operation, its lanes to be filled.
func (c Config) frame(op Op, k barrett.Constants) unit.Frame {
	f := unit.Frame{{int64(op)}, make([]int64, c.Lanes), make([]int64, c.Lanes), make([]int64, c.Lanes)}
	return append(f, c.Reduce.Frame(k)...)
}

// moduli are the built-in one, or primes of CROSS and ends of lengths.
func (c Config) moduli() []barrett.Constants {
	var ks []barrett.Constants
	for _, q := range []uint32{c.Reduce.Q, 557057, 786433, 268042241, 269402113, 2147377153, 1<<28 - 1, 1<<27 + 1, 1<<30 + 1, 1<<31 - 1} {
		if k, err := c.Reduce.Constants(q); err == nil {
			if ks = append(ks, k); c.Reduce.Q != 0 {
				break
			}
		}
	}
	return ks
}

// stimulus gives every pair of corner operands to every operation, with both
// masks, then random frames whose modulus and operation change all the time.
func (c Config) stimulus(r *rand.Rand, n int) []unit.Frame {
	var fs []unit.Frame
	ks := c.moduli()
	for i, k := range ks {
		values := []int64{0, 1, int64(k.Q) / 2, int64(k.Q)/2 + 1, int64(k.Q) - 2, int64(k.Q) - 1}
		if i > 0 {
			values = values[1:]
		}
		for _, op := range Ops() {
			for at := 0; at < len(values)*len(values); at += c.Lanes {
				f := c.frame(op, k)
				for l := range c.Lanes {
					pair := (at + l) % (len(values) * len(values))
					f[1][l], f[2][l], f[3][l] = values[pair%len(values)], values[pair/len(values)], int64(pair)&1
				}
				fs = append(fs, f)
			}
		}
	}
	for range n {
		k := ks[r.IntN(len(ks))]
		f := c.frame(Ops()[r.IntN(len(names))], k)
		for l := range c.Lanes {
			f[1][l], f[2][l], f[3][l] = int64(r.Uint32N(k.Q)), int64(r.Uint32N(k.Q)), r.Int64N(2)
			if r.IntN(4) == 0 {
				f[2][l] = (int64(k.Q) - f[1][l]) % int64(k.Q) // a sum of exactly q
			}
			if r.IntN(8) == 0 {
				f[2][l] = f[1][l]
			}
		}
		if fs = append(fs, f); r.IntN(8) == 0 {
			fs = append(fs, nil)
		}
	}
	return fs
}

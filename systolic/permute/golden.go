package permute

import (
	"math/rand/v2"
	"slices"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// through returns what the network makes of a vector: a network of two lanes is a
// switch; a larger one is a column of switches, of which the upper outputs go
// through one network of half the size and the lower ones through another, and
// a column that joins them.
func through(control, x []int64) []int64 {
	half := len(x) / 2
	var pass func(x []int64, first, last, top int) []int64
	pass = func(x []int64, first, last, top int) []int64 {
		swapped := func(column, s int, a, b int64) (int64, int64) {
			if control[column*half+top+s] == 1 {
				return b, a
			}
			return a, b
		}
		if len(x) == 2 {
			a, b := swapped(first, 0, x[0], x[1])
			return []int64{a, b}
		}
		upper, lower := make([]int64, len(x)/2), make([]int64, len(x)/2)
		for s := range upper {
			upper[s], lower[s] = swapped(first, s, x[2*s], x[2*s+1])
		}
		upper = pass(upper, first+1, last-1, top)
		lower = pass(lower, first+1, last-1, top+len(x)/4)
		y := make([]int64, len(x))
		for s := range upper {
			y[2*s], y[2*s+1] = swapped(last, s, upper[s], lower[s])
		}
		return y
	}
	return pass(x, 0, depth(len(x))-1, 0)
}

// stimulus returns the ends of every lane, alone and alternating, under controls
// that swap nothing, everything and one pair each; every rotation and the
// reversal of distinct lanes; then random vectors under random permutations and
// random controls.
func (c Config) stimulus(r *rand.Rand, n int) []unit.Frame {
	var fs []unit.Frame
	bits := ControlBits(c.Lanes)
	add := func(control []int64) {
		f := unit.RandomFrame(r, []rtl.Port{{Shape: rtl.U(1), Lanes: bits}, {Shape: rtl.U(c.Bits), Lanes: c.Lanes}})
		if control != nil {
			f[0] = control
		}
		fs = append(fs, f)
	}
	routed := func(permutation []int) {
		control, _ := Route(permutation) // which it is, of a number of lanes that routes
		add(control)
	}
	add(make([]int64, bits))
	add(slices.Repeat([]int64{1}, bits))
	for k := range bits {
		control := make([]int64, bits)
		control[k] = 1
		add(control)
	}
	reversal := make([]int, c.Lanes)
	for k := range c.Lanes {
		reversal[k] = c.Lanes - 1 - k
		routed(Rotate(c.Lanes, k))
		for l := range c.Lanes { // one lane differs
			v := rtl.U(c.Bits).Max()
			if (l == k) == (k%2 == 0) {
				v = 0
			}
			fs[len(fs)-1][1][l] = v
		}
	}
	routed(reversal)
	for len(fs) < n {
		switch r.IntN(8) {
		case 0:
			fs = append(fs, nil)
		case 1, 2, 3:
			add(nil)
		default:
			routed(r.Perm(c.Lanes))
		}
	}
	return fs
}

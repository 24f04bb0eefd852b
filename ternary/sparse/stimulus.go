package sparse

import (
	"math/rand/v2"

	"lockstep/rtl/unit"
)

// A job is one command with the functions that make its operands.
type job struct {
	rows, cols int
	mant, exp  int64
	x          func(column int) int64
	w          func(column, row int) int64
}

// stimulus returns the corners and then random jobs, about n beats of w.
func (c Config) stimulus(r *rand.Rand, n int) [][]unit.Frame {
	streams := make([][]unit.Frame, 3)
	for _, j := range c.corners(r) {
		c.send(streams, j)
	}
	for len(streams[2]) < n {
		c.send(streams, c.random(r))
	}
	return streams
}

// send appends the beats of j to streams.
func (c Config) send(streams [][]unit.Frame, j job) {
	streams[0] = append(streams[0], unit.Frame{{int64(j.rows)}, {int64(j.cols)}, {j.mant}, {j.exp}})
	for first := 0; first < j.cols; first += c.Lanes {
		f := unit.Frame{make([]int64, c.Lanes)}
		for l := range min(c.Lanes, j.cols-first) {
			f[0][l] = j.x(first + l)
		}
		streams[1] = append(streams[1], f)
		for l, v := range f[0] {
			if v == 0 {
				continue
			}
			for k := range c.Beats(j.rows) {
				w := unit.Frame{make([]int64, c.Lanes)}
				for i := range w[0] {
					w[0][i] = j.w(first+l, k*c.Lanes+i)
				}
				streams[2] = append(streams[2], w)
			}
		}
	}
}

func constant(v int64) func(int) int64 { return func(int) int64 { return v } }

// code returns a weight for all elements; alternating, one that changes with
// every row and column.
func code(v int64) func(int, int) int64 { return func(int, int) int64 { return v } }

func alternating(column, row int) int64 {
	if (column+row)%2 == 0 {
		return 0b01
	}
	return 0b11
}

// corners are the largest sums of both signs on the longest rows; vectors whose
// runs begin, end and fall at every kind of place, of one, two and all beats;
// columns of one beat, which have a rule of their own; small results behind large
// ones and the reverse; and the ends of the factor.
func (c Config) corners(r *rand.Rand) []job {
	var js []job
	whole := c.Lanes * c.MaxBeats
	for _, x := range []int64{-128, 127} {
		for _, w := range []func(int, int) int64{code(0b01), code(0b11), alternating} {
			js = append(js, job{min(2, c.MaxRows), whole, 1 << 15, -15, constant(x), w})
		}
	}
	for _, w := range []int64{0b00, 0b01, 0b10, 0b11} {
		js = append(js, job{c.Lanes + 1, 3, 1 << 15, -15, constant(-77), code(w)})
	}
	for _, cols := range []int{1, c.Lanes - 1, c.Lanes, c.Lanes + 1, 2 * c.Lanes, whole} {
		for _, some := range []func(int) bool{
			func(int) bool { return false },
			func(col int) bool { return col == 0 },
			func(col int) bool { return col == cols-1 },
			func(col int) bool { return col%2 == 0 },
			func(col int) bool { return col%2 == 1 },
			func(col int) bool { return col >= c.Lanes-1 && col <= c.Lanes },
			func(col int) bool { return col/c.Lanes%2 == 0 },
			func(col int) bool { return col%c.Lanes != 1 },
		} {
			j := c.random(r)
			j.rows, j.cols = 1+r.IntN(min(3*c.Lanes, c.MaxRows)), cols
			j.x = func(col int) int64 {
				if some(col) {
					return 1 + r.Int64N(127)
				}
				return 0
			}
			if cols > 40 { // what is long has short columns
				j.rows = 1 + r.IntN(c.Lanes)
			}
			js = append(js, j)
		}
	}
	for _, rows := range []int{c.MaxRows, 1, c.MaxRows, c.MaxRows - 1, 1, c.Lanes, c.Lanes + 1, c.Out, 1} {
		j := c.random(r)
		j.rows, j.cols = rows, min(3, whole)
		js = append(js, j)
	}
	for _, mant := range []int64{0, 1 << 15, 1<<16 - 1} {
		for _, exp := range []int64{-512, 511, -64, 0, -15} {
			j := c.random(r)
			j.mant, j.exp = mant, exp
			js = append(js, j)
		}
	}
	return js
}

// random returns a job of a few columns with zeros of any density, whose results
// have every length up to beyond saturation.
func (c Config) random(r *rand.Rand) job {
	dense := r.IntN(9)
	return job{
		rows: 1 + r.IntN(min(3*c.Lanes, c.MaxRows)),
		cols: 1 + r.IntN(min(3*c.Lanes, 40)),
		mant: 1<<15 + r.Int64N(1<<15),
		exp:  r.Int64N(int64(c.Vector.Width)+6) - 28,
		x: func(int) int64 {
			if r.IntN(8) >= dense {
				return 0
			}
			return r.Int64N(256) - 128
		},
		w: func(int, int) int64 { return r.Int64N(4) },
	}
}

package tmatmul

import (
	"math/rand/v2"

	"lockstep/rtl/unit"
)

// A job is one command with the functions that make its operands.
type job struct {
	rows, beats int
	mant, exp   int64
	x, w        func(column int) int64 // w is called row by row
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
	streams[0] = append(streams[0], unit.Frame{{int64(j.rows)}, {int64(j.beats)}, {j.mant}, {j.exp}})
	beat := func(k int, element func(int) int64) unit.Frame {
		f := unit.Frame{make([]int64, c.Lanes)}
		for l := range c.Lanes {
			f[0][l] = element(k*c.Lanes + l)
		}
		return f
	}
	for k := range j.beats {
		streams[1] = append(streams[1], beat(k, j.x))
	}
	for range j.rows {
		for k := range j.beats {
			streams[2] = append(streams[2], beat(k, j.w))
		}
	}
}

// alternate returns a in even columns and b in odd ones.
func alternate(a, b int64) func(int) int64 {
	return func(column int) int64 {
		if column%2 == 0 {
			return a
		}
		return b
	}
}

// corners are every constant and alternation of the ends of activations and
// weights on the longest row; jobs of one row or one beat in a row, in which
// load and product of neighbours meet in every way; and the ends of the factor.
func (c Config) corners(r *rand.Rand) []job {
	var js []job
	for _, x := range [][2]int64{{-128, -128}, {127, 127}, {-128, 127}, {127, -127}, {0, 0}} {
		for _, w := range [][2]int64{{0, 0}, {1, 1}, {2, 2}, {3, 3}, {3, 1}} {
			js = append(js, job{1, 1, 1 << 15, -15, alternate(x[0], x[1]), alternate(w[0], w[1])})
		}
	}
	for _, w := range [][2]int64{{1, 1}, {3, 3}, {1, 3}} {
		js = append(js, job{1, c.MaxBeats, 1 << 15, -15, alternate(-128, -128), alternate(w[0], w[1])})
		js = append(js, job{1, c.MaxBeats, 1<<16 - 1, -15, alternate(127, -127), alternate(w[0], w[1])})
	}
	for _, size := range [][2]int{{1, 2}, {1, 1}, {2, 1}, {1, 1}, {1, 2}, {2, 2}, {1, c.MaxBeats}, {1, 2}, {min(5, c.MaxRows), 1}, {2, 2}} {
		j := c.random(r)
		j.rows, j.beats = min(size[0], c.MaxRows), size[1]
		js = append(js, j)
	}
	for _, mant := range []int64{0, 1 << 15, 1<<16 - 1} {
		for _, exp := range []int64{-512, 511, -64, 0, -63, 1, -15} {
			long, short := c.random(r), c.random(r)
			long.mant, long.exp = mant, exp
			short.rows, short.beats, short.mant, short.exp = 1, 1, mant, exp
			js = append(js, short, long)
		}
	}
	for range 40 { // factors that change with every row
		j := c.random(r)
		j.rows, j.beats, j.exp = 1, 1, []int64{-512, 511, -15, -18, j.exp}[r.IntN(5)]
		js = append(js, j)
	}
	return js
}

// random returns a job of up to 6 rows and 6 beats, in one case of four with
// zeros from some column on, whose results have every length up to beyond
// saturation.
func (c Config) random(r *rand.Rand) job {
	j := job{
		rows:  1 + r.IntN(min(6, c.MaxRows)),
		beats: 1 + r.IntN(min(6, c.MaxBeats)),
		mant:  1<<15 + r.Int64N(1<<15),
		exp:   r.Int64N(int64(c.Vector.Width)+6) - 28,
		x:     func(int) int64 { return r.Int64N(256) - 128 },
		w:     func(int) int64 { return r.Int64N(4) },
	}
	columns := j.beats * c.Lanes
	if r.IntN(4) == 0 {
		columns -= r.IntN(c.Lanes)
	}
	padded := func(element func(int) int64) func(int) int64 {
		return func(column int) int64 {
			if column >= columns {
				return 0
			}
			return element(column)
		}
	}
	if r.IntN(2) == 0 {
		j.x = padded(j.x)
	} else {
		j.w = padded(j.w)
	}
	return j
}

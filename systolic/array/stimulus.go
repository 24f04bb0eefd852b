package array

import (
	"math/rand/v2"

	"lockstep/rtl/unit"
	"lockstep/systolic"
)

// A pattern gives the operands of a pass: x of beat t at row r, w of beat t (os)
// or of row t of the array (ws, is) at column j.
type pattern struct{ x, w func(t, lane int) int64 }

// patterns are the corners: every pair of the ends of the two ranges, which
// give the largest sums of either sign, and ends that alternate along both
// indices, where every product changes sign.
func (c Config) patterns() []pattern {
	constant := func(v int) func(int, int) int64 { return func(int, int) int64 { return int64(v) } }
	alternating := func(least, greatest int) func(int, int) int64 {
		return func(t, lane int) int64 {
			if (t+lane)%2 == 0 {
				return int64(least)
			}
			return int64(greatest)
		}
	}
	x0, x1 := c.X.Range()
	w0, w1 := c.W.Range()
	ps := []pattern{{alternating(x0, x1), alternating(w0, w1)}, {alternating(x1, x0), alternating(w0, w1)}}
	for _, x := range []int{x0, x1} {
		for _, w := range []int{w0, w1} {
			ps = append(ps, pattern{constant(x), constant(w)})
		}
		ps = append(ps, pattern{constant(x), alternating(w0, w1)})
	}
	return ps
}

// random returns a pattern of uniform values.
func (c Config) random(r *rand.Rand) pattern {
	draw := func(k systolic.Kind) func(int, int) int64 {
		least, greatest := k.Range()
		return func(int, int) int64 { return int64(least + r.IntN(greatest-least+1)) }
	}
	return pattern{draw(c.X), draw(c.W)}
}

// passLengths calls pass with the length and the operands of one pass after the
// other until about n beats are drawn: the corners at lengths around Rows,
// where passes begin to follow without a bubble, then random ones.
func (c Config) passLengths(r *rand.Rand, n int, pass func(length int, p pattern)) {
	lengths := []int{c.Rows, 1, c.Rows + 1, max(1, c.Rows-1), 2*c.Rows + 1, 2}
	drawn := 0
	for i, p := range c.patterns() {
		pass(lengths[i%len(lengths)], p)
		drawn += lengths[i%len(lengths)]
	}
	for drawn < n {
		length := 1 + r.IntN(2*c.Rows+3)
		pass(length, c.random(r))
		drawn += length
	}
}

func (c Config) stimulusStationary(r *rand.Rand, n int) [][]unit.Frame {
	var w, x []unit.Frame
	c.passLengths(r, n, func(length int, p pattern) {
		w = append(w, c.beatsW(p)...)
		x = append(x, c.beatsX(length, p)...)
	})
	return [][]unit.Frame{w, x}
}

// beatsW returns the Rows beats of w of one pass.
func (c Config) beatsW(p pattern) []unit.Frame {
	beats := make([]unit.Frame, c.Rows)
	for i := range beats {
		beats[i] = unit.Frame{lanes(c.Cols, c.Rows-1-i, p.w)}
	}
	return beats
}

// beatsX returns the beats of x of one pass.
func (c Config) beatsX(length int, p pattern) []unit.Frame {
	beats := make([]unit.Frame, length)
	for t := range beats {
		beats[t] = unit.Frame{lanes(c.Rows, t, p.x), {0}}
	}
	beats[length-1][1][0] = 1
	return beats
}

func (c Config) stimulusOutput(r *rand.Rand, n int) [][]unit.Frame {
	var k []unit.Frame
	c.passLengths(r, n, func(length int, p pattern) { k = append(k, c.beatsK(length, p)...) })
	return [][]unit.Frame{k}
}

// beatsK returns the beats of one pass of the output-stationary array.
func (c Config) beatsK(length int, p pattern) []unit.Frame {
	beats := make([]unit.Frame, length)
	for t := range beats {
		beats[t] = unit.Frame{lanes(c.Rows, t, p.x), lanes(c.Cols, t, p.w), {0}}
	}
	beats[length-1][2][0] = 1
	return beats
}

func lanes(n, t int, value func(t, lane int) int64) []int64 {
	vs := make([]int64, n)
	for i := range vs {
		vs[i] = value(t, i)
	}
	return vs
}

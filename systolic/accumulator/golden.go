package accumulator

import (
	"math/rand/v2"
	"slices"

	"lockstep/rtl/unit"
)

// golden returns an empty bank.
func (c Config) golden() unit.Model {
	words := make([][]int32, c.Words)
	for w := range words {
		words[w] = make([]int32, c.Lanes)
	}
	last := make([]int64, c.Lanes)
	return func(in, out unit.Frame) {
		if in[4][0] == 1 {
			for l, sum := range words[in[5][0]] {
				last[l] = int64(sum)
			}
		}
		copy(out[0], last)
		if in[0][0] == 0 {
			return
		}
		sums := words[in[2][0]]
		if in[1][0] == 1 {
			clear(sums)
		}
		for l, part := range in[3] {
			sums[l] += int32(part)
		}
	}
}

// stimulus returns the corners, then random frames in phases: rows and reads
// that stay within one, two or three words, that walk over the bank one behind
// the other, or that are anywhere. Ports that are not enabled carry anything.
func (c Config) stimulus(r *rand.Rand, n int) []unit.Frame {
	fs := c.corners(r)
	for len(fs) < n {
		among := 1 + r.IntN(min(3, c.Words))
		if r.IntN(3) == 0 {
			among = c.Words
		}
		base, walk, distance := r.IntN(c.Words), r.IntN(3) == 0, r.IntN(4)
		for k := range 24 {
			if r.IntN(6) == 0 {
				fs = append(fs, nil)
			}
			word, read := (base+r.IntN(among))%c.Words, (base+r.IntN(among))%c.Words
			if walk {
				word, read = (base+k)%c.Words, (base+k+c.Words-distance%c.Words)%c.Words
			}
			f := c.frame(word, r.IntN(6) == 0, c.row(r), read)
			f[0][0], f[4][0] = int64(min(1, r.IntN(8))), int64(min(1, r.IntN(4)))
			fs = append(fs, f)
		}
	}
	return fs
}

// corners add the ends of the range to each other with and without a wrap, a
// hundred times to one word, then to two and three words in turn, with and
// without idle cycles between them and with a read of every word behind.
func (c Config) corners(r *rand.Rand) []unit.Frame {
	var fs []unit.Frame
	low, high := c.SumShape().Min(), c.SumShape().Max()
	for _, pair := range [][2]int64{{high, 1}, {low, -1}, {low, low}, {high, high}, {high, low}, {0, 0}, {-1, 1}} {
		a, b := slices.Repeat([]int64{pair[0]}, c.Lanes), slices.Repeat([]int64{pair[1]}, c.Lanes)
		fs = append(fs, c.frame(0, true, a, 0), c.frame(0, false, b, 0), c.frame(c.Words-1, true, b, 0), c.frame(c.Words-1, false, a, 0))
	}
	for words := 1; words <= min(3, c.Words); words++ {
		for gap := range 4 {
			for k := range 24 {
				fs = append(fs, c.frame(k%words, k < words, c.row(r), (k+gap)%words))
				fs = append(fs, make([]unit.Frame, gap)...)
			}
		}
	}
	for w := range c.Words { // every word once stored, then read
		fs = append(fs, c.frame(w, true, c.row(r), c.Words-1-w))
	}
	for w := range c.Words {
		f := c.frame(0, false, c.row(r), w)
		f[0][0] = 0
		fs = append(fs, f)
	}
	return fs
}

// frame brings a row to a word and reads another.
func (c Config) frame(word int, first bool, row []int64, read int) unit.Frame {
	f := unit.Frame{{1}, {0}, {int64(word)}, slices.Clone(row), {1}, {int64(read)}}
	if first {
		f[1][0] = 1
	}
	return f
}

// row returns sums of any magnitude.
func (c Config) row(r *rand.Rand) []int64 {
	row := make([]int64, c.Lanes)
	for l := range row {
		row[l] = int64(int32(r.Uint32())) >> r.IntN(SumBits)
	}
	return row
}

package loadstore

import (
	"math/rand/v2"

	"lockstep/rtl/unit"
)

// stimulus returns the corners and then random commands, about n words in all.
func (c Config) stimulus(r *rand.Rand, n int) [][]unit.Frame {
	in := make([][]unit.Frame, 3)
	c.corners(r, in)
	for len(in[1])+len(in[2]) < n {
		words := 1 + r.IntN(min(6, c.File.Words))
		if r.IntN(16) == 0 {
			words = 1 + r.IntN(c.File.Words)
		}
		c.send(r, in, r.IntN(2), r.IntN(c.File.Registers), words, r.Int64N(1<<addrShape.Width))
	}
	return in
}

// corners are the ends of registers, lengths and addresses for both kinds of
// command, then runs of single words and of words that fill the buffer once or
// more, loads and stores each alone and in every order of three.
func (c Config) corners(r *rand.Rand, in [][]unit.Frame) {
	for store := range 2 {
		for _, register := range []int{0, c.File.Registers - 1} {
			c.send(r, in, store, register, 1, 1<<addrShape.Width-1)
			c.send(r, in, store, register, c.File.Words, 0)
		}
		for range 2*c.InFlight + 2 {
			c.send(r, in, store, r.IntN(c.File.Registers), 1, r.Int64N(1<<20))
		}
	}
	for order := range 8 {
		for _, words := range []int{1, 2, c.Buffer, c.Buffer + 1} {
			for k := range 3 {
				c.send(r, in, order>>k&1, r.IntN(c.File.Registers), min(words, c.File.Words), r.Int64N(1<<20))
			}
		}
	}
}

// send appends a command and its words to in.
func (c Config) send(r *rand.Rand, in [][]unit.Frame, store, register, words int, addr int64) {
	in[0] = append(in[0], unit.Frame{{int64(store)}, {int64(register)}, {int64(words)}, {addr}})
	for range words {
		data := make([]int64, c.File.Lanes)
		for l := range data {
			data[l] = c.File.ElementShape().Value(r.Uint64())
		}
		in[1+store] = append(in[1+store], unit.Frame{data})
	}
}

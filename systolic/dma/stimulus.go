package dma

import (
	"math/rand/v2"

	"lockstep/rtl/unit"
)

// stimulus returns the corners and then random descriptors, about n beats in all.
func (c Config) stimulus(r *rand.Rand, n int) [][]unit.Frame {
	in := make([][]unit.Frame, 3)
	c.corners(r, in)
	for len(in[1])+len(in[2]) < n {
		c.send(r, in, c.draw(r))
	}
	return in
}

// draw returns a descriptor of few beats, sometimes of many.
func (c Config) draw(r *rand.Rand) descriptor {
	rows, beats := 1+r.IntN(min(5, c.Rows)), 1+r.IntN(min(4, c.Rows))
	switch r.IntN(16) {
	case 0:
		rows = 1 + r.IntN(min(40, c.Rows))
	case 1:
		beats = 1 + r.IntN(min(40, c.Rows))
	}
	beats = min(beats, c.Rows/rows)
	d := descriptor{store: r.Int64N(2), tag: r.Int64N(256), rows: int64(rows), bytes: int64(beats * c.BeatBytes)}
	d.row = r.Int64N(int64(c.Rows-rows*beats) + 1)
	d.addr, d.stride = r.Int64N(1<<addrShape.Width), r.Int64N(1<<addrShape.Width)
	if r.IntN(2) == 0 {
		d.stride = r.Int64N(1 << 12)
	}
	if d.store == 0 {
		d.bytes -= r.Int64N(int64(c.BeatBytes))
	}
	return d
}

// corners are single beats at the ends of addresses and of the scratchpad; all of
// the scratchpad, up to 150 beats, as one row and as rows of one beat; a row of
// every number of bytes up to three beats; then runs of single beats, of rows
// that fill the buffer once or more and of rectangles, loads and stores each
// alone and in every order of three.
func (c Config) corners(r *rand.Rand, in [][]unit.Frame) {
	size := int64(c.BeatBytes)
	last := int64(c.Rows - 1)
	most := min(last+1, 150)
	for store := range int64(2) {
		for _, row := range []int64{0, last} {
			for _, addr := range []int64{0, addrShape.Max()} {
				c.send(r, in, descriptor{store, 255, row, addr, 1, size, addrShape.Max()})
			}
		}
		c.send(r, in, descriptor{store, 0, last + 1 - most, addrShape.Max(), most, size, 1})
		c.send(r, in, descriptor{store, 1, 0, addrShape.Max(), most, size, addrShape.Max()})
		c.send(r, in, descriptor{store, 2, 0, 1, 1, most * size, 0})
		for range 2*c.InFlight + 2 {
			c.send(r, in, descriptor{store: store, tag: r.Int64N(256), row: r.Int64N(last + 1), addr: r.Int64N(1 << 20), rows: 1, bytes: size})
		}
	}
	for bytes := int64(1); bytes <= min(3, most/2)*size; bytes++ {
		c.send(r, in, descriptor{row: 0, rows: 2, bytes: bytes, addr: bytes, stride: bytes})
	}
	for order := range 8 {
		for _, beats := range []int64{1, 2, int64(c.Buffer), int64(c.Buffer) + 1} {
			rows := 1 + min(beats, most)%2
			for k := range 3 {
				bytes := min(beats, most/rows) * size
				c.send(r, in, descriptor{store: int64(order >> k & 1), tag: beats, rows: rows, bytes: bytes, stride: 100})
			}
		}
	}
}

// send appends a descriptor and its beats to in.
func (c Config) send(r *rand.Rand, in [][]unit.Frame, d descriptor) {
	in[0] = append(in[0], d.frame())
	for range d.rows * c.beats(d) {
		data := make([]int64, c.BeatBytes)
		for l := range data {
			data[l] = r.Int64N(256)
		}
		in[1+d.store] = append(in[1+d.store], unit.Frame{data})
	}
}

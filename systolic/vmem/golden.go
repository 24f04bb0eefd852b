package vmem

import (
	"math/rand/v2"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// golden returns an empty scratchpad, one array of bytes in the order of
// addresses.
func (c Config) golden() unit.Model {
	contents := make([]int64, c.Rows()*c.RowBytes)
	reads, writes := c.reads(), c.writes()
	last := make([][]int64, len(reads))
	for p := range reads {
		last[p] = make([]int64, reads[p].bytes)
	}
	return func(in, out unit.Frame) {
		for p, port := range reads {
			if f := c.read(in, p); f[0][0] == 1 {
				copy(last[p], contents[int(f[1][0])*port.bytes:])
			}
			copy(out[p], last[p])
		}
		for p, port := range writes {
			if f := c.write(in, p); f[0][0] == 1 {
				copy(contents[int(f[1][0])*port.bytes:], f[2])
			}
		}
	}
}

// read returns the fields of read port p: en, addr.
func (c Config) read(in unit.Frame, p int) unit.Frame { return in[p*readFields:][:readFields] }

// write returns the fields of write port p: en, addr, data.
func (c Config) write(in unit.Frame, p int) unit.Frame {
	return in[(c.RowReads+c.WordReads)*readFields+p*writeFields:][:writeFields]
}

// stimulus returns frames in which every read port meets every write port at both
// ends of the scratchpad, before, in and after the cycle of the write; then
// frames that write everything by every port in turn and read it back; then
// random frames, most of them within two words of a bank. Ports that are not
// enabled carry anything.
func (c Config) stimulus(r *rand.Rand, n int) []unit.Frame {
	var fs []unit.Frame
	reads, writes := c.reads(), c.writes()
	for _, bank := range []int{0, c.Banks - 1} {
		for _, word := range []int{0, c.Words - 1} {
			for p := range reads {
				for w := range writes {
					fs = append(fs, c.collide(r, p, w, bank, word)...)
				}
			}
		}
	}
	for k := range c.Banks * c.Words * c.RowsPerWord {
		f := c.idle(r)
		row := k % c.RowsPerWord
		at := k / c.RowsPerWord
		p := k % len(writes)
		c.set(c.write(f, p), writes[p], at/c.Words, at%c.Words, row)
		p = k % len(reads)
		at = c.Banks*c.Words - 1 - at
		c.set(c.read(f, p), reads[p], at/c.Words, at%c.Words, row)
		fs = append(fs, f)
	}
	for len(fs) < n+c.Banks*c.Words*c.RowsPerWord {
		if fs = append(fs, c.random(r)); r.IntN(8) == 0 {
			fs = append(fs, nil)
		}
	}
	return fs
}

// collide reads a word, or a row of it, by port p around the cycle in which port
// w writes it, with an idle cycle before and one behind a write.
func (c Config) collide(r *rand.Rand, p, w, bank, word int) []unit.Frame {
	row := r.IntN(c.RowsPerWord)
	frame := func(reads, writes bool) unit.Frame {
		f := c.idle(r)
		if reads {
			c.set(c.read(f, p), c.reads()[p], bank, word, row)
		}
		if writes {
			c.set(c.write(f, w), c.writes()[w], bank, word, row)
		}
		return f
	}
	return []unit.Frame{frame(true, true), frame(true, false), frame(true, true), nil, frame(true, true), frame(false, true),
		frame(true, false), frame(false, false)}
}

// random returns a frame in which no two reads, and no two writes, meet in a
// bank, and as many ports work as that allows, three of four.
func (c Config) random(r *rand.Rand) unit.Frame {
	f := c.idle(r)
	words := []int{0, 1, c.Words - 1, r.IntN(c.Words)}
	enable := func(ports []port, fields func(unit.Frame, int) unit.Frame) {
		order := r.Perm(len(ports))
		for k, bank := range r.Perm(c.Banks) {
			if k < len(order) && r.IntN(4) > 0 {
				p := order[k]
				c.set(fields(f, p), ports[p], bank, words[r.IntN(4)], r.IntN(c.RowsPerWord))
			}
		}
	}
	enable(c.reads(), c.read)
	enable(c.writes(), c.write)
	return f
}

// idle returns a frame that neither reads nor writes and is random otherwise.
func (c Config) idle(r *rand.Rand) unit.Frame {
	var ports []rtl.Port
	for _, p := range c.reads() {
		ports = append(ports, rtl.Port{Shape: rtl.U(1), Lanes: 1}, rtl.Port{Shape: p.shape, Lanes: 1})
	}
	for _, p := range c.writes() {
		ports = append(ports, rtl.Port{Shape: rtl.U(1), Lanes: 1}, rtl.Port{Shape: p.shape, Lanes: 1}, rtl.Port{Shape: rtl.U(8), Lanes: p.bytes})
	}
	f := unit.RandomFrame(r, ports)
	for p := range c.reads() {
		c.read(f, p)[0][0] = 0
	}
	for p := range c.writes() {
		c.write(f, p)[0][0] = 0
	}
	return f
}

// set enables a port for a word of a bank, or a row of it.
func (c Config) set(fields unit.Frame, p port, bank, word, row int) {
	addr := bank*c.Words + word
	if !p.whole {
		addr = addr*c.RowsPerWord + row
	}
	fields[0][0], fields[1][0] = 1, int64(addr)
}

package vregs

import (
	"math/rand/v2"

	"lockstep/rtl/unit"
)

// golden returns an empty file.
func (c Config) golden() unit.Model {
	type place struct{ register, word int64 }
	contents := map[place][]int64{}
	last := make([][]int64, c.ReadPorts)
	for p := range last {
		last[p] = make([]int64, c.Lanes)
	}
	zero := make([]int64, c.Lanes)
	return func(in, out unit.Frame) {
		for p := range last {
			if f := c.read(in, p); f[0][0] == 1 {
				if last[p] = contents[place{f[1][0], f[2][0]}]; last[p] == nil {
					last[p] = zero
				}
			}
			copy(out[p], last[p])
		}
		for p := range c.WritePorts {
			if f := c.write(in, p); f[0][0] == 1 {
				contents[place{f[1][0], f[2][0]}] = f[3]
			}
		}
	}
}

// read returns the fields of read port p: en, register, word.
func (c Config) read(in unit.Frame, p int) unit.Frame { return in[p*readFields:][:readFields] }

// write returns the fields of write port p: en, register, word, data.
func (c Config) write(in unit.Frame, p int) unit.Frame {
	return in[c.ReadPorts*readFields+p*writeFields:][:writeFields]
}

// stimulus returns frames that read what they write, before, in and after the
// cycle of the write; then frames that write every word and frames that read
// every word at every port, reads of the second half of the file among the
// writes; then random frames, most of them within two words, so that ports meet.
// Ports that are not enabled carry anything.
func (c Config) stimulus(r *rand.Rand, n int) []unit.Frame {
	var fs []unit.Frame
	for _, word := range []int{0, c.Words - 1} {
		for p := range c.ReadPorts {
			for w := range c.WritePorts {
				fs = append(fs, c.collide(r, p, w, (p+w)%c.Registers, word)...)
			}
		}
	}
	group := min(c.WritePorts, c.Registers)
	for first := 0; first < c.Registers; first += group {
		for word := range c.Words {
			f := c.idle(r)
			for w := range min(group, c.Registers-first) {
				c.set(c.write(f, w), first+w, word)
			}
			fs = append(fs, f)
		}
	}
	for i := range c.Registers * c.Words {
		f := c.idle(r)
		for p := range c.ReadPorts {
			at := (i + p*c.Words) % (c.Registers * c.Words)
			c.set(c.read(f, p), at/c.Words, at%c.Words)
		}
		fs = append(fs, f)
	}
	for len(fs) < n+c.Registers*c.Words {
		if fs = append(fs, c.random(r)); r.IntN(8) == 0 {
			fs = append(fs, nil)
		}
	}
	return fs
}

// collide reads one word by port p around the cycle in which port w writes it,
// with an idle cycle once before and once behind the write.
func (c Config) collide(r *rand.Rand, p, w, register, word int) []unit.Frame {
	frame := func(reads, writes bool) unit.Frame {
		f := c.idle(r)
		if reads {
			c.set(c.read(f, p), register, word)
		}
		if writes {
			c.set(c.write(f, w), register, word)
		}
		return f
	}
	return []unit.Frame{frame(true, true), frame(true, false), frame(true, true), nil, frame(true, true), frame(false, true),
		frame(true, false), frame(false, false)}
}

// random returns a frame in which every port is enabled three times out of four,
// as long as every writer has a register of its own.
func (c Config) random(r *rand.Rand) unit.Frame {
	f := c.idle(r)
	words := []int{0, 1, c.Words - 1, r.IntN(c.Words)}
	for p := range c.ReadPorts {
		if r.IntN(4) > 0 {
			c.set(c.read(f, p), r.IntN(c.Registers), words[r.IntN(4)])
		}
	}
	registers := r.Perm(c.Registers)
	for w := range min(c.WritePorts, c.Registers) {
		if r.IntN(4) > 0 {
			c.set(c.write(f, w), registers[w], words[r.IntN(4)])
		}
	}
	return f
}

// idle returns a frame that neither reads nor writes and is random otherwise.
func (c Config) idle(r *rand.Rand) unit.Frame {
	var f unit.Frame
	for range c.ReadPorts {
		f = append(f, []int64{0}, c.any(r, c.RegisterShape().Width), c.any(r, c.WordShape().Width))
	}
	for range c.WritePorts {
		data := make([]int64, c.Lanes)
		for l := range data {
			data[l] = c.ElementShape().Value(r.Uint64())
		}
		f = append(f, []int64{0}, c.any(r, c.RegisterShape().Width), c.any(r, c.WordShape().Width), data)
	}
	return f
}

func (c Config) any(r *rand.Rand, width int) []int64 { return []int64{r.Int64N(1 << width)} }

// set enables a port for a word of a register.
func (c Config) set(port unit.Frame, register, word int) {
	port[0][0], port[1][0], port[2][0] = 1, int64(register), int64(word)
}

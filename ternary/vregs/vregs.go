// Package vregs is the vector register file. A register is a memory of words of
// Lanes elements; every read port has a copy of every register, so that ports
// never wait for one another:
//
//	read   the word that a port asks for in cycle n is at its output in cycle
//	       n+2: one cycle for the memory, one for the choice of the register.
//	       A port that asks for nothing keeps its last word, 0 at first
//	write  a word written in cycle n is read from cycle n+1 on; a read in cycle
//	       n returns the old word. All ports may write in one cycle, each to
//	       another register
//
// Contents are 0 at first and survive reset.
package vregs

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// Config selects one instance of the file.
type Config struct {
	Registers  int // vectors, 2 to 256
	Words      int // words of a register, 2 to 65536
	Lanes      int // elements of a word, 1 to 64
	Width      int // bits of an element, two's complement, 2 to 64
	ReadPorts  int // words read per cycle, 1 to 8
	WritePorts int // words written per cycle, 1 to 8
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"tiny":    {Registers: 2, Words: 2, Lanes: 1, Width: 12, ReadPorts: 1, WritePorts: 1},
	"default": {Registers: 10, Words: 96, Lanes: 8, Width: 16, ReadPorts: 3, WritePorts: 4},
	"ports":   {Registers: 7, Words: 13, Lanes: 2, Width: 32, ReadPorts: 5, WritePorts: 3},
	"single":  {Registers: 16, Words: 64, Lanes: 4, Width: 24, ReadPorts: 1, WritePorts: 2},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	for _, f := range []struct {
		name            string
		value, min, max int
	}{
		{"Registers", c.Registers, 2, 256},
		{"Words", c.Words, 2, 1 << 16},
		{"Lanes", c.Lanes, 1, 64},
		{"Width", c.Width, 2, 64},
		{"ReadPorts", c.ReadPorts, 1, 8},
		{"WritePorts", c.WritePorts, 1, 8},
	} {
		if f.value < f.min || f.value > f.max {
			return fmt.Errorf("vregs: %s is %d, want %d to %d", f.name, f.value, f.min, f.max)
		}
	}
	return nil
}

// RegisterShape returns the shape of the number of a register.
func (c Config) RegisterShape() rtl.Shape { return rtl.U(bits.Len(uint(c.Registers - 1))) }

// WordShape returns the shape of the index of a word in a register.
func (c Config) WordShape() rtl.Shape { return rtl.U(bits.Len(uint(c.Words - 1))) }

// ElementShape returns the shape of an element.
func (c Config) ElementShape() rtl.Shape { return rtl.S(c.Width) }

// Name returns the name of the module.
func (c Config) Name() string {
	return fmt.Sprintf("ternary_vregs_r%d_n%d_l%d_s%d_rd%d_wr%d", c.Registers, c.Words, c.Lanes, c.Width, c.ReadPorts, c.WritePorts)
}

// The ports of the unit come in groups: readFields for every read port, then
// writeFields for every write port.
const readFields, writeFields = 3, 4

// New describes the file as a unit whose frame is what all ports do in one
// cycle. A cycle without a frame neither reads nor writes.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	u := &unit.Unit{
		Name:     c.Name(),
		Doc:      "vector registers: words of elements, read by some ports and written by others",
		Source:   "package comment of lockstep/ternary/vregs",
		Golden:   c.golden,
		RTL:      c.rtl,
		Stimulus: c.stimulus,
	}
	flag := rtl.U(1)
	for p := range c.ReadPorts {
		name := fmt.Sprintf("rd%d_", p)
		u.In = append(u.In,
			rtl.Port{Name: name + "en", Shape: flag, Lanes: 1, Doc: "a word is read"},
			rtl.Port{Name: name + "register", Shape: c.RegisterShape(), Lanes: 1, Doc: "of this register"},
			rtl.Port{Name: name + "word", Shape: c.WordShape(), Lanes: 1, Doc: "its index"})
		u.Out = append(u.Out, rtl.Port{Name: name + "data", Shape: c.ElementShape(), Lanes: c.Lanes, Doc: "the word read last"})
	}
	for p := range c.WritePorts {
		name := fmt.Sprintf("wr%d_", p)
		u.In = append(u.In,
			rtl.Port{Name: name + "en", Shape: flag, Lanes: 1, Doc: "a word is written"},
			rtl.Port{Name: name + "register", Shape: c.RegisterShape(), Lanes: 1, Doc: "to this register"},
			rtl.Port{Name: name + "word", Shape: c.WordShape(), Lanes: 1, Doc: "its index"},
			rtl.Port{Name: name + "data", Shape: c.ElementShape(), Lanes: c.Lanes, Doc: "its elements"})
	}
	return u, nil
}

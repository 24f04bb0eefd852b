// Package vmem is the scratchpad of the machine: banks of words of bytes. A word
// is a group of rows; a row is one beat of an array edge and of the DMA. A result
// of the array, 32 bits per column, fills a whole word, so that an 8 x 8 array
// has rows of 8 bytes and words of 4 rows.
//
// Addresses count rows, or words at the ports that move words; those of one bank
// follow one another:
//
//	row address  = (bank*Words + word)*RowsPerWord + row
//	word address = bank*Words + word
//
// All ports work in every cycle:
//
//	read   what a port asks for in cycle n is at its output in cycle n+2: one
//	       cycle for the memory, one for the choice of the bank. A port that
//	       asks for nothing keeps its last value, 0 at first
//	write  what is written in cycle n is read from cycle n+1 on; a read in cycle
//	       n returns the old value
//
// A bank has one read and one write port. Two reads, or two writes, of one bank in
// one cycle are a mistake of the program, which the hardware requires not to
// happen: it never stalls. A program keeps buffers that are used at the same time
// in different banks.
//
// Contents are 0 at first and survive reset.
package vmem

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// Config selects one instance of the scratchpad.
type Config struct {
	Banks       int // 2 to 64
	Words       int // of a bank, a power of two in [2, 65536]
	RowsPerWord int // a power of two in [1, 16]
	RowBytes    int // 1 to 256
	RowReads    int // ports that read a row per cycle, 0 to 8
	WordReads   int // ports that read a word per cycle, 0 to 8; with RowReads 1 or more
	RowWrites   int // ports that write a row per cycle, 0 to 8
	WordWrites  int // ports that write a word per cycle, 0 to 8; with RowWrites 1 or more
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"tiny":    {Banks: 2, Words: 2, RowsPerWord: 1, RowBytes: 1, RowReads: 1, RowWrites: 1},
	"default": {Banks: 4, Words: 64, RowsPerWord: 4, RowBytes: 8, RowReads: 3, WordReads: 1, RowWrites: 1, WordWrites: 1},
	"odd":     {Banks: 3, Words: 16, RowsPerWord: 2, RowBytes: 5, RowReads: 2, WordReads: 2, RowWrites: 2, WordWrites: 2},
	"rows":    {Banks: 8, Words: 32, RowsPerWord: 1, RowBytes: 16, RowReads: 4, RowWrites: 3},
	"words":   {Banks: 2, Words: 128, RowsPerWord: 4, RowBytes: 4, WordReads: 2, WordWrites: 1},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	for _, f := range []struct {
		name            string
		value, min, max int
		power           bool
	}{
		{"Banks", c.Banks, 2, 64, false},
		{"Words", c.Words, 2, 1 << 16, true},
		{"RowsPerWord", c.RowsPerWord, 1, 16, true},
		{"RowBytes", c.RowBytes, 1, 256, false},
		{"RowReads", c.RowReads, 0, 8, false},
		{"WordReads", c.WordReads, 0, 8, false},
		{"RowWrites", c.RowWrites, 0, 8, false},
		{"WordWrites", c.WordWrites, 0, 8, false},
		{"RowReads + WordReads", c.RowReads + c.WordReads, 1, 8, false},
		{"RowWrites + WordWrites", c.RowWrites + c.WordWrites, 1, 8, false},
	} {
		if f.value >= f.min && f.value <= f.max && (!f.power || f.value&(f.value-1) == 0) {
			continue
		}
		if f.power {
			return fmt.Errorf("vmem: %s is %d, want a power of two in [%d, %d]", f.name, f.value, f.min, f.max)
		}
		return fmt.Errorf("vmem: %s is %d, want %d to %d", f.name, f.value, f.min, f.max)
	}
	return nil
}

// Rows returns the number of rows of all banks.
func (c Config) Rows() int { return c.Banks * c.Words * c.RowsPerWord }

// WordBytes returns the bytes of a word.
func (c Config) WordBytes() int { return c.RowsPerWord * c.RowBytes }

// RowShape returns the shape of the address of a row.
func (c Config) RowShape() rtl.Shape { return rtl.U(bits.Len(uint(c.Rows() - 1))) }

// WordShape returns the shape of the address of a word.
func (c Config) WordShape() rtl.Shape { return rtl.U(bits.Len(uint(c.Banks*c.Words - 1))) }

// Name returns the name of the module.
func (c Config) Name() string {
	return fmt.Sprintf("systolic_vmem_b%d_n%d_k%d_x%d_rd%d_%d_wr%d_%d",
		c.Banks, c.Words, c.RowsPerWord, c.RowBytes, c.RowReads, c.WordReads, c.RowWrites, c.WordWrites)
}

// The ports of the unit come in groups: readFields for every read port, then
// writeFields for every write port, in either case those of rows first.
const readFields, writeFields = 2, 3

// New describes the scratchpad as a unit whose frame is what all ports do in one
// cycle. A cycle without a frame neither reads nor writes.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	u := &unit.Unit{
		Name:     c.Name(),
		Doc:      "banks of words of rows of bytes, read and written by rows and by words",
		Source:   "package comment of lockstep/systolic/vmem",
		Golden:   c.golden,
		RTL:      c.rtl,
		Stimulus: c.stimulus,
	}
	port := func(p port, name, what string) (en, addr, data rtl.Port) {
		name = fmt.Sprintf("%s_%s%d_", p.kind(), name, p.index)
		return rtl.Port{Name: name + "en", Shape: rtl.U(1), Lanes: 1, Doc: "a " + p.kind() + " is " + what},
			rtl.Port{Name: name + "addr", Shape: p.shape, Lanes: 1, Doc: "its address, counted in " + p.kind() + "s"},
			rtl.Port{Name: name + "data", Shape: rtl.U(8), Lanes: p.bytes, Doc: "its bytes"}
	}
	for _, p := range c.reads() {
		en, addr, data := port(p, "rd", "read")
		data.Doc = "bytes of the " + p.kind() + " read last"
		u.In, u.Out = append(u.In, en, addr), append(u.Out, data)
	}
	for _, p := range c.writes() {
		en, addr, data := port(p, "wr", "written")
		u.In = append(u.In, en, addr, data)
	}
	return u, nil
}

// A port is one port of the scratchpad.
type port struct {
	index int       // among those of its kind
	whole bool      // moves words, not rows
	shape rtl.Shape // of an address
	bytes int       // moved in a cycle
}

func (p port) kind() string {
	if p.whole {
		return "word"
	}
	return "row"
}

func (c Config) reads() []port  { return c.ports(c.RowReads, c.WordReads) }
func (c Config) writes() []port { return c.ports(c.RowWrites, c.WordWrites) }

func (c Config) ports(rows, words int) []port {
	var ps []port
	for i := range rows {
		ps = append(ps, port{i, false, c.RowShape(), c.RowBytes})
	}
	for i := range words {
		ps = append(ps, port{i, true, c.WordShape(), c.WordBytes()})
	}
	return ps
}

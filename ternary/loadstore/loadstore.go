// Package loadstore moves vectors between a memory port and the vector
// registers, one word of Lanes elements per beat. Commands are done in order;
// several are in flight, so that their transfers follow one another on the port
// without a gap.
//
// The cycles in which beats move, while the receivers are ready:
//
//	cmd    when fewer than InFlight commands are accepted and not done
//	req    in the cycle of cmd
//	begin  a command begins in the cycle after cmd or, if that is later, in the
//	       cycle after the done of the command before it
//	rd     of a load: from the begin on, when offered
//	reg    a word goes to its register in the cycle in which rd moves
//	fetch  a store reads its register from the cycle after cmd on, one word per
//	       cycle, as long as fewer than Buffer words are fetched and not in wr
//	data   from the cycle after its fetch on; there is always room for it
//	wr     from the begin on, in the cycle of data if no word waits before it
//	done   in the cycle of the last reg or wr of the command
//
// A register file that answers a fetch f cycles later allows the first wr f+1
// cycles after cmd, and one per cycle from then on if Buffer is above f.
//
// The unit does not compare registers: a store may read its register before the
// commands in front of it are done.
package loadstore

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary/vregs"
)

// Config selects one instance of the unit.
type Config struct {
	File     vregs.Config // of the registers; its ports do not matter
	InFlight int          // commands that are accepted and not done, 1 to 16
	Buffer   int          // words of stores that are fetched and not sent, 1 to 16
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"tiny":    {File: vregs.Config{Registers: 2, Words: 2, Lanes: 1, Width: 8, ReadPorts: 1, WritePorts: 1}, InFlight: 1, Buffer: 1},
	"default": {File: vregs.Presets["default"], InFlight: 4, Buffer: 4},
	"ports":   {File: vregs.Presets["ports"], InFlight: 2, Buffer: 3},
	"single":  {File: vregs.Presets["single"], InFlight: 7, Buffer: 16}, // words of 12 bytes
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	if err := c.File.Validate(); err != nil {
		return fmt.Errorf("loadstore: File: %w", err)
	}
	switch bits := c.File.Lanes * c.File.Width; {
	case c.File.Words > maxWords:
		return fmt.Errorf("loadstore: File.Words is %d, want at most %d", c.File.Words, maxWords)
	case bits%8 != 0:
		return fmt.Errorf("loadstore: a word has %d lanes of %d bits, want whole bytes", c.File.Lanes, c.File.Width)
	case c.InFlight < 1 || c.InFlight > 16:
		return fmt.Errorf("loadstore: InFlight is %d, want 1 to 16", c.InFlight)
	case c.Buffer < 1 || c.Buffer > 16:
		return fmt.Errorf("loadstore: Buffer is %d, want 1 to 16", c.Buffer)
	}
	return nil
}

// WordBytes returns the bytes of a word, which is a beat of the memory port.
func (c Config) WordBytes() int { return c.File.Lanes * c.File.Width / 8 }

// Name returns the name of the module.
func (c Config) Name() string {
	return fmt.Sprintf("ternary_loadstore_r%d_n%d_l%d_s%d_q%d_b%d",
		c.File.Registers, c.File.Words, c.File.Lanes, c.File.Width, c.InFlight, c.Buffer)
}

// Shapes of the fields of a command.
var (
	registerShape = rtl.U(8)
	wordsShape    = rtl.U(16)
	addrShape     = rtl.U(40)
)

const maxWords = 1<<16 - 1

// New describes the unit for c. The streams mem_req, mem_rd and mem_wr are those
// of a port of a memory that reads and writes.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	flag := rtl.U(1)
	register := rtl.Port{Name: "register", Shape: c.File.RegisterShape(), Lanes: 1, Doc: "number of the register"}
	word := rtl.Port{Name: "word", Shape: c.File.WordShape(), Lanes: 1, Doc: "index of the word in the register"}
	data := rtl.Port{Name: "data", Shape: c.File.ElementShape(), Lanes: c.File.Lanes, Doc: "elements of a word"}
	store := rtl.Port{Name: "store", Shape: flag, Lanes: 1, Doc: "0 load, 1 store"}
	return &unit.Unit{
		Name:   c.Name(),
		Doc:    "loads and stores of vector registers, in order, several in flight",
		Source: "package comment of lockstep/ternary/loadstore",
		Streams: &unit.Streams{
			In: []rtl.Stream{
				{Name: "cmd", Doc: "one transfer", Fields: []rtl.Port{
					store,
					{Name: "register", Shape: registerShape, Lanes: 1, Doc: "number of the register"},
					{Name: "words", Shape: wordsShape, Lanes: 1, Doc: "words to move, from 1; those of the register with index 0 upward"},
					{Name: "addr", Shape: addrShape, Lanes: 1, Doc: "address of the first, counted in words"},
				}},
				{Name: "mem_rd", Doc: "words read from memory", Fields: []rtl.Port{data}},
				{Name: "data", Doc: "words read from registers, in the order of fetch",
					Fields: []rtl.Port{{Shape: data.Shape, Lanes: data.Lanes, Doc: data.Doc}}},
			},
			Out: []rtl.Stream{
				{Name: "mem_req", Doc: "one request per command", Fields: []rtl.Port{
					{Name: "addr", Shape: c.byteAddrShape(), Lanes: 1, Doc: "address of the first byte"},
					{Name: "beats", Shape: wordsShape, Lanes: 1, Doc: "words"},
					{Name: "write", Shape: flag, Lanes: 1, Doc: "1 store"},
				}},
				{Name: "reg", Doc: "words for registers", Fields: []rtl.Port{register, word, data}},
				{Name: "fetch", Doc: "words to read from registers", Fields: []rtl.Port{register, word}},
				{Name: "mem_wr", Doc: "words for memory", Fields: []rtl.Port{data}},
				{Name: "done", Doc: "ends of commands", Fields: []rtl.Port{store, register}},
			},
			Golden:   c.golden,
			RTL:      c.rtl,
			Due:      c.due,
			Stimulus: c.stimulus,
		},
	}, nil
}

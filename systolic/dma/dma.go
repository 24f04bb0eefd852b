// Package dma moves rectangles between a memory port and the scratchpad. A
// descriptor names rows of bytes in memory, stride bytes from one to the next, and
// the place in the scratchpad where they stand one behind the other, each in
// whole beats of BeatBytes, the rows of [lockstep/systolic/vmem]. A load fills the
// last beat of a row with zeros; the rows of a store are whole beats.
//
// Descriptors are done in order; several are in flight, so that their transfers
// follow one another on the port without a gap. A row is one request.
//
// The cycles in which beats move, while the receivers are ready:
//
//	cmd      when fewer than InFlight descriptors are accepted and not done, and
//	         the last request of the one before has moved or moves in this cycle
//	mem_req  one per cycle from the cycle after cmd on
//	begin    a descriptor begins in the cycle after cmd or, if that is later, in
//	         the cycle after the done of the one before it
//	mem_rd   of a load: from the begin on, when offered
//	vmem_wr  in the cycle of mem_rd
//	vmem_rd  a store reads the scratchpad from the cycle after cmd on, one beat per
//	         cycle, as long as fewer than Buffer beats are read and not in mem_wr
//	vmem     from the cycle after its vmem_rd on; there is always room for it
//	mem_wr   from the begin on, in the cycle of vmem if no beat waits before it
//	done     in the cycle of the last vmem_wr or mem_wr of the descriptor
//
// With a memory of latency L that moves one beat per cycle, a descriptor of n
// beats that is accepted in cycle c by an idle unit is done in cycle c+L+n. A
// scratchpad that answers a vmem_rd f cycles later delays that only if L is below
// f; one beat per cycle takes a Buffer above f.
//
// The unit does not compare addresses: a store may read the scratchpad before the
// descriptors in front of it are done.
package dma

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// Config selects one instance of the unit.
type Config struct {
	BeatBytes int // bytes of a beat, which is a row of the scratchpad: a power of two in [1, 64]
	Rows      int // of the scratchpad, 2 to 2^24
	InFlight  int // descriptors that are accepted and not done, 1 to 16
	Buffer    int // beats of stores that are read and not sent, 1 to 16
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"default": {BeatBytes: 8, Rows: 1024, InFlight: 4, Buffer: 4},
	"tiny":    {BeatBytes: 1, Rows: 2, InFlight: 1, Buffer: 1},
	"odd":     {BeatBytes: 4, Rows: 77, InFlight: 3, Buffer: 16},
	"wide":    {BeatBytes: 32, Rows: 4096, InFlight: 8, Buffer: 2},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	switch {
	case c.BeatBytes < 1 || c.BeatBytes > 64 || c.BeatBytes&(c.BeatBytes-1) != 0:
		return fmt.Errorf("dma: BeatBytes is %d, want a power of two in [1, 64]", c.BeatBytes)
	case c.Rows < 2 || c.Rows > 1<<24:
		return fmt.Errorf("dma: Rows is %d, want 2 to %d", c.Rows, 1<<24)
	case c.InFlight < 1 || c.InFlight > 16:
		return fmt.Errorf("dma: InFlight is %d, want 1 to 16", c.InFlight)
	case c.Buffer < 1 || c.Buffer > 16:
		return fmt.Errorf("dma: Buffer is %d, want 1 to 16", c.Buffer)
	}
	return nil
}

// Name returns the name of the module.
func (c Config) Name() string {
	return fmt.Sprintf("systolic_dma_x%d_n%d_q%d_b%d", c.BeatBytes, c.Rows, c.InFlight, c.Buffer)
}

// Shapes of the fields of a descriptor.
var (
	flag       = rtl.U(1)
	tagShape   = rtl.U(8)
	addrShape  = rtl.U(40)
	countShape = rtl.U(16)
)

// RowShape returns the shape of the address of a row of the scratchpad.
func (c Config) RowShape() rtl.Shape { return rtl.U(bits.Len(uint(c.Rows - 1))) }

// New describes the unit for c. The streams mem_req, mem_rd and mem_wr are those
// of a port of a memory that reads and writes.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	one := func(name string, sh rtl.Shape, doc string) rtl.Port {
		return rtl.Port{Name: name, Shape: sh, Lanes: 1, Doc: doc}
	}
	data := rtl.Port{Name: "data", Shape: rtl.U(8), Lanes: c.BeatBytes, Doc: "bytes of a beat"}
	row := one("addr", c.RowShape(), "row of the scratchpad")
	store, tag := one("store", flag, "0 load, 1 store"), one("tag", tagShape, "number that comes back with done")
	return &unit.Unit{
		Name:   c.Name(),
		Doc:    "moves rectangles between memory and scratchpad, in order, several in flight",
		Source: "package comment of lockstep/systolic/dma",
		Streams: &unit.Streams{
			In: []rtl.Stream{
				{Name: "cmd", Doc: "one descriptor", Fields: []rtl.Port{
					store, tag,
					one("row", c.RowShape(), "first row of the scratchpad"),
					one("addr", addrShape, "address of the first byte in memory"),
					one("rows", countShape, "rows to move, from 1"),
					one("bytes", countShape, "bytes of a row, from 1; of a store whole beats"),
					one("stride", addrShape, "bytes from one row in memory to the next, modulo 2^40"),
				}},
				{Name: "mem_rd", Doc: "beats read from memory", Fields: []rtl.Port{data}},
				{Name: "vmem", Doc: "rows read from the scratchpad, in the order of vmem_rd", Fields: []rtl.Port{data}},
			},
			Out: []rtl.Stream{
				{Name: "mem_req", Doc: "one request per row", Fields: []rtl.Port{
					one("addr", addrShape, "address of the first byte"),
					one("beats", countShape, "beats"),
					one("write", flag, "1 store"),
				}},
				{Name: "vmem_wr", Doc: "rows for the scratchpad", Fields: []rtl.Port{row, data}},
				{Name: "vmem_rd", Doc: "rows to read from the scratchpad", Fields: []rtl.Port{row}},
				{Name: "mem_wr", Doc: "beats for memory", Fields: []rtl.Port{data}},
				{Name: "done", Doc: "ends of descriptors", Fields: []rtl.Port{store, tag}},
			},
			Golden:   c.golden,
			RTL:      c.rtl,
			Due:      c.due,
			Stimulus: c.stimulus,
		},
	}, nil
}

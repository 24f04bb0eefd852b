package chip

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// An Op is an operation of the chip.
type Op uint8

// The operations.
const (
	Load  Op = iota // memory to VMEM
	Store           // VMEM to memory
	Pass            // through the array
	Drain           // accumulators to VMEM
	numOps
)

var opNames = [numOps]string{"LOAD", "STORE", "PASS", "DRAIN"}

// String returns the name of the operation.
func (o Op) String() string {
	if o >= numOps {
		return fmt.Sprintf("Op(%d)", uint8(o))
	}
	return opNames[o]
}

// An Engine executes operations, in order.
type Engine uint8

// The engines.
const (
	DMA Engine = iota
	MXU
	Drainer
	NumEngines
)

var engineNames = [NumEngines]string{"dma", "mxu", "drain"}

// String returns dma, mxu or drain, with which the ports of the engine begin.
func (e Engine) String() string { return engineNames[e] }

// Engine returns the engine that executes o.
func (o Op) Engine() Engine {
	switch o {
	case Pass:
		return MXU
	case Drain:
		return Drainer
	}
	return DMA
}

// Semaphores is the number of semaphores; all are 0 when a run starts.
const Semaphores = 8

// MaxCount is the largest number that an instruction waits for at, or signals
// to, one semaphore.
const MaxCount = 15

// Counts are a number for each semaphore, 0 to MaxCount.
type Counts [Semaphores]uint8

// An Instr is one instruction. The fields that an operation uses are:
//
//	LOAD   Count rows of Bytes bytes from memory, Stride bytes from one to the next, the
//	       first at Addr, to VMEM from row Row on, each in whole rows filled with zeros
//	STORE  the same from VMEM, of results, to memory; Bytes is a multiple of a row
//	PASS   the weights of rows Row to Row+Rows-1, of the first to the last row of the
//	       array; Count rows of inputs from row Input on; row t of sums goes to
//	       accumulator word Word+t, stored if First is set, otherwise added
//	DRAIN  accumulator words Word to Word+Count-1 to words of results from row Row on,
//	       the first of a word; Cols sums, the lowest byte first, then zeros
//
// The rest is 0.
type Instr struct {
	Op      Op
	First   bool
	Count   int   // 1 to 65535
	Bytes   int   // 1 to 65535
	Word    int   // accumulator word
	Row     int   // of VMEM
	Input   int   // row of VMEM
	Addr    int64 // bytes, below 2^40
	Stride  int64 // bytes, below 2^40
	Waits   Counts
	Signals Counts
}

// WordBytes is the size of an encoded instruction: four little-endian lanes of
// 64 bits.
//
//	lane 0  op 0-7, first 8, count 16-31, bytes 32-47, word 48-63
//	lane 1  addr 0-39, row 40-63
//	lane 2  stride 0-39, input 40-63
//	lane 3  waits 0-31, signals 32-63, four bits for each semaphore
//
// Bits 9 to 15 of lane 0 are 0.
const WordBytes = 32

// Widths of the fields.
const (
	opBits    = 8
	countBits = 16
	addrBits  = 40
	rowBits   = 24
	semBits   = 4
)

// Encode appends the word of the instruction to b. It reports a field that does
// not fit its bits.
func (in Instr) Encode(b []byte) ([]byte, error) {
	if in.Op >= numOps {
		return b, fmt.Errorf("chip: operation is %d, want 0 to %d", uint8(in.Op), numOps-1)
	}
	for _, f := range []struct {
		name  string
		value int64
		bits  int
	}{
		{"Count", int64(in.Count), countBits}, {"Bytes", int64(in.Bytes), countBits}, {"Word", int64(in.Word), countBits},
		{"Row", int64(in.Row), rowBits}, {"Input", int64(in.Input), rowBits}, {"Addr", in.Addr, addrBits}, {"Stride", in.Stride, addrBits},
	} {
		if f.value < 0 || f.value >= 1<<f.bits {
			return b, fmt.Errorf("chip: %s: %s is %d, want 0 to %d", in.Op, f.name, f.value, int64(1)<<f.bits-1)
		}
	}
	waits, err := in.Waits.pack()
	if err != nil {
		return b, fmt.Errorf("chip: %s: Waits: %w", in.Op, err)
	}
	signals, err := in.Signals.pack()
	if err != nil {
		return b, fmt.Errorf("chip: %s: Signals: %w", in.Op, err)
	}
	first := uint64(0)
	if in.First {
		first = 1
	}
	lanes := [4]uint64{
		uint64(in.Op) | first<<8 | uint64(in.Count)<<16 | uint64(in.Bytes)<<32 | uint64(in.Word)<<48,
		uint64(in.Addr) | uint64(in.Row)<<40,
		uint64(in.Stride) | uint64(in.Input)<<40,
		waits | signals<<32,
	}
	for _, l := range lanes {
		b = binary.LittleEndian.AppendUint64(b, l)
	}
	return b, nil
}

// Decode returns the instruction of the first WordBytes bytes of b.
func Decode(b []byte) (Instr, error) {
	if len(b) < WordBytes {
		return Instr{}, fmt.Errorf("chip: instruction of %d bytes, want %d", len(b), WordBytes)
	}
	var l [4]uint64
	for i := range l {
		l[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	field := func(lane, low, bits int) int64 { return int64(l[lane] >> low & (1<<bits - 1)) }
	if op := field(0, 0, opBits); op >= int64(numOps) {
		return Instr{}, fmt.Errorf("chip: operation is %d, want 0 to %d", op, numOps-1)
	}
	if field(0, 9, 7) != 0 {
		return Instr{}, fmt.Errorf("chip: bits 9 to 15 are %#x, want 0", field(0, 9, 7))
	}
	return Instr{
		Op: Op(field(0, 0, opBits)), First: field(0, 8, 1) == 1,
		Count: int(field(0, 16, countBits)), Bytes: int(field(0, 32, countBits)), Word: int(field(0, 48, countBits)),
		Addr: field(1, 0, addrBits), Row: int(field(1, addrBits, rowBits)),
		Stride: field(2, 0, addrBits), Input: int(field(2, addrBits, rowBits)),
		Waits: unpack(uint32(field(3, 0, 32))), Signals: unpack(uint32(field(3, 32, 32))),
	}, nil
}

func (c Counts) pack() (packed uint64, err error) {
	for s, n := range c {
		if n > MaxCount {
			return 0, fmt.Errorf("semaphore %d: %d, want 0 to %d", s, n, MaxCount)
		}
		packed |= uint64(n) << (semBits * s)
	}
	return packed, nil
}

func unpack(packed uint32) (c Counts) {
	for s := range c {
		c[s] = uint8(packed >> (semBits * s) & MaxCount)
	}
	return c
}

// String returns one line, as "PASS count=8 word=0 row=0 input=512 first waits=s0:2 signals=s1:1".
func (in Instr) String() string {
	var b strings.Builder
	b.WriteString(in.Op.String())
	for _, f := range []struct {
		name  string
		value int64
		used  bool
	}{
		{"count", int64(in.Count), true},
		{"bytes", int64(in.Bytes), in.Op.Engine() == DMA},
		{"word", int64(in.Word), in.Op.Engine() != DMA},
		{"row", int64(in.Row), true},
		{"input", int64(in.Input), in.Op == Pass},
		{"addr", in.Addr, in.Op.Engine() == DMA},
		{"stride", in.Stride, in.Op.Engine() == DMA},
	} {
		if f.used {
			fmt.Fprintf(&b, " %s=%d", f.name, f.value)
		}
	}
	if in.First {
		b.WriteString(" first")
	}
	for _, f := range []struct {
		name   string
		counts Counts
	}{{"waits", in.Waits}, {"signals", in.Signals}} {
		sep := " " + f.name + "="
		for s, n := range f.counts {
			if n > 0 {
				fmt.Fprintf(&b, "%ss%d:%d", sep, s, n)
				sep = ","
			}
		}
	}
	return b.String()
}

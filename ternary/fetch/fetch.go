// Package fetch holds the program of the ternary core in an instruction memory
// and plays it once per token, decoded and with the addresses of that token.
//
// A command loads a program of count words. Each token after it plays the
// program: one instruction per cycle while nothing stalls, the first Depth+1
// cycles after the token was accepted. The next token is accepted in the cycle
// after the last word has been read.
package fetch

import (
	"fmt"
	"math/bits"
	"math/rand/v2"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
)

// Config selects one instance of the unit.
type Config struct {
	Words int // capacity of the instruction memory, 2 to 65536
	Lanes int // tokens that share the program, 1 to 256
}

// Presets are the configurations that are verified and reported.
var Presets = map[string]Config{
	"default": {Words: 256, Lanes: 1}, // the program of the shipped model has 204
	"tiny":    {Words: 2, Lanes: 1},
	"odd":     {Words: 37, Lanes: 3},
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	switch {
	case c.Words < 2 || c.Words > 1<<16:
		return fmt.Errorf("fetch: Words is %d, want 2 to 65536", c.Words)
	case c.Lanes < 1 || c.Lanes > 256:
		return fmt.Errorf("fetch: Lanes is %d, want 1 to 256", c.Lanes)
	}
	return nil
}

// Widths of the fields that package isa limits.
const (
	TokenBits   = 20
	countBits   = 20 // N, Cols
	addressBits = 40
	strideBits  = 40
	epsBits     = 62
)

func (c Config) countShape() rtl.Shape { return rtl.U(bits.Len(uint(c.Words))) }

// Fields are the payload of the stream of decoded instructions.
func (c Config) Fields() []rtl.Port {
	field := func(name string, sh rtl.Shape, doc string) rtl.Port {
		return rtl.Port{Name: name, Shape: sh, Lanes: 1, Doc: doc}
	}
	return []rtl.Port{
		field("op", rtl.U(8), "operation"),
		field("d", rtl.U(8), "vector register written"),
		field("a", rtl.U(8), "first vector register read"),
		field("b", rtl.U(8), "second vector register read"),
		field("s", rtl.U(8), "scalar register"),
		field("q", rtl.U(8), "operand buffer"),
		field("n", rtl.U(countBits), "elements or rows"),
		field("cols", rtl.U(countBits), "columns"),
		{Name: "addr", Shape: rtl.U(addressBits), Lanes: c.Lanes, Doc: "bytes, advanced by the token of each lane; 0 for RMS"},
		field("eps", rtl.U(epsBits), "of RMS, else 0"),
		field("mant", rtl.U(16), "of RMS, else 0"),
		field("exp", rtl.S(10), "of RMS, else 0"),
		field("last", rtl.U(1), "last instruction of the program"),
	}
}

// New describes the unit for c.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &unit.Unit{
		Name:   fmt.Sprintf("ternary_fetch_w%d_b%d", c.Words, c.Lanes),
		Doc:    "instruction memory and decoder: plays a program once per token",
		Source: "docs/isa.md; docs/decisions/009-core-microarchitecture.md, point 1",
		Streams: &unit.Streams{
			In: []rtl.Stream{
				{Name: "load", Doc: "a program follows", Fields: []rtl.Port{
					{Name: "count", Shape: c.countShape(), Lanes: 1, Doc: "words of the program, from 1"}}},
				{Name: "word", Doc: "the program", Fields: []rtl.Port{
					{Shape: rtl.U(64), Lanes: isa.WordBytes / 8, Doc: "encoded instruction, bytes 0 to 7 first"}}},
				{Name: "token", Doc: "play the program", Fields: []rtl.Port{
					{Name: "id", Shape: rtl.U(TokenBits), Lanes: c.Lanes, Doc: "by which strides are multiplied"}}},
			},
			Out:      []rtl.Stream{{Name: "i", Doc: "decoded instructions", Fields: c.Fields()}},
			Golden:   c.golden,
			RTL:      c.rtl,
			Due:      due,
			Stimulus: c.stimulus,
		},
	}, nil
}

// golden decodes one program and plays it for every token. The unit takes one
// program after reset.
func (c Config) golden(in [][]unit.Frame) ([][]unit.Frame, error) {
	if len(in[0]) != 1 || int(in[0][0][0][0]) != len(in[1]) || len(in[1]) > c.Words {
		return nil, fmt.Errorf("fetch: %d loads and %d words, want 1 load of as many words, at most %d", len(in[0]), len(in[1]), c.Words)
	}
	var out []unit.Frame
	for _, tok := range in[2] {
		for k, w := range in[1] {
			var b []byte
			for _, lane := range w[0] {
				for i := range 8 {
					b = append(b, byte(uint64(lane)>>(8*i)))
				}
			}
			i, err := isa.Decode(b)
			if err != nil {
				return nil, err
			}
			last := int64(0)
			if k == len(in[1])-1 {
				last = 1
			}
			addr := make([]int64, c.Lanes)
			for l, id := range tok[0] {
				addr[l] = (i.Addr + id*i.Stride) & (1<<addressBits - 1)
			}
			out = append(out, unit.Frame{{int64(i.Op)}, {int64(i.D)}, {int64(i.A)}, {int64(i.B)}, {int64(i.S)}, {int64(i.Q)},
				{int64(i.N)}, {int64(i.Cols)}, addr, {int64(i.Eps)}, {int64(i.Out.Mant)}, {int64(i.Out.Exp)}, {last}})
		}
	}
	return [][]unit.Frame{out}, nil
}

// due returns the cycles of the instructions for the cycles of the tokens.
func due(in [][]unit.Frame, accepted [][]int, _ int) [][]int {
	var cycles []int
	for _, t := range accepted[2] {
		for k := range in[1] {
			cycles = append(cycles, t+1+Depth+k)
		}
	}
	return [][]int{cycles}
}

// stimulus draws a program of random instructions and tokens.
func (c Config) stimulus(r *rand.Rand, n int) [][]unit.Frame {
	count := 1 + r.IntN(c.Words)
	in := [][]unit.Frame{{{{int64(count)}}}, nil, nil}
	for k := range count {
		i := randomInstr(r, k == 0)
		b, err := i.Encode(nil)
		if err != nil {
			panic(fmt.Sprintf("fetch: stimulus is no instruction: %v", err))
		}
		lanes := make([]int64, isa.WordBytes/8)
		for l := range lanes {
			for j := range 8 {
				lanes[l] |= int64(b[8*l+j]) << (8 * j)
			}
		}
		in[1] = append(in[1], unit.Frame{lanes})
	}
	for played := 0; played < n; played += count {
		ids := make([]int64, c.Lanes)
		for l := range ids {
			ids[l] = r.Int64N(1 << TokenBits)
		}
		in[2] = append(in[2], unit.Frame{ids})
	}
	return in
}

// randomInstr draws an instruction; the extreme one has every field at its end.
func randomInstr(r *rand.Rand, extreme bool) isa.Instr {
	reg := func() int { return r.IntN(256) }
	addr := func() int64 { return r.Int64N(1 << addressBits) }
	n := 1 + r.IntN(1<<countBits-1)
	if extreme {
		return isa.Instr{Op: isa.RMS, S: 255, A: 255, B: 255, N: 1<<countBits - 1, Eps: 1<<epsBits - 1,
			Out: fixed.Scale{Mant: 1<<16 - 1, Exp: -512}}
	}
	switch r.IntN(5) {
	case 0:
		return isa.Instr{Op: isa.LDV, D: reg(), Addr: addr(), Stride: addr(), N: n}
	case 1:
		return isa.Instr{Op: isa.STV, A: reg(), Addr: addr(), N: n}
	case 2:
		return isa.Instr{Op: isa.RMS, S: reg(), A: reg(), B: reg(), N: n, Eps: r.Uint64() >> 2,
			Out: fixed.Scale{Mant: 1<<15 + r.Uint32N(1<<15), Exp: r.IntN(1024) - 512}}
	case 3:
		return isa.Instr{Op: isa.TMATMUL, D: reg(), Q: reg(), S: reg(), Addr: addr(), N: n, Cols: 1 + r.IntN(1<<countBits-1)}
	}
	return isa.Instr{Op: isa.ADD, D: reg(), A: reg(), B: reg(), N: n}
}

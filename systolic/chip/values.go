package chip

import (
	"encoding/binary"
	"fmt"

	"lockstep/systolic"
)

// Memory returns the contents of memory at the start: a is A, M*K elements, and
// b is B, K*N elements, each a byte, of an s8 its bits. C is 0.
func (p *Product) Memory(a, b []byte) ([]byte, error) {
	g := p.GEMM
	if len(a) != g.M*g.K || len(b) != g.K*g.N {
		return nil, fmt.Errorf("chip: a has %d elements and b has %d, want %d and %d for %s", len(a), len(b), g.M*g.K, g.K*g.N, g)
	}
	memory := make([]byte, p.MemoryBytes)
	copy(memory[p.A:], a)
	copy(memory[p.B:], b)
	return memory, nil
}

// Result returns C, M*N sums, from the contents of memory after a run.
func (p *Product) Result(memory []byte) ([]int32, error) {
	if int64(len(memory)) != p.MemoryBytes {
		return nil, fmt.Errorf("chip: memory has %d bytes, want %d", len(memory), p.MemoryBytes)
	}
	g, cols := p.GEMM, p.Config.Cols
	c := make([]int32, g.M*g.N)
	for i := range c {
		m, n := i/g.N, i%g.N
		at := p.C + int64(m)*p.stride() + int64(n/cols*p.Config.WordBytes()+n%cols*4)
		c[i] = int32(binary.LittleEndian.Uint32(memory[at:]))
	}
	return c, nil
}

// Golden returns C of a and b by its definition, [systolic.MatMul].
func (p *Product) Golden(a, b []byte) ([]int32, error) {
	c := make([]int32, p.GEMM.M*p.GEMM.N)
	x, w := p.Config.X == systolic.S8, p.Config.W == systolic.S8
	switch g := p.GEMM; {
	case x && w:
		return c, systolic.MatMul(c, signed(a), signed(b), g)
	case x:
		return c, systolic.MatMul(c, signed(a), b, g)
	case w:
		return c, systolic.MatMul(c, a, signed(b), g)
	default:
		return c, systolic.MatMul(c, a, b, g)
	}
}

func signed(b []byte) []int8 {
	s := make([]int8, len(b))
	for i, x := range b {
		s[i] = int8(x)
	}
	return s
}

// A state is all that instructions change.
type state struct {
	p      *Program
	memory []byte
	vmem   []byte
	sums   []int32 // accumulators, Cols to a word
}

func newState(p *Program, memory []byte) *state {
	c := p.Config
	return &state{p, memory, make([]byte, c.vmem().Rows()*c.RowBytes()), make([]int32, c.AccumulatorWords*c.Cols)}
}

// execute changes the state as an instruction does, which was checked.
func (s *state) execute(in *Instr) {
	c := s.p.Config
	switch in.Op {
	case Load, Store:
		size := s.p.beats(in) * c.RowBytes()
		for r := range in.Count {
			line := s.memory[in.Addr+int64(r)*in.Stride:][:in.Bytes]
			rows := s.vmem[in.Row*c.RowBytes()+r*size:][:size]
			if in.Op == Store {
				copy(line, rows)
				continue
			}
			clear(rows[copy(rows, line):])
		}
	case Pass:
		s.pass(in)
	case Drain:
		for t := range in.Count {
			word := s.vmem[in.Row*c.RowBytes()+t*c.WordBytes():][:c.WordBytes()]
			clear(word)
			for n := range c.Cols {
				binary.LittleEndian.PutUint32(word[4*n:], uint32(s.sums[(in.Word+t)*c.Cols+n]))
			}
		}
	}
}

// pass multiplies rows of inputs by a tile of weights.
func (s *state) pass(in *Instr) {
	c := s.p.Config
	value := func(k systolic.Kind, b byte) int32 {
		if k == systolic.S8 {
			return int32(int8(b))
		}
		return int32(b)
	}
	for t := range in.Count {
		x := s.vmem[(in.Input+t)*c.RowBytes():]
		sums := s.sums[(in.Word+t)*c.Cols:][:c.Cols]
		if in.First {
			clear(sums)
		}
		for k := range c.Rows {
			w := s.vmem[(in.Row+k)*c.RowBytes():]
			for n := range sums {
				sums[n] += value(c.X, x[k]) * value(c.W, w[n])
			}
		}
	}
}

package core

import (
	"lockstep/sim"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/ternary/sparse"
)

// An arrival says from which cycle on each word of a vector register can be
// read: word k from base+k on or, if words is not empty, from words[k] on.
type arrival struct {
	base  sim.Cycle
	words []sim.Cycle
}

// A schedule knows the cycles of everything that has been issued: an
// instruction that starts knows when each word of its operands arrives, and
// with it when each word of its result does. docs/timing.md has the rules.
type schedule struct {
	c       Config
	t       Timing
	target  isa.Target
	regs    []arrival
	store   [][]sim.Cycle // words of each register
	scratch []sim.Cycle
	weights *weightPath
	vectors *sim.Stream
	moved   traffic
	dense   bool                                    // no operand has zeros, whatever its values
	sparse  *sparse.Timing                          // of the matrix unit that skips zeros, or nil
	asked   func(at sim.Cycle, offset, beats int64) // told of each request of memory, offset bytes behind the address of the instruction; may be nil
}

// A traffic is what went through the memory ports.
type traffic struct {
	loaded, stored int64     // bytes, port Vectors
	streaming      sim.Cycle // cycles between the first and the last weight beat of products, both included
}

func newSchedule(c Config, numbers fixed.Config, t Timing, target isa.Target) (*schedule, error) {
	s := &schedule{c: c, t: t, target: target, regs: make([]arrival, c.VectorRegisters), store: make([][]sim.Cycle, c.VectorRegisters)}
	if c.ZeroSkip {
		s.sparse = c.sparse(numbers, target.VectorElements).Timing(int64(t.Matrix))
	}
	var err error
	if s.weights, err = newWeightPath(c, t.Unpack); err != nil {
		return nil, err
	}
	s.vectors, err = sim.NewStream(c.memoryPort("Memory.Vectors", c.VectorBeatBytes))
	return s, err
}

// vector is the start of an instruction of the vector units: it walks over its
// operands, a word per cycle as they arrive.
func (s *schedule) vector(op *sim.Op, in *isa.Instr, start sim.Cycle) (latency, interval sim.Cycle) {
	unit := in.Op.Unit()
	n := beats(in.N, s.c.VP)
	first, last, words := s.walk(in, start, n)
	delay := readLatency + s.t.latency(unit) + writeCycles
	if d, ok := in.Writes(); ok {
		s.regs[d].base = first + delay
		s.regs[d].words = s.store[d][:0]
		for _, at := range words {
			s.regs[d].words = append(s.regs[d].words, at+delay)
		}
		s.store[d] = s.regs[d].words
	}
	op.ReadAt, op.ResultAt = last-start, first+delay-start
	interval = last - start
	if unit == isa.Norm {
		interval += readLatency
	}
	return last + delay - start, interval
}

// walk returns the cycles in which the first and the last of n words are read
// and, unless they are read one per cycle, those of all.
func (s *schedule) walk(in *isa.Instr, start sim.Cycle, n int) (first, last sim.Cycle, words []sim.Cycle) {
	sources := [2]*arrival{&s.regs[in.A], &s.regs[in.A]}
	if !in.Op.Unary() {
		sources[1] = &s.regs[in.B]
	}
	a, b := sources[0], sources[1]
	if len(a.words) == 0 && len(b.words) == 0 {
		first = max(start+walkCycles, a.base, b.base)
		return first, first + sim.Cycle(n) - 1, nil
	}
	s.scratch = s.scratch[:0]
	at := start + walkCycles - 1
	for k := range n {
		at = max(at+1, a.at(k), b.at(k))
		s.scratch = append(s.scratch, at)
	}
	return s.scratch[0], at, s.scratch
}

// at returns the cycle from which word k can be read; what lies behind the
// words written last can be read when these can.
func (a *arrival) at(k int) sim.Cycle {
	if len(a.words) == 0 {
		return a.base + sim.Cycle(k)
	}
	return a.words[min(k, len(a.words)-1)]
}

// arrive sets the words of register d to the cycles that at gives.
func (s *schedule) arrive(d, n int, at func(word int) sim.Cycle) {
	words := s.store[d][:0]
	for k := range n {
		words = append(words, at(k))
	}
	s.store[d], s.regs[d].words = words, words
}

// product is the start of a matrix product: it requests its weights behind
// those of the product before.
func (s *schedule) product(op *sim.Op, in *isa.Instr, start sim.Cycle) (latency, interval sim.Cycle) {
	row := int64(beats(in.Cols, s.c.TP))
	s.ask(start+requestCycles, 0, s.weights.count(int64(in.N)*row))
	first, words := s.weights.product(start+requestCycles, int64(in.N)*row, int64(s.c.VP)*row, s.store[in.D][:0])
	s.moved.streaming += words[len(words)-1] - first + 1
	for k := range words {
		words[k] += s.t.Matrix + writeCycles
	}
	s.store[in.D], s.regs[in.D].words = words, words
	op.ResultAt = words[0] - start
	return words[len(words)-1] - start, sim.Cycle(row) + 1
}

// sparseProduct is the start of a product that skips zeros of its operand x: it
// requests the columns of each run of nonzero activations as the unit finds it.
// The buffer is free after the cycle in which its last word is read, the unit
// at the end.
func (s *schedule) sparseProduct(op *sim.Op, in *isa.Instr, x []int8, start sim.Cycle) (latency, interval sim.Cycle) {
	words := s.store[in.D][:0]
	column := int64(beats(in.N, s.c.TP))
	first, last := sim.Cycle(-1), sim.Cycle(-1) // weight beats
	read, offer := start+1, start+importCycles  // of the next word of x
	s.sparse.Product(in.N, x, sparse.Feed{
		Cmd: int64(start),
		X: func(from int64) int64 {
			at := max(sim.Cycle(from), offer)
			op.ReadAt, read, offer = read-start, at, at+1
			return int64(at)
		},
		Run: func(first, cols int, at int64) {
			if cols > 0 {
				s.ask(sim.Cycle(at), int64(first)*column*int64(s.c.WeightBeatBytes), int64(cols)*column)
				s.weights.column(sim.Cycle(at), int64(cols)*column)
			}
		},
		W: func(accept func(offered int64) int64) {
			last = sim.Cycle(accept(int64(s.weights.offered())))
			s.weights.take(last)
			if first < 0 {
				first = last
			}
		},
		Y: func(at int64) { words = append(words, sim.Cycle(at)+writeCycles) },
	})
	if first >= 0 {
		s.moved.streaming += last - first + 1
	}
	s.store[in.D], s.regs[in.D].words = words, words
	op.ResultAt = words[0] - start
	return words[len(words)-1] - start, 0
}

// ask tells of a request of memory.
func (s *schedule) ask(at sim.Cycle, offset, beats int64) {
	if s.asked != nil {
		s.asked(at, offset, beats)
	}
}

// memory is the start of a load or a store.
func (s *schedule) memory(op *sim.Op, in *isa.Instr, start sim.Cycle) (latency, interval sim.Cycle) {
	bytes := int64(in.N * s.target.ElementBytes)
	b := s.vectors.Request(start+requestCycles, bytes)
	s.ask(start+requestCycles, 0, b.Count())
	if in.Op == isa.STV {
		s.moved.stored += bytes
	} else {
		s.moved.loaded += bytes
		s.arrive(in.D, beats(in.N, s.c.VP), func(k int) sim.Cycle {
			end := int64(min((k+1)*s.c.VP, in.N) * s.target.ElementBytes)
			return b.At((end-1)/int64(s.c.VectorBeatBytes)) + writeCycles
		})
		op.ResultAt = s.regs[in.D].words[0] - start
	}
	return b.At(b.Count()-1) + writeCycles - start, 0
}

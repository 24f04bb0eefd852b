package unpack

import (
	"fmt"
	"math/bits"
	"slices"

	"lockstep/rtl"
)

// maxWord is the number of trits that fit a signal.
const maxWord = rtl.MaxWidth / 2

// A builder is the structure under construction. Both beats are whole numbers
// of chunks, and the unit holds at most one less than the longer beat has. A
// beat of w is made of the held chunks and then the chunks of p.
type builder struct {
	Config
	m       *rtl.Module
	in, out int           // chunks of a beat of p and of a beat of w
	held    rtl.Sig       // number of held chunks
	store   [][]rtl.State // [chunk][word] held, the oldest first
	offered [][]rtl.Sig   // [chunk][word] of the beat of p
}

func (c Config) rtl(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
	b := &builder{Config: c, m: m, in: c.beatTrits() / c.chunk(), out: c.Lanes / c.chunk()}
	p := in[0]
	b.offered = b.chunks(b.decode(p))
	if b.in == 1 && b.out == 1 {
		pipe := m.NewPipe("pipe", p.Valid)
		p.Accept(pipe.Advance)
		pipe.Drive(1, out[0], [][]rtl.Sig{b.lanes(pipe, b.offered)})
		return
	}
	pipe, moves := b.control(p)
	pipe.Drive(1, out[0], [][]rtl.Sig{b.lanes(pipe, b.beat())})
	b.keep(moves)
}

// control makes the held chunks and their number and returns the pipeline that
// a beat of w enters when it is complete, and whether chunks move.
func (b *builder) control(p *rtl.InStream) (pipe *rtl.Pipe, moves rtl.Sig) {
	m := b.m
	slots := max(b.in, b.out) - 1
	held := m.State("held", rtl.U(bits.Len(uint(slots))), 0)
	b.held = held.Sig
	for j := range slots {
		var words []rtl.State
		for k, s := range b.offered[0] {
			words = append(words, m.State(fmt.Sprintf("held%d_%d", j, k), s.Shape(), 0))
		}
		b.store = append(b.store, words)
	}
	constant := func(v int) rtl.Sig { return m.Const(held.Sig.Shape(), int64(v)) }
	if int64(slots) < held.Sig.Shape().Max() {
		m.Require(constant(slots).Ge(b.held), "at most %d chunks are held", slots)
	}

	if b.in > b.out { // every step completes a beat; takes one of p if too few are held
		short := held.Sig.Lt(constant(b.out)).Named("short")
		complete := p.Valid.Or(short.Not()).Named("complete")
		pipe = m.NewPipe("pipe", complete)
		p.Accept(short.And(pipe.Advance))
		moves = complete.And(pipe.Advance).Named("moves")
		held.SetWhen(moves, short.Mux(held.Sig.AddWrap(constant(b.in-b.out)), held.Sig.SubWrap(constant(b.out))))
		return pipe, moves
	}
	fills := held.Sig.Ge(constant(b.out - b.in)).Named("fills") // every step takes a beat of p
	pipe = m.NewPipe("pipe", p.Valid.And(fills).Named("complete"))
	ready := fills.Not().Or(pipe.Advance).Named("ready")
	p.Accept(ready)
	moves = p.Fire(ready).Named("moves")
	held.SetWhen(moves, fills.Mux(held.Sig.SubWrap(constant(b.out-b.in)), held.Sig.AddWrap(constant(b.in))))
	return pipe, moves
}

// A step is what happens to the chunks when a number of them is held: those of
// the held chunks and then of p that are complete leave as a beat of w.
type step struct {
	emits bool // a beat of w
	left  int  // chunks held afterwards
}

func (b *builder) step(held int) step {
	s := step{left: held}
	if held < b.out { // takes a beat of p
		s.left += b.in
	}
	if s.emits = s.left >= b.out; s.emits {
		s.left -= b.out
	}
	return s
}

// beat returns the words of a beat of w.
func (b *builder) beat() [][]rtl.Sig {
	beat := make([][]rtl.Sig, b.out)
	for i := range beat {
		beat[i] = b.choose(fmt.Sprintf("beat%d", i), func(held int) (int, bool) { return i, b.step(held).emits })
	}
	return beat
}

// keep stores what a step leaves.
func (b *builder) keep(moves rtl.Sig) {
	for j, words := range b.store {
		next := b.choose(fmt.Sprintf("next%d", j), func(held int) (int, bool) {
			s := b.step(held)
			if s.emits {
				return j + b.out, j < s.left
			}
			return j, j < s.left
		})
		for k, w := range words {
			w.SetWhen(moves, next[k])
		}
	}
}

// choose returns the words of the chunk that index names for every number of
// held chunks, counted over the held chunks and then those of p. Where index is
// not ok any chunk will do.
func (b *builder) choose(name string, index func(held int) (chunk int, ok bool)) []rtl.Sig {
	sources := map[int]source{} // by the number of held chunks
	uses := map[source]int{}
	var common source // what most numbers use needs no case
	for held := range len(b.store) + 1 {
		if chunk, ok := index(held); ok {
			s := source{chunk < held, chunk}
			if !s.held {
				s.chunk -= held
			}
			sources[held] = s
			if uses[s]++; uses[s] > uses[common] {
				common = s
			}
		}
	}
	words := make([]rtl.Sig, len(b.offered[0]))
	for k := range words {
		words[k] = b.word(common, k)
		if len(uses) == 1 {
			continue
		}
		choice := rtl.Switch(b.held)
		for held := range len(b.store) + 1 {
			if s, ok := sources[held]; ok && s != common {
				choice = choice.Case(int64(held), b.word(s, k))
			}
		}
		words[k] = choice.Else(words[k]).Named(fmt.Sprintf("%s_%d", name, k))
	}
	return words
}

// A source is a chunk: one that is held, or one of the beat of p.
type source struct {
	held  bool
	chunk int
}

// word returns word k of s.
func (b *builder) word(s source, k int) rtl.Sig {
	if s.held {
		return b.store[s.chunk][k].Sig
	}
	return b.offered[s.chunk][k]
}

// chunks cuts the codes of the bytes of a beat into chunks of equal words.
func (b *builder) chunks(codes []rtl.Sig) [][]rtl.Sig {
	per := b.Packing.TritsPerByte()
	chunks := make([][]rtl.Sig, b.in)
	for i := range chunks {
		for first := i * b.chunk(); first < (i+1)*b.chunk(); first += b.wordTrits() {
			var parts []rtl.Sig
			for t := first; t < first+b.wordTrits(); {
				n := min(per-t%per, first+b.wordTrits()-t) // trits of one byte
				parts = append(parts, codes[t/per].Slice(2*(t%per+n)-1, 2*(t%per)))
				t += n
			}
			slices.Reverse(parts)
			chunks[i] = append(chunks[i], rtl.Concat(parts...).Named(fmt.Sprintf("chunk%d_%d", i, len(chunks[i]))))
		}
	}
	return chunks
}

// wordTrits is the number of trits in a word of a chunk.
func (c Config) wordTrits() int {
	for n := maxWord; ; n-- {
		if c.chunk()%n == 0 {
			return n
		}
	}
}

// lanes returns the codes of a beat of w, one register after its chunks.
func (b *builder) lanes(pipe *rtl.Pipe, beat [][]rtl.Sig) []rtl.Sig {
	var lanes []rtl.Sig
	for i, words := range beat {
		for k, s := range words {
			s = pipe.Reg(fmt.Sprintf("w%d_%d", i, k), s)
			for t := range b.wordTrits() {
				lanes = append(lanes, s.Slice(2*t+1, 2*t))
			}
		}
	}
	return lanes
}

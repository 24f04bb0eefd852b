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
// beat of w is made of the held chunks and then the chunks of p. The last beat
// of a matrix leaves none.
type builder struct {
	Config
	m       *rtl.Module
	in, out int           // chunks of a beat of p and of a beat of w
	active  rtl.Sig       // a matrix runs
	last    rtl.Sig       // its next beat of w is its last
	held    rtl.State     // number of held chunks
	store   [][]rtl.State // [chunk][word] held, the oldest first
	offered [][]rtl.Sig   // [chunk][word] of the beat of p
}

func (c Config) rtl(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
	b := &builder{Config: c, m: m, in: c.beatTrits() / c.chunk(), out: c.Lanes / c.chunk()}
	p := in[1]
	b.offered = b.chunks(b.decode(p))
	enters := b.matrices(in[0])
	if b.in == 1 && b.out == 1 {
		complete := p.Valid.And(b.active).Named("complete")
		pipe := m.NewPipe("pipe", complete)
		p.Accept(b.active.And(pipe.Advance))
		pipe.Drive(1, out[0], [][]rtl.Sig{b.lanes(pipe, b.offered)})
		enters(complete.And(pipe.Advance))
		return
	}
	b.hold()
	pipe, complete, moves := b.control(p)
	pipe.Drive(1, out[0], [][]rtl.Sig{b.lanes(pipe, b.beat())})
	b.keep(moves)
	enters(complete.And(pipe.Advance))
}

// matrices accepts commands, one ahead of the matrix that runs. The function
// returned is given whether a beat of w enters the pipeline.
func (b *builder) matrices(cmd *rtl.InStream) (enters func(rtl.Sig)) {
	m, shape := b.m, rtl.U(CountBits)
	active := m.State("active", rtl.U(1), 0)
	left := m.State("beats_left", shape, 0)
	waiting := m.State("waiting", rtl.U(1), 0) // a command is accepted and its matrix does not run
	ready := waiting.Not().Named("cmd_free")
	cmd.Accept(ready)
	takes := cmd.Fire(ready).Named("takes")
	beats := cmd.Data[0][0]
	m.Require(takes.Not().Or(beats.AnyOne()), "cmd is at least 1")
	next := m.State("next_beats", shape, 0)
	next.SetWhen(takes, beats)
	b.active, b.last = active.Sig, left.EqConst(1).Named("last_beat")
	return func(moves rtl.Sig) {
		turns := active.Not().Or(moves.And(b.last)).Named("turns")
		waiting.SetWhen(takes.Or(turns), turns.Not())
		active.SetWhen(turns, waiting.Or(takes))
		begun := waiting.Mux(next.Sig, beats)
		left.SetWhen(turns.Or(moves), turns.Mux(begun, left.SubWrap(m.Const(shape, 1))))
	}
}

// hold makes the held chunks and their number.
func (b *builder) hold() {
	slots := max(b.in, b.out) - 1
	held := b.m.State("held", rtl.U(bits.Len(uint(slots))), 0)
	b.held = held
	for j := range slots {
		var words []rtl.State
		for k, s := range b.offered[0] {
			words = append(words, b.m.State(fmt.Sprintf("held%d_%d", j, k), s.Shape(), 0))
		}
		b.store = append(b.store, words)
	}
	if int64(slots) < held.Shape().Max() {
		b.m.Require(b.count(slots).Ge(held.Sig), "at most %d chunks are held", slots)
	}
}

// count returns a number of chunks.
func (b *builder) count(v int) rtl.Sig { return b.m.Const(b.held.Shape(), int64(v)) }

// control returns the pipeline that a beat of w enters when it is complete,
// whether one is, and whether chunks move.
func (b *builder) control(p *rtl.InStream) (pipe *rtl.Pipe, complete, moves rtl.Sig) {
	m, held := b.m, b.held
	if b.in > b.out { // every step completes a beat; takes one of p if too few are held
		short := held.Lt(b.count(b.out)).Named("short")
		complete = p.Valid.Or(short.Not()).And(b.active).Named("complete")
		pipe = m.NewPipe("pipe", complete)
		p.Accept(b.active.And(short).And(pipe.Advance))
		moves = complete.And(pipe.Advance).Named("moves")
		left := short.Mux(held.AddWrap(b.count(b.in-b.out)), held.SubWrap(b.count(b.out)))
		held.SetWhen(moves, b.last.Mux(b.count(0), left))
		return pipe, complete, moves
	}
	fills := held.Ge(b.count(b.out - b.in)).Named("fills") // every step takes a beat of p
	complete = p.Valid.And(b.active).And(fills).Named("complete")
	pipe = m.NewPipe("pipe", complete)
	ready := b.active.And(fills.Not().Or(pipe.Advance)).Named("ready")
	p.Accept(ready)
	moves = p.Fire(ready).Named("moves")
	left := b.last.Mux(b.count(0), held.SubWrap(b.count(b.out-b.in)))
	held.SetWhen(moves, fills.Mux(left, held.AddWrap(b.count(b.in))))
	return pipe, complete, moves
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
		choice := rtl.Switch(b.held.Sig)
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

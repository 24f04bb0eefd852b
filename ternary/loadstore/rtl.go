package loadstore

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
)

// A builder is the structure under construction. An accepted command waits in
// commands, whose front one moves words; a store also waits in stores, whose
// front one fetches words ahead of that.
type builder struct {
	Config
	m        *rtl.Module
	commands *queue // store, register, last
	stores   *queue // register, last
	words    *queue // words that have arrived and wait for wr
}

func (c Config) rtl(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
	cmd, rd, data := in[0], in[1], in[2]
	req, reg, fetch, wr, done := out[0], out[1], out[2], out[3], out[4]
	fields := []field{{"store", rtl.U(1)}, {"register", c.File.RegisterShape()}, {"last", c.File.WordShape()}}
	elements := make([]field, c.File.Lanes)
	for l := range elements {
		elements[l] = field{fmt.Sprintf("x%d", l), c.File.ElementShape()}
	}
	b := &builder{
		Config:   c,
		m:        m,
		commands: newQueue(m, "command", c.InFlight, fields),
		stores:   newQueue(m, "store", c.InFlight, fields[1:]),
		words:    newQueue(m, "word", c.Buffer, elements),
	}
	claimed := m.State("claimed", b.words.count.Shape(), 0) // words fetched and not sent

	takes, entry := b.accept(cmd, req)
	fetches, fetched := b.fetch(fetch, claimed.Sig)
	awaited := claimed.Ne(b.words.count).Named("awaited")
	data.Accept(awaited)
	arrives := data.Fire(awaited).Named("arrives")
	sends, ends := b.move(rd, reg, wr, done, arrives, data.Data[0])

	b.commands.connect(takes, entry, ends)
	b.stores.connect(takes.And(entry[0]).Named("takes_store"), entry[1:], fetched)
	one := m.Const(claimed.Shape(), 1)
	claimed.SetWhen(fetches.Xor(sends), fetches.Mux(claimed.AddWrap(one), claimed.SubWrap(one)))
	waits := arrives.And(b.words.some.Or(sends.Not())).Named("waits")
	b.words.connect(waits, data.Data[0], sends.And(b.words.some))
}

// byteAddrShape is the shape of the address of any byte that a command can name.
func (c Config) byteAddrShape() rtl.Shape {
	return rtl.U(addrShape.Width + bits.Len(uint(c.WordBytes()-1)))
}

// accept requests the words of a command in the cycle in which it takes it. It
// returns whether it does and the entry of the command.
func (b *builder) accept(cmd *rtl.InStream, req *rtl.OutStream) (takes rtl.Sig, entry []rtl.Sig) {
	m, f := b.m, b.File
	store, register, words, addr := cmd.Data[0][0], cmd.Data[1][0], cmd.Data[2][0], cmd.Data[3][0]
	room := b.commands.full.Not().Named("room")
	size := m.Const(rtl.U(b.byteAddrShape().Width-addrShape.Width+1), int64(b.WordBytes()))
	byteAddr := addr.Mul(size).Wrap(b.byteAddrShape().Width).Named("byte_addr")
	req.Drive(cmd.Valid.And(room), [][]rtl.Sig{{byteAddr}, {words}, {store}})
	ready := room.And(req.Ready)
	cmd.Accept(ready)
	takes = cmd.Fire(ready).Named("takes")
	below := func(s rtl.Sig, limit int) rtl.Sig { return s.Extend(17).Lt(m.Const(rtl.U(17), int64(limit))) }
	m.Require(takes.Not().Or(below(register, f.Registers)), "cmd_register is below %d", f.Registers)
	m.Require(takes.Not().Or(words.AnyOne().And(below(words, f.Words+1))), "cmd_words is 1 to %d", f.Words)
	last := words.SubWrap(m.Const(wordsShape, 1)).Wrap(f.WordShape().Width)
	return takes, []rtl.Sig{store, register.Wrap(f.RegisterShape().Width), last}
}

// fetch reads the words of the front store while there is room for them. It
// returns whether a word is fetched and whether it is the last of the store.
func (b *builder) fetch(fetch *rtl.OutStream, claimed rtl.Sig) (moves, ends rtl.Sig) {
	register, last := b.stores.front[0], b.stores.front[1]
	word := b.m.State("fetch_word", b.File.WordShape(), 0)
	valid := b.stores.some.And(claimed.EqConst(int64(b.Buffer)).Not()).Named("fetch_offered")
	fetch.Drive(valid, [][]rtl.Sig{{register}, {word.Sig}})
	moves = valid.And(fetch.Ready).Named("fetches")
	ends = moves.And(word.Eq(last)).Named("fetch_ends")
	b.advance(word, moves, ends)
	return moves, ends
}

// move passes the words of the front command on: of a load from rd to reg, of
// a store to wr, where a word that arrives goes at once unless others wait. It
// returns whether wr moves and whether the command is done. Until done has
// moved, the next command does not begin.
func (b *builder) move(rd *rtl.InStream, reg, wr, done *rtl.OutStream, arrives rtl.Sig, arriving []rtl.Sig) (sends, ends rtl.Sig) {
	m := b.m
	store, register, last := b.commands.front[0], b.commands.front[1], b.commands.front[2]
	word := m.State("word", b.File.WordShape(), 0)
	moved := m.State("moved", rtl.U(1), 0) // every word of the front command
	active := b.commands.some.And(moved.Not()).Named("active")

	loads := active.And(store.Not()).Named("loads")
	rd.Accept(loads.And(reg.Ready))
	load := rd.Valid.And(loads).Named("load_offered")
	reg.Drive(load, [][]rtl.Sig{{register}, {word.Sig}, rd.Data[0]})

	send := active.And(store).And(b.words.some.Or(arrives)).Named("store_offered")
	elements := make([]rtl.Sig, b.File.Lanes)
	for l, x := range b.words.front {
		elements[l] = b.words.some.Mux(x, arriving[l])
	}
	wr.Drive(send, [][]rtl.Sig{elements})
	sends = send.And(wr.Ready).Named("sends")

	moves := load.And(reg.Ready).Or(sends).Named("moves")
	lastMoves := moves.And(word.Eq(last)).Named("last_moves")
	b.advance(word, moves, lastMoves)
	offered := moved.Or(lastMoves).Named("done_offered")
	done.Drive(offered, [][]rtl.Sig{{store}, {register}})
	ends = offered.And(done.Ready).Named("ends")
	moved.Set(offered.And(ends.Not()))
	return sends, ends
}

// advance counts words from 0 to the last.
func (b *builder) advance(word rtl.State, moves, last rtl.Sig) {
	next := word.AddWrap(b.m.Const(word.Shape(), 1))
	word.SetWhen(moves, last.Mux(b.m.Const(word.Shape(), 0), next))
}

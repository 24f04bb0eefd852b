package dma

import (
	"fmt"
	"math/bits"
	"slices"

	"lockstep/rtl"
)

// A builder is the structure under construction. An accepted descriptor is in
// the registers that make its requests, and it waits in moves, whose front one
// moves beats; a store also waits in stores, whose front one reads the
// scratchpad ahead of that.
type builder struct {
	Config
	m      *rtl.Module
	moves  *queue // those of stores, tail, store, tag
	stores *queue // row, last_row, last_beat
	beats  *queue // beats that have arrived and wait for mem_wr
}

func (c Config) rtl(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
	cmd, rd, data := in[0], in[1], in[2]
	req, put, fetch, wr, done := out[0], out[1], out[2], out[3], out[4]
	rectangle := []field{{"row", c.RowShape()}, {"last_row", countShape}, {"last_beat", countShape}}
	entry := append(slices.Clone(rectangle), field{"store", flag}, field{"tag", tagShape})
	if c.BeatBytes > 1 {
		entry = append(entry, field{"tail", c.tailShape()})
	}
	bytes := make([]field, c.BeatBytes)
	for i := range bytes {
		bytes[i] = field{fmt.Sprintf("x%d", i), rtl.U(8)}
	}
	b := &builder{
		Config: c,
		m:      m,
		moves:  newQueue(m, "move", c.InFlight, entry),
		stores: newQueue(m, "store", c.InFlight, rectangle),
		beats:  newQueue(m, "beat", c.Buffer, bytes),
	}
	claimed := m.State("claimed", b.beats.count.Shape(), 0) // beats read and not sent

	takes, values := b.request(cmd, req)
	fetches, fetched := b.fetch(fetch, claimed.Sig)
	awaited := claimed.Ne(b.beats.count.Sig).Named("awaited")
	data.Accept(awaited)
	arrives := data.Fire(awaited).Named("arrives")
	sends, ends := b.move(rd, put, wr, done, arrives, data.Data[0])

	b.moves.connect(takes, values, ends)
	b.stores.connect(takes.And(values[3]).Named("takes_store"), values[:3], fetched)
	one := m.Const(claimed.Shape(), 1)
	claimed.SetWhen(fetches.Xor(sends), fetches.Mux(claimed.AddWrap(one), claimed.SubWrap(one)))
	waits := arrives.And(b.beats.some.Or(sends.Not())).Named("waits")
	b.beats.connect(waits, data.Data[0], sends.And(b.beats.some))
}

// tailShape is the shape of the index of a byte in a beat of two or more.
func (c Config) tailShape() rtl.Shape { return rtl.U(bits.Len(uint(c.BeatBytes - 1))) }

// request makes the requests of one descriptor, and accepts the next in the
// cycle of the last. It returns whether it does and the entry of the descriptor.
func (b *builder) request(cmd *rtl.InStream, req *rtl.OutStream) (takes rtl.Sig, entry []rtl.Sig) {
	m, one := b.m, b.m.Const(countShape, 1)
	store, tag, row, from := cmd.Data[0][0], cmd.Data[1][0], cmd.Data[2][0], cmd.Data[3][0]
	rows, bytes := cmd.Data[4][0], cmd.Data[5][0]
	busy := m.State("busy", flag, 0)
	addr, left := m.State("addr", addrShape, 0), m.State("rows_left", countShape, 0) // rows after this one

	moves := busy.And(req.Ready).Named("requests")
	last := moves.And(left.AnyOne().Not()).Named("requests_last")
	ready := b.moves.full.Not().And(busy.Not().Or(last)).Named("idle")
	cmd.Accept(ready)
	takes = cmd.Fire(ready).Named("takes")
	b.require(takes, store, rows, bytes)
	shift := bits.Len(uint(b.BeatBytes - 1))
	lastByte := bytes.SubWrap(one).Named("last_byte")
	lastRow, lastBeat := rows.SubWrap(one), lastByte.ShrConst(shift).Extend(countShape.Width)
	entry = []rtl.Sig{row, lastRow, lastBeat, store, tag}
	if b.BeatBytes > 1 {
		entry = append(entry, lastByte.Slice(shift-1, 0)) // tail
	}

	busy.Set(takes.Or(busy.And(last.Not())))
	stride := cmd.Data[6][0].Hold("stride", takes)
	beats := lastBeat.AddWrap(one).Hold("beats", takes)
	write := store.Hold("write", takes)
	addr.SetWhen(takes.Or(moves), takes.Mux(from, addr.AddWrap(stride)))
	left.SetWhen(takes.Or(moves), takes.Mux(lastRow, left.SubWrap(one)))
	req.Drive(busy.Sig, [][]rtl.Sig{{addr.Sig}, {beats}, {write}})
	return takes, entry
}

// require states what a descriptor promises.
func (b *builder) require(takes, store, rows, bytes rtl.Sig) {
	m := b.m
	m.Require(takes.Not().Or(rows.AnyOne()), "cmd_rows is 1 or more")
	m.Require(takes.Not().Or(bytes.AnyOne()), "cmd_bytes is 1 or more")
	if b.BeatBytes > 1 {
		part := bytes.Slice(b.tailShape().Width-1, 0).AnyOne()
		m.Require(takes.And(store).And(part).Not(), "cmd_bytes of a store is a multiple of %d", b.BeatBytes)
	}
}

// fetch reads the beats of the front store while there is room for them. It
// returns whether a beat is read and whether it is the last of the store.
func (b *builder) fetch(fetch *rtl.OutStream, claimed rtl.Sig) (moves, ends rtl.Sig) {
	w := b.walk("fetch", b.stores.front)
	valid := b.stores.some.And(claimed.EqConst(int64(b.Buffer)).Not()).Named("fetch_offered")
	fetch.Drive(valid, [][]rtl.Sig{{w.row}})
	moves = valid.And(fetch.Ready).Named("fetches")
	return moves, w.connect(moves)
}

// move passes the beats of the front descriptor on: of a load from mem_rd to
// vmem_wr, of a store to mem_wr, where a beat that arrives goes at once unless
// others wait. It returns whether mem_wr moves and whether the descriptor is
// done. Until done has moved, the next one does not begin.
func (b *builder) move(rd *rtl.InStream, put, wr, done *rtl.OutStream, arrives rtl.Sig, arriving []rtl.Sig) (sends, ends rtl.Sig) {
	m := b.m
	store, tag := b.moves.front[3], b.moves.front[4]
	w := b.walk("move", b.moves.front[:3])
	moved := m.State("moved", flag, 0) // every beat of the front descriptor
	active := b.moves.some.And(moved.Not()).Named("active")

	loads := active.And(store.Not()).Named("loads")
	rd.Accept(loads.And(put.Ready))
	load := rd.Valid.And(loads).Named("load_offered")
	put.Drive(load, [][]rtl.Sig{{w.row}, b.filled(w.rowEnds, rd.Data[0])})

	send := active.And(store).And(b.beats.some.Or(arrives)).Named("store_offered")
	bytes := make([]rtl.Sig, b.BeatBytes)
	for i, x := range b.beats.front {
		bytes[i] = b.beats.some.Mux(x, arriving[i])
	}
	wr.Drive(send, [][]rtl.Sig{bytes})
	sends = send.And(wr.Ready).Named("sends")

	moves := load.And(put.Ready).Or(sends).Named("moves")
	offered := moved.Or(w.connect(moves)).Named("done_offered")
	done.Drive(offered, [][]rtl.Sig{{store}, {tag}})
	ends = offered.And(done.Ready).Named("ends")
	moved.Set(offered.And(ends.Not()))
	return sends, ends
}

// filled returns a beat that is loaded, with zeros behind the tail of a row.
func (b *builder) filled(rowEnds rtl.Sig, data []rtl.Sig) []rtl.Sig {
	out := []rtl.Sig{data[0]}
	for i := 1; i < len(data); i++ {
		tail := b.moves.front[5]
		beyond := rowEnds.And(tail.Lt(b.m.Const(tail.Shape(), int64(i)))).Named(fmt.Sprintf("beyond%d", i))
		out = append(out, beyond.Mux(b.m.Const(rtl.U(8), 0), data[i]))
	}
	return out
}

package chip

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/systolic"
)

// Read ports of VMEM.
const (
	weightPort = iota
	inputPort
	storePort
)

// read asks VMEM for a row; it is at the output of the port readCycles later.
func (t *top) read(port int, en, row rtl.Sig) {
	t.vmem.in(fmt.Sprintf("row_rd%d_en", port), en)
	t.vmem.in(fmt.Sprintf("row_rd%d_addr", port), row)
}

func (t *top) row(port int) []rtl.Sig { return t.vmem.out(fmt.Sprintf("row_rd%d_data", port)) }

// transfers connects the DMA with its queue, VMEM and the memory port.
func (t *top) transfers(d *block, streams *unit.Streams) {
	m, g := t.m, t.engines[DMA]
	renamed := func(s rtl.Stream, name string) rtl.Stream {
		s.Name = MemoryPort + name
		return s
	}
	req := m.OutStream(renamed(streams.Out[0], "_req"))
	rd, wr := m.InStream(renamed(streams.In[1], "_rd")), m.OutStream(renamed(streams.Out[3], "_wr"))

	offered := g.some.And(g.fits)
	g.fire = offered.And(d.bit("cmd_ready")).Named("dma_fire")
	d.in("cmd_valid", offered)
	d.in("cmd_tag", m.Const(rtl.U(8), 0))
	for port, field := range map[string]string{"store": "store", "row": "row", "addr": "addr", "rows": "count", "bytes": "bytes", "stride": "stride"} {
		d.in("cmd_"+port, g.front[field])
	}
	d.in("mem_req_ready", req.Ready)
	req.Drive(d.bit("mem_req_valid"), [][]rtl.Sig{d.out("mem_req_addr"), d.out("mem_req_beats"), d.out("mem_req_write")})
	rd.Accept(d.bit("mem_rd_ready"))
	d.in("mem_rd_valid", rd.Valid)
	d.in("mem_rd_data", rd.Data[0]...)
	d.in("mem_wr_ready", wr.Ready)
	wr.Drive(d.bit("mem_wr_valid"), [][]rtl.Sig{d.out("mem_wr_data")})

	yes := m.Const(flag, 1)
	d.in("vmem_wr_ready", yes)
	t.vmem.in("row_wr0_en", d.bit("vmem_wr_valid"))
	t.vmem.in("row_wr0_addr", d.out("vmem_wr_addr")...)
	t.vmem.in("row_wr0_data", d.out("vmem_wr_data")...)
	d.in("vmem_rd_ready", yes)
	t.read(storePort, d.bit("vmem_rd_valid"), d.bit("vmem_rd_addr"))
	arrives := late("store_arrives", d.bit("vmem_rd_valid"), readCycles)
	d.in("vmem_valid", arrives)
	d.in("vmem_data", t.row(storePort)...)
	m.Require(arrives.Not().Or(d.bit("vmem_ready")), "there is room for a row that was read")

	d.in("done_ready", yes)
	g.ends = d.bit("done_valid")
	working := t.queue("dma_working", t.c.DMAInFlight, fields{"signals": semsShape})
	working.connect(g.fire, values{"signals": g.front["signals"]}, g.ends)
	g.signals = working.front["signals"]
}

// passes connects the array with its queue, VMEM and the accumulators.
//
// A pass that has started reads its weights and is pending until its inputs can
// be read: the last weights are, and the inputs of the pass before, in the cycle
// before the first. Nothing ever stalls.
func (t *top) passes(a *block) {
	m, c, g := t.m, t.c, t.engines[MXU]
	pending, pendingNext := t.state("pass_pending", flag)
	weights, weightsNext := t.state("weights_left", rtl.U(bits.Len(uint(c.Rows)))) // rows to read
	weight, weightNext := t.state("weight_row", t.rowShape())
	left, leftNext := t.state("inputs_left", countShape)
	input, inputNext := t.state("input_row", t.rowShape())

	begins := pending.And(t.atMostOne(weights)).And(t.atMostOne(left)).Named("pass_begins")
	g.fire = g.some.And(g.fits).And(t.passReady(pending, begins)).Named("mxu_fire")
	pendingNext.Set(g.fire.Or(pending.And(begins.Not())))
	next := values{}
	for _, f := range []string{"count", "input", "word", "first", "signals"} {
		next[f] = g.front[f].Hold("pass_"+f, g.fire).Unstaged()
	}

	asksWeight, asksInput := weights.AnyOne().Named("asks_weight"), left.AnyOne().Named("asks_input")
	bottom := g.front["row"].AddWrap(m.Const(t.rowShape(), int64(c.Rows-1)))
	weightsNext.Set(g.fire.Mux(m.Const(weights.Shape(), int64(c.Rows)), asksWeight.Mux(t.down(weights), weights)))
	weightNext.Set(g.fire.Mux(bottom, asksWeight.Mux(t.down(weight), weight)))
	leftNext.Set(begins.Mux(next["count"], asksInput.Mux(t.down(left), left)))
	inputNext.Set(begins.Mux(next["input"], t.up(input)))
	t.read(weightPort, asksWeight, weight)
	t.read(inputPort, asksInput, input)

	feeds := func(stream string, asks rtl.Sig) {
		arrives := late(stream+"_arrives", asks, readCycles)
		a.in(stream+"_valid", arrives)
		m.Require(arrives.Not().Or(a.bit(stream+"_ready")), "the array takes %s when it comes", stream)
	}
	feeds("w", asksWeight)
	feeds("x", asksInput)
	a.in("w", operands(t.row(weightPort)[:c.Cols], c.W)...)
	a.in("x_data", operands(t.row(inputPort)[:c.Rows], c.X)...)
	a.in("x_last", late("x_last", left.EqConst(1), readCycles))
	t.accumulate(a, begins, next)
}

// passReady returns whether a pass may start: with Overlap as soon as nothing
// waits behind the one that streams, else when that has left the array.
func (t *top) passReady(pending, begins rtl.Sig) rtl.Sig {
	if t.c.Overlap {
		return pending.Not().Or(begins)
	}
	g := t.engines[MXU]
	const width = countBits + 2
	busy, next := t.state("pass_busy", rtl.U(width)) // cycles until another may start
	rest := t.m.Const(rtl.U(width), int64(2*t.c.Rows+t.c.Cols-3))
	whole := g.front["count"].Extend(width).AddWrap(rest)
	// The start is in the first of these cycles.
	ready := busy.AnyOne().Not()
	next.Set(g.some.And(g.fits).And(ready).Mux(whole, ready.Mux(busy, t.down(busy))))
	return ready
}

// operands reads bytes as numbers of kind k.
func operands(bytes []rtl.Sig, k systolic.Kind) []rtl.Sig {
	out := make([]rtl.Sig, len(bytes))
	for i, b := range bytes {
		if out[i] = b; k == systolic.S8 {
			out[i] = b.AsSigned()
		}
	}
	return out
}

// accumulate sends the sums of each pass to its words. Passes leave the array in
// the order in which they begin; pass is the one that does.
func (t *top) accumulate(a *block, begins rtl.Sig, pass values) {
	c, g := t.c, t.engines[MXU]
	// A pass of T inputs is inside for T+R+C+1 cycles. The next begins max(T, R)
	// later or more, and every other R or more behind the one before.
	depth := (c.Rows+c.Cols+1)/c.Rows + 2
	inside := t.queue("passes", depth, fields{"word": t.wordShape(), "first": flag, "signals": semsShape})
	done, doneNext := t.state("sums_done", t.wordShape()) // of the oldest pass
	a.in("y_ready", t.m.Const(flag, 1))
	comes := a.bit("y_valid")
	g.ends = comes.And(a.bit("y_last")).Named("mxu_ends")
	g.signals = inside.front["signals"]
	inside.connect(begins, pass, g.ends)
	doneNext.Set(g.ends.Mux(t.m.Const(t.wordShape(), 0), comes.Mux(t.up(done), done)))
	t.sums.in("row_en", comes)
	t.sums.in("row_first", inside.front["first"])
	t.sums.in("row_word", inside.front["word"].AddWrap(done))
	t.sums.in("row", a.out("y_sum")...)
}

// drains moves words from the accumulators to VMEM, one per cycle.
func (t *top) drains() {
	m, c, g := t.m, t.c, t.engines[Drainer]
	left, leftNext := t.state("drain_left", countShape)
	word, wordNext := t.state("drain_word", t.wordShape())
	sh := c.vmem().WordShape()
	to, toNext := t.state("drain_to", sh)
	g.fire = g.some.And(g.fits).And(t.atMostOne(left)).Named("drain_fire")
	asks := left.AnyOne().Named("asks_sums")
	leftNext.Set(g.fire.Mux(g.front["count"], asks.Mux(t.down(left), left)))
	wordNext.Set(g.fire.Mux(g.front["word"], t.up(word)))
	first := g.front["row"]
	if n := bits.Len(uint(c.WordRows())) - 1; n > 0 {
		first = first.ShrConst(n)
	}
	toNext.Set(g.fire.Mux(first, t.up(to)))
	t.sums.in("rd_en", asks)
	t.sums.in("rd_word", word)
	t.vmem.in("word_wr0_en", late("sums_arrive", asks, readCycles))
	t.vmem.in("word_wr0_addr", late("sums_to", to, readCycles))
	data := make([]rtl.Sig, c.WordBytes())
	for i := range data {
		if data[i] = m.Const(rtl.U(8), 0); i < 4*c.Cols {
			data[i] = t.sums.out("sums")[i/4].Slice(i%4*8+7, i%4*8)
		}
	}
	t.vmem.in("word_wr0_data", data...)
	g.ends = late("drain_ends", left.EqConst(1), readCycles)
	signals := g.front["signals"].Hold("drain_holds", g.fire)
	g.signals = late("drain_signals", signals, readCycles)
}

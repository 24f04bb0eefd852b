package fetch

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/ternary/isa"
)

// Depth is the number of registers from the program counter to a decoded
// instruction: the memory's, the product of token and stride, the sum.
const Depth = 3

// rtl loads a program, then plays it for every token.
func (c Config) rtl(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
	load, word, token := in[0], in[1], in[2]
	one := func(sh rtl.Shape) rtl.Sig { return m.Const(sh, 1) }
	mem := m.Mem("program", c.Words, rtl.U(64), isa.WordBytes/8)
	sh, addr := c.countShape(), mem.AddrShape()

	// Loading: count words are taken and stored from address 0 on.
	loading, loaded := m.State("loading", rtl.U(1), 0), m.State("loaded", rtl.U(1), 0)
	begin := load.Fire(loading.Or(loaded.Sig).Not()).Named("accept_load")
	load.Accept(loading.Or(loaded.Sig).Not())
	count := load.Data[0][0].Hold("count", begin)
	filled := m.State("filled", sh, 0)
	store := word.Fire(loading.Sig).Named("store")
	word.Accept(loading.Sig)
	mem.Write(store, filled.Wrap(addr.Width), word.Data[0])
	filled.SetWhen(store, filled.AddWrap(one(sh)))
	full := store.And(filled.AddWrap(one(sh)).Eq(count)).Named("full")
	loading.Set(begin.Mux(one(rtl.U(1)), loading.And(full.Not())))
	loaded.Set(loaded.Or(full))
	m.Require(begin.And(load.Data[0][0].AnyOne().Not()).Not(), "load_count is at least 1")

	// Playing: the program counter moves on with the pipeline.
	running, pc := m.State("running", rtl.U(1), 0), m.State("pc", sh, 0)
	pipe := m.NewPipe("play", running.Unstaged())
	idle := loaded.And(running.Not()).Named("idle")
	token.Accept(idle.Unstaged())
	start := token.Fire(idle).Named("start")
	ids := make([]rtl.Sig, c.Lanes)
	for l, id := range token.Data[0] {
		ids[l] = id.Hold(fmt.Sprintf("token%d", l), start)
	}
	step := running.And(pipe.Advance.Unstaged()).Named("step")
	atEnd := pc.AddWrap(one(sh)).Eq(count).Named("at_end")
	pc.Set(step.Mux(atEnd.Mux(m.Const(sh, 0), pc.AddWrap(one(sh))), pc.Sig))
	running.Set(start.Mux(one(rtl.U(1)), running.And(step.And(atEnd).Not())))

	words := mem.ReadEn(pc.Wrap(addr.Width), pipe.Advance)
	// The token goes with the word: the next one may be held already while the
	// last words of this one are stalled.
	for l, id := range ids {
		ids[l] = pipe.Reg(fmt.Sprintf("token%d_1", l), id)
	}
	c.decode(m, pipe, words, ids, pipe.Reg("last1", atEnd), out[0])
}

// decode resolves the address in two stages and offers the instruction.
func (c Config) decode(m *rtl.Module, pipe *rtl.Pipe, words, ids []rtl.Sig, last rtl.Sig, out *rtl.OutStream) {
	late := func(name string, s rtl.Sig) rtl.Sig { return pipe.Reg(name+"3", pipe.Reg(name+"2", s)) }
	isRMS := words[0].Slice(7, 0).EqConst(int64(isa.RMS)).Named("is_rms")
	onlyRMS := func(s rtl.Sig) rtl.Sig { return isRMS.Mux(s, m.Const(s.Shape(), 0)) }
	noRMS := func(s rtl.Sig) rtl.Sig { return isRMS.Mux(m.Const(s.Shape(), 0), s) }

	stride := noRMS(words[3].Slice(strideBits-1, 0)).Named("stride")
	base := pipe.Reg("base2", noRMS(words[2].Slice(addressBits-1, 0)))
	address := make([]rtl.Sig, c.Lanes)
	for l, id := range ids {
		advance := pipe.Reg(fmt.Sprintf("advance%d_2", l), stride.Mul(id).Wrap(addressBits))
		address[l] = pipe.Reg(fmt.Sprintf("addr%d_3", l), base.AddWrap(advance))
	}

	data := [][]rtl.Sig{}
	for k, f := range c.Fields()[:6] {
		data = append(data, []rtl.Sig{late(f.Name, words[0].Slice(8*k+7, 8*k))})
	}
	data = append(data,
		[]rtl.Sig{late("n", words[1].Slice(countBits-1, 0))},
		[]rtl.Sig{late("cols", words[1].Slice(32+countBits-1, 32))},
		address,
		[]rtl.Sig{late("eps", onlyRMS(words[2].Slice(epsBits-1, 0)))},
		[]rtl.Sig{late("mant", onlyRMS(words[3].Slice(15, 0)))},
		[]rtl.Sig{late("exp", onlyRMS(words[3].Slice(25, 16)).AsSigned())},
		[]rtl.Sig{late("last", last)},
	)
	pipe.Drive(Depth, out, data)
}

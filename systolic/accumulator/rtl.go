package accumulator

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// rtl reads the memory for a row at stage 0, adds at stage 1 and writes the sum
// at the end of it. A read goes the same way and ends in a register.
func (c Config) rtl(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
	row := in[3]
	adds := in[0][0].And(b.Valid(0)).Named("adds")
	reads := in[4][0].And(b.Valid(0)).Named("reads")
	c.exists(b.Module, "row_word", adds, in[2][0])
	c.exists(b.Module, "rd_word", reads, in[5][0])

	writes, word, first := adds.Reg("writes"), in[2][0].Reg("word"), in[1][0].Reg("first")
	sums := b.Mem("sums", c.Words, c.SumShape(), c.Lanes)
	bank := bank{sums, writes.Unstaged(), word.Unstaged()}
	stored, again := bank.look("row", in[2][0], adds)
	found, late := bank.look("rd", in[5][0], reads)
	arrives := reads.Reg("arrives")

	sum, out := make([]rtl.Sig, c.Lanes), make([]rtl.Sig, c.Lanes)
	for l := range sum {
		name := func(s string) string { return fmt.Sprintf("%s%d", s, l) }
		last := b.State(name("last_sum"), c.SumShape(), 0)
		part := row[l].Reg(name("row"))
		before := again.Mux(last.Sig, stored[l]).Named(name("before"))
		sum[l] = first.Mux(part, part.AddWrap(before)).Named(name("sum"))
		last.Set(sum[l])
		out[l] = late.Mux(last.Sig, found[l]).RegEn(name("out"), arrives)
	}
	sums.Write(writes, word, sum)
	return [][]rtl.Sig{out}
}

// A bank is the memory and what is being written to it, of any stage.
type bank struct {
	sums         *rtl.Mem
	writes, word rtl.Sig
}

// look returns the word in memory, a cycle later, and whether it was written in
// this cycle, so that the sum of the last cycle replaces it.
func (k bank) look(prefix string, word, en rtl.Sig) (stored []rtl.Sig, written rtl.Sig) {
	meets := k.writes.And(word.Eq(k.word)).Named(prefix + "_meets")
	return k.sums.ReadEn(word, en), meets.Reg(prefix + "_met")
}

// exists requires that an enabled port names a word of the bank.
func (c Config) exists(m *rtl.Module, what string, en, word rtl.Sig) {
	if c.Words&(c.Words-1) != 0 {
		m.Require(en.Not().Or(word.Lt(m.Const(c.WordShape(), int64(c.Words)))), "%s is below %d", what, c.Words)
	}
}

package vmem

import (
	"fmt"
	"math/bits"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// A builder is the structure under construction.
type builder struct {
	Config
	*unit.Builder
}

// A request is what one port asks for in a cycle.
type request struct {
	port
	name string
	en   rtl.Sig
	bank rtl.Sig
	word rtl.Sig // in the bank
	row  rtl.Sig // in the word; the zero Sig if a word has one row or all are asked for
	data []rtl.Sig
}

// rtl decodes the addresses, gives every bank the requests that are for it and
// chooses, a cycle later, the bank and row that each read port asked for.
func (c Config) rtl(u *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
	b := &builder{c, u}
	var reads, writes []request
	for _, p := range c.reads() {
		reads = append(reads, b.decode(p, "rd", in[0][0], in[1][0], nil))
		in = in[readFields:]
	}
	for _, p := range c.writes() {
		writes = append(writes, b.decode(p, "wr", in[0][0], in[1][0], in[2]))
		in = in[writeFields:]
	}
	ins := make([][][]rtl.Sig, c.Banks)
	for k := range ins {
		ins[k] = b.requests(k, reads, writes)
	}
	var banks [][]rtl.Sig
	for _, out := range u.Array("bank", c.bank(), ins) {
		banks = append(banks, out[0])
	}
	out := make([][]rtl.Sig, len(reads))
	for p, r := range reads {
		out[p] = b.choose(r, banks)
	}
	return out
}

// decode splits an address.
func (b *builder) decode(p port, name string, en, addr rtl.Sig, data []rtl.Sig) request {
	r := request{port: p, name: fmt.Sprintf("%s_%s%d", p.kind(), name, p.index), data: data}
	r.en = en.And(b.Valid(0)).Named(r.name + "_works")
	low := 0
	if !p.whole && b.RowsPerWord > 1 {
		low = bits.Len(uint(b.RowsPerWord - 1))
		r.row = addr.Slice(low-1, 0)
	}
	high := low + bits.Len(uint(b.Words-1))
	r.word = addr.Slice(high-1, low)
	r.bank = addr.Slice(p.shape.Width-1, high)
	if b.Banks&(b.Banks-1) != 0 {
		exists := r.bank.Lt(b.Const(r.bank.Shape(), int64(b.Banks)))
		b.Require(exists.Or(r.en.Not()), "%s_addr is in a bank below %d", r.name, b.Banks)
	}
	return r
}

// at returns whether a request is for bank k.
func (b *builder) at(r request, k int) rtl.Sig {
	return r.en.And(r.bank.EqConst(int64(k))).Named(fmt.Sprintf("%s_bank%d", r.name, k))
}

// requests returns the inputs of bank k.
func (b *builder) requests(k int, reads, writes []request) [][]rtl.Sig {
	var rd, rdWord, wr, wrWord, rows, data []rtl.Sig
	for _, r := range reads {
		rd, rdWord = append(rd, b.at(r, k)), append(rdWord, r.word)
	}
	for _, w := range writes {
		wr, wrWord, data = append(wr, b.at(w, k)), append(wrWord, w.word), append(data, w.data...)
		for row := range b.RowsPerWord {
			hit := b.Const(rtl.U(1), 1)
			if !w.whole && b.RowsPerWord > 1 {
				hit = w.row.EqConst(int64(row))
			}
			rows = append(rows, hit)
		}
	}
	return [][]rtl.Sig{rd, rdWord, wr, wrWord, rows, data}
}

// choose returns what a read port gets, registered when it comes.
func (b *builder) choose(r request, banks [][]rtl.Sig) []rtl.Sig {
	place, rows := r.bank.Reg(r.name+"_bank"), 1 // rows among which to choose in a word
	if !r.whole && b.RowsPerWord > 1 {
		place, rows = rtl.Concat(place, r.row.Reg(r.name+"_row")), b.RowsPerWord
	}
	arrives := r.en.Reg(r.name + "_arrives")
	out := make([]rtl.Sig, r.bytes)
	for i := range out {
		choice := rtl.Switch(place)
		for k := 1; k < b.Banks*rows; k++ {
			choice.Case(int64(k), banks[k/rows][k%rows*b.RowBytes+i])
		}
		out[i] = choice.Else(banks[0][i]).RegEn(fmt.Sprintf("%s_data%d", r.name, i), arrives)
	}
	return out
}

// bank returns the module of one bank: a memory per row of a word, and the choice
// of the one request that reads and the one that writes.
func (c Config) bank() *rtl.Module {
	m := rtl.New("systolic_vmem_bank"+c.Name()[len("systolic_vmem"):], "one bank of the scratchpad")
	reads, writes := c.reads(), c.writes()
	in := func(name string, sh rtl.Shape, lanes int, doc string) []rtl.Sig {
		return m.In(rtl.Port{Name: name, Shape: sh, Lanes: lanes, Doc: doc})
	}
	word := rtl.U(bits.Len(uint(c.Words - 1)))
	bytes := 0
	for _, p := range writes {
		bytes += p.bytes
	}
	rd := in("rd", rtl.U(1), len(reads), "by port: this bank is read")
	rdWord := in("rd_word", word, len(reads), "by port: index of the word")
	wr := in("wr", rtl.U(1), len(writes), "by port: this bank is written")
	wrWord := in("wr_word", word, len(writes), "by port: index of the word")
	rows := in("wr_rows", rtl.U(1), len(writes)*c.RowsPerWord, "by port and row: written")
	data := in("wr_data", rtl.U(8), bytes, "by port: the row, or the rows of the word")

	reading, writing := one(m, "read", rd), one(m, "write", wr)
	from, to := pick(rd, rdWord).Named("read_word"), pick(wr, wrWord).Named("written_word")
	var out []rtl.Sig
	for row := range c.RowsPerWord {
		hit := make([]rtl.Sig, len(writes))
		values := make([][]rtl.Sig, c.RowBytes) // of a byte, by port
		at := 0
		for p, port := range writes {
			hit[p] = rows[p*c.RowsPerWord+row]
			first := at
			if port.whole {
				first += row * c.RowBytes
			}
			for i := range values {
				values[i] = append(values[i], data[first+i])
			}
			at += port.bytes
		}
		written := make([]rtl.Sig, c.RowBytes)
		for i := range written {
			written[i] = pick(wr, values[i])
		}
		mem := m.Mem(fmt.Sprintf("row%d", row), c.Words, rtl.U(8), c.RowBytes)
		mem.Write(writing.And(pick(wr, hit)).Named(fmt.Sprintf("row%d_written", row)), to, written)
		out = append(out, mem.ReadEn(from, reading)...)
	}
	m.Out(rtl.Port{Name: "rd_data", Shape: rtl.U(8), Lanes: c.WordBytes(), Doc: "the word, a cycle later"}, out)
	return m
}

// one returns whether some port is enabled and requires that no two are.
func one(m *rtl.Module, what string, en []rtl.Sig) rtl.Sig {
	some := en[0]
	for p, e := range en[1:] {
		m.Require(some.And(e).Not(), "no %s port below %d uses the bank of port %d", what, p+1, p+1)
		some = some.Or(e)
	}
	return some.Named(what + "s")
}

// pick returns the value of the one port that is enabled.
func pick(en, values []rtl.Sig) rtl.Sig {
	last := len(values) - 1
	v := values[last]
	for p := last - 1; p >= 0; p-- {
		v = en[p].Mux(values[p], v)
	}
	return v
}

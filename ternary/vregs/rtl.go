package vregs

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// A Write is a write port: in cycles where En is 1, Data becomes the word Word
// of Register. Its signals are of any stage, for the writers are different
// instructions.
type Write struct {
	En, Register, Word rtl.Sig
	Data               []rtl.Sig // Lanes elements
}

// A Read is a read port: in cycles where En is 1 it asks for the word Word of
// Register.
type Read struct{ En, Register, Word rtl.Sig }

// Build adds the file to m, its instances named after name, and returns the words read, [port][lane], two stages
// after Register and Word. Shapes and depth are those of c, the numbers of ports,
// 1 or more, those of writes and reads. m requires that registers and words
// exist and that no two ports write one register in one cycle.
func Build(m *rtl.Module, c Config, name string, writes []Write, reads []Read) [][]rtl.Sig {
	c.WritePorts, c.ReadPorts = len(writes), len(reads)
	written := c.written(m, name, writes)
	port := c.port()
	out := make([][]rtl.Sig, len(reads))
	for p, r := range reads {
		c.exists(m, fmt.Sprintf("register of read port %d", p), r.En, r.Register)
		in := append(written, []rtl.Sig{r.En}, []rtl.Sig{r.Register}, []rtl.Sig{r.Word})
		out[p] = m.Instance(fmt.Sprintf("%s_rd%d", name, p), port, in)[0]
	}
	return out
}

func (c Config) rtl(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
	enabled := func(s rtl.Sig) rtl.Sig { return s.And(b.Valid(0)) }
	reads := make([]Read, c.ReadPorts)
	for p := range reads {
		reads[p] = Read{enabled(in[0][0]), in[1][0], in[2][0]}
		in = in[readFields:]
	}
	writes := make([]Write, c.WritePorts)
	for p := range writes {
		writes[p] = Write{enabled(in[0][0]), in[1][0], in[2][0], in[3]}
		in = in[writeFields:]
	}
	return Build(b.Module, c, "vregs", writes, reads)
}

// exists requires that an enabled port names a register of the file.
func (c Config) exists(m *rtl.Module, what string, en, register rtl.Sig) {
	if c.Registers&(c.Registers-1) == 0 {
		return
	}
	ok := register.Lt(m.Const(c.RegisterShape(), int64(c.Registers)))
	m.Require(ok.Unstaged().Or(en.Unstaged().Not()), "%s is below %d", what, c.Registers)
}

// written returns what is written to each register: whether, which word, and
// the elements, those of register 0 first.
func (c Config) written(m *rtl.Module, name string, writes []Write) [][]rtl.Sig {
	var en, register, word, data []rtl.Sig
	for p, w := range writes {
		c.exists(m, fmt.Sprintf("register of write port %d", p), w.En, w.Register)
		en, register, word = append(en, w.En.Unstaged()), append(register, w.Register.Unstaged()), append(word, w.Word.Unstaged())
		for _, d := range w.Data {
			data = append(data, d.Unstaged())
		}
	}
	ins := make([][][]rtl.Sig, c.Registers)
	for r := range ins {
		ins[r] = [][]rtl.Sig{en, register, word, data, {m.Const(c.RegisterShape(), int64(r))}}
	}
	var out [3][]rtl.Sig
	for _, ports := range m.Array(name+"_wr", c.choice(), ins) {
		for i, lanes := range ports {
			out[i] = append(out[i], lanes...)
		}
	}
	return out[:]
}

// choice returns the module that finds the port that writes one register.
func (c Config) choice() *rtl.Module {
	m := rtl.New(fmt.Sprintf("ternary_vregs_choice_r%d_n%d_l%d_s%d_wr%d", c.Registers, c.Words, c.Lanes, c.Width, c.WritePorts),
		"what is written to one of the vector registers")
	flag := rtl.U(1)
	en := m.InUnstaged(rtl.Port{Name: "wr_en", Shape: flag, Lanes: c.WritePorts, Doc: "by port: a word is written"})
	register := m.InUnstaged(rtl.Port{Name: "wr_register", Shape: c.RegisterShape(), Lanes: c.WritePorts, Doc: "by port: to this register"})
	word := m.InUnstaged(rtl.Port{Name: "wr_word", Shape: c.WordShape(), Lanes: c.WritePorts, Doc: "by port: its index"})
	data := m.InUnstaged(rtl.Port{Name: "wr_data", Shape: c.ElementShape(), Lanes: c.WritePorts * c.Lanes, Doc: "by port: its elements"})
	self := m.InUnstaged(rtl.Port{Name: "register", Shape: c.RegisterShape(), Lanes: 1, Doc: "the one register"})[0]

	hits := make([]rtl.Sig, c.WritePorts)
	for p := range hits {
		hits[p] = en[p].And(register[p].Eq(self)).Named(fmt.Sprintf("hit%d", p))
	}
	hit := hits[0]
	for p, h := range hits[1:] {
		m.Require(hit.And(h).Not(), "no port below %d writes its register too", p+1)
		hit = hit.Or(h)
	}
	index := encode(m, hits)
	chosen := make([]rtl.Sig, c.Lanes)
	for l := range chosen {
		elements := make([]rtl.Sig, c.WritePorts)
		for p := range elements {
			elements[p] = data[p*c.Lanes+l]
		}
		chosen[l] = choose(index, elements)
	}
	m.Out(rtl.Port{Name: "en", Shape: flag, Lanes: 1, Doc: "a word is written"}, []rtl.Sig{hit})
	m.Out(rtl.Port{Name: "word", Shape: c.WordShape(), Lanes: 1, Doc: "its index"}, []rtl.Sig{choose(index, word)})
	m.Out(rtl.Port{Name: "data", Shape: c.ElementShape(), Lanes: c.Lanes, Doc: "its elements"}, chosen)
	return m
}

// encode returns the bits, lowest first, of the index of the one that is 1.
func encode(m *rtl.Module, hits []rtl.Sig) []rtl.Sig {
	var index []rtl.Sig
	for k := 0; 1<<k < len(hits); k++ {
		bit := m.Const(rtl.U(1), 0)
		for p, h := range hits {
			if p>>k&1 == 1 {
				bit = bit.Or(h)
			}
		}
		index = append(index, bit.Named(fmt.Sprintf("port%d", k)))
	}
	return index
}

// choose returns the value whose index has the given bits, lowest first: a tree
// of multiplexers. len(values) is at most 2^len(index).
func choose(index, values []rtl.Sig) rtl.Sig {
	if len(values) == 1 {
		return values[0]
	}
	top := len(index) - 1
	half := 1 << top
	if len(values) <= half {
		return choose(index[:top], values)
	}
	return index[top].Mux(choose(index[:top], values[half:]), choose(index[:top], values[:half]))
}

// port returns the module of one read port: its copy of every register, of
// which only the one that is read is enabled, and behind them the choice.
func (c Config) port() *rtl.Module {
	m := rtl.New(fmt.Sprintf("ternary_vregs_port_r%d_n%d_l%d_s%d", c.Registers, c.Words, c.Lanes, c.Width),
		"one read port of the vector registers")
	flag := rtl.U(1)
	wrEn := m.InUnstaged(rtl.Port{Name: "wr_en", Shape: flag, Lanes: c.Registers, Doc: "by register: a word is written"})
	wrWord := m.InUnstaged(rtl.Port{Name: "wr_word", Shape: c.WordShape(), Lanes: c.Registers, Doc: "by register: its index"})
	wrData := m.InUnstaged(rtl.Port{Name: "wr_data", Shape: c.ElementShape(), Lanes: c.Registers * c.Lanes, Doc: "by register: its elements"})
	en := m.In(rtl.Port{Name: "rd_en", Shape: flag, Lanes: 1, Doc: "a word is read"})[0]
	register := m.In(rtl.Port{Name: "rd_register", Shape: c.RegisterShape(), Lanes: 1, Doc: "of this register"})[0]
	word := m.In(rtl.Port{Name: "rd_word", Shape: c.WordShape(), Lanes: 1, Doc: "its index"})[0]

	words := make([][]rtl.Sig, c.Registers)
	for r := range words {
		bank := m.Mem(fmt.Sprintf("r%d", r), c.Words, c.ElementShape(), c.Lanes)
		bank.Write(wrEn[r], wrWord[r], wrData[r*c.Lanes:][:c.Lanes])
		words[r] = bank.ReadEn(word, en.And(register.EqConst(int64(r))).Named(fmt.Sprintf("r%d_read", r)))
	}
	chosen := register.Reg("chosen")
	arrives := en.Reg("arrives")
	data := make([]rtl.Sig, c.Lanes)
	for l := range data {
		choice := rtl.Switch(chosen)
		for r := range c.Registers - 1 {
			choice.Case(int64(r), words[r][l])
		}
		data[l] = choice.Else(words[c.Registers-1][l]).RegEn(fmt.Sprintf("data%d", l), arrives)
	}
	m.Out(rtl.Port{Name: "rd_data", Shape: c.ElementShape(), Lanes: c.Lanes, Doc: "the word, two cycles later"}, data)
	return m
}

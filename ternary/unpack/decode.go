package unpack

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/ternary"
)

// decode returns the two-bit codes of every byte of p as one signal, the first
// trit in the lowest bits, and requires that the bytes are valid.
func (b *builder) decode(p *rtl.InStream) []rtl.Sig {
	m := b.m
	idle := p.Valid.Not().Named("idle")
	valid := func(k int, ok rtl.Sig) { m.Require(idle.Or(ok), "p[%d] is a valid byte", k) }
	if b.Packing == ternary.TwoBit {
		for k, s := range p.Data[0] {
			high := rtl.Concat(s.Bit(7), s.Bit(5), s.Bit(3), s.Bit(1))
			low := rtl.Concat(s.Bit(6), s.Bit(4), s.Bit(2), s.Bit(0))
			valid(k, high.Not().Or(low).AllOnes())
		}
		return p.Data[0]
	}
	ins := make([][][]rtl.Sig, b.BeatBytes)
	for k, s := range p.Data[0] {
		valid(k, s.Lt(m.Const(rtl.U(8), invalid)))
		ins[k] = [][]rtl.Sig{{s}}
	}
	codes := make([]rtl.Sig, b.BeatBytes)
	for k, outs := range m.Array("decode", decoder(), ins) {
		codes[k] = outs[0][0]
	}
	return codes
}

// invalid is the lowest byte that is no five trits.
const invalid = 243

// decoder returns the module that decodes one byte of five trits: a table of
// 256 bits for every bit of the codes, in four words of 64. Of an FPGA it takes
// one level of six-input LUTs and multiplexers. Invalid bytes read as zeros.
func decoder() *rtl.Module {
	m := rtl.New("ternary_five_trits", "two-bit codes of the five trits of a byte")
	packed := m.In(rtl.Port{Name: "p", Shape: rtl.U(8), Lanes: 1, Doc: "sum of (t[i]+1) * 3^i, at most 242"})[0]
	index, word := packed.Slice(5, 0).Named("index"), packed.Slice(7, 6).Named("word")
	var code []rtl.Sig
	for i := 9; i >= 0; i-- {
		var bits [4]rtl.Sig
		for k, t := range table(i) {
			bits[k] = m.Const(rtl.U(64), int64(t)).Shr(index).Bit(0)
		}
		code = append(code, rtl.Switch(word).Case(0, bits[0]).Case(1, bits[1]).Case(2, bits[2]).Else(bits[3]).
			Named(fmt.Sprintf("code_bit%d", i)))
	}
	m.Out(rtl.Port{Name: "code", Shape: rtl.U(10), Lanes: 1, Doc: "00 is 0, 01 is +1, 11 is -1; the first trit lowest"},
		[]rtl.Sig{rtl.Concat(code...)})
	return m
}

// table returns bit i of the codes of all bytes: that of byte b is bit b%64 of
// word b/64.
func table(i int) [4]uint64 {
	power := [5]int{1, 3, 9, 27, 81}[i/2]
	var t [4]uint64
	for b := range invalid {
		code := [3]uint64{0b11, 0b00, 0b01}[b/power%3]
		t[b/64] |= code >> (i % 2) & 1 << (b % 64)
	}
	return t
}

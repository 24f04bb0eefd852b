package isa_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/ternary"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
)

// instruction draws a valid instruction.
func instruction(t *rapid.T) isa.Instr {
	reg := func(name string) int { return rapid.IntRange(0, 255).Draw(t, name) }
	in := isa.Instr{Op: isa.Op(rapid.IntRange(0, int(isa.SILU)).Draw(t, "op")), N: rapid.IntRange(1, 1<<20-1).Draw(t, "n")}
	addr := func(name string) int64 { return rapid.Int64Range(0, 1<<40-1).Draw(t, name) }
	switch in.Op {
	case isa.LDV:
		in.D, in.Addr, in.Stride = reg("d"), addr("addr"), addr("stride")
	case isa.STV:
		in.A, in.Addr = reg("a"), addr("addr")
	case isa.RMS:
		in.S, in.A, in.B, in.Eps = reg("s"), reg("a"), reg("b"), rapid.Uint64Range(0, 1<<62-1).Draw(t, "eps")
		in.Out = fixed.Scale{Mant: rapid.Uint32Range(1<<15, 1<<16-1).Draw(t, "mant"), Exp: rapid.IntRange(-512, 511).Draw(t, "exp")}
	case isa.NORM:
		in.D, in.A, in.B, in.S = reg("d"), reg("a"), reg("b"), reg("s")
	case isa.QUANT:
		in.Q, in.A, in.B, in.S = reg("q"), reg("a"), reg("b"), reg("s")
	case isa.TMATMUL:
		in.D, in.Q, in.S, in.Addr, in.Cols = reg("d"), reg("q"), reg("s"), addr("addr"), rapid.IntRange(1, 1<<20-1).Draw(t, "cols")
	case isa.ARGMAX:
		in.A = reg("a")
		if rapid.Bool().Draw(t, "first part") {
			in.Cols = rapid.IntRange(in.N, 1<<20-1).Draw(t, "cols")
		}
	case isa.SIG, isa.CSIG, isa.SILU:
		in.D, in.A = reg("d"), reg("a")
	default:
		in.D, in.A, in.B = reg("d"), reg("a"), reg("b")
	}
	return in
}

func TestEncodingAndTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := instruction(t)
		word, err := in.Encode(nil)
		require.NoError(t, err)
		require.Len(t, word, isa.WordBytes)
		back, err := isa.Decode(word)
		require.NoError(t, err)
		require.Equal(t, in, back)
		again, err := isa.Assemble("p", "  "+in.String()+"   # a note\n\n# only a comment\n")
		require.NoError(t, err)
		in.Note = "a note"
		require.Equal(t, []isa.Instr{in}, again)
		require.Equal(t, again, mustAssemble(t, isa.Disassemble(again)))
	})
}

func mustAssemble(t require.TestingT, text string) []isa.Instr {
	p, err := isa.Assemble("p", text)
	require.NoError(t, err)
	return p
}

// Any 32 bytes are refused or are what the decoded instruction encodes to.
func TestDecodeRefusesWhatEncodeDoesNotWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := instruction(t)
		word, err := in.Encode(nil)
		require.NoError(t, err)
		for range rapid.IntRange(1, 3).Draw(t, "flips") {
			word[rapid.IntRange(0, isa.WordBytes-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		}
		if back, err := isa.Decode(word); err == nil {
			again, err := back.Encode(nil)
			require.NoError(t, err)
			require.Equal(t, word, again)
		}
	})
}

// The program of the shipped model encodes, and its text assembles to the
// same words.
func TestProgramRoundTrip(t *testing.T) {
	s, err := ternary.Preset("opticks")
	require.NoError(t, err)
	w, err := ternary.Random(s, 1)
	require.NoError(t, err)
	m, err := fixed.New(w, fixed.Default())
	require.NoError(t, err)
	p := compile(t, s, target())
	require.NoError(t, p.Bind(m))
	again := mustAssemble(t, isa.Disassemble(p.Instrs))
	require.Len(t, again, len(p.Instrs))
	for k := range p.Instrs {
		want, err := p.Instrs[k].Encode(nil)
		require.NoError(t, err)
		got, err := again[k].Encode(nil)
		require.NoError(t, err)
		require.Equal(t, want, got, p.Instrs[k].String())
		if p.Instrs[k].Op == isa.RMS {
			require.NotZero(t, p.Instrs[k].Eps)
			require.NotZero(t, p.Instrs[k].Out.Mant)
		}
	}
	other := s
	other.Layers++
	require.ErrorContains(t, compile(t, other, target()).Bind(m), "isa: model has shape")
}

func TestAssembleErrors(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"FOO v1", `isa: p:1: operation is "FOO", want one of LDV STV RMS NORM QUANT TMATMUL ADD SUB MUL SIG CSIG SILU`},
		{"add v1 v2 v3 n4", `isa: p:1: operation is "add", want one of`},
		{"# x\n\nADD v1 v2 n4", "isa: p:3: ADD has 3 operands, want 4, as in ADD v0 v0 v0 n0"},
		{"ADD v1 v2 r3 n4", `isa: p:1: ADD: operand 3 is "r3", want a vector register, as v0`},
		{"ADD v1 v2 v256 n4", "isa: p:1: ADD: B is 256, want 0 to 255"},
		{"ADD v1 v2 v-1 n4", `isa: p:1: ADD: operand 3 is "v-1", want a vector register, as v0`},
		{"ADD v1 v2 v3 n0", "isa: p:1: ADD: N is 0, want 1 to 1048575"},
		{"ADD v1 v2 v3 n1048576", "isa: p:1: ADD: N is 1048576, want 1 to 1048575"},
		{"TMATMUL v1 q0 s0 0x0 n4 c0", "isa: p:1: TMATMUL: Cols is 0, want 1 to 1048575"},
		{"LDV v1 64 n4", `isa: p:1: LDV: operand 2 is "64", want an address, as 0x40 or 0x40+token*0x200`},
		{"LDV v1 0x40+token*0x0 n4", `isa: p:1: LDV: operand 2 is "0x40+token*0x0"`},
		{"STV v1 0x10000000000 n4", "isa: p:1: STV: Addr is 1099511627776, want 0 to 1099511627775"},
		{"RMS s1 v2 v3 n4 eps=-1 out=32768*2^0", `isa: p:1: RMS: operand 5 is "eps=-1", want eps, as eps=67`},
		{"RMS s1 v2 v3 n4 eps=1 out=32768", `isa: p:1: RMS: operand 6 is "out=32768", want a scale, as out=40000*2^-12`},
		{"RMS s1 v2 v3 n4 eps=1 out=7*2^0", "isa: p:1: RMS: Out is 7*2^0, want a mantissa of 0 or 2^15 to 2^16-1"},
		{"RMS s1 v2 v3 n4 eps=1 out=40000*2^512", "isa: p:1: RMS: Out is 40000*2^512, want a mantissa"},
		{"RMS s1 v2 v3 n4 eps=4611686018427387904 out=40000*2^1", "isa: p:1: RMS: Eps is 4611686018427387904, want at most 4611686018427387903"},
	} {
		_, err := isa.Assemble("p", tt.text)
		require.ErrorContains(t, err, tt.want)
	}
	_, err := isa.Decode(make([]byte, 31))
	require.EqualError(t, err, "isa: 31 bytes, want 32")
	_, err = (&isa.Instr{Op: isa.STV, D: 1, N: 1}).Encode(nil)
	require.ErrorContains(t, err, "isa: STV: a field that it does not use is set")
	word := make([]byte, isa.WordBytes)
	word[0] = 200
	_, err = isa.Decode(word)
	require.EqualError(t, err, "isa: operation is 200, want 0 to 12")
	require.True(t, strings.HasPrefix((&isa.Instr{Op: 77}).String(), "Op(77)"))
}

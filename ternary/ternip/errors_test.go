package ternip_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary/ternip"
)

func TestSetErrors(t *testing.T) {
	keys := "D, VP, TP, vector_registers, lat, eff, weff, fifo, max_outstanding, fin_b"
	require.Equal(t, keys, strings.Join(ternip.Keys(), ", "))
	ratio := ", want a number in (0, 1] of at most 4 decimals or a fraction such as 1/3"
	for _, tt := range []struct{ set, want string }{
		{"TP", `ternip: --set "TP", want key=value`},
		{"=3", `ternip: --set "=3", want key=value`},
		{"TP=", `ternip: --set "TP=", want key=value`},
		{"lanes=3", `ternip: --set lanes=3: unknown key "lanes", want one of ` + keys},
		{"d=64", `ternip: --set d=64: unknown key "d", want one of ` + keys},
		{"D=many", `ternip: --set D=many: D is "many", want an integer`},
		{"lat=1.5", `ternip: --set lat=1.5: lat is "1.5", want an integer`},
		{"lat=99999999999", `ternip: --set lat=99999999999: lat is "99999999999", want an integer`},
		{"eff=0", `ternip: --set eff=0: eff is "0"` + ratio},
		{"eff=1.5", `ternip: --set eff=1.5: eff is "1.5"` + ratio},
		{"eff=0.12345", `ternip: --set eff=0.12345: eff is "0.12345"` + ratio},
		{"eff=3/2", `ternip: --set eff=3/2: eff is "3/2"` + ratio},
		{"eff=-1/2", `ternip: --set eff=-1/2: eff is "-1/2"` + ratio},
		{"eff=1/65537", `ternip: --set eff=1/65537: eff is "1/65537"` + ratio},
		{"weff=.", `ternip: --set weff=.: weff is "."` + ratio},
		{"eff=1/0", `ternip: --set eff=1/0: eff is "1/0"` + ratio},
	} {
		c := ternip.DefaultConfig()
		require.EqualError(t, c.Set(tt.set), tt.want)
		require.Equal(t, ternip.DefaultConfig(), c, "a refused assignment changes nothing")
	}
}

func TestRatio(t *testing.T) {
	for text, want := range map[string]ternip.Ratio{
		"1": {Num: 1, Den: 1}, "1.0": {Num: 1, Den: 1}, "0.5": {Num: 1, Den: 2}, ".25": {Num: 1, Den: 4}, "6/8": {Num: 3, Den: 4}, "0.0001": {Num: 1, Den: 10000},
	} {
		c := ternip.DefaultConfig()
		require.NoError(t, c.Set("eff="+text))
		require.Equal(t, want, c.Eff, text)
		require.NoError(t, c.Set("weff="+c.Eff.String()))
		require.Equal(t, want, c.WEff, "String is what Set reads")
	}
}

func TestValidateErrors(t *testing.T) {
	p, err := ternip.ParseProgram("p", "CLEAR")
	require.NoError(t, err)
	for _, tt := range []struct{ set, want string }{
		{"D=15", "ternip: D is 15, want 16 to 4096"},
		{"D=4097", "ternip: D is 4097, want 16 to 4096"},
		{"VP=0", "ternip: VP is 0, want 1 to 64"},
		{"VP=128", "ternip: VP is 128, want 1 to 64"},
		{"VP=3", "ternip: VP is 3, want a divisor of D, 64"},
		{"TP=-1", "ternip: TP is -1, want 1 to 64"},
		{"TP=48", "ternip: TP is 48, want a divisor of D, 64"},
		{"vector_registers=0", "ternip: vector_registers is 0, want 1 to 256"},
		{"vector_registers=257", "ternip: vector_registers is 257, want 1 to 256"},
		{"lat=0", "ternip: lat is 0, want 1 to 1000000"},
		{"lat=1000001", "ternip: lat is 1000001, want 1 to 1000000"},
		{"fifo=0", "ternip: fifo is 0, want 1 to 65536"},
		{"max_outstanding=0", "ternip: max_outstanding is 0, want 1 to 65536"},
		{"fin_b=2", "ternip: fin_b is 2, want 0 to 1"},
	} {
		c := ternip.DefaultConfig()
		require.NoError(t, c.Set(tt.set))
		require.EqualError(t, c.Validate(), tt.want)
		_, err := ternip.Run(t.Context(), c, p, nil)
		require.EqualError(t, err, tt.want)
	}
	c := ternip.DefaultConfig()
	c.Eff = ternip.Ratio{}
	require.EqualError(t, c.Validate(), "ternip: eff is 0/0, want more than 0 and at most 1")
	c = ternip.DefaultConfig()
	c.WEff = ternip.Ratio{Num: 3, Den: 2}
	require.EqualError(t, c.Validate(), "ternip: weff is 3/2, want more than 0 and at most 1")
}

func TestParse(t *testing.T) {
	c := ternip.DefaultConfig()
	require.NoError(t, c.Parse("my.yaml", []byte("# a core\nD: 1024 # elements\nTP: 128\neff: 1/3\nweff: \"0.5\"\n")))
	want := ternip.DefaultConfig()
	want.D, want.TP, want.Eff, want.WEff = 1024, 128, ternip.Ratio{Num: 1, Den: 3}, ternip.Ratio{Num: 1, Den: 2}
	require.Equal(t, want, c, "what is not named stays")
	for _, tt := range []struct{ text, want string }{
		{"", "ternip: my.yaml: file is empty, want a configuration"},
		{"# nothing\n", "ternip: my.yaml: file is empty, want a configuration"},
		{"TP: 32\nlanes: 4\n", `ternip: my.yaml: [2:1] unknown key "lanes", want one of ` + strings.Join(ternip.Keys(), ", ")},
		{"TP: 32\nTP: 64\n", `[2:1] mapping key "TP" already defined at [1:1]`},
		{"D: 64\nTP: x\n", `ternip: my.yaml: [2:1] TP is "x", want an integer`},
		{"TP: 16.5\n", `[1:1] TP is "16.5", want an integer`},
		{"TP: [16]\n", `[1:1] TP is "[16]", want an integer`},
		{"TP:\n", `[1:1] TP is "null", want an integer`},
		{"eff: 2\n", `[1:1] eff is "2", want a number in (0, 1]`},
		{"TP: [1\n", "ternip: my.yaml: [1:5] sequence end token ']' not found"},
		{"- 1\n", "ternip: my.yaml: [1:1] Sequence, want key: value"},
		{"TP\n", "ternip: my.yaml: [1:1] String, want key: value"},
	} {
		err := c.Parse("my.yaml", []byte(tt.text))
		require.ErrorContains(t, err, tt.want, "%q", tt.text)
		require.NotContains(t, err.Error(), "\n\n", "%q", tt.text)
		require.Equal(t, want, c, "a refused file changes nothing")
	}
}

func TestParseProgramErrors(t *testing.T) {
	list := "LDV SV ADD SUB MUL SIG CSIG SILU CLEAR ACC FIN NORM IMPORT GO EXPORT SYNC"
	for _, tt := range []struct{ text, want string }{
		{"", "ternip: p.txt: program is empty, want an instruction"},
		{"# CLEAR\n\n", "ternip: p.txt: program is empty, want an instruction"},
		{"CLEAR\n\nCLAER\n", `ternip: p.txt:3: unknown mnemonic "CLAER", want one of ` + list},
		{"clear", `ternip: p.txt:1: unknown mnemonic "clear", want one of ` + list},
		{"ADD 0 1", "ternip: p.txt:1: ADD has 2 operands, want 3 (register, register, register)"},
		{"GO", "ternip: p.txt:1: GO has 0 operands, want 1 (address)"},
		{"SYNC 1", "ternip: p.txt:1: SYNC has 1 operands, want 0"},
		{"LDV 0 1 # load\nLDV 0 # 1", "ternip: p.txt:2: LDV has 1 operands, want 2 (register, address)"},
		{"LDV 256 1", `ternip: p.txt:1: LDV: register is "256", want 0 to 255`},
		{"LDV -1 1", `ternip: p.txt:1: LDV: register is "-1", want 0 to 255`},
		{"LDV r0 1", `ternip: p.txt:1: LDV: register is "r0", want 0 to 255`},
		{"LDV 0, 1", `ternip: p.txt:1: LDV: register is "0,", want 0 to 255`},
		{"GO 4294967296", `ternip: p.txt:1: GO: address is "4294967296", want 0 to 4294967295`},
		{"GO 99999999999999999999", `ternip: p.txt:1: GO: address is "99999999999999999999", want 0 to 4294967295`},
		{"GO 0x10", `ternip: p.txt:1: GO: address is "0x10", want 0 to 4294967295`},
		{"FIN 0", `ternip: p.txt:1: FIN: count is "0", want 1 to 4294967295`},
		{"FIN", "ternip: p.txt:1: FIN has 0 operands, want 1 (count)"},
		{"FIN 64 b=2", `ternip: p.txt:1: FIN: second operand is "b=2", want b=0 or b=1`},
		{"FIN 64 b=1 b=1", "ternip: p.txt:1: FIN has 3 operands, want 1 (count)"},
		{"ACC 0 b=1", "ternip: p.txt:1: ACC has 2 operands, want 1 (register)"},
		{`["CLEAR", "GO"]`, "ternip: p.txt: instruction 2: GO has 0 operands, want 1 (address)"},
		{`["CLEAR", 3]`, "ternip: p.txt: json: cannot unmarshal number into Go value of type string, want an array of instructions"},
		{`["CLEAR"`, "ternip: p.txt: unexpected end of JSON input, want an array of instructions"},
		{strings.Repeat("CLEAR\n", 1<<20+1), "ternip: p.txt: 1048577 instructions, want at most 1048576"},
	} {
		p, err := ternip.ParseProgram("p.txt", tt.text)
		require.EqualError(t, err, tt.want)
		require.Nil(t, p)
	}
}

func TestCheckErrors(t *testing.T) {
	c := ternip.DefaultConfig()
	p, err := ternip.ParseProgram("p.txt", "CLEAR\n\nMUL 7 0 8\n")
	require.NoError(t, err)
	_, err = ternip.Run(t.Context(), c, p, nil)
	require.EqualError(t, err, "ternip: p.txt:3: MUL: register is 8, want 0 to 7")
	c.VectorRegisters = 9
	require.NoError(t, p.Check(c))

	for _, tt := range []struct {
		in   ternip.Instr
		want string
	}{
		{ternip.Instr{Op: 99}, "ternip: made: instruction 1: operation is 99, want 0 to 15"},
		{ternip.Instr{Op: ternip.GO}, "ternip: made: instruction 1: GO has 0 operands, want 1 (address)"},
		{ternip.Instr{Op: ternip.GO, Args: []int64{-1}}, "ternip: made: instruction 1: GO: address is -1, want 0 to 4294967295"},
		{ternip.Instr{Op: ternip.FIN, Args: []int64{0}}, "ternip: made: instruction 1: FIN: count is 0, want 1 to 4294967295"},
		{ternip.Instr{Op: ternip.FIN, Args: []int64{1}, B: 2}, "ternip: made: instruction 1: FIN: b is 2, want -1 (not given), 0 or 1"},
	} {
		p := &ternip.Program{Name: "made", Instrs: []ternip.Instr{tt.in}}
		_, err := ternip.Run(t.Context(), c, p, nil)
		require.EqualError(t, err, tt.want)
	}
	for _, p := range []*ternip.Program{nil, {}} {
		_, err := ternip.Run(t.Context(), c, p, nil)
		require.EqualError(t, err, "ternip: program is empty, want an instruction")
	}
}

func TestContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p, err := ternip.ParseProgram("p.txt", strings.Repeat("CLEAR\n", 100_000))
	require.NoError(t, err)
	_, err = ternip.Run(ctx, ternip.DefaultConfig(), p, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "ternip: p.txt: ")
}

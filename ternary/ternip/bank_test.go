package ternip_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/ternary/ternip"
)

func runBank(t *testing.T, c ternip.Config, b ternip.Bank, p *ternip.Program) ternip.Result {
	t.Helper()
	r, err := ternip.RunBank(t.Context(), c, b, p, nil)
	require.NoError(t, err)
	return r
}

// By hand, D=64, TP=16, VP=4, lat 20: a matrix is 256 beats of 4 bytes, a
// vector 128 bytes and 16 beats of the vector units.
func TestBankByHand(t *testing.T) {
	parse := func(text string) *ternip.Program {
		p, err := ternip.ParseProgram("p", text)
		require.NoError(t, err)
		return p
	}
	under := parse("GO 1\nLDV 0 1\nEXPORT 1")
	late := parse("GO 1" + strings.Repeat("\nADD 0 0 0", 6) + "\nLDV 0 1\nEXPORT 1")
	after := parse("LDV 0 1\nSV 0 1\nGO 1\nEXPORT 1")
	half := parse("GO 1\nEXPORT 1")
	half.Tiles = map[int64]ternip.Tile{1: {Rows: 32, RowBeats: 4}}
	for _, e := range []struct {
		name string
		p    *ternip.Program
		b    ternip.Bank
		want [][2]int64
	}{
		{"a vector of two lanes takes 64 cycles of the bank from the GO", under, ternip.Bank{Lanes: 2, BytesPerCycle: ternip.Ratio{Num: 4, Den: 1}},
			[][2]int64{{0, 20 + 256 + 64 + 9}, {2, 2 + 20 + 64 + 1}, {87, 349 + 20}}},
		{"a vector that starts after the matrix has come does not delay the GO", late, ternip.Bank{Lanes: 2, BytesPerCycle: ternip.Ratio{Num: 4, Den: 1}},
			[][2]int64{{0, 285}, {2, 54}, {54, 106}, {106, 158}, {158, 210}, {210, 262}, {262, 314}, {314, 399}, {399, 419}}},
		{"a bank twice as fast has room for it", under, ternip.Bank{Lanes: 2, BytesPerCycle: ternip.Ratio{Num: 8, Den: 1}},
			[][2]int64{{0, 20 + 256 + 9}, {2, 2 + 20 + 32 + 1}, {55, 285 + 20}}},
		{"what is not under the GO does not delay it; a unit takes C cycles at least", after, ternip.Bank{Lanes: 1, BytesPerCycle: ternip.Ratio{Num: 9, Den: 1}},
			[][2]int64{{0, 37}, {37, 60}, {60, 60 + 285}, {62, 365}}},
		{"rows cost a cycle each", half, ternip.Bank{Lanes: 1, BytesPerCycle: ternip.Ratio{Num: 4, Den: 1}, RowCycles: 1},
			[][2]int64{{0, 20 + 128 + 32 + 9}, {2, 209}}},
		{"padding", half, ternip.Bank{Lanes: 1, BytesPerCycle: ternip.Ratio{Num: 4, Den: 1}, RowCycles: 1, Padding: true},
			[][2]int64{{0, 20 + 256 + 64 + 9}, {2, 369}}},
		{"a bank of a third of a beat", half, ternip.Bank{Lanes: 1, BytesPerCycle: ternip.Ratio{Num: 4, Den: 3}, RowCycles: 1},
			[][2]int64{{0, 20 + 384 + 9}, {2, 433}}},
	} {
		require.Equal(t, e.want, runBank(t, ternip.DefaultConfig(), e.b, e.p).IssueReady, e.name)
	}
}

// With one lane and a bank that never limits, RunBank is Run at eff 1 up to
// the cycles in which a row is refused at the end of the stream.
func TestBankOfOneLaneIsRun(t *testing.T) {
	c := ternip.DefaultConfig()
	p := compile(t, shape(2, 64, 150), c)
	plain, err := ternip.Run(t.Context(), c, p, nil)
	require.NoError(t, err)
	banked := runBank(t, c, ternip.Bank{Lanes: 1, BytesPerCycle: ternip.Ratio{Num: 1 << 20, Den: 1}, RowCycles: 1, Padding: true}, p)
	gos := int64(2 * 13)
	require.GreaterOrEqual(t, banked.TotalCycles, plain.TotalCycles)
	require.LessOrEqual(t, banked.TotalCycles-plain.TotalCycles, 2*gos)
	for i, ic := range plain.InstructionCycles {
		if ic.Text[:2] != "GO" && ic.Text[:2] != "EX" {
			require.Equal(t, ic, banked.InstructionCycles[i])
		}
	}
}

// No schedule moves bytes faster than the bank, and lanes only ever add time.
func TestBankBounds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := ternip.DefaultConfig()
		c.Lat = rapid.Int64Range(1, 200).Draw(rt, "lat")
		p := compile(rt, shape(rapid.IntRange(1, 3).Draw(rt, "layers"), 64, rapid.IntRange(1, 300).Draw(rt, "inner")), c)
		b := ternip.Bank{
			BytesPerCycle: ternip.Ratio{Num: rapid.Int64Range(1, 100).Draw(rt, "num"), Den: rapid.Int64Range(1, 10).Draw(rt, "den")},
			RowCycles:     rapid.IntRange(0, 1).Draw(rt, "rows"), Padding: rapid.Bool().Draw(rt, "padding"),
		}
		last := int64(0)
		for _, b.Lanes = range []int{1, 2, 5, 13, 60} {
			bytes := int64(0)
			for _, in := range p.Instrs {
				switch in.Op {
				case ternip.LDV, ternip.SV:
					bytes += int64(b.Lanes) * 128
				case ternip.GO:
					tile, ok := p.Tiles[in.Args[0]]
					if !ok || b.Padding {
						tile = ternip.Tile{Rows: 64, RowBeats: 4}
					}
					bytes += tile.Rows * tile.RowBeats * 4
				}
			}
			r, err := ternip.RunBank(t.Context(), c, b, p, nil)
			require.NoError(rt, err)
			require.GreaterOrEqual(rt, r.TotalCycles*b.BytesPerCycle.Num, bytes*b.BytesPerCycle.Den, "lanes %d", b.Lanes)
			require.GreaterOrEqual(rt, r.TotalCycles, last, "lanes %d", b.Lanes)
			last = r.TotalCycles
		}
	})
}

func TestBankErrors(t *testing.T) {
	one := ternip.Ratio{Num: 1, Den: 1}
	c := ternip.DefaultConfig()
	p := compile(t, shape(1, 64, 64), c)
	for _, e := range []struct {
		b    ternip.Bank
		want string
	}{
		{ternip.Bank{BytesPerCycle: one}, "ternip: Lanes is 0, want 1 to 4096"},
		{ternip.Bank{Lanes: 4097, BytesPerCycle: one}, "ternip: Lanes is 4097, want 1 to 4096"},
		{ternip.Bank{Lanes: 1}, "ternip: BytesPerCycle is 0/0, want a fraction of 1 to 1073741824 by 1 to 65536"},
		{ternip.Bank{Lanes: 1, BytesPerCycle: ternip.Ratio{Num: 1, Den: 1 << 17}}, "ternip: BytesPerCycle is 1/131072, want a fraction of 1 to 1073741824 by 1 to 65536"},
		{ternip.Bank{Lanes: 1, BytesPerCycle: one, RowCycles: 2}, "ternip: RowCycles is 2, want 0 or 1"},
	} {
		_, err := ternip.RunBank(t.Context(), c, e.b, p, nil)
		require.EqualError(t, err, e.want)
	}
	ok := ternip.Bank{Lanes: 1, BytesPerCycle: one}
	_, err := ternip.RunBank(t.Context(), ternip.Config{}, ok, p, nil)
	require.EqualError(t, err, "ternip: D is 0, want 16 to 4096")
	_, err = ternip.RunBank(t.Context(), c, ok, &ternip.Program{}, nil)
	require.EqualError(t, err, "ternip: program is empty, want an instruction")
}

func TestRatioYAML(t *testing.T) {
	var r ternip.Ratio
	require.NoError(t, r.UnmarshalYAML([]byte(" '0.505' ")))
	require.Equal(t, ternip.Ratio{Num: 101, Den: 200}, r)
	require.EqualError(t, r.UnmarshalYAML([]byte("2")), `ratio is "2", want a number in (0, 1] of at most 4 decimals or a fraction such as 1/3`)
	require.Equal(t, ternip.Ratio{Num: 101, Den: 200}, r)
}

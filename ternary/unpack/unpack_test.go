package unpack

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
	"lockstep/ternary"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			m, err := u.Module()
			require.NoError(t, err)
			require.Equal(t, 1, m.Latency())
			unittest.Check(t, u, 500)
		})
	}
}

func TestConfigErrors(t *testing.T) {
	two, five := ternary.TwoBit, ternary.FiveTrit
	for want, c := range map[string]Config{
		"unpack: Packing is Packing(0), want 2-bit or 5-trit": {Lanes: 4, BeatBytes: 1},
		"unpack: Packing is Packing(3), want 2-bit or 5-trit": {Packing: 3, Lanes: 4, BeatBytes: 1},
		"unpack: Lanes is 0, want 1 to 512":                   {Packing: two, BeatBytes: 1},
		"unpack: Lanes is 513, want 1 to 512":                 {Packing: two, Lanes: 513, BeatBytes: 1},
		"unpack: BeatBytes is 0, want 1 to 128":               {Packing: five, Lanes: 5},
		"unpack: BeatBytes is 129, want 1 to 128":             {Packing: five, Lanes: 5, BeatBytes: 129},
		"unpack: beats of 5 and 66 trits have the common divisor 1, want neither over 64 times as long": {
			Packing: five, Lanes: 66, BeatBytes: 1},
		"unpack: beats of 68 and 1 trits have the common divisor 1, want neither over 64 times as long": {
			Packing: two, Lanes: 1, BeatBytes: 17},
	} {
		_, err := New(c)
		require.EqualError(t, err, want)
	}
	for _, c := range []Config{{two, 512, 128}, {two, 512, 2}, {two, 1, 16}, {five, 512, 128}, {five, 64, 1}} {
		_, err := New(c)
		require.NoError(t, err)
	}
}

// Names of different configurations differ.
func TestNames(t *testing.T) {
	names := map[string]bool{}
	for _, c := range Presets {
		names[c.Name()] = true
	}
	require.Len(t, names, len(Presets))
	require.True(t, names["ternary_unpack_five_b16_l64"])
	require.True(t, names["ternary_unpack_five_b32_l128"])
}

// digits returns the trits of a byte by their definition.
func digits(p ternary.Packing, b int64) []int64 {
	var trits []int64
	if p == ternary.TwoBit {
		for ; len(trits) < 4; b /= 4 {
			trits = append(trits, map[int64]int64{0: 0, 1: 1, 3: -1}[b%4])
		}
		return trits
	}
	for ; len(trits) < 5; b /= 3 {
		trits = append(trits, b%3-1)
	}
	return trits
}

// interpret runs the structure of c and returns what it observed.
func interpret(t *testing.T, c Config, s unit.Stimulus) unit.Result {
	t.Helper()
	u, err := New(c)
	require.NoError(t, err)
	s.Seed, s.Limit = 1, 1<<16
	res, err := unit.Interp{}.Run(u, []unit.Stimulus{s})
	require.NoError(t, err)
	return res[0]
}

// items offers beats, each after at most gap idle cycles.
func items(r *rand.Rand, beats []unit.Frame, gap int) []unit.Item {
	var in []unit.Item
	for _, f := range beats {
		in = append(in, unit.Item{Gap: r.IntN(gap + 1), Frame: f})
	}
	return in
}

// TestDefinition compares the structure with the digits of the bytes, without
// the golden model, and the golden model with both.
func TestDefinition(t *testing.T) {
	for name, c := range Presets {
		in := c.stimulus(rand.New(rand.NewPCG(2, 0)), 400)
		seen := map[[2]int64]bool{}
		var want [][]int64
		p := in[1]
		for k, cmd := range in[0] {
			var trits []int64
			for len(trits) < int(cmd[0][0])*c.Lanes {
				for lane, b := range p[0][0] {
					trits = append(trits, digits(c.Packing, b)...)
					seen[[2]int64{int64(lane), b}] = true
				}
				p = p[1:]
			}
			for i := range cmd[0][0] {
				want = append(want, trits[i*int64(c.Lanes):(i+1)*int64(c.Lanes)])
			}
			if k == 0 {
				require.Len(t, seen, c.BeatBytes*len(c.validBytes()), "%s: not every byte in every lane", name)
			}
		}
		require.Empty(t, p)
		golden, err := c.golden(in)
		require.NoError(t, err)
		require.Len(t, golden[0], len(want))
		r := rand.New(rand.NewPCG(1, 0))
		res := interpret(t, c, unit.Stimulus{In: [][]unit.Item{items(r, in[0], 0), items(r, in[1], 0)}, Expect: []int{len(want)}})
		require.Empty(t, res.Fault)
		require.Len(t, res.Out[0], len(want))
		code := map[int64]int64{0: 0b00, 1: 0b01, -1: 0b11}
		for k, beat := range res.Out[0] {
			require.Equal(t, golden[0][k], beat.Out)
			for i, got := range beat.Out[0] {
				require.Equal(t, code[want[k][i]], got, "%s: beat %d, lane %d", name, k, i)
			}
		}
	}
}

// The matrices that every check includes leave every number of trits that can
// be left.
func TestCornersDropEveryRest(t *testing.T) {
	for name, c := range Presets {
		rests := map[int64]bool{}
		for _, cmd := range c.stimulus(rand.New(rand.NewPCG(1, 0)), 0)[0] {
			n := cmd[0][0]
			rests[c.pBeats(n)*int64(c.beatTrits())-n*int64(c.Lanes)] = true
		}
		for rest := 0; rest < c.beatTrits(); rest += c.chunk() {
			require.True(t, rests[int64(rest)], "%s: no matrix leaves %d trits", name, rest)
		}
	}
}

func TestGoldenErrors(t *testing.T) {
	c := Config{Packing: ternary.TwoBit, Lanes: 6, BeatBytes: 2}
	beats := func(n int) []unit.Frame {
		var fs []unit.Frame
		for range n {
			fs = append(fs, unit.Frame{{0, 0}})
		}
		return fs
	}
	for _, tt := range []struct {
		in   [][]unit.Frame
		want string
	}{
		{[][]unit.Frame{{{{0}}}, beats(1)}, "unpack: command 0 has 0 beats of w; 1 beats of p are left"},
		{[][]unit.Frame{{{{1}}, {{2}}}, beats(2)}, "unpack: command 1 has 2 beats of w; 1 beats of p are left"},
		{[][]unit.Frame{{{{3}}}, beats(4)}, "unpack: 1 beats of p belong to no command"},
	} {
		_, err := c.golden(tt.in)
		require.EqualError(t, err, tt.want)
	}
	res := interpret(t, c, unit.Stimulus{In: [][]unit.Item{{{Frame: unit.Frame{{0}}}}, nil}, Expect: []int{1}})
	require.Contains(t, res.Fault, "requirement failed: cmd is at least 1")
}

// TestAnyRatio verifies values and cycles of random configurations in the
// interpreter, stalls included.
func TestAnyRatio(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{
			Packing:   rapid.SampledFrom([]ternary.Packing{ternary.TwoBit, ternary.FiveTrit}).Draw(t, "packing"),
			Lanes:     rapid.IntRange(1, 40).Draw(t, "lanes"),
			BeatBytes: rapid.IntRange(1, 6).Draw(t, "bytes"),
		}
		u, err := New(c)
		require.NoError(t, err)
		plan, err := u.Plan(1, 40)
		require.NoError(t, err)
		res, err := unit.Interp{}.Run(u, plan.Runs)
		require.NoError(t, err)
		_, err = plan.Check("interpreter", res)
		require.NoError(t, err)
	})
}

func TestValidBytes(t *testing.T) {
	require.Len(t, Config{Packing: ternary.TwoBit}.validBytes(), 81)
	require.Len(t, Config{Packing: ternary.FiveTrit}.validBytes(), 243)
}

// Every byte that stands for no trits is an error of the golden model and
// breaks a requirement of the structure, in any lane, but not on an idle cycle.
func TestInvalidBytes(t *testing.T) {
	for _, p := range []ternary.Packing{ternary.TwoBit, ternary.FiveTrit} {
		c := Config{Packing: p, Lanes: 3 * p.TritsPerByte(), BeatBytes: 3}
		valid := map[int64]bool{}
		for _, b := range c.validBytes() {
			valid[b] = true
		}
		for b := range int64(256) {
			frame := unit.Frame{make([]int64, 3)}
			frame[0][b%3] = b
			_, err := c.golden([][]unit.Frame{{{{1}}}, {frame}})
			in := [][]unit.Item{{{Frame: unit.Frame{{1}}}}, {{Gap: 3, Frame: frame}}}
			res := interpret(t, c, unit.Stimulus{In: in, Expect: []int{1}})
			if valid[b] {
				require.NoError(t, err)
				require.Empty(t, res.Fault)
				continue
			}
			require.ErrorContains(t, err, fmt.Sprintf("unpack: command 0: ternary: byte %d is ", b%3))
			require.Contains(t, res.Fault, fmt.Sprintf("requirement failed: p[%d] is a valid byte", b%3))
			require.Contains(t, res.Fault, "cycle 3")
		}
	}
}

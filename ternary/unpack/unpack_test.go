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
		var trits []int64
		seen := map[[2]int64]bool{}
		for _, beat := range in[0] {
			for lane, b := range beat[0] {
				trits = append(trits, digits(c.Packing, b)...)
				seen[[2]int64{int64(lane), b}] = true
			}
		}
		require.Len(t, seen, c.BeatBytes*len(c.validBytes()), "%s: not every byte in every lane", name)
		golden, err := c.golden(in)
		require.NoError(t, err)
		want := len(trits) / c.Lanes
		require.Len(t, golden[0], want)
		res := interpret(t, c, unit.Stimulus{In: [][]unit.Item{items(rand.New(rand.NewPCG(1, 0)), in[0], 0)}, Expect: []int{want}})
		require.Empty(t, res.Fault)
		require.Len(t, res.Out[0], want)
		code := map[int64]int64{0: 0b00, 1: 0b01, -1: 0b11}
		for k, beat := range res.Out[0] {
			require.Equal(t, golden[0][k], beat.Out)
			for i, got := range beat.Out[0] {
				require.Equal(t, code[trits[k*c.Lanes+i]], got, "%s: beat %d, lane %d", name, k, i)
			}
		}
	}
}

func TestValidBytes(t *testing.T) {
	require.Len(t, Config{Packing: ternary.TwoBit}.validBytes(), 81)
	require.Len(t, Config{Packing: ternary.FiveTrit}.validBytes(), 243)
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

// acceptance returns the cycles in which beats of p move and those in which
// beats of w enter the output register, by the number of trits held alone. A
// beat is offered its gap after the one before it has moved.
func acceptance(c Config, in []unit.Item) (p, w []int) {
	held, from := 0, in[0].Gap
	for cycle := 0; len(p) < len(in) || held >= c.Lanes; cycle++ {
		if held < c.Lanes && cycle >= from && len(p) < len(in) {
			p = append(p, cycle)
			held += c.beatTrits()
			if len(p) < len(in) {
				from = cycle + 1 + in[len(p)].Gap
			}
		}
		if held >= c.Lanes {
			held -= c.Lanes
			w = append(w, cycle)
		}
	}
	return p, w
}

func TestEveryBeatMovesWhenItMay(t *testing.T) {
	for name, c := range Presets {
		for seed := range uint64(6) {
			r := rand.New(rand.NewPCG(seed, 1))
			in := items(r, c.stimulus(r, 300)[0][:300], int(seed))
			p, w := acceptance(c, in)
			res := interpret(t, c, unit.Stimulus{In: [][]unit.Item{in}, Expect: []int{len(w)}})
			require.Empty(t, res.Fault)
			require.Equal(t, p, res.Accepted[0], "%s, seed %d", name, seed)
			for k, beat := range res.Out[0] {
				require.Equal(t, w[k]+1, beat.Cycle, "%s, seed %d, beat %d", name, seed, k)
			}
			if seed > 0 { // only without gaps
				continue
			}
			require.LessOrEqual(t, max(p[len(p)-1], w[len(w)-1]), max(len(p), len(w)), "%s: neither side moves in every cycle", name)
		}
	}
}

// While w is stalled the unit goes on to accept what does not complete a beat.
func TestFillsWhileStalled(t *testing.T) {
	c := Config{Packing: ternary.TwoBit, Lanes: 16, BeatBytes: 1}
	var in []unit.Item
	for range 20 {
		in = append(in, unit.Item{Frame: unit.Frame{{0b11_00_01_11}}})
	}
	res := interpret(t, c, unit.Stimulus{In: [][]unit.Item{in}, Expect: []int{5}, StallOut: 255})
	require.Empty(t, res.Fault)
	require.Len(t, res.Out[0], 5)
	require.Greater(t, res.Out[0][0].Cycle, 8, "w is not stalled")
	require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6}, res.Accepted[0][:7])
	require.GreaterOrEqual(t, res.Accepted[0][7], res.Out[0][0].Cycle)
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
			_, err := c.golden([][]unit.Frame{{frame}})
			res := interpret(t, c, unit.Stimulus{In: [][]unit.Item{{{Gap: 3, Frame: frame}}}, Expect: []int{1}})
			if valid[b] {
				require.NoError(t, err)
				require.Empty(t, res.Fault)
				continue
			}
			require.ErrorContains(t, err, fmt.Sprintf("unpack: ternary: byte %d is ", b%3))
			require.Contains(t, res.Fault, fmt.Sprintf("requirement failed: p[%d] is a valid byte", b%3))
			require.Contains(t, res.Fault, "cycle 3")
		}
	}
}

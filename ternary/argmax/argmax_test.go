package argmax

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
	"lockstep/ternary"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			unittest.Check(t, u, 1000)
		})
	}
}

// The latency is one register per level of the tree and the one that keeps the
// largest element.
func TestLatency(t *testing.T) {
	for lanes, want := range map[int]int{1: 1, 2: 2, 8: 4, 64: 7} {
		u, err := New(Config{Lanes: lanes, Width: 16})
		require.NoError(t, err)
		m, err := u.Module()
		require.NoError(t, err)
		require.Equal(t, want, m.Latency(), "%d lanes", lanes)
	}
}

func TestConfigErrors(t *testing.T) {
	for want, c := range map[string]Config{
		"argmax: Lanes is 0, want a power of two in [1, 64]":   {Width: 16},
		"argmax: Lanes is 6, want a power of two in [1, 64]":   {Lanes: 6, Width: 16},
		"argmax: Lanes is 128, want a power of two in [1, 64]": {Lanes: 128, Width: 16},
		"argmax: Width is 1, want 2 to 32":                     {Lanes: 8, Width: 1},
		"argmax: Width is 33, want 2 to 32":                    {Lanes: 8, Width: 33},
	} {
		_, err := New(c)
		require.EqualError(t, err, want)
	}
}

// TestArgmax compares with the argmax of real numbers. Integers of 24 bits are
// exact in float32.
func TestArgmax(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]int32{0, 1, 3, 1 << 23}).Draw(t, "limit")
		x := rapid.SliceOfN(rapid.Int32Range(-limit, limit), 1, 20).Draw(t, "x")
		logits := make([]float32, len(x))
		for i, v := range x {
			logits[i] = float32(v)
		}
		require.Equal(t, ternary.Argmax(logits), Argmax(x))
	})
	require.Equal(t, 1, Argmax([]int32{1<<31 - 2, 1<<31 - 1, 1<<31 - 1, -1 << 31}))
}

// interpret runs the structure of c on streams and returns what it observed.
func interpret(t *testing.T, c Config, in [][]unit.Item, results int) unit.Result {
	t.Helper()
	u, err := New(c)
	require.NoError(t, err)
	res, err := unit.Interp{}.Run(u, []unit.Stimulus{{In: in, Expect: []int{results}, Seed: 1, Limit: 1 << 20}})
	require.NoError(t, err)
	return res[0]
}

// items offers the beats of streams, each after at most gap idle cycles.
func items(r *rand.Rand, streams [][]unit.Frame, gap int) [][]unit.Item {
	in := make([][]unit.Item, len(streams))
	for i, frames := range streams {
		for _, f := range frames {
			in[i] = append(in[i], unit.Item{Gap: r.IntN(gap + 1), Frame: f})
		}
	}
	return in
}

// TestDefinition: no element of the vector is larger than the result, and none
// before it is equal.
func TestDefinition(t *testing.T) {
	for name, c := range Presets {
		r := rand.New(rand.NewPCG(3, 0))
		in := c.stimulus(r, 800)
		res := interpret(t, c, items(r, in, 0), len(in[0]))
		require.Empty(t, res.Fault)
		require.Len(t, res.Out[0], len(in[0]))
		x := in[1]
		lanes := map[int64]bool{}
		for k, beat := range res.Out[0] {
			count, index, value := in[0][k][0][0], beat.Out[0][0], beat.Out[1][0]
			for i := range count {
				v := x[i/int64(c.Lanes)][0][i%int64(c.Lanes)]
				switch {
				case i < index:
					require.Less(t, v, value, "%s, vector %d, element %d", name, k, i)
				case i == index:
					require.Equal(t, v, value, "%s, vector %d, element %d", name, k, i)
				default:
					require.LessOrEqual(t, v, value, "%s, vector %d, element %d", name, k, i)
				}
			}
			require.Less(t, index, count)
			lanes[index%int64(c.Lanes)] = true
			x = x[c.beats(count):]
		}
		require.Len(t, lanes, c.Lanes, "%s: some lane never wins", name)
	}
}

// acceptance returns the cycles in which the beats of cmd and x move according
// to the package comment, while y is not stalled.
func acceptance(c Config, in [][]unit.Item) (cmd, x []int) {
	offer := func(stream int, moved []int) int {
		from := in[stream][len(moved)].Gap
		if len(moved) > 0 {
			from += moved[len(moved)-1] + 1
		}
		return from
	}
	end := 0
	for _, item := range in[0] {
		cmd = append(cmd, max(offer(0, cmd), end))
		for range c.beats(item.Frame[0][0]) {
			x = append(x, max(offer(1, x), cmd[len(cmd)-1]+1))
		}
		end = x[len(x)-1]
	}
	return cmd, x
}

func TestEveryBeatMovesWhenItMay(t *testing.T) {
	for name, c := range Presets {
		for seed := range uint64(4) {
			r := rand.New(rand.NewPCG(seed, 1))
			in := items(r, c.stimulus(r, 300), int(seed)*2)
			cmd, x := acceptance(c, in)
			res := interpret(t, c, in, len(in[0]))
			require.Empty(t, res.Fault)
			require.Equal(t, cmd, res.Accepted[0], "%s, seed %d", name, seed)
			require.Equal(t, x, res.Accepted[1], "%s, seed %d", name, seed)
			if seed == 0 {
				require.Equal(t, len(x), x[len(x)-1], "%s: x does not move in every cycle after the first", name)
			}
		}
	}
}

// TestLongest: the largest element is the last of the longest vector, or the
// first, and the next vector begins at index 0.
func TestLongest(t *testing.T) {
	c := Config{Lanes: 64, Width: 8}
	const count = 1<<CountBits - 1
	in := make([][]unit.Item, 2)
	for _, top := range []int{count - 1, 0} {
		in[0] = append(in[0], unit.Item{Frame: unit.Frame{{count}}})
		for k := range c.beats(count) {
			lanes := make([]int64, c.Lanes)
			if k == c.beats(count)-1 {
				lanes[c.Lanes-1] = 127 // not part of the vector
			}
			if k == top/c.Lanes {
				lanes[top%c.Lanes] = 1
			}
			in[1] = append(in[1], unit.Item{Frame: unit.Frame{lanes}})
		}
	}
	in[0] = append(in[0], unit.Item{Frame: unit.Frame{{1}}})
	in[1] = append(in[1], unit.Item{Frame: unit.Frame{make([]int64, c.Lanes)}})
	res := interpret(t, c, in, 3)
	require.Empty(t, res.Fault)
	require.Len(t, res.Out[0], 3)
	for k, want := range []unit.Frame{{{count - 1}, {1}}, {{0}, {1}}, {{0}, {0}}} {
		require.Equal(t, want, res.Out[0][k].Out)
	}
}

// A vector of no elements is an error of the golden model and breaks a
// requirement of the structure.
func TestNoElements(t *testing.T) {
	c := Presets["default"]
	frame := unit.Frame{{0}}
	res := interpret(t, c, [][]unit.Item{{{Gap: 2, Frame: frame}}, nil}, 1)
	require.Contains(t, res.Fault, "requirement failed: cmd_count is at least 1 (cycle 2)")
}

func TestGoldenErrors(t *testing.T) {
	c := Presets["default"]
	beats := func(n int) []unit.Frame {
		var fs []unit.Frame
		for range n {
			fs = append(fs, unit.NewFrame([]rtl.Port{{Shape: rtl.S(c.Width), Lanes: c.Lanes}}))
		}
		return fs
	}
	for _, tt := range []struct {
		counts []int64
		beats  int
		want   string
	}{
		{[]int64{0}, 1, "argmax: command 0 has 0 elements in 0 beats; 1 beats of x are left"},
		{[]int64{8, 9}, 2, "argmax: command 1 has 9 elements in 2 beats; 1 beats of x are left"},
		{[]int64{8, 8}, 3, "argmax: 1 beats of x belong to no command"},
	} {
		var cmds []unit.Frame
		for _, n := range tt.counts {
			cmds = append(cmds, unit.Frame{{n}})
		}
		_, err := c.golden([][]unit.Frame{cmds, beats(tt.beats)})
		require.EqualError(t, err, tt.want)
	}
}

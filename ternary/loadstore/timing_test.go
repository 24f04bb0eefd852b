package loadstore

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl/unit"
)

// acceptance returns the cycles in which the beats of cmd, mem_rd and data move
// and commands are done according to the package comment, while no output is
// stalled. A beat is offered its gap after the one before it has moved.
func (c Config) acceptance(in [][]unit.Item) (at [3][]int, done []int) {
	move := func(stream, notBefore int) int {
		k := len(at[stream])
		cycle := in[stream][k].Gap
		if k > 0 {
			cycle += at[stream][k-1] + 1
		}
		cycle = max(cycle, notBefore)
		at[stream] = append(at[stream], cycle)
		return cycle
	}
	var fetched, sent []int
	before := func(cycles []int, back int) int {
		if len(cycles) < back {
			return -1
		}
		return cycles[len(cycles)-back]
	}
	for _, item := range in[0] {
		taken := move(0, before(done, c.InFlight)+1)
		begin := max(taken, before(done, 1)) + 1
		end := 0
		for range item.Frame[2][0] {
			if item.Frame[0][0] == 0 {
				end = move(1, begin)
				continue
			}
			fetched = append(fetched, max(taken, before(fetched, 1), before(sent, c.Buffer))+1)
			arrived := move(2, before(fetched, 1)+1)
			end = max(begin, arrived, before(sent, 1)+1)
			sent = append(sent, end)
		}
		done = append(done, end)
	}
	return at, done
}

// items offers the beats of streams, each after at most 2*gap idle cycles, most
// of them after none.
func items(r *rand.Rand, streams [][]unit.Frame, gap int) [][]unit.Item {
	in := make([][]unit.Item, len(streams))
	for i, frames := range streams {
		lazy := r.IntN(3) * gap / 2
		for _, f := range frames {
			in[i] = append(in[i], unit.Item{Gap: max(0, r.IntN(2*lazy+1)-lazy), Frame: f})
		}
	}
	return in
}

// run interprets the unit without stalls.
func run(t *testing.T, c Config, in [][]unit.Item) unit.Result {
	t.Helper()
	u, err := New(c)
	require.NoError(t, err)
	frames := make([][]unit.Frame, len(in))
	for i, beats := range in {
		for _, b := range beats {
			frames[i] = append(frames[i], b.Frame)
		}
	}
	out, err := c.golden(frames)
	require.NoError(t, err)
	s := unit.Stimulus{In: in, Seed: 1, Limit: 1 << 17}
	for _, beats := range out {
		s.Expect = append(s.Expect, len(beats))
	}
	res, err := unit.Interp{}.Run(u, []unit.Stimulus{s})
	require.NoError(t, err)
	require.Empty(t, res[0].Fault)
	for i, beats := range out {
		require.Len(t, res[0].Out[i], len(beats))
	}
	return res[0]
}

func cycles(beats []unit.Beat) []int {
	var at []int
	for _, b := range beats {
		at = append(at, b.Cycle)
	}
	return at
}

func TestEveryBeatMovesWhenItMay(t *testing.T) {
	for name, c := range Presets {
		for seed := range uint64(12) {
			r := rand.New(rand.NewPCG(seed, 1))
			in := items(r, c.stimulus(r, 400), int(seed%4)*5)
			at, done := c.acceptance(in)
			res := run(t, c, in)
			for i, want := range at {
				require.Equal(t, want, res.Accepted[i], "%s, seed %d, stream %d", name, seed, i)
			}
			require.Equal(t, done, cycles(res.Out[4]), "%s, seed %d", name, seed)
		}
	}
}

// Words of a load may come at once from the cycle after its command, and those of
// the next load right behind them; the words of a store leave when they arrive.
func TestCyclesByHand(t *testing.T) {
	c := Config{File: Presets["ports"].File, InFlight: 3, Buffer: 2}
	cmd := func(store, words int64) unit.Item { return unit.Item{Frame: unit.Frame{{store}, {1}, {words}, {0}}} }
	word := func(gap int) unit.Item { return unit.Item{Gap: gap, Frame: unit.Frame{{5, 6}}} }
	for _, tt := range []struct {
		name                         string
		in                           [][]unit.Item
		req, reg, fetch, wr, done    []int
		cmdTaken, rdTaken, dataTaken []int
	}{
		{name: "three loads back to back",
			in:  [][]unit.Item{{cmd(0, 2), cmd(0, 1), cmd(0, 3)}, {word(0), word(0), word(0), word(0), word(0), word(0)}, nil},
			req: []int{0, 1, 2}, reg: []int{1, 2, 3, 4, 5, 6}, done: []int{2, 3, 6},
			cmdTaken: []int{0, 1, 2}, rdTaken: []int{1, 2, 3, 4, 5, 6}},
		{name: "a fourth waits for the first",
			in:  [][]unit.Item{{cmd(0, 1), cmd(0, 1), cmd(0, 1), cmd(0, 1)}, {word(9), word(0), word(0), word(0)}, nil},
			req: []int{0, 1, 2, 10}, reg: []int{9, 10, 11, 12}, done: []int{9, 10, 11, 12},
			cmdTaken: []int{0, 1, 2, 10}, rdTaken: []int{9, 10, 11, 12}},
		{name: "a store whose words are there one cycle after the fetch",
			in:  [][]unit.Item{{cmd(1, 4)}, nil, {word(0), word(0), word(0), word(0)}},
			req: []int{0}, fetch: []int{1, 2, 3, 4}, wr: []int{2, 3, 4, 5}, done: []int{5},
			cmdTaken: []int{0}, dataTaken: []int{2, 3, 4, 5}},
		{name: "a store fetches ahead while a load moves",
			in:  [][]unit.Item{{cmd(0, 2), cmd(1, 3)}, {word(6), word(0)}, {word(0), word(0), word(0)}},
			req: []int{0, 1}, reg: []int{6, 7}, fetch: []int{2, 3, 9}, wr: []int{8, 9, 10}, done: []int{7, 10},
			cmdTaken: []int{0, 1}, rdTaken: []int{6, 7}, dataTaken: []int{3, 4, 10}},
		{name: "two stores and a load behind them",
			in:  [][]unit.Item{{cmd(1, 1), cmd(1, 1), cmd(0, 1)}, {word(0)}, {word(4), word(0)}},
			req: []int{0, 1, 2}, reg: []int{6}, fetch: []int{1, 2}, wr: []int{4, 5}, done: []int{4, 5, 6},
			cmdTaken: []int{0, 1, 2}, rdTaken: []int{6}, dataTaken: []int{4, 5}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := run(t, c, tt.in)
			for i, want := range [][]int{tt.req, tt.reg, tt.fetch, tt.wr, tt.done} {
				require.Equal(t, want, cycles(res.Out[i]), "output %d", i)
			}
			require.Equal(t, [][]int{tt.cmdTaken, tt.rdTaken, tt.dataTaken}, res.Accepted)
		})
	}
}

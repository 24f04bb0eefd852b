package dma

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl/unit"
)

// acceptance returns the cycles in which the beats of cmd, mem_rd and vmem move
// and descriptors are done according to the package comment, while no output is
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
	before := func(cycles []int, back int) int {
		if len(cycles) < back {
			return -1
		}
		return cycles[len(cycles)-back]
	}
	var fetched, sent []int
	requested := 0 // cycle of the last request
	for _, item := range in[0] {
		d := read(item.Frame)
		taken := move(0, max(before(done, c.InFlight)+1, requested))
		requested = taken + int(d.rows)
		begin := max(taken, before(done, 1)) + 1
		end := 0
		for range d.rows * c.beats(d) {
			if d.store == 0 {
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
	for _, name := range []string{"default", "tiny", "odd"} {
		c := Presets[name]
		for seed := range uint64(6) {
			r := rand.New(rand.NewPCG(seed, 1))
			in := items(r, c.stimulus(r, 300), int(seed%4)*5)
			at, done := c.acceptance(in)
			res := run(t, c, in)
			for i, want := range at {
				require.Equal(t, want, res.Accepted[i], "%s, seed %d, stream %d", name, seed, i)
			}
			require.Equal(t, done, cycles(res.Out[4]), "%s, seed %d", name, seed)
		}
	}
}

func TestCyclesByHand(t *testing.T) {
	c := Config{BeatBytes: 2, Rows: 16, InFlight: 2, Buffer: 2}
	cmd := func(store, rows, beats int64) unit.Item {
		return unit.Item{Frame: descriptor{store: store, rows: rows, bytes: 2 * beats}.frame()}
	}
	beats := func(gaps ...int) (items []unit.Item) {
		for _, gap := range gaps {
			items = append(items, unit.Item{Gap: gap, Frame: unit.Frame{{5, 6}}})
		}
		return items
	}
	for _, tt := range []struct {
		name                      string
		in                        [][]unit.Item
		req, put, fetch, wr, done []int
		taken                     []int
	}{
		{name: "rows of one beat: a request and a beat in every cycle",
			in:    [][]unit.Item{{cmd(0, 4, 1)}, beats(3, 0, 0, 0), nil},
			taken: []int{0}, req: []int{1, 2, 3, 4}, put: []int{3, 4, 5, 6}, done: []int{6}},
		{name: "the next descriptor comes with the last request",
			in:    [][]unit.Item{{cmd(0, 3, 1), cmd(0, 1, 2)}, beats(2, 0, 0, 0, 0), nil},
			taken: []int{0, 3}, req: []int{1, 2, 3, 4}, put: []int{2, 3, 4, 5, 6}, done: []int{4, 6}},
		{name: "a third waits for the first",
			in:    [][]unit.Item{{cmd(0, 1, 1), cmd(0, 1, 1), cmd(0, 1, 1)}, beats(9, 0, 0), nil},
			taken: []int{0, 1, 10}, req: []int{1, 2, 11}, put: []int{9, 10, 11}, done: []int{9, 10, 11}},
		{name: "a store whose beats are there one cycle after they are asked for",
			in:    [][]unit.Item{{cmd(1, 2, 2)}, nil, beats(0, 0, 0, 0)},
			taken: []int{0}, req: []int{1, 2}, fetch: []int{1, 2, 3, 4}, wr: []int{2, 3, 4, 5}, done: []int{5}},
		{name: "a store reads ahead while a load moves",
			in:    [][]unit.Item{{cmd(0, 1, 2), cmd(1, 1, 3)}, beats(6, 0), beats(0, 0, 0)},
			taken: []int{0, 1}, req: []int{1, 2}, put: []int{6, 7}, fetch: []int{2, 3, 9}, wr: []int{8, 9, 10}, done: []int{7, 10}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := run(t, c, tt.in)
			for i, want := range [][]int{tt.req, tt.put, tt.fetch, tt.wr, tt.done} {
				require.Equal(t, want, cycles(res.Out[i]), "output %d", i)
			}
			require.Equal(t, tt.taken, res.Accepted[0])
		})
	}
}

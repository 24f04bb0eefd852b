package tmatmul

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl/unit"
)

// acceptance returns the cycles in which the beats of cmd, x and w move
// according to the package comment, while y is not stalled. A beat is offered
// its gap after the one before it has moved.
func acceptance(in [][]unit.Item) [3][]int {
	var at [3][]int
	move := func(stream int, notBefore ...int) int {
		cycle, k := in[stream][len(at[stream])].Gap, len(at[stream])
		if k > 0 {
			cycle += at[stream][k-1] + 1
		}
		for _, c := range notBefore {
			cycle = max(cycle, c)
		}
		at[stream] = append(at[stream], cycle)
		return cycle
	}
	begin, end, complete := -1, -1, 0
	for _, item := range in[0] {
		rows, beats := int(item.Frame[0][0]), int(item.Frame[1][0])
		cmd := move(0, begin+1, complete)
		loaded := make([]int, beats)
		for k := range loaded {
			loaded[k] = move(1, cmd+1)
		}
		complete = loaded[beats-1]
		begin = max(cmd+1, end)
		for row := range rows {
			for k := range beats {
				operand := 0
				if row == 0 {
					operand = loaded[k] + 1
				}
				end = move(2, begin+1, operand)
			}
		}
	}
	return at
}

// items offers the beats of streams, each after at most gap idle cycles, most
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

func interpret(t *testing.T, u *unit.Unit, in [][]unit.Item, rows int) unit.Result {
	res, err := unit.Interp{}.Run(u, []unit.Stimulus{{In: in, Expect: []int{rows}, Seed: 1, Limit: 1 << 18}})
	require.NoError(t, err)
	require.Empty(t, res[0].Fault)
	require.Len(t, res[0].Out[0], rows)
	return res[0]
}

func TestEveryBeatMovesWhenItMay(t *testing.T) {
	for _, name := range []string{"tiny", "l16"} {
		c := Presets[name]
		u, err := New(c)
		require.NoError(t, err)
		for seed := range uint64(12) {
			r := rand.New(rand.NewPCG(seed, 1))
			in := items(r, c.stimulus(r, 400), int(seed%4)*5)
			rows := 0
			for _, item := range in[0] {
				rows += int(item.Frame[0][0])
			}
			want := acceptance(in)
			got := interpret(t, u, in, rows).Accepted
			for i, stream := range []string{"cmd", "x", "w"} {
				require.Equal(t, want[i], got[i], "%s, seed %d, stream %s", name, seed, stream)
			}
		}
	}
}

// From an idle unit the first w beat moves in cycle 2; then one moves in every
// cycle, across rows and commands, rows of one beat included. The vector of a
// command is loaded while the one before it runs.
func TestNoPauseBetweenRowsAndCommands(t *testing.T) {
	c := Presets["tiny"]
	u, err := New(c)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(1, 2))
	streams := make([][]unit.Frame, 3)
	rows := 0
	for k := range 60 {
		j := c.random(r)
		if j.beats = 1 + k%c.MaxBeats; j.beats == 1 {
			j.rows = max(2, j.rows)
		}
		rows += j.rows
		c.send(streams, j)
	}
	res := interpret(t, u, items(r, streams, 0), rows)
	for k, cycle := range res.Accepted[2] {
		require.Equal(t, k+2, cycle, "beat %d", k)
	}
}

// A matrix of one beat costs two cycles.
func TestSmallestCommands(t *testing.T) {
	c := Presets["tiny"]
	u, err := New(c)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(1, 3))
	streams := make([][]unit.Frame, 3)
	for range 8 {
		j := c.random(r)
		j.rows, j.beats = 1, 1
		c.send(streams, j)
	}
	res := interpret(t, u, items(r, streams, 0), 8)
	for k, cycle := range res.Accepted[2] {
		require.Equal(t, 2*k+2, cycle, "command %d", k)
	}
}

// Two commands of b beats and many rows are accepted in cycles 0 and max(2, b);
// the vector of the second is there b cycles later, and waits.
func TestNextVectorIsLoadedAtOnce(t *testing.T) {
	c := Presets["tiny"]
	u, err := New(c)
	require.NoError(t, err)
	for beats := 1; beats <= c.MaxBeats; beats++ {
		r := rand.New(rand.NewPCG(1, 4))
		streams := make([][]unit.Frame, 3)
		for range 2 {
			j := c.random(r)
			j.rows, j.beats = c.MaxRows, beats
			c.send(streams, j)
		}
		second := max(2, beats)
		res := interpret(t, u, items(r, streams, 0), 2*c.MaxRows)
		require.Equal(t, []int{0, second}, res.Accepted[0])
		require.Equal(t, 1, res.Accepted[1][0])
		for k, cycle := range res.Accepted[1][beats:] {
			require.Equal(t, second+1+k, cycle, "%d beats, beat %d", beats, k)
		}
	}
}

// The latency is one register for the operand, one per adder level and one for
// the carry, one for the accumulator, and four of the scaler.
func TestLatency(t *testing.T) {
	for lanes, want := range map[int]int{2: 8, 4: 9, 16: 11, 64: 13, 128: 14, 512: 16} {
		c := Presets["tiny"]
		c.Lanes = lanes
		u, err := New(c)
		require.NoError(t, err)
		m, err := u.Module()
		require.NoError(t, err)
		require.Equal(t, want, m.Latency(), "%d lanes", lanes)
	}
}

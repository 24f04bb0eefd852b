package sparse

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/rtl/unit"
	"lockstep/ternary/fixed"
)

// A log is the cycles in which the beats of cmd, x, w, run and y move.
type log struct{ cmd, x, w, run, y []int }

// items offers the beats of streams, each after at most gap idle cycles.
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

// follow returns the cycles by a Timing. A beat is offered its gap after the one
// before it has moved.
func follow(c Config, latency int, in [][]unit.Item) log {
	var l log
	offer := func(stream int, moved []int) int64 {
		at := in[stream][len(moved)].Gap
		if k := len(moved); k > 0 {
			at += moved[k-1] + 1
		}
		return int64(at)
	}
	feed := Feed{
		X: func(from int64) int64 {
			at := max(from, offer(1, l.x))
			l.x = append(l.x, int(at))
			return at
		},
		W:   func(accept func(int64) int64) { l.w = append(l.w, int(accept(offer(2, l.w)))) },
		Run: func(_, _ int, at int64) { l.run = append(l.run, int(at)) },
		Y:   func(at int64) { l.y = append(l.y, int(at)) },
	}
	t := c.Timing(int64(latency))
	for _, cmd := range in[0] {
		rows, cols := int(cmd.Frame[0][0]), int(cmd.Frame[1][0])
		var x []unit.Frame
		for _, item := range in[1][len(l.x):][:(cols+c.Lanes-1)/c.Lanes] {
			x = append(x, item.Frame)
		}
		feed.Cmd = offer(0, l.cmd)
		l.cmd = append(l.cmd, int(t.Product(rows, vector(x)[:cols], feed)))
	}
	return l
}

// interpret returns what the structure of c does with in.
func interpret(t require.TestingT, c Config, in [][]unit.Item) (l log, latency int) {
	streams := make([][]unit.Frame, len(in))
	for i := range in {
		for _, item := range in[i] {
			streams[i] = append(streams[i], item.Frame)
		}
	}
	want, err := c.golden(streams)
	require.NoError(t, err)
	u, err := New(c)
	require.NoError(t, err)
	m, err := u.Module()
	require.NoError(t, err)
	res, err := unit.Interp{}.Run(u, []unit.Stimulus{{In: in, Expect: []int{len(want[0]), len(want[1])}, Seed: 1, Limit: 1 << 18}})
	require.NoError(t, err)
	require.Empty(t, res[0].Fault)
	out := make([][]int, 2)
	for i := range out {
		require.Equal(t, len(want[i]), len(res[0].Out[i]))
		for k, beat := range res[0].Out[i] {
			require.Equal(t, want[i][k], beat.Out)
			out[i] = append(out[i], beat.Cycle)
		}
	}
	a := res[0].Accepted
	return log{a[0], a[1], a[2], out[0], out[1]}, m.Latency()
}

// The unit moves every beat in the cycle that a Timing gives, with the corners
// and random commands and with any gaps.
func TestUnitFollowsTiming(t *testing.T) {
	for _, name := range []string{"tiny", "one", "wide"} {
		c := Presets[name]
		for seed := range uint64(12) {
			r := rand.New(rand.NewPCG(seed, 1))
			in := items(r, c.stimulus(r, 400), int(seed%4)*5)
			got, latency := interpret(t, c, in)
			require.Equal(t, follow(c, latency, in), got, "%s, seed %d", name, seed)
		}
	}
}

// The same for any configuration, with short commands that meet each other.
func TestAnyConfiguration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lanes := 1 << rapid.IntRange(1, 4).Draw(t, "lanes")
		c := Config{
			Lanes:    lanes,
			MaxBeats: rapid.IntRange(2, 5).Draw(t, "beats"),
			MaxRows:  lanes + rapid.IntRange(1, 3*lanes).Draw(t, "rows"),
			Out:      lanes >> rapid.IntRange(0, 1).Draw(t, "out"),
			Runs:     1 << rapid.IntRange(1, 3).Draw(t, "runs"),
			Banks:    rapid.IntRange(1, 2).Draw(t, "banks"),
			Vector:   fixed.Format{Width: 12, Frac: 7},
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		streams := make([][]unit.Frame, 3)
		for range 8 {
			j := c.random(r)
			j.cols = min(j.cols, lanes*c.MaxBeats)
			c.send(streams, j)
		}
		in := items(r, streams, rapid.SampledFrom([]int{0, 0, 3, 20}).Draw(t, "gap"))
		got, latency := interpret(t, c, in)
		require.Equal(t, follow(c, latency, in), got)
	})
}

// dense returns a job without zeros.
func (c Config) dense(r *rand.Rand, rows, cols int) job {
	j := c.random(r)
	j.rows, j.cols, j.x = rows, cols, func(int) int64 { return 1 + r.Int64N(127) }
	return j
}

// From an idle unit the run of b beats without zeros appears b+2 cycles after
// cmd, the first w beat moves two later and, with w in every cycle, the first
// beat of y appears latency+2 cycles after the cycle behind the last.
func TestFromIdle(t *testing.T) {
	c := Presets["tiny"]
	for b := 1; b <= c.MaxBeats; b++ {
		r := rand.New(rand.NewPCG(1, 0))
		streams := make([][]unit.Frame, 3)
		c.send(streams, c.dense(r, c.MaxRows, b*c.Lanes))
		got, latency := interpret(t, c, items(r, streams, 0))
		require.Equal(t, []int{b + 2, b + 3}, got.run)
		last := b + 4 + b*c.MaxRows - 1
		require.Equal(t, []int{b + 4, last}, []int{got.w[0], got.w[len(got.w)-1]})
		require.Equal(t, last+1+latency+2, got.y[0])
	}
}

// With two banks a command that follows costs its beats of w, one cycle, and one
// for each word of the result before it, the first of them at once; with one bank
// it waits for that result to be read.
func TestCommandsInARow(t *testing.T) {
	for _, banks := range []int{1, 2} {
		c := Presets["tiny"]
		c.Banks = banks
		r := rand.New(rand.NewPCG(1, 0))
		streams := make([][]unit.Frame, 3)
		for range 4 {
			c.send(streams, c.dense(r, 4*c.Lanes, 5*c.Lanes))
		}
		got, _ := interpret(t, c, items(r, streams, 0))
		beats := 4 * 5 * c.Lanes
		words, period := 4, c.Lanes/c.Out+fetchCycles
		for k := range 3 {
			last, next := got.w[(k+1)*beats-1], got.w[(k+1)*beats]
			lastY := got.y[k*4*c.Lanes/c.Out+words*c.Lanes/c.Out-1]
			if banks == 2 {
				require.Equal(t, last+3, next)
				require.Equal(t, last+beats+1+words, got.w[(k+2)*beats-1])
				continue
			}
			require.Equal(t, last+2+(words-1)*period+2, next)
			require.Less(t, next, lastY)
		}
	}
}

// The latency is two registers for the accumulators, one for the part of a word
// and four of the scaler.
func TestLatency(t *testing.T) {
	for _, c := range Presets {
		u, err := New(c)
		require.NoError(t, err)
		m, err := u.Module()
		require.NoError(t, err)
		require.Equal(t, 7, m.Latency())
	}
}

package unpack

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/rtl/unit"
	"lockstep/ternary"
)

// A log is the cycles in which cmd and p move and beats of w enter the
// output register.
type log struct{ cmd, p, w []int }

// offers are the idle cycles of a stream before each beat: a beat is offered so
// many after the one before it has moved.
type offers []int

// first returns the cycle in which beat len(moved) is offered.
func (o offers) first(moved []int) int {
	if k := len(moved); k > 0 {
		return moved[k-1] + 1 + o[k]
	}
	return o[0]
}

// steps is the package comment, cycle by cycle. stall holds a beat of w at the
// output for so many cycles.
func steps(c Config, matrices []int, cmd, p offers, stall func(k int) int) log {
	var l log
	total := 0
	for _, n := range matrices {
		total += n
	}
	held, left, waiting := 0, 0, 0
	freeAt := 0 // first cycle in which the output register is free
	for cycle := 0; len(l.w) < total; cycle++ {
		accepts := len(l.cmd) < len(matrices) && cycle >= cmd.first(l.cmd) && waiting == 0
		emits := false
		if left > 0 {
			takes := held < c.Lanes && len(l.p) < len(p) && cycle >= p.first(l.p)
			after := held
			if takes {
				after += c.beatTrits()
			}
			emits = after >= c.Lanes
			if emits && cycle < freeAt {
				emits, takes = false, false
			}
			if takes {
				l.p = append(l.p, cycle)
				held += c.beatTrits()
			}
		}
		if emits {
			held -= c.Lanes
			freeAt = cycle + 1 + stall(len(l.w))
			l.w = append(l.w, cycle)
			if left--; left == 0 {
				held = 0
			}
		}
		if accepts {
			waiting = matrices[len(l.cmd)]
			l.cmd = append(l.cmd, cycle)
		}
		if left == 0 {
			left, waiting = waiting, 0
		}
	}
	return l
}

// follow is the same by a Timing, with the cycle in which each beat of w is
// taken, or an earlier one if it is taken when it appears.
func follow(c Config, matrices []int, cmd, p offers, taken func(k int) int) log {
	var l log
	t := c.Timing()
	pull := func(from int64) int64 {
		l.p = append(l.p, max(int(from), p.first(l.p)))
		return int64(l.p[len(l.p)-1])
	}
	for _, n := range matrices {
		l.cmd = append(l.cmd, int(t.Start(int64(cmd.first(l.cmd)), int64(n))))
		for range n {
			at := t.Beat(pull)
			l.w = append(l.w, int(at))
			t.Taken(int64(taken(len(l.w) - 1)))
		}
	}
	return l
}

// A Timing gives the cycles of the package comment, whatever the ratio of the
// beats, the gaps and the stalls.
func TestTimingIsThePackageComment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{
			Packing:   rapid.SampledFrom([]ternary.Packing{ternary.TwoBit, ternary.FiveTrit}).Draw(t, "packing"),
			Lanes:     rapid.IntRange(1, 40).Draw(t, "lanes"),
			BeatBytes: rapid.IntRange(1, 8).Draw(t, "bytes"),
		}
		matrices := rapid.SliceOfN(rapid.IntRange(1, 12), 1, 10).Draw(t, "matrices")
		gap := rapid.SampledFrom([]int{0, 1, 7}).Draw(t, "gap")
		gaps := func(n int, label string) offers {
			return rapid.SliceOfN(rapid.IntRange(0, gap), n, n).Draw(t, label)
		}
		beats, total := 0, 0
		for _, n := range matrices {
			beats += int(c.pBeats(int64(n)))
			total += n
		}
		cmd, p := gaps(len(matrices), "cmd"), gaps(beats, "p")
		stalls := rapid.SliceOfN(rapid.IntRange(0, 4*rapid.IntRange(0, 1).Draw(t, "stalls")), total, total).Draw(t, "stall")
		stall := func(k int) int { return stalls[k] }
		want := steps(c, matrices, cmd, p, stall)
		taken := func(k int) int { return want.w[k] + 1 + stall(k) }
		require.Equal(t, want, follow(c, matrices, cmd, p, taken))
	})
}

// The unit moves every beat in the cycle that a Timing gives, also when w is
// stalled.
func TestUnitFollowsTiming(t *testing.T) {
	for name, c := range Presets {
		for seed, stall := range []uint8{0, 128, 0, 230, 0, 40} {
			r := rand.New(rand.NewPCG(uint64(seed), 1))
			beats := c.stimulus(r, 300)
			in := [][]unit.Item{items(r, beats[0], 20*(seed%3)), items(r, beats[1], seed%4)}
			gaps := make([]offers, 2)
			for i := range in {
				for _, it := range in[i] {
					gaps[i] = append(gaps[i], it.Gap)
				}
			}
			var matrices []int
			total := 0
			for _, cmd := range beats[0] {
				matrices = append(matrices, int(cmd[0][0]))
				total += int(cmd[0][0])
			}
			res := interpret(t, c, unit.Stimulus{In: in, Expect: []int{total}, StallOut: stall})
			require.Empty(t, res.Fault)
			require.Equal(t, total, len(res.Out[0]))
			l := follow(c, matrices, gaps[0], gaps[1], func(k int) int { return res.Out[0][k].Cycle })
			require.Equal(t, l.cmd, res.Accepted[0], "%s, seed %d, cmd", name, seed)
			require.Equal(t, l.p, res.Accepted[1], "%s, seed %d, p", name, seed)
			for k, beat := range res.Out[0] {
				require.GreaterOrEqual(t, beat.Cycle, l.w[k]+1, "%s, seed %d, beat %d", name, seed, k)
				if stall == 0 {
					require.Equal(t, l.w[k]+1, beat.Cycle, "%s, seed %d, beat %d", name, seed, k)
				}
			}
		}
	}
}

// Without gaps one side moves in every cycle, from matrix to matrix.
func TestNoPause(t *testing.T) {
	for name, c := range Presets {
		matrices := []int{1, 1, 1, 40, 1, 2, 3, 1, 1, 17, 5, 90}
		p, w := 0, 0
		cycles := 0 // those of the slower side, matrix by matrix
		for _, n := range matrices {
			beats := int(c.pBeats(int64(n)))
			p += beats
			w += n
			cycles += max(beats, n)
		}
		l := follow(c, matrices, make(offers, len(matrices)), make(offers, p), func(int) int { return 0 })
		require.Equal(t, cycles, l.w[w-1], "%s: the last beat", name)
		require.Equal(t, 1, l.p[0], "%s: the first beat", name)
	}
}

// While w is stalled the unit goes on to accept what does not complete a beat.
func TestFillsWhileStalled(t *testing.T) {
	c := Config{Packing: ternary.TwoBit, Lanes: 16, BeatBytes: 1}
	var p []unit.Item
	for range 20 {
		p = append(p, unit.Item{Frame: unit.Frame{{0b11_00_01_11}}})
	}
	in := [][]unit.Item{{{Frame: unit.Frame{{5}}}}, p}
	res := interpret(t, c, unit.Stimulus{In: in, Expect: []int{5}, StallOut: 255})
	require.Empty(t, res.Fault)
	require.Len(t, res.Out[0], 5)
	require.Greater(t, res.Out[0][0].Cycle, 9, "w is not stalled")
	require.Equal(t, []int{1, 2, 3, 4, 5, 6, 7}, res.Accepted[1][:7])
	require.GreaterOrEqual(t, res.Accepted[1][7], res.Out[0][0].Cycle)
}

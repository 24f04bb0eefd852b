package issue

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		u, err := New(c)
		require.NoError(t, err)
		t.Run(name, func(t *testing.T) { unittest.Check(t, u, 1000) })
	}
}

// Every instruction issues in the cycle that the rules give, no earlier and no
// later, with any gaps between instructions.
func TestSchedule(t *testing.T) {
	for name, c := range Presets {
		u, err := New(c)
		require.NoError(t, err)
		for gap := range 4 {
			r := rand.New(rand.NewPCG(7, uint64(gap)))
			program := c.stimulus(r, 2000)[0]
			s := unit.Stimulus{In: make([][]unit.Item, 1), Expect: []int{len(program)}, Seed: 1, Limit: 200 * len(program)}
			for _, f := range program {
				s.In[0] = append(s.In[0], unit.Item{Gap: r.IntN(gap + 1), Frame: f})
			}
			res, err := unit.Interp{}.Run(u, []unit.Stimulus{s})
			require.NoError(t, err)
			require.Empty(t, res[0].Fault)
			offered, stalled := make([]int, len(program)), 0
			for k := range offered {
				offered[k] = s.In[0][k].Gap
				if k > 0 {
					offered[k] += res[0].Accepted[0][k-1] + 1
				}
				if res[0].Accepted[0][k] > offered[k] {
					stalled++
				}
			}
			require.Equal(t, c.Schedule(program, offered), res[0].Accepted[0], "%s, gaps up to %d", name, gap)
			require.Greater(t, stalled, len(program)/20, "the program has hazards")
		}
	}
}

func TestConfigErrors(t *testing.T) {
	for _, tt := range []struct {
		c    Config
		want string
	}{
		{Config{Registers: 0, Units: 2}, "issue: Registers is 0, want 1 to 64"},
		{Config{Registers: 65, Units: 2}, "issue: Registers is 65, want 1 to 64"},
		{Config{Registers: 1, Units: 1}, "issue: Units is 1, want 2 to 8"},
		{Config{Registers: 1, Units: 9}, "issue: Units is 9, want 2 to 8"},
	} {
		_, err := New(tt.c)
		require.EqualError(t, err, tt.want)
	}
}

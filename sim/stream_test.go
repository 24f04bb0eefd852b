package sim

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A stream has its last beats where a memory with one port has them, whatever
// the gaps between the requests.
func TestStreamFollowsMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		den := rapid.Int64Range(1, 9).Draw(t, "den")
		pc := PortConfig{Name: "P", BeatBytes: rapid.Int64Range(1, 9).Draw(t, "beat"),
			LatencyCycles: Cycle(rapid.IntRange(1, 20).Draw(t, "latency")), Efficiency: Ratio{rapid.Int64Range(1, den).Draw(t, "num"), den}}
		s, err := NewSystem(Config{ClockHz: 300e6})
		require.NoError(t, err)
		m, err := NewMemory(s, MemoryConfig{Name: "M", Ports: []PortConfig{pc}})
		require.NoError(t, err)
		stream, err := NewStream(pc)
		require.NoError(t, err)
		is, err := NewIssuer(s, IssuerConfig{Name: "I"})
		require.NoError(t, err)
		u, err := NewUnit(s, UnitConfig{Name: "U"})
		require.NoError(t, err)
		var want, got []Cycle
		at, total := Cycle(0), int64(0)
		for range rapid.IntRange(1, 8).Draw(t, "requests") {
			gap, bytes := Cycle(rapid.IntRange(1, 30).Draw(t, "gap")), rapid.Int64Range(1, 60).Draw(t, "bytes")
			op := &Op{Unit: u, Interval: gap, IssueCycles: gap, Transfers: []Transfer{{Port: m.ports[0], Bytes: bytes}}}
			op.OnFinish = func() error { got = append(got, s.Now()); return nil }
			require.NoError(t, is.Load(op))
			b := stream.Request(at, bytes)
			want = append(want, b.At(b.Count()-1))
			at, total = at+gap, total+bytes
		}
		_, err = s.Run(context.Background())
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, total, stream.Bytes())
	})
}

// Beats follow each other as the counters of the rule say.
func TestStreamBeats(t *testing.T) {
	s, err := NewStream(PortConfig{Name: "P", BeatBytes: 4, LatencyCycles: 3, Efficiency: Ratio{2, 3}})
	require.NoError(t, err)
	cycles := func(b Beats) (list []Cycle) {
		for k := range b.Count() {
			list = append(list, b.At(k))
		}
		return list
	}
	require.Equal(t, []Cycle{4, 6, 7, 9}, cycles(s.Request(1, 16)))
	require.Equal(t, []Cycle{10, 12}, cycles(s.Request(2, 5)), "behind the request before, whose credit is left")
	require.EqualValues(t, 6, s.BeatCount())
	_, err = NewStream(PortConfig{Name: "P", LatencyCycles: 1})
	require.EqualError(t, err, "sim: P: BeatBytes is 0, want 1 to 1048576")
}

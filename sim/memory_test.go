package sim

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// ask is a request of a memory test.
type ask struct {
	port        int
	at          Cycle
	bytes, addr int64
}

// asker makes requests at given cycles, in phase Start, and notes when they
// end. ends is by index in asks.
type asker struct {
	node  *Node
	ports []*Port
	asks  []ask
	next  int
	ends  []Cycle
}

func (a *asker) Act(p Phase, now Cycle) error {
	for p == Start && a.next < len(a.asks) && a.asks[a.next].at == now {
		q := a.asks[a.next]
		if err := a.ports[q.port].Request(Transfer{Bytes: q.bytes, Addr: q.addr}, a, uint64(a.next)); err != nil {
			return err
		}
		a.next++
	}
	if a.next < len(a.asks) {
		a.node.WakeAt(max(a.asks[a.next].at, now))
	}
	return nil
}
func (a *asker) Blocked() string                 { return "" }
func (a *asker) Delivered(tag uint64, now Cycle) { a.ends[tag] = now }

func sumRequests(r *Report) (n int64) {
	for _, p := range r.Ports {
		n += p.Requests
	}
	return n
}

// runMemory is the event version.
func runMemory(t require.TestingT, c MemoryConfig, asks []ask) ([]Cycle, *Report) {
	s, err := NewSystem(Config{ClockHz: 333e6})
	require.NoError(t, err)
	m, err := NewMemory(s, c)
	require.NoError(t, err)
	a := &asker{asks: asks, ends: make([]Cycle, len(asks)), ports: m.ports}
	a.node, err = s.Add("Asker", a, Start, Issue)
	require.NoError(t, err)
	r, err := s.Run(context.Background())
	require.NoError(t, err)
	return a.ends, r
}

// stepMemory is the rule of Memory, written as a test bench would: one pass
// of the loop is one cycle.
func stepMemory(c MemoryConfig, asks []ask) []Cycle {
	type req struct {
		id          int
		beats, open int64
	}
	n := len(c.Ports)
	credit, asked, queue := make([]int64, n), make([][]int, n), make([][]req, n)
	for p := range c.Ports {
		credit[p] = max(1, c.Ports[p].Efficiency.Den)
	}
	rows := map[int64]int64{}
	ends, left, first, acc := make([]Cycle, len(asks)), len(asks), 0, int64(0)
	for now := int64(0); left > 0; now++ {
		budget := int64(1) << 60
		if sh := c.SharedBytesPerCycle; sh.Num > 0 {
			acc += sh.Num
			budget, acc = acc/sh.Den, acc%sh.Den
		}
		refused := -1
		for k := range n {
			p := (first + k) % n
			num, den := c.Ports[p].Efficiency.Num, c.Ports[p].Efficiency.Den
			if den == 0 {
				num, den = 1, 1
			}
			open := len(queue[p]) > 0 && now >= queue[p][0].open
			limit := den
			if open {
				limit = den + num - 1
				if credit[p] >= den && c.Ports[p].BeatBytes <= budget {
					budget -= c.Ports[p].BeatBytes
					credit[p] -= den
					if queue[p][0].beats--; queue[p][0].beats == 0 {
						ends[queue[p][0].id] = Cycle(now)
						queue[p] = queue[p][1:]
						left--
					}
				} else if credit[p] >= den && refused < 0 {
					refused = p
				}
			}
			credit[p] = min(credit[p]+num, limit)
		}
		if refused >= 0 && c.Policy == RoundRobin {
			first = refused
		}
		for id, q := range asks {
			if q.at == Cycle(now) {
				asked[q.port] = append(asked[q.port], id)
			}
		}
		for p, pc := range c.Ports {
			if len(asked[p]) == 0 || pc.MaxOutstanding > 0 && len(queue[p]) >= pc.MaxOutstanding {
				continue
			}
			q := asks[asked[p][0]]
			open := now + int64(pc.LatencyCycles)
			for a := q.addr; c.Banks != nil && a < q.addr+q.bytes; a++ {
				row := a / c.Banks.RowBytes
				if bank := row % int64(c.Banks.Count); rows[bank] != row+1 {
					rows[bank] = row + 1
					open += int64(c.Banks.MissPenaltyCycles)
				}
			}
			queue[p] = append(queue[p], req{asked[p][0], (q.bytes + pc.BeatBytes - 1) / pc.BeatBytes, open})
			asked[p] = asked[p][1:]
		}
	}
	return ends
}

func drawMemory(t *rapid.T) MemoryConfig {
	c := MemoryConfig{Name: "M", Policy: Policy(rapid.IntRange(0, 1).Draw(t, "policy"))}
	widest := int64(0)
	for p := range rapid.IntRange(1, 4).Draw(t, "ports") {
		pc := PortConfig{
			Name:           fmt.Sprintf("P%d", p),
			BeatBytes:      rapid.Int64Range(1, 9).Draw(t, "beat"),
			LatencyCycles:  Cycle(rapid.IntRange(1, 12).Draw(t, "latency")),
			MaxOutstanding: rapid.IntRange(0, 3).Draw(t, "outstanding"),
		}
		if rapid.Bool().Draw(t, "slow") {
			den := rapid.Int64Range(1, 9).Draw(t, "den")
			pc.Efficiency = Ratio{rapid.Int64Range(1, den).Draw(t, "num"), den}
		}
		widest = max(widest, pc.BeatBytes)
		c.Ports = append(c.Ports, pc)
	}
	if rapid.Bool().Draw(t, "share") {
		den := rapid.Int64Range(1, 5).Draw(t, "sden")
		c.SharedBytesPerCycle = Ratio{widest*den + rapid.Int64Range(0, 2*widest*den).Draw(t, "snum"), den}
	}
	if rapid.Bool().Draw(t, "banks") {
		c.Banks = &Banks{rapid.IntRange(1, 4).Draw(t, "count"), rapid.Int64Range(1, 40).Draw(t, "row"),
			Cycle(rapid.IntRange(0, 7).Draw(t, "penalty"))}
	}
	return c
}

func TestMemoryFollowsTheRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawMemory(t)
		at := Cycle(0)
		var asks []ask
		for range rapid.IntRange(1, 25).Draw(t, "asks") {
			at += Cycle(rapid.OneOf(rapid.Just(0), rapid.IntRange(0, 3), rapid.IntRange(0, 60)).Draw(t, "gap"))
			asks = append(asks, ask{rapid.IntRange(0, len(c.Ports)-1).Draw(t, "port"), at,
				rapid.Int64Range(1, 120).Draw(t, "bytes"), rapid.Int64Range(0, 300).Draw(t, "addr")})
		}
		got, r := runMemory(t, c, asks)
		require.Equal(t, stepMemory(c, asks), got)
		require.EqualValues(t, len(asks), sumRequests(r))
		for p, pr := range r.Ports {
			bytes, beats := int64(0), int64(0)
			for _, q := range asks {
				if q.port == p {
					bytes += q.bytes
					beats += (q.bytes + c.Ports[p].BeatBytes - 1) / c.Ports[p].BeatBytes
				}
			}
			require.Equal(t, bytes, pr.BytesRead)
			require.Equal(t, beats, pr.Beats)
		}
	})
}

// Figures worked out by hand from the rule.
func TestMemoryByHand(t *testing.T) {
	port := func(e Ratio, outstanding int) MemoryConfig {
		return MemoryConfig{Name: "M", Ports: []PortConfig{{Name: "A", BeatBytes: 4, LatencyCycles: 10, Efficiency: e, MaxOutstanding: outstanding}}}
	}
	two := MemoryConfig{Name: "M", SharedBytesPerCycle: Ratio{4, 1}, Ports: []PortConfig{
		{Name: "A", BeatBytes: 4, LatencyCycles: 10}, {Name: "B", BeatBytes: 4, LatencyCycles: 10}}}
	fixed := two
	fixed.Policy = FixedPriority
	banks := port(Ratio{}, 0)
	banks.Banks = &Banks{Count: 2, RowBytes: 64, MissPenaltyCycles: 5}
	for _, c := range []struct {
		name string
		c    MemoryConfig
		asks []ask
		want []Cycle
	}{
		{"one beat", port(Ratio{}, 0), []ask{{0, 0, 1, 0}}, []Cycle{10}},
		{"four beats", port(Ratio{}, 0), []ask{{0, 7, 16, 0}}, []Cycle{20}},
		{"two thirds: beats at 10 12 13 15", port(Ratio{2, 3}, 0), []ask{{0, 0, 16, 0}}, []Cycle{15}},
		{"back to back", port(Ratio{}, 0), []ask{{0, 0, 16, 0}, {0, 0, 16, 0}}, []Cycle{13, 17}},
		{"half, credit goes on: 10 12, 14 16", port(Ratio{1, 2}, 0), []ask{{0, 0, 8, 0}, {0, 0, 8, 0}}, []Cycle{12, 16}},
		{"one outstanding", port(Ratio{}, 1), []ask{{0, 0, 4, 0}, {0, 0, 4, 0}}, []Cycle{10, 20}},
		{"round robin: A B A B", two, []ask{{0, 0, 8, 0}, {1, 0, 8, 0}}, []Cycle{12, 13}},
		{"priority: A A B B", fixed, []ask{{1, 0, 8, 0}, {0, 0, 8, 0}}, []Cycle{13, 11}},
		{"miss, hit, miss of both rows", banks, []ask{{0, 0, 4, 0}, {0, 20, 4, 32}, {0, 40, 8, 188}}, []Cycle{15, 30, 61}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := runMemory(t, c.c, c.asks)
			require.Equal(t, c.want, got)
			require.Equal(t, c.want, stepMemory(c.c, c.asks))
		})
	}
}

// A stream of 2^40 beats is exact, and costs a handful of events.
func TestMemoryLongStreams(t *testing.T) {
	c := MemoryConfig{Name: "M", Ports: []PortConfig{{Name: "A", BeatBytes: 1, LatencyCycles: 3, Efficiency: Ratio{65521, 65536}}}}
	got, r := runMemory(t, c, []ask{{0, 0, 1 << 40, 0}})
	beats := int64(1<<40 - 1)
	require.Equal(t, Cycle(3+(beats*65536+65520)/65521), got[0])
	require.EqualValues(t, 1<<40, r.Ports[0].Beats)
}

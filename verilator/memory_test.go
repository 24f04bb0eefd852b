package verilator_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/sim"
	"lockstep/verilator"
)

const memoryPorts = 3

// traffic hands requests from its inputs to three memory ports and is always
// ready for data. It counts what moves.
func traffic() *rtl.Module {
	m := rtl.New("session_traffic", "memory requests from outside")
	count := func(name string, when rtl.Sig) rtl.Sig {
		s := m.State(name, rtl.U(32), 0)
		s.SetWhen(when.Unstaged(), s.AddWrap(m.Const(rtl.U(32), 1)))
		return s.Sig
	}
	var counts []rtl.Sig
	for k := range memoryPorts {
		name := fmt.Sprintf("p%d", k)
		in := func(field string, sh rtl.Shape) rtl.Sig { return m.InUnstaged(port(name+"_go_"+field, sh, 1))[0] }
		valid, addr, beats, write := in("valid", rtl.U(1)), in("addr", rtl.U(20)), in("beats", rtl.U(9)), in("write", rtl.U(1))
		width := []int{8, 40, 64}[k]
		req := m.OutStream(rtl.Stream{Name: name + "_req", Fields: []rtl.Port{port("addr", rtl.U(20), 1),
			port("beats", rtl.U(9), 1), port("write", rtl.U(1), 1)}})
		rd := m.InStream(rtl.Stream{Name: name + "_rd", Fields: []rtl.Port{port("data", rtl.U(width), 1)}})
		wr := m.OutStream(rtl.Stream{Name: name + "_wr", Fields: []rtl.Port{port("data", rtl.U(width), 1)}})
		req.Drive(valid, [][]rtl.Sig{{addr}, {beats}, {write}})
		rd.Accept(m.Const(rtl.U(1), 1))
		wr.Drive(m.Const(rtl.U(1), 1), [][]rtl.Sig{{m.Const(rtl.U(width), 0x5a)}})
		sum := m.State(name+"_sum", rtl.U(width), 0)
		sum.SetWhen(rd.Valid, sum.Xor(rd.Data[0][0]))
		counts = append(counts, count(name+"_accepted", valid.And(req.Ready)), count(name+"_beats", rd.Valid.Unstaged().Or(wr.Ready)),
			sum.Extend(64).Wrap(32).Unstaged())
	}
	m.Out(port("counts", rtl.U(32), len(counts)), counts)
	return m
}

type ask struct {
	at          int64
	addr, beats int64
	write       bool
}

func TestMemoryFollowsSim(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 0))
		hw, ev := drawMemory(r)
		asks := make([][]ask, memoryPorts)
		for k := range asks {
			at := int64(0)
			for range 1 + r.IntN(12) {
				at += int64(r.IntN(30)) * int64(r.IntN(3))
				asks[k] = append(asks[k], ask{at, int64(r.IntN(1 << 14)), 1 + int64(r.IntN(20)), r.IntN(2) == 0})
			}
		}
		want, end := simulate(t, ev, asks)
		got := drive(t, hw, asks, end)
		require.Equal(t, want, got, "seed %d, %+v", seed, hw)
	}
}

// drawMemory returns one memory in the words of both models.
func drawMemory(r *rand.Rand) (verilator.Memory, sim.MemoryConfig) {
	hw := verilator.Memory{Name: "ram", Bytes: 1 << 15, FixedPriority: r.IntN(2) == 0}
	ev := sim.MemoryConfig{Name: "Ram", Policy: sim.RoundRobin}
	if hw.FixedPriority {
		ev.Policy = sim.FixedPriority
	}
	for k := range memoryPorts {
		den := 1 + r.Int64N(9)
		p := verilator.MemoryPort{Name: fmt.Sprintf("p%d", k), LatencyCycles: 1 + r.Int64N(25),
			Efficiency: verilator.Ratio{Num: 1 + r.Int64N(den), Den: den}, MaxOutstanding: r.IntN(4)}
		hw.Ports = append(hw.Ports, p)
		ev.Ports = append(ev.Ports, sim.PortConfig{Name: fmt.Sprintf("P%d", k), BeatBytes: []int64{1, 5, 8}[k],
			LatencyCycles: sim.Cycle(p.LatencyCycles), Efficiency: sim.Ratio(p.Efficiency), MaxOutstanding: p.MaxOutstanding})
	}
	if r.IntN(3) > 0 {
		den := 1 + r.Int64N(5)
		hw.SharedBytesPerCycle = verilator.Ratio{Num: 8*den + r.Int64N(4*den), Den: den}
		ev.SharedBytesPerCycle = sim.Ratio(hw.SharedBytesPerCycle)
	}
	if r.IntN(2) == 0 {
		b := verilator.Banks{Count: 1 + r.IntN(4), RowBytes: 1 + r.Int64N(64), MissPenaltyCycles: r.Int64N(6)}
		hw.Banks, ev.Banks = &b, &sim.Banks{Count: b.Count, RowBytes: b.RowBytes, MissPenaltyCycles: sim.Cycle(b.MissPenaltyCycles)}
	}
	return hw, ev
}

// asker makes the requests of a test in an event system.
type asker struct {
	node  *sim.Node
	ports []*sim.Port
	asks  [][]ask
	bytes []int64
	next  []int
	ends  [][]int64
}

func (a *asker) Act(p sim.Phase, now sim.Cycle) error {
	for k := range a.asks {
		for a.next[k] < len(a.asks[k]) && p == sim.Start {
			q := a.asks[k][a.next[k]]
			if sim.Cycle(q.at) > now {
				a.node.WakeAt(sim.Cycle(q.at))
				break
			}
			a.next[k]++
			tr := sim.Transfer{Bytes: q.beats * a.bytes[k], Addr: q.addr, Write: q.write}
			if err := a.ports[k].Request(tr, a, uint64(k)); err != nil {
				return err
			}
		}
	}
	return nil
}
func (a *asker) Blocked() string                     { return "" }
func (a *asker) Delivered(tag uint64, now sim.Cycle) { a.ends[tag] = append(a.ends[tag], int64(now)) }

// simulate returns the cycle of the last beat of every request.
func simulate(t *testing.T, c sim.MemoryConfig, asks [][]ask) (ends [][]int64, last int64) {
	s, err := sim.NewSystem(sim.Config{ClockHz: 333e6})
	require.NoError(t, err)
	m, err := sim.NewMemory(s, c)
	require.NoError(t, err)
	a := &asker{asks: asks, next: make([]int, len(asks)), ends: make([][]int64, len(asks))}
	for k := range asks {
		p, err := m.Port(fmt.Sprintf("P%d", k))
		require.NoError(t, err)
		a.ports, a.bytes = append(a.ports, p), append(a.bytes, c.Ports[k].BeatBytes)
	}
	a.node, err = s.Add("Asker", a, sim.Start)
	require.NoError(t, err)
	_, err = s.Run(t.Context())
	require.NoError(t, err)
	for _, e := range a.ends {
		for _, c := range e {
			last = max(last, c)
		}
	}
	return a.ends, last
}

// drive returns the same for the harness.
func drive(t *testing.T, c verilator.Memory, asks [][]ask, last int64) [][]int64 {
	s := open(t, traffic(), verilator.SessionConfig{Memories: []verilator.Memory{c}})
	ends, due, accepted := make([][]int64, len(asks)), make([]int64, len(asks)), make([]int, len(asks))
	for k := range asks {
		due[k] = asks[k][0].beats
	}
	for now := int64(0); now <= last; now++ {
		for k := range asks {
			name, valid := fmt.Sprintf("p%d_go_", k), int64(0)
			if a := accepted[k]; a < len(asks[k]) && asks[k][a].at <= now {
				q := asks[k][a]
				valid = 1
				require.NoError(t, s.Set(name+"addr", q.addr))
				require.NoError(t, s.Set(name+"beats", q.beats))
				require.NoError(t, s.Set(name+"write", map[bool]int64{true: 1}[q.write]))
			}
			require.NoError(t, s.Set(name+"valid", valid))
		}
		require.NoError(t, s.Step(1))
		counts, err := s.Get("counts")
		require.NoError(t, err)
		for k := range asks {
			accepted[k] = int(counts[3*k])
			if e := len(ends[k]); e < len(asks[k]) && counts[3*k+1] == due[k] {
				ends[k] = append(ends[k], now)
				if e+1 < len(asks[k]) {
					due[k] += asks[k][e+1].beats
				}
			}
		}
	}
	return ends
}

// TestMemoryWaits keeps a beat for a system that is not ready, and its order.
func TestMemoryWaits(t *testing.T) {
	m := rtl.New("session_slow", "takes a beat when told to")
	valid, take := m.InUnstaged(port("go", rtl.U(1), 1))[0], m.InUnstaged(port("take", rtl.U(1), 1))[0]
	req := m.OutStream(rtl.Stream{Name: "m_req", Fields: []rtl.Port{port("addr", rtl.U(8), 1), port("beats", rtl.U(4), 1)}})
	rd := m.InStream(rtl.Stream{Name: "m_rd", Fields: []rtl.Port{port("data", rtl.U(16), 1)}})
	req.Drive(valid, [][]rtl.Sig{{m.Const(rtl.U(8), 6)}, {m.Const(rtl.U(4), 3)}})
	rd.Accept(take)
	last := rd.Data[0][0].Hold("last", rd.Fire(take))
	n := m.State("n", rtl.U(4), 0)
	n.SetWhen(rd.Fire(take), n.AddWrap(m.Const(rtl.U(4), 1)))
	m.Out(port("last", rtl.U(16), 1), []rtl.Sig{last})
	m.Out(port("n", rtl.U(4), 1), []rtl.Sig{n.Unstaged()})
	s := open(t, m, verilator.SessionConfig{Memories: []verilator.Memory{{Name: "ram", Bytes: 12,
		Ports: []verilator.MemoryPort{{Name: "m", LatencyCycles: 2}}}}})
	require.NoError(t, s.Load("ram", 6, []byte{1, 2, 3, 4, 5, 6}))
	require.NoError(t, s.Set("go", 1))
	require.NoError(t, s.Step(1)) // accepted in cycle 0, open in cycle 2
	require.NoError(t, s.Set("go", 0))
	var seen [][2]int64
	for now := int64(1); now < 9; now++ {
		require.NoError(t, s.Set("take", []int64{0, 1, 0, 1, 0, 0, 1, 1, 1}[now]))
		require.NoError(t, s.Step(1))
		n, err := s.Get("n")
		require.NoError(t, err)
		v, err := s.Get("last")
		require.NoError(t, err)
		seen = append(seen, [2]int64{n[0], v[0]})
	}
	require.Equal(t, [][2]int64{{0, 0}, {0, 0}, {1, 0x201}, {1, 0x201}, {1, 0x201}, {2, 0x403}, {3, 0x605}, {3, 0x605}}, seen)
}

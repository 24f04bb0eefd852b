package verilator_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/verilator"
)

// watchable has two conditions and ports of every size of word: narrow, 33 to
// 64 bits, lanes of 64 bits, and lanes that do not begin with bytes.
func watchable() *rtl.Module {
	m := rtl.New("session_watchable", "ports to watch")
	x := m.InUnstaged(port("x", rtl.S(12), 1))[0]
	n := m.State("n", rtl.U(24), 0)
	n.Set(n.AddWrap(m.Const(rtl.U(24), 1)))
	now := n.Unstaged()
	wide := rtl.Concat(now, now.Not(), now.Slice(15, 0))
	var odd, words []rtl.Sig
	for k := range 23 {
		odd = append(odd, now.Slice(12, 0).Xor(m.Const(rtl.U(13), int64(k*311))).AsSigned())
		if k < 5 {
			words = append(words, wide.Xor(m.Const(rtl.U(64), int64(k))).AsSigned())
		}
	}
	m.Require(x.EqConst(-9).Not(), "x is not -9")
	m.Out(port("third", rtl.U(1), 1), []rtl.Sig{now.Slice(1, 0).EqConst(2)})
	m.Out(port("fifth", rtl.U(1), 1), []rtl.Sig{now.Slice(2, 0).EqConst(4)})
	m.Out(port("always", rtl.U(1), 1), []rtl.Sig{m.Const(rtl.U(1), 1)})
	m.Out(port("x", rtl.S(12), 1), []rtl.Sig{x})
	m.Out(port("middle", rtl.U(40), 1), []rtl.Sig{wide.Slice(50, 11)})
	m.Out(port("odd", rtl.S(13), 23), odd)
	m.Out(port("words", rtl.S(64), 5), words)
	return m
}

// expected are the records of the ports x, middle, odd and words in the cycles
// below n in which when holds; x is that of input.
func expected(n int64, when func(int64) bool, input func(int64) int64) []verilator.Record {
	var records []verilator.Record
	for c := range n {
		if !when(c) {
			continue
		}
		wide := uint64(c<<40 | (^c&0xffffff)<<16 | c&0xffff)
		odd, words := make([]int64, 23), make([]int64, 5)
		for k := range odd {
			odd[k] = rtl.S(13).Value(uint64(c&0x1fff ^ int64(k*311)))
		}
		for k := range words {
			words[k] = int64(wide ^ uint64(k))
		}
		middle := int64(wide >> 11 & (1<<40 - 1))
		records = append(records, verilator.Record{Cycle: c, Values: [][]int64{{input(c)}, {middle}, odd, words}})
	}
	return records
}

var watchPorts = []string{"x", "middle", "odd", "words"}

func TestWatch(t *testing.T) {
	s := open(t, watchable(), verilator.SessionConfig{Watches: []verilator.Watch{
		{Name: "both", When: []string{"third", "fifth"}, Ports: watchPorts},
		{Name: "cycles", When: []string{"fifth"}},
		{Name: "same", When: []string{"third"}, Ports: []string{"third", "third"}},
	}})
	either := func(c int64) bool { return c%4 == 2 || c%8 == 4 }
	for round := range 2 {
		require.NoError(t, s.Set("x", -2048))
		require.NoError(t, s.Step(50))
		require.NoError(t, s.Set("x", 2047))
		require.NoError(t, s.Step(50))
		got, err := s.Watched("both")
		require.NoError(t, err)
		want := expected(100, either, func(c int64) int64 { return []int64{-2048, 2047}[c/50] })
		require.Equal(t, want, got, "round %d", round)
		got, err = s.Watched("both")
		require.NoError(t, err)
		require.Empty(t, got, "fetched once")
		got, err = s.Watched("cycles")
		require.NoError(t, err)
		require.Len(t, got, 12)
		for k, r := range got {
			require.Equal(t, verilator.Record{Cycle: int64(8*k + 4), Values: [][]int64{}}, r)
		}
		require.NoError(t, s.Step(3))
		got, err = s.Watched("same")
		require.NoError(t, err)
		require.Len(t, got, 26)
		require.Equal(t, verilator.Record{Cycle: 102, Values: [][]int64{{1}, {1}}}, got[25])
		require.NoError(t, s.Reset(), "drops what is not fetched")
	}
	_, err := s.Watched("none")
	require.EqualError(t, err, `verilator: session_watchable has no watch "none"`)
}

// A failed requirement ends the run; the records go up to its cycle.
func TestWatchFailedRequirement(t *testing.T) {
	s := open(t, watchable(), verilator.SessionConfig{Watches: []verilator.Watch{{Name: "x", When: []string{"always"}, Ports: []string{"x"}}}})
	require.NoError(t, s.Set("x", 3))
	require.NoError(t, s.Step(2))
	require.NoError(t, s.Set("x", -9))
	require.ErrorContains(t, s.Step(9), "x is not -9 (cycle 2)")
	got, err := s.Watched("x")
	require.NoError(t, err)
	require.Equal(t, []verilator.Record{{Cycle: 0, Values: [][]int64{{3}}}, {Cycle: 1, Values: [][]int64{{3}}}, {Cycle: 2, Values: [][]int64{{-9}}}}, got)
}

// What a memory gives in a cycle is part of its record.
func TestWatchSeesHandshakes(t *testing.T) {
	m := rtl.New("session_watched_reader", "reads one word")
	asked := m.State("asked", rtl.U(1), 0)
	req := m.OutStream(rtl.Stream{Name: "in_req", Fields: []rtl.Port{port("addr", rtl.U(4), 1), port("beats", rtl.U(2), 1)}})
	rd := m.InStream(rtl.Stream{Name: "in_rd", Fields: []rtl.Port{port("data", rtl.U(8), 1)}})
	req.Drive(asked.Unstaged().Not(), [][]rtl.Sig{{m.Const(rtl.U(4), 3)}, {m.Const(rtl.U(2), 2)}})
	asked.Set(req.Ready.Unstaged().Or(asked.Unstaged()))
	rd.Accept(m.Const(rtl.U(1), 1))
	m.Out(port("moved", rtl.U(1), 1), []rtl.Sig{rd.Valid.Unstaged()})
	m.Out(port("data", rtl.U(8), 1), []rtl.Sig{rd.Data[0][0].Unstaged()})
	s := open(t, m, verilator.SessionConfig{
		Memories: []verilator.Memory{{Name: "ram", Bytes: 16, Ports: []verilator.MemoryPort{{Name: "in", LatencyCycles: 5}}}},
		Watches:  []verilator.Watch{{Name: "beats", When: []string{"moved"}, Ports: []string{"data"}}},
	})
	require.NoError(t, s.Load("ram", 3, []byte{17, 34}))
	require.NoError(t, s.Step(20))
	got, err := s.Watched("beats")
	require.NoError(t, err)
	require.Equal(t, []verilator.Record{{Cycle: 5, Values: [][]int64{{17}}}, {Cycle: 6, Values: [][]int64{{34}}}}, got)
}

// A million records are a matter of a second or two.
func TestWatchMillion(t *testing.T) {
	const n = 1 << 20
	s := open(t, watchable(), verilator.SessionConfig{Watches: []verilator.Watch{{Name: "all", When: []string{"always"}, Ports: []string{"x", "odd"}}}})
	start := time.Now()
	require.NoError(t, s.Step(n))
	ran := time.Since(start)
	got, err := s.Watched("all")
	require.NoError(t, err)
	t.Logf("%d cycles in %v, fetched in %v", n, ran, time.Since(start)-ran)
	require.Len(t, got, n)
	all := expected(n, func(c int64) bool { return c%65537 == 0 }, func(int64) int64 { return 0 })
	for _, want := range all {
		require.Equal(t, want.Cycle, got[want.Cycle].Cycle)
		require.Equal(t, [][]int64{want.Values[0], want.Values[2]}, got[want.Cycle].Values)
	}
}

func TestWatchErrors(t *testing.T) {
	for _, tt := range []struct {
		watches []verilator.Watch
		want    string
	}{
		{[]verilator.Watch{{Name: "w"}}, "verilator: watch w has no condition in When, want 1 or more output ports"},
		{[]verilator.Watch{{Name: "w", When: []string{"no"}}}, `verilator: watch w: session_watchable has no output port "no"`},
		{[]verilator.Watch{{Name: "w", When: []string{"third"}, Ports: []string{"n"}}}, `verilator: watch w: session_watchable has no output port "n"`},
		{[]verilator.Watch{{Name: "w", When: []string{"third", "odd"}}}, "verilator: watch w: condition odd is 23 x s13, want 1 x u1"},
		{[]verilator.Watch{{Name: "w", When: []string{"third"}}, {Name: "v", When: []string{"third"}}, {Name: "w", When: []string{"third"}}},
			"verilator: two watches are named w"},
	} {
		_, err := verilator.NewSession(t.Context(), watchable(), verilator.SessionConfig{Watches: tt.watches})
		require.EqualError(t, err, tt.want)
	}
}

// The folder of a session repeats it with nothing but the tools: the same
// replies and the same waveforms.
func TestSessionReplay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's here")
	s := open(t, row(), verilator.SessionConfig{Trace: true, Replay: dir})
	require.NoError(t, s.Set("x", 3, 0, 7))
	require.NoError(t, s.Step(2))
	require.NoError(t, s.Wave("wave.vcd"))
	_, err := s.RunUntil(100, "flag", 1)
	require.Error(t, err)
	require.NoError(t, s.Wave(""))
	require.NoError(t, s.Close())
	want := vcd(t, filepath.Join(dir, "wave.vcd"))
	require.Contains(t, want, "TOP.session_row.flag_q")
	require.NoError(t, os.Remove(filepath.Join(dir, "wave.vcd")))
	out, err := replay(t, dir)
	require.NoError(t, err, out)
	require.Equal(t, want, vcd(t, filepath.Join(dir, "wave.vcd")))

	_, err = verilator.NewSession(t.Context(), row(), verilator.SessionConfig{Trace: true, Replay: filepath.Join(dir, "wave.vcd", "x")})
	require.ErrorContains(t, err, "verilator: replay of session_row: mkdir ")
}

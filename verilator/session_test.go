package verilator_test

import (
	"context"
	"encoding/binary"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/tool/tooltest"
	"lockstep/verilator"
)

func port(name string, sh rtl.Shape, lanes int) rtl.Port {
	return rtl.Port{Name: name, Shape: sh, Lanes: lanes}
}

// element accumulates x, keeps its last four values and complains about -5.
func element() *rtl.Module {
	m := rtl.New("session_element", "accumulator")
	x := m.In(port("x", rtl.S(12), 1))[0]
	m.Require(x.EqConst(-5).Not(), "x is not -5, %d%% of the time", 100)
	acc := m.State("acc", rtl.S(12), -7)
	acc.Set(acc.AddWrap(x))
	at := m.State("at", rtl.U(2), 0)
	at.Set(at.AddWrap(m.Const(rtl.U(2), 1)))
	last := m.Mem("last", 4, rtl.S(12), 2)
	last.Write(x.AnyOne(), at.Sig, []rtl.Sig{x, acc.Sig})
	m.Out(port("y", rtl.S(12), 2), []rtl.Sig{acc.Unstaged(), last.Read(at.Sig)[0].Unstaged()})
	return m
}

// row is two elements in an array, one alone, and wide registers.
func row() *rtl.Module {
	m := rtl.New("session_row", "three accumulators")
	x := m.In(port("x", rtl.S(12), 3))
	e := element()
	pe := m.Array("pe", e, [][][]rtl.Sig{{{x[0]}}, {{x[1]}}})
	one := m.Instance("one", e, [][]rtl.Sig{{x[2]}})
	wide := x[0].Extend(64).Named("wide_in").Reg("wide")
	flag := x[0].EqConst(1).Reg("flag")
	m.Out(port("y", rtl.S(12), 6), append(append(pe[0][0], pe[1][0]...), one[0]...))
	m.Out(port("wide", rtl.S(64), 1), []rtl.Sig{wide})
	m.Out(port("flag", rtl.U(1), 1), []rtl.Sig{flag})
	return m
}

func open(t *testing.T, m *rtl.Module, c verilator.SessionConfig) *verilator.Session {
	t.Helper()
	tooltest.Need(t, "verilator", "g++")
	s, err := verilator.NewSession(context.WithoutCancel(t.Context()), m, c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// TestSessionFollowsTheInterpreter compares ports, registers and memory words
// by name in every cycle.
func TestSessionFollowsTheInterpreter(t *testing.T) {
	m := row()
	s := open(t, m, verilator.SessionConfig{})
	it, err := rtl.NewInterp(m)
	require.NoError(t, err)
	out := [][]int64{make([]int64, 6), {0}, {0}}
	for cycle := range 40 {
		x := []int64{int64(cycle*977%4096 - 2048), int64(cycle % 3), int64(-cycle)}
		if cycle == 5 {
			x[2] = 2047
		}
		require.NoError(t, s.Set("x", x...))
		it.Eval([][]int64{x}, out)
		for k, name := range []string{"y", "wide", "flag"} {
			got, err := s.Get(name)
			require.NoError(t, err)
			require.Equal(t, out[k], got, "%s in cycle %d", name, cycle)
		}
		for _, path := range []string{"u_pe[0].acc", "u_pe[1].acc", "u_one.acc", "u_one.at", "wide", "flag"} {
			want, err := it.Peek(path)
			require.NoError(t, err)
			got, err := s.Peek(path)
			require.NoError(t, err)
			require.Equal(t, want, got, "%s in cycle %d", path, cycle)
		}
		for _, path := range []string{"u_pe[0].last", "u_pe[1].last", "u_one.last"} {
			for addr := range 4 {
				want, err := it.PeekWord(path, addr)
				require.NoError(t, err)
				got, err := s.PeekWord(path, addr)
				require.NoError(t, err)
				require.Equal(t, want, got, "%s[%d] in cycle %d", path, addr, cycle)
			}
		}
		require.NoError(t, s.Step(1))
		it.Clock()
		require.EqualValues(t, it.Cycle(), s.Cycle())
	}
	require.NoError(t, it.Err())
	require.NoError(t, s.Reset())
	acc, err := s.Peek("u_pe[1].acc")
	require.NoError(t, err)
	require.EqualValues(t, -7, acc)
	require.Zero(t, s.Cycle())
}

func TestSessionRequirement(t *testing.T) {
	s := open(t, row(), verilator.SessionConfig{})
	require.NoError(t, s.Step(6))
	require.NoError(t, s.Set("x", 0, -5, 0))
	err := s.Step(100)
	require.ErrorContains(t, err, "verilator: session_row: session_test.go:")
	require.ErrorContains(t, err, ": module session_element: requirement failed: x is not -5, 100% of the time (cycle 6)")
	require.EqualValues(t, 7, s.Cycle(), "the run ends after the cycle of the failure")
	require.NoError(t, s.Reset())
	require.NoError(t, s.Step(100), "reset clears ports and failure")
}

func TestSessionRunUntil(t *testing.T) {
	s := open(t, row(), verilator.SessionConfig{})
	require.NoError(t, s.Set("x", 3, 0, 0))
	cycle, err := s.RunUntil(1000, "y", -1, 3, -7, 0, -7, 0)
	require.ErrorIs(t, err, verilator.ErrLimit, "acc is -1 before the memory has a 3")
	require.EqualError(t, err, "verilator: session_row: y is not [-1 3 -7 0 -7 0] after 1000 cycles: cycle limit")
	require.EqualValues(t, 1000, cycle)
	require.NoError(t, s.Reset())
	require.NoError(t, s.Set("x", 3, 0, 0))
	cycle, err = s.RunUntil(1000, "y", 8, 3, -7, 0, -7, 0)
	require.NoError(t, err)
	require.EqualValues(t, 5, cycle, "-7 + 5*3")
	cycle, err = s.RunUntil(0, "wide", 3)
	require.NoError(t, err)
	require.EqualValues(t, 5, cycle)
}

func TestSessionWave(t *testing.T) {
	s := open(t, row(), verilator.SessionConfig{Trace: true})
	dir := t.TempDir()
	require.NoError(t, s.Step(2))
	require.NoError(t, s.Wave(filepath.Join(dir, "a.vcd")))
	require.NoError(t, s.Set("x", 1, 0, 0))
	require.NoError(t, s.Step(2))
	require.NoError(t, s.Wave(filepath.Join(dir, "b.vcd")))
	require.NoError(t, s.Set("x", 0, 0, 0))
	require.NoError(t, s.Step(3))
	require.NoError(t, s.Wave(""))
	require.NoError(t, s.Step(3))
	require.Equal(t, []string{"0", "1"}, vcd(t, filepath.Join(dir, "a.vcd"))["TOP.session_row.flag_q"])
	b := vcd(t, filepath.Join(dir, "b.vcd"))
	require.Equal(t, []string{"1", "0"}, b["TOP.session_row.flag_q"])
	require.Len(t, b["TOP.session_row.clk_i"], 6)
	err := s.Wave(filepath.Join(dir, "none", "c.vcd"))
	require.ErrorContains(t, err, "verilator: session_row: cannot write waveforms to "+dir)
}

func TestSessionErrors(t *testing.T) {
	s := open(t, row(), verilator.SessionConfig{Memories: nil})
	_, get := s.Get("x")
	_, peek := s.Peek("u_pe[2].acc")
	_, noArray := s.Peek("u_one[0].acc")
	_, noIndex := s.Peek("u_pe.acc")
	_, noInst := s.Peek("u_no.acc")
	_, noReg := s.Peek("u_one.no")
	_, isMem := s.Peek("u_one.last")
	_, isReg := s.PeekWord("u_one.acc", 0)
	_, word := s.PeekWord("u_one.last", 4)
	_, until := s.RunUntil(5, "z", 0)
	_, limit := s.RunUntil(-1, "flag", 0)
	_, lanes := s.RunUntil(5, "y", 0)
	_, dump := s.Dump("ram", 0, 1)
	for _, tt := range []struct {
		err  error
		want string
	}{
		{s.Set("y", 1), `verilator: session_row has no input port "y"`},
		{s.Set("x", 1), "verilator: session_row: 1 values for port x, want 3"},
		{s.Set("x", 1, 2, 2048), "verilator: session_row: lane 2 of port x is 2048, want a value of s12"},
		{get, `verilator: session_row has no output port "x"`},
		{s.Step(-1), "verilator: session_row: step of -1 cycles, want 0 or more"},
		{peek, `rtl: module session_row: index "2" of u_pe, want 0 to 1`},
		{noArray, `rtl: module session_row: u_one is no array, wanted for "u_one[0].acc"`},
		{noIndex, `rtl: module session_row: u_pe is an array, index it, wanted for "u_pe.acc"`},
		{noInst, `rtl: module session_row has no instance "u_no", wanted for "u_no.acc"`},
		{noReg, `rtl: module session_element has no register or memory "no"`},
		{isMem, "verilator: session_row: u_one.last is a memory, want a register"},
		{isReg, "verilator: session_row: u_one.acc is a register, want a memory"},
		{word, "verilator: session_row: word of u_one.last is 4, want 0 to 3"},
		{until, `verilator: session_row has no output port "z"`},
		{limit, "verilator: session_row: limit of -1 cycles, want 0 or more"},
		{lanes, "verilator: session_row: 1 values for port y, want 6"},
		{dump, `verilator: session_row has no memory "ram" attached`},
		{s.Wave("x.vcd"), "verilator: session_row was built without Trace, which waveforms need"},
	} {
		require.EqualError(t, tt.err, tt.want)
	}
	require.NoError(t, s.Step(1), "a mistake does not end the session")
}

func TestSessionCancelled(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	ctx, cancel := context.WithCancel(t.Context())
	s, err := verilator.NewSession(ctx, row(), verilator.SessionConfig{})
	require.NoError(t, err)
	time.AfterFunc(50*time.Millisecond, cancel)
	start := time.Now()
	err = s.Step(math.MaxInt64)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "verilator: session_row: ")
	require.Less(t, time.Since(start), 20*time.Second)
	require.Equal(t, err, s.Step(1), "the error stays")
	require.NoError(t, s.Close())
}

func TestSessionClosed(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	s, err := verilator.NewSession(t.Context(), row(), verilator.SessionConfig{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.EqualError(t, s.Step(1), "verilator: session_row: the session is closed")
	require.NoError(t, s.Close())
}

// copier reads n chunks of four words from src, adds one to each lane and
// writes them to dst, through a buffer.
func copier() *rtl.Module {
	const chunk, addrBits = 4, 16
	m := rtl.New("session_copier", "copy and increment")
	start := m.InUnstaged(port("start", rtl.U(1), 1))[0]
	src := m.InUnstaged(port("src", rtl.U(addrBits), 1))[0]
	dst := m.InUnstaged(port("dst", rtl.U(addrBits), 1))[0]
	n := m.InUnstaged(port("n", rtl.U(8), 1))[0]
	request := []rtl.Port{port("addr", rtl.U(addrBits), 1), port("beats", rtl.U(3), 1)}
	data := []rtl.Port{port("data", rtl.S(20), 2)}
	rdReq := m.OutStream(rtl.Stream{Name: "in_req", Fields: request})
	rd := m.InStream(rtl.Stream{Name: "in_rd", Fields: data})
	wrReq := m.OutStream(rtl.Stream{Name: "out_req", Fields: request})
	wr := m.OutStream(rtl.Stream{Name: "out_wr", Fields: data})

	e := m.Enum("state", "idle", "ask", "fill", "request", "drain", "done")
	state := e.State("state", "idle")
	is := func(name string) rtl.Sig { return e.Is(state.Sig, name).Unstaged() }
	one := m.Const(rtl.U(2), 1)
	moved := is("fill").And(rd.Valid.Unstaged()).Or(is("drain").And(wr.Ready))
	word, round := m.State("word", rtl.U(2), 0), m.State("round", rtl.U(8), 0)
	nextWord := moved.Mux(word.AddWrap(one), word.Sig)
	word.Set(nextWord)
	end := moved.And(word.EqConst(chunk - 1).Unstaged())
	round.SetWhen(end.And(is("drain")), round.AddWrap(m.Const(rtl.U(8), 1)))
	more := round.AddWrap(m.Const(rtl.U(8), 1)).Eq(n).Not().Unstaged()
	state.Set(rtl.Switch(state.Sig).
		Is("idle", start.Mux(e.Const("ask"), e.Const("idle"))).
		Is("ask", rdReq.Ready.Mux(e.Const("fill"), e.Const("ask"))).
		Is("fill", end.Mux(e.Const("request"), e.Const("fill"))).
		Is("request", wrReq.Ready.Mux(e.Const("drain"), e.Const("request"))).
		Is("drain", end.Mux(more.Mux(e.Const("ask"), e.Const("done")), e.Const("drain"))).
		Else(e.Const("done")))

	buffer := m.Mem("buffer", chunk, rtl.S(20), 2)
	buffer.Write(is("fill").And(rd.Valid.Unstaged()), word.Unstaged(), []rtl.Sig{rd.Data[0][0].Unstaged(), rd.Data[0][1].Unstaged()})
	got := buffer.Read(nextWord.Unstaged())
	for i := range got {
		got[i] = got[i].Unstaged().AddWrap(m.Const(rtl.S(20), 1))
	}
	step := round.Unstaged().Extend(addrBits).ShlConst(4).Wrap(addrBits)
	step = step.AddWrap(round.Unstaged().Extend(addrBits).ShlConst(2).Wrap(addrBits)) // chunks of 20 bytes
	beats := m.Const(rtl.U(3), chunk)
	rdReq.Drive(is("ask"), [][]rtl.Sig{{src.AddWrap(step)}, {beats}})
	rd.Accept(is("fill"))
	wrReq.Drive(is("request"), [][]rtl.Sig{{dst.AddWrap(step)}, {beats}})
	wr.Drive(is("drain"), [][]rtl.Sig{got})
	m.Out(port("done", rtl.U(1), 1), []rtl.Sig{is("done")})
	return m
}

// lanes reads n words of two 20-bit lanes from bytes.
func lanes(b []byte, n int) [][2]int64 {
	out := make([][2]int64, n)
	for i := range out {
		var word [8]byte
		copy(word[:], b[5*i:5*i+5])
		v := binary.LittleEndian.Uint64(word[:])
		out[i] = [2]int64{int64(v<<44) >> 44, int64(v<<24) >> 44}
	}
	return out
}

func TestSessionCopies(t *testing.T) {
	const chunks, words = 9, 36
	memory := verilator.Memory{Name: "ram", Bytes: 4096, Ports: []verilator.MemoryPort{
		{Name: "in", LatencyCycles: 7, Efficiency: verilator.Ratio{Num: 2, Den: 3}},
		{Name: "out", LatencyCycles: 3},
	}}
	s := open(t, copier(), verilator.SessionConfig{Memories: []verilator.Memory{memory}})
	source := make([]byte, 5*words)
	for i := range source {
		source[i] = byte(i*i*31 + i)
	}
	copy(source, []byte{0xff, 0xff, 0xf7, 0xff, 0x7f}) // 0x7ffff wraps to the most negative
	for round := range 2 {
		require.NoError(t, s.Reset())
		require.NoError(t, s.Load("ram", 40, source))
		require.NoError(t, s.Load("ram", 1000, make([]byte, 5*words+1)))
		for name, v := range map[string]int64{"start": 1, "src": 40, "dst": 1000, "n": chunks} {
			require.NoError(t, s.Set(name, v))
		}
		cycle, err := s.RunUntil(10000, "done", 1)
		require.NoError(t, err)
		// idle, then per chunk: ask, 7 of latency, beats at 0, 2, 3, 5 of the
		// efficiency 2/3, request, 3 of latency, 4 beats.
		require.EqualValues(t, 1+chunks*(1+6+6+1+2+4), cycle, "round %d", round)
		got, err := s.Dump("ram", 1000, 5*words+1)
		require.NoError(t, err)
		want := lanes(source, words)
		for i, w := range lanes(got, words) {
			for l := range w {
				require.Equal(t, (want[i][l]+1)<<44>>44, w[l], "word %d lane %d", i, l)
			}
		}
		require.Zero(t, got[5*words], "nothing beyond")
		unchanged, err := s.Dump("ram", 40, 5*words)
		require.NoError(t, err)
		require.Equal(t, source, unchanged)
	}
	require.NoError(t, s.Reset())
	for name, v := range map[string]int64{"start": 1, "src": 4090, "dst": 1000, "n": chunks} {
		require.NoError(t, s.Set(name, v))
	}
	_, err := s.RunUntil(100, "done", 1)
	require.EqualError(t, err, "verilator: session_copier: memory port in_req_valid: request of 4 beats of 5 bytes at 4090, "+
		"the memory has 4096 bytes (cycle 1)")
	require.EqualError(t, s.Load("ram", 4090, make([]byte, 7)), "verilator: session_copier: 7 bytes at 4090 of memory ram, which has 4096")
	_, err = s.Dump("ram", -1, 2)
	require.EqualError(t, err, "verilator: session_copier: 2 bytes at -1 of memory ram, which has 4096")
}

func TestMemoryErrors(t *testing.T) {
	good := verilator.MemoryPort{Name: "in", LatencyCycles: 1}
	for _, tt := range []struct {
		m    verilator.Memory
		want string
	}{
		{verilator.Memory{Ports: []verilator.MemoryPort{good}}, "Bytes is 0, want 1 to 4294967296"},
		{verilator.Memory{Bytes: 1}, "verilator: memory ram has no ports, want 1 or more"},
		{verilator.Memory{Bytes: 1, Ports: []verilator.MemoryPort{{Name: "no", LatencyCycles: 1}}},
			"module session_copier has no stream no_req with fields addr and beats"},
		{verilator.Memory{Bytes: 1, Ports: []verilator.MemoryPort{{Name: "in"}}}, "port in: LatencyCycles is 0, want 1 to"},
		{verilator.Memory{Bytes: 1, Ports: []verilator.MemoryPort{{Name: "in", LatencyCycles: 1, Efficiency: verilator.Ratio{Num: 3, Den: 2}}}},
			"port in: Efficiency is 3/2, want 0 < Num/Den <= 1"},
		{verilator.Memory{Bytes: 1, Ports: []verilator.MemoryPort{{Name: "in", LatencyCycles: 1, MaxOutstanding: -1}}},
			"port in: MaxOutstanding is -1, want 0 or more"},
		{verilator.Memory{Bytes: 1, Ports: []verilator.MemoryPort{good}, SharedBytesPerCycle: verilator.Ratio{Num: 9, Den: 2}},
			"SharedBytesPerCycle is 9/2, want the widest beat, 5 bytes, or more"},
		{verilator.Memory{Bytes: 1, Ports: []verilator.MemoryPort{good}, Banks: &verilator.Banks{RowBytes: 4}},
			"want Count and RowBytes 1 or more"},
	} {
		tt.m.Name = "ram"
		_, err := verilator.NewSession(t.Context(), copier(), verilator.SessionConfig{Memories: []verilator.Memory{tt.m}})
		require.ErrorContains(t, err, tt.want)
	}
}

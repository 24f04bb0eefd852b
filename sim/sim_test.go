package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Where each cycle goes, by hand. Ops issue from cycle 0; Lm.Tmatmul has a
// registered queue of one and latency 4, Lm.Direct has no queue.
func TestStates(t *testing.T) {
	for _, c := range []struct {
		name          string
		ops           func(p parts) []*Op
		issue, direct UnitReport
	}{
		{"one op", func(p parts) []*Op { return []*Op{{Unit: p.direct, Latency: 5}} },
			UnitReport{Busy: 1, Idle: 4}, UnitReport{Busy: 5}},
		{"pipelined", func(p parts) []*Op { return []*Op{{Unit: p.direct, Latency: 5, Interval: 2}} },
			UnitReport{Busy: 1, Idle: 4}, UnitReport{Busy: 2, Idle: 3}},
		{"full", func(p parts) []*Op { return []*Op{{Unit: p.direct, Latency: 5}, {Unit: p.direct, Latency: 2}} },
			UnitReport{Busy: 2, Full: 4, Idle: 1}, UnitReport{Busy: 7}},
		{"raw", func(p parts) []*Op {
			return []*Op{{Unit: p.direct, Latency: 5, Interval: 1, Writes: []int{1}}, {Unit: p.direct, Latency: 1, Reads: []int{1}}}
		}, UnitReport{Busy: 2, RAW: 4}, UnitReport{Busy: 2, Idle: 4}},
		{"forwarding", func(p parts) []*Op {
			return []*Op{{Unit: p.direct, Latency: 5, Interval: 1, Writes: []int{1}, WritesReady: AfterStart(3)}, {Unit: p.direct, Latency: 1, Reads: []int{1}}}
		}, UnitReport{Busy: 2, RAW: 2, Idle: 1}, UnitReport{Busy: 2, Idle: 2, Full: 1}},
		{"war", func(p parts) []*Op {
			return []*Op{{Unit: p.direct, Latency: 5, Interval: 1, Reads: []int{1}, ReadsFree: AfterStart(4)}, {Unit: p.direct, Latency: 1, Interval: 1, Writes: []int{1}}}
		}, UnitReport{Busy: 2, WAR: 3}, UnitReport{Busy: 2, Idle: 3}},
		{"waw", func(p parts) []*Op {
			return []*Op{{Unit: p.direct, Latency: 5, Interval: 1, Writes: []int{1}, WritesReady: AfterFinish(2)}, {Unit: p.direct, Latency: 1, Writes: []int{1}}}
		}, UnitReport{Busy: 2, WAW: 6}, UnitReport{Busy: 2, Idle: 6}},
		{"token", func(p parts) []*Op {
			return []*Op{{Unit: p.unit, Signals: []Signal{{p.sem, 1, Point{}}}}, {Unit: p.direct, Latency: 1, Waits: []Wait{{p.sem, 1, false}}}}
		}, UnitReport{Busy: 2, Token: 4}, UnitReport{Busy: 1, Idle: 5}},
		{"issue cycles", func(p parts) []*Op {
			return []*Op{{Unit: p.unit, IssueCycles: 3}, {Unit: p.direct, Latency: 5}}
		}, UnitReport{Busy: 4, Idle: 4}, UnitReport{Busy: 5, Idle: 3}},
		// requested at 1, first beat at 11, last at 13, then a tail of 4
		{"memory", func(p parts) []*Op {
			return []*Op{{Unit: p.direct, Latency: 6, Tail: 4, Transfers: []Transfer{{Port: p.port, Bytes: 12, After: 1}}}}
		}, UnitReport{Busy: 1, Idle: 16}, UnitReport{Busy: 10, Memory: 7}},
		{"memory hidden", func(p parts) []*Op {
			return []*Op{{Unit: p.direct, Latency: 20, Transfers: []Transfer{{Port: p.port, Bytes: 12}}}}
		}, UnitReport{Busy: 1, Idle: 19}, UnitReport{Busy: 20}},
		{"tail beyond the latency", func(p parts) []*Op {
			return []*Op{{Unit: p.direct, Latency: 12, Tail: 4, Transfers: []Transfer{{Port: p.port, Bytes: 4}}}}
		}, UnitReport{Busy: 1, Idle: 13}, UnitReport{Busy: 14}},
		// the second op has its beat at 11 and its tail until 13, the first finishes at 30
		{"behind an older op", func(p parts) []*Op {
			return []*Op{{Unit: p.direct, Latency: 30, Interval: 1},
				{Unit: p.direct, Latency: 5, Tail: 2, Transfers: []Transfer{{Port: p.port, Bytes: 4}}}}
		}, UnitReport{Busy: 2, Idle: 28}, UnitReport{Busy: 8, Memory: 5, Full: 17}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newParts(t, Config{ClockHz: 300e6})
			require.NoError(t, p.issue.Load(c.ops(p)...))
			r, err := p.s.Run(context.Background())
			require.NoError(t, err)
			for _, u := range r.Units {
				u.Kind, u.Ops, u.Bytes, u.Utilisation = "", 0, 0, 0
				switch name := u.Name; name {
				case "Lm.Issue":
					u.Name = ""
					require.Equal(t, c.issue, u, name)
				case "Lm.Direct":
					u.Name = ""
					require.Equal(t, c.direct, u, name)
				}
			}
		})
	}
}

// The cycle in which the second op starts, for every kind of queue: the first
// op, of latency 4, holds the unit.
func TestQueues(t *testing.T) {
	for _, c := range []struct {
		depth      int
		pipe, flow bool
		latency    Cycle
		want       []Cycle // starts of four ops
		issues     Cycle   // cycle after the last issue
	}{
		{0, false, false, 0, []Cycle{0, 4, 8, 12}, 13},
		{1, false, false, 0, []Cycle{1, 5, 9, 13}, 11},
		{1, true, false, 0, []Cycle{1, 5, 9, 13}, 10},
		{1, false, true, 0, []Cycle{0, 4, 8, 12}, 10},
		{1, true, true, 0, []Cycle{0, 4, 8, 12}, 9},
		{2, false, false, 0, []Cycle{1, 5, 9, 13}, 7},
		{4, false, false, 3, []Cycle{4, 8, 12, 16}, 4},
		{4, false, true, 3, []Cycle{3, 7, 11, 15}, 4},
	} {
		s, err := NewSystem(Config{ClockHz: 333e6})
		require.NoError(t, err)
		u, err := NewUnit(s, UnitConfig{Name: "U", QueueDepth: c.depth, Pipe: c.pipe, Flow: c.flow, Latency: 4})
		require.NoError(t, err)
		is, err := NewIssuer(s, IssuerConfig{Name: "I", Latency: c.latency})
		require.NoError(t, err)
		ops := []*Op{{Unit: u}, {Unit: u}, {Unit: u}, {Unit: u}}
		require.NoError(t, is.Load(ops...))
		r, err := s.Run(context.Background())
		require.NoError(t, err)
		var got []Cycle
		for _, o := range ops {
			got = append(got, o.StartCycle())
		}
		require.Equal(t, c.want, got, "%+v", c)
		require.Equal(t, c.issues, r.Units[0].Busy+r.Units[0].Full, "%+v", c)
		require.Equal(t, c.want[3]+4, r.Cycles, "%+v", c)
	}
}

// Payloads run in program order of a unit, OnFinish although a shorter op
// comes second, and not at all when only timing is wanted.
func TestPayloads(t *testing.T) {
	run := func(only bool) (string, *Report) {
		p := newParts(t, Config{ClockHz: 300e6, TimingOnly: only})
		var log []string
		say := func(s string) func() error {
			return func() error { log = append(log, fmt.Sprint(s, p.s.Now())); return nil }
		}
		require.NoError(t, p.issue.Load(
			&Op{Unit: p.direct, Latency: 9, Interval: 1, OnStart: say("a"), OnFinish: say("A")},
			&Op{Unit: p.direct, Latency: 2, Interval: 1, OnStart: say("b"), OnFinish: say("B")},
			&Op{Unit: p.unit, OnStart: say("c"), OnFinish: say("C")}))
		r, err := p.s.Run(context.Background())
		require.NoError(t, err)
		return strings.Join(log, " "), r
	}
	log, both := run(false)
	require.Equal(t, "a0 b1 c3 C7 A9 B9", log)
	log, timing := run(true)
	require.Empty(t, log)
	require.Equal(t, both, timing)
}

// A program in two runs, or extended by a payload, takes the same cycles as
// in one piece.
func TestRunGoesOn(t *testing.T) {
	ops := func(p parts, n int) (list []*Op) {
		for i := range n {
			list = append(list, &Op{Unit: []*Unit{p.unit, p.direct}[i%2], Latency: Cycle(1 + i%5), Writes: []int{i % 3},
				Transfers: []Transfer{{Port: p.port, Bytes: int64(1 + 7*i)}}})
		}
		return list
	}
	barrier := func(list []*Op, p parts) []*Op { // all before the cut is done before what comes after
		return append(list, &Op{Unit: p.direct, Latency: 1, Reads: []int{0, 1, 2}, Writes: []int{0, 1, 2}})
	}
	whole := newParts(t, Config{ClockHz: 300e6})
	require.NoError(t, whole.issue.Load(append(barrier(ops(whole, 7), whole), ops(whole, 5)...)...))
	require.NoError(t, whole.issue.Load())
	want, err := whole.s.Run(context.Background())
	require.NoError(t, err)

	cut := newParts(t, Config{ClockHz: 300e6})
	require.NoError(t, cut.issue.Load(barrier(ops(cut, 7), cut)...))
	first, err := cut.s.Run(context.Background())
	require.NoError(t, err)
	require.EqualValues(t, 8, first.OpsRetired)
	require.NoError(t, cut.issue.Load(ops(cut, 5)...))
	got, err := cut.s.Run(context.Background())
	require.NoError(t, err)
	require.Equal(t, want.Cycles, got.Cycles)
	require.Equal(t, want.Ports, got.Ports)

	chained := newParts(t, Config{ClockHz: 300e6})
	list := barrier(ops(chained, 7), chained)
	list[7].OnFinish = func() error { return chained.issue.Load(ops(chained, 5)...) }
	require.NoError(t, chained.issue.Load(list...))
	got, err = chained.s.Run(context.Background())
	require.NoError(t, err)
	require.Equal(t, want.Cycles, got.Cycles)
	again, err := chained.s.Run(context.Background())
	require.NoError(t, err, "a run without work")
	require.Equal(t, got, again)
}

func TestTimingFunction(t *testing.T) {
	p := newParts(t, Config{ClockHz: 300e6})
	slower := func(start Cycle) (Cycle, Cycle) { return start + 1, 0 }
	ops := []*Op{{Unit: p.direct, Timing: slower}, {Unit: p.direct, Timing: slower}, {Unit: p.direct, Timing: slower}}
	require.NoError(t, p.issue.Load(ops...))
	r, err := p.s.Run(context.Background())
	require.NoError(t, err)
	require.Equal(t, []Cycle{0, 1, 3}, []Cycle{ops[0].StartCycle(), ops[1].StartCycle(), ops[2].StartCycle()})
	require.EqualValues(t, 7, r.Cycles)
}

// An op that chains issues when the first part of its operand is there, one
// that does not when all of it is; Timing says when that is.
func TestChaining(t *testing.T) {
	p := newParts(t, Config{ClockHz: 300e6})
	writer := &Op{Unit: p.direct, Writes: []int{0}, WritesOpen: Point{From: AtResult}}
	writer.Timing = func(Cycle) (Cycle, Cycle) { writer.ResultAt = 5; return 20, 1 }
	chained := &Op{Unit: p.direct, Latency: 1, Interval: 1, Reads: []int{0}, Chains: true}
	plain := &Op{Unit: p.direct, Latency: 1, Interval: 1, Reads: []int{0}}
	require.NoError(t, p.issue.Load(writer, chained, plain))
	_, err := p.s.Run(context.Background())
	require.NoError(t, err)
	require.Equal(t, []Cycle{0, 5, 20}, []Cycle{writer.StartCycle(), chained.StartCycle(), plain.StartCycle()})
}

func TestPoolRecycles(t *testing.T) {
	s, e := bench(t, Config{ClockHz: 300e6}, 5000)
	_, err := s.Run(context.Background())
	require.NoError(t, err)
	require.Less(t, len(e.pool.free), 20, "as many ops as were under way at once")
	o := e.pool.Get()
	require.Empty(t, o.Name)
	require.Nil(t, o.Unit)
	require.Empty(t, o.Reads)
	require.NotZero(t, cap(o.Writes))
}

// Payloads, a recycled pool and a trace leave the steady state without
// allocations.
func TestNoAllocations(t *testing.T) {
	s, e := bench(t, Config{ClockHz: 300e6, Tracer: mustTrace(t, io.Discard)}, 5000)
	_, err := s.Run(context.Background())
	require.NoError(t, err)
	is := issuerOf(s)
	run := func(n int) float64 {
		return testing.AllocsPerRun(3, func() {
			e.left = n
			require.NoError(t, is.Stream(e))
			_, err := s.Run(context.Background())
			require.NoError(t, err)
		})
	}
	require.Less(t, run(20_000)-run(100), 50.0, "19,900 more ops")
}

func issuerOf(s *System) *Issuer {
	for _, n := range s.nodes {
		if i, ok := n.comp.(*Issuer); ok {
			return i
		}
	}
	return nil
}

func mustTrace(t testing.TB, w io.Writer) *ChromeTrace {
	c, err := NewChromeTrace(w, Clock{300e6}, "lm")
	require.NoError(t, err)
	return c
}

// A scratchpad agrees with a byte map.
func TestScratchpad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := NewSystem(Config{ClockHz: 1e9})
		require.NoError(t, err)
		align := rapid.Int64Range(1, 8).Draw(t, "align")
		p, err := NewScratchpad(s, "P", 100, align)
		require.NoError(t, err)
		owner := make([]string, 100)
		peak := int64(0)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			name := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "name")
			had := int64(strings.Count(strings.Join(owner, ""), name))
			if rapid.Bool().Draw(t, "free") {
				require.Equal(t, had == 0, p.Free(name) != nil)
				for i := range owner {
					owner[i] = strings.ReplaceAll(owner[i], name, "")
				}
				continue
			}
			bytes := rapid.Int64Range(1, 60).Draw(t, "bytes")
			r, err := p.Alloc(name, bytes)
			size := (bytes + align - 1) / align * align
			want := int64(-1)
			for at := int64(0); at+size <= 100 && want < 0; at += align {
				if strings.Join(owner[at:at+size], "") == "" {
					want = at
				}
			}
			if had > 0 || want < 0 {
				require.Error(t, err)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, Region{name, want, size}, r)
			got, err := p.Region(name)
			require.NoError(t, err)
			require.Equal(t, r, got)
			for i := range size {
				owner[r.Offset+i] = name
			}
			peak = max(peak, int64(len(strings.Join(owner, ""))))
		}
		require.EqualValues(t, len(strings.Join(owner, "")), p.used)
		require.Equal(t, peak, p.peak)
	})
}

// A DMA moves in the background: three loads, two of them at a time, while a
// unit computes; each side limits where it is slower.
func TestDMA(t *testing.T) {
	s, err := NewSystem(Config{ClockHz: 940e6})
	require.NoError(t, err)
	m, err := NewMemory(s, MemoryConfig{Name: "Hbm", Ports: []PortConfig{{Name: "Dma", BeatBytes: 8, LatencyCycles: 20}}})
	require.NoError(t, err)
	v, err := NewMemory(s, MemoryConfig{Name: "Vmem", Ports: []PortConfig{{Name: "Dma", BeatBytes: 4, LatencyCycles: 1}}})
	require.NoError(t, err)
	pad, err := NewScratchpad(s, "Vmem.Space", 1024, 8)
	require.NoError(t, err)
	far, err := m.Port("Dma")
	require.NoError(t, err)
	near, err := v.Port("Dma")
	require.NoError(t, err)
	d, err := NewDMA(s, UnitConfig{Name: "Dma", QueueDepth: 4, Flow: true, Latency: 1, Interval: 1, MaxInFlight: 2}, far, near)
	require.NoError(t, err)
	is, err := NewIssuer(s, IssuerConfig{Name: "Issue"})
	require.NoError(t, err)
	var ops []*Op
	var finish []Cycle
	for i := range 3 {
		o := &Op{Name: "load", Allocs: []Allocation{{pad, fmt.Sprint("x", i), 256}}}
		d.Load(o, int64(i)*256, 256)
		o.OnFinish = func() error { finish = append(finish, s.Now()); return nil }
		ops = append(ops, o)
	}
	back := &Op{Name: "store", Frees: []Allocation{{Pad: pad, Name: "x0"}}}
	d.Store(back, 0, 8)
	require.NoError(t, is.Load(append(ops, back)...))
	r, err := s.Run(context.Background())
	require.NoError(t, err)
	// 64 beats of 4 bytes from cycle 1 on the near side, 32 of 8 from 20 on the far side
	require.Equal(t, []Cycle{64, 128, 192}, finish)
	require.Equal(t, Cycle(64), ops[2].StartCycle(), "the third move starts when the first has finished")
	require.Equal(t, []PortReport{
		{"Hbm.Dma", 4, 768, 8, 97, 0, ratio(97, int64(r.Cycles))},
		{"Vmem.Dma", 4, 8, 768, 194, 0, ratio(194, int64(r.Cycles))},
	}, r.Ports)
	require.Equal(t, []ScratchpadReport{{"Vmem.Space", 1024, 512, 768}}, r.Scratchpads)
}

func TestReportJSON(t *testing.T) {
	var texts []string
	for range 2 {
		s, _ := bench(t, Config{ClockHz: 300e6}, 500)
		r, err := s.Run(context.Background())
		require.NoError(t, err)
		b, err := json.Marshal(r)
		require.NoError(t, err)
		texts = append(texts, string(b))
	}
	require.Equal(t, texts[0], texts[1])
	require.Contains(t, texts[0], `{"clock_hz":300000000,"cycles":`)
	require.Contains(t, texts[0], `"scratchpads":[]`)
}

// chromeEvent is what the tests read of a trace event.
type chromeEvent struct {
	Ph, Name, Cat string
	Tid           int
	Ts, Dur       json.Number
	Args          map[string]any
}

func readTrace(t require.TestingT, b []byte) []chromeEvent {
	var file struct{ TraceEvents []chromeEvent }
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	require.NoError(t, d.Decode(&file))
	return file.TraceEvents
}

func rat(t require.TestingT, n json.Number) *big.Rat {
	r, ok := new(big.Rat).SetString(n.String())
	require.True(t, ok, "%q", n)
	return r
}

// The trace of random machines, deadlocked ones among them: slices of a track
// in order of start, disjoint or nested, and stalls as long as the report says.
func TestChromeTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMachine(t)
		var b bytes.Buffer
		trace, err := NewChromeTrace(&b, Clock{940e6}, "random")
		require.NoError(t, err)
		s, _ := m.build(t, Config{ClockHz: 940e6, Tracer: trace}, false)
		r, err := s.Run(context.Background())
		if err != nil {
			require.ErrorContains(t, err, "deadlocked")
		}
		require.NoError(t, trace.Close())
		names, end, last, stalls := map[int]string{}, map[int]*big.Rat{}, map[int]*big.Rat{}, map[string]int64{}
		ops := int64(0)
		for _, e := range readTrace(t, b.Bytes()) {
			switch {
			case e.Name == "thread_name":
				names[e.Tid] = e.Args["name"].(string)
				end[e.Tid], last[e.Tid] = new(big.Rat), new(big.Rat)
			case e.Ph == "X":
				require.Contains(t, names, e.Tid, "named before it is used")
				ts, stop := rat(t, e.Ts), new(big.Rat).Add(rat(t, e.Ts), rat(t, e.Dur))
				require.True(t, ts.Cmp(last[e.Tid]) >= 0, "order on %s", names[e.Tid])
				inside := ts.Cmp(end[e.Tid]) < 0
				if inside {
					require.Equal(t, "stall", e.Cat)
					require.True(t, stop.Cmp(end[e.Tid]) <= 0, "nesting on %s", names[e.Tid])
				} else {
					end[e.Tid] = stop
				}
				last[e.Tid] = ts
				n, err := e.Args["cycles"].(json.Number).Int64()
				require.NoError(t, err)
				from, err := e.Args["cycle"].(json.Number).Int64()
				require.NoError(t, err)
				require.Equal(t, string(s.Clock().stamp(Cycle(from+n)).append(nil)), stop.FloatString(6), "ends add up")
				if e.Cat == "stall" {
					stalls[names[e.Tid]+" "+e.Name] += n
				} else {
					ops++
				}
			}
		}
		require.Equal(t, r.OpsRetired, ops)
		for _, u := range r.Units {
			for name, n := range map[string]Cycle{"token": u.Token, "raw": u.RAW, "waw": u.WAW, "war": u.WAR, "memory": u.Memory, "full": u.Full} {
				require.EqualValues(t, n, stalls[u.Name+" "+name], "%s %s", u.Name, name)
			}
		}
	})
}

// A run that fails in the middle leaves a whole file with the op that was
// under way cut short.
func TestChromeTraceOfFailure(t *testing.T) {
	var b bytes.Buffer
	trace, err := NewChromeTrace(&b, Clock{300e6}, "a \"b\"\n\xff")
	require.NoError(t, err)
	p := newParts(t, Config{ClockHz: 300e6, Tracer: trace, MaxCycles: 50})
	require.NoError(t, p.issue.Load(&Op{Name: "long", Tag: 7, Unit: p.direct, Latency: 8, Transfers: []Transfer{{Port: p.port, Bytes: 4000}}},
		&Op{Name: "ticks", Unit: p.unit, Latency: 30, OnFinish: func() error { return errBoom }}))
	r, err := p.s.Run(context.Background())
	require.ErrorIs(t, err, errBoom)
	require.EqualValues(t, 22, r.Ports[0].Beats, "cycles 10 to 31")
	require.NoError(t, trace.Close())
	size := b.Len()
	trace.Slice(Slice{})
	require.NoError(t, trace.Close())
	require.Equal(t, size, b.Len(), "nothing after Close")
	events := readTrace(t, b.Bytes())
	require.Equal(t, "a \"b\"\n\uFFFD", events[0].Args["name"])
	var got []string
	for _, e := range events {
		if e.Ph == "X" || e.Ph == "C" {
			got = append(got, fmt.Sprint(e.Ph, e.Tid, " ", e.Name, " ", e.Ts, " ", e.Dur, " ", e.Args["tag"], e.Args["value"]))
		}
	}
	require.Equal(t, []string{
		"C3 Lm.Tmatmul queue 0.003333  <nil>1",
		"C3 Lm.Tmatmul queue 0.006666  <nil>0",
		"X3 ticks 0.006666 0.100000 0<nil>",
		"X1 long 0.000000 0.106666 7<nil>",
		"X1 memory 0.026666 0.080000 0<nil>",
	}, got)
}

type brokenWriter struct{ left int }

func (w *brokenWriter) Write(b []byte) (int, error) {
	if w.left -= len(b); w.left < 0 {
		return 0, errors.New("disk full")
	}
	return len(b), nil
}

func TestChromeTraceWriteError(t *testing.T) {
	for _, left := range []int{0, 5000} {
		trace, err := NewChromeTrace(&brokenWriter{left}, Clock{300e6}, "x")
		require.NoError(t, err)
		s, _ := bench(t, Config{ClockHz: 300e6, Tracer: trace}, 500)
		_, err = s.Run(context.Background())
		require.NoError(t, err, "a trace does not stop a run")
		require.EqualError(t, trace.Close(), "disk full")
	}
}

// What a component woken in a phase sees of the same cycle, and that names
// decide the order, not the order of building.
func TestPhases(t *testing.T) {
	s, err := NewSystem(Config{ClockHz: 940e6})
	require.NoError(t, err)
	sem, err := NewSemaphore(s, "Sem", 0)
	require.NoError(t, err)
	var log []string
	parts := map[string]*sleeper{}
	for _, name := range []string{"C[10]", "C[9]", "B"} {
		k := &sleeper{}
		k.act = func(p Phase, now Cycle) error {
			log = append(log, fmt.Sprintf("%s %d/%d", name, now, p))
			return nil
		}
		k.node, err = s.Add(name, k, Retire, Start)
		require.NoError(t, err)
		parts[name] = k
	}
	driver := &sleeper{}
	driver.act = func(p Phase, now Cycle) error {
		switch {
		case now == 0 && p == Accept:
			sem.Await(parts["B"].node)
			parts["C[9]"].node.WakeAt(9)
			parts["C[9]"].node.WakeAt(7) // the earlier one counts
			driver.node.WakeAt(5)
		case now == 5 && p == Retire:
			require.NoError(t, sem.Add(2)) // B acts from phase Start on
		case now == 5 && p == Start:
			parts["C[10]"].node.WakeAt(now) // no phase left: in the next cycle
		}
		return nil
	}
	driver.node, err = s.Add("Z", driver)
	require.NoError(t, err)
	r, err := s.Run(context.Background())
	require.NoError(t, err)
	require.Equal(t, []string{
		"B 0/1", "C[9] 0/1", "C[10] 0/1", "B 0/2", "C[9] 0/2", "C[10] 0/2",
		"B 5/2", "C[10] 6/1", "C[10] 6/2", "C[9] 7/1", "C[9] 7/2",
	}, log)
	require.EqualValues(t, 7, r.Cycles)
	require.EqualValues(t, 2, sem.Count())
}

// A component woken for the phase that is running waits for the next one, also
// when it is 70 names further on.
func TestWokenInPhase(t *testing.T) {
	s, err := NewSystem(Config{ClockHz: 1e9})
	require.NoError(t, err)
	var log []string
	all := make([]*sleeper, 70)
	for i := range all {
		all[i] = &sleeper{act: func(p Phase, now Cycle) error {
			if now == 3 {
				log = append(log, fmt.Sprint(i, " ", p))
			}
			return nil
		}}
		all[i].node, err = s.Add(fmt.Sprintf("C[%d]", i), all[i], Start, Issue)
		require.NoError(t, err)
	}
	first := all[0].act
	all[0].act = func(p Phase, now Cycle) error {
		switch {
		case now == 0:
			all[0].node.WakeAt(3)
		case p == Start:
			all[69].node.WakeAt(now)
			all[1].node.WakeAt(now)
		}
		return first(p, now)
	}
	_, err = s.Run(context.Background())
	require.NoError(t, err)
	require.Equal(t, []string{"0 2", "0 3", "1 3", "69 3"}, log)
}

// An op that nobody has is reported although nobody waits.
func TestLostOp(t *testing.T) {
	p := newParts(t, Config{ClockHz: 1e9})
	p.s.loaded++
	_, err := p.s.Run(context.Background())
	require.EqualError(t, err, "sim: 0 of 1 ops retired; no component is waiting for anything")
}

// More components than a machine word has bits: ops start as in a small
// system, each unit gets its op.
func TestManyComponents(t *testing.T) {
	s, err := NewSystem(Config{ClockHz: 1e9})
	require.NoError(t, err)
	done := 0
	for i := range 150 {
		u, err := NewUnit(s, UnitConfig{Name: fmt.Sprintf("Pe[%d]", i), Latency: Cycle(1 + i)})
		require.NoError(t, err)
		is, err := NewIssuer(s, IssuerConfig{Name: fmt.Sprintf("Issue[%d]", i)})
		require.NoError(t, err)
		require.NoError(t, is.Load(&Op{Unit: u, OnFinish: func() error {
			require.Equal(t, Cycle(1+i), s.Now())
			done++
			return nil
		}}))
	}
	r, err := s.Run(context.Background())
	require.NoError(t, err)
	require.Equal(t, 150, done)
	require.EqualValues(t, 150, r.Cycles)
	require.Equal(t, "Pe[149]", r.Units[299].Name)
}

// Systems share nothing: many at a time give what one gives.
func TestSystemsAreIndependent(t *testing.T) {
	s, _ := bench(t, Config{ClockHz: 300e6}, 500)
	want, err := s.Run(context.Background())
	require.NoError(t, err)
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			s, _ := bench(t, Config{ClockHz: 300e6}, 500)
			got, err := s.Run(context.Background())
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

package sim

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// parts is a small system for the tests of words.
type parts struct {
	s      *System
	unit   *Unit // queue of one, latency 4
	direct *Unit // no queue, no latency of its own
	board  *Scoreboard
	sem    *Semaphore
	port   *Port
	pad    *Scratchpad
	issue  *Issuer
}

func newParts(t require.TestingT, c Config) parts {
	var p parts
	var err error
	p.s, err = NewSystem(c)
	require.NoError(t, err)
	p.unit, err = NewUnit(p.s, UnitConfig{Name: "Lm.Tmatmul", QueueDepth: 1, Latency: 4})
	require.NoError(t, err)
	p.direct, err = NewUnit(p.s, UnitConfig{Name: "Lm.Direct"})
	require.NoError(t, err)
	p.board, err = NewScoreboard(p.s, "Lm.Board", 4)
	require.NoError(t, err)
	p.sem, err = NewSemaphore(p.s, "Lm.Weights.Out", 0)
	require.NoError(t, err)
	m, err := NewMemory(p.s, MemoryConfig{Name: "Lm.Memory", Ports: []PortConfig{{Name: "Weights", BeatBytes: 4, LatencyCycles: 10}}})
	require.NoError(t, err)
	p.port, err = m.Port("Weights")
	require.NoError(t, err)
	p.pad, err = NewScratchpad(p.s, "Lm.Vmem", 64, 8)
	require.NoError(t, err)
	p.issue, err = NewIssuer(p.s, IssuerConfig{Name: "Lm.Issue", Board: p.board})
	require.NoError(t, err)
	return p
}

func TestConfigErrors(t *testing.T) {
	hz := Config{ClockHz: 300e6}
	system := func(c Config) func(*System) error {
		return func(*System) error { _, err := NewSystem(c); return err }
	}
	unit := func(c UnitConfig) func(*System) error {
		return func(s *System) error { _, err := NewUnit(s, c); return err }
	}
	memory := func(c MemoryConfig) func(*System) error {
		return func(s *System) error { c.Name = "M"; _, err := NewMemory(s, c); return err }
	}
	port := func(c PortConfig) func(*System) error {
		c.Name = "P"
		return memory(MemoryConfig{Ports: []PortConfig{c}})
	}
	issuer := func(c IssuerConfig) func(*System) error {
		return func(s *System) error { c.Name = "I"; _, err := NewIssuer(s, c); return err }
	}
	good := PortConfig{Name: "P", BeatBytes: 8, LatencyCycles: 1}
	foreign := newParts(t, hz)
	for _, c := range []struct {
		do   func(*System) error
		want string
	}{
		{system(Config{}), "sim: ClockHz is 0, want 1000 to 1000000000000"},
		{system(Config{ClockHz: 1e12 + 1}), "sim: ClockHz is 1000000000001, want 1000 to 1000000000000"},
		{system(Config{ClockHz: 1e6, MaxCycles: -1}), "sim: MaxCycles is -1, want 0 to 100000000000000"},
		{unit(UnitConfig{}), `sim: name "" is not valid, want elements like Core.Pe[3]: a capital first, no underscore, hyphen or quote`},
		{unit(UnitConfig{Name: "Lm.tmatmul"}), `sim: name "Lm.tmatmul" is not valid, want elements like`},
		{unit(UnitConfig{Name: "Lm_X"}), `sim: name "Lm_X" is not valid`},
		{unit(UnitConfig{Name: "Pe["}), `sim: name "Pe[" is not valid`},
		{unit(UnitConfig{Name: "[3]"}), `sim: name "[3]" is not valid`},
		{unit(UnitConfig{Name: "Taken"}), "sim: Taken: name is used twice"},
		{unit(UnitConfig{Name: "U", QueueDepth: -1}), "sim: U: QueueDepth is -1, want 0 to 1048576"},
		{unit(UnitConfig{Name: "U", Flow: true}), "sim: U: Pipe or Flow without a queue, want QueueDepth 1 or more"},
		{unit(UnitConfig{Name: "U", Latency: -3}), "sim: U: Latency is -3, want 0 to 100000000000000"},
		{unit(UnitConfig{Name: "U", Interval: MaxCycle + 1}), "sim: U: Interval is 100000000000001, want 0 to 100000000000000"},
		{unit(UnitConfig{Name: "U", MaxInFlight: -1}), "sim: U: MaxInFlight is -1, want 0 or more"},
		{func(*System) error { _, err := NewUnit(nil, UnitConfig{Name: "U"}); return err }, "sim: U: system is nil"},
		{func(s *System) error { _, err := s.Add("C", nil); return err }, "sim: C: component is nil"},
		{func(s *System) error { _, err := s.Add("C", &asker{}, 7); return err }, "sim: C: phase is 7, want 0 to 4"},
		{func(s *System) error { _, err := NewSemaphore(s, "S", -1); return err }, "sim: S: count is -1, want 0 or more"},
		{func(s *System) error { _, err := NewScoreboard(s, "B", 0); return err }, "sim: B: 0 registers, want 1 to 65536"},
		{func(s *System) error { _, err := NewScratchpad(s, "P", 4, 8); return err },
			"sim: P: capacity 4 and alignment 8 bytes, want 1 <= alignment <= capacity <= 1099511627776"},
		{memory(MemoryConfig{}), "sim: M: 0 ports and policy 0, want 1 port or more and a known policy"},
		{memory(MemoryConfig{Ports: []PortConfig{good}, Policy: 2}), "sim: M: 1 ports and policy 2, want 1 port or more and a known policy"},
		{memory(MemoryConfig{Ports: []PortConfig{good, good}}), "sim: M.P: name is used twice"},
		{memory(MemoryConfig{Ports: []PortConfig{good}, SharedBytesPerCycle: Ratio{15, 2}}),
			"sim: M: SharedBytesPerCycle is 15/2, want the widest beat, 8 bytes, or more and a denominator of 1 to 65536"},
		{memory(MemoryConfig{Ports: []PortConfig{good}, Banks: &Banks{Count: 1}}),
			"sim: M: banks: Count 1, RowBytes 0, MissPenaltyCycles 0, want 1 to 65536, 1 or more, 0 to 1048576"},
		{port(PortConfig{LatencyCycles: 1}), "sim: M.P: BeatBytes is 0, want 1 to 1048576"},
		{port(PortConfig{BeatBytes: 1}), "sim: M.P: LatencyCycles is 0, want 1 to 100000000000000"},
		{port(PortConfig{BeatBytes: 1, LatencyCycles: 1, Efficiency: Ratio{3, 2}}),
			"sim: M.P: Efficiency is 3/2, want 0 < Num/Den <= 1 with Den up to 65536"},
		{port(PortConfig{BeatBytes: 1, LatencyCycles: 1, MaxOutstanding: -1}), "sim: M.P: MaxOutstanding is -1, want 0 or more"},
		{issuer(IssuerConfig{Width: -1}), "sim: I: Width is -1, want 0 to 65536"},
		{issuer(IssuerConfig{Latency: -1}), "sim: I: Latency is -1, want 0 to 100000000000000"},
		{issuer(IssuerConfig{Board: foreign.board}), "sim: I: scoreboard Lm.Board is of another system"},
		{issuer(IssuerConfig{AllReady: []*Unit{foreign.unit}}), "sim: I: AllReady has a unit that is nil or of another system"},
		{func(*System) error { _, err := NewArbiter(2, 1); return err },
			"sim: arbiter of policy 2 for 1 requesters, want RoundRobin (0) or FixedPriority (1) and 1 or more"},
		{func(*System) error { _, err := foreign.port.mem.Port("X"); return err }, `sim: Lm.Memory: no port "X"`},
		{func(*System) error { return foreign.port.Request(Transfer{Bytes: 1}, nil, 0) }, "Lm.Memory.Weights: request without receiver"},
		{func(*System) error { return foreign.port.Request(Transfer{}, &asker{}, 0) },
			"Lm.Memory.Weights: request of 0 bytes at 0, want 1 to 1099511627776 at 0 or more"},
		{func(*System) error { return foreign.sem.Add(-2) }, "semaphore Lm.Weights.Out: signal of -2, want 0 or more"},
		{func(*System) error { _, err := NewChromeTrace(nil, Clock{}, ""); return err },
			"sim: trace: want a writer and a clock made by NewClock"},
	} {
		s, err := NewSystem(hz)
		require.NoError(t, err)
		_, err = NewSemaphore(s, "Taken", 0)
		require.NoError(t, err)
		require.ErrorContains(t, c.do(s), c.want)
	}
}

func TestOpErrors(t *testing.T) {
	p, foreign := newParts(t, Config{ClockHz: 300e6}), newParts(t, Config{ClockHz: 300e6})
	for _, c := range []struct {
		op   *Op
		want string
	}{
		{nil, "sim: Lm.Issue: op is nil"},
		{&Op{Name: "go"}, `sim: Lm.Issue: op "go": unit is nil or of another system`},
		{&Op{Name: "go", Unit: foreign.unit}, `sim: Lm.Issue: op "go": unit is nil or of another system`},
		{&Op{Unit: p.unit, Latency: -1}, `op "": Latency is -1, want 0 to 100000000000000`},
		{&Op{Unit: p.unit, Interval: -1}, `op "": Interval is -1, want 0 to 100000000000000`},
		{&Op{Unit: p.unit, IssueCycles: -1}, `op "": IssueCycles is -1, want 0 to 100000000000000`},
		{&Op{Unit: p.unit, Tail: -1}, `op "": Tail is -1, want 0 to 100000000000000`},
		{&Op{Unit: p.direct}, `op "": neither op nor unit has a latency and there is no transfer, want one of them`},
		{&Op{Unit: p.unit, Transfers: []Transfer{{Bytes: 1}}}, `op "": transfer 0: port is nil or of another system`},
		{&Op{Unit: p.unit, Transfers: []Transfer{{Port: foreign.port, Bytes: 1}}}, `op "": transfer 0: port is nil or of another system`},
		{&Op{Unit: p.unit, Transfers: []Transfer{{Port: p.port}}},
			`op "": transfer 0: Bytes 0, Addr 0, After 0, want Bytes 1 to 1099511627776, the others 0 or more`},
		{&Op{Unit: p.unit, Waits: []Wait{{p.sem, 0, false}}}, `op "": wait 0: want a semaphore of this system and Count 1 or more, Count is 0`},
		{&Op{Unit: p.unit, Waits: []Wait{{foreign.sem, 1, false}}}, `op "": wait 0: want a semaphore of this system`},
		{&Op{Unit: p.unit, Waits: []Wait{{p.sem, 1, false}, {p.sem, 1, true}}}, `op "": waits 0 and 1: both on Lm.Weights.Out, want one`},
		{&Op{Unit: p.unit, Signals: []Signal{{To: p.sem}}}, `op "": signal 0: want a semaphore of this system and Count 1 or more, Count is 0`},
		{&Op{Unit: p.unit, Signals: []Signal{{p.sem, 1, AfterStart(0)}}},
			`op "": signal 0: At is 0 cycles from anchor 1, want 0 or more from AtFinish (0), AtRead (2) or AtResult (3), 1 or more from AtStart (1)`},
		{&Op{Unit: p.unit, Reads: []int{4}}, `op "": register 4, want 0 to 3`},
		{&Op{Unit: p.unit, Writes: []int{-1}}, `op "": register -1, want 0 to 3`},
		{&Op{Unit: p.unit, ReadsFree: AfterFinish(-1)}, `op "": ReadsFree is -1 cycles from anchor 0`},
		{&Op{Unit: p.unit, WritesReady: Point{9, 1}}, `op "": WritesReady is 1 cycles from anchor 9`},
		{&Op{Unit: p.unit, Allocs: []Allocation{{foreign.pad, "x", 1}}}, `op "": allocation x: scratchpad is nil or of another system`},
	} {
		good := &Op{Unit: p.unit}
		require.ErrorContains(t, p.issue.Load(good, c.op), c.want)
		require.NoError(t, p.issue.Load(good), "an op loaded beside a bad one can be loaded again")
	}
	loaded := &Op{Name: "twice", Unit: p.unit}
	require.ErrorContains(t, p.issue.Load(loaded, loaded), `op "twice": is loaded and has not finished`)
	bare, err := NewIssuer(p.s, IssuerConfig{Name: "Bare", Latency: 2})
	require.NoError(t, err)
	require.ErrorContains(t, bare.Load(&Op{Unit: p.unit, Reads: []int{0}}), `op "": has registers, but its issuer has no scoreboard`)
	require.ErrorContains(t, bare.Load(&Op{Unit: p.direct, Latency: 1}), `op "": unit Lm.Direct has no queue, want one behind an issuer with latency`)
	require.NoError(t, bare.Stream(&slow{}))
	require.EqualError(t, bare.Stream(&slow{}), "sim: Bare: a second stream, want the first to end before")
}

// slow is a program of one op per entry.
type slow struct{ ops []*Op }

func (s *slow) Next() *Op {
	if len(s.ops) == 0 {
		return nil
	}
	o := s.ops[0]
	s.ops = s.ops[1:]
	return o
}

var errBoom = errors.New("boom")

func TestRunErrors(t *testing.T) {
	wait := func(p parts) []Wait { return []Wait{{p.sem, 2, false}} }
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		ops  func(p parts) []*Op
		want string
	}{
		{"deadlock", nil, func(p parts) []*Op {
			return []*Op{{Name: "a", Unit: p.unit}, {Name: "go", Unit: p.unit, Waits: wait(p)}, {Name: "b", Unit: p.unit, Waits: wait(p)}}
		}, `sim: 1 of 3 ops retired; deadlocked: Lm.Issue waits on Lm.Tmatmul (op "b"), Lm.Tmatmul waits on Lm.Weights.Out (op "go")`},
		{"deadlock on a register", nil, func(p parts) []*Op {
			return []*Op{{Name: "go", Unit: p.unit, Waits: wait(p), Writes: []int{2}}, {Name: "use", Unit: p.direct, Latency: 1, Reads: []int{2}}}
		}, `sim: 0 of 2 ops retired; deadlocked: Lm.Issue waits on Lm.Board[2] (op "use"), Lm.Tmatmul waits on Lm.Weights.Out (op "go")`},
		{"deadlock without queue", nil, func(p parts) []*Op {
			return []*Op{{Name: "d", Unit: p.direct, Latency: 1, Waits: wait(p)}}
		}, `sim: 0 of 1 ops retired; deadlocked: Lm.Issue waits on Lm.Weights.Out (op "d")`},
		{"payload error", nil, func(p parts) []*Op {
			return []*Op{{Unit: p.unit}, {Name: "bad", Unit: p.unit, OnFinish: func() error { return errBoom }},
				{Unit: p.unit, OnStart: func() error { return errors.New("later") }}}
		}, `sim: Lm.Tmatmul at cycle 9: op "bad": boom`},
		{"payload error at issue", nil, func(p parts) []*Op {
			return []*Op{{Name: "bad", Unit: p.direct, Latency: 1, OnStart: func() error { return errBoom }}}
		}, `sim: Lm.Direct at cycle 0: op "bad": boom`},
		{"payload panic", nil, func(p parts) []*Op {
			return []*Op{{Name: "bad", Unit: p.unit, OnStart: func() error { panic("oops") }}}
		}, `sim: Lm.Tmatmul at cycle 1: op "bad": panic: oops`},
		{"runtime panic", nil, func(p parts) []*Op {
			return []*Op{{Name: "bad", Unit: p.unit, OnFinish: func() error { var none []int; none[p.s.Now()] = 1; return nil }}}
		}, `sim: Lm.Tmatmul at cycle 5: op "bad": panic: runtime error: index out of range [5] with length 0`},
		{"timing", nil, func(p parts) []*Op {
			return []*Op{{Name: "bad", Unit: p.unit, Timing: func(Cycle) (Cycle, Cycle) { return 0, 0 }}}
		}, `sim: Lm.Tmatmul at cycle 1: op "bad": latency 0 and interval 0, want latency 1 or more and interval 0 or more`},
		{"moments", nil, func(p parts) []*Op {
			return []*Op{{Name: "bad", Unit: p.unit, Latency: 1, ReadAt: -1}}
		}, `sim: Lm.Tmatmul at cycle 1: op "bad": ReadAt -1 and ResultAt 0, want 0 to 100000000000000`},
		{"capacity", nil, func(p parts) []*Op {
			return []*Op{{Unit: p.unit, Allocs: []Allocation{{p.pad, "x", 40}}}, {Name: "big", Unit: p.unit, Allocs: []Allocation{{p.pad, "y", 25}}}}
		}, `sim: Lm.Tmatmul at cycle 5: op "big": Lm.Vmem: capacity exceeded: allocation y wants 32 bytes in one piece, 40 of 64 are in use`},
		{"free", nil, func(p parts) []*Op {
			return []*Op{{Name: "f", Unit: p.unit, Frees: []Allocation{{Pad: p.pad, Name: "x"}}}}
		}, `sim: Lm.Tmatmul at cycle 5: op "f": Lm.Vmem: no allocation x to free`},
		{"budget", nil, func(p parts) []*Op {
			return []*Op{{Unit: p.unit}, {Unit: p.unit, Latency: 5000}}
		}, "sim: cycle budget of 1000 exceeded, next event in cycle 5005; 1 of 2 ops retired"},
		{"beyond all budgets", nil, func(p parts) []*Op {
			return []*Op{{Unit: p.unit}, {Unit: p.unit, Latency: MaxCycle}}
		}, "sim: cycle budget of 1000 exceeded, next event in cycle 100000000000001; 1 of 2 ops retired"},
		{"context", canceled, func(p parts) []*Op { return []*Op{{Unit: p.unit}} }, "sim: stopped at cycle 0: context canceled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newParts(t, Config{ClockHz: 940e6, MaxCycles: 1000})
			require.NoError(t, p.issue.Load(c.ops(p)...))
			if c.ctx == nil {
				c.ctx = context.Background()
			}
			r, err := p.s.Run(c.ctx)
			require.EqualError(t, err, c.want)
			require.NotNil(t, r)
			for _, u := range r.Units {
				require.Equal(t, r.Cycles, u.Busy+u.Idle+u.Token+u.RAW+u.WAW+u.WAR+u.Memory+u.Full, u.Name)
			}
			_, err = p.s.Run(context.Background())
			require.EqualError(t, err, "sim: Run was called after a failure: "+c.want)
		})
	}
}

func TestErrorsKeepTheirCause(t *testing.T) {
	p := newParts(t, Config{ClockHz: 1e9})
	require.NoError(t, p.issue.Load(&Op{Unit: p.unit, OnFinish: func() error { return errBoom }}))
	_, err := p.s.Run(context.Background())
	require.ErrorIs(t, err, errBoom)

	ctx, cancel := context.WithCancel(context.Background())
	s, e := bench(t, Config{ClockHz: 1e9}, 1<<60)
	cancelAt := 5000
	issuerOf(s).program = programFunc(func() *Op {
		if cancelAt--; cancelAt == 0 {
			cancel()
		}
		return e.Next()
	})
	r, err := s.Run(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Greater(t, r.OpsRetired, int64(4900))
	require.Less(t, r.OpsRetired, int64(5500), "stops soon")
}

type programFunc func() *Op

func (f programFunc) Next() *Op { return f() }

func TestRunMisuse(t *testing.T) {
	p := newParts(t, Config{ClockHz: 1e9})
	var none context.Context
	_, err := p.s.Run(none)
	require.EqualError(t, err, "sim: context is nil")
	var inner, added error
	require.NoError(t, p.issue.Load(&Op{Unit: p.unit, OnStart: func() error {
		_, inner = p.s.Run(context.Background())
		_, added = NewSemaphore(p.s, "Late", 0)
		return nil
	}}))
	_, err = p.s.Run(context.Background())
	require.NoError(t, err)
	require.NoError(t, p.issue.Stream(&slow{ops: []*Op{{Name: "alien"}}}))
	_, err = p.s.Run(context.Background())
	require.EqualError(t, err, `sim: Lm.Issue at cycle 5: op "alien": unit is nil or of another system`)
	require.EqualError(t, inner, "sim: Run was called during a run")
	require.EqualError(t, added, "sim: Late: added during a run, want all parts built before")
}

// sleeper misbehaves as asked.
type sleeper struct {
	node *Node
	act  func(p Phase, now Cycle) error
	on   string
}

func (s *sleeper) Act(p Phase, now Cycle) error { return s.act(p, now) }
func (s *sleeper) Blocked() string              { return s.on }

func TestComponentErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		act  func(s *sleeper) func(Phase, Cycle) error
		on   string
		want string
	}{
		{"error", func(*sleeper) func(Phase, Cycle) error { return func(Phase, Cycle) error { return errBoom } }, "", "sim: C at cycle 0: boom"},
		{"panic", func(*sleeper) func(Phase, Cycle) error { return func(Phase, Cycle) error { panic(errBoom) } }, "", "sim: C at cycle 0: panic: boom"},
		{"past", func(s *sleeper) func(Phase, Cycle) error {
			return func(_ Phase, now Cycle) error { s.node.WakeAt(3 - now); return nil }
		}, "", "sim: C at cycle 3: wake for cycle 0, which has passed"},
		{"stuck", func(*sleeper) func(Phase, Cycle) error { return func(Phase, Cycle) error { return nil } }, "the moon",
			"sim: 0 of 0 ops retired; deadlocked: C waits on the moon"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := NewSystem(Config{ClockHz: 333e6})
			require.NoError(t, err)
			k := &sleeper{on: c.on}
			k.act = c.act(k)
			k.node, err = s.Add("C", k)
			require.NoError(t, err)
			_, err = s.Run(context.Background())
			require.EqualError(t, err, c.want)
		})
	}
}

package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	akita "github.com/sarchlab/akita/v3/sim"
)

// Config describes a system.
type Config struct {
	ClockHz    int64  // frequency of the one clock in hertz, 1 kHz to 1 THz
	MaxCycles  Cycle  // cycle budget of all runs together; 0 means MaxCycle
	Tracer     Tracer // receives the trace; nil means none
	TimingOnly bool   // do not run the payloads of ops
}

// A System owns one clock, the components on it and the first failure. It is
// used from one goroutine; different systems are independent.
type System struct {
	config Config
	clock  Clock
	nodes  []*Node
	names  map[string]bool
	pads   []*Scratchpad
	core   core
	err    error
	inRun  bool
	tracks int // tracks of the trace given out

	loaded  int64 // ops handed to issuers
	retired int64 // ops finished
}

// NewSystem returns an empty system.
func NewSystem(c Config) (*System, error) {
	clock, err := NewClock(c.ClockHz)
	if err != nil {
		return nil, err
	}
	if c.MaxCycles < 0 || c.MaxCycles > MaxCycle {
		return nil, fmt.Errorf("sim: MaxCycles is %d, want 0 to %d", c.MaxCycles, MaxCycle)
	}
	if c.MaxCycles == 0 {
		c.MaxCycles = MaxCycle
	}
	s := &System{config: c, clock: clock, names: map[string]bool{}}
	s.core = core{sys: s, clock: clock}
	return s, nil
}

// Clock returns the clock of the system.
func (s *System) Clock() Clock { return s.clock }

// Now returns the running cycle, or the last one after a run.
func (s *System) Now() Cycle { return s.core.now }

// Add registers a component under a name that is unique in the system and
// follows Akita's rules: elements separated by dots, each with a capital
// first, without underscore, hyphen or quote, indices as Pe[3]. The component
// acts in the phases listed, or in all of them if none is.
func (s *System) Add(name string, c Component, in ...Phase) (*Node, error) {
	if c == nil {
		return nil, fmt.Errorf("sim: %s: component is nil", name)
	}
	if err := s.claim(name); err != nil {
		return nil, err
	}
	mask, err := checkPhases(in)
	if err != nil {
		return nil, fmt.Errorf("sim: %s: %w", name, err)
	}
	n := &Node{sys: s, name: name, comp: c, mask: mask, order: -1, next: noWake}
	for p, in := range mask {
		if in {
			n.lastPhase = Phase(p)
		}
	}
	s.nodes = append(s.nodes, n)
	return n, nil
}

// claim checks a name and reserves it.
func (s *System) claim(name string) error {
	switch {
	case s == nil:
		return fmt.Errorf("sim: %s: system is nil", name)
	case s.inRun:
		return fmt.Errorf("sim: %s: added during a run, want all parts built before", name)
	}
	if err := checkName(name); err != nil {
		return err
	}
	if s.names[name] {
		return fmt.Errorf("sim: %s: name is used twice", name)
	}
	s.names[name] = true
	return nil
}

// checkName asks Akita, which answers with a panic.
func checkName(name string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("sim: name %q is not valid, want elements like Core.Pe[3]: "+
				"a capital first, no underscore, hyphen or quote", name)
		}
	}()
	akita.NameMustBeValid(name)
	return nil
}

// Run simulates until no event is left and reports what happened. On failure
// it returns the error together with the report of the cycles up to then. The
// first failure wins: a component or payload error, a panic in one, the cycle
// budget, the context, or ops that can never retire.
//
// After a run without failure more ops can be loaded; the next Run goes on in
// the cycle in which the last one ended, as if the ops had been there in time.
func (s *System) Run(ctx context.Context) (*Report, error) {
	switch {
	case ctx == nil:
		return nil, errors.New("sim: context is nil")
	case s.inRun:
		return nil, errors.New("sim: Run was called during a run")
	case s.err != nil:
		return nil, fmt.Errorf("sim: Run was called after a failure: %w", s.err)
	}
	s.begin(ctx)
	err := s.core.engine.Run()
	s.inRun = false
	for _, n := range s.nodes {
		n.order, n.next = -1, noWake
	}
	if err != nil {
		s.fail(fmt.Errorf("sim: engine: %w", err))
	}
	if s.err == nil {
		s.err = s.deadlock()
	}
	return s.report(), s.err
}

// begin orders the components by name and wakes all of them.
func (s *System) begin(ctx context.Context) {
	s.inRun = true
	slices.SortFunc(s.nodes, func(a, b *Node) int { return compareNames(a.name, b.name) })
	for i, n := range s.nodes {
		n.order = i
	}
	s.core.ctx, s.core.edges = ctx, 0
	s.core.prepare(s.nodes)
	for _, n := range s.nodes {
		if t, ok := n.comp.(traced); ok && s.config.Tracer != nil {
			t.announce(s.config.Tracer)
		}
		s.core.wakeAt(n, s.core.now)
	}
	s.core.arm()
}

func (s *System) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *System) progress() string {
	return fmt.Sprintf("%d of %d ops retired", s.retired, s.loaded)
}

// deadlock is called when no event is left; it says what waits on what.
func (s *System) deadlock() error {
	var blocked []string
	for _, n := range s.nodes {
		if on := n.comp.Blocked(); on != "" {
			blocked = append(blocked, n.name+" waits on "+on)
		}
	}
	switch {
	case len(blocked) > 0:
		return fmt.Errorf("sim: %s; deadlocked: %s", s.progress(), strings.Join(blocked, ", "))
	case s.retired != s.loaded:
		return fmt.Errorf("sim: %s; no component is waiting for anything", s.progress())
	}
	return nil
}

func (s *System) sortedPads() []*Scratchpad {
	slices.SortFunc(s.pads, func(a, b *Scratchpad) int { return compareNames(a.name, b.name) })
	return s.pads
}

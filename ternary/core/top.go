package core

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/ternary/issue"
)

// A top is the RTL of the whole core under construction. Inside it everything
// moves under handshakes or with tags that travel beside the data for as many
// cycles as the units' own latencies say, so that no signal has a stage.
//
// Fetch, issue and the sequencers are there once; the lanes, each with its
// registers and units, move in step under them, so that the handshakes of the
// first lane are those of all.
type top struct {
	m       *rtl.Module
	c       Config
	numbers fixed.Config
	target  isa.Target
	us      map[isa.Unit]*unit.Unit
	words   int // of a vector register
	beats   int // of an operand buffer

	in      decoded    // the instruction at the head
	fire    rtl.Sig    // it issues
	writing []rtl.Wire // by vector register: a write is pending
	written []rtl.State
	lanes   []*lane
	walks   []*walk
	ready   []rtl.Sig // by unit
	done    []issue.Release
	ends    []rtl.Sig // an instruction has ended

	readyForHead rtl.Wire
	again        loop

	observing bool // with the ports of Observations
	fault     Fault
}

// RTL returns the hardware of core c for programs that are no longer than p and
// whose vectors are no longer than those of p.
//
// Streams: load starts the loading of a program of count words through the
// memory port program; each beat of token then runs it, once and as often again
// as it says with the tokens that ARGMAX chose, and done answers when the last
// instruction of a run has ended. The memory ports are program, weights and, for
// each lane, vectors (docs/decisions/009-core-microarchitecture.md).
func RTL(c Config, p *isa.Program, numbers fixed.Config) (*rtl.Module, error) {
	return hardware(c, p, numbers, Fault{}, false)
}

func hardware(c Config, p *isa.Program, numbers fixed.Config, f Fault, observing bool) (*rtl.Module, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := c.fitsRTL(p.Target, numbers); err != nil {
		return nil, err
	}
	us, err := units(c, numbers, p)
	if err != nil {
		return nil, err
	}
	n := p.Target.VectorElements
	t := &top{c: c, numbers: numbers, observing: observing, fault: f, target: p.Target, us: us, words: max(2, beats(n, c.VP)), beats: max(2, beats(n, c.TP)),
		m: rtl.New(fmt.Sprintf("ternary_core_t%d_v%d_r%d_n%d_b%d", c.TP, c.VP, c.VectorRegisters, n, c.Batch), "the whole ternary core")}
	if err := t.spoil(); err != nil {
		return nil, err
	}
	return t.build(len(p.Instrs))
}

// minLat is the memory latency from which no beat finds the core unready.
const minLat = 4

// fitsRTL reports what the event model can do and the hardware cannot.
func (c Config) fitsRTL(t isa.Target, numbers fixed.Config) error {
	switch {
	case c.Lat < minLat:
		return fmt.Errorf("core: lat is %d, want at least %d in hardware, which reads stored words ahead", c.Lat, minLat)
	case c.TP < c.VP:
		return fmt.Errorf("core: TP is %d, want at least VP, %d, in hardware", c.TP, c.VP)
	case c.VectorBeatBytes != c.VP*t.ElementBytes:
		return fmt.Errorf("core: vector_beat_bytes is %d, want %d in hardware, a word of VP elements", c.VectorBeatBytes, c.VP*t.ElementBytes)
	case numbers.Vector.Width%8 != 0:
		return fmt.Errorf("core: Vector.Width is %d, want whole bytes in hardware", numbers.Vector.Width)
	case numbers.Weight.Width > numbers.Vector.Width:
		return fmt.Errorf("core: Weight.Width is %d, want at most Vector.Width, %d, in hardware", numbers.Weight.Width, numbers.Vector.Width)
	}
	return nil
}

func (t *top) build(instrs int) (*rtl.Module, error) {
	t.ready = make([]rtl.Sig, isa.NumUnits)
	for r := range t.c.VectorRegisters {
		t.writing = append(t.writing, t.m.Wire(fmt.Sprintf("v%d_writing", r), rtl.U(1)))
		t.written = append(t.written, t.m.State(fmt.Sprintf("v%d_written", r), t.countShape(), 0))
	}
	fire := t.m.Wire("fire", rtl.U(1))
	t.fire = fire.Sig
	if err := t.fetch(instrs); err != nil {
		return nil, err
	}
	for k := range t.c.Batch {
		t.lanes = append(t.lanes, newLane(t, k))
	}
	for p := range t.c.VectorPorts {
		t.walks = append(t.walks, t.walk(p))
	}
	for _, place := range []func() error{t.rowwise, t.quant, t.rms, t.argmax, t.matrix} {
		if err := place(); err != nil {
			return nil, err
		}
	}
	t.loadStore()
	for _, l := range t.lanes {
		l.registerFile()
	}
	t.count()
	fire.Set(t.issue())
	t.show(IssuePort, "an instruction issues", t.fire)
	t.finish()
	return t.m, t.m.Finish()
}

// zero returns a constant 0 of the shape.
func (t *top) zero(sh rtl.Shape) rtl.Sig { return t.m.Const(sh, 0) }

func (t *top) one() rtl.Sig { return t.m.Const(rtl.U(1), 1) }

// is returns whether the head is one of the operations.
func (t *top) is(ops ...isa.Op) rtl.Sig { return isOneOf(t.m, t.in.op, ops...) }

func isOneOf(m *rtl.Module, op rtl.Sig, ops ...isa.Op) rtl.Sig {
	hit := m.Const(rtl.U(1), 0)
	for _, o := range ops {
		hit = hit.Or(op.EqConst(int64(o)))
	}
	return hit
}

// late returns a after n cycles.
func (t *top) late(name string, a rtl.Sig, n int) rtl.Sig { return a.Unstaged().Delay(name, n) }

// release gives registers back and, if ends is set, ends an instruction.
func (t *top) release(when, reads, writes rtl.Sig, ends bool) {
	t.done = append(t.done, issue.Release{Valid: when.Unstaged(), Reads: reads.Unstaged(), Writes: writes.Unstaged()})
	if ends {
		t.ends = append(t.ends, when.Unstaged())
	}
}

// fit widens or wraps an unsigned signal.
func fit(s rtl.Sig, sh rtl.Shape) rtl.Sig {
	if s.Shape().Width > sh.Width {
		return s.Wrap(sh.Width)
	}
	return s.Extend(sh.Width)
}

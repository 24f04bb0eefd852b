package sim

import (
	"fmt"
	"strconv"
)

// An Op is one unit of work: an instruction or a tile pass. Fill in the
// fields, load it into an Issuer; do not change it until it has finished.
// After that it may be loaded again; a Pool does so without allocation.
type Op struct {
	Name string // for traces and errors
	Tag  uint64 // the user's, shown in traces
	Unit *Unit  // where it runs

	// Latency is the number of cycles from start to finish, at least 1; 0
	// means the latency and interval of the unit, or, for an op with
	// transfers, as long as they take. Interval is the number of cycles from
	// start until the unit can start its next op; 0 means until this op
	// finishes. Timing, if set, gives both when the op starts.
	Latency, Interval Cycle
	Timing            func(start Cycle) (latency, interval Cycle)

	// IssueCycles is the number of cycles from issue until the issuer can
	// issue the next op; 0 means 1.
	IssueCycles Cycle

	// ReadAt and ResultAt are the cycles from the start until the operands
	// have been read and until the first part of the result can be used: two
	// moments that points can count from. Timing may set them.
	ReadAt, ResultAt Cycle

	Reads, Writes []int // registers of the issuer's scoreboard
	ReadsFree     Point // when the registers read may be overwritten
	WritesReady   Point // when the registers written may be used

	// Chains lets the op issue while a register it reads is still being
	// written, from the WritesOpen of that writer on. The zero value of
	// WritesOpen is WritesReady: no chaining.
	Chains     bool
	WritesOpen Point

	Waits   []Wait   // conditions to start
	Signals []Signal // given while it runs

	// Transfers are made while the op runs; it finishes no earlier than Tail
	// cycles after the last beat of each.
	Transfers []Transfer
	Tail      Cycle

	Allocs []Allocation // scratchpad space taken at start
	Frees  []Allocation // scratchpad space given back at finish; Bytes is not looked at

	// OnStart and OnFinish are the functional payload: the first runs when
	// operands are read, the second when results become visible. Within a
	// unit they run in program order. An error ends the run.
	OnStart, OnFinish func() error

	state   opState
	start   Cycle
	due     Cycle // earliest finish
	last    Cycle // last beat of a transfer
	pending int   // transfers that have not ended
	holds   bool  // the unit is taken until the finish
	board   *Scoreboard
	pool    *Pool
}

type opState uint8

const (
	opFree opState = iota
	opLoaded
	opRunning
)

// An Anchor says from where a Point counts.
type Anchor uint8

// The anchors; the zero value is the finish.
const (
	AtFinish Anchor = iota
	AtStart
	AtRead   // Op.ReadAt
	AtResult // Op.ResultAt
)

// A Point is a moment in the life of an op: Cycles after its anchor, 0 or
// more, but at least 1 after its start. The zero value is the finish.
type Point struct {
	From   Anchor
	Cycles Cycle
}

// AfterStart is the point n >= 1 cycles after the start.
func AfterStart(n Cycle) Point { return Point{AtStart, n} }

// AfterFinish is the point n >= 0 cycles after the finish.
func AfterFinish(n Cycle) Point { return Point{AtFinish, n} }

func (p Point) check(what string) error {
	least := Cycle(0)
	if p.From == AtStart {
		least = 1
	}
	if p.From > AtResult || p.Cycles < least || p.Cycles > MaxCycle {
		return fmt.Errorf("%s is %d cycles from anchor %d, want 0 or more from AtFinish (0), AtRead (2) or AtResult (3), 1 or more from AtStart (1)",
			what, p.Cycles, p.From)
	}
	return nil
}

// offset returns the cycles from the start of o to p, which is not anchored at
// the finish.
func (o *Op) offset(p Point) Cycle {
	switch p.From {
	case AtRead:
		return o.ReadAt + p.Cycles
	case AtResult:
		return o.ResultAt + p.Cycles
	}
	return p.Cycles
}

// open is when ops that chain may read what o writes.
func (o *Op) open() Point {
	if o.WritesOpen == (Point{}) {
		return o.WritesReady
	}
	return o.WritesOpen
}

// A Transfer moves Bytes >= 1 through a memory port. It is requested After
// cycles from the start of its op.
type Transfer struct {
	Port  *Port
	Bytes int64
	Addr  int64 // used by memories with banks
	Write bool
	After Cycle
}

func (o *Op) label() string { return strconv.Quote(o.Name) }

// StartCycle returns the cycle in which the op started last.
func (o *Op) StartCycle() Cycle { return o.start }

// bytes returns the sum over the transfers.
func (o *Op) bytes() (sum int64) {
	for i := range o.Transfers {
		sum += o.Transfers[i].Bytes
	}
	return sum
}

// check reports the first misuse of an op on its way to system s.
func (o *Op) check(s *System, board *Scoreboard) error {
	if o.Unit == nil || o.Unit.node.sys != s {
		return o.wrong("unit is nil or of another system")
	}
	if err := o.checkTiming(); err != nil {
		return err
	}
	for i := range o.Transfers {
		t := &o.Transfers[i]
		switch {
		case t.Port == nil || t.Port.mem.node.sys != s:
			return o.wrong("transfer %d: port is nil or of another system", i)
		case t.Bytes < 1 || t.Bytes > maxTransferBytes || t.Addr < 0 || t.After < 0 || t.After > MaxCycle:
			return o.wrong("transfer %d: Bytes %d, Addr %d, After %d, want Bytes 1 to %d, the others 0 or more",
				i, t.Bytes, t.Addr, t.After, int64(maxTransferBytes))
		}
	}
	if err := o.checkSync(s); err != nil {
		return err
	}
	for _, list := range [2][]Allocation{o.Allocs, o.Frees} {
		for i := range list {
			if list[i].Pad == nil || list[i].Pad.sys != s {
				return o.wrong("allocation %s: scratchpad is nil or of another system", list[i].Name)
			}
		}
	}
	return o.checkRegisters(board)
}

func (o *Op) checkTiming() error {
	switch {
	case o.Latency < 0 || o.Latency > MaxCycle:
		return o.wrong("Latency is %d, want 0 to %d", o.Latency, MaxCycle)
	case o.Interval < 0 || o.Interval > MaxCycle:
		return o.wrong("Interval is %d, want 0 to %d", o.Interval, MaxCycle)
	case o.IssueCycles < 0 || o.IssueCycles > MaxCycle:
		return o.wrong("IssueCycles is %d, want 0 to %d", o.IssueCycles, MaxCycle)
	case o.Tail < 0 || o.Tail > MaxCycle:
		return o.wrong("Tail is %d, want 0 to %d", o.Tail, MaxCycle)
	case o.Latency == 0 && o.Timing == nil && o.Unit.config.Latency == 0 && len(o.Transfers) == 0:
		return o.wrong("neither op nor unit has a latency and there is no transfer, want one of them")
	}
	return nil
}

func (o *Op) checkSync(s *System) error {
	for i := range o.Waits {
		if w := &o.Waits[i]; w.On == nil || w.On.sys != s || w.Count < 1 {
			return o.wrong("wait %d: want a semaphore of this system and Count 1 or more, Count is %d", i, w.Count)
		}
		for j := range i {
			if o.Waits[j].On == o.Waits[i].On {
				return o.wrong("waits %d and %d: both on %s, want one", j, i, o.Waits[i].On.name)
			}
		}
	}
	for i := range o.Signals {
		g := &o.Signals[i]
		if g.To == nil || g.To.sys != s || g.Count < 1 {
			return o.wrong("signal %d: want a semaphore of this system and Count 1 or more, Count is %d", i, g.Count)
		}
		if err := g.At.check("At"); err != nil {
			return o.wrong("signal %d: %w", i, err)
		}
	}
	return nil
}

func (o *Op) checkRegisters(board *Scoreboard) error {
	if len(o.Reads)+len(o.Writes) > 0 && board == nil {
		return o.wrong("has registers, but its issuer has no scoreboard")
	}
	for _, list := range [2][]int{o.Reads, o.Writes} {
		for _, r := range list {
			if r < 0 || r >= len(board.regs) {
				return o.wrong("register %d, want 0 to %d", r, len(board.regs)-1)
			}
		}
	}
	if err := o.ReadsFree.check("ReadsFree"); err != nil {
		return o.wrong("%w", err)
	}
	if err := o.WritesReady.check("WritesReady"); err != nil {
		return o.wrong("%w", err)
	}
	if err := o.WritesOpen.check("WritesOpen"); err != nil {
		return o.wrong("%w", err)
	}
	return nil
}

func (o *Op) wrong(format string, args ...any) error {
	return fmt.Errorf("op %s: "+format, append([]any{o.label()}, args...)...)
}

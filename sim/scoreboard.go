package sim

import (
	"fmt"
	"strconv"
)

// A Scoreboard guards numbered registers between the issue of an op and its
// release points. An op may issue when no register it reads awaits a write
// (RAW), no register it writes awaits a write (WAW) and no register it writes
// awaits a read (WAR). Registers written are released at Op.WritesReady, those
// read at Op.ReadsFree. An op that chains waits for a register it reads only
// until the writer's Op.WritesOpen, which is no later than its WritesReady. A
// register an op both reads and writes is no hazard to the op itself.
type Scoreboard struct {
	sys     *System
	name    string
	regs    []register
	waiting waitlist
}

type register struct{ readers, writers, closed int32 }

// What a release gives back.
type release uint8

const (
	readFree release = iota
	writeOpen
	writeReady
)

// NewScoreboard returns a scoreboard of 1 to 65536 registers, all free.
func NewScoreboard(s *System, name string, registers int) (*Scoreboard, error) {
	if err := s.claim(name); err != nil {
		return nil, err
	}
	if registers < 1 || registers > 1<<16 {
		return nil, fmt.Errorf("sim: %s: %d registers, want 1 to 65536", name, registers)
	}
	return &Scoreboard{sys: s, name: name, regs: make([]register, registers)}, nil
}

// hazard returns the first hazard of o in the order RAW, WAW, WAR and within
// it in the order of the lists, or busy if there is none.
func (b *Scoreboard) hazard(o *Op) (state, int) {
	for _, r := range o.Reads {
		if reg := &b.regs[r]; reg.writers > 0 && !(o.Chains && reg.closed == 0) {
			return waitRAW, r
		}
	}
	for _, r := range o.Writes {
		if b.regs[r].writers > 0 {
			return waitWAW, r
		}
	}
	for _, r := range o.Writes {
		if b.regs[r].readers > 0 {
			return waitWAR, r
		}
	}
	return busy, 0
}

// mark takes the registers of o.
func (b *Scoreboard) mark(o *Op) {
	o.board = b
	for _, r := range o.Reads {
		b.regs[r].readers++
	}
	for _, r := range o.Writes {
		b.regs[r].writers++
		b.regs[r].closed++
	}
}

func (b *Scoreboard) release(r int, what release) {
	switch reg := &b.regs[r]; what {
	case readFree:
		reg.readers--
	case writeOpen:
		reg.closed--
	case writeReady:
		reg.writers--
	}
	b.waiting.wake(b.sys.core.now)
}

func (b *Scoreboard) register(r int) string { return b.name + "[" + strconv.Itoa(r) + "]" }

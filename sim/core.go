package sim

import (
	"context"
	"fmt"
	"math/bits"

	akita "github.com/sarchlab/akita/v3/sim"
)

// An edge is a clock edge on which at least one component acts. It is the only
// kind of event the engine sees, there is never more than one in its queue,
// and the same one is used again.
type edge struct {
	at   akita.VTimeInSec
	core *core
}

func (e *edge) Time() akita.VTimeInSec { return e.at }
func (e *edge) Handler() akita.Handler { return e.core }
func (e *edge) IsSecondary() bool      { return false }

// A core turns engine events into cycles: it keeps the wakes of the
// components in a calendar, has the engine call it at the earliest, and runs
// the phases of that cycle in the order of names.
type core struct {
	sys      *System
	engine   *akita.SerialEngine
	ctx      context.Context
	clock    Clock
	now      Cycle
	phase    Phase
	inEdge   bool
	edge     edge
	calendar calendar
	due      []uint64         // bit set over Node.order
	snap     []uint64         // the due set when the running phase began
	masks    [phases][]uint64 // who takes part in a phase
	edges    uint64
	acting   *Node // for errors
	op       *Op   // op whose payload runs, for errors
}

// ctxEvery is the number of active cycles between two looks at the context.
const ctxEvery = 256

// prepare lays out the bit sets for the nodes of the system in order.
func (k *core) prepare(nodes []*Node) {
	words := (len(nodes) + 63) / 64
	k.due, k.snap = make([]uint64, words), make([]uint64, words)
	for p := range k.masks {
		k.masks[p] = make([]uint64, words)
	}
	for _, n := range nodes {
		for p := range k.masks {
			if n.mask[p] {
				k.masks[p][n.order/64] |= 1 << (n.order % 64)
			}
		}
	}
	k.engine, k.calendar = akita.NewSerialEngine(), k.calendar[:0]
}

func (k *core) wakeAt(n *Node, c Cycle) {
	if n.order < 0 {
		return // not running: a run begins by waking everybody
	}
	if c <= k.now && k.inEdge {
		if c < k.now {
			k.sys.fail(fmt.Errorf("sim: %s at cycle %d: wake for cycle %d, which has passed", n.name, k.now, c))
			return
		}
		if k.phase < n.lastPhase {
			k.due[n.order/64] |= 1 << (n.order % 64)
			return
		}
		c = k.now + 1
	}
	k.calendar.set(n, min(c, MaxCycle+1)) // MaxCycle+1 is beyond every budget
}

// arm has the engine call back at the earliest wake, if there is one.
func (k *core) arm() {
	if len(k.calendar) > 0 {
		k.edge.at, k.edge.core = k.clock.at(k.calendar[0].next), k
		k.engine.Schedule(&k.edge)
	}
}

// Handle implements akita.Handler. The engine drops what it returns, so
// failures are kept in the system; after one no edge follows.
func (k *core) Handle(e akita.Event) error {
	n := k.clock.cycle(e.Time())
	for len(k.calendar) > 0 && k.calendar[0].next == n {
		c := k.calendar.take()
		k.due[c.order/64] |= 1 << (c.order % 64)
	}
	k.runEdge(n)
	if k.sys.err == nil {
		k.arm()
	}
	return nil
}

// runEdge runs the phases of cycle n. A panic in a payload or a component is
// the error of the op or component.
func (k *core) runEdge(n Cycle) {
	if !k.admit(n) {
		return
	}
	defer func() {
		k.inEdge = false
		if r := recover(); r != nil {
			k.sys.fail(k.locate(fmt.Errorf("panic: %v", r)))
		}
	}()
	k.now, k.inEdge = n, true
	for k.phase = Deliver; k.phase < phases; k.phase++ {
		copy(k.snap, k.due)
		mask := k.masks[k.phase]
		for w, word := range k.snap {
			for word &= mask[w]; word != 0; word &= word - 1 {
				k.acting = k.sys.nodes[w*64+bits.TrailingZeros64(word)]
				if err := k.acting.comp.Act(k.phase, n); err != nil {
					k.sys.fail(k.locate(err))
				}
				if k.sys.err != nil {
					return
				}
			}
		}
	}
	clear(k.due)
}

// admit checks the context and the cycle budget.
func (k *core) admit(n Cycle) bool {
	if k.edges%ctxEvery == 0 {
		if err := k.ctx.Err(); err != nil {
			k.sys.fail(fmt.Errorf("sim: stopped at cycle %d: %w", k.now, err))
			return false
		}
	}
	k.edges++
	if n > k.sys.config.MaxCycles {
		k.sys.fail(fmt.Errorf("sim: cycle budget of %d exceeded, next event in cycle %d; %s",
			k.sys.config.MaxCycles, n, k.sys.progress()))
		return false
	}
	return true
}

// locate adds component, cycle and op to an error.
func (k *core) locate(err error) error {
	if k.op != nil {
		return fmt.Errorf("sim: %s at cycle %d: op %s: %w", k.acting.name, k.now, k.op.label(), err)
	}
	return fmt.Errorf("sim: %s at cycle %d: %w", k.acting.name, k.now, err)
}

package chip

import (
	"fmt"

	"lockstep/rtl"
)

// semaphoreBits is the width of a semaphore, which holds all the signals of a
// program of MaxProgram instructions.
const semaphoreBits = 16

func semName(s int) string { return fmt.Sprintf("semaphore%d", s) }

// part returns the count for semaphore s in packed counts.
func part(packed rtl.Sig, s int) rtl.Sig {
	return packed.Slice(semBits*s+semBits-1, semBits*s).Extend(semaphoreBits)
}

// fits returns whether every semaphore holds what is waited for.
func (t *top) fits(waits rtl.Sig) rtl.Sig {
	all := t.m.Const(flag, 1)
	for s, sem := range t.sems {
		all = all.And(sem.Unstaged().Ge(part(waits, s)))
	}
	return all
}

// semaphores takes what starting instructions wait for and adds what ending ones
// signal; begin empties all.
func (t *top) semaphores(begin rtl.Sig) {
	for s, sem := range t.sems {
		next := sem.Unstaged()
		for e, g := range t.engines {
			gives := t.gate(g.ends, part(g.signals, s)).Named(fmt.Sprintf("%s_gives%d", Engine(e), s))
			takes := t.gate(g.fire, part(g.front["waits"], s)).Named(fmt.Sprintf("%s_takes%d", Engine(e), s))
			next = next.AddWrap(gives).SubWrap(takes)
		}
		sem.Set(begin.Mux(t.m.Const(sem.Shape(), 0), next))
	}
}

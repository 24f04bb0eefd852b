package sim

import "fmt"

// A Phase is one of the five steps of a cycle; see the package comment.
type Phase int

// The phases in the order in which a cycle goes through them.
const (
	Deliver Phase = iota
	Retire
	Start
	Issue
	Accept
	phases // the number of phases
)

// A Component takes part in cycles. Units, issuers and memories are
// components; a machine with rules of its own adds more with System.Add.
type Component interface {
	// Act does what is due in phase p of cycle now. It is called in every
	// phase the component was added for, in each cycle it was woken for; a
	// call that finds nothing to do must do nothing. An error ends the run.
	Act(p Phase, now Cycle) error

	// Blocked names what the component cannot go on without, or is empty.
	// It is asked when no event is left: a component that is blocked then is
	// part of a deadlock.
	Blocked() string
}

// A Node is the place of a component in its system.
type Node struct {
	sys   *System
	name  string
	comp  Component
	mask  [phases]bool
	order int   // place in the order of names, or -1 between runs
	next  Cycle // pending wake, or noWake
	slot  int   // in the calendar, if there is a pending wake

	lastPhase Phase // last phase it acts in
}

const noWake Cycle = -1

// Name returns the name of the component.
func (n *Node) Name() string { return n.name }

// WakeAt asks for the component to act in cycle c or earlier: of several
// requests only the earliest is kept, so an Act must ask again for what is
// still to come. A request for the running cycle takes effect from the next
// phase on; if the component has no phase left in this cycle, in the next
// cycle. A request for a cycle that has passed is an error of the run.
func (n *Node) WakeAt(c Cycle) { n.sys.core.wakeAt(n, c) }

// compareNames orders names with runs of digits compared as numbers, so that
// Pe[2] comes before Pe[10].
func compareNames(a, b string) int {
	for a != "" && b != "" {
		da, db := leadingDigits(a), leadingDigits(b)
		if da == 0 || db == 0 {
			if a[0] != b[0] {
				return int(a[0]) - int(b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		if c := compareDigits(a[:da], b[:db]); c != 0 {
			return c
		}
		a, b = a[da:], b[db:]
	}
	return len(a) - len(b)
}

func leadingDigits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// compareDigits compares two numbers; equal values with more leading zeros
// come later, so that different texts never compare as equal.
func compareDigits(a, b string) int {
	ta, tb := trimZeros(a), trimZeros(b)
	switch {
	case len(ta) != len(tb):
		return len(ta) - len(tb)
	case ta < tb:
		return -1
	case ta > tb:
		return 1
	}
	return len(a) - len(b)
}

func trimZeros(s string) string {
	for len(s) > 1 && s[0] == '0' {
		s = s[1:]
	}
	return s
}

// checkPhases returns the mask for a list of phases; none means all.
func checkPhases(list []Phase) (mask [phases]bool, err error) {
	for _, p := range list {
		if p < Deliver || p >= phases {
			return mask, fmt.Errorf("phase is %d, want %d to %d", p, Deliver, phases-1)
		}
		mask[p] = true
	}
	if len(list) == 0 {
		for p := range mask {
			mask[p] = true
		}
	}
	return mask, nil
}

package chip

import (
	"fmt"
	"sort"
	"strings"
)

// checkWaiters reports a semaphore for which two engines wait.
func (p *Program) checkWaiters() error {
	var waiter [Semaphores]int // instruction from 1, 0 if none
	for k, in := range p.Instrs {
		for s, n := range in.Waits {
			if n == 0 {
				continue
			}
			if w := waiter[s]; w > 0 && p.Instrs[w-1].Op.Engine() != in.Op.Engine() {
				return fmt.Errorf("chip: %s and %s wait for semaphore %d, want one engine", p.label(w-1), p.label(k), s)
			}
			waiter[s] = k + 1
		}
	}
	return nil
}

// A clock says how many instructions of each engine have certainly ended.
type clock [NumEngines]int

func (c *clock) join(d clock) {
	for e, n := range d {
		c[e] = max(c[e], n)
	}
}

// An order is an execution without time, with queues that never fill. Engines
// are in order and one engine takes from a semaphore, so that what can go on
// here can in every timing. An instruction has certainly ended when, without
// its signals and those of the instructions behind it in its engine, what has
// been taken from a semaphore was never given.
type order struct {
	p       *Program
	queues  [NumEngines][]int // instructions
	done    [NumEngines]int
	clocks  []clock           // of each instruction when it starts
	given   [Semaphores]int   // signals
	taken   [Semaphores]int   // waits
	signals [Semaphores]sums  // of the whole program
	touched [NumEngines]place // by the instructions done
}

// sums are the signals of each engine to one semaphore: its instructions that
// give any, by their place in its queue from 1, with the sum up to each.
type sums [NumEngines][]step

type step struct{ seq, sum int }

// total returns the sum of engine e.
func (s *sums) total(e Engine) int {
	if n := len(s[e]); n > 0 {
		return s[e][n-1].sum
	}
	return 0
}

// A place has, for every row of VMEM and every accumulator word behind them,
// the last instruction of an engine that touched it, by its place in the queue.
type place []int

func (p *Program) checkOrder() error {
	o := &order{p: p, clocks: make([]clock, len(p.Instrs))}
	for e := range o.touched {
		o.touched[e] = make(place, p.Config.vmem().Rows()+p.Config.AccumulatorWords)
	}
	for k, in := range p.Instrs {
		e := in.Op.Engine()
		o.queues[e] = append(o.queues[e], k)
		for s, n := range in.Signals {
			if n > 0 {
				list := &o.signals[s][e]
				*list = append(*list, step{len(o.queues[e]), o.signals[s].total(e) + int(n)})
			}
		}
	}
	return o.run()
}

// run executes until nothing is left or nothing can go on.
func (o *order) run() error {
	for moved := true; moved; {
		moved = false
		for e := range o.queues {
			for o.done[e] < len(o.queues[e]) && o.lacks(o.queues[e][o.done[e]]) < 0 {
				if err := o.execute(Engine(e)); err != nil {
					return err
				}
				moved = true
			}
		}
	}
	var stuck []string
	for e, queue := range o.queues {
		if o.done[e] < len(queue) {
			k := queue[o.done[e]]
			s := o.lacks(k)
			stuck = append(stuck, fmt.Sprintf("%s waits for semaphore %d to hold %d; it holds %d",
				o.p.label(k), s, o.p.Instrs[k].Waits[s], o.given[s]-o.taken[s]))
		}
	}
	if stuck != nil {
		return fmt.Errorf("chip: deadlock: %s", strings.Join(stuck, "; "))
	}
	return nil
}

// lacks returns the first semaphore that holds less than instruction k waits
// for, or -1.
func (o *order) lacks(k int) int {
	for s, n := range o.p.Instrs[k].Waits {
		if o.given[s]-o.taken[s] < int(n) {
			return s
		}
	}
	return -1
}

// execute ends the next instruction of engine e.
func (o *order) execute(e Engine) error {
	k := o.queues[e][o.done[e]]
	in := &o.p.Instrs[k]
	at := &o.clocks[k]
	if o.done[e] > 0 {
		at.join(o.clocks[o.queues[e][o.done[e]-1]])
	}
	for s, n := range in.Waits {
		if o.taken[s] += int(n); n > 0 {
			o.certain(at, s)
		}
	}
	for s, n := range in.Signals {
		o.given[s] += int(n)
	}
	o.done[e]++
	return o.touch(k, e, at)
}

// certain adds to the clock what has ended in any case when o.taken[s] signals
// have been given.
func (o *order) certain(at *clock, s int) {
	all := 0
	for e := range NumEngines {
		all += o.signals[s].total(e)
	}
	for e := range NumEngines {
		needed := o.taken[s] - (all - o.signals[s].total(e))
		list := o.signals[s][e]
		if needed <= 0 {
			continue
		}
		// What was given suffices without time, so this one is done.
		st := list[sort.Search(len(list), func(i int) bool { return list[i].sum >= needed })]
		at.join(o.clocks[o.queues[e][st.seq-1]])
		at[e] = max(at[e], st.seq)
	}
}

// touch notes what instruction k touches, and reports a place that another
// engine touched without having certainly ended. Weights and inputs,
// accumulators and results each have one engine that writes and one that reads,
// so that of two engines at one place one always writes.
func (o *order) touch(k int, e Engine, at *clock) error {
	c, in := o.p.Config, &o.p.Instrs[k]
	words := c.vmem().Rows()
	visit := func(what string, first, n int) error {
		for i := first; i < first+n; i++ {
			for other := range NumEngines {
				if seq := o.touched[other][i]; other != e && seq > at[other] {
					if i >= words {
						i -= words
					}
					j := o.queues[other][seq-1]
					return fmt.Errorf("chip: %s and %s touch %s %d in no certain order, want a semaphore between them",
						o.p.label(min(j, k)), o.p.label(max(j, k)), what, i)
				}
			}
			o.touched[e][i] = o.done[e]
		}
		return nil
	}
	const row, word = "VMEM row", "accumulator word"
	var err error
	switch in.Op {
	case Pass:
		if err = visit(row, in.Row, c.Rows); err == nil {
			err = visit(row, in.Input, in.Count)
		}
	case Drain:
		err = visit(row, in.Row, in.Count*c.WordRows())
	default:
		err = visit(row, in.Row, in.Count*o.p.beats(in))
	}
	if err == nil && e != DMA {
		err = visit(word, words+in.Word, in.Count)
	}
	return err
}

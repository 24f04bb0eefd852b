package cosim

import (
	"fmt"

	"lockstep/hecross/ntt"
	"lockstep/rtl/unit"
)

// A hardware is what the RTL did with tasks.
type hardware struct {
	spans   []ntt.Span
	results [][]uint32 // by task, of transforms
	fault   error      // a broken rule or invariant
}

// Order of the streams of the unit.
const (
	commands = 0
	limbs    = 0
)

// execute runs tasks on the unit without stalls. It gives up at twice the cycles
// that are expected.
func execute(e unit.Executor, u *unit.Unit, c ntt.Config, tasks []ntt.Task, cycles int64) (*hardware, error) {
	s := unit.Stimulus{Seed: 1, Limit: int(2*cycles) + 1000}
	for _, frames := range c.Frames(tasks) {
		var items []unit.Item
		for _, f := range frames {
			items = append(items, unit.Item{Frame: f})
		}
		s.In = append(s.In, items)
	}
	transforms := 0
	for _, t := range tasks {
		if t.Parameters == nil {
			transforms++
		}
	}
	s.Expect = []int{transforms * c.Beats()}
	results, err := e.Run(u, []unit.Stimulus{s})
	if err != nil {
		return nil, err
	}
	return observe(c, tasks, results[0]), nil
}

// observe reads spans and residues from the beats that moved. A transform that did
// not come has neither.
func observe(c ntt.Config, tasks []ntt.Task, r unit.Result) *hardware {
	h := &hardware{spans: make([]ntt.Span, len(tasks)), results: make([][]uint32, len(tasks))}
	if r.Fault != "" {
		h.fault = fmt.Errorf("cosim: rtl: %s", r.Fault)
	}
	accepted, beats := r.Accepted[commands], r.Out[limbs]
	for k, t := range tasks {
		if k >= len(accepted) {
			break
		}
		start := int64(accepted[k] - accepted[0])
		h.spans[k] = ntt.Span{Start: start, End: start}
		if k+1 < len(accepted) {
			h.spans[k].End = int64(accepted[k+1] - accepted[0])
		}
		if t.Parameters != nil {
			continue
		}
		n := min(c.Beats(), len(beats))
		for _, b := range beats[:n] {
			for _, x := range b.Out[0] {
				h.results[k] = append(h.results[k], uint32(x))
			}
		}
		if k+1 == len(tasks) && n > 0 {
			h.spans[k].End = int64(beats[n-1].Cycle + 1 - accepted[0])
		}
		beats = beats[n:]
	}
	return h
}

package cosim

import (
	"slices"

	"lockstep/ternary/core"
	"lockstep/ternary/isa"
	"lockstep/verilator"
)

// none is a cycle in which something should have happened and has not.
const none = -1

// An execution is what the RTL did for one instruction of a token. Cycles count
// from that in which the token was accepted.
type execution struct {
	issue, end int64 // none if it did not; end is the first cycle after
	words      []word
	requests   []request
}

// A word is one word of VP elements, the scales of a norm pass, or the result
// of a search, that an instruction writes.
type word struct {
	cycle, place, index int64
	data                []int64 // lanes of the batch one behind the other
}

// A request is what an instruction asks of memory.
type request struct {
	cycle, beats int64
	addr         []int64 // by lane of the batch, once if all share it
}

// watches record the issue stage and what each observation writes, ends and
// requests.
func watches() []verilator.Watch {
	list := []verilator.Watch{{Name: core.IssuePort, When: []string{core.IssuePort}}}
	for _, o := range core.Observations {
		end, write, requested := o.Port("end"), o.Port("write"), o.Port("request")
		list = append(list, verilator.Watch{Name: o.Name, When: []string{write, end},
			Ports: []string{write, end, o.Port("place"), o.Port("word"), o.Port("data")}})
		if o.Requests {
			list = append(list, verilator.Watch{Name: requested, When: []string{requested}, Ports: []string{o.Port("addr"), o.Port("beats")}})
		}
	}
	return list
}

// executions sorts what the watches of session s recorded since the token was
// accepted, in cycle begin, by the instructions of program p. Instructions of
// one observation come in program order: each has the words up to its end, and
// the oldest that has not ended has what is left. issues is the number of
// instructions that have issued.
func executions(s *verilator.Session, p *isa.Program, begin int64) (list []execution, issues int, err error) {
	list = make([]execution, len(p.Instrs))
	issued, err := s.Watched(core.IssuePort)
	if err != nil {
		return nil, 0, err
	}
	for k := range list {
		list[k].issue, list[k].end = none, none
		if k < len(issued) {
			list[k].issue = issued[k].Cycle - begin
		}
	}
	for _, o := range core.Observations {
		var of []*execution
		for k := range p.Instrs {
			if slices.Contains(o.Ops, p.Instrs[k].Op) {
				of = append(of, &list[k])
			}
		}
		records, err := s.Watched(o.Name)
		if err != nil {
			return nil, 0, err
		}
		collect(of, records, begin)
		if !o.Requests {
			continue
		}
		if records, err = s.Watched(o.Port("request")); err != nil {
			return nil, 0, err
		}
		ask(of, records, begin)
	}
	return list, len(issued), nil
}

// ask gives the requests of one observation to its instructions: each to the
// last that issued before it, and what comes before all to the first.
func ask(of []*execution, records []verilator.Record, begin int64) {
	k := 0
	for _, r := range records {
		if len(of) == 0 {
			return
		}
		at := r.Cycle - begin
		for k+1 < len(of) && of[k+1].issue != none && of[k+1].issue < at {
			k++
		}
		of[k].requests = append(of[k].requests, request{at, r.Values[1][0], r.Values[0]})
	}
}

// collect gives the records of one observation to its instructions.
func collect(of []*execution, records []verilator.Record, begin int64) {
	for _, r := range records {
		if len(of) == 0 {
			return
		}
		at := r.Cycle - begin
		if r.Values[0][0] != 0 {
			of[0].words = append(of[0].words, word{at, r.Values[2][0], r.Values[3][0], r.Values[4]})
		}
		if r.Values[1][0] != 0 {
			of[0].end = at + 1
			of = of[1:]
		}
	}
}

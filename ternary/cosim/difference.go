package cosim

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lockstep/ternary/core"
	"lockstep/ternary/isa"
	"lockstep/verilator"
)

// A Difference is the first instruction of a token that the RTL executes
// otherwise than the event model: the one with the smallest index in the
// program, because instructions depend on those before them only, so that
// differences of later ones may be its consequences. Within an instruction it
// is the first, in this order, of the issue cycle, the requests of memory, the
// values written, the end cycle, and the number of words written.
type Difference struct {
	Position    int    `json:"position"` // of the token in the run, from 1
	Lane        int    `json:"lane"`     // of the batch, in which it is seen first
	Token       int    `json:"token"`    // id of the token of that lane
	Index       int    `json:"index"`    // of the instruction in the program, from 0
	Instruction string `json:"instruction"`
	Note        string `json:"note"` // what the instruction is for
	Unit        string `json:"unit"`
	What        string `json:"what"` // such as "issue cycle", "end cycle", "v3[13]"
	Want        string `json:"want"` // of the event model; a number, or none
	Got         string `json:"got"`  // of the RTL
	Issue       int64  `json:"issue_cycle"`
	Cycle       int64  `json:"cycle"`                 // in which the RTL shows it; both count from the cycle in which the token is accepted
	Requirement string `json:"requirement,omitempty"` // of the RTL, that failed and ended its run
}

// Error implements error.
func (d *Difference) Error() string {
	lane := ""
	if d.Lane > 0 {
		lane = fmt.Sprintf(", lane %d", d.Lane)
	}
	text := fmt.Sprintf("cosim: token %d (id %d)%s, instruction %d, %s", d.Position, d.Token, lane, d.Index, d.Instruction)
	if d.Note != "" {
		text += " (" + d.Note + ")"
	}
	text += fmt.Sprintf(", issued in cycle %d: unit %s: %s: rtl gives %s, event model gives %s, in cycle %d of the token",
		d.Issue, d.Unit, d.What, d.Got, d.Want, d.Cycle)
	if d.Requirement != "" {
		text += "; " + d.Requirement
	}
	return text
}

// A comparison is one token on both sides.
type comparison struct {
	program *isa.Program
	config  core.Config
	tokens  []int // by lane of the batch
	want    []core.Executed
	got     []execution
	horizon int64 // cycles for which the RTL ran: what is due later is not missing
}

// first returns the first difference, nil if there is none. Its Position and
// Requirement are not set.
func (c comparison) first() *Difference {
	for k := range c.want {
		if d := c.instruction(k); d != nil {
			return d
		}
	}
	return nil
}

// whole compares what no instruction shows: how the token ends, which takes
// event cycles in the event model and hardware cycles in the RTL. The RTL has
// issued a number of instructions; stopped is why it did not end, if it did not.
func (c comparison) whole(event, hardware int64, issues int, stopped error) *Difference {
	last, number := len(c.got)-1, func(n int64) string { return strconv.FormatInt(n, 10) }
	switch {
	case errors.Is(stopped, verilator.ErrLimit):
		return c.at(last, event, "end of the token", number(event), "none")
	case stopped != nil:
		return c.at(c.suspect(stopped.Error()), c.horizon-1, "requirement", "kept", "broken")
	case issues != len(c.got):
		return c.at(last, hardware, "instructions issued", strconv.Itoa(len(c.got)), strconv.Itoa(issues))
	case event != hardware:
		return c.at(last, min(event, hardware), "end of the token", number(event), number(hardware))
	}
	return nil
}

// unitModules are the beginnings of the names of the units' modules.
var unitModules = [isa.NumUnits]string{isa.Norm: "ternary_rms_", isa.Quantiser: "ternary_quant_", isa.Matrix: "ternary_tmatmul_",
	isa.RowWise: "ternary_rowwise_", isa.Search: "ternary_argmax_"}

// suspect returns the instruction that is looked at first when a requirement
// of the RTL is broken: the oldest running one of the unit whose module the
// text names, else the oldest that ended in the last cycle, else the oldest
// running one, else the last of the program.
func (c comparison) suspect(requirement string) int {
	running := func(x execution) bool { return x.issue != none && (x.end == none || x.end == c.horizon) }
	for k, x := range c.got {
		unit := c.program.Instrs[k].Op.Unit()
		module := unitModules[unit]
		if unit == isa.Matrix && c.config.ZeroSkip {
			module = "ternary_sparse_"
		}
		if running(x) && module != "" && strings.Contains(requirement, " module "+module) {
			return k
		}
	}
	for _, is := range []func(execution) bool{func(x execution) bool { return x.end == c.horizon }, running} {
		if k := slices.IndexFunc(c.got, is); k >= 0 {
			return k
		}
	}
	return len(c.got) - 1
}

// at returns a difference of instruction k that the RTL shows in cycle.
func (c comparison) at(k int, cycle int64, what, want, got string) *Difference {
	in := c.program.Instrs[k]
	return &Difference{Token: c.tokens[0], Index: k, Instruction: in.String(), Note: in.Note, Unit: in.Op.Unit().String(),
		What: what, Want: want, Got: got, Issue: int64(c.want[k].Issue), Cycle: cycle}
}

func (c comparison) instruction(k int) *Difference {
	want, got := c.want[k], c.got[k]
	if d := c.moment(k, "issue cycle", int64(want.Issue), got.issue); d != nil {
		return d
	}
	if d := c.requested(k, got); d != nil {
		return d
	}
	for j, w := range got.words {
		if d := c.word(k, j, w); d != nil {
			return d
		}
	}
	if d := c.moment(k, "end cycle", int64(want.End), got.end); d != nil {
		return d
	}
	if n := c.words(k); got.end != none && len(got.words) != n {
		return c.at(k, got.end-1, "words written", strconv.Itoa(n), strconv.Itoa(len(got.words)))
	}
	return nil
}

// moment compares one cycle.
func (c comparison) moment(k int, what string, want, got int64) *Difference {
	switch {
	case got == none && want < c.horizon:
		return c.at(k, want, what, strconv.FormatInt(want, 10), "none")
	case got != none && got != want:
		return c.at(k, min(got, want), what, strconv.FormatInt(want, 10), strconv.FormatInt(got, 10))
	}
	return nil
}

// requested compares the requests of memory.
func (c comparison) requested(k int, got execution) *Difference {
	name := func(j int) string {
		if n := len(c.want[k].Requests); n > 1 {
			return fmt.Sprintf("request %d of %d", j+1, n)
		}
		return "request"
	}
	hex := func(addr int64) string { return fmt.Sprintf("0x%x", addr) }
	for j, want := range c.want[k].Requests {
		if j >= len(got.requests) {
			if got.end == none && int64(want.Cycle) >= c.horizon {
				return nil // it may be due
			}
			return c.at(k, int64(want.Cycle), name(j)+" of memory", hex(want.Addr[0]), "none")
		}
		r := got.requests[j]
		for lane, addr := range want.Addr {
			if r.addr[lane] != addr {
				return c.at(k, r.cycle, "address of the "+name(j), hex(addr), hex(r.addr[lane])).in(lane, c.tokens)
			}
		}
		if r.beats != want.Beats {
			return c.at(k, r.cycle, "beats of the "+name(j), strconv.FormatInt(want.Beats, 10), strconv.FormatInt(r.beats, 10))
		}
		if d := c.moment(k, "cycle of the "+name(j), int64(want.Cycle), r.cycle); d != nil {
			return d
		}
	}
	if n := len(c.want[k].Requests); len(got.requests) > n {
		return c.at(k, got.requests[n].cycle, "requests of memory", strconv.Itoa(n), strconv.Itoa(len(got.requests)))
	}
	return nil
}

// words returns the number of words that instruction k writes.
func (c comparison) words(k int) int {
	in := c.program.Instrs[k]
	switch in.Op {
	case isa.RMS:
		return 1
	case isa.ARGMAX:
		return len(c.want[k].Values[0])
	}
	return (in.N + c.config.VP - 1) / c.config.VP
}

// word compares the word that instruction k writes as number j.
func (c comparison) word(k, j int, w word) *Difference {
	if j >= c.words(k) {
		return nil // told by the end cycle or by their number
	}
	in := c.program.Instrs[k]
	o := core.Observations[core.ObservationOf(in.Op)]
	number := map[string]int{"v": in.D, "s": in.S, "q": in.Q}[o.Places]
	if in.Op == isa.STV {
		number = in.A
	}
	decimal := func(v int64) string { return strconv.FormatInt(v, 10) }
	switch {
	case w.place != int64(number):
		return c.at(k, w.cycle, fmt.Sprintf("register of word %d", j), fmt.Sprintf("%s%d", o.Places, number), fmt.Sprintf("%s%d", o.Places, w.place))
	case w.index != int64(j):
		return c.at(k, w.cycle, fmt.Sprintf("word %d of %d", j, c.words(k)), fmt.Sprintf("word %d", j), fmt.Sprintf("word %d", w.index))
	}
	elements := len(w.data) / c.config.Batch
	for lane, values := range c.want[k].Values {
		if in.Op != isa.RMS {
			values = values[j*c.config.VP:]
		}
		data := w.data[lane*elements:][:elements]
		for e, v := range values[:min(len(values), elements)] {
			if data[e] != v {
				return c.at(k, w.cycle, c.element(k, o.Places, number, j, e), decimal(v), decimal(data[e])).in(lane, c.tokens)
			}
		}
	}
	return nil
}

// in returns d as seen in a lane of the batch.
func (d *Difference) in(lane int, tokens []int) *Difference {
	d.Lane, d.Token = lane, tokens[lane]
	return d
}

var scaleNames = [6]string{"norm mantissa", "norm exponent", "quant mantissa", "quant exponent", "rescale mantissa", "rescale exponent"}

// element names element e of word j.
func (c comparison) element(k int, prefix string, number, j, e int) string {
	in := c.program.Instrs[k]
	switch in.Op {
	case isa.RMS:
		return fmt.Sprintf("%s of s%d", scaleNames[e], number)
	case isa.ARGMAX:
		return "next token"
	case isa.STV:
		return fmt.Sprintf("%s[%d] (word %d, element %d)", in.Data, j*c.config.VP+e, j, e)
	}
	return fmt.Sprintf("%s%d[%d] (word %d, element %d)", prefix, number, j*c.config.VP+e, j, e)
}

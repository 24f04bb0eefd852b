package verify

import (
	"context"
	"fmt"
	"strings"

	"lockstep/rtl"
)

// A Report is the result of a campaign: faults of every kind at sites all over
// one unit.
type Report struct {
	Unit  string
	Kinds []KindReport // kinds with at least one site
}

// A KindReport counts the faults of one kind by who noticed them.
type KindReport struct {
	Kind   rtl.FaultKind
	Sites  int // in the unit
	Tried  int
	By     map[Witness]int
	Missed []Verdict // noticed by nobody
}

// Campaign injects every kind of fault at up to limit sites per kind, spread
// over the unit; 0 means all. Kinds in the printer, which take a build of the
// Verilog each, are tried at up to built sites.
func (j *Judge) Campaign(ctx context.Context, limit, built int) (Report, error) {
	r := Report{Unit: j.unit.Name}
	for _, k := range rtl.FaultKinds() {
		sites, err := Sites(j.unit, k)
		if err != nil {
			return r, err
		}
		n := limit
		if k.InPrinter() {
			n = built
		} else if n == 0 {
			n = len(sites)
		}
		kr := KindReport{Kind: k, Sites: len(sites), By: map[Witness]int{}}
		for _, index := range spread(len(sites), n) {
			if ctx.Err() != nil {
				return r, ctx.Err()
			}
			v, err := j.judge(ctx, rtl.Fault{Kind: k, Index: index}, sites[index])
			if err != nil {
				return r, err
			}
			kr.Tried++
			kr.By[v.Witness]++
			if v.Witness == Nobody {
				kr.Missed = append(kr.Missed, v)
			}
		}
		if kr.Tried > 0 {
			r.Kinds = append(r.Kinds, kr)
		}
	}
	return r, nil
}

// spread returns up to n of the indices below total, evenly apart, the first
// included.
func spread(total, n int) []int {
	var at []int
	for i := range min(total, n) {
		at = append(at, i*total/min(total, n))
	}
	return at
}

// Rate returns how many faults were tried and how many of them were noticed.
func (r Report) Rate() (noticed, tried int) {
	for _, k := range r.Kinds {
		tried += k.Tried
		noticed += k.Tried - k.By[Nobody]
	}
	return noticed, tried
}

// Missed returns the faults that nobody noticed.
func (r Report) Missed() []Verdict {
	var all []Verdict
	for _, k := range r.Kinds {
		all = append(all, k.Missed...)
	}
	return all
}

// String is a table of kinds by witness, then the faults that were missed.
func (r Report) String() string {
	var b strings.Builder
	noticed, tried := r.Rate()
	fmt.Fprintf(&b, "%s: %d of %d faults noticed\n%-20s %5s %5s", r.Unit, noticed, tried, "kind", "sites", "tried")
	for _, w := range Witnesses() {
		fmt.Fprintf(&b, " %11s", w)
	}
	b.WriteByte('\n')
	for _, k := range r.Kinds {
		fmt.Fprintf(&b, "%-20s %5d %5d", k.Kind, k.Sites, k.Tried)
		for _, w := range Witnesses() {
			fmt.Fprintf(&b, " %11d", k.By[w])
		}
		b.WriteByte('\n')
	}
	for _, v := range r.Missed() {
		fmt.Fprintf(&b, "missed: %s:%d at %s\n", v.Fault.Kind, v.Fault.Index, v.Site)
	}
	return b.String()
}

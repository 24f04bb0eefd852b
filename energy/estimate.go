package energy

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
)

// A Breakdown is the energy of one run.
type Breakdown struct {
	Device  string  `json:"device"`
	Terms   []Term  `json:"terms"`   // those with a count above 0, in the order of the counts, static last
	Joules  float64 `json:"joules"`  // sum of the terms
	Seconds float64 `json:"seconds"` // of the activity
	Watts   float64 `json:"watts"`   // Joules / Seconds
}

// A Term is the energy of one kind of work.
type Term struct {
	Name       string     `json:"name"` // JSON key of the count, or static
	Count      float64    `json:"count"`
	CountUnit  string     `json:"count_unit"` // op, byte or s
	PicoJoules float64    `json:"picojoules"` // of one
	Joules     float64    `json:"joules"`
	Share      float64    `json:"share"` // of all joules, 0 to 1
	Scaled     bool       `json:"scaled"`
	Sources    []Citation `json:"sources"`
	Note       string     `json:"note,omitempty"`
}

// staticName is the Name of the Term of static power.
const staticName = "static"

// Estimate returns what an activity costs on a device: counts times energies,
// and static power times seconds.
func Estimate(a Activity, m Model) (Breakdown, error) {
	b, err := estimate(a, m)
	return b, prefixed(err)
}

func estimate(a Activity, m Model) (Breakdown, error) {
	if err := cmp.Or(a.check(), m.check()); err != nil {
		return Breakdown{}, err
	}
	b := Breakdown{Device: m.Name, Seconds: a.Seconds}
	for _, c := range counters {
		if n := *c.of(&a); n > 0 {
			r, _ := m.rate(c.name)
			b.Terms = append(b.Terms, Term{Name: c.name, Count: n, CountUnit: c.unit, PicoJoules: r.PicoJoules,
				Joules: n * r.PicoJoules * 1e-12, Scaled: r.Scaled, Sources: r.Sources, Note: r.Note})
		}
	}
	if m.Static > 0 {
		b.Terms = append(b.Terms, Term{Name: staticName, Count: a.Seconds, CountUnit: "s", PicoJoules: m.Static * 1e12,
			Joules: m.Static * a.Seconds, Sources: m.StaticFrom})
	}
	for _, t := range b.Terms {
		b.Joules += t.Joules
	}
	for i := range b.Terms {
		if b.Joules > 0 {
			b.Terms[i].Share = b.Terms[i].Joules / b.Joules
		}
	}
	b.Watts = b.Joules / b.Seconds
	return b, nil
}

// DynamicShare returns the share of everything but static power, 0 to 1.
func (b Breakdown) DynamicShare() (share float64) {
	for _, t := range b.Terms {
		if t.Name != staticName {
			share += t.Share
		}
	}
	return share
}

// String is the table for people, each distinct source numbered below it.
func (b Breakdown) String() string {
	var text, notes strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "component\tcount\tunit\teach\tJ\tshare\tsources\t")
	var sources []string
	share := 0.0
	for _, t := range b.Terms {
		each := fmt.Sprintf("%.4g pJ", t.PicoJoules)
		if t.Name == staticName {
			each = fmt.Sprintf("%.4g W", t.PicoJoules/1e12)
		}
		fmt.Fprintf(w, "%s\t%.4g\t%s\t%s\t%.4g\t%.1f %%\t%s\t\n", t.Name, t.Count, t.CountUnit, each, t.Joules, 100*t.Share, t.references(&sources))
		share += t.Share
		if t.Note != "" {
			fmt.Fprintf(&notes, "%s: %s\n", t.Name, t.Note)
		}
	}
	fmt.Fprintf(w, "total\t\t\t\t%.4g\t%.1f %%\t-\t\n", b.Joules, 100*share)
	w.Flush()
	fmt.Fprintf(&text, "\n%s: %.4g J in %.4g s, %.4g W\n", b.Device, b.Joules, b.Seconds, b.Watts)
	text.WriteString(notes.String())
	for i, s := range sources {
		fmt.Fprintf(&text, "[%d] %s\n", i+1, s)
	}
	return text.String()
}

// references returns the numbers of the sources of t, which it adds to a list.
func (t Term) references(list *[]string) string {
	var numbers []string
	for _, s := range t.Sources {
		numbers = append(numbers, number(s.String(), list))
	}
	return strings.Join(numbers, " ")
}

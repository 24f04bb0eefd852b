package wave

import (
	"fmt"
	"slices"
	"strconv"
)

// A Diagram is a timing diagram: groups of signals over the cycles of one or
// more windows, with a cut mark between two windows.
type Diagram struct {
	Title   string
	Clock   bool     // draw the clock as the first row
	Windows []Window // in order, at least one cycle apart
	Groups  []Group
}

// A Window is a stretch of cycles, both ends included.
type Window struct{ First, Last int }

// A Group is a heading, rows of signals and, below them, rows of dimensions.
type Group struct {
	Title string
	Lines []Line
	Spans [][]Span // by row; those of a row are in order and do not overlap
}

// A Line is the row of one signal. Its label is unique in the diagram.
type Line struct {
	Label  string
	Signal Signal
	Format Format // how values are written in hexagons; nil draws the levels of a signal of 1 bit
	When   Signal // cycles in which the value means something, those with 1; the zero Signal means all
}

// A Format writes a value.
type Format func(value uint64) string

// Decimal writes a value in decimal digits.
func Decimal(value uint64) string { return strconv.FormatUint(value, 10) }

// Hex writes a value in hexadecimal digits with an h behind, as data sheets do.
func Hex(value uint64) string { return strconv.FormatUint(value, 16) + "h" }

// Names writes value k as the k-th name and others in decimal digits.
func Names(names ...string) Format {
	return func(value uint64) string {
		if value < uint64(len(names)) {
			return names[value]
		}
		return Decimal(value)
	}
}

// A Span is a dimension between two moments: an arrow with the number of cycles
// between them. From is before To.
type Span struct {
	Label    string // before the number of cycles
	From, To Mark
}

// A Mark is a moment: a cycle, and the label of the line in which something
// happens then; "" marks no line.
type Mark struct {
	Line  string
	Cycle int
}

// cycles returns the number of cycles of the span.
func (s Span) cycles() int { return s.To.Cycle - s.From.Cycle }

// Validate reports the first part that cannot be drawn.
func (d *Diagram) Validate() error {
	if len(d.Windows) == 0 {
		return fmt.Errorf("wave: %s: no window, want at least one", d.Title)
	}
	for k, w := range d.Windows {
		switch {
		case w.First < 0 || w.Last < w.First:
			return fmt.Errorf("wave: %s: window %d is [%d, %d], want 0 <= First <= Last", d.Title, k, w.First, w.Last)
		case k > 0 && w.First <= d.Windows[k-1].Last+1:
			return fmt.Errorf("wave: %s: window %d begins at %d, want more than %d, a cycle after the one before", d.Title, k, w.First, d.Windows[k-1].Last+1)
		}
	}
	labels := map[string]bool{"": true}
	for _, g := range d.Groups {
		for _, l := range g.Lines {
			if err := d.checkLine(l); err != nil {
				return err
			}
			if labels[l.Label] {
				return fmt.Errorf("wave: %s: line is called %q, want a name of its own", d.Title, l.Label)
			}
			labels[l.Label] = true
		}
	}
	for _, g := range d.Groups {
		for _, row := range g.Spans {
			if err := d.checkSpans(row, labels); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Diagram) checkLine(l Line) error {
	last := d.Windows[len(d.Windows)-1].Last
	switch {
	case len(l.Signal.Samples) <= last:
		return fmt.Errorf("wave: %s: line %q has %d samples, want more than %d, the last cycle", d.Title, l.Label, len(l.Signal.Samples), last)
	case l.When.Samples != nil && len(l.When.Samples) <= last:
		return fmt.Errorf("wave: %s: line %q has %d samples of When, want more than %d, the last cycle", d.Title, l.Label, len(l.When.Samples), last)
	case l.Format == nil && l.Signal.Width != 1:
		return fmt.Errorf("wave: %s: line %q has %d bits and no Format, want 1 bit", d.Title, l.Label, l.Signal.Width)
	}
	return nil
}

func (d *Diagram) checkSpans(row []Span, labels map[string]bool) error {
	for k, s := range row {
		for _, m := range []Mark{s.From, s.To} {
			shown := slices.ContainsFunc(d.Windows, func(w Window) bool { return w.First <= m.Cycle && m.Cycle <= w.Last })
			switch {
			case !labels[m.Line]:
				return fmt.Errorf("wave: %s: span %s marks line %q, which is not there", d.Title, s.Label, m.Line)
			case !shown:
				return fmt.Errorf("wave: %s: span %s marks cycle %d, which no window shows", d.Title, s.Label, m.Cycle)
			}
		}
		switch {
		case s.cycles() < 1:
			return fmt.Errorf("wave: %s: span %s is from %d to %d, want a later end", d.Title, s.Label, s.From.Cycle, s.To.Cycle)
		case k > 0 && s.From.Cycle < row[k-1].To.Cycle:
			return fmt.Errorf("wave: %s: span %s begins at %d, want at least %d, the end of the one before in its row", d.Title, s.Label, s.From.Cycle, row[k-1].To.Cycle)
		}
	}
	return nil
}

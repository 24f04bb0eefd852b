package wave

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// Measures in pixels.
const (
	margin     = 12
	cell       = 18 // width of a cycle
	gap        = 16 // width of a cut
	rowHeight  = 21
	high       = 14 // of a wave
	slant      = 3  // of an edge
	headHeight = 20 // of the title of a group
	spanHeight = 27
	digit      = 6.1 // width of a character of values and dimensions
	letter     = 6.3 // mean width of a character of labels
)

// Colours; the background is drawn, so that the picture is the same on a dark
// page.
const (
	paper  = "#ffffff"
	border = "#d0d7de"
	band   = "#eef1f4"
	grid   = "#e8ebee"
	ink    = "#1f2328"
	wave   = "#0b4a8f"
	fill   = "#e3eefb"
	quiet  = "#9aa4af"
	accent = "#b3261e"
)

// SVG draws the diagram. The same diagram gives the same bytes.
func (d *Diagram) SVG() ([]byte, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	p := &picture{d: d, rows: map[string]row{}}
	p.place()
	p.background()
	p.spans((*picture).guides)
	for _, g := range d.Groups {
		for _, l := range g.Lines {
			p.line(l)
		}
	}
	p.cuts()
	p.spans((*picture).span)
	return []byte(p.b.String() + "</svg>\n"), nil
}

// A picture is a diagram on its way to paper.
type picture struct {
	d             *Diagram
	b             strings.Builder
	left          float64 // of the first cycle
	top           float64 // of the cycle numbers
	width, height float64
	rows          map[string]row // by label
	clockRow      float64
	spanRows      []float64 // top of the dimensions of each group
	heads         []float64 // top of each group
}

// A row is the place of a line.
type row struct {
	y   float64 // of its middle
	bus bool
}

// place finds the place of everything.
func (p *picture) place() {
	d := p.d
	longest := 5
	for _, g := range d.Groups {
		for _, l := range g.Lines {
			longest = max(longest, len([]rune(l.Label)))
		}
	}
	p.left = margin + float64(longest)*letter + 12
	last := d.Windows[len(d.Windows)-1]
	p.width = p.x(last.Last) + cell + margin
	p.top = margin + 24
	y := p.top + 18
	if d.Clock {
		p.clockRow = y + rowHeight/2
		y += rowHeight
	}
	for _, g := range d.Groups {
		p.heads = append(p.heads, y)
		y += headHeight
		for _, l := range g.Lines {
			p.rows[l.Label] = row{y + rowHeight/2, l.Format != nil}
			y += rowHeight
		}
		p.spanRows = append(p.spanRows, y)
		y += float64(len(g.Spans)*spanHeight) + 6
	}
	p.height = y + margin - 6
}

// x returns the left edge of a cycle that is shown.
func (p *picture) x(cycle int) float64 {
	x := p.left
	for k, w := range p.d.Windows {
		if k > 0 {
			x += gap
		}
		if cycle <= w.Last {
			return x + float64(cycle-w.First)*cell
		}
		x += float64(w.Last-w.First+1) * cell
	}
	return x
}

func (p *picture) middle(cycle int) float64 { return p.x(cycle) + cell/2 }

func (p *picture) add(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

// text writes s; anchor is start, middle or end.
func (p *picture) text(x, y float64, class, anchor, s string) {
	p.add(`<text class="%s" x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, class, x, y, anchor, escape(s))
}

func escape(s string) string {
	var b strings.Builder
	// Writing to a strings.Builder does not fail.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

const style = `<style>
text { font-family: Helvetica, Arial, 'DejaVu Sans', sans-serif; font-size: 11.5px; fill: ` + ink + ` }
.title { font-size: 14px; font-weight: bold }
.head { font-weight: bold }
.num, .val, .dim { font-family: 'DejaVu Sans Mono', Menlo, Consolas, monospace; font-size: 10px }
.num { font-size: 9px; fill: #57606a }
.dim { fill: ` + accent + `; font-weight: bold }
.w { fill: none; stroke: ` + wave + `; stroke-width: 1.3; stroke-linejoin: round }
.bus { fill: ` + fill + `; stroke: ` + wave + `; stroke-width: 1.1; stroke-linejoin: round }
.q { stroke: ` + quiet + `; stroke-width: 1; fill: none }
.x { stroke: ` + quiet + `; stroke-width: 1; fill: ` + grid + ` }
.g { stroke: ` + grid + `; stroke-width: 1 }
.a { stroke: ` + accent + `; stroke-width: 1.1; fill: none }
.t { fill: ` + accent + ` }
.l { stroke: ` + accent + `; stroke-width: 0.8; stroke-dasharray: 2 2; opacity: 0.6 }
</style>`

// background draws what lies under the waves.
func (p *picture) background() {
	d := p.d
	p.add(`<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img">`, p.width, p.height, p.width, p.height)
	p.add("<title>%s</title>\n%s", escape(d.Title), style)
	p.add(`<rect x="0.5" y="0.5" width="%.0f" height="%.0f" rx="6" fill="%s" stroke="%s"/>`, p.width-1, p.height-1, paper, border)
	p.text(margin, margin+12, "title", "start", d.Title)
	p.text(p.left-10, p.top+12, "num", "end", "cycle")
	if d.Clock {
		p.text(p.left-10, p.clockRow+4, "label", "end", "clock")
	}
	bottom := p.height - margin
	for _, w := range d.Windows {
		for c := w.First; c <= w.Last; c++ {
			p.text(p.middle(c), p.top+12, "num", "middle", Decimal(uint64(c)))
			p.add(`<line class="g" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, p.x(c), p.top+16, p.x(c), bottom)
		}
		end := p.x(w.Last) + cell
		p.add(`<line class="g" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, end, p.top+16, end, bottom)
		if d.Clock {
			p.clock(w)
		}
	}
	for k, g := range d.Groups {
		p.add(`<rect x="%d" y="%.1f" width="%.1f" height="%d" fill="%s"/>`, margin, p.heads[k]+2, p.width-2*margin, headHeight-4, band)
		p.text(margin+4, p.heads[k]+14, "head", "start", g.Title)
	}
}

// clock draws the clock, high in the first half of a cycle.
func (p *picture) clock(w Window) {
	low, up := p.clockRow+high/2, p.clockRow-high/2.0
	path := fmt.Sprintf("M%.1f %.1f", p.x(w.First), low)
	for c := w.First; c <= w.Last; c++ {
		path += fmt.Sprintf("V%.1fh%dV%.1fh%d", up, cell/2, low, cell/2)
	}
	p.add(`<path class="w" d="%s"/>`, path)
}

// cuts draws the marks between windows over the waves.
func (p *picture) cuts() {
	top, bottom := p.top+14, p.height-margin
	for _, w := range p.d.Windows[1:] {
		right := p.x(w.First) - 4
		left := right - gap + 8
		edge := ""
		for y := top; y < bottom; y += 12 {
			edge += "q3 3 0 6q-3 3 0 6"
		}
		p.add(`<path d="M%.1f %.1f%sH%.1fV%.1fz" fill="%s"/>`, left, top, edge, right, top, paper)
		p.add(`<path d="M%.1f %.1f%sh4V%.1fz" fill="%s"/>`, right-4, top, edge, top, paper)
		for _, x := range []float64{left, right} {
			p.add(`<path class="q" d="M%.1f %.1f%s"/>`, x, top, edge)
		}
	}
}

// spans draws a part of every span; at is the height of its dimension.
func (p *picture) spans(draw func(p *picture, s Span, at float64)) {
	for i, g := range p.d.Groups {
		for k, row := range g.Spans {
			for _, s := range row {
				draw(p, s, p.spanRows[i]+float64(k*spanHeight)+20)
			}
		}
	}
}

// dot returns the place of a mark: in the middle of a level and at the edge of
// a hexagon, whose value stays legible.
func (p *picture) dot(m Mark, at float64) (x, y float64, ok bool) {
	r, ok := p.rows[m.Line]
	switch {
	case !r.bus:
	case r.y < at:
		r.y += high / 2
	default:
		r.y -= high / 2
	}
	return p.middle(m.Cycle), r.y, ok
}

// guides draws the lines from the marks to the dimension, under the waves.
func (p *picture) guides(s Span, at float64) {
	for _, m := range []Mark{s.From, s.To} {
		if x, y, ok := p.dot(m, at); ok {
			p.add(`<line class="l" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, x, y, x, at)
		}
	}
}

// span draws the marks and the dimension.
func (p *picture) span(s Span, at float64) {
	from, to := p.middle(s.From.Cycle), p.middle(s.To.Cycle)
	for _, m := range []Mark{s.From, s.To} {
		p.add(`<path class="a" d="M%.1f %.1fv8"/>`, p.middle(m.Cycle), at-4)
		if x, y, ok := p.dot(m, at); ok {
			p.add(`<circle class="t" cx="%.1f" cy="%.1f" r="2"/>`, x, y)
		}
	}
	p.add(`<path class="a" d="M%.1f %.1fH%.1f"/>`, from, at, to)
	p.add(`<path class="t" d="M%.1f %.1fl5 -2.5v5z"/><path class="t" d="M%.1f %.1fl-5 -2.5v5z"/>`, from, at, to, at)
	label := s.Label
	if full := fmt.Sprintf("%s: %d", s.Label, s.cycles()); float64(len(full))*digit < to-from-2 {
		label = full
	}
	width := float64(len(label))*digit + 2
	p.add(`<rect x="%.1f" y="%.1f" width="%.1f" height="11" fill="%s"/>`, (from+to-width)/2, at-15, width, paper)
	p.text((from+to)/2, at-6, "dim", "middle", label)
}

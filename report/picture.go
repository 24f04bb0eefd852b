package report

import (
	"image/color"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Sizes of figures in points. On a page a point is about a pixel and a half, on
// a phone somewhat less than one, so that text is still readable.
const (
	figureWidth  vg.Length = 380
	figureHeight vg.Length = 255
	margin       vg.Length = 3
	fontSize     vg.Length = 10
)

// Colours: those of series are distinct in print and for the colour-blind.
// Source: Okabe and Ito, "Color universal design", 2008, some of them darker for
// contrast on white.
var (
	ink       = color.RGBA{0x1c, 0x1f, 0x23, 0xff}
	inkSoft   = color.RGBA{0x4a, 0x51, 0x58, 0xff}
	ruleColor = color.RGBA{0xd5, 0xd9, 0xdd, 0xff}
	dotColor  = color.RGBA{0x9a, 0xa4, 0xad, 0xff}
	palette   = []color.RGBA{
		{0x00, 0x5f, 0x9e, 0xff}, {0xc4, 0x50, 0x00, 0xff}, {0x00, 0x80, 0x5f, 0xff},
		{0xa8, 0x4a, 0x80, 0xff}, {0xb0, 0x7a, 0x00, 0xff}, {0x3a, 0x8f, 0xc0, 0xff},
	}
)

// A picture is a figure laid out.
type picture struct {
	height vg.Length
	yTitle string // above the plot, where it is read without turning the head
	legend []entry
	plot   *plot.Plot
}

// An entry explains one sign.
type entry struct {
	text string
	sign func(c draw.Canvas, at vg.Point)
}

// style is that of all text in figures.
func style(size vg.Length, c color.Color) text.Style {
	return text.Style{
		Color: c, Font: font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, size),
		Handler: plot.DefaultTextHandler, YAlign: draw.YCenter,
	}
}

// newPicture returns a picture with axes and no data, whose plot, without what
// stands left of it, is at least as wide as width.
func newPicture(xTitle, yTitle string, width vg.Length) picture {
	p := plot.New()
	p.BackgroundColor = nil
	p.X.Label.Text = fit(style(fontSize, ink), xTitle, width, 2)
	p.X.Label.TextStyle = style(fontSize, ink)
	p.X.Label.TextStyle.XAlign, p.X.Label.TextStyle.YAlign = draw.XCenter, draw.YBottom
	p.X.Label.Padding = 3
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Padding = 0
		a.Color, a.Width = inkSoft, 0.6
		a.Tick.Color, a.Tick.Width, a.Tick.Length = inkSoft, 0.6, 4
		align := a.Tick.Label
		a.Tick.Label = style(fontSize-1, inkSoft)
		a.Tick.Label.XAlign, a.Tick.Label.YAlign = align.XAlign, align.YAlign
	}
	return picture{height: figureHeight, yTitle: yTitle, plot: p}
}

// quantities sets the range and marks of an axis. Labels of a horizontal one fit
// into width.
func quantities(a *plot.Axis, width vg.Length, from Axis, values []float64, anchors ...float64) {
	a.Min, a.Max = from.span(values, anchors...)
	a.Tick.Marker = ticker{from.Log, width}
	if from.Log {
		a.Scale = plot.LogScale{}
	}
}

// names marks an axis with names, none wider than width, at 0, 1, 2 and so on,
// or downwards if direction is -1.
func names(a *plot.Axis, all []string, width vg.Length, lines int, direction float64) {
	var ticks plot.ConstantTicks
	for i, n := range all {
		ticks = append(ticks, plot.Tick{Value: direction * float64(i), Label: fit(a.Tick.Label, n, width, lines)})
	}
	a.Min, a.Max = -0.5, float64(len(all))-0.5
	if direction < 0 {
		a.Min, a.Max = -a.Max, -a.Min
	}
	a.Tick.Marker = ticks
	a.Tick.Length = 0
}

// A plotter draws on the data area.
type plotter func(c draw.Canvas, x, y func(float64) vg.Length)

// Plot implements plot.Plotter.
func (f plotter) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	f(c, x, y)
}

// gridLines draws a thin line at every labelled mark of one axis.
func gridLines(horizontal bool) plot.Plotter { return lines{horizontal} }

type lines struct{ horizontal bool }

func (l lines) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	sty := draw.LineStyle{Color: ruleColor, Width: 0.5}
	axis := p.X
	if l.horizontal {
		axis = p.Y
	}
	for _, t := range axis.Tick.Marker.Ticks(axis.Min, axis.Max) {
		switch {
		case t.IsMinor():
		case l.horizontal:
			c.StrokeLine2(sty, c.Min.X, y(t.Value), c.Max.X, y(t.Value))
		default:
			c.StrokeLine2(sty, x(t.Value), c.Min.Y, x(t.Value), c.Max.Y)
		}
	}
}

// drawOn draws the legend, the title of the vertical axis and the plot.
func (p picture) drawOn(c draw.Canvas) {
	c = draw.Crop(c, margin, -margin, margin, -margin)
	c.Max.Y -= p.drawLegend(c)
	if p.yTitle != "" {
		sty := style(fontSize, ink)
		sty.YAlign = draw.YTop
		title := fit(sty, p.yTitle, c.Size().X, 2)
		c.FillText(sty, vg.Point{X: c.Min.X, Y: c.Max.Y}, title)
		c.Max.Y -= sty.Height(title) + 5
	}
	p.plot.Draw(c)
}

// drawLegend draws the legend in lines from the top and returns its height.
func (p picture) drawLegend(c draw.Canvas) vg.Length {
	const sign, gap, line = 16, 12, 14
	if len(p.legend) == 0 {
		return 0
	}
	sty := style(fontSize-0.5, ink)
	x, y := c.Min.X, c.Max.Y-line/2
	for _, e := range p.legend {
		words := fit(sty, e.text, c.Size().X-sign, 1)
		width := sign + sty.Width(words)
		if x > c.Min.X && x+width > c.Max.X {
			x, y = c.Min.X, y-line
		}
		e.sign(c, vg.Point{X: x + sign/2 - 2, Y: y})
		c.FillText(sty, vg.Point{X: x + sign, Y: y}, words)
		x += width + gap
	}
	return c.Max.Y - (y - line/2) + 4
}

// legendHeight is what drawLegend needs.
func (p picture) legendHeight() vg.Length {
	unseen := draw.New(vgsvg.New(figureWidth, p.height))
	return p.drawLegend(draw.Crop(unseen, margin, -margin, 0, 0))
}

// fit breaks text at blanks into at most so many lines that are no wider than
// width, and cuts what is left with an ellipsis.
func fit(sty text.Style, words string, width vg.Length, lines int) string {
	var out []string
	rest := strings.Fields(words)
	for len(rest) > 0 && len(out) < lines {
		n := 1
		for n < len(rest) && sty.Width(strings.Join(rest[:n+1], " ")) <= width {
			n++
		}
		line := strings.Join(rest[:n], " ")
		if rest = rest[n:]; len(out) == lines-1 && len(rest) > 0 {
			line, rest = line+" "+strings.Join(rest, " "), nil
		}
		out = append(out, cut(sty, line, width))
	}
	return strings.Join(out, "\n")
}

// cut shortens a line to a width.
func cut(sty text.Style, line string, width vg.Length) string {
	if sty.Width(line) <= width {
		return line
	}
	runes := []rune(line)
	low, high := 0, len(runes) // characters that are kept
	for low < high {
		if mid := (low + high + 1) / 2; sty.Width(string(runes[:mid])+"…") <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return strings.TrimRight(string(runes[:low]), " ") + "…"
}

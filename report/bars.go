package report

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Bars shows one quantity of things that have names: a horizontal bar for every
// name and series.
type Bars struct {
	Frame
	Categories Categories // from top to bottom
	Value      Axis
	Base       float64  // where bars begin: 0 for amounts, 1 for factors
	Format     Format   // of the numbers at their ends
	Series     []Series // at least 1, at most 6; at most 90 bars in all
}

// A Series has one value for every category.
type Series struct {
	Name   string
	Values []Cell // numbers in the unit of the axis, or the zero value for none
}

// maxBars keeps a figure on one page.
const maxBars = 90

func (Bars) kind() string { return "bar plot" }

func (b Bars) frame() Frame { return b.Frame }

func (b Bars) values() []float64 {
	var all []float64
	for _, s := range b.Series {
		for _, v := range s.Values {
			if v.holds == quantity {
				all = append(all, v.number)
			}
		}
	}
	return all
}

func (b Bars) validate() error {
	if err := b.Frame.validate(); err != nil {
		return err
	}
	if err := b.Categories.validate("category"); err != nil {
		return err
	}
	if len(b.Series) == 0 || len(b.Series) > len(palette) {
		return fmt.Errorf("there are %d series, want 1 to %d", len(b.Series), len(palette))
	}
	if n := len(b.Categories.Names) * len(b.Series); n > maxBars {
		return fmt.Errorf("there are %d bars, want at most %d", n, maxBars)
	}
	for i, s := range b.Series {
		if err := named(fmt.Sprintf("name of series %d", i+1), s.Name); err != nil {
			return err
		}
		if len(s.Values) != len(b.Categories.Names) {
			return fmt.Errorf("series %s has %d values, want %d, one for every category", s.Name, len(s.Values), len(b.Categories.Names))
		}
		for j, v := range s.Values {
			if v.holds == words {
				return fmt.Errorf("series %s: value %d is %q, want a number", s.Name, j+1, v.text)
			}
		}
	}
	if err := b.Format.validate(b.Value.Unit); err != nil {
		return err
	}
	return b.Value.validate("value", append(b.values(), b.Base))
}

// Sizes in points.
const (
	thickness           = 11 // of a bar
	barGap              = 7  // between categories
	numberGap           = 3  // between a bar and its number
	barsWidth vg.Length = figureWidth * 0.55
	nameWidth vg.Length = figureWidth * 0.38
)

func (b Bars) draw() picture {
	p := newPicture(b.Value.label(), b.Categories.Title, barsWidth)
	quantities(&p.plot.X, barsWidth, b.Value, b.values(), b.Base)
	b.widen(&p.plot.X)
	names(&p.plot.Y, b.Categories.Names, nameWidth, 1, -1)
	p.plot.Y.Width = 0
	p.plot.Add(gridLines(false))
	p.plot.Add(plotter(b.drawBars))
	if len(b.Series) > 1 {
		for i, s := range b.Series {
			p.legend = append(p.legend, entry{s.Name, func(c draw.Canvas, at vg.Point) {
				polygon(c, i, at, [][2]vg.Length{{-5, -4}, {5, -4}, {5, 4}, {-5, 4}})
			}})
		}
	}
	p.height = 62 + p.legendHeight() + vg.Length(len(b.Categories.Names)*(thickness*len(b.Series)+barGap))
	return p
}

// widen makes room for the numbers at the ends of the bars.
func (b Bars) widen(a *plot.Axis) {
	low, high := a.Min, a.Max
	if b.Value.Log {
		low, high = math.Log(low), math.Log(high)
	}
	sty, f, widest := b.numberStyle(), b.Format.choose(b.values()), vg.Length(0)
	sides, more, less := 0.0, false, false
	for _, v := range b.values() {
		widest = max(widest, sty.Width(f.label(v)))
		more, less = more || v >= b.Base, less || v < b.Base
	}
	for _, side := range []bool{more, less} {
		if side {
			sides++
		}
	}
	share := float64((widest + numberGap + 2) / barsWidth)
	room := (high - low) * share / (1 - share*sides)
	if more {
		high += room
	}
	if less {
		low -= room
	}
	if b.Value.Log {
		low, high = math.Exp(low), math.Exp(high)
	}
	a.Min, a.Max = low, high
}

func (Bars) numberStyle() text.Style { return style(fontSize-1.5, ink) }

// drawBars draws every bar and writes its value at the end that is not the base.
func (b Bars) drawBars(c draw.Canvas, x, y func(float64) vg.Length) {
	f := b.Format.choose(b.values())
	sty := b.numberStyle()
	base := x(b.Base)
	for i := range b.Categories.Names {
		top := y(-float64(i)) + thickness*vg.Length(len(b.Series))/2
		for k, s := range b.Series {
			v := s.Values[i]
			if v.holds != quantity {
				continue
			}
			high, end := top-thickness*vg.Length(k)-0.5, x(v.number)
			low := high - thickness + 1
			c.FillPolygon(palette[k], []vg.Point{{X: base, Y: high}, {X: end, Y: high}, {X: end, Y: low}, {X: base, Y: low}})
			words, at := f.label(v.number), vg.Point{X: end + numberGap, Y: (high + low) / 2}
			if v.number < b.Base {
				at.X = end - numberGap - sty.Width(words)
			}
			c.FillText(sty, at, words)
		}
	}
	c.StrokeLine2(draw.LineStyle{Color: inkSoft, Width: 0.8}, base, c.Min.Y, base, c.Max.Y)
}

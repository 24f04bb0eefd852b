package report

import (
	"fmt"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Scatter shows points of two quantities and, before them, those of a Pareto
// front, numbered.
type Scatter struct {
	Frame
	X, Y     Axis
	Others   []Point
	Front    []Point // their numbers are their positions, from 1
	Step     Step
	Diagonal bool // draw the line of equal values
}

// A Step says how the points of a front are joined.
type Step int

// The steps: none, or the border of what is reached or bettered, where smaller
// or larger values of X are better.
const (
	NoStep Step = iota
	SmallerX
	LargerX
)

func (Scatter) kind() string { return "scatter plot" }

func (s Scatter) frame() Frame { return s.Frame }

func (s Scatter) all() []Point { return append(append([]Point{}, s.Others...), s.Front...) }

func (s Scatter) validate() error {
	if err := s.Frame.validate(); err != nil {
		return err
	}
	if len(s.all()) == 0 {
		return fmt.Errorf("there is no point, want at least one")
	}
	if s.Step < NoStep || s.Step > LargerX {
		return fmt.Errorf("step is %d, want 0 to 2", s.Step)
	}
	x, y := xs(s.all()), ys(s.all())
	if s.Diagonal {
		if s.X.Log != s.Y.Log {
			return fmt.Errorf("one axis is logarithmic, want both or none with a diagonal")
		}
		x = append(x, y...)
		y = x
	}
	if err := s.X.validate("x", x); err != nil {
		return err
	}
	return s.Y.validate("y", y)
}

func (s Scatter) draw() picture {
	p := newPicture(s.X.label(), s.Y.label(), figureWidth*0.75)
	x, y := xs(s.all()), ys(s.all())
	if s.Diagonal {
		x = append(x, y...)
		y = x
	}
	quantities(&p.plot.X, figureWidth*0.75, s.X, x)
	quantities(&p.plot.Y, 0, s.Y, y)
	p.plot.Add(gridLines(true), gridLines(false))
	if s.Diagonal {
		p.plot.Add(s.diagonal(max(p.plot.X.Min, p.plot.Y.Min), min(p.plot.X.Max, p.plot.Y.Max)))
		p.legend = append(p.legend, entry{"equal", func(c draw.Canvas, at vg.Point) {
			c.StrokeLine2(dashed, at.X-6, at.Y, at.X+6, at.Y)
		}})
	}
	p.plot.Add(plotter(s.drawOthers), plotter(s.drawFront))
	if len(s.Front) > 0 {
		p.legend = append(p.legend, entry{"Pareto front", func(c draw.Canvas, at vg.Point) { dot(c, at, 3.2, palette[0]) }})
		if len(s.Others) > 0 {
			p.legend = append(p.legend, entry{"other points", func(c draw.Canvas, at vg.Point) { dot(c, at, 2, dotColor) }})
		}
	}
	return p
}

var dashed = draw.LineStyle{Color: inkSoft, Width: 0.8, Dashes: []vg.Length{4, 3}}

func (s Scatter) diagonal(low, high float64) plotter {
	return func(c draw.Canvas, x, y func(float64) vg.Length) {
		c.StrokeLine2(dashed, x(low), y(low), x(high), y(high))
	}
}

// drawOthers draws points that fall together once.
func (s Scatter) drawOthers(c draw.Canvas, x, y func(float64) vg.Length) {
	seen := map[[2]int]bool{}
	for _, p := range s.Others {
		at := vg.Point{X: x(p.X), Y: y(p.Y)}
		place := [2]int{int(math.Round(2 * float64(at.X))), int(math.Round(2 * float64(at.Y)))}
		if !seen[place] {
			seen[place] = true
			dot(c, at, 2, dotColor)
		}
	}
}

func (s Scatter) drawFront(c draw.Canvas, x, y func(float64) vg.Length) {
	var places []vg.Point
	for _, p := range s.Front {
		places = append(places, vg.Point{X: x(p.X), Y: y(p.Y)})
	}
	if s.Step != NoStep && len(places) > 1 {
		c.StrokeLines(draw.LineStyle{Color: palette[0], Width: 1}, s.stairs(places))
	}
	for _, at := range places {
		dot(c, at, 3.2, palette[0])
	}
	if len(places) > 0 {
		s.number(c, places)
	}
}

// stairs joins places that are in the order of X.
func (s Scatter) stairs(places []vg.Point) []vg.Point {
	line := []vg.Point{places[0]}
	for i, to := range places[1:] {
		corner := vg.Point{X: to.X, Y: places[i].Y}
		if s.Step == LargerX {
			corner = vg.Point{X: places[i].X, Y: to.Y}
		}
		line = append(line, corner, to)
	}
	return line
}

// number writes the numbers of the front beside its points, where they hide
// neither a point of the front nor another number, are nearest to their own
// point and stay in the plot; others are left out.
func (s Scatter) number(c draw.Canvas, places []vg.Point) {
	sty := style(fontSize-1, ink)
	sty.XAlign = draw.XCenter
	var taken []vg.Rectangle
	for _, p := range places {
		taken = append(taken, around(p, 3.2, 3.2))
	}
	sx, sy := s.freeSide()
	for i, p := range places {
		words := strconv.Itoa(i + 1)
		w, h := sty.Width(words)/2, sty.Font.Size*0.45
		for _, d := range [][2]vg.Length{{sx, sy}, {sx, 0}, {0, sy}, {-sx, sy}, {sx, -sy}, {0, -sy}, {-sx, 0}, {-sx, -sy}} {
			at := vg.Point{X: p.X + d[0]*(w+4.5), Y: p.Y + d[1]*(h+4.5)}
			box := around(at, w, h)
			if inside(box, c.Rectangle) && !touches(box, taken) && nearest(at, places) == i {
				c.FillText(sty, at, words)
				taken = append(taken, box)
				break
			}
		}
	}
}

// freeSide is the direction away from the points that the front dominates.
func (s Scatter) freeSide() (x, y vg.Length) {
	x = -1
	if s.Step == LargerX {
		x = 1
	}
	// Where larger X comes with larger Y, one is better large, the other small.
	if s.Front[len(s.Front)-1].Y > s.Front[0].Y {
		return x, -x
	}
	return x, x
}

// nearest returns which place is nearest to at.
func nearest(at vg.Point, places []vg.Point) int {
	best, least := 0, math.Inf(1)
	for i, p := range places {
		if d := math.Hypot(float64(p.X-at.X), float64(p.Y-at.Y)); d < least {
			best, least = i, d
		}
	}
	return best
}

func around(at vg.Point, w, h vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: vg.Point{X: at.X - w, Y: at.Y - h}, Max: vg.Point{X: at.X + w, Y: at.Y + h}}
}

func inside(box, in vg.Rectangle) bool {
	return box.Min.X >= in.Min.X && box.Max.X <= in.Max.X && box.Min.Y >= in.Min.Y && box.Max.Y <= in.Max.Y
}

func touches(box vg.Rectangle, others []vg.Rectangle) bool {
	for _, o := range others {
		if box.Min.X < o.Max.X && o.Min.X < box.Max.X && box.Min.Y < o.Max.Y && o.Min.Y < box.Max.Y {
			return true
		}
	}
	return false
}

// dot draws a disc.
func dot(c draw.Canvas, at vg.Point, radius vg.Length, fill color.Color) {
	c.SetColor(fill)
	var p vg.Path
	p.Move(vg.Point{X: at.X + radius, Y: at.Y})
	p.Arc(at, radius, 0, 2*math.Pi)
	p.Close()
	c.Fill(p)
}

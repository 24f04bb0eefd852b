package report

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Lines join the points of one or more series.
type Lines struct {
	Frame
	X, Y   Axis
	Series []Line // at least 1, at most 6
}

// A Line is one series.
type Line struct {
	Name   string
	Points []Point // at least 1, joined in this order
}

func (Lines) kind() string { return "line plot" }

func (l Lines) frame() Frame { return l.Frame }

func (l Lines) all() []Point {
	var all []Point
	for _, s := range l.Series {
		all = append(all, s.Points...)
	}
	return all
}

func (l Lines) validate() error {
	if err := l.Frame.validate(); err != nil {
		return err
	}
	if len(l.Series) == 0 || len(l.Series) > len(palette) {
		return fmt.Errorf("there are %d series, want 1 to %d", len(l.Series), len(palette))
	}
	for i, s := range l.Series {
		if err := named(fmt.Sprintf("name of series %d", i+1), s.Name); err != nil {
			return err
		}
		if len(s.Points) == 0 {
			return fmt.Errorf("series %s has no point, want at least one", s.Name)
		}
	}
	if err := l.X.validate("x", xs(l.all())); err != nil {
		return err
	}
	return l.Y.validate("y", ys(l.all()))
}

func (l Lines) draw() picture {
	p := newPicture(l.X.label(), l.Y.label(), figureWidth*0.75)
	quantities(&p.plot.X, figureWidth*0.75, l.X, xs(l.all()))
	quantities(&p.plot.Y, 0, l.Y, ys(l.all()))
	p.plot.Add(gridLines(true))
	for i, s := range slices.Backward(l.Series) {
		p.plot.Add(plotter(func(c draw.Canvas, x, y func(float64) vg.Length) {
			var places []vg.Point
			for _, one := range s.Points {
				places = append(places, vg.Point{X: x(one.X), Y: y(one.Y)})
			}
			c.StrokeLines(draw.LineStyle{Color: palette[i], Width: 1.4}, places)
			for _, at := range places {
				signs[i](c, at, 2.6)
			}
		}))
	}
	for i, s := range l.Series {
		p.legend = append(p.legend, entry{s.Name, func(c draw.Canvas, at vg.Point) {
			c.StrokeLine2(draw.LineStyle{Color: palette[i], Width: 1.4}, at.X-6, at.Y, at.X+6, at.Y)
			signs[i](c, at, 2.6)
		}})
	}
	return p
}

// signs tell series apart without colour.
var signs = []func(c draw.Canvas, at vg.Point, r vg.Length){
	func(c draw.Canvas, at vg.Point, r vg.Length) { dot(c, at, r, palette[0]) },
	func(c draw.Canvas, at vg.Point, r vg.Length) {
		polygon(c, 1, at, [][2]vg.Length{{-r, -r}, {r, -r}, {r, r}, {-r, r}})
	},
	func(c draw.Canvas, at vg.Point, r vg.Length) {
		polygon(c, 2, at, [][2]vg.Length{{-1.2 * r, -r}, {1.2 * r, -r}, {0, 1.3 * r}})
	},
	func(c draw.Canvas, at vg.Point, r vg.Length) {
		polygon(c, 3, at, [][2]vg.Length{{0, -1.4 * r}, {1.4 * r, 0}, {0, 1.4 * r}, {-1.4 * r, 0}})
	},
	func(c draw.Canvas, at vg.Point, r vg.Length) {
		polygon(c, 4, at, [][2]vg.Length{{-1.2 * r, r}, {1.2 * r, r}, {0, -1.3 * r}})
	},
	func(c draw.Canvas, at vg.Point, r vg.Length) {
		polygon(c, 5, at, [][2]vg.Length{{-r / 2, -1.4 * r}, {r / 2, -1.4 * r}, {r / 2, 1.4 * r}, {-r / 2, 1.4 * r}})
	},
}

// polygon fills the corners around a place.
func polygon(c draw.Canvas, series int, at vg.Point, corners [][2]vg.Length) {
	var points []vg.Point
	for _, d := range corners {
		points = append(points, vg.Point{X: at.X + d[0], Y: at.Y + d[1]})
	}
	c.FillPolygon(palette[series], points)
}

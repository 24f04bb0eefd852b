package report

import (
	"fmt"
	"math"
)

// A Frame is what all plots have besides their data.
type Frame struct {
	Caption     string
	Description string // what the plot shows, for those who cannot see it; "" for the caption
	Source      string // of the numbers
}

func (f Frame) validate() error {
	if err := named("caption", f.Caption); err != nil {
		return err
	}
	if err := named("source", f.Source); err != nil {
		return err
	}
	return plain("description", f.Description)
}

// description is never empty.
func (f Frame) description() string {
	if f.Description != "" {
		return f.Description
	}
	return f.Caption
}

// An Axis is that of a quantity.
type Axis struct {
	Title string
	Unit  string // "1" for counts and ratios
	Log   bool   // logarithmic: all values above 0
}

// maxMagnitude bounds what plots can place.
const maxMagnitude = 1e100

// validate checks the axis and its values.
func (a Axis) validate(name string, values []float64) error {
	if err := named(name+" axis: title", a.Title); err != nil {
		return err
	}
	if err := named(name+" axis: unit", a.Unit); err != nil {
		return err
	}
	for _, v := range values {
		switch {
		case math.IsNaN(v) || math.Abs(v) > maxMagnitude:
			return fmt.Errorf("%s axis: value is %v, want -%v to %v", name, v, maxMagnitude, maxMagnitude)
		case a.Log && v < 1/maxMagnitude:
			return fmt.Errorf("%s axis: value is %v, want at least %v on a logarithmic axis", name, v, 1/maxMagnitude)
		}
	}
	return nil
}

// label is the title with the unit.
func (a Axis) label() string { return a.Title + " (" + a.Unit + ")" }

// Categories are an axis of names.
type Categories struct {
	Title string
	Names []string // at least 1; the same name may come again
}

func (c Categories) validate(name string) error {
	if err := named(name+" axis: title", c.Title); err != nil {
		return err
	}
	if len(c.Names) == 0 {
		return fmt.Errorf("%s axis: there is no name, want at least one", name)
	}
	for i, n := range c.Names {
		if err := named(fmt.Sprintf("%s axis: name %d", name, i+1), n); err != nil {
			return err
		}
	}
	return nil
}

// A Point is one of a plot of two quantities.
type Point struct {
	X, Y float64
}

// xs and ys return the coordinates of points.
func xs(points []Point) []float64 {
	var values []float64
	for _, p := range points {
		values = append(values, p.X)
	}
	return values
}

func ys(points []Point) []float64 {
	var values []float64
	for _, p := range points {
		values = append(values, p.Y)
	}
	return values
}

// A figure is a plot of any kind.
type figure interface {
	Block
	frame() Frame
	// draw assumes that the figure is valid.
	draw() picture
}

package report

import (
	"fmt"
	"math"
	"strings"
)

// extremes has plots at the limits of what they can show.
func extremes() *Document {
	long := strings.Repeat("averylongnamewithoutanyblank", 4)
	axis := func(log bool) Axis { return Axis{"a quantity with " + long + " and more", "unit of " + long, log} }
	q := func(title string, log bool) Axis { return Axis{title, "1", log} }
	var many Categories
	many.Title = long
	for i := range maxBars / 6 {
		many.Names = append(many.Names, fmt.Sprintf("%s %d", long, i))
	}
	bars := Bars{Frame: frame("Ninety bars."), Categories: many, Value: axis(false), Series: []Series{{Name: long}, {Name: long}, {Name: "c"}, {Name: "d"}, {Name: "e"}, {Name: "f"}}}
	for k := range bars.Series {
		for i := range many.Names {
			bars.Series[k].Values = append(bars.Series[k].Values, Number(float64(i-7)*math.Pow(10, float64(k))))
		}
	}
	var side []string
	for i := range maxSide {
		side = append(side, fmt.Sprint(1<<i))
	}
	grid := Grid{Frame: frame("The largest grid."), X: Categories{long, side}, Y: Categories{long, side}, Value: axis(false)}
	wide := Grid{Frame: frame("Long names."), X: Categories{"x", many.Names[:5]}, Y: Categories{"y", many.Names[:3]}, Value: axis(false)}
	for _, g := range []*Grid{&grid, &wide} {
		for y := range g.Y.Names {
			g.Cells = append(g.Cells, nil)
			for x := range g.X.Names {
				g.Cells[y] = append(g.Cells[y], Place{fmt.Sprintf("word %d", (x*y)%30), Number(1e9 * float64(x-y))})
			}
		}
	}
	front := Scatter{Frame: frame("A crowded front."), X: axis(true), Y: axis(true), Step: LargerX}
	for i := range 200 {
		front.Front = append(front.Front, Point{math.Pow(1.05, float64(i)), math.Pow(1.05, float64(i))})
	}
	scatter := func(name string, x, y Axis, points ...Point) Scatter {
		return Scatter{Frame: frame(name), X: x, Y: y, Others: points, Diagonal: x.Log == y.Log}
	}
	return &Document{Title: long, Sections: []Section{{long, []Block{
		bars,
		Bars{Frame: frame("Factors on a logarithmic axis."), Categories: Categories{"k", []string{"a", "b"}}, Value: q("v", true), Base: 1, Series: []Series{{"s", []Cell{Number(1e6), Number(1e-6)}}}},
		Bars{Frame: frame("Nothing to see."), Categories: Categories{"k", []string{"a"}}, Value: q("v", false), Series: []Series{{"s", []Cell{Number(0)}}}},
		Bars{Frame: frame("No number at all."), Categories: Categories{"k", []string{"a"}}, Value: q("v", false), Series: []Series{{"s", []Cell{{}}}}},
		grid, wide, front,
		scatter("One point.", q("x", false), q("y", false), Point{3, 3}),
		scatter("Zero.", q("x", false), q("y", false), Point{0, 0}),
		scatter("Very large and very small.", q("x", true), q("y", false), Point{1e-100, -1e100}, Point{1e100, 1e100}),
		scatter("Very close.", q("x", false), q("y", true), Point{123456.789, 1}, Point{123456.790, 1.01}),
		scatter("Far from zero.", q("x", false), q("y", false), Point{-1e8, -123456}, Point{-1.0001e8, -123466}),
		Lines{Frame: frame("One point of a line."), X: axis(false), Y: axis(true), Series: []Line{{long, []Point{{0, 1}}}, {long, []Point{{-1, 2e7}}}}},
		Paragraph(long),
		Table{Caption: long, Columns: []Column{{Name: long}, {Name: "n" + long, Unit: long, Source: long}}, Rows: [][]Cell{{Text(long), Number(1)}, {Text(long + long), Number(1e-300)}}},
		hugeTable(),
		Listing{long, long + long},
		KeyFigures{{Name: long, Value: 123456789012, Unit: "1", Source: long, Note: long}},
	}}}}
}

// hugeTable needs the smallest print.
func hugeTable() Table {
	t := Table{Caption: "Twenty columns."}
	for i := range 20 {
		t.Columns = append(t.Columns, Column{Name: fmt.Sprintf("metric_of_the_core_%d", i), Unit: "cycle", Source: "s"})
	}
	for i := range 12 {
		var row []Cell
		for j := range t.Columns {
			row = append(row, Number(float64(1234567*(i+j))))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

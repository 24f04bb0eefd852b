package report

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Grid is a map over two axes of names: what limits, as a word, or how much,
// as a number, in every cell.
type Grid struct {
	Frame
	X, Y   Categories // from left to right, from top to bottom
	Value  Axis       // of the numbers
	Format Format     // of the numbers
	Cells  [][]Place  // a row for every name of Y, a cell for every name of X
}

// A Place is a cell of a grid. Cells with words are coloured by them; in a grid
// without words, by the numbers.
type Place struct {
	Word  string // may be empty
	Value Cell   // a number, or the zero value for none
}

// maxSide is how many names an axis of a grid can have.
const maxSide = 24

func (Grid) kind() string { return "grid plot" }

func (g Grid) frame() Frame { return g.Frame }

func (g Grid) values() []float64 {
	var all []float64
	for _, row := range g.Cells {
		for _, p := range row {
			if p.Value.holds == quantity {
				all = append(all, p.Value.number)
			}
		}
	}
	return all
}

func (g Grid) validate() error {
	if err := g.Frame.validate(); err != nil {
		return err
	}
	if err := g.X.validate("x"); err != nil {
		return err
	}
	if err := g.Y.validate("y"); err != nil {
		return err
	}
	if len(g.X.Names) > maxSide || len(g.Y.Names) > maxSide {
		return fmt.Errorf("it is %d names by %d, want at most %d by %d", len(g.X.Names), len(g.Y.Names), maxSide, maxSide)
	}
	if len(g.Cells) != len(g.Y.Names) {
		return fmt.Errorf("there are %d rows, want %d, one for every name of y", len(g.Cells), len(g.Y.Names))
	}
	for i, row := range g.Cells {
		if len(row) != len(g.X.Names) {
			return fmt.Errorf("row %d has %d cells, want %d, one for every name of x", i+1, len(row), len(g.X.Names))
		}
		for j, p := range row {
			if err := plain(fmt.Sprintf("word %d of row %d", j+1, i+1), p.Word); err != nil {
				return err
			}
			if p.Value.holds == words {
				return fmt.Errorf("value %d of row %d is %q, want a number", j+1, i+1, p.Value.text)
			}
		}
	}
	if err := g.Format.validate(g.Value.Unit); err != nil {
		return err
	}
	return g.Value.validate("value", g.values())
}

// words returns the distinct words in the order of the cells.
func (g Grid) words() []string {
	var all []string
	for _, row := range g.Cells {
		for _, p := range row {
			if p.Word != "" && !slices.Contains(all, p.Word) {
				all = append(all, p.Word)
			}
		}
	}
	return all
}

const (
	rowHeight  vg.Length = 30
	cellInset  vg.Length = 3
	smallPoint vg.Length = 7
)

func (g Grid) draw() picture {
	p := newPicture(g.X.Title, g.Y.Title, figureWidth*0.7)
	width := figureWidth * 0.74 / vg.Length(len(g.X.Names))
	names(&p.plot.X, g.X.Names, width, 2, 1)
	names(&p.plot.Y, g.Y.Names, figureWidth*0.24, 2, -1)
	p.plot.X.Width, p.plot.Y.Width = 0, 0
	all := g.words()
	keyed := g.keyed(all, width)
	for i, w := range all {
		text := w
		if keyed {
			text = letter(i) + "  " + w
		}
		p.legend = append(p.legend, entry{text, func(c draw.Canvas, at vg.Point) {
			polygonIn(c, tint(i), at, 5, 5)
		}})
	}
	p.plot.Add(plotter(func(c draw.Canvas, x, y func(float64) vg.Length) { g.drawCells(c, x, y, all, keyed) }))
	p.height = 66 + p.legendHeight() + rowHeight*vg.Length(len(g.Y.Names))
	return p
}

// keyed says whether some word does not fit into its cell, so that letters stand
// for words.
func (g Grid) keyed(all []string, width vg.Length) bool {
	sty := style(smallPoint, ink)
	return slices.ContainsFunc(all, func(w string) bool { return sty.Width(w) > width-2*cellInset })
}

func (g Grid) drawCells(c draw.Canvas, x, y func(float64) vg.Length, all []string, keyed bool) {
	f := g.Format.choose(g.values())
	low, high := slices.Min(append(g.values(), math.Inf(1))), slices.Max(append(g.values(), math.Inf(-1)))
	w, h := (x(1)-x(0))/2, (y(1)-y(0))/2
	for i, row := range g.Cells {
		for j, p := range row {
			at := vg.Point{X: x(float64(j)), Y: y(-float64(i))}
			number := ""
			if p.Value.holds == quantity {
				number = f.label(p.Value.number)
			}
			fill, text := color.Color(emptyCell), color.Color(ink)
			word := p.Word
			switch k := slices.Index(all, p.Word); {
			case k >= 0:
				fill = tint(k)
				if keyed {
					word = letter(k)
				}
			case len(all) == 0 && number != "":
				fill, text = shade(p.Value.number, low, high)
			}
			polygonIn(c, fill, at, w-0.75, h-0.75)
			writeCell(c, at, 2*w-2*cellInset, text, word, number)
		}
	}
}

// writeCell writes a word and below it a number, in a size that fits; a number
// that does not fit is left out.
func writeCell(c draw.Canvas, at vg.Point, width vg.Length, text color.Color, word, number string) {
	size := func(words string, most vg.Length) vg.Length {
		for size := most; size >= smallPoint-1; size -= 0.5 {
			if style(size, text).Width(words) <= width {
				return size
			}
		}
		return 0
	}
	write := func(words string, most, dy vg.Length) {
		if s := size(words, most); s > 0 {
			sty := style(s, text)
			sty.XAlign = draw.XCenter
			c.FillText(sty, vg.Point{X: at.X, Y: at.Y + dy}, words)
		}
	}
	switch {
	case word != "" && number != "" && size(number, smallPoint+0.5) > 0:
		write(word, fontSize-1, 5)
		write(number, smallPoint+0.5, -6)
	case word != "":
		write(word, fontSize-1, 0)
	default:
		write(number, fontSize-1, 0)
	}
}

// letter stands for a word: A, B and so on.
func letter(i int) string {
	return string(rune('A'+i%26)) + string([]rune("\u2032\u2033")[:min(i/26, 2)])
}

var emptyCell = color.RGBA{0xf1, 0xf2, 0xf3, 0xff}

// tint is the light colour of a word.
func tint(i int) color.RGBA {
	from := palette[i%len(palette)]
	keep := []float64{0.28, 0.45, 0.14}[i/len(palette)%3]
	mix := func(v uint8) uint8 { return uint8(math.Round(255 - keep*(255-float64(v)))) }
	return color.RGBA{mix(from.R), mix(from.G), mix(from.B), 0xff}
}

// shade is the colour of a number between low and high, and that of text on it.
func shade(v, low, high float64) (fill, text color.Color) {
	share := 0.0
	if high > low {
		share = (v - low) / (high - low)
	}
	from, to := color.RGBA{0xea, 0xf1, 0xf8, 0xff}, palette[0]
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + share*(float64(b)-float64(a)))) }
	fill = color.RGBA{mix(from.R, to.R), mix(from.G, to.G), mix(from.B, to.B), 0xff}
	if share > 0.55 {
		return fill, color.White
	}
	return fill, ink
}

// polygonIn fills a rectangle around a place.
func polygonIn(c draw.Canvas, fill color.Color, at vg.Point, w, h vg.Length) {
	c.FillPolygon(fill, []vg.Point{{X: at.X - w, Y: at.Y - h}, {X: at.X + w, Y: at.Y - h}, {X: at.X + w, Y: at.Y + h}, {X: at.X - w, Y: at.Y + h}})
}

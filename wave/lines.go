package wave

import (
	"fmt"
	"slices"
)

// line draws the row of a signal.
func (p *picture) line(l Line) {
	y := p.rows[l.Label].y
	p.add(`<text class="label" x="%.1f" y="%.1f" text-anchor="end">%s<title>%s</title></text>`, p.left-10, y+4, escape(l.Label), escape(l.Signal.Name))
	if l.Format == nil {
		p.levels(l, y)
		return
	}
	var all []stretch
	for k, w := range p.d.Windows {
		for c := w.First; c <= w.Last; {
			end := c
			for end < w.Last && l.same(end, end+1) {
				end++
			}
			s := stretch{first: c, last: end}
			s.before = k > 0 && c == w.First && l.same(c-1, c)
			s.behind = k < len(p.d.Windows)-1 && end == w.Last && l.same(end, end+1)
			all = append(all, s)
			c = end + 1
		}
	}
	for _, s := range all {
		p.hexagon(l, s)
	}
	for _, s := range all {
		p.value(l, s)
	}
}

// A stretch is the cycles of a window in which a line does not change, both
// ends included; before and behind say whether it goes on beyond a cut.
type stretch struct {
	first, last    int
	before, behind bool
}

// valid reports whether the value in cycle c means something.
func (l Line) valid(c int) bool { return l.When.Samples == nil || l.When.Is(c, 1) }

// same reports whether the line goes on from cycle a to cycle b without a
// change.
func (l Line) same(a, b int) bool {
	if l.valid(a) != l.valid(b) {
		return false
	}
	return !l.valid(a) || l.Signal.Samples[a] == l.Signal.Samples[b]
}

// hexagon draws a value, or a line in the middle where there is none. A value
// that goes on behind a cut has an open end.
func (p *picture) hexagon(l Line, s stretch) {
	left, right, y := p.x(s.first), p.x(s.last)+cell, p.rows[l.Label].y
	if s.before {
		left -= gap / 2
	}
	if s.behind {
		right += gap / 2
	}
	if !l.valid(s.first) {
		p.add(`<path class="q" d="M%.1f %.1fH%.1f"/>`, left, y, right)
		return
	}
	up, low := y-high/2.0, y+high/2.0
	path := fmt.Sprintf("M%.1f %.1fL%.1f %.1f", left, y, left+slant, up)
	if s.before {
		path = fmt.Sprintf("M%.1f %.1fV%.1f", left, low, up)
	}
	if s.behind {
		path += fmt.Sprintf("H%.1fV%.1f", right, low)
	} else {
		path += fmt.Sprintf("H%.1fL%.1f %.1fL%.1f %.1f", right-slant, right, y, right-slant, low)
	}
	if !s.before {
		path += fmt.Sprintf("H%.1f", left+slant)
	}
	class := "bus"
	if !l.Signal.Samples[s.first].Known {
		class = "x"
	}
	p.add(`<path class="%s" d="%sz"/>`, class, path)
}

// value writes a value into its hexagon or, if it is too long, beside it where
// the line has no value.
func (p *picture) value(l Line, s stretch) {
	if !l.valid(s.first) {
		return
	}
	first, last, y, value := s.first, s.last, p.rows[l.Label].y, "x"
	if v := l.Signal.Samples[first]; v.Known {
		value = l.Format(v.Value)
	}
	width, visible := float64(len([]rune(value)))*digit, float64(last-first+1)*cell
	if width <= visible-slant {
		p.text(p.x(first)+visible/2, y+3.5, "val", "middle", value)
		return
	}
	w := p.window(first)
	need := int((width + 8) / cell)
	for _, side := range []struct {
		from, to int
		x        float64
	}{{first - 1 - need, first - 1, p.x(first) - width - 4}, {last + 1, last + 1 + need, p.x(last) + cell + 4}} {
		free := side.from >= w.First && side.to <= w.Last
		for c := side.from; free && c <= side.to; c++ {
			free = !l.valid(c)
		}
		if free {
			p.add(`<rect x="%.1f" y="%.1f" width="%.1f" height="11" fill="%s"/>`, side.x-1, y-5.5, width+2, paper)
			p.text(side.x, y+3.5, "val", "start", value)
			return
		}
	}
}

// window returns the window that shows a cycle.
func (p *picture) window(cycle int) Window {
	k := slices.IndexFunc(p.d.Windows, func(w Window) bool { return cycle <= w.Last })
	return p.d.Windows[k]
}

// levels draws a signal of one bit; a cycle in which it is not known is grey.
func (p *picture) levels(l Line, y float64) {
	up, low := y-high/2.0, y+high/2.0
	level := func(c int) float64 {
		switch {
		case !l.Signal.Samples[c].Known:
			return y
		case l.Signal.Is(c, 1):
			return up
		}
		return low
	}
	path, unknown := "", ""
	for k, w := range p.d.Windows {
		for c := w.First; c <= w.Last; c++ {
			x := p.x(c)
			if !l.Signal.Samples[c].Known {
				unknown += fmt.Sprintf("M%.1f %.1fh%dv%dh-%dz", x, up, cell, high, cell)
			}
			switch {
			case k == 0 && c == w.First:
				path = fmt.Sprintf("M%.1f %.1f", x, level(c))
			case c == w.First:
				path += fmt.Sprintf("L%.1f %.1f", x, level(c))
			case level(c) != level(c-1):
				path += fmt.Sprintf("L%.1f %.1f", x+slant, level(c))
			}
			path += fmt.Sprintf("H%.1f", x+cell)
		}
	}
	p.add(`<path class="w" d="%s"/>`, path)
	if unknown != "" {
		p.add(`<path class="x" d="%s"/>`, unknown)
	}
}

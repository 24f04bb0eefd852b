package report

import (
	"slices"
	"strings"
)

// footnotes are the notes and sources of a table, each once, and where they are
// referred to.
type footnotes struct {
	texts   []string
	columns [][]int        // of every column, positions in texts
	cells   map[[2]int]int // by row and column, where the cell's source is not that of the column
}

// footnotes collects those of the rows that are shown, from left to right.
func (t Table) footnotes() footnotes {
	f := footnotes{columns: make([][]int, len(t.Columns)), cells: map[[2]int]int{}}
	for j, c := range t.Columns {
		common := t.commonSource(j)
		for _, text := range []string{c.Note, common} {
			if text != "" {
				f.columns[j] = append(f.columns[j], f.add(text))
			}
		}
	}
	for i, row := range t.shown() {
		for j, c := range row {
			if c.holds == quantity && c.source != "" && c.source != t.commonSource(j) {
				f.cells[[2]int{i, j}] = f.add(c.source)
			}
		}
	}
	return f
}

// add returns the position of a text.
func (f *footnotes) add(text string) int {
	at := slices.Index(f.texts, text)
	if at < 0 {
		at = len(f.texts)
		f.texts = append(f.texts, text)
	}
	return at
}

// commonSource returns the source of a column: its own, or that of all of its
// numbers; "" if they differ.
func (t Table) commonSource(j int) string {
	if t.Columns[j].Source != "" {
		return t.Columns[j].Source
	}
	common := ""
	for _, row := range t.Rows {
		switch c := row[j]; {
		case c.holds != quantity:
		case common == "":
			common = c.source
		case c.source != common:
			return ""
		}
	}
	return common
}

// mark is the sign of a footnote: a to z, aa, ab and so on.
func mark(n int) string {
	text := ""
	for n++; n > 0; n = (n - 1) / 26 {
		text = string(rune('a'+(n-1)%26)) + text
	}
	return text
}

// column is the marks in the head of a column.
func (f footnotes) column(j int) string {
	var marks []string
	for _, n := range f.columns[j] {
		marks = append(marks, mark(n))
	}
	return strings.Join(marks, ",")
}

// cell is the mark of a cell, "" for none.
func (f footnotes) cell(i, j int) string {
	if n, ok := f.cells[[2]int{i, j}]; ok {
		return mark(n)
	}
	return ""
}

package report

import (
	"fmt"
	"math"
	"slices"
)

// A Table has typed columns: a column with a unit holds numbers, one without
// holds text.
type Table struct {
	Caption string
	Columns []Column // at least 1, names distinct
	Rows    [][]Cell // every row has a cell for every column
	Notes   []string // below the table
	Shown   int      // rows that HTML and Markdown show, 0 for all; CSV has all
}

// A Column describes one quantity.
type Column struct {
	Name   string
	Unit   string // of numbers: "cycle", "byte", "1" for counts and ratios, or RowUnit; "" for text
	Source string // of the numbers; "" if every cell has its own
	Note   string // what the column means, if its name does not say; may be empty
	Align  Align
	Format Format // of numbers
}

// RowUnit is the unit of a column whose rows have different units: they stand in
// the table's text column called "unit".
const RowUnit = "unit of the row"

// unitColumn is the name of the column that RowUnit refers to.
const unitColumn = "unit"

// Align says on which side cells stand.
type Align int

// The sides; AlignDefault is right for numbers and left for text.
const (
	AlignDefault Align = iota
	AlignLeft
	AlignRight
)

func (c Column) number() bool { return c.Unit != "" }

func (c Column) right() bool { return c.Align == AlignRight || c.Align == AlignDefault && c.number() }

// A Cell is text, a number or neither, which is the zero value.
type Cell struct {
	holds  holding
	text   string
	number float64
	source string
}

type holding int

const (
	nothing holding = iota
	words
	quantity
)

// Text returns a cell of text.
func Text(text string) Cell { return Cell{holds: words, text: text} }

// Number returns a cell with a finite number in the unit of its column.
func Number(v float64) Cell { return Cell{holds: quantity, number: v} }

// From returns the cell with a source of its own.
func (c Cell) From(source string) Cell {
	c.source = source
	return c
}

func (Table) kind() string { return "table" }

func (t Table) validate() error {
	if err := named("caption", t.Caption); err != nil {
		return err
	}
	if len(t.Columns) == 0 {
		return fmt.Errorf("there is no column, want at least one")
	}
	if t.Shown < 0 {
		return fmt.Errorf("%d rows are shown, want 0 or more", t.Shown)
	}
	for i, n := range t.Notes {
		if err := named(fmt.Sprintf("note %d", i+1), n); err != nil {
			return err
		}
	}
	for i, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("row %d has %d cells, want %d, one for every column", i+1, len(row), len(t.Columns))
		}
	}
	for j := range t.Columns {
		if err := t.validateColumn(j); err != nil {
			return err
		}
	}
	return nil
}

func (t Table) validateColumn(j int) error {
	c := t.Columns[j]
	if err := named(fmt.Sprintf("name of column %d", j+1), c.Name); err != nil {
		return err
	}
	if slices.ContainsFunc(t.Columns[:j], func(o Column) bool { return o.Name == c.Name }) {
		return fmt.Errorf("two columns are called %s, want distinct names", c.Name)
	}
	for _, text := range []struct{ what, text string }{{"unit", c.Unit}, {"source", c.Source}, {"note", c.Note}} {
		if err := plain(text.what+" of column "+c.Name, text.text); err != nil {
			return err
		}
	}
	if err := c.Format.validate(c.Unit); err != nil {
		return fmt.Errorf("column %s: %w", c.Name, err)
	}
	if c.Unit == RowUnit && t.unitColumn() < 0 {
		return fmt.Errorf("column %s has the %s, want a column of text called %s", c.Name, RowUnit, unitColumn)
	}
	for i, row := range t.Rows {
		if err := t.validateCell(row, j); err != nil {
			return fmt.Errorf("column %s: row %d: %w", c.Name, i+1, err)
		}
	}
	return nil
}

func (t Table) validateCell(row []Cell, j int) error {
	column, c := t.Columns[j], row[j]
	if err := plain("source", c.source); err != nil {
		return err
	}
	switch {
	case c.holds == words && column.number():
		return fmt.Errorf("%q is text in a column in %s, want a number", c.text, column.Unit)
	case c.holds == words:
		return plain("text", c.text)
	case c.holds == nothing:
		return nil
	case !column.number():
		return fmt.Errorf("%v has no unit, want one in the column (\"1\" for counts and ratios)", c.number)
	case math.IsNaN(c.number) || math.IsInf(c.number, 0):
		return fmt.Errorf("number is %v, want a finite one", c.number)
	case column.Source == "" && c.source == "":
		return fmt.Errorf("%v has no source, want one in the column or the cell", c.number)
	case column.Unit == RowUnit && row[t.unitColumn()].text == "":
		return fmt.Errorf("%v has no unit, want one in the column called %s", c.number, unitColumn)
	}
	return nil
}

// unitColumn returns the position of the column that RowUnit refers to, -1 if
// there is none.
func (t Table) unitColumn() int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == unitColumn && !c.number() })
}

// formats returns the format of every column, chosen by its numbers. Numbers of
// different units are not compared.
func (t Table) formats() []Format {
	formats := make([]Format, len(t.Columns))
	for j, c := range t.Columns {
		if formats[j] = c.Format; c.Unit == RowUnit {
			continue
		}
		var values []float64
		for _, row := range t.Rows {
			if row[j].holds == quantity {
				values = append(values, row[j].number)
			}
		}
		formats[j] = c.Format.choose(values)
	}
	return formats
}

// shown returns the rows that HTML and Markdown have.
func (t Table) shown() [][]Cell {
	if t.Shown == 0 || len(t.Rows) <= t.Shown {
		return t.Rows
	}
	return t.Rows[:t.Shown]
}

// unit is what the head of a column shows as the unit, "" for none.
func (t Table) unit(j int) string {
	if t.Columns[j].Unit == RowUnit {
		return ""
	}
	return t.Columns[j].Format.unit(t.Columns[j].Unit)
}

// allNotes are the notes, and one about rows that are not shown.
func (t Table) allNotes() []string {
	if n := len(t.shown()); n < len(t.Rows) {
		return append(slices.Clone(t.Notes), fmt.Sprintf("The first %s of %s; the CSV file has all.", grouped(fmt.Sprint(n)), counted(len(t.Rows), "row")))
	}
	return t.Notes
}

package report

import (
	"fmt"
	"math"
	"slices"
)

// A Comparison puts simulated numbers beside published ones. It is rendered as
// a table with the relative error of every row and their mean absolute value.
type Comparison struct {
	Caption    string
	Keys       []string // names of the columns that say what is compared, at least 1
	Simulation string   // source of the simulated numbers
	Rows       []Compared
}

// A Compared is one published number and its simulation.
type Compared struct {
	Keys      []string // one for every key of the comparison
	Published float64  // not 0
	Simulated float64
	Unit      string
	Source    string // of the published number
}

// RelativeError is that of the simulated number, 0.1 if it is 10 % larger than
// the published one.
func (c Compared) RelativeError() float64 {
	return (c.Simulated - c.Published) / math.Abs(c.Published)
}

// MeanAbsoluteError is the mean of the absolute relative errors, 0 without rows.
func (c Comparison) MeanAbsoluteError() float64 {
	sum := 0.0
	for _, r := range c.Rows {
		sum += math.Abs(r.RelativeError())
	}
	return sum / float64(max(len(c.Rows), 1))
}

func (Comparison) kind() string { return "comparison" }

func (c Comparison) validate() error {
	if len(c.Keys) == 0 {
		return fmt.Errorf("there is no key, want at least one")
	}
	if err := named("source of the simulation", c.Simulation); err != nil {
		return err
	}
	for i, r := range c.Rows {
		if err := r.validate(len(c.Keys)); err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	return c.table().validate()
}

func (c Compared) validate(keys int) error {
	if len(c.Keys) != keys {
		return fmt.Errorf("there are %d keys, want %d", len(c.Keys), keys)
	}
	if err := named("unit", c.Unit); err != nil {
		return err
	}
	if err := named("source of the published number", c.Source); err != nil {
		return err
	}
	for _, v := range []float64{c.Published, c.Simulated} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("number is %v, want a finite one", v)
		}
	}
	if e := c.RelativeError(); math.IsNaN(e) || math.IsInf(e, 0) {
		return fmt.Errorf("published number is %v, want one to which %v has a finite relative error", c.Published, c.Simulated)
	}
	return nil
}

// table is the comparison as a table. Rows of one unit name it in the head.
func (c Comparison) table() Table {
	t := Table{Caption: c.Caption}
	for _, k := range c.Keys {
		t.Columns = append(t.Columns, Column{Name: k})
	}
	unit, mixed := RowUnit, true
	if len(c.Rows) > 0 && !slices.ContainsFunc(c.Rows, func(r Compared) bool { return r.Unit != c.Rows[0].Unit }) {
		unit, mixed = c.Rows[0].Unit, false
	}
	if mixed {
		t.Columns = append(t.Columns, Column{Name: unitColumn})
	}
	t.Columns = append(t.Columns,
		Column{Name: "published", Unit: unit},
		Column{Name: "simulated", Unit: unit, Source: c.Simulation},
		Column{Name: "relative error", Unit: "1", Format: SignedPercent(1), Source: "(simulated − published) / |published|"})
	for _, r := range c.Rows {
		var row []Cell
		for _, k := range r.Keys {
			row = append(row, Text(k))
		}
		if mixed {
			row = append(row, Text(r.Unit))
		}
		t.Rows = append(t.Rows, append(row, Number(r.Published).From(r.Source), Number(r.Simulated), Number(r.RelativeError())))
	}
	if len(c.Rows) > 0 {
		t.Notes = []string{fmt.Sprintf("Mean absolute error of %s: %s%s%%.",
			counted(len(c.Rows), "row"), Percent(1).text(c.MeanAbsoluteError()), thin)}
	}
	return t
}

// Errors returns the relative errors as a plot, a bar for every row.
func (c Comparison) Errors(caption string) Bars {
	b := Bars{
		Frame:      Frame{Caption: caption, Source: c.Simulation + ", against the published numbers"},
		Categories: Categories{Title: "what is compared"},
		Value:      Axis{Title: "relative error of the simulation", Unit: "%"},
		Format:     Fixed(1),
		Series:     []Series{{Name: "relative error"}},
	}
	for _, r := range c.Rows {
		b.Categories.Names = append(b.Categories.Names, joined(r.Keys))
		b.Series[0].Values = append(b.Series[0].Values, Number(100*r.RelativeError()))
	}
	return b
}

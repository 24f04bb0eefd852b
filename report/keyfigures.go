package report

import (
	"fmt"
	"math"
	"strings"
)

// KeyFigures are the few numbers that a reader should see first.
type KeyFigures []KeyFigure

// A KeyFigure is one number.
type KeyFigure struct {
	Name   string
	Value  float64
	Unit   string // "1" for counts and ratios
	Format Format
	Source string
	Note   string // what belongs to it, as the settings of a best point; may be empty
}

func (KeyFigures) kind() string { return "key figures" }

func (k KeyFigures) validate() error {
	if len(k) == 0 {
		return fmt.Errorf("there is no figure, want at least one")
	}
	for i, one := range k {
		if err := one.validate(); err != nil {
			return fmt.Errorf("figure %d: %w", i+1, err)
		}
	}
	return nil
}

func (k KeyFigure) validate() error {
	for _, text := range []struct{ what, text string }{{"name", k.Name}, {"unit", k.Unit}, {"source", k.Source}} {
		if err := named(text.what, text.text); err != nil {
			return err
		}
	}
	if math.IsNaN(k.Value) || math.IsInf(k.Value, 0) {
		return fmt.Errorf("number is %v, want a finite one", k.Value)
	}
	if err := k.Format.validate(k.Unit); err != nil {
		return err
	}
	return plain("note", k.Note)
}

// counted is "1 row" or "2 rows".
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return grouped(fmt.Sprint(n)) + " " + noun
}

// joined is a list in words.
func joined(items []string) string { return strings.Join(items, ", ") }

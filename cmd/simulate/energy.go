package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lockstep/energy"
	"lockstep/report"
)

// An estimate is the energy of a run, or why there is none.
type estimate struct {
	Energy   *energy.Breakdown `json:"energy,omitempty"` // of all that ran
	NoEnergy string            `json:"no_energy,omitempty"`
}

func newEstimate(b energy.Breakdown, err error) estimate {
	if err != nil {
		return estimate{NoEnergy: err.Error()}
	}
	return estimate{Energy: &b}
}

// text is the estimate for people: how much one of so many pieces of work
// takes, and what is to be said of it.
func (e estimate) text(pieces int, each string) (amount, note string) {
	if e.Energy == nil {
		return "no estimate", e.NoEnergy
	}
	joules, unit := e.piece(pieces)
	return fmt.Sprintf("%.3g %s", joules, unit),
		fmt.Sprintf("estimate %s, %.0f W, %.0f %% dynamic (simulate report energy has the sources)", each, e.Energy.Watts, 100*e.Energy.DynamicShare())
}

// piece is the energy of one of so many pieces of work, in a unit that suits it.
func (e estimate) piece(pieces int) (joules float64, unit string) {
	unit, joules = "J", e.Energy.Joules/float64(pieces)
	for _, u := range []string{"mJ", "uJ"} {
		if joules >= 1 {
			break
		}
		unit, joules = u, 1000*joules
	}
	return joules, unit
}

// blocks is the estimate of one of so many pieces of work, and that of all of
// them term by term, with its sources.
func (e estimate) blocks(pieces int, each, of string) []report.Block {
	if e.Energy == nil {
		return []report.Block{report.Paragraph("There is no estimate: " + visible(e.NoEnergy) + ".")}
	}
	t := report.Table{Caption: fmt.Sprintf("Energy %s on the device %s, term by term.", of, e.Energy.Device), Columns: []report.Column{
		{Name: "work"}, {Name: "count", Unit: report.RowUnit, Source: eventModel}, {Name: "unit"}, {Name: "energy of one", Unit: "pJ"},
		{Name: "scaled", Note: "interpolated between the nodes of the sources"}, {Name: "energy", Unit: "J", Source: "count × energy of one"},
		{Name: "share", Unit: "1", Format: report.Percent(1), Source: fromRun}}}
	for _, term := range e.Energy.Terms {
		t.Rows = append(t.Rows, []report.Cell{
			report.Text(strings.ReplaceAll(term.Name, "_", " ")), report.Number(term.Count), report.Text(term.CountUnit),
			report.Number(term.PicoJoules).From(termSource(term)), report.Text(yesNo(term.Scaled)), report.Number(term.Joules), report.Number(term.Share)})
	}
	joules, unit := e.piece(pieces)
	return []report.Block{
		report.KeyFigures{
			{Name: "energy " + each, Value: joules, Unit: unit, Format: report.Significant(3), Source: "estimate"},
			{Name: "mean power", Value: e.Energy.Watts, Unit: "W", Format: report.Significant(3), Source: "energy / time"},
			{Name: "dynamic", Value: e.Energy.DynamicShare(), Unit: "1", Format: report.Percent(0), Source: "all but the static power"},
		},
		report.Paragraph("An estimate: counts of the simulation times energies from the literature, plus a static power. Sources are published unless they say what they are: an assumption, or fitted."),
		t,
		factTable("Energy in all.", "sum of the terms",
			fact{name: "energy " + of, value: e.Energy.Joules, unit: "J"}, fact{name: "time", value: e.Energy.Seconds, unit: "s"},
			fact{name: "mean power", value: e.Energy.Watts, unit: "W"}, fact{name: "dynamic share", value: e.Energy.DynamicShare(), unit: "1"}),
	}
}

// termSource is the sources of a term and its note.
func termSource(t energy.Term) string {
	var parts []string
	for _, s := range t.Sources {
		parts = append(parts, s.String())
	}
	if t.Note != "" {
		parts = append(parts, t.Note)
	}
	return strings.Join(parts, "; ")
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func energyCommand() *cobra.Command {
	var json bool
	c := &cobra.Command{
		Use:   "energy",
		Short: "Published power and energy beside the estimates of the energy model",
		Long: `Prints every published power or energy per token beside the estimate: recorded
counts of a simulation times energies from the literature, plus a static power.
Which numbers are published, scaled, fitted or assumed is in energy/energies.yaml.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := energy.Validate()
			if err != nil {
				return fmt.Errorf("report energy: %w", err)
			}
			if json {
				return writeJSON(cmd.OutOrStdout(), v)
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), v)
			return err
		},
	}
	c.Flags().BoolVar(&json, "json", false, "print one JSON array")
	return c
}

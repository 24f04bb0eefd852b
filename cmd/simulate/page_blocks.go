package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"lockstep/report"
)

// The sources of the numbers of a page.
const (
	eventModel   = "event model"
	fromRun      = "computed from the run"
	fromSettings = "the configuration"
)

// A fact is a row of a table of numbers of different units.
type fact struct {
	name  string
	value float64
	unit  string
	note  string
}

// factTable is a table of numbers from one source.
func factTable(caption, source string, facts ...fact) report.Table {
	t := report.Table{Caption: caption, Columns: []report.Column{{Name: "quantity"}, {Name: "value", Unit: report.RowUnit, Source: source}, {Name: "unit"}}}
	notes := slices.ContainsFunc(facts, func(f fact) bool { return f.note != "" })
	if notes {
		t.Columns = append(t.Columns, report.Column{Name: "note"})
	}
	for _, f := range facts {
		row := []report.Cell{report.Text(f.name), report.Number(f.value), report.Text(f.unit)}
		if notes {
			row = append(row, report.Text(f.note))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// wordTable is a table of names and texts, those that are empty left out.
func wordTable(caption string, words ...[2]string) report.Table {
	t := report.Table{Caption: caption, Columns: []report.Column{{Name: "what"}, {Name: "value"}}}
	for _, w := range words {
		if w[1] != "" {
			t.Rows = append(t.Rows, []report.Cell{report.Text(w[0]), report.Text(visible(w[1]))})
		}
	}
	return t
}

// A setting says what a key of a configuration means.
type setting struct{ unit, meaning string }

// settingTable is a configuration in its own keys and order.
func settingTable(caption string, config any, known map[string]setting) (report.Table, error) {
	t := report.Table{Caption: caption, Columns: []report.Column{
		{Name: "key"}, {Name: "value", Align: report.AlignRight}, {Name: "unit"}, {Name: "meaning"}}}
	data, err := json.Marshal(config)
	if err != nil {
		return t, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		return t, err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return t, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return t, err
		}
		s := known[fmt.Sprint(key)]
		t.Rows = append(t.Rows, []report.Cell{
			report.Text(fmt.Sprint(key)), report.Text(visible(strings.Trim(string(value), `"`))), report.Text(s.unit), report.Text(s.meaning)})
	}
	return t, nil
}

// A unitUse is how busy a unit was.
type unitUse struct {
	name        string
	port        bool // of a memory: no operations and no busy cycles are counted
	operations  float64
	busy        float64 // cycles
	utilisation float64 // 0 to 1
	bytes       float64
}

// maxBars is how many bars a plot has; tables have all.
const maxBars = 40

// utilisation is the use of units as bars, the busiest ones if there are many,
// and as a table.
func utilisation(units []unitUse, notes ...string) []report.Block {
	t := report.Table{Caption: "Work of each unit.", Notes: notes, Columns: []report.Column{{Name: "unit"},
		{Name: "operations", Unit: "1", Source: eventModel}, {Name: "busy", Unit: "cycle", Source: eventModel},
		{Name: "utilisation", Unit: "1", Source: "busy cycles / cycles", Format: report.Percent(1)}, {Name: "moved", Unit: "byte", Source: eventModel}}}
	var busy []unitUse
	for _, u := range units {
		row := []report.Cell{report.Text(u.name), report.Number(u.operations), report.Number(u.busy), report.Number(u.utilisation), report.Number(u.bytes)}
		if u.port {
			row[1], row[2] = report.Cell{}, report.Cell{}
		}
		t.Rows = append(t.Rows, row)
		if u.utilisation > 0 {
			busy = append(busy, u)
		}
	}
	if len(busy) == 0 {
		return []report.Block{t}
	}
	caption := "Utilisation of each unit that was busy."
	if n := len(busy); n > maxBars {
		slices.SortStableFunc(busy, func(a, b unitUse) int { return cmp.Compare(b.utilisation, a.utilisation) })
		busy, caption = busy[:maxBars], fmt.Sprintf("Utilisation of the %d busiest of %d units.", maxBars, n)
	}
	b := report.Bars{
		Frame: report.Frame{Caption: caption, Source: eventModel}, Categories: report.Categories{Title: "unit"},
		Value: report.Axis{Title: "busy cycles / cycles", Unit: "%"}, Format: report.Fixed(1), Series: []report.Series{{Name: "utilisation"}},
	}
	for _, u := range busy {
		b.Categories.Names = append(b.Categories.Names, u.name)
		b.Series[0].Values = append(b.Series[0].Values, report.Number(100*u.utilisation))
	}
	return []report.Block{b, t}
}

// cycleBars compares numbers of cycles.
func cycleBars(caption string, facts ...fact) report.Bars {
	b := report.Bars{
		Frame: report.Frame{Caption: caption, Source: eventModel}, Categories: report.Categories{Title: "schedule or bound"},
		Value: report.Axis{Title: "time", Unit: "cycle"}, Series: []report.Series{{Name: "cycles"}},
	}
	for _, f := range facts {
		b.Categories.Names = append(b.Categories.Names, f.name)
		b.Series[0].Values = append(b.Series[0].Values, report.Number(f.value))
	}
	return b
}

package bench

import (
	"fmt"
	"strings"
)

// A Result is a run of some layers.
type Result struct {
	Platform    string  `json:"platform"`     // operating system and architecture
	CPUs        int     `json:"cpus"`         // that the run may use; every way but the RTL computes on one
	Go          string  `json:"go"`           // version
	TimeSeconds float64 `json:"time_seconds"` // per row, as in Options
	Rows        []Row   `json:"rows"`         // in the order of Layers
}

// columns are the headings of both tables.
var columns = []string{"layer", "way", "rate", "time", "simulated", "times the reference", "range"}

// missingColumn is where a row says why it has no numbers.
const missingColumn = 2

// cells are the texts of a row in the order of columns.
func (r Row) cells() []string {
	if r.Missing != "" {
		return []string{r.Layer, r.What, "not measured: " + r.Missing, "", "", "", ""}
	}
	cycles, times, bounds := "", "reference", ""
	if r.CycleRate.Median > 0 {
		cycles = rate(r.CycleRate.Median, "cycle")
	}
	if r.Reference != "" {
		times, bounds = ratio(r.Ratio)
	}
	what := r.What
	if r.Recorded {
		what += " (recorded)"
	}
	return []string{r.Layer, what, rate(r.Rate.Median, r.Item), seconds(r.SecondsPerItem), cycles, times, bounds}
}

// caption says how to read the tables.
func (r *Result) caption() string {
	return fmt.Sprintf("One run on %s, %d CPUs, %s. The first row of a layer is the reference of the others: a ratio above 1 is faster.\n"+
		"Medians of %d to %d rounds in which the ways of a layer take turns, about %.3g s for each row; the range is that of the ratio.\n"+
		"Time is that of one of what the rate counts. What is recorded was not timed in this run.",
		r.Platform, r.CPUs, r.Go, minRounds, maxRounds, r.TimeSeconds)
}

// String is the table for people. What a row says instead of numbers may be
// wider than their column.
func (r *Result) String() string {
	lines := [][]string{columns}
	for _, row := range r.Rows {
		lines = append(lines, row.cells())
	}
	widths := make([]int, len(columns))
	for i, cells := range lines {
		for k, text := range cells {
			if k < missingColumn || i == 0 || r.Rows[i-1].Missing == "" {
				widths[k] = max(widths[k], len(text))
			}
		}
	}
	var b strings.Builder
	for _, cells := range lines {
		var line strings.Builder
		for k, text := range cells {
			fmt.Fprintf(&line, "%-*s", widths[k]+2, text)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String() + "\n" + r.caption() + "\n"
}

// Markdown is the table for the README, with its caption.
func (r *Result) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|---|---|--:|--:|--:|--:|--:|\n", strings.Join(columns, " | "))
	for _, row := range r.Rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row.cells(), " | "))
	}
	return b.String() + "\n" + r.caption() + "\n"
}

package numerics

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"lockstep/ternary/fixed"
)

// A column is one column of the table of rows.
type column struct {
	title string // in Markdown
	name  string // in CSV, with the unit
	value func(r *Result) string
}

// columns are those behind the configuration.
var columns = []column{
	{"bits per byte", "bits_per_byte", func(r *Result) string { return fmt.Sprintf("%.5f", r.Bits) }},
	{"change", "difference_percent", func(r *Result) string { return fmt.Sprintf("%+.3f", r.Difference) }},
	{"agreement", "greedy_agreement_percent", func(r *Result) string { return fmt.Sprintf("%.2f", r.Agreement) }},
	{"add", "saturated_add", count(func(r *Result) uint64 { return r.Saturated.Add })},
	{"sub", "saturated_sub", count(func(r *Result) uint64 { return r.Saturated.Sub })},
	{"mul", "saturated_mul", count(func(r *Result) uint64 { return r.Saturated.Mul })},
	{"norm", "saturated_norm", count(func(r *Result) uint64 { return r.Saturated.Norm })},
	{"rescale", "saturated_rescale", count(func(r *Result) uint64 { return r.Saturated.Rescale })},
	{"quant", "saturated_quant", count(func(r *Result) uint64 { return r.Saturated.Quant })},
	{"embedding", "clipped_embedding", count(func(r *Result) uint64 { return r.Clipped.Embedding })},
	{"norm weight", "clipped_norm_weight", count(func(r *Result) uint64 { return r.Clipped.Norm })},
}

func count(f func(*Result) uint64) func(*Result) string {
	return func(r *Result) string { return strconv.FormatUint(f(r), 10) }
}

// CSV writes one line per row behind a header that names the units; an
// impossible row has empty numbers and its reason in the last column.
func CSV(w io.Writer, rows []Row) error {
	c := csv.NewWriter(w)
	record := []string{"width_bits", "fraction_bits", "sigmoid"}
	for _, col := range columns {
		record = append(record, col.name)
	}
	c.Write(append(record, "impossible"))
	for _, r := range rows {
		record := []string{strconv.Itoa(r.Width), strconv.Itoa(r.Frac), r.Sigmoid.String()}
		for _, col := range columns {
			cell := ""
			if r.Result != nil {
				cell = col.value(r.Result)
			}
			record = append(record, cell)
		}
		c.Write(append(record, r.Impossible))
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("numerics: %w", err)
	}
	return nil
}

// Markdown returns a table with one line per row: change and agreement in %,
// then the results that saturated by operation and the weights that were
// clipped. The line of an impossible row says why.
func Markdown(rows []Row) string {
	var b strings.Builder
	b.WriteString("| format | sigmoid |")
	for _, c := range columns {
		b.WriteString(" " + c.title + " |")
	}
	b.WriteString("\n|" + strings.Repeat("---|", 2+len(columns)) + "\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| s%d.%d | %v |", r.Width, r.Frac, r.Sigmoid)
		if r.Result == nil {
			b.WriteString(" " + r.Impossible + " |\n")
			continue
		}
		for _, c := range columns {
			b.WriteString(" " + c.value(r.Result) + " |")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// MarkdownMatrix returns one table per method, widths down and fraction bits
// across: the change in bits per byte in %, behind it the agreement in %, and a
// star where results saturated or weights were clipped. Below stand the reasons
// of the impossible cells, shown as -.
func MarkdownMatrix(rows []Row) string {
	var b strings.Builder
	for _, s := range axis(rows, func(r Row) fixed.SigmoidConfig { return r.Sigmoid }) {
		part := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Sigmoid != s })
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "Sigmoid %v:\n\n| width |", s)
		fracs := axis(part, func(r Row) int { return r.Frac })
		for _, f := range fracs {
			fmt.Fprintf(&b, " %d |", f)
		}
		b.WriteString("\n|" + strings.Repeat("---|", 1+len(fracs)) + "\n")
		var reasons []string
		for _, w := range axis(part, func(r Row) int { return r.Width }) {
			fmt.Fprintf(&b, "| %d |", w)
			for _, f := range fracs {
				i := slices.IndexFunc(part, func(r Row) bool { return r.Width == w && r.Frac == f })
				cell := ""
				if i >= 0 {
					cell = part[i].cell()
					if part[i].Impossible != "" {
						reasons = append(reasons, part[i].Impossible)
					}
				}
				b.WriteString(" " + cell + " |")
			}
			b.WriteByte('\n')
		}
		for i, r := range slices.Compact(reasons) {
			if i == 0 {
				b.WriteByte('\n')
			}
			b.WriteString("- " + r + "\n")
		}
	}
	return b.String()
}

// axis returns the different values of the rows in order of appearance.
func axis[T comparable](rows []Row, value func(Row) T) []T {
	var list []T
	for _, r := range rows {
		if v := value(r); !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// cell returns the cell of MarkdownMatrix.
func (r Row) cell() string {
	if r.Result == nil {
		return "-"
	}
	star := ""
	if r.Result.Saturated.Total() > 0 || r.Result.Clipped != (fixed.Clipped{}) {
		star = "*"
	}
	return fmt.Sprintf("%+.2f (%.1f)%s", r.Result.Difference, r.Result.Agreement, star)
}

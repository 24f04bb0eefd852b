package ablation

import (
	"fmt"
	"strings"

	"lockstep/area"
)

// Markdown returns the rows as a table: speed on the text and on the published
// shape, both against the first row, then the area in each family and the speed
// per LUT against the first row.
func Markdown(rows []Row) string {
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	head := []string{"core", "cycles per token", "tokens/s", "change", "matmul share", "shape: tokens/s", "change", "matmul share"}
	for _, a := range rows[0].Areas {
		f := string(a.Family)
		head = append(head, f+" LUT", "FF", "DSP", "RAM blocks", "tokens/s per LUT")
	}
	b.WriteString("| " + strings.Join(head, " | ") + " |\n|" + strings.Repeat("---|", len(head)) + "\n")
	base := rows[0]
	for _, r := range rows {
		cells := []string{r.Variant, fmt.Sprintf("%.0f", r.Cycles), fmt.Sprintf("%.1f", r.TokensPerS), change(r.TokensPerS, base.TokensPerS),
			percent(r.MatrixShare), fmt.Sprintf("%.2f", r.ShapePerS), change(r.ShapePerS, base.ShapePerS), percent(r.ShapeShare)}
		for k, a := range r.Areas {
			per, basePer := r.ShapePerS/luts(a), base.ShapePerS/luts(base.Areas[k])
			cells = append(cells, fmt.Sprint(a.LUT+a.MemoryLUT), fmt.Sprint(a.FF), fmt.Sprint(a.DSP), fmt.Sprint(blocks(a)), change(per, basePer))
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return b.String()
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

// change is v against base in percent, empty for the base itself.
func change(v, base float64) string {
	if v == base {
		return ""
	}
	return fmt.Sprintf("%+.1f %%", 100*(v/base-1))
}

func luts(a area.Area) float64 { return float64(a.LUT + a.MemoryLUT) }

// blocks is the number of memory blocks of all kinds.
func blocks(a area.Area) (n int) {
	for _, count := range a.RAM {
		n += count
	}
	return n
}

package report

import (
	"bytes"
	"encoding/csv"
	"strconv"
)

// CSV renders all rows of a valid table as comma-separated values: a head with
// names and units, numbers in full, and after every column of numbers one with
// their sources.
func CSV(t Table) []byte {
	var head []string
	for j, c := range t.Columns {
		switch {
		case !c.number():
			head = append(head, c.Name)
		case c.Unit == RowUnit:
			head = append(head, c.Name, c.Name+" source")
		default:
			head = append(head, c.Name+" ("+t.Columns[j].Unit+")", c.Name+" source")
		}
	}
	records := [][]string{head}
	for _, row := range t.Rows {
		var record []string
		for j, c := range row {
			switch {
			case !t.Columns[j].number():
				record = append(record, c.text)
			case c.holds == nothing:
				record = append(record, "", "")
			default:
				source := c.source
				if source == "" {
					source = t.Columns[j].Source
				}
				record = append(record, strconv.FormatFloat(c.number, 'g', -1, 64), source)
			}
		}
		records = append(records, record)
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, r := range records {
		if len(r) == 1 && r[0] == "" {
			// An empty line would be no record.
			w.Flush()
			b.WriteString("\"\"\n")
			continue
		}
		_ = w.Write(r) // a buffer takes everything
	}
	w.Flush()
	return b.Bytes()
}

package report

// A placed block has its number: figures and tables are counted through the
// document, each on its own.
type placed struct {
	block  Block
	number int // of figures and tables, 0 for others
}

// A chapter is a section laid out.
type chapter struct {
	title  string
	blocks []placed
}

// layout numbers the figures and tables. Comparisons and versions become tables.
func (d *Document) layout() []chapter {
	var chapters []chapter
	figures, tables := 0, 0
	for _, s := range d.Sections {
		c := chapter{title: s.Title}
		for _, b := range s.Blocks {
			p := placed{block: b}
			switch b := b.(type) {
			case Comparison:
				p.block = b.table()
			case Versions:
				p.block = b.table()
			}
			switch p.block.(type) {
			case Table:
				tables++
				p.number = tables
			case figure:
				figures++
				p.number = figures
			}
			c.blocks = append(c.blocks, p)
		}
		chapters = append(chapters, c)
	}
	return chapters
}

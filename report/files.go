package report

import (
	"fmt"
	"regexp"
)

// A File is a rendered part of a document.
type File struct {
	Name string // without a directory
	Data []byte
}

var stemForm = regexp.MustCompile(`^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$`)

func validateStem(stem string) error {
	if !stemForm.MatchString(stem) {
		return fmt.Errorf("report: name of files is %q, want letters, digits and single . _ -", stem)
	}
	return nil
}

// Files renders the document in every form: STEM.html, STEM.md and, in the
// order of the document, STEM-figure-N.svg, which the Markdown shows, and
// STEM-table-N.csv.
func (d *Document) Files(stem string) ([]File, error) {
	page, err := d.HTML()
	if err != nil {
		return nil, err
	}
	text, err := d.Markdown(stem)
	if err != nil {
		return nil, err
	}
	files := []File{{stem + ".html", page}, {stem + ".md", text}}
	for _, c := range d.layout() {
		for _, p := range c.blocks {
			switch b := p.block.(type) {
			case Table:
				files = append(files, File{fmt.Sprintf("%s-table-%d.csv", stem, p.number), CSV(b)})
			case figure:
				name := figureFile(stem, p.number)
				element, err := svg(b, fmt.Sprintf("figure-%d", p.number))
				if err != nil {
					return nil, err
				}
				files = append(files, File{name, standalone(element)})
			}
		}
	}
	return files, nil
}

func figureFile(stem string, number int) string {
	return fmt.Sprintf("%s-figure-%d.svg", stem, number)
}

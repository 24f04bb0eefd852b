package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"unicode/utf8"
)

//go:embed assets
var assets embed.FS

// HTML renders the document as one page that needs nothing else: style, script
// and plots are in it, and it asks the browser to load nothing. Tables sort by
// their heads and can be filtered; without scripts they are as in print.
func (d *Document) HTML() ([]byte, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	page, err := d.page()
	if err != nil {
		return nil, err
	}
	t, err := template.New("page.html").Funcs(template.FuncMap{"soft": soft, "breaking": breaking}).ParseFS(assets, "assets/page.html")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, page); err != nil {
		return nil, fmt.Errorf("report: %s: %w", d.Title, err)
	}
	return b.Bytes(), nil
}

// A pageView is what the template page.html is given.
type pageView struct {
	Generated       template.HTML // a comment
	Title, Abstract string
	Style           template.CSS
	Script          template.JS
	ScriptHash      string
	Sections        []sectionView
}

type sectionView struct {
	ID, Title string
	Blocks    []blockView
}

// A blockView has one field besides ID, Number and Caption.
type blockView struct {
	ID      string
	Number  int
	Caption string

	Text    string
	Code    string
	Figures []figureView
	Plot    template.HTML
	Source  string // of the plot
	Table   *tableView
}

type figureView struct{ Name, Value, Unit, Note, Source string }

type tableView struct {
	Columns []columnView
	Rows    [][]cellView
	Wide    bool // columns for a page turned on its side
	Huge    bool // and more
	Long    bool // rows for a box that scrolls
	Marks   []noteView
	Notes   []string
}

type columnView struct {
	Name, Unit string
	Class      string // of the head: "right", "words" for text that may be broken anywhere, both or none
	Marks      string
}

type cellView struct {
	Text  string
	Value string // of a number, in full
	Class string // "right", "words" for text that may be broken, or none
	Mark  string
}

type noteView struct{ Mark, Text string }

func (d *Document) page() (pageView, error) {
	style, err := assets.ReadFile("assets/page.css")
	if err != nil {
		return pageView{}, err
	}
	script, err := assets.ReadFile("assets/page.js")
	if err != nil {
		return pageView{}, err
	}
	// The hash is that of the text between the tags, line ends of the template
	// included.
	hash := sha256.Sum256([]byte("\n" + string(script)))
	page := pageView{
		Generated: template.HTML(d.generated()), Title: d.Title, Abstract: d.Abstract,
		Style: template.CSS(style), Script: template.JS(script), ScriptHash: base64.StdEncoding.EncodeToString(hash[:]),
	}
	for i, c := range d.layout() {
		s := sectionView{ID: fmt.Sprintf("section-%d", i+1), Title: c.title}
		for _, p := range c.blocks {
			b, err := p.view()
			if err != nil {
				return pageView{}, err
			}
			s.Blocks = append(s.Blocks, b)
		}
		page.Sections = append(page.Sections, s)
	}
	return page, nil
}

// view prepares a block for the template.
func (p placed) view() (blockView, error) {
	v := blockView{Number: p.number}
	switch b := p.block.(type) {
	case Paragraph:
		v.Text = string(b)
	case Listing:
		v.Caption, v.Code = b.Caption, b.Text
	case Commands:
		v.Code = b.shell()
	case KeyFigures:
		for _, k := range b {
			v.Figures = append(v.Figures, figureView{k.Name, k.Format.text(k.Value), unitText(k.Format.unit(k.Unit)), k.Note, k.Source})
		}
	case Table:
		v.ID, v.Caption, v.Table = fmt.Sprintf("table-%d", p.number), b.Caption, b.view()
	case figure:
		v.ID, v.Caption, v.Source = fmt.Sprintf("figure-%d", p.number), b.frame().Caption, b.frame().Source
		plot, err := svg(b, v.ID)
		if err != nil {
			return v, err
		}
		v.Plot = template.HTML(plot)
	}
	return v, nil
}

// unitText is a unit after a number in running text, where 1 goes without
// saying.
func unitText(unit string) string {
	if unit == "1" {
		return ""
	}
	return unit
}

func (t Table) view() *tableView {
	const wide, huge, long = 10, 18, 24
	v := &tableView{Wide: len(t.Columns) > wide, Huge: len(t.Columns) > huge, Long: len(t.shown()) > long, Notes: t.allNotes()}
	foot, formats := t.footnotes(), t.formats()
	for i, text := range foot.texts {
		v.Marks = append(v.Marks, noteView{mark(i), text})
	}
	for j, c := range t.Columns {
		head := columnView{Name: c.Name, Unit: t.unit(j), Marks: foot.column(j)}
		if c.right() {
			head.Class = "right"
		}
		if max(utf8.RuneCountInString(head.Name), utf8.RuneCountInString(head.Unit)) > shortText {
			head.Class = strings.TrimSpace(head.Class + " words")
		}
		v.Columns = append(v.Columns, head)
	}
	for i, row := range t.shown() {
		var cells []cellView
		for j, c := range row {
			cell := cellView{Mark: foot.cell(i, j)}
			switch {
			case t.Columns[j].right():
				cell.Class = "right"
			case utf8.RuneCountInString(c.text) > shortText:
				cell.Class = "words"
			}
			switch c.holds {
			case words:
				cell.Text = c.text
			case quantity:
				cell.Text, cell.Value = formats[j].text(c.number), strconv.FormatFloat(c.number, 'g', -1, 64)
			default:
				if t.Columns[j].number() {
					cell.Text = none
				}
			}
			cells = append(cells, cell)
		}
		v.Rows = append(v.Rows, cells)
	}
	return v
}

// shortText is how many characters stay in one line of a cell.
const shortText = 20

// soft escapes a text and, if it is long, allows lines to break in names.
func soft(text string) template.HTML {
	if utf8.RuneCountInString(text) <= shortText {
		return template.HTML(template.HTMLEscapeString(text))
	}
	return breaking(text)
}

// breaking escapes a text and allows lines to break in names.
func breaking(text string) template.HTML {
	return template.HTML(breaks.Replace(template.HTMLEscapeString(text)))
}

var breaks = strings.NewReplacer("_", "_<wbr>", ",", ",<wbr>", "/", "/<wbr>", "=", "=<wbr>")

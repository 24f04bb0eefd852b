package report

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// hostile are texts that break renderers which do not escape, and others.
var hostile = rapid.Custom(func(t *rapid.T) string {
	part := rapid.OneOf(
		rapid.SampledFrom([]string{
			"<script>alert(1)</script>", "</script>", "</style>", "</svg>", "]]>", "<!--", "-->", "<![CDATA[", `"`, "'", "`", "```", "&amp;", "&#60;", "&",
			"|", `\`, `\|`, "*", "__", "[x](javascript:alert(1))", "![x](y)", "#", "- ", "1. ", ",", ";", "=1+1", "{{.}}", "{{template", "${x}", "\u202e", "\u00a0", "日本語", "🙂", "e\u0301",
			"javascript:", "onload=x", `" onload="x`, "%s", "\u2028", "<", ">",
		}),
		rapid.StringN(1, 8, -1),
	)
	text := clean(strings.Join(rapid.SliceOfN(part, 1, 4).Draw(t, "parts"), rapid.SampledFrom([]string{"", " "}).Draw(t, "between")))
	if text == "" {
		return "x"
	}
	return text
})

// hostileDocument has hostile texts everywhere and returns those of its cells.
func hostileDocument(t *rapid.T) (*Document, Table) {
	text := func() string { return hostile.Draw(t, "text") }
	f := Frame{text(), text(), text()}
	x, y := Axis{text(), text(), false}, Axis{text(), text(), true}
	table := Table{Caption: text(), Notes: []string{text()}, Columns: []Column{{Name: "a" + text()}, {Name: "b" + text(), Unit: text(), Source: text(), Note: text()}}}
	for range rapid.IntRange(0, 3).Draw(t, "rows") {
		table.Rows = append(table.Rows, []Cell{Text(text()), Number(rapid.Float64Range(-1e12, 1e12).Draw(t, "v")).From(text())})
	}
	number := func() float64 { return rapid.Float64Range(1e-9, 1e9).Draw(t, "n") }
	names := Categories{text(), []string{text(), text()}}
	d := &Document{Title: text(), Abstract: text(), Sections: []Section{
		{text(), []Block{Paragraph(text()), table, KeyFigures{{Name: text(), Value: number(), Unit: text(), Source: text(), Note: text()}}}},
		{text(), []Block{
			Scatter{Frame: f, X: x, Y: y, Others: []Point{{number(), number()}}, Front: []Point{{number(), number()}, {number(), number()}}, Step: LargerX},
			Lines{Frame: f, X: x, Y: y, Series: []Line{{text(), []Point{{number(), number()}}}}},
			Bars{Frame: f, Categories: names, Value: x, Series: []Series{{text(), []Cell{Number(number()), {}}}, {text(), []Cell{Number(-number()), Number(0)}}}},
			Grid{Frame: f, X: names, Y: names, Value: x, Cells: [][]Place{{{text(), Number(number())}, {}}, {{text(), Cell{}}, {"", Number(number())}}}},
		}},
		{text(), []Block{
			Commands{{text(), text()}}, Listing{text(), text() + "\n" + text()}, Versions{{text(), text()}},
			Comparison{text(), []string{"c" + text()}, text(), []Compared{{[]string{text()}, 2, 1, text(), text()}}},
		}},
	}}
	return d, table
}

func TestHostile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, table := hostileDocument(t)
		files, err := d.Files("x")
		require.NoError(t, err)
		for _, f := range files {
			switch {
			case strings.HasSuffix(f.Name, ".html"):
				checkHTML(t, d, f.Data)
			case strings.HasSuffix(f.Name, ".md"):
				checkMarkdown(t, table, string(f.Data))
			case strings.HasSuffix(f.Name, ".svg"):
				checkSVG(t, f.Data)
			}
		}
		checkCSV(t, table)
	})
}

// checkHTML parses the page: elements and attributes are those of the template,
// and the texts are the document's.
func checkHTML(t *rapid.T, d *Document, page []byte) {
	require.Equal(t, 1, bytes.Count(bytes.ToLower(page), []byte("<script")))
	require.Equal(t, 1, bytes.Count(bytes.ToLower(page), []byte("</script")))
	require.Equal(t, 1, bytes.Count(bytes.ToLower(page), []byte("</style")))
	require.NotContains(t, string(page), "ZgotmplZ")
	page = regexp.MustCompile(`(?s)<(script|style)>.*?</(script|style)>`).ReplaceAll(page, nil)
	parser := xml.NewDecoder(bytes.NewReader(page))
	parser.Strict, parser.AutoClose, parser.Entity = false, []string{"meta", "link", "wbr"}, xml.HTMLEntity
	var heads, open []string
	for {
		token, err := parser.Token()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			require.Contains(t, elements, " "+token.Name.Local+" ")
			for _, a := range token.Attr {
				require.Contains(t, attributes, " "+a.Name.Local+" ", "of %s", token.Name.Local)
			}
			open = append(open, token.Name.Local)
			if token.Name.Local == "h1" || token.Name.Local == "h2" {
				heads = append(heads, "")
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if last := open[max(len(open)-1, 0):]; len(last) == 1 && (last[0] == "h1" || last[0] == "h2") {
				heads[len(heads)-1] += string(token)
			}
		}
	}
	want := []string{d.Title}
	for _, s := range d.Sections {
		want = append(want, s.Title)
	}
	require.Equal(t, want, heads)
}

const (
	elements = " html head meta link title body main header h1 p nav ol li a section h2 div table caption span b thead tr th sup tbody td wbr " +
		"figure svg desc g path text figcaption dl dt dd pre code "
	attributes = " lang charset name content http-equiv rel href class id aria-label aria-labelledby tabindex role scope data-value " +
		"xmlns viewBox font-family transform d style x y font-size fill textLength lengthAdjust "
)

// checkSVG parses a figure strictly.
func checkSVG(t *rapid.T, data []byte) {
	parser := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := parser.Token()
		if err == io.EOF {
			return
		}
		require.NoError(t, err)
		if e, ok := token.(xml.StartElement); ok {
			require.Contains(t, " svg title desc rect g path text ", " "+e.Name.Local+" ")
		}
	}
}

// checkMarkdown counts the cells of the first table, and looks for HTML.
func checkMarkdown(t *rapid.T, table Table, text string) {
	_, rest, ok := strings.Cut(text, "\n|---|--:|\n")
	require.True(t, ok)
	for range table.Rows {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		require.Len(t, regexp.MustCompile(`(?:\\.|[^\\|])*`).FindAllString(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), -1), 2, line)
	}
	prose, fence := "", ""
	for line := range strings.Lines(text) {
		ticks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence == "" && len(ticks) >= 3:
			fence = ticks
		case fence == "":
			prose += line
		case len(ticks) >= len(fence) && strings.TrimSpace(line) == ticks:
			fence = ""
		}
	}
	require.Empty(t, fence, "a block of code has no end")
	prose = regexp.MustCompile(`</?sup>`).ReplaceAllString(prose, "")
	require.NotContains(t, prose, "<")
	require.NotRegexp(t, `[^\\]\]\(javascript`, prose)
}

// checkCSV reads the texts back.
func checkCSV(t *rapid.T, table Table) {
	records, err := csv.NewReader(bytes.NewReader(CSV(table))).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{table.Columns[0].Name, table.Columns[1].Name + " (" + table.Columns[1].Unit + ")", table.Columns[1].Name + " source"}, records[0])
	require.Len(t, records, len(table.Rows)+1)
	for i, row := range table.Rows {
		require.Equal(t, []string{row[0].text, row[1].source}, []string{records[i+1][0], records[i+1][2]})
		require.Equal(t, row[1].number, readable(t, records[i+1][1]))
	}
}

// TestCSVOfOneEmptyCell: a record of one empty field is no empty line.
func TestCSVOfOneEmptyCell(t *testing.T) {
	table := Table{Caption: "c", Columns: []Column{{Name: "n"}}, Rows: [][]Cell{{Text("a")}, {{}}, {Text("b")}}}
	require.Equal(t, "n\na\n\"\"\nb\n", string(CSV(table)))
	records, err := csv.NewReader(bytes.NewReader(CSV(table))).ReadAll()
	require.NoError(t, err)
	require.Equal(t, [][]string{{"n"}, {"a"}, {""}, {"b"}}, records)
}

func TestEscaped(t *testing.T) {
	for text, want := range map[string]string{
		"snake_case_name": "snake_case_name", "_x_": `\_x\_`, "a_ b": `a\_ b`, "a|b*c`d": "a\\|b\\*c\\`d", "<b>&": "&lt;b&gt;&amp;", `\`: `\\`,
		"$x$ ~y~ [z](w) !": `\$x\$ \~y\~ \[z\](w) \!`, "# h": "# h",
	} {
		require.Equal(t, want, escaped(text))
	}
	for text, want := range map[string]string{"# h": `\# h`, "- l": `\- l`, "  + l": `\+ l`, "12. l": `12\. l`, "12) l": `12\) l`, "=": `\=`, "a - b": "a - b", "12 x.": "12 x."} {
		require.Equal(t, want, escapedLine(text))
	}
	require.Equal(t, "````sh\na\n```\n````\n", fenced("sh", "a\n```"))
}

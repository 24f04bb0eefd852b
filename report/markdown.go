package report

import (
	"fmt"
	"regexp"
	"strings"
)

// Markdown renders the document in GitHub's flavour. Plots are links to the
// files that [Document.Files] returns for the same stem.
func (d *Document) Markdown(stem string) ([]byte, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	if err := validateStem(stem); err != nil {
		return nil, err
	}
	var b strings.Builder
	if d.Generator != "" {
		b.WriteString(d.generated() + "\n\n")
	}
	b.WriteString("# " + escaped(d.Title) + "\n")
	if d.Abstract != "" {
		b.WriteString("\n" + escapedLine(d.Abstract) + "\n")
	}
	for _, c := range d.layout() {
		b.WriteString("\n## " + escaped(c.title) + "\n")
		for _, p := range c.blocks {
			b.WriteString("\n" + p.markdown(stem))
		}
	}
	return []byte(b.String()), nil
}

func (p placed) markdown(stem string) string {
	switch b := p.block.(type) {
	case Paragraph:
		return escapedLine(string(b)) + "\n"
	case Listing:
		return "**" + escaped(b.Caption) + "**\n\n" + fenced("", b.Text)
	case Commands:
		return fenced("sh", b.shell())
	case KeyFigures:
		return b.markdown()
	case Table:
		return b.markdown(p.number)
	case figure:
		f := b.frame()
		return fmt.Sprintf("![%s](%s)\n\n**Figure %d.** %s Source: %s.\n",
			escaped(f.description()), figureFile(stem, p.number), p.number, escaped(f.Caption), escaped(f.Source))
	}
	return ""
}

func (k KeyFigures) markdown() string {
	var b strings.Builder
	for _, one := range k {
		value := one.Format.text(one.Value)
		if unit := unitText(one.Format.unit(one.Unit)); unit != "" {
			value += thin + unit
		}
		about := one.Source
		if one.Note != "" {
			about = one.Note + "; " + about
		}
		fmt.Fprintf(&b, "- %s: **%s** (%s)\n", escaped(one.Name), escaped(value), escaped(about))
	}
	return b.String()
}

func (t Table) markdown(number int) string {
	var b strings.Builder
	foot, formats := t.footnotes(), t.formats()
	fmt.Fprintf(&b, "**Table %d.** %s\n\n|", number, escaped(t.Caption))
	for j, c := range t.Columns {
		head := escaped(c.Name)
		if unit := t.unit(j); unit != "" {
			head += " (" + escaped(unit) + ")"
		}
		b.WriteString(" " + head + superscript(foot.column(j)) + " |")
	}
	b.WriteString("\n|")
	for _, c := range t.Columns {
		if c.right() {
			b.WriteString("--:|")
		} else {
			b.WriteString("---|")
		}
	}
	b.WriteByte('\n')
	for i, row := range t.shown() {
		b.WriteByte('|')
		for j, c := range row {
			text := escaped(c.text)
			switch {
			case c.holds == quantity:
				text = formats[j].text(c.number)
			case c.holds == nothing && t.Columns[j].number():
				text = none
			}
			b.WriteString(" " + text + superscript(foot.cell(i, j)) + " |")
		}
		b.WriteByte('\n')
	}
	for i, text := range foot.texts {
		fmt.Fprintf(&b, "\n%s %s\n", superscript(mark(i)), escaped(text))
	}
	for _, n := range t.allNotes() {
		b.WriteString("\n" + escapedLine(n) + "\n")
	}
	return b.String()
}

func superscript(marks string) string {
	if marks == "" {
		return ""
	}
	return "<sup>" + marks + "</sup>"
}

// fenced is a block of code. The fence is longer than any in the text.
func fenced(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return fence + language + "\n" + text + fence + "\n"
}

var markup = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "[", `\[`, "]", `\]`, "|", `\|`, "~", `\~`, "$", `\$`, "!", `\!`,
	"<", "&lt;", ">", "&gt;", "&", "&amp;")

var (
	// looseUnderscore is one that could begin or end emphasis: inside a word it
	// cannot.
	looseUnderscore = regexp.MustCompile(`(^|[^0-9A-Za-z])_|_($|[^0-9A-Za-z])`)
	// blockStart is what makes a heading, list or rule at the start of a line.
	blockStart = regexp.MustCompile(`^(\d*)([#+\-=.)])`)
)

// escaped is text that Markdown shows as it is, within a line.
func escaped(text string) string {
	text = markup.Replace(text)
	if looseUnderscore.MatchString(text) {
		text = strings.ReplaceAll(text, "_", `\_`)
	}
	return text
}

// escapedLine is escaped at the start of a line.
func escapedLine(text string) string {
	return blockStart.ReplaceAllString(strings.TrimLeft(escaped(text), " "), `$1\$2`)
}

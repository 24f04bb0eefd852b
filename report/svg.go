package report

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// fontFamily are fonts of equal metrics, then any.
const fontFamily = "Liberation Sans, Arial, Helvetica, sans-serif"

// svg draws a figure as an SVG element that scales. id makes the names of its
// parts unique on a page.
func svg(f figure, id string) ([]byte, error) {
	p := f.draw()
	canvas := vgsvg.NewWith(vgsvg.UseWH(figureWidth, p.height))
	p.drawOn(draw.New(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("report: %s %q: %w", f.kind(), f.frame().Caption, err)
	}
	head := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" role="img" aria-labelledby="%s-title %[3]s-desc" font-family="%s">
<title id="%[3]s-title">%[5]s</title>
<desc id="%[3]s-desc">%[6]s</desc>`,
		short(figureWidth), short(p.height), id, fontFamily, html.EscapeString(f.frame().Caption), html.EscapeString(f.frame().description()))
	body := prelude.ReplaceAllLiteral(b.Bytes(), []byte(head))
	return textElement.ReplaceAllFunc(body, fitted), nil
}

func short(v vg.Length) string { return strconv.FormatFloat(float64(v), 'f', -1, 64) }

var (
	// prelude is what vgsvg writes before the picture.
	prelude = regexp.MustCompile(`(?s)^.*?<svg[^>]*>`)
	// textElement is how it writes text: place, font, size, perhaps a fill, words.
	textElement = regexp.MustCompile(`<text x="([^"]*)" y="([^"]*)" transform="scale\(1, -1\)"\s+style="[^"]*?font-size:([0-9.]+)px(?:;fill:(#[0-9A-F]{6}))?">([^<]*)</text>`)
)

// fitted writes text so that it takes the width it was laid out with, whatever
// the font of the reader.
func fitted(element []byte) []byte {
	m := textElement.FindSubmatch(element)
	size, _ := strconv.ParseFloat(string(m[3]), 64)
	width := style(vg.Length(size), nil).Width(html.UnescapeString(string(m[5])))
	fill := string(m[4])
	if fill == "" {
		fill = "#000000"
	}
	return fmt.Appendf(nil, `<text x="%s" y="%s" transform="scale(1,-1)" font-size="%s" fill="%s" textLength="%.2f" lengthAdjust="spacingAndGlyphs">%s</text>`,
		m[1], m[2], m[3], fill, float64(width), m[5])
}

// standalone is an SVG element as a file.
func standalone(element []byte) []byte {
	return []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + strings.Replace(string(element), "<desc", `<rect width="100%" height="100%" fill="#ffffff"/>`+"\n<desc", 1))
}

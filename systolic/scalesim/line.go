package scalesim

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A line is one line of an input file.
type line struct {
	file   string
	number int // from 1
	text   string
}

// A field is one comma-separated value.
type field struct {
	text   string // without blanks around it
	column int    // of its first character, from 1
}

// readLines returns the lines of a text file, whose ends may be those of any
// system and which may begin with a byte order mark.
func readLines(file string, data []byte) ([]line, error) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	var lines []line
	for text := range strings.SplitSeq(string(data), "\n") {
		l := line{file, len(lines) + 1, strings.TrimSuffix(text, "\r")}
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return nil, l.errorf(1, "line is not text, want UTF-8")
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// fields splits at commas and drops empty fields at the end.
func (l line) fields() []field {
	var fields []field
	column := 1
	for text := range strings.SplitSeq(l.text, ",") {
		f := field{strings.TrimSpace(text), column}
		f.column += utf8.RuneCountInString(text) - utf8.RuneCountInString(strings.TrimLeft(text, " \t"))
		fields = append(fields, f)
		column += utf8.RuneCountInString(text) + 1
	}
	for len(fields) > 0 && fields[len(fields)-1].text == "" {
		fields = fields[:len(fields)-1]
	}
	return fields
}

// end is the column behind the last character.
func (l line) end() int { return utf8.RuneCountInString(l.text) + 1 }

func (l line) errorf(column int, format string, args ...any) error {
	return fmt.Errorf("scalesim: %s:%d:%d: %w", l.file, l.number, column, fmt.Errorf(format, args...))
}

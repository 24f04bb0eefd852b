package scalesim

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A value is what an INI file says of one key.
type value struct {
	line   line
	column int
	key    string // as written
	text   string
}

// An ini maps section, then key in lower case, to a value.
type ini map[string]map[string]value

// readINI reads the subset of Python's configparser that SCALE-Sim's users
// have: [section], key: value or key = value, blank lines, and whole lines of
// comment after # or ;. Keys are compared without case, sections with. Values
// of several lines are not read, for no key of SCALE-Sim has one.
func readINI(file string, data []byte) (ini, error) {
	lines, err := readLines(file, data)
	if err != nil {
		return nil, err
	}
	sections := ini{}
	var current map[string]value
	for _, l := range lines {
		text := strings.TrimSpace(l.text)
		indent := utf8.RuneCountInString(l.text) - utf8.RuneCountInString(strings.TrimLeft(l.text, " \t"))
		switch {
		case text == "" || text[0] == '#' || text[0] == ';':
			continue
		case text[0] == '[':
			name, ok := strings.CutSuffix(text[1:], "]")
			if !ok || name == "" {
				return nil, l.errorf(indent+1, "section is %q, want [name]", text)
			}
			if sections[name] != nil {
				return nil, l.errorf(indent+1, "section %s is there twice, want it once", text)
			}
			current = map[string]value{}
			sections[name] = current
			continue
		case current == nil:
			return nil, l.errorf(indent+1, "%q is in no section, want a [section] first", text)
		}
		v, err := l.value(indent)
		if err != nil {
			return nil, err
		}
		if _, ok := current[strings.ToLower(v.key)]; ok {
			return nil, l.errorf(indent+1, "key %s is there twice, want it once", v.key)
		}
		current[strings.ToLower(v.key)] = v
	}
	return sections, nil
}

// value reads key: value or key = value.
func (l line) value(indent int) (value, error) {
	at := strings.IndexAny(l.text, ":=")
	if at < 0 {
		return value{}, l.errorf(indent+1, "%q is no setting, want key: value", strings.TrimSpace(l.text))
	}
	key, rest := strings.TrimSpace(l.text[:at]), l.text[at+1:]
	if key == "" {
		return value{}, l.errorf(indent+1, "key is empty, want key: value")
	}
	blanks := len(rest) - len(strings.TrimLeft(rest, " \t"))
	return value{
		line:   l,
		column: utf8.RuneCountInString(l.text[:at+1+blanks]) + 1,
		key:    key,
		text:   strings.TrimSpace(rest),
	}, nil
}

func (v value) errorf(format string, args ...any) error {
	return v.line.errorf(v.column, "%s is %q, want %s", v.key, v.text, fmt.Sprintf(format, args...))
}

// integer returns the value as an integer from least to most.
func (v value) integer(least, most int) (int, error) {
	n, err := strconv.Atoi(v.text)
	if err != nil || n < least || n > most {
		return 0, v.errorf("an integer from %d to %d", least, most)
	}
	return n, nil
}

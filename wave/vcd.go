package wave

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// ReadVCD reads a value change dump (IEEE 1364-2005, chapter 18) and samples
// the named signals, of 1 to 64 bits, before every rising edge of clock: cycle 0
// is the one that the first rising edge ends. What changes at the edge itself
// belongs to the next cycle. Names are the scopes and the variable, joined by
// dots, without a bit range. Errors give the line of the file.
func ReadVCD(r io.Reader, clock string, signals ...string) (*Recording, error) {
	v := &vcd{lines: bufio.NewScanner(r), wanted: append([]string{clock}, signals...), byName: map[string]int{}, byID: map[string][]int{}, known: map[string]int{}}
	v.lines.Buffer(nil, maxLine)
	for k, name := range v.wanted {
		if _, ok := v.byName[name]; ok {
			return nil, fmt.Errorf("wave: signal %s is named twice, want once", name)
		}
		v.byName[name] = k
	}
	v.found = make([]Signal, len(v.wanted))
	if err := v.declarations(); err != nil {
		return nil, err
	}
	if err := v.changes(); err != nil {
		return nil, err
	}
	rec := &Recording{Cycles: len(v.found[0].Samples), Signals: map[string]Signal{}}
	if rec.Cycles == 0 {
		return nil, fmt.Errorf("wave: clock %s has no rising edge", clock)
	}
	for k, s := range v.found {
		rec.Signals[v.wanted[k]] = s
	}
	return rec, nil
}

// maxLine is the longest line in bytes that is read.
const maxLine = 1 << 20

// A vcd is a dump that is being read. The clock is the first of the wanted
// signals.
type vcd struct {
	lines  *bufio.Scanner
	line   int
	words  []string // of the present line that are still to be read
	wanted []string
	byName map[string]int   // index of a wanted signal
	byID   map[string][]int // wanted signals with this identifier code
	known  map[string]int   // width of every identifier code
	found  []Signal

	now, before []Sample // values at present, and at the end of the time step before
	time        uint64
}

func (v *vcd) errorf(format string, args ...any) error {
	return fmt.Errorf("wave: line %d: "+format, append([]any{v.line}, args...)...)
}

// next returns the next word; "" at the end of the file.
func (v *vcd) next() (string, error) {
	for len(v.words) == 0 {
		if !v.lines.Scan() {
			if err := v.lines.Err(); err != nil {
				v.line++
				return "", v.errorf("%w", err)
			}
			return "", nil
		}
		v.line++
		v.words = strings.Fields(v.lines.Text())
	}
	word := v.words[0]
	v.words = v.words[1:]
	return word, nil
}

// section returns the words up to $end.
func (v *vcd) section(keyword string) (words []string, err error) {
	at := v.line
	for {
		word, err := v.next()
		switch {
		case err != nil:
			return nil, err
		case word == "":
			return nil, v.errorf("%s of line %d has no $end", keyword, at)
		case word == "$end":
			return words, nil
		}
		words = append(words, word)
	}
}

// declarations reads the header.
func (v *vcd) declarations() error {
	var scopes []string
	for {
		word, err := v.next()
		if err != nil {
			return err
		}
		switch {
		case word == "":
			return v.errorf("file ends without $enddefinitions")
		case word[0] != '$':
			return v.errorf("%q where a declaration such as $var is wanted", word)
		}
		body, err := v.section(word)
		if err != nil {
			return err
		}
		switch word {
		case "$scope":
			if len(body) != 2 {
				return v.errorf("$scope has %d words, want type and name", len(body))
			}
			scopes = append(scopes, body[1])
		case "$upscope":
			if len(scopes) == 0 {
				return v.errorf("$upscope without $scope")
			}
			scopes = scopes[:len(scopes)-1]
		case "$var":
			if err := v.declare(scopes, body); err != nil {
				return err
			}
		case "$enddefinitions":
			return v.complete()
		}
	}
}

// declare takes one $var: type, width, identifier code, name, bit range.
func (v *vcd) declare(scopes, body []string) error {
	if len(body) < 4 {
		return v.errorf("$var has %d words, want type, width, code and name", len(body))
	}
	width, err := strconv.ParseUint(body[1], 10, 31)
	if err != nil || width == 0 {
		return v.errorf("$var %s: width is %q, want 1 or more", body[3], body[1])
	}
	id := body[2]
	if w, ok := v.known[id]; ok && w != int(width) {
		return v.errorf("code %s has width %d and width %d", id, w, width)
	}
	v.known[id] = int(width)
	name := body[3]
	if open := strings.LastIndexByte(name, '['); open > 0 && strings.Contains(name[open:], ":") {
		name = name[:open]
	}
	name = strings.Join(append(slices.Clone(scopes), name), ".")
	k, ok := v.byName[name]
	if !ok {
		return nil
	}
	switch s := &v.found[k]; {
	case s.Width != 0:
		return v.errorf("%s is declared twice", name)
	case body[0] == "real" || body[0] == "realtime" || body[0] == "string":
		return v.errorf("%s is of type %s, want bits", name, body[0])
	case width > 64:
		return v.errorf("%s has %d bits, want 1 to 64", name, width)
	default:
		*s = Signal{Name: name, Width: int(width)}
	}
	v.byID[id] = append(v.byID[id], k)
	return nil
}

// complete reports what is missing when the header has ended.
func (v *vcd) complete() error {
	for _, name := range v.wanted {
		if v.found[v.byName[name]].Width == 0 {
			return fmt.Errorf("wave: the file has no signal %s", name)
		}
	}
	if w := v.found[v.byName[v.wanted[0]]].Width; w != 1 {
		return fmt.Errorf("wave: clock %s has %d bits, want 1", v.wanted[0], w)
	}
	v.now, v.before = make([]Sample, len(v.wanted)), make([]Sample, len(v.wanted))
	return nil
}

// changes reads the body.
func (v *vcd) changes() error {
	for {
		word, err := v.next()
		if err != nil {
			return err
		}
		if word == "" {
			v.step()
			return nil
		}
		switch word[0] {
		case '#':
			t, err := strconv.ParseUint(word[1:], 10, 64)
			if err != nil || t < v.time {
				return v.errorf("time is %q, want # and a number that is not below %d", word, v.time)
			}
			v.time = t
			v.step()
		case '$':
			if word == "$comment" {
				_, err = v.section(word)
			}
		case 'b', 'B':
			err = v.vector(word[1:])
		case 'r', 'R', 's', 'S':
			_, err = v.code()
		default:
			err = v.change(word[:1], word[1:])
		}
		if err != nil {
			return err
		}
	}
}

// step ends a time step: a rising edge in it ends a cycle, whose values are
// those from before the step.
func (v *vcd) step() {
	if v.before[0] == (Sample{0, true}) && v.now[0] == (Sample{1, true}) {
		for k := range v.found {
			v.found[k].Samples = append(v.found[k].Samples, v.before[k])
		}
	}
	copy(v.before, v.now)
}

// code reads the identifier code behind a vector or a real number.
func (v *vcd) code() (string, error) {
	id, err := v.next()
	if err == nil && id == "" {
		err = v.errorf("file ends within a change")
	}
	return id, err
}

func (v *vcd) vector(digits string) error {
	id, err := v.code()
	if err != nil {
		return err
	}
	return v.change(digits, id)
}

// change sets the signals of code id; fewer digits than bits are extended.
func (v *vcd) change(digits, id string) error {
	width, ok := v.known[id]
	switch {
	case !ok:
		return v.errorf("change of code %q, which is not declared", id)
	case len(digits) == 0 || len(digits) > width || strings.Trim(digits, "01xXzZ") != "":
		return v.errorf("value is %q, want 1 to %d digits 0, 1, x or z", digits, width)
	}
	for _, k := range v.byID[id] {
		value, err := strconv.ParseUint(digits, 2, 64)
		v.now[k] = Sample{value, err == nil}
		if err != nil {
			v.now[k].Value = 0 // not known: a digit is x or z
		}
	}
	return nil
}

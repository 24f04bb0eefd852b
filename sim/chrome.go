package sim

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// A ChromeTrace writes a trace in the trace-event format of Chrome, which
// Perfetto opens. It writes as events come; after Close the file is complete,
// also when the run has failed. Times are microseconds with six decimals,
// rounded down to a picosecond from the exact value.
//
// Source: "Trace Event Format", Google, JSON object format.
type ChromeTrace struct {
	w     *bufio.Writer
	clock Clock
	buf   []byte
	err   error
	done  bool
}

const chromeProcess = `"pid":1`

// NewChromeTrace writes to w a trace of a system with the clock, under a
// process name. The caller calls Close, and then closes w.
func NewChromeTrace(w io.Writer, clock Clock, process string) (*ChromeTrace, error) {
	if w == nil || clock.hz == 0 {
		return nil, errors.New("sim: trace: want a writer and a clock made by NewClock")
	}
	t := &ChromeTrace{w: bufio.NewWriter(w), clock: clock}
	t.buf = append(t.buf, `{"displayTimeUnit":"ns","traceEvents":[`+"\n"+`{"ph":"M",`+chromeProcess+`,"name":"process_name","args":{"name":`...)
	t.buf = appendJSON(t.buf, process)
	t.buf = append(t.buf, "}}"...)
	t.flush()
	return t, nil
}

// Track implements Tracer.
func (t *ChromeTrace) Track(id int, name string) {
	t.begin(`"M"`, id)
	t.buf = append(t.buf, `,"name":"thread_name","args":{"name":`...)
	t.buf = appendJSON(t.buf, name)
	t.buf = append(t.buf, "}}"...)
	t.flush()
	t.begin(`"M"`, id)
	t.buf = append(t.buf, `,"name":"thread_sort_index","args":{"sort_index":`...)
	t.buf = strconv.AppendInt(t.buf, int64(id), 10)
	t.buf = append(t.buf, "}}"...)
	t.flush()
}

// Slice implements Tracer.
func (t *ChromeTrace) Slice(s Slice) {
	start := t.clock.stamp(s.Start)
	t.begin(`"X"`, s.Track)
	t.buf = append(t.buf, `,"ts":`...)
	t.buf = start.append(t.buf)
	t.buf = append(t.buf, `,"dur":`...)
	t.buf = t.clock.stamp(s.End).sub(start).append(t.buf)
	t.buf = append(t.buf, `,"cat":`...)
	t.buf = appendJSON(t.buf, s.Kind)
	t.buf = append(t.buf, `,"name":`...)
	t.buf = appendJSON(t.buf, s.Name)
	t.buf = append(t.buf, `,"args":{"cycle":`...)
	t.buf = strconv.AppendInt(t.buf, int64(s.Start), 10)
	t.buf = append(t.buf, `,"cycles":`...)
	t.buf = strconv.AppendInt(t.buf, int64(s.End-s.Start), 10)
	t.buf = append(t.buf, `,"tag":`...)
	t.buf = strconv.AppendUint(t.buf, s.Tag, 10)
	t.buf = append(t.buf, "}}"...)
	t.flush()
}

// Counter implements Tracer.
func (t *ChromeTrace) Counter(track int, name string, at Cycle, value int64) {
	t.begin(`"C"`, track)
	t.buf = append(t.buf, `,"ts":`...)
	t.buf = t.clock.stamp(at).append(t.buf)
	t.buf = append(t.buf, `,"name":`...)
	t.buf = appendJSON(t.buf, name)
	t.buf = append(t.buf, `,"args":{"value":`...)
	t.buf = strconv.AppendInt(t.buf, value, 10)
	t.buf = append(t.buf, "}}"...)
	t.flush()
}

// Close ends the file and returns the first error of writing it. Events that
// come later are dropped, a second Close does nothing.
func (t *ChromeTrace) Close() error {
	if !t.done {
		t.buf = append(t.buf[:0], "\n]}\n"...)
		t.flush()
		if err := t.w.Flush(); t.err == nil {
			t.err = err
		}
		t.done = true
	}
	return t.err
}

func (t *ChromeTrace) begin(ph string, track int) {
	t.buf = append(t.buf[:0], ",\n{\"ph\":"...)
	t.buf = append(t.buf, ph...)
	t.buf = append(t.buf, `,`+chromeProcess+`,"tid":`...)
	t.buf = strconv.AppendInt(t.buf, int64(track)+1, 10)
}

func (t *ChromeTrace) flush() {
	if t.err == nil && !t.done {
		_, t.err = t.w.Write(t.buf)
	}
}

// appendJSON appends s as a JSON string; bytes that are not UTF-8 become the
// replacement character.
func appendJSON(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ':
			const hex = "0123456789abcdef"
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

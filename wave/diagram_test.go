package wave

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite testdata")

func signal(width int, values ...uint64) Signal {
	s := Signal{Name: "core.s", Width: width}
	for _, v := range values {
		s.Samples = append(s.Samples, Sample{v, true})
	}
	return s
}

// example has every kind of thing that a diagram can show.
func example() *Diagram {
	level := signal(1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 1)
	unknown := signal(1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0)
	unknown.Samples[2] = Sample{}
	bus := signal(8, 0, 10, 10, 255, 4, 4, 4, 4, 4, 4, 200, 200)
	bus.Samples[11] = Sample{}
	states := Names("IDLE", "RUN & GO", "<END>")
	return &Diagram{Title: "a < b & \"c\"", Clock: true, Windows: []Window{{0, 4}, {8, 11}}, Groups: []Group{
		{Title: "first", Lines: []Line{{Label: "level", Signal: level}, {Label: "unknown", Signal: unknown}},
			Spans: [][]Span{{{"a", Mark{"level", 1}, Mark{"bus", 2}}, {"b", Mark{"bus", 2}, Mark{"", 10}}}, {{"c", Mark{"level", 9}, Mark{"level", 11}}}}},
		{Title: "second", Lines: []Line{{Label: "bus", Signal: bus, Format: Hex},
			{Label: "state", Signal: signal(2, 3, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2), Format: states, When: level},
			{Label: "pulse", Signal: signal(2, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0), Format: states, When: signal(1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)}}},
	}}
}

func TestPicture(t *testing.T) {
	svg, err := example().SVG()
	require.NoError(t, err)
	again, err := example().SVG()
	require.NoError(t, err)
	require.Equal(t, svg, again)
	const file = "testdata/example.svg"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, svg, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, svg), "%s is stale; go test ./wave -update rewrites it", file)
}

// texts returns the texts of a picture by class, and its size.
func texts(t require.TestingT, svg []byte) (byClass map[string][]string, width, height float64) {
	byClass = map[string][]string{}
	dec := xml.NewDecoder(bytes.NewReader(svg))
	class := ""
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return byClass, width, height
		}
		require.NoError(t, err)
		switch e := token.(type) {
		case xml.StartElement:
			class = ""
			for _, a := range e.Attr {
				number, _ := strconv.ParseFloat(a.Value, 64)
				switch {
				case e.Name.Local == "svg" && a.Name.Local == "width":
					width = number
				case e.Name.Local == "svg" && a.Name.Local == "height":
					height = number
				case strings.HasPrefix(a.Name.Local, "x") || strings.HasPrefix(a.Name.Local, "cx"):
					require.True(t, number >= 0 && number <= width, "%s %s is %s", e.Name.Local, a.Name.Local, a.Value)
				case strings.HasPrefix(a.Name.Local, "y") || strings.HasPrefix(a.Name.Local, "cy"):
					require.True(t, number >= 0 && number <= height, "%s %s is %s", e.Name.Local, a.Name.Local, a.Value)
				case e.Name.Local == "text" && a.Name.Local == "class":
					class = a.Value
				}
			}
		case xml.CharData:
			if s := strings.TrimSpace(string(e)); class != "" && s != "" {
				byClass[class] = append(byClass[class], s)
			}
		case xml.EndElement:
			class = ""
		}
	}
}

// What is written is what was asked for, in order, and lies in the picture. A
// value that does not fit into its hexagon stands beside it or is left out.
func TestPictureContents(t *testing.T) {
	svg, err := example().SVG()
	require.NoError(t, err)
	got, _, _ := texts(t, svg)
	require.Equal(t, []string{"cycle", "0", "1", "2", "3", "4", "8", "9", "10", "11"}, got["num"])
	require.Equal(t, []string{"a < b & \"c\""}, got["title"])
	require.Equal(t, []string{"first", "second"}, got["head"])
	require.Equal(t, []string{"clock", "level", "unknown", "bus", "state", "pulse"}, got["label"])
	require.Equal(t, []string{"0h", "ah", "4h", "4h", "x", "IDLE", "<END>", "RUN & GO", "IDLE"}, got["val"])
	require.Equal(t, []string{"a", "b: 8", "c: 2"}, got["dim"])
}

// Any diagram that is valid is well-formed and stays inside its picture.
func TestAnyPicture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &Diagram{Title: rapid.String().Draw(t, "title"), Clock: rapid.Bool().Draw(t, "clock")}
		last := -2
		for range rapid.IntRange(1, 4).Draw(t, "windows") {
			first := last + 2 + rapid.IntRange(0, 5).Draw(t, "skip")
			last = first + rapid.IntRange(0, 9).Draw(t, "length")
			d.Windows = append(d.Windows, Window{first, last})
		}
		for g := range rapid.IntRange(0, 3).Draw(t, "groups") {
			group := Group{Title: "g"}
			for l := range rapid.IntRange(0, 3).Draw(t, "lines") {
				samples := func() (s Signal) {
					s.Width = 1
					for range last + 1 {
						known := rapid.IntRange(0, 4).Draw(t, "known") > 0
						v := uint64(rapid.IntRange(0, 1).Draw(t, "value"))
						if !known {
							v = 0
						}
						s.Samples = append(s.Samples, Sample{v, known})
					}
					return s
				}
				line := Line{Label: rapid.StringMatching(`[a-z<&]{0,9}`).Draw(t, "label") + strconv.Itoa(10*g+l), Signal: samples()}
				if rapid.Bool().Draw(t, "bus") {
					line.Format = Names("zero", "one")
				}
				if rapid.Bool().Draw(t, "when") {
					line.When = samples()
				}
				group.Lines = append(group.Lines, line)
			}
			if w := rapid.SampledFrom(d.Windows).Draw(t, "window"); len(group.Lines) > 0 && w.Last > w.First {
				label := group.Lines[0].Label
				group.Spans = [][]Span{nil, {{"s", Mark{label, w.First}, Mark{label, w.Last}}}}
			}
			d.Groups = append(d.Groups, group)
		}
		svg, err := d.SVG()
		require.NoError(t, err)
		got, width, height := texts(t, svg)
		require.Positive(t, width)
		require.Positive(t, height)
		require.Len(t, got["head"], len(d.Groups))
	})
}

func TestDiagramErrors(t *testing.T) {
	for _, c := range []struct {
		change func(d *Diagram)
		want   string
	}{
		{func(d *Diagram) { d.Windows = nil }, "no window, want at least one"},
		{func(d *Diagram) { d.Windows[0].First = -1 }, "window 0 is [-1, 4], want 0 <= First <= Last"},
		{func(d *Diagram) { d.Windows[1].Last = 7 }, "window 1 is [8, 7], want 0 <= First <= Last"},
		{func(d *Diagram) { d.Windows[1].First = 5 }, "window 1 begins at 5, want more than 5, a cycle after the one before"},
		{func(d *Diagram) { d.Windows[1].Last = 12 }, `line "level" has 12 samples, want more than 12, the last cycle`},
		{func(d *Diagram) { d.Groups[1].Lines[1].When = signal(1, 0) }, `line "state" has 1 samples of When, want more than 11, the last cycle`},
		{func(d *Diagram) { d.Groups[1].Lines[0].Format = nil }, `line "bus" has 8 bits and no Format, want 1 bit`},
		{func(d *Diagram) { d.Groups[1].Lines[1].Label = "level" }, `line is called "level", want a name of its own`},
		{func(d *Diagram) { d.Groups[1].Lines[1].Label = "" }, `line is called "", want a name of its own`},
		{func(d *Diagram) { d.Groups[0].Spans[0][0].From.Line = "none" }, `span a marks line "none", which is not there`},
		{func(d *Diagram) { d.Groups[0].Spans[0][0].To.Cycle = 6 }, "span a marks cycle 6, which no window shows"},
		{func(d *Diagram) { d.Groups[0].Spans[0][0].From.Cycle = 2 }, "span a is from 2 to 2, want a later end"},
		{func(d *Diagram) { d.Groups[0].Spans[0][1].From.Cycle = 1 }, "span b begins at 1, want at least 2, the end of the one before in its row"},
	} {
		d := example()
		d.Title = "t"
		c.change(d)
		_, err := d.SVG()
		require.EqualError(t, err, "wave: t: "+c.want)
	}
}

func TestFormats(t *testing.T) {
	require.Equal(t, "18446744073709551615", Decimal(1<<64-1))
	require.Equal(t, "ffffffffffffffffh", Hex(1<<64-1))
	require.Equal(t, "B", Names("A", "B")(1))
	require.Equal(t, "2", Names("A", "B")(2))
}

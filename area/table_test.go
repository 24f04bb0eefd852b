package area_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/area"
	"lockstep/catalogue"
	"lockstep/nextpnr"
	"lockstep/tool/tooltest"
	"lockstep/yosys"
)

var (
	update = flag.Bool("update", false, "measure what changed and rewrite the table in docs/area.md")
	full   = flag.Bool("full", false, "measure every unit again")
)

const (
	recordFile = "testdata/units.json"
	page       = "../docs/area.md"
	remedy     = "run: make areas"
)

// A record is what one unit was measured to take.
type record struct {
	Unit    string `json:"unit"`
	Verilog string `json:"verilog"` // SHA-256
	Tools   string `json:"tools"`
	XCUP    counts `json:"xcup"`
	ICE40   counts `json:"ice40"`

	Cells   int                    `json:"cells,omitempty"` // placed on the iCE40
	Wrapper int                    `json:"wrapper,omitempty"`
	MHz     float64                `json:"mhz,omitempty"`
	Bare    bool                   `json:"bare,omitempty"`
	TooMuch *nextpnr.TooLargeError `json:"too_much,omitempty"`
}

type counts struct {
	LUT   int            `json:"lut"` // as logic and as memory
	FF    int            `json:"ff"`
	Carry int            `json:"carry"`
	DSP   int            `json:"dsp"`
	RAM   map[string]int `json:"ram"`
	Depth int            `json:"depth"`
}

func (c counts) blocks() string {
	var parts []string
	for _, kind := range []string{"RAMB36E2", "RAMB18E2", "URAM288", "SB_RAM40_4K"} {
		if n := c.RAM[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.TrimSuffix(strings.TrimPrefix(kind, "SB_"), "E2")))
		}
	}
	return strings.Join(parts, ", ")
}

// A design is the Verilog of a unit.
type design struct {
	unit string
	sv   []byte
}

// designs has two configurations of every unit: the default, or the first if
// none has that name, and the one of the shortest Verilog, which is the smallest
// or nearly.
func designs(t *testing.T) []design {
	entries, err := catalogue.Units()
	require.NoError(t, err)
	var all []design
	for len(entries) > 0 {
		n := slices.IndexFunc(entries, func(e catalogue.Entry) bool { return e.Family != entries[0].Family })
		if n < 0 {
			n = len(entries)
		}
		configs := make([]design, n)
		chosen, shortest := 0, 0
		for i, e := range entries[:n] {
			m, err := e.Unit.Module()
			require.NoError(t, err)
			sv, err := m.Verilog()
			require.NoError(t, err)
			configs[i] = design{m.Name, sv}
			if e.Config == "default" {
				chosen = i
			}
			if len(sv) < len(configs[shortest].sv) {
				shortest = i
			}
		}
		all = append(all, configs[chosen])
		if shortest != chosen {
			all = append(all, configs[shortest])
		}
		entries = entries[n:]
	}
	return all
}

func hash(sv []byte) string { return fmt.Sprintf("%x", sha256.Sum256(sv)) }

// measure maps, places and routes a unit.
func measure(t *testing.T, d design) (record, error) {
	r := record{Unit: d.unit, Verilog: hash(d.sv)}
	for family, c := range map[yosys.Family]*counts{yosys.XCUP: &r.XCUP, yosys.ICE40: &r.ICE40} {
		a, err := area.Of(t.Context(), d.unit, d.sv, family)
		if err != nil {
			return r, err
		}
		*c = counts{a.LUT + a.MemoryLUT, a.FF, a.Carry, a.DSP, a.RAM, a.Depth}
		r.Tools = a.Tool
	}
	p, err := area.Place(t.Context(), d.unit, d.sv, 1)
	if err != nil {
		if !errors.As(err, &r.TooMuch) {
			return r, err
		}
		return r, nil
	}
	r.Tools, r.Cells, r.Wrapper, r.MHz, r.Bare = p.Tools, p.Cells, p.Wrapper, p.MHz, p.Bare
	return r, nil
}

// measureAll measures designs, two at a time.
func measureAll(t *testing.T, all []design) map[string]record {
	tooltest.Need(t, "yosys", nextpnr.Program)
	var mu sync.Mutex
	records := map[string]record{}
	var wg sync.WaitGroup
	next := make(chan design)
	for range 2 {
		wg.Go(func() {
			for d := range next {
				r, err := measure(t, d)
				if err != nil {
					t.Errorf("%s: %v", d.unit, err)
					continue
				}
				mu.Lock()
				records[d.unit] = r
				t.Logf("%3d of %d: %+v", len(records), len(all), r)
				mu.Unlock()
			}
		})
	}
	for _, d := range all {
		next <- d
	}
	close(next)
	wg.Wait()
	return records
}

func recorded(t *testing.T) map[string]record {
	data, err := os.ReadFile(recordFile)
	if *update && errors.Is(err, os.ErrNotExist) {
		return map[string]record{}
	}
	require.NoError(t, err)
	var list []record
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&list))
	records := map[string]record{}
	for _, r := range list {
		require.NotContains(t, records, r.Unit)
		records[r.Unit] = r
	}
	return records
}

// TestUnitTable compares the table in docs/area.md with what was measured of the
// Verilog that the units have now. With -update it measures the units that
// changed and writes the table; with -full it measures all again.
func TestUnitTable(t *testing.T) {
	all := designs(t)
	records := recorded(t)
	var stale []design
	for _, d := range all {
		if records[d.unit].Verilog != hash(d.sv) {
			stale = append(stale, d)
		}
		if !*update {
			require.Equal(t, hash(d.sv), records[d.unit].Verilog, "%s has no row of the Verilog of %s; %s", recordFile, d.unit, remedy)
		}
	}
	if *full {
		stale = all
	}
	if *full || *update {
		for unit, now := range measureAll(t, stale) {
			if before, ok := records[unit]; ok && !*update {
				require.InEpsilon(t, before.MHz+1, now.MHz+1, 0.1, "%s: a frequency", unit)
				now.MHz, now.Bare = before.MHz, before.Bare
				require.Equal(t, before, now, remedy)
			}
			records[unit] = now
		}
	}
	require.False(t, t.Failed())
	list := make([]record, 0, len(all))
	for _, d := range all {
		list = append(list, records[d.unit])
	}
	require.True(t, *update || len(records) == len(list), "%s has rows of units that are gone; %s", recordFile, remedy)
	if *update {
		data, err := json.MarshalIndent(list, "", " ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(recordFile, append(data, '\n'), 0o644))
	}
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	fresh := replaceTable(t, string(text), table(t, list))
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(fresh), 0o644))
		return
	}
	require.Equal(t, fresh, string(text), "%s is stale; %s", page, remedy)
}

// replaceTable replaces what stands between the marks.
func replaceTable(t *testing.T, text, table string) string {
	const begin, end = "<!-- begin units -->\n", "<!-- end units -->"
	before, rest, ok := strings.Cut(text, begin)
	require.True(t, ok, "%s has no mark %q", page, begin)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok, "%s has no mark %q", page, end)
	return before + begin + table + end + after
}

// table has a row for every unit, in the order of the catalogue.
func table(t *testing.T, list []record) string {
	var b strings.Builder
	fits := 0
	for _, r := range list {
		if r.TooMuch == nil {
			fits++
			require.GreaterOrEqual(t, r.Cells, max(r.ICE40.LUT, r.ICE40.FF), "%s: a cell has one LUT and one flip-flop", r.Unit)
			require.LessOrEqual(t, r.Cells, r.ICE40.LUT+r.ICE40.FF+2*r.ICE40.Carry+2, "%s: nothing else takes a cell", r.Unit)
		}
	}
	tools := slices.MaxFunc(list, func(a, b record) int { return len(a.Tools) - len(b.Tools) }).Tools
	fmt.Fprintf(&b, "%d of %d units fit the HX8K (%s):\n\n", fits, len(list), tools)
	b.WriteString("| unit | xcup LUT | FF | carry | DSP | memory blocks | depth | ice40 LUT | FF | carry | memory blocks | depth | logic cells | MHz |\n" +
		"|---|--:|--:|--:|--:|---|--:|--:|--:|--:|---|--:|--:|--:|\n")
	for _, r := range list {
		x, i := r.XCUP, r.ICE40
		fmt.Fprintf(&b, "| `%s` | %d | %d | %d | %d | %s | %d | %d | %d | %d | %s | %d | ",
			r.Unit, x.LUT, x.FF, x.Carry, x.DSP, x.blocks(), x.Depth, i.LUT, i.FF, i.Carry, i.blocks(), i.Depth)
		switch {
		case r.TooMuch != nil:
			fmt.Fprintf(&b, "| %s |\n", strings.TrimPrefix(r.TooMuch.Error(), "nextpnr: "))
		case r.Bare:
			fmt.Fprintf(&b, "%d | above %.0f |\n", r.Cells, r.MHz)
		default:
			fmt.Fprintf(&b, "%d | %.1f |\n", r.Cells, r.MHz)
		}
	}
	return b.String()
}

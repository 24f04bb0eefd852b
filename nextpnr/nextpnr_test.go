package nextpnr

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lockstep/tool"
	"lockstep/tool/tooltest"
)

// chain is a netlist, as Yosys writes it, of two flip-flops with n inverters
// between them.
func chain(n int) []byte {
	type cell map[string]any
	cells := cell{}
	add := func(name, kind string, params map[string]string, ports map[string]int, out string) {
		direction, connections := map[string]string{}, map[string][]any{}
		for port, net := range ports {
			direction[port], connections[port] = "input", []any{net}
			if port == out {
				direction[port] = "output"
			}
		}
		cells[name] = cell{"type": kind, "parameters": params, "port_directions": direction, "connections": connections, "attributes": cell{}}
	}
	add("first", "SB_DFF", nil, map[string]int{"C": 2, "D": 3, "Q": 5}, "Q")
	for i := range n {
		add(fmt.Sprint("inverter", i), "SB_LUT4", map[string]string{"LUT_INIT": fmt.Sprintf("%032b", 0x5555)}, map[string]int{"I0": 5 + i, "O": 6 + i}, "O")
	}
	add("last", "SB_DFF", nil, map[string]int{"C": 2, "D": 5 + n, "Q": 4}, "Q")
	ports := cell{}
	for name, net := range map[string]int{"clk_i": 2, "d_i": 3, "d_o": 4} {
		direction := "input"
		if name == "d_o" {
			direction = "output"
		}
		ports[name] = cell{"direction": direction, "bits": []int{net}}
	}
	data, err := json.Marshal(cell{"creator": "a test", "modules": cell{"m": cell{
		"attributes": map[string]string{"top": fmt.Sprintf("%032b", 1)}, "ports": ports, "cells": cells, "netnames": cell{}}}})
	if err != nil {
		panic(err)
	}
	return data
}

// TestRun expects the clock to fall with the length of the logic, one logic cell
// for each LUT, and the same from the same seed.
func TestRun(t *testing.T) {
	tooltest.Need(t, Program)
	previous := Result{MHz: 1e6}
	for _, n := range []int{1, 4, 16} {
		r, err := Run(t.Context(), chain(n), 1)
		require.NoError(t, err)
		require.Less(t, r.MHz, previous.MHz)
		require.InDelta(t, n+1, r.Cells, 2, "the last flip-flop is with the last inverter; constants may take a cell: %+v", r)
		require.Zero(t, r.RAM)
		require.InEpsilon(t, 1000, r.MHz*r.PathNS, 1e-9)
		require.Greater(t, r.LogicNS, 0.3*float64(n), "a LUT takes about 0.4 ns: %+v", r)
		require.Positive(t, r.RoutingNS)
		logic := 0
		for _, s := range r.Path {
			if s.Kind == "logic" {
				logic++
			}
		}
		require.InDelta(t, n, logic, 1, "the last LUT counts as setup: %+v", r.Path)
		again, err := Run(t.Context(), chain(n), 1)
		require.NoError(t, err)
		require.Equal(t, r, again)
		previous = r
	}
}

func TestRunTooLarge(t *testing.T) {
	tooltest.Need(t, Program)
	_, err := Run(t.Context(), chain(LogicCells+20), 1)
	var e *TooLargeError
	require.ErrorAs(t, err, &e)
	require.Equal(t, "logic cells", e.What)
	require.Equal(t, LogicCells, e.Has)
	require.InDelta(t, LogicCells+21, e.Needs, 2)
	require.False(t, e.AtLeast)
	require.Regexp(t, `^nextpnr: does not fit: needs 77\d\d of 7680 logic cells$`, err.Error())
}

func TestRunRefuses(t *testing.T) {
	for _, seed := range []int{0, -1, MaxSeed + 1} {
		_, err := Run(t.Context(), nil, seed)
		require.EqualError(t, err, fmt.Sprintf("nextpnr: seed is %d, want 1 to 2147483647", seed))
	}
	tooltest.Need(t, Program)
	for _, netlist := range []string{"", "\x00", "{}", `{"modules": {}}`} {
		_, err := Run(t.Context(), []byte(netlist), 1)
		require.ErrorContains(t, err, "nextpnr: nextpnr-ice40: exit status ", "%q", netlist)
	}
}

func TestRunCancelled(t *testing.T) {
	tooltest.Need(t, Program)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := Run(ctx, chain(2000), 1)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// TestMissing looks for the program in a process of its own, as it is looked for
// once in each.
func TestMissing(t *testing.T) {
	if os.Getenv("LOCKSTEP_TEST_MISSING") == "1" {
		_, err := Run(t.Context(), chain(1), 1)
		require.ErrorIs(t, err, tool.ErrMissing)
		require.EqualError(t, err, "tool: nextpnr-ice40 is not installed; install it with: apt-get install nextpnr-ice40")
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestMissing$")
	cmd.Env = append(os.Environ(), "LOCKSTEP_TEST_MISSING=1", "PATH="+t.TempDir())
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

const goodReport = `{"critical_paths": [
 {"from": "<async>", "to": "posedge clk", "path": [{"delay": 9, "type": "routing", "from": {"cell": "a"}, "to": {"cell": "b"}}]},
 {"from": "posedge clk", "to": "posedge clk", "path": [{"delay": 0.5, "type": "clk-to-q", "from": {"cell": "a"}, "to": {"cell": "b"}},
  {"delay": 1, "type": "routing", "from": {"cell": "b"}, "to": {"cell": "c"}}, {"delay": 0.5, "type": "setup", "from": {"cell": "c"}, "to": {"cell": "c"}}]}],
 "fmax": {"clk": {"achieved": 500, "constraint": 500}}, "utilization": {"ICESTORM_LC": {"available": 7680, "used": 7}, "ICESTORM_RAM": {"available": 32, "used": 2}}}`

// TestParse reads a report and refuses what is none.
func TestParse(t *testing.T) {
	r, err := parse([]byte(goodReport))
	require.NoError(t, err)
	require.Equal(t, Result{MHz: 500, PathNS: 2, LogicNS: 1, RoutingNS: 1, Cells: 7, RAM: 2,
		Path: []Step{{"clk-to-q", "a", "b", 0.5}, {"routing", "b", "c", 1}, {"setup", "c", "c", 0.5}}}, r)
	for _, tt := range []struct{ text, want string }{
		{"", "nextpnr: report: unexpected end of JSON input"},
		{goodReport[:200], "nextpnr: report: unexpected end of JSON input"},
		{`[1]`, "nextpnr: report: json: cannot unmarshal array"},
		{`{}`, "nextpnr: report: 0 clocks, want 1"},
		{strings.Replace(goodReport, `"fmax": {`, `"fmax": {"other": {"achieved": 3}, `, 1), "nextpnr: report: 2 clocks, want 1"},
		{strings.Replace(goodReport, `"achieved": 500`, `"achieved": 0`, 1), "nextpnr: report: 0.00 MHz with a critical path of 2.00 ns"},
		{strings.Replace(goodReport, `"achieved": 500`, `"achieved": -500`, 1), "nextpnr: report: -500.00 MHz with a critical path of 2.00 ns"},
		{strings.Replace(goodReport, `"achieved": 500`, `"achieved": 600`, 1), "nextpnr: report: 600.00 MHz with a critical path of 2.00 ns"},
		{`{"fmax": {"clk": {"achieved": 500}}}`, "nextpnr: report: 500.00 MHz with a critical path of 0.00 ns"},
	} {
		r, err := parse([]byte(tt.text))
		require.ErrorContains(t, err, tt.want, tt.text)
		require.Zero(t, r)
	}
}

// TestBadProgram has programs in its place that fail, end well without a
// report, write garbage or are killed.
func TestBadProgram(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	const find = `while [ "$1" != --report ]; do shift; done; `
	for _, tt := range []struct{ name, script, want string }{
		{"fails", "echo out of luck >&2; exit 3", "nextpnr: nextpnr-ice40: exit status 3\nout of luck"},
		{"silent", "exit 0", "nextpnr: nextpnr-ice40 ended well and wrote no report"},
		{"garbage", find + `echo '{"fmax": 7' >"$2"`, "nextpnr: report: unexpected end of JSON input"},
		{"other garbage", find + `head -c 1000 /dev/zero >"$2"`, "nextpnr: report: invalid character"},
		{"killed", "kill -9 $$", "nextpnr: nextpnr-ice40: signal: killed"},
		{"no program", "", "nextpnr: nextpnr-ice40: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), Program)
			if tt.script != "" {
				require.NoError(t, os.WriteFile(file, []byte("#!/bin/sh\n"+tt.script+"\n"), 0o755))
			}
			r, err := run(t.Context(), file, []byte("{}"), 1)
			require.ErrorContains(t, err, tt.want)
			require.Zero(t, r)
		})
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "lockstep-nextpnr-*"))
	require.NoError(t, err)
	require.Empty(t, left, "temporary folders are removed")
}

func TestTooLarge(t *testing.T) {
	const head = "Info: Device utilisation:\nInfo: \t         ICESTORM_LC:  %d/ 7680    97%%\nInfo: \t        ICESTORM_RAM:    %d/   32   200%%\nInfo: \t               SB_IO:   999/  256     1%%\n"
	for _, tt := range []struct {
		cells, blocks int
		tail, want    string
	}{
		{7475, 64, "ERROR: Unable to place cell", "nextpnr: does not fit: needs 64 of 32 memory blocks"},
		{9000, 3, "", "nextpnr: does not fit: needs 9000 of 7680 logic cells"},
		{9000, 64, "", "nextpnr: does not fit: needs 64 of 32 memory blocks"},
		{20000, 33, "", "nextpnr: does not fit: needs 20000 of 7680 logic cells"},
		{7600, 3, "ERROR: Unable to find legal placement for all cells, design is probably at utilisation limit.",
			"nextpnr: does not fit: needs 7600 of 7680 logic cells, and they could not all be placed"},
		{7600, 3, "ERROR: Failed to route arc", ""},
		{7680, 32, "", ""},
	} {
		e := tooLarge(fmt.Sprintf(head, tt.cells, tt.blocks) + tt.tail)
		if tt.want == "" {
			require.Nil(t, e)
			continue
		}
		require.EqualError(t, e, tt.want)
	}
	require.Nil(t, tooLarge(""))
	require.Nil(t, tooLarge("Info: ICESTORM_LC: 99999999999999999999/ 7680 1%\nInfo: ICESTORM_LC: 9/ 0 1%\n"))
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		luts, flipFlops, blocks int
		want                    string
	}{
		{LogicCells, LogicCells, MemoryBlocks, ""},
		{LogicCells + 1, 0, 0, "nextpnr: does not fit: needs at least 7681 of 7680 logic cells"},
		{0, 50000, 0, "nextpnr: does not fit: needs at least 50000 of 7680 logic cells"},
		{9000, 0, 33, "nextpnr: does not fit: needs 33 of 32 memory blocks"},
	} {
		err := Check(tt.luts, tt.flipFlops, tt.blocks)
		if tt.want == "" {
			require.NoError(t, err)
			continue
		}
		require.EqualError(t, err, tt.want)
	}
}

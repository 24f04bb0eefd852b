package bench

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/area"
)

// The environment of TestChild: the layer that it runs and the file for the
// result.
const (
	childLayer = "LOCKSTEP_BENCH_TEST_LAYER"
	childFile  = "LOCKSTEP_BENCH_TEST_FILE"
)

// TestChild runs a layer in a process that has not yet looked for tools.
func TestChild(t *testing.T) {
	layer := os.Getenv(childLayer)
	if layer == "" {
		t.Skip("runs as a child of other tests")
	}
	r, err := Run(t.Context(), only(layer))
	require.NoError(t, err)
	text, err := json.Marshal(r)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(os.Getenv(childFile), text, 0o644))
}

// child runs a layer with a PATH and an empty cache.
func child(t *testing.T, layer, path string) []Row {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "result.json")
	cmd := exec.Command(self, "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childLayer+"="+layer, childFile+"="+file, "PATH="+path, area.CacheEnv+"="+t.TempDir())
	text, err := cmd.CombinedOutput()
	require.NoError(t, err, string(text))
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var r Result
	require.NoError(t, json.Unmarshal(data, &r))
	return r.Rows
}

func TestNoVerilator(t *testing.T) {
	rows := child(t, "ternary", t.TempDir())
	require.Len(t, rows, 4)
	for _, r := range rows[:3] {
		requireSpread(t, r.Rate)
	}
	require.Equal(t, Row{
		Layer: "ternary", What: "RTL under Verilator", Item: "token",
		Missing: "tool: verilator is not installed; install it with: apt-get install verilator",
	}, rows[3])
}

func TestNoYosys(t *testing.T) {
	require.Equal(t, []Row{{
		Layer: "area", What: "area from the cache", Item: "design",
		Missing: "tool: yosys is not installed; install it with: apt-get install yosys",
	}}, child(t, "area", t.TempDir()))
}

// Whatever is not in the cache stays unknown: a Yosys that writes down how it is
// called is asked for its version only.
func TestYosysIsNeverStarted(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "yosys"), []byte("#!/bin/sh\necho \"$@\" >>'"+log+"'\necho Yosys 0.23\n"), 0o755))
	require.Equal(t, []Row{{
		Layer: "area", What: "area from the cache", Item: "design",
		Missing: "no unit is in the cache; fill it with: simulate area --unit hecross_barrett",
	}}, child(t, "area", dir))
	calls, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, "-V\n", string(calls))
}

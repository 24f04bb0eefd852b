package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary"
	"lockstep/ternary/opticks"
	"lockstep/ternary/published"
	"lockstep/tool"
	"lockstep/tool/tooltest"
)

func runJSON(t *testing.T, into any, args ...string) {
	t.Helper()
	code, stdout, stderr := simulate(t, append(args, "--json")...)
	require.Zero(t, code, stderr)
	require.NoError(t, json.Unmarshal([]byte(stdout), into), stdout)
}

const prompt = "The Rays of Light"

// The event model generates what the golden model generates, says the same
// twice, and streams the same text that it reports.
func TestRunTernary(t *testing.T) {
	args := []string{"run", "ternary", "--prompt", prompt, "--tokens", "64"}
	_, first, _ := simulate(t, append(args, "--json")...)
	_, second, _ := simulate(t, append(args, "--json")...)
	require.Equal(t, first, second)
	var g generation
	runJSON(t, &g, args...)
	require.Len(t, g.Tokens, 64)
	require.Len(t, g.Text, 64, "one byte per token")
	require.Equal(t, 64+len(prompt)-1, g.Core.Tokens, "the last token is not fed back")
	require.Len(t, g.Core.CyclesPerToken, g.Core.Tokens)
	code, stdout, _ := simulate(t, args...)
	require.Zero(t, code)
	require.True(t, strings.HasPrefix(stdout, prompt+g.Text+"\n"))
	for _, want := range []string{"cycles per token", "tokens/s", "utilisation", "limit", "Tmatmul", "Memory.Weights"} {
		require.Contains(t, stdout, want)
	}
	var timed generation
	runJSON(t, &timed, "run", "ternary", "--timing-only", "--tokens", "3")
	require.Equal(t, g.Core.CyclesPerToken[:3], timed.Core.CyclesPerToken)
}

func TestSamplingIsSeeded(t *testing.T) {
	args := []string{"run", "ternary", "--prompt", prompt, "--tokens", "40", "--temperature", "0.7", "--top-k", "40"}
	var a, b, c generation
	runJSON(t, &a, append(args, "--seed", "7")...)
	runJSON(t, &b, append(args, "--seed", "7")...)
	runJSON(t, &c, append(args, "--seed", "8")...)
	require.Equal(t, a.Text, b.Text)
	require.NotEqual(t, a.Text, c.Text)
}

// Fed the same text, both models have the same most likely next byte in at
// least 95 % of the places; generating, they begin alike.
func TestFloatAndFixedAgree(t *testing.T) {
	var exact, quantised generation
	runJSON(t, &exact, "run", "ternary", "--prompt", "The Rays of Light ", "--model", "float")
	runJSON(t, &quantised, "run", "ternary", "--prompt", "The Rays of Light ")
	require.Nil(t, exact.Core)
	var ref struct {
		Examples []struct{ Prompt, Greedy64 string }
	}
	data, err := opticks.FS().Open("reference.json")
	require.NoError(t, err)
	require.NoError(t, json.NewDecoder(data).Decode(&ref))
	require.NoError(t, data.Close())
	require.Equal(t, ref.Examples[0].Greedy64, exact.Text)
	require.Equal(t, exact.Text[:8], quantised.Text[:8])

	file := writeTemp(t, "text", string(opticks.Validation()[:1000]))
	var e evaluation
	runJSON(t, &e, "run", "ternary", "--eval", file)
	require.GreaterOrEqual(t, e.Agreement, 0.95)
	require.InDelta(t, 0, e.Difference, 0.005)
	code, stdout, _ := simulate(t, "run", "ternary", "--eval", file)
	require.Zero(t, code)
	require.Contains(t, stdout, "bits per byte")
}

func TestCheckpointDirectoryEqualsTheEmbeddedModel(t *testing.T) {
	var embedded, read generation
	runJSON(t, &embedded, "run", "ternary", "--tokens", "20")
	runJSON(t, &read, "run", "ternary", "--tokens", "20", "--checkpoint", checkpoint(t, nil))
	require.Equal(t, embedded.Text, read.Text)
	require.Equal(t, embedded.Core, read.Core)
}

func TestPresetsWithoutWeightsAreTimed(t *testing.T) {
	for _, name := range ternary.PresetNames() {
		var g generation
		runJSON(t, &g, "run", "ternary", "--preset", name, "--tokens", "2", "--timing-only", "--set", "TP=128", "--set", "weight_beat_bytes=32")
		require.Empty(t, g.Text)
		s, err := ternary.Preset(name)
		require.NoError(t, err)
		require.GreaterOrEqual(t, g.Core.MeanCycles, float64(s.TernaryCount())/128)
	}
}

func TestConfigFileAndSetChangeTheMachine(t *testing.T) {
	file := writeTemp(t, "core.yaml", "TP: 16\nVP: 2\n")
	var g generation
	runJSON(t, &g, "run", "ternary", "--tokens", "1", "--config", file, "--set", "VP=4", "--set", "eff=1/3")
	require.Equal(t, 16, g.Core.Config.TP)
	require.Equal(t, 4, g.Core.Config.VP)
	require.Equal(t, int64(3), g.Core.Config.Eff.Den)
	require.Contains(t, g.Core.Limit, "matrix unit")
}

// Every published board runs by default, and its rows meet their targets.
func TestPublishedBoards(t *testing.T) {
	for _, name := range published.Names() {
		var r publishedRun
		runJSON(t, &r, "run", "ternary", "--machine", name)
		require.Positive(t, r.Cycles, name)
		require.NotEmpty(t, r.Comparison, name)
		for _, row := range r.Comparison {
			require.True(t, row.Met(), "%+v", row)
		}
	}
	for _, model := range []string{"mmfree-370m", "mmfree-1.3b", "mmfree-2.7b"} {
		code, stdout, stderr := simulate(t, "run", "ternary", "--preset", model, "--machine", "ternip-u250")
		require.Zero(t, code, stderr)
		require.Contains(t, stdout, "Alveo U250, measured on the board")
	}
}

func TestTernipProgram(t *testing.T) {
	file := writeTemp(t, "layer.txt", "LDV 0 100 # the input\nCLEAR\nACC 0\n")
	args := []string{"run", "ternary", "--machine", "ternip", "--program", file, "--set", "D=64", "--set", "VP=4", "--set", "TP=16",
		"--set", "vector_registers=8", "--set", "lat=20", "--set", "eff=1"}
	var r struct {
		IssueReady  [][2]int64 `json:"issue_ready"`
		TotalCycles int64      `json:"total_cycles"`
	}
	runJSON(t, &r, args...)
	require.Equal(t, [][2]int64{{0, 37}, {37, 44}, {44, 68}}, r.IssueReady)
	require.Equal(t, int64(68), r.TotalCycles)
	code, stdout, stderr := simulate(t, args...)
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "total 68 cycles")
}

func TestTraceFileIsComplete(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trace.json")
	code, stdout, stderr := simulate(t, "run", "ternary", "--tokens", "2", "--trace", file)
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "trace: "+file)
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, json.Valid(data))
}

// An interrupted run says so, keeps what it printed and leaves a valid trace.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	file := filepath.Join(t.TempDir(), "trace.json")
	var stderr bytes.Buffer
	out := &cancelling{after: 60, cancel: cancel}
	code := run(ctx, []string{"run", "ternary", "--tokens", "100000", "--trace", file}, out, &stderr)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr.String(), "interrupted")
	require.Contains(t, out.String(), "cycles per token", "the table of what ran")
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, json.Valid(data))
}

// A cancelling writer interrupts the run after some bytes.
type cancelling struct {
	bytes.Buffer
	after  int
	cancel func()
}

func (c *cancelling) Write(b []byte) (int, error) {
	if c.Len() > c.after {
		c.cancel()
	}
	return c.Buffer.Write(b)
}

func TestList(t *testing.T) {
	var inv inventory
	runJSON(t, &inv, "list")
	require.Contains(t, inv.Systems, "ternary")
	families := map[string]int{}
	for _, u := range inv.Units {
		families[u.Family]++
		require.GreaterOrEqual(t, u.Latency, 0, u.Name)
	}
	for family, n := range families {
		require.GreaterOrEqual(t, n, 3, "configurations of %s", family)
	}
	_, stdout, _ := simulate(t, "list")
	require.Contains(t, stdout, "simulate run ternary --preset opticks")
}

func TestRTL(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "rtl")
	code, stdout, stderr := simulate(t, "rtl", "--unit", "ternary_dot", "--out", dir)
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "ternary_dot_l64_x8.sv")
	code, _, stderr = simulate(t, "rtl", "--unit", "ternary_dot", "--check", dir)
	require.Zero(t, code, stderr)
	_, stdout, _ = simulate(t, "rtl", "--unit", "ternary_dot_l64_x8")
	file, err := os.ReadFile(filepath.Join(dir, "ternary_dot_l64_x8.sv"))
	require.NoError(t, err)
	require.Equal(t, string(file), stdout)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ternary_dot_l64_x8.sv"), append(file, '\n'), 0o644))
	code, stdout, _ = simulate(t, "rtl", "--unit", "ternary_dot", "--check", dir)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stdout, "ternary_dot_l64_x8.sv is stale or missing")
}

func TestCosim(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	var rep cosimReport
	runJSON(t, &rep, "cosim", "--unit", "ternary_dot_l2", "--frames", "200", "--seed", "3")
	require.Zero(t, rep.Failed)
	require.Len(t, rep.Tools, 2)
	for _, u := range rep.Units {
		require.True(t, u.OK)
		require.GreaterOrEqual(t, u.Frames, 200)
		require.Equal(t, u.Frames, u.Cycles, "every frame's cycle is confirmed")
	}
}

// An injected fault ends with exit code 1 and a crash directory that says how
// to reproduce it.
func TestCosimFindsAnInjectedFault(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	t.Setenv("LOCKSTEP_CACHE", t.TempDir())
	code, stdout, stderr := simulate(t, "cosim", "--unit", "ternary_dot_l2_x2", "--inject", "swapped-operands", "--json")
	require.Equal(t, exitFailed, code, stderr)
	var rep cosimReport
	require.NoError(t, json.Unmarshal([]byte(stdout), &rep))
	require.Equal(t, 1, rep.Failed)
	require.Contains(t, rep.Units[0].Error, "golden model gives")
	require.Contains(t, rep.Units[0].Error, "reproduce: simulate cosim --unit ternary_dot_l2_x2")
	for _, name := range []string{"run.sh", "wave.vcd", "expected.txt", "got.txt", "ternary_dot_l2_x2.sv"} {
		require.FileExists(t, filepath.Join(rep.Units[0].Crash, name))
	}
}

func TestVersion(t *testing.T) {
	var v versions
	runJSON(t, &v, "version")
	require.Equal(t, version, v.Version)
	require.Len(t, v.Tools, len(tool.Names))
}

package main

import (
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var full = flag.Bool("full", false, "run the campaigns of make verify")

const smallExperiment = `
name: small
description: arrays of a few sizes
system: gemm
base: {machine: single, m: 100, n: 70, k: 50}
axes:
  - rows: [8, 16, 24]
    cols: [8, 16, 24]
  - dataflow: [os, ws, is]
  - overlap: [none, full, some]
phase: time
metrics:
  - {name: cycles, unit: cycle, goal: min}
  - {name: elements, unit: "1", goal: min}
`

// inFolder runs the test in a new folder with the small experiment in it.
func inFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("small.yaml", []byte(smallExperiment), 0o644))
}

// rendered returns the report of the small experiment in all forms.
func rendered(t *testing.T) map[string]string {
	code, _, stderr := simulate(t, "report", "results/small", "--out", "report")
	require.Zero(t, code, stderr)
	files := map[string]string{}
	entries, err := os.ReadDir("report")
	require.NoError(t, err)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join("report", e.Name()))
		require.NoError(t, err)
		files[e.Name()] = string(data)
	}
	require.Contains(t, files, "small.html")
	return files
}

// A sweep evaluates every point once, records those that cannot be built, and
// says where the results are; shards in any order make the same report.
func TestSweepAndReport(t *testing.T) {
	inFolder(t)
	code, stdout, stderr := simulate(t, "sweep", "small.yaml")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "small: 27 points evaluated, 0 were there, 9 invalid, 0 failed; results in results/small")
	require.Contains(t, stdout, "best cycles: ")
	code, stdout, stderr = simulate(t, "sweep", "small.yaml", "--jobs", "1")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "0 points evaluated, 27 were there")
	whole := rendered(t)
	require.Contains(t, whole["small.md"], `tpu: overlap is "some"`, "why points are invalid")

	inFolder(t)
	for _, shard := range []string{"3/4", "1/4", "4/4", "2/4"} {
		code, _, stderr := simulate(t, "sweep", "small.yaml", "--shard", shard)
		require.Zero(t, code, stderr)
	}
	require.Equal(t, whole, rendered(t))
}

// A Slurm array and a Kubernetes job say which part is theirs.
func TestSweepShardOfEnvironment(t *testing.T) {
	inFolder(t)
	for name, value := range map[string]string{"SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "3", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_STEP": "1"} {
		t.Setenv(name, value)
	}
	code, stdout, stderr := simulate(t, "sweep", "small.yaml")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "9 points evaluated")
	require.Contains(t, stdout, "18 of 27 points are missing")
}

// A damaged result is set aside and made again.
func TestSweepDamagedResult(t *testing.T) {
	inFolder(t)
	code, _, stderr := simulate(t, "sweep", "small.yaml")
	require.Zero(t, code, stderr)
	whole := rendered(t)
	files, err := filepath.Glob("results/small/time-*.json")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(files[5], []byte(`{"half":`), 0o644))
	code, _, stderr = simulate(t, "report", "results/small", "--html", "x.html")
	require.Zero(t, code, stderr)
	require.Contains(t, stderr, filepath.Base(files[5])+" is damaged and left out")
	code, stdout, stderr := simulate(t, "sweep", "small.yaml")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "1 points evaluated, 26 were there")
	require.Contains(t, stderr, "a damaged result was set aside as ")
	set, err := filepath.Glob("results/small/*.corrupt")
	require.NoError(t, err)
	require.Len(t, set, 1, "nothing is lost")
	require.NoError(t, os.Remove(set[0]))
	require.Equal(t, whole, rendered(t))
}

func TestExperimentErrors(t *testing.T) {
	inFolder(t)
	require.NoError(t, os.WriteFile("bad.yaml", []byte("name: bad\nsystem: nothing\n"), 0o644))
	require.NoError(t, os.Mkdir("empty", 0o755))
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"sweep", "small.yaml", "--shard", "5/4"}, 2, "sweep: "},
		{[]string{"sweep", "small.yaml", "--jobs", "0"}, 2, "sweep: --jobs is 0, want 1 to 256"},
		{[]string{"sweep", "small.yaml", "--phase", "beauty"}, 1, "beauty"},
		{[]string{"sweep", "nosuch.yaml"}, 1, "sweep: open nosuch.yaml"},
		{[]string{"sweep", "bad.yaml"}, 1, "bad.yaml:"},
		{[]string{"report"}, 2, "report: 0 names, want one: "},
		{[]string{"report", "ternary-core"}, 1, "report: no results in results/ternary-core: run simulate sweep first"},
		{[]string{"report", "empty"}, 1, "report: empty holds no results of one experiment"},
		{[]string{"report", "calibration-cross", "--fit", "--html", "x.html"}, 2, "report calibration-cross: --html and --out go without --fit and --json"},
	} {
		code, _, stderr := simulate(t, c.args...)
		require.Equal(t, c.code, code, "%v: %s", c.args, stderr)
		require.Contains(t, stderr, c.want)
	}
}

func TestCalibrationReports(t *testing.T) {
	t.Chdir(t.TempDir())
	code, stdout, stderr := simulate(t, "report", "calibration-cross")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "mean absolute error")
	for _, name := range []string{"calibration-cross", "calibration-ternary"} {
		code, stdout, stderr = simulate(t, "report", name, "--out", "out")
		require.Zero(t, code, stderr)
		require.FileExists(t, filepath.Join("out", name+".html"))
		require.Contains(t, stdout, "report: "+filepath.Join("out", name+".md"))
	}
	code, stdout, stderr = simulate(t, "report", "energy")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "alveo-u250")
}

// A sweep that is killed ten times at random instants and run again leaves the
// report of one that was left alone, byte for byte.
func TestSweepKilled(t *testing.T) {
	if !*full {
		t.Skip("runs with -full")
	}
	program := filepath.Join(t.TempDir(), "simulate")
	out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	sweep := func(dir string, wait time.Duration) bool {
		cmd := exec.Command(program, "sweep", "ternary-core", "--phase", "speed")
		cmd.Dir = dir
		require.NoError(t, cmd.Start())
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		if wait == 0 {
			require.NoError(t, <-done)
			return true
		}
		select {
		case err := <-done:
			require.NoError(t, err)
			return true
		case <-time.After(wait):
			require.NoError(t, cmd.Process.Kill())
			<-done
			return false
		}
	}
	page := func(dir string) string {
		cmd := exec.Command(program, "report", "ternary-core", "--html", "out.html")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		data, err := os.ReadFile(filepath.Join(dir, "out.html"))
		require.NoError(t, err)
		return string(data)
	}
	quiet, killed := t.TempDir(), t.TempDir()
	started := time.Now()
	require.True(t, sweep(quiet, 0))
	whole := time.Since(started)
	kills := 0
	for range 10 {
		if !sweep(killed, time.Duration(rand.Int64N(int64(whole/12)))+time.Millisecond) {
			kills++
		}
	}
	require.Equal(t, 10, kills, "every run was killed before it ended")
	require.True(t, sweep(killed, 0))
	require.Equal(t, page(quiet), page(killed))
	require.True(t, strings.HasPrefix(page(quiet), "<!doctype html>") || strings.HasPrefix(page(quiet), "<!DOCTYPE html>"))
}

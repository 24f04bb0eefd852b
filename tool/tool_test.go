package tool_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/tool"
)

// install puts a program into an otherwise empty PATH.
func install(t *testing.T, name, script string) string {
	dir := t.TempDir()
	file := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(file, []byte("#!/bin/sh\n"+script), 0o755))
	t.Setenv("PATH", dir)
	return file
}

func TestMissingTool(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := tool.Find("z3")
	require.ErrorIs(t, err, tool.ErrMissing)
	require.EqualError(t, err, "tool: z3 is not installed; install it with: apt-get install z3")
}

// TestFind reads the version from what the program prints on either stream;
// whatever its exit status.
func TestFind(t *testing.T) {
	file := install(t, "yosys", `[ "$1" = -V ] && echo "Yosys 0.23 (git sha1 7ce5011c24b)" >&2; exit 3`)
	got, err := tool.Find("yosys")
	require.NoError(t, err)
	require.Equal(t, tool.Tool{Name: "yosys", Path: file, Version: "0.23"}, got)

	t.Setenv("PATH", t.TempDir())
	again, err := tool.Find("yosys")
	require.NoError(t, err, "a tool is looked for once")
	require.Equal(t, got, again)
}

func TestUnknownVersion(t *testing.T) {
	install(t, "iverilog", "exit 0")
	got, err := tool.Find("iverilog")
	require.NoError(t, err)
	require.Equal(t, "unknown", got.Version)
}

func TestFindIsSafeForConcurrentUse(t *testing.T) {
	install(t, "verilator", "echo Verilator 5.006 2023-01-22")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, err := tool.Find("verilator"); err != nil || got.Version != "5.006" {
				t.Errorf("Find = %+v, %v", got, err)
			}
		})
	}
	wg.Wait()
}

func TestRequired(t *testing.T) {
	for value, want := range map[string]bool{"": false, "0": false, "1": true, "yes": false} {
		t.Setenv(tool.RequireEnv, value)
		require.Equal(t, want, tool.Required(), value)
	}
}

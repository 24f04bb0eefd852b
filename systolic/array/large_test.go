package array

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/systolic"
	"lockstep/tool"
	"lockstep/tool/tooltest"
	"lockstep/verilator"
)

var full = flag.Bool("full", false, "lint the 128x128 arrays whole, which takes minutes each")

func square(t *testing.T, d systolic.Dataflow, side int) (*rtl.Module, []byte) {
	t.Helper()
	u, err := New(Config{d, side, side, systolic.U8, systolic.U8})
	require.NoError(t, err)
	m, err := u.Module()
	require.NoError(t, err)
	sv, err := m.Verilog()
	require.NoError(t, err)
	return m, sv
}

// lint runs Verilator with all warnings, which are errors.
func lint(t *testing.T, m *rtl.Module, sv []byte, mode ...string) {
	t.Helper()
	tooltest.Need(t, "verilator")
	vl, err := tool.Find("verilator")
	require.NoError(t, err)
	dir := t.TempDir()
	file := filepath.Join(dir, m.Name+".sv")
	require.NoError(t, os.WriteFile(file, sv, 0o644))
	args := append(mode, "-Wall", "-Wno-DECLFILENAME", "--top-module", m.Name, "--Mdir", dir, file)
	out, err := exec.CommandContext(t.Context(), vl.Path, args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Empty(t, string(out))
}

// TestLargeArray builds and prints arrays of 16,384 elements: one module for
// the element, placed once in two nested loops. A whole lint of one takes
// Verilator two minutes of processor time, most of it for scheduling; without
// the flag full, the 128x128 array is elaborated and checked for drivers and
// unused signals, and a 32x32 array, the same text but for its numbers, is
// linted whole. os is linted whole at 16x16, when TestUnit builds it, and is
// differs from ws in names only.
func TestLargeArray(t *testing.T) {
	for _, d := range systolic.Dataflows() {
		t.Run(d.String(), func(t *testing.T) {
			begin := time.Now()
			m, sv := square(t, d, 128)
			require.Less(t, time.Since(begin), 5*time.Second)
			require.Equal(t, 128+128-1, m.Latency())
			text, name := string(sv), fmt.Sprintf("pe_%v_u8_u8", d)
			require.Equal(t, 2, strings.Count(text, "\nmodule "))
			require.Equal(t, 1, strings.Count(text, "\nmodule "+name+" (\n"))
			require.Equal(t, 1, strings.Count(text, name+" u_pe ("))
			require.Equal(t, 2, strings.Count(text, "for (genvar "))
			switch {
			case *full:
				lint(t, m, sv, "--lint-only", "-fno-dfg")
			case d == systolic.WeightStationary:
				lint(t, m, sv, "--xml-only", "--xml-output", os.DevNull)
				m, sv = square(t, d, 32)
				lint(t, m, sv, "--lint-only")
			}
		})
	}
}

// TestElementsAreReachable looks at the weight that a tile leaves in every
// element, in the interpreter and under Verilator.
func TestElementsAreReachable(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	c := Presets["ws_3x5"]
	u, err := New(c)
	require.NoError(t, err)
	m, err := u.Module()
	require.NoError(t, err)
	s, err := verilator.NewSession(t.Context(), m, verilator.SessionConfig{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	weight := func(r, j int) int64 { return int64(10*r + j + 1) }
	require.NoError(t, s.Set("y_ready", 1))
	for r := c.Rows - 1; r >= 0; r-- {
		require.NoError(t, s.Set("w_valid", 1))
		require.NoError(t, s.Set("w", lanes(c.Cols, r, weight)...))
		require.NoError(t, s.Step(1))
	}
	require.NoError(t, s.Set("w_valid", 0))
	require.NoError(t, s.Set("x_valid", 1))
	require.NoError(t, s.Step(1))
	require.NoError(t, s.Set("x_valid", 0))
	require.NoError(t, s.Step(int64(m.Latency())))
	for r := range c.Rows {
		for j := range c.Cols {
			got, err := s.Peek(fmt.Sprintf("u_pe[%d][%d].active", r, j))
			require.NoError(t, err)
			require.Equal(t, weight(r, j), got, "row %d column %d", r, j)
		}
	}
}

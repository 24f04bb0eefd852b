package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary/numerics"
)

func TestSweepNumerics(t *testing.T) {
	csv := filepath.Join(t.TempDir(), "rows.csv")
	code, stdout, stderr := simulate(t, "sweep", "numerics", "--bytes", "150", "--widths", "12,16", "--fracs", "9", "--sigmoid", "table:8:64,pwl3",
		"--csv", csv, "--json")
	require.Zero(t, code, stderr)
	var rows []numerics.Row
	require.NoError(t, json.Unmarshal([]byte(stdout), &rows))
	require.Len(t, rows, 4)
	require.Positive(t, rows[0].Result.Saturated.Total(), "12 bits with 9 of fraction saturate")
	require.Zero(t, rows[1].Result.Saturated.Total())
	data, err := os.ReadFile(csv)
	require.NoError(t, err)
	require.Len(t, strings.Split(strings.TrimSpace(string(data)), "\n"), 5)
	code, stdout, _ = simulate(t, "sweep", "numerics", "--bytes", "60", "--widths", "16", "--fracs", "9")
	require.Zero(t, code)
	require.Contains(t, stdout, "| s16.9 | table:8:64 |")
}

// Formats and logistic function are chosen on the command line; a coarse one
// changes what is generated and is the same on event model and golden model.
func TestNumberFlags(t *testing.T) {
	var table, coarse generation
	args := []string{"run", "ternary", "--prompt", "The Rays of Light", "--tokens", "60"}
	runJSON(t, &table, args...)
	runJSON(t, &coarse, append(args, "--sigmoid", "pwl1-pow2")...)
	require.NotEqual(t, table.Text, coarse.Text)
	require.Equal(t, table.Core.CyclesPerToken, coarse.Core.CyclesPerToken)
	for _, tt := range []struct{ flag, value, want string }{
		{"--vector", "s16", `--vector: format is "s16", want bits and fraction bits, as s16.9`},
		{"--vector", "s99.9", "Vector.Width is 99"},
		{"--sigmoid", "cubic", "--sigmoid: "},
	} {
		code, stdout, stderr := simulate(t, append(args, tt.flag, tt.value)...)
		require.Equal(t, exitUsage, code)
		require.Contains(t, stderr, tt.want)
		require.Empty(t, stdout)
	}
}

func TestSweepErrors(t *testing.T) {
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "sweep: 0 experiments, want one: a YAML file or one of: gemm-scalesim, he-ablation, he-whatif, numerics, ternary-ablation, ternary-core"},
		{[]string{"dreams"}, 2, `sweep: experiment is "dreams", want a YAML file or one of: gemm-scalesim, he-ablation, he-whatif, numerics, ternary-ablation, ternary-core`},
		{[]string{"numerics", "--bytes", "-1"}, 2, "sweep numerics: --bytes is -1, want 0 or more"},
		{[]string{"numerics", "--bytes", "1"}, 1, "sweep numerics: the text has 1 tokens, want at least 2"},
		{[]string{"numerics", "--jobs", "0"}, 2, "sweep numerics: --jobs is 0, want 1 to 256"},
		{[]string{"numerics", "--widths", "12,12"}, 2, "sweep numerics: numerics: "},
		{[]string{"numerics", "--sigmoid", "cubic"}, 2, "sweep numerics: --sigmoid: "},
		{[]string{"numerics", "--text", "nosuch.txt"}, 1, "sweep numerics: --text: open nosuch.txt"},
		{[]string{"numerics", "--bytes", "20", "--widths", "16", "--fracs", "9", "--csv", "nosuch/rows.csv"}, 1, "sweep numerics: --csv: open nosuch/rows.csv"},
	} {
		code, stdout, stderr := simulate(t, append([]string{"sweep"}, tt.args...)...)
		require.Equal(t, tt.code, code, "%v: %s", tt.args, stderr)
		require.Contains(t, stderr, tt.want)
		require.Empty(t, stdout)
	}
}

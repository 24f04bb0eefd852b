package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/tool/tooltest"
)

func TestArea(t *testing.T) {
	tooltest.Need(t, "yosys")
	code, stdout, stderr := simulate(t, "area", "--unit", "^systolic_pe_ws_u8_u8$", "--family", "xcup,intel_alm", "--json")
	require.Zero(t, code, stderr)
	var rows []areaRow
	require.NoError(t, json.Unmarshal([]byte(stdout), &rows))
	require.Len(t, rows, 2)
	for _, r := range rows {
		require.Equal(t, "systolic_pe_ws_u8_u8", r.Design)
		require.Equal(t, 1, r.DSP)
		require.Positive(t, r.LUT)
	}
	code, stdout, stderr = simulate(t, "area", "array", "--array", "2x3", "--json")
	require.Zero(t, code, stderr)
	require.NoError(t, json.Unmarshal([]byte(stdout), &rows))
	require.Len(t, rows, 2)
	parts, whole := rows[0], rows[1]
	require.Equal(t, 6, parts.DSP)
	require.Equal(t, parts.DSP, whole.DSP)
	require.GreaterOrEqual(t, parts.FF, whole.FF, "an upper bound")
	require.Contains(t, parts.Design, "6 elements + rest")
}

func TestAreaErrors(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--family", "virtex"}, `area: --family is "virtex", want some of [xcup xcup_lut intel_alm], or none`},
		{[]string{"--family", "none"}, "area: --family is none, want some of [xcup xcup_lut intel_alm]"},
		{[]string{"--jobs", "0"}, "area: --jobs is 0, want 1 to 256"},
		{[]string{"--unit", "nosuch"}, `--unit "nosuch" matches no unit`},
		{[]string{"array", "--array", "3"}, `area array: array is "3", want rows and columns, as 128x128`},
		{[]string{"array", "--array", "300x2"}, "area array: array: Rows is 300"},
		{[]string{"array", "--types", "bf16"}, "area array: "},
		{[]string{"array", "--dataflow", "zz"}, "area array: "},
		{[]string{"ternary", "--set", "TP=3"}, "core: TP is 3, want a power of two"},
	} {
		code, stdout, stderr := simulate(t, append([]string{"area"}, tt.args...)...)
		require.Equal(t, exitUsage, code, stderr)
		require.Contains(t, stderr, tt.want)
		require.Empty(t, stdout)
	}
}

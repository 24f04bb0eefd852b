package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/area"
	"lockstep/nextpnr"
	"lockstep/tool/tooltest"
	"lockstep/yosys"
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

func TestAreaICE40(t *testing.T) {
	tooltest.Need(t, "yosys", nextpnr.Program)
	code, stdout, stderr := simulate(t, "area", "--unit", "^ternary_dot_l2_x2$", "--family", "ice40", "--seeds", "2", "--json")
	require.Zero(t, code, stderr)
	var rows []areaRow
	require.NoError(t, json.Unmarshal([]byte(stdout), &rows))
	require.Len(t, rows, 1)
	require.Positive(t, rows[0].Carry)
	require.Len(t, rows[0].Timing.Seeds, 2)
	require.Positive(t, rows[0].Timing.MHz)
	code, stdout, stderr = simulate(t, "area", "--unit", "^ternary_dot_l2_x2$", "--family", "ice40,xcup")
	require.Zero(t, code, stderr)
	require.Regexp(t, `(?m)^ternary_dot_l2_x2 +ice40 .* \d+ \+ \d+ +(above )?\d+\.\d$`, stdout)
	require.Regexp(t, `(?m)^ternary_dot_l2_x2 +xcup .* - +not placed$`, stdout)
	require.Contains(t, stdout, "placed and routed on an iCE40 HX8K")
	require.Contains(t, stdout, "mapped, not placed or routed")
}

// TestPrintAreas has rows of all kinds.
func TestPrintAreas(t *testing.T) {
	small := area.Area{Family: yosys.ICE40, LUT: 7, FF: 3, Carry: 2, Depth: 4, Tool: "Yosys 0"}
	timing := area.Timing{Device: "iCE40 HX8K", Seeds: []float64{100, 110}, BestMHz: 110, MHz: 100, Cells: 9, Wrapper: 5, Tools: "Yosys 0, nextpnr 0"}
	bare := timing
	bare.Bare, bare.Seeds = true, bare.Seeds[:1]
	var b bytes.Buffer
	require.NoError(t, printAreas(&b, false, []areaRow{
		{Design: "fits", Area: small, Timing: &timing},
		{Design: "faster", Area: small, Timing: &bare},
		{Design: "large", Area: small, DoesNotFit: "does not fit: needs 9000 of 7680 logic cells"},
		{Design: "bad", Area: area.Area{Family: "xcup"}, Error: "yosys: no"},
	}))
	require.Equal(t, `design  family  LUT  LUT as memory  FF  carry  DSP  memory blocks  logic depth  logic cells  MHz
fits    ice40   7    0              3   2      0    -              4            9 + 5        100.0 (best of 2: 110.0)
faster  ice40   7    0              3   2      0    -              4            9 + 5        above 100.0
large   ice40   7    0              3   2      0    -              4            -            does not fit: needs 9000 of 7680 logic cells
bad     xcup    FAILED: yosys: no
Yosys 0, nextpnr 0; placed and routed on an iCE40 HX8K; logic cells of the unit + of the flip-flops around it
Yosys 0; mapped, not placed or routed
`, b.String())
}

func TestAreaErrors(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--family", "virtex"}, `area: --family is "virtex", want some of [xcup xcup_lut intel_alm ice40], or none`},
		{[]string{"--family", "none"}, "area: --family is none, want some of [xcup xcup_lut intel_alm ice40]"},
		{[]string{"--seeds", "0"}, "area: --seeds is 0, want 1 to 100"},
		{[]string{"--seeds", "101"}, "area: --seeds is 101, want 1 to 100"},
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

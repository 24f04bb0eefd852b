package published_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary/published"
)

func TestNames(t *testing.T) {
	require.Equal(t, []string{"kria", "paper-d5005", "ternip-u250", "ternip-u250-rtl"}, published.Names())
	for _, name := range published.Names() {
		require.Equal(t, name, preset(t, name).Name)
		require.NoError(t, preset(t, name).Validate())
	}
	_, err := published.Preset("u250")
	require.EqualError(t, err, `published: machine is "u250", want one of kria, paper-d5005, ternip-u250, ternip-u250-rtl`)
	_, err = published.Shape("370m")
	require.ErrorContains(t, err, `preset is "370m"`)
}

const good = `clock_hz: 300000000
core: {VP: 4, TP: 128, vector_registers: 8, lat: 20, eff: 1}
bank: {compute_units: 4, bytes_per_second: 19200000000, efficiency: 0.5, row_cycles: 1, padding: true, lanes: {a: 8}}
`

func TestParseErrors(t *testing.T) {
	_, err := published.Parse("m", []byte(good))
	require.NoError(t, err)
	for _, e := range []struct{ from, to, want string }{
		{good, "", "published: m.yaml: file is empty, want a machine"},
		{"clock_hz: 300000000", "clock_hz: 1", "published: m.yaml: clock_hz is 1, want 1000 to 1000000000"},
		{"compute_units: 4", "compute_units: 0", "published: m.yaml: compute_units is 0, want 1 to 64"},
		{"19200000000", "1", "published: m.yaml: bytes_per_second is 1, want 1000000 to 1000000000000"},
		{"row_cycles: 1", "row_cycles: 2", "published: m.yaml: row_cycles is 2, want 0 or 1"},
		{"{a: 8}", "{}", "published: m.yaml: lanes is empty, want the lanes of a model"},
		{"{a: 8}", "{b: 8, a: 3}", "published: m.yaml: lanes of a: 3 lanes, want 4 to 4096"},
		{"efficiency: 0.5, ", "", "published: m.yaml: efficiency is 0/0, want a number in (0, 1] of at most 4 decimals"},
		{"TP: 128", "TP: 128.5", "published: m.yaml: [2:19] core.TP is 128.5, want an integer"},
		{"{a: 8}", "{a: 8.5}", "published: m.yaml: [3:115] bank.lanes.a is 8.5, want an integer"},
		{"efficiency: 0.5", "efficiency: 1/20001", "published: m.yaml: efficiency is 1/20001, want a number in (0, 1] of at most 4 decimals"},
	} {
		text := strings.Replace(good, e.from, e.to, 1)
		require.NotEqual(t, good, text)
		_, err := published.Parse("m", []byte(text))
		require.EqualError(t, err, e.want)
	}
	for _, e := range []struct{ from, to, want string }{
		{"VP: 4", "XP: 4", "[2:8]"},
		{"efficiency: 0.5", "efficiency: 1.5", `ratio is "1.5"`},
		{"padding: true", "padding: 7", "[3:"},
		{"{VP", "{{VP", "[2:"},
	} {
		_, err := published.Parse("m", []byte(strings.Replace(good, e.from, e.to, 1)))
		require.ErrorContains(t, err, "published: m.yaml: ")
		require.ErrorContains(t, err, e.want)
	}
}

func TestRunErrors(t *testing.T) {
	s := shape(t, "mmfree-370m")
	u250, kria := preset(t, "ternip-u250"), preset(t, "kria")
	slow := kria
	slow.ClockHz = 5
	odd := kria
	odd.Core.TP = 3
	poor := kria
	poor.Core.VectorRegisters = 4
	for _, e := range []struct {
		m     published.Machine
		lanes int
		want  string
	}{
		{u250, 3, "published: ternip-u250: 3 lanes, want 4 to 4096"},
		{u250, 4097, "published: ternip-u250: 4097 lanes, want 4 to 4096"},
		{kria, 2, "published: kria: 2 lanes, want 1: the machine has no batch lanes"},
		{slow, 1, "published: clock_hz is 5, want 1000 to 1000000000"},
		{odd, 1, "published: kria: ternip: TP is 3, want a divisor of D, 1024"},
		{poor, 1, "published: kria: ternip: vector_registers is 4, want at least 8 to compile a model"},
	} {
		_, err := e.m.Run(t.Context(), s, e.lanes)
		require.EqualError(t, err, e.want)
	}
}

package energy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/energy"
)

func TestModels(t *testing.T) {
	models, err := energy.Models()
	require.NoError(t, err)
	var got []string
	for _, m := range models {
		require.NoError(t, m.Validate())
		got = append(got, m.Name)
		for _, r := range m.Rates {
			require.NotEmpty(t, r.Sources, "%s: %s", m.Name, r.Name)
			says := slices.ContainsFunc(r.Sources, func(c energy.Citation) bool {
				return c.Kind == "assumption" && strings.HasPrefix(c.Text, "interpolated between 45 and 7 nm")
			})
			require.Equal(t, r.Scaled, says, "%s: what is scaled says so: %s", m.Name, r.Name)
		}
	}
	require.Equal(t, names, got)
}

func TestParseErrors(t *testing.T) {
	const file = "energy: e.yaml: "
	for _, e := range []struct{ from, to, want string }{
		{energy.EnergiesFile(), "", "file is empty, want content"},
		{"kind: published\n  text: \"M.", "kind: rumour\n  text: \"M.", `source horowitz2014: kind is "rumour", want published, assumption or fitted`},
		{`text: "as the Alveo U250, whole card"`, `text: ""`, "source asu250: text is empty, want a citation"},
		{"- name: asic", "- name: asv4", `source "asv4" is there twice or has no name, want names that differ`},
		{"name: int8_add,", "name: int32_add,", `primitive "int32_add" is there twice or has no name, want names that differ`},
		{"name: int8_add,", `name: "",`, `primitive "" is there twice or has no name, want names that differ`},
		{"per: addition of 8-bit integers", `per: ""`, "primitive int8_add: per is empty, want what one is"},
		{"8-bit integers, unit: pJ", "8-bit integers, unit: nJ", `primitive int8_add: unit is "nJ", want pJ`},
		{"value: 0.03, source: horowitz2014", "value: 0, source: horowitz2014", "primitive int8_add: value is 0 pJ, want above 0 and at most 1e+09"},
		{"value: 0.03, source: horowitz2014", "value: -1, source: horowitz2014", "primitive int8_add: value is -1 pJ, want above 0 and at most 1e+09"},
		{"value: 0.03, source: horowitz2014", "value: .nan, source: horowitz2014", "primitive int8_add: value is NaN pJ, want above 0 and at most 1e+09"},
		{"value: 0.03, source: horowitz2014", "value: .inf, source: horowitz2014", "primitive int8_add: value is +Inf pJ, want above 0 and at most 1e+09"},
		{"value: 0.03, source: horowitz2014", "value: 1.1e9, source: horowitz2014", "primitive int8_add: value is 1.1e+09 pJ, want above 0 and at most 1e+09"},
		{"value: 0.03, source: horowitz2014", "value: 0.03, source: me", `primitive int8_add: source is "me", want the name of a source`},
		{"{node_nm: 45, value: 0.03", "{node_nm: 40, value: 0.03", "primitive int8_add: want one value at node_nm 0, or two at 45 and 7"},
		{"[{node_nm: 0, value: 1300, source: jouppi2021}]", "[]", "primitive ddr4: want one value at node_nm 0, or two at 45 and 7"},
		{"{int32_add: 1}, logic: true, note: \"32", "{}, logic: true, note: \"32", "operation ternary_adds: parts is empty, want at least one primitive"},
		{"{int32_add: 1}, logic: true, note: \"32", "{int64_add: 1}, logic: true, note: \"32", `operation ternary_adds: part is "int64_add", want the name of a primitive`},
		{"{int32_add: 1}, logic: true, note: \"32", "{int32_add: -1}, logic: true, note: \"32", "operation ternary_adds: -1 of int32_add, want above 0 and at most 1000"},
		{"name: vector_ops", "name: vector_adds", `operation "vector_adds" is there twice or has no name, want names that differ`},
		{"name: vector_ops", "name: vector_divisions", "operation vector_divisions is not a count, or is that of the devices"},
		{"name: vector_ops", "name: off_chip_bytes", "operation off_chip_bytes is not a count, or is that of the devices"},
		{energy.EnergiesFile()[strings.Index(energy.EnergiesFile(), "operations:"):], "", "operation ternary_adds is missing"},
		{energy.EnergiesFile()[strings.Index(energy.EnergiesFile(), "devices:"):], "", "devices is empty, want at least one"},
		{"- name: kv260", "- name: d5005", "device d5005 is there twice, want it once"},
		{"- name: kv260", `- name: ""`, "device : name is empty, want a name"},
		{"node_source: stratix10", "node_source: x", `device d5005: node_source is "x", want the name of a source`},
		{"static_source: tellme", "static_source: x", `device kv260: static_source is "x", want the name of a source`},
		{"node_nm: 14", "node_nm: 5", "device d5005: node_nm is 5, want 7 to 45"},
		{"node_nm: 14", "node_nm: 46", "device d5005: node_nm is 46, want 7 to 45"},
		{"node_nm: 14", "node_nm: .nan", "device d5005: node_nm is NaN, want 7 to 45"},
		{"logic_factor: 1\n", "logic_factor: 0.5\n", "device tpu-v4: logic_factor is 0.5, want 1 to 1000"},
		{"static_watts: 13\n", "static_watts: -13\n", "device d5005: static_watts is -13, want 0 to 1e+06"},
		{"static_watts: 13\n", "static_watts: .inf\n", "device d5005: static_watts is +Inf, want 0 to 1e+06"},
		{"off_chip: ddr4", "off_chip: ddr9", `device alveo-u250: off_chip is "ddr9", want the name of a primitive at node_nm 0`},
		{"off_chip: ddr4", "off_chip: sram_1mb", `device alveo-u250: off_chip is "sram_1mb", want the name of a primitive at node_nm 0`},
	} {
		text := strings.Replace(energy.EnergiesFile(), e.from, e.to, 1)
		require.NotEqual(t, energy.EnergiesFile(), text, e.from)
		_, err := energy.Parse("e.yaml", []byte(text))
		require.EqualError(t, err, file+e.want)
	}
	for _, e := range []struct{ text, want string }{
		{"watts: 1", "[1:1]"},
		{"devices: 1", "[1:"},
		{"devices:\n- {name: a, name: b}", "[2:"},
		{"devices:\n- {node_nm: many}", "[2:"},
		{"devices: [", "["},
		{"- a", "["},
	} {
		_, err := energy.Parse("e.yaml", []byte(e.text))
		require.ErrorContains(t, err, file+e.want, e.text)
	}
}

// Damaged files are errors or models, never a panic.
func TestParseDamaged(t *testing.T) {
	whole := energy.EnergiesFile()
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(whole)-1).Draw(t, "at")
		n := rapid.IntRange(0, min(40, len(whole)-at)).Draw(t, "cut")
		junk := rapid.SampledFrom([]string{"", "\n", ": ", "- ", "{", "]", "*x", "&u250", "null", "-1", "1e400", "\x00"}).Draw(t, "junk")
		models, err := energy.Parse("e.yaml", []byte(whole[:at]+junk+whole[at+n:]))
		if err != nil {
			require.ErrorContains(t, err, "energy: e.yaml: ")
			return
		}
		for _, m := range models {
			require.NoError(t, m.Validate())
		}
	})
}

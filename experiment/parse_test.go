package experiment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const toyText = `# A comment.
name: toy
description: lanes against ports
system: core
base: {machine: small, eff: 1/2}
axes:
  - lanes: {from: 8, to: 127, factor: 2}
  - ports: [1, 0x2, 4.0]
  - packing: [2-bit, "5-trit"]
    beat:
      - 32
      - 26
exclude:
  - {lanes: 64, ports: [4]}
phase: speed
metrics:
  - {name: cycles, unit: cycle, goal: min}
  - {name: adders, unit: "1", goal: min}
  - name: share
    unit: 1
refine:
  phase: area
  pareto: [cycles, adders]
  ranks: 2
  metrics:
    - {name: lut, unit: LUT, goal: min}
`

func TestParse(t *testing.T) {
	e, err := Parse("toy.yaml", []byte(toyText))
	require.NoError(t, err)
	require.Equal(t, toy(), e)
	e, err = Parse("toy.yaml", []byte(strings.Replace(toyText, "  ranks: 2\n", "", 1)))
	require.NoError(t, err)
	require.Equal(t, 1, e.Refine.Ranks)
	e, err = Parse("toy.yaml", []byte(strings.Replace(toyText, "lanes against ports", "|\n  Lanes\n  against ports.\n", 1)))
	require.NoError(t, err)
	require.Equal(t, "Lanes\nagainst ports.", e.Description)
}

func TestValues(t *testing.T) {
	for text, want := range map[string][]string{
		"[0x40, 1.0e3, 0.50, -0.0, 2_000, true]":      {"64", "1000", "0.5", "0", "2000", "true"},
		"[1.0e300, 1.0e-7, 18446744073709551615]":     {"1e+300", "1e-07", "18446744073709551615"},
		`["0x40", "1e3", '0.50', yes, null-ish, 1/3]`: {"0x40", "1e3", "0.50", "yes", "null-ish", "1/3"},
		"{from: 0, to: 0.5, step: 0.1}":               {"0", "0.1", "0.2", "0.3", "0.4", "0.5"},
		"{from: -1, to: 1, step: 0.75}":               {"-1", "-0.25", "0.5"},
		"{from: 1, to: 10, factor: 2.5}":              {"1", "2.5", "6.25"},
		"{from: 7, to: 7, step: 1}":                   {"7"},
	} {
		e, err := Parse("x.yaml", []byte("name: x\nsystem: s\nphase: p\nmetrics: [{name: m, unit: s}]\naxes:\n  - a: "+text+"\n"))
		require.NoError(t, err, text)
		require.Equal(t, want, e.Axes[0].Labels(), text)
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ from, to, want string }{
		{toyText, "", "toy.yaml is empty, want an experiment"},
		{toyText, "# only a comment\n", "toy.yaml is empty, want an experiment"},
		{toyText, "[1, 2]", "toy.yaml:1:1: the file is a list, want a mapping"},
		{toyText, "text", "toy.yaml:1:1: the file is text, want a mapping"},
		{toyText, toyText + "---\n" + toyText, "toy.yaml has 2 documents, want one"},
		{toyText, strings.Repeat("#", maxFileBytes+1), "toy.yaml has 262145 bytes, want at most 262144"},
		{"name: toy\n", "name: [toy\n", "toy.yaml:3:1: ',' or ']' must be specified"},
		{"name: toy\n", "name: toy\nname: toy\n", `toy.yaml:3:1: mapping key "name" already defined at [2:1]`},
		{"name: toy\n", "name: Toy\n", `toy.yaml:2:1: name is "Toy", want lower-case letters, digits and single hyphens`},
		{"name: toy\n", "name:\n", `toy.yaml:2:6: name is empty, want a value`},
		{"name: toy\n", "", `toy.yaml:2:1: name is "", want lower-case letters, digits and single hyphens`},
		{"name: toy\n", "name: &n toy\n", `toy.yaml:2:7: name is an anchor, want a value`},
		{"name: toy\n", "name: !!str toy\n", `toy.yaml:2:7: name is a tag, want a value`},
		{"name: toy\n", "names: toy\n", `toy.yaml:2:1: unknown key names, want one of axes, base, description, exclude, metrics, name, phase, refine, system`},
		{"{machine: small, eff: 1/2}", "{machine: small, 7: x}", `toy.yaml:5:24: key is 7, want text`},
		{"{machine: small, eff: 1/2}", "{machine: small, lanes: 1}", `toy.yaml:7:5: axes[0]: lanes is in base too, want it in one of them`},
		{"{machine: small, eff: 1/2}", "{machine: .nan}", `toy.yaml:5:17: base.machine is .nan, want a value`},
		{"{machine: small, eff: 1/2}", "[a]", `toy.yaml:5:7: base is a list, want a mapping`},
		{"lanes: {from: 8, to: 127, factor: 2}", "lanes: 8", `toy.yaml:7:12: axes[0].lanes is 8, want a list`},
		{"factor: 2}", "factor: 1}", `toy.yaml:7:12: axes[0].lanes has from 8 and factor 1, want more than 0 and more than 1`},
		{"factor: 2}", "step: -1}", `toy.yaml:7:12: axes[0].lanes.step is -1, want more than 0`},
		{"factor: 2}", "step: 0.1}", `toy.yaml:7:12: axes[0].lanes has more than 1000 values, want at most that`},
		{"factor: 2}", "steps: 1}", `toy.yaml:7:31: unknown key axes[0].lanes.steps, want one of factor, from, step, to`},
		{"factor: 2}", "factor: '2'}", `toy.yaml:7:39: axes[0].lanes.factor is 2, want a number`},
		{", factor: 2}", "}", `toy.yaml:7:12: axes[0].lanes is a range without from, to, and either step or factor`},
		{"factor: 2}", "factor: 2, step: 1}", `toy.yaml:7:12: axes[0].lanes is a range without from, to, and either step or factor`},
		{"from: 8,", "from: 0,", `toy.yaml:7:12: axes[0].lanes has from 0 and factor 2, want more than 0 and more than 1`},
		{"from: 8,", "from: 128.5,", `toy.yaml:7:12: axes[0].lanes goes from 128.5 to 127, want from at most to`},
		{"0x2", "0x1", `toy.yaml:8:5: axes[1]: ports has 1 twice, want every value once`},
		{"0x2", "[2]", `toy.yaml:8:16: axes[1].ports[1] is a list, want a value`},
		{"      - 26\n", "", `toy.yaml:11:7: axes[2].beat has 1 values, want 2, as many as packing`},
		{"ports: [4]}", "port: [4]}", `toy.yaml:14:17: exclude[0]: port is the key of no axis`},
		{"ports: [4]}", "ports: [3]}", `toy.yaml:14:17: exclude[0]: ports is "3", want a value of its axis: 1, 2, 4`},
		{"ports: [4]}", "ports: {a: 1}}", `toy.yaml:14:24: exclude[0].ports is a mapping, want a value`},
		{"phase: speed\n", "", `toy.yaml:2:1: phase is "", want lower-case letters, digits and single hyphens`},
		{"name: adders", "name: cycles", `toy.yaml:18:5: metrics[1]: cycles is there twice, want it once`},
		{"unit: 1\n", "unit: ''\n", `toy.yaml:19:5: metrics[2]: share: unit has 0 bytes, want 1 to 256`},
		{"unit: 1\n", "goal: least\n", `toy.yaml:20:5: metrics[2]: goal of share is "least", want min, max or none`},
		{"  phase: area", "  phase: speed", `toy.yaml:22:3: refine: phase is "speed", want another than that of all points`},
		{"pareto: [cycles, adders]", "pareto: [cycles, share]", `toy.yaml:23:20: refine: pareto[1]: metric share has no goal, want min or max`},
		{"ranks: 2", "ranks: 2.5", `toy.yaml:24:10: refine.ranks is 2.5, want an integer`},
		{"ranks: 2", "ranks: 0", `toy.yaml:24:3: refine: ranks is 0, want at least 1`},
		{"name: lut", "name: adders", `toy.yaml:26:7: refine: metrics[0]: adders is a metric of all points too, want another name`},
	} {
		text := strings.Replace(toyText, tt.from, tt.to, 1)
		require.NotEqual(t, toyText, text)
		e, err := Parse("toy.yaml", []byte(text))
		require.EqualError(t, err, "experiment: "+tt.want)
		require.Equal(t, Experiment{}, e)
	}
}

func TestYAMLRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawn(t)
		back, err := Parse("x.yaml", e.YAML())
		require.NoError(t, err, "%s", e.YAML())
		require.Equal(t, e, back, "%s", e.YAML())
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(toyText))
	f.Add([]byte("axes: [{a: {from: 1, to: 2, factor: 1.5}}]"))
	f.Add([]byte("? a\n: b\n<<: *x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Parse("x.yaml", data)
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "experiment: x.yaml"), err.Error())
			return
		}
		back, err := Parse("x.yaml", e.YAML())
		require.NoError(t, err)
		require.Equal(t, e.YAML(), back.YAML())
	})
}

func TestDeclared(t *testing.T) {
	folder, _, _ := undisturbed(t)
	all, err := Declared(folder)
	require.NoError(t, err)
	require.Equal(t, []Experiment{toy()}, all)
	file := filepath.Join(folder, "a.yaml")
	require.NoError(t, os.WriteFile(file, []byte("name: 7\n"), 0o666))
	_, err = Declared(folder)
	require.EqualError(t, err, "experiment: "+file+`:1:1: system is "", want lower-case letters, digits and single hyphens`)
	_, err = Declared(filepath.Join(folder, "none"))
	require.ErrorContains(t, err, "experiment: open "+folder)
}

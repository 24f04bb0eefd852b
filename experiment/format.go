package experiment

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// YAML returns the text of a valid experiment that [Parse] reads back.
func (e Experiment) YAML() []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("name: %s", quoted(e.Name))
	if e.Description != "" {
		line("description: %s", quoted(e.Description))
	}
	line("system: %s", quoted(e.System))
	if len(e.Base) > 0 {
		line("base:")
		for _, k := range sorted(e.Base) {
			line("  %s: %s", quotedKey(k), quoted(e.Base[k]))
		}
	}
	line("axes:")
	for _, a := range e.Axes {
		for i, k := range a.Keys {
			var values []string
			for _, v := range a.Values {
				values = append(values, v[i])
			}
			line("  %c %s: %s", "- "[min(i, 1)], quotedKey(k), flow(values))
		}
	}
	if len(e.Exclude) > 0 {
		line("exclude:")
		for _, x := range e.Exclude {
			for i, k := range sorted(x) {
				line("  %c %s: %s", "- "[min(i, 1)], quotedKey(k), flow(x[k]))
			}
		}
	}
	line("phase: %s", quoted(e.Phase))
	b.WriteString(metricsYAML("", e.Metrics))
	if r := e.Refine; r != nil {
		line("refine:")
		line("  phase: %s", quoted(r.Phase))
		line("  pareto: %s", flow(r.Pareto))
		line("  ranks: %d", r.Ranks)
		b.WriteString(metricsYAML("  ", r.Metrics))
	}
	return []byte(b.String())
}

func metricsYAML(indent string, metrics []Metric) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%smetrics:\n", indent)
	for _, m := range metrics {
		goal := ""
		if m.Goal != None {
			goal = ", goal: " + string(m.Goal)
		}
		fmt.Fprintf(&b, "%s  - {name: %s, unit: %s%s}\n", indent, quoted(m.Name), quoted(m.Unit), goal)
	}
	return b.String()
}

func flow(values []string) string {
	var all []string
	for _, v := range values {
		all = append(all, quoted(v))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// simple is text that needs no quotes in any place, if it reads as itself.
var simple = regexp.MustCompile(`^[A-Za-z0-9_.+/-]+$`)

// quoted returns a value as YAML: JSON's strings are YAML's.
func quoted(s string) string {
	if node := plain(s); node != nil {
		if text, err := (&reader{}).scalar("", node); err == nil && text == s {
			return s
		}
	}
	return jsonText(s)
}

// quotedKey is quoted for a key, which must read as text.
func quotedKey(s string) string {
	if _, ok := plain(s).(*ast.StringNode); ok {
		return s
	}
	return jsonText(s)
}

// plain returns what a text without quotes reads as, nil if it needs them.
func plain(s string) ast.Node {
	if !simple.MatchString(s) {
		return nil
	}
	tree, err := parser.ParseBytes([]byte(s), 0)
	if err != nil || len(tree.Docs) != 1 {
		return nil
	}
	return tree.Docs[0].Body
}

func jsonText(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return strings.TrimSpace(b.String())
}

// declare keeps the declaration beside the results, so that the folder explains
// itself. Nothing is written where it is there already.
func (s store) declare(e Experiment) error {
	name, text := e.Name+declaredSuffix, e.YAML()
	if old, err := os.ReadFile(filepath.Join(s.folder, name)); err == nil && bytes.Equal(old, text) {
		return nil
	}
	return s.replace(name, text)
}

// Declared reads the experiments that [Run] has left in a folder, in the order
// of their names.
func Declared(folder string) ([]Experiment, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("experiment: %w", err)
	}
	var all []Experiment
	for _, entry := range entries {
		if !isDeclared(entry) {
			continue
		}
		file := filepath.Join(folder, entry.Name())
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("experiment: %w", err)
		}
		e, err := Parse(file, data)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Experiment) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func isDeclared(entry fs.DirEntry) bool {
	name, ok := strings.CutSuffix(entry.Name(), declaredSuffix)
	return ok && lowerName.MatchString(name)
}

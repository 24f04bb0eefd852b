package tpu

import (
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

//go:embed presets/*.yaml
var presetFiles embed.FS

// PresetNames returns the names of the presets, in lexical order.
func PresetNames() []string {
	entries, err := presetFiles.ReadDir("presets")
	if err != nil {
		return nil // the folder is part of the binary
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Preset returns the named preset.
func Preset(name string) (Config, error) {
	data, err := presetFiles.ReadFile("presets/" + name + ".yaml")
	if err != nil {
		return Config{}, fmt.Errorf("tpu: preset is %q, want one of %s", name, strings.Join(PresetNames(), ", "))
	}
	var c Config
	if err := c.Parse(name+".yaml", data); err != nil {
		return Config{}, err
	}
	return c, c.Validate()
}

// Parse sets the fields that a YAML text names; the others keep their values.
// Unknown keys, duplicate keys and wrong types are errors with line and column;
// they call the text file. The result is not validated.
func (c *Config) Parse(file string, data []byte) error {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return fmt.Errorf("tpu: %s: %s", file, strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	next, seen := *c, map[string]bool{}
	for _, doc := range tree.Docs {
		pairs, err := pairs(doc.Body)
		if err != nil {
			return fmt.Errorf("tpu: %s: %w", file, err)
		}
		for _, p := range pairs {
			if err := next.pair(p, seen); err != nil {
				return fmt.Errorf("tpu: %s: %w", file, err)
			}
		}
	}
	if len(seen) == 0 {
		return fmt.Errorf("tpu: %s: file is empty, want a configuration", file)
	}
	*c = next
	return nil
}

// pairs returns the keys and values of a document.
func pairs(body ast.Node) ([]*ast.MappingValueNode, error) {
	switch n := body.(type) {
	case nil:
		return nil, nil
	case *ast.CommentGroupNode:
		return nil, nil
	case *ast.MappingNode:
		return n.Values, nil
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, nil
	}
	return nil, at(body, "%s, want keys with values", strings.ToLower(body.Type().String()))
}

// pair sets the field of one key.
func (c *Config) pair(p *ast.MappingValueNode, seen map[string]bool) error {
	key := p.Key.GetToken().Value
	if seen[key] {
		return at(p.Key, "%s is set twice", key)
	}
	seen[key] = true
	var text string
	switch v := p.Value.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode:
		text = v.GetToken().Value
	default:
		return at(p.Value, "%s is a %s, want one value", key, strings.ToLower(v.Type().String()))
	}
	err := c.assign(key, text)
	switch {
	case errors.Is(err, errUnknownKey):
		return at(p.Key, "unknown key %q, want one of %s", key, strings.Join(Keys(), ", "))
	case err != nil:
		return at(p.Value, "%w", err)
	}
	return nil
}

// at is an error at the line and column of a node.
func at(n ast.Node, format string, args ...any) error {
	pos := n.GetToken().Position
	return fmt.Errorf("[%d:%d] "+format, append([]any{pos.Line, pos.Column}, args...)...)
}

// Set changes one field, given as key=value. The result is not validated.
func (c *Config) Set(assignment string) error {
	key, value, ok := strings.Cut(assignment, "=")
	if !ok || key == "" || value == "" {
		return fmt.Errorf("tpu: --set %q, want key=value", assignment)
	}
	next := *c
	err := next.assign(key, value)
	switch {
	case errors.Is(err, errUnknownKey):
		return fmt.Errorf("tpu: --set %s: unknown key, want one of %s", key, strings.Join(Keys(), ", "))
	case err != nil:
		return fmt.Errorf("tpu: --set %s=%s: %w", key, value, err)
	}
	*c = next
	return nil
}

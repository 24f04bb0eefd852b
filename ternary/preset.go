package ternary

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed presets/*.yaml
var presetFiles embed.FS

// PresetNames returns the names of the shapes that Preset knows, in lexical
// order: the shipped model and the three published ones.
func PresetNames() []string {
	entries, err := presetFiles.ReadDir("presets")
	if err != nil {
		return nil // the folder is part of the binary
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Preset returns the named shape.
func Preset(name string) (Shape, error) {
	data, err := presetFiles.ReadFile("presets/" + name + ".yaml")
	if err != nil {
		return Shape{}, fmt.Errorf("ternary: preset is %q, want one of %s", name, strings.Join(PresetNames(), ", "))
	}
	return ParseShape(name+".yaml", data)
}

// ParseShape reads a shape from YAML with the keys layers, hidden,
// intermediate, vocab and norm_eps. An unknown key, a duplicate key or a wrong
// type is an error with line and column. Errors call the text file.
func ParseShape(file string, data []byte) (Shape, error) {
	var y struct {
		Layers       int     `yaml:"layers"`
		Hidden       int     `yaml:"hidden"`
		Intermediate int     `yaml:"intermediate"`
		Vocab        int     `yaml:"vocab"`
		NormEps      float64 `yaml:"norm_eps"`
	}
	d := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if err := d.Decode(&y); err != nil {
		if errors.Is(err, io.EOF) {
			return Shape{}, fmt.Errorf("ternary: %s: file is empty, want a shape", file)
		}
		return Shape{}, fmt.Errorf("ternary: %s: %s", file, yaml.FormatError(err, false, false))
	}
	s := Shape(y)
	if err := s.check(); err != nil {
		return Shape{}, fmt.Errorf("ternary: %s: %w", file, err)
	}
	return s, nil
}

package energy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// A file is energies.yaml.
type file struct {
	Sources    []source    `yaml:"sources"`
	Primitives []primitive `yaml:"primitives"`
	Operations []operation `yaml:"operations"`
	Devices    []device    `yaml:"devices"`
}

type source struct {
	Name string `yaml:"name"`
	Kind string `yaml:"kind"`
	Text string `yaml:"text"`
}

type primitive struct {
	Name   string  `yaml:"name"`
	Per    string  `yaml:"per"`
	Unit   string  `yaml:"unit"`
	Values []point `yaml:"values"`
}

type operation struct {
	Name  string             `yaml:"name"`
	Parts map[string]float64 `yaml:"parts"`
	Logic bool               `yaml:"logic"`
	Note  string             `yaml:"note"`
}

type device struct {
	Name         string  `yaml:"name"`
	NodeNm       float64 `yaml:"node_nm"`
	NodeSource   string  `yaml:"node_source"`
	LogicFactor  float64 `yaml:"logic_factor"`
	LogicSource  string  `yaml:"logic_source"`
	OffChip      string  `yaml:"off_chip"`
	StaticWatts  float64 `yaml:"static_watts"`
	StaticSource string  `yaml:"static_source"`
}

// Parse reads a text of the form of energies.yaml and returns a model for each
// of its devices. Unknown keys and wrong types are errors with line and column;
// all errors call the text name.
func Parse(name string, data []byte) ([]Model, error) {
	var f file
	if err := decode(name, data, &f); err != nil {
		return nil, err
	}
	models, err := f.models()
	if err != nil {
		return nil, fmt.Errorf("energy: %s: %w", name, err)
	}
	return models, nil
}

// decode reads strict YAML.
func decode(name string, data []byte, to any) error {
	err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(to)
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("energy: %s: file is empty, want content", name)
	case err != nil:
		return fmt.Errorf("energy: %s: %s", name, strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	return nil
}

// A library is the checked content of a file by name.
type library struct {
	sources    map[string]Citation
	primitives map[string]primitive
	operations map[string]operation
}

func (f *file) models() ([]Model, error) {
	l, err := f.checked()
	if err != nil {
		return nil, err
	}
	if len(f.Devices) == 0 {
		return nil, errors.New("devices is empty, want at least one")
	}
	var models []Model
	for _, d := range f.Devices {
		if slices.ContainsFunc(models, func(m Model) bool { return m.Name == d.Name }) {
			return nil, fmt.Errorf("device %s is there twice, want it once", d.Name)
		}
		m, err := l.model(d)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.Name, err)
		}
		models = append(models, m)
	}
	return models, nil
}

func (f *file) checked() (*library, error) {
	l := &library{map[string]Citation{}, map[string]primitive{}, map[string]operation{}}
	for _, s := range f.Sources {
		if err := add(l.sources, "source", s.Name, Citation{s.Kind, s.Text}); err != nil {
			return nil, err
		}
		if !slices.Contains([]string{published, assumption, fitted}, s.Kind) {
			return nil, fmt.Errorf("source %s: kind is %q, want %s, %s or %s", s.Name, s.Kind, published, assumption, fitted)
		}
		if s.Text == "" {
			return nil, fmt.Errorf("source %s: text is empty, want a citation", s.Name)
		}
	}
	for _, p := range f.Primitives {
		err := add(l.primitives, "primitive", p.Name, p)
		if err == nil {
			err = l.checkPrimitive(p)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, o := range f.Operations {
		err := add(l.operations, "operation", o.Name, o)
		if err == nil {
			err = l.checkOperation(o)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, c := range counters {
		if _, ok := l.operations[c.name]; !ok && c.name != offChip {
			return nil, fmt.Errorf("operation %s is missing", c.name)
		}
	}
	return l, nil
}

// add puts a value into a map, once.
func add[T any](to map[string]T, what, name string, value T) error {
	if _, ok := to[name]; ok || name == "" {
		return fmt.Errorf("%s %q is there twice or has no name, want names that differ", what, name)
	}
	to[name] = value
	return nil
}

func (l *library) checkPrimitive(p primitive) error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("primitive %s: %w", p.Name, fmt.Errorf(format, args...))
	}
	switch {
	case p.Per == "":
		return wrong("per is empty, want what one is")
	case p.Unit != "pJ":
		return wrong("unit is %q, want pJ", p.Unit)
	case len(p.Values) == 1 && p.Values[0].NodeNm == 0:
	case len(p.Values) == 2 && p.Values[0].NodeNm == oldestNm && p.Values[1].NodeNm == newestNm:
	default:
		return wrong("want one value at node_nm 0, or two at %g and %g", oldestNm, newestNm)
	}
	for _, v := range p.Values {
		if !finite(v.Value) || v.Value > maxPicoJoules {
			return wrong("value is %v pJ, want above 0 and at most %g", v.Value, maxPicoJoules)
		}
		if _, ok := l.sources[v.Source]; !ok {
			return wrong("source is %q, want the name of a source", v.Source)
		}
	}
	return nil
}

func (l *library) checkOperation(o operation) error {
	if o.Name == offChip || !slices.ContainsFunc(counters, func(c counter) bool { return c.name == o.Name }) {
		return fmt.Errorf("operation %s is not a count, or is that of the devices", o.Name)
	}
	if len(o.Parts) == 0 {
		return fmt.Errorf("operation %s: parts is empty, want at least one primitive", o.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Parts)) {
		if _, ok := l.primitives[name]; !ok {
			return fmt.Errorf("operation %s: part is %q, want the name of a primitive", o.Name, name)
		}
		if n := o.Parts[name]; !(n > 0 && n <= 1e3) {
			return fmt.Errorf("operation %s: %v of %s, want above 0 and at most 1000", o.Name, n, name)
		}
	}
	return nil
}

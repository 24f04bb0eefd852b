package published

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"lockstep/ternary"
	"lockstep/ternary/ternip"
)

// A Machine is a published accelerator.
type Machine struct {
	Name    string `yaml:"-" json:"name"`
	ClockHz int64  `yaml:"clock_hz" json:"clock_hz"` // 1e3 to 1e9
	Core    Core   `yaml:"core" json:"core"`
	Bank    *Bank  `yaml:"bank" json:"bank,omitempty"` // nil: one lane with a memory of its own
}

// A Core is a core of package ternip without D, which is that of the model.
type Core struct {
	VP              int          `yaml:"VP" json:"VP"`                             // elements per cycle of the vector units
	TP              int          `yaml:"TP" json:"TP"`                             // trits per cycle of the matrix unit
	VectorRegisters int          `yaml:"vector_registers" json:"vector_registers"` // at least 8
	Lat             int64        `yaml:"lat" json:"lat"`                           // cycles from a read request to its first beat
	Eff             ternip.Ratio `yaml:"eff" json:"eff"`                           // beats per cycle of each port; not used with a bank
}

// A Bank describes the memory banks of a machine with batch lanes. The lanes
// are dealt out evenly to the compute units, each of which has one bank; its
// lanes share the weight stream.
type Bank struct {
	ComputeUnits   int            `yaml:"compute_units" json:"compute_units"`       // 1 to 64
	BytesPerSecond int64          `yaml:"bytes_per_second" json:"bytes_per_second"` // of one bank, peak, 1e6 to 1e12
	Efficiency     ternip.Ratio   `yaml:"efficiency" json:"efficiency"`             // sustained share of the peak, in (0, 1]
	RowCycles      int            `yaml:"row_cycles" json:"row_cycles"`             // cycles a matrix product loses per row, 0 or 1
	Padding        bool           `yaml:"padding" json:"padding"`                   // whether the padding of tiles is read
	Lanes          map[string]int `yaml:"lanes" json:"lanes"`                       // by model, at least one per unit
}

//go:embed presets/*.yaml
var presetFiles embed.FS

// Names returns the names of the machines, in lexical order.
func Names() []string {
	entries, err := presetFiles.ReadDir("presets")
	if err != nil {
		return nil // the folder is part of the binary
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(names)
	return names
}

// Preset returns the named machine.
func Preset(name string) (Machine, error) {
	data, err := presetFiles.ReadFile("presets/" + name + ".yaml")
	if err != nil {
		return Machine{}, fmt.Errorf("published: machine is %q, want one of %s", name, strings.Join(Names(), ", "))
	}
	return Parse(name, data)
}

// Parse reads a machine from YAML. Unknown keys and wrong types are errors
// with line and column; all errors call the text name.yaml.
func Parse(name string, data []byte) (Machine, error) {
	m := Machine{Name: name}
	err := integers(data)
	if err == nil {
		err = yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&m)
	}
	switch {
	case errors.Is(err, io.EOF):
		return Machine{}, fmt.Errorf("published: %s.yaml: file is empty, want a machine", name)
	case err != nil:
		return Machine{}, fmt.Errorf("published: %s.yaml: %s", name, strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	if err := m.check(); err != nil {
		return Machine{}, fmt.Errorf("published: %s.yaml: %w", name, err)
	}
	return m, nil
}

// integers reports the first number with a fraction where an integer is wanted:
// the decoder would cut the fraction off. Only the ratios are no integers.
func integers(data []byte) error {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return err
	}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		for _, n := range ast.Filter(ast.FloatType, doc.Body) {
			if path := n.GetPath(); path != "$.core.eff" && path != "$.bank.efficiency" {
				at := n.GetToken().Position
				return fmt.Errorf("[%d:%d] %s is %s, want an integer", at.Line, at.Column, strings.TrimPrefix(path, "$."), n)
			}
		}
	}
	return nil
}

// Validate reports the first field that is out of range. Those of the core are
// checked for a model, by Run.
func (m Machine) Validate() error {
	if err := m.check(); err != nil {
		return fmt.Errorf("published: %w", err)
	}
	return nil
}

func (m Machine) check() error {
	if m.ClockHz < 1e3 || m.ClockHz > 1e9 {
		return fmt.Errorf("clock_hz is %d, want 1000 to 1000000000", m.ClockHz)
	}
	b := m.Bank
	if b == nil {
		return nil
	}
	switch e := b.Efficiency; {
	case b.ComputeUnits < 1 || b.ComputeUnits > 64:
		return fmt.Errorf("compute_units is %d, want 1 to 64", b.ComputeUnits)
	case b.BytesPerSecond < 1e6 || b.BytesPerSecond > 1e12:
		return fmt.Errorf("bytes_per_second is %d, want 1000000 to 1000000000000", b.BytesPerSecond)
	case e.Num < 1 || e.Num > e.Den || e.Den > 10_000:
		return fmt.Errorf("efficiency is %s, want a number in (0, 1] of at most 4 decimals", e)
	case b.RowCycles < 0 || b.RowCycles > 1:
		return fmt.Errorf("row_cycles is %d, want 0 or 1", b.RowCycles)
	case len(b.Lanes) == 0:
		return errors.New("lanes is empty, want the lanes of a model")
	}
	for _, model := range m.Models() {
		if err := b.checkLanes(b.Lanes[model]); err != nil {
			return fmt.Errorf("lanes of %s: %w", model, err)
		}
	}
	return nil
}

func (b *Bank) checkLanes(n int) error {
	if n < b.ComputeUnits || n > 4096 {
		return fmt.Errorf("%d lanes, want %d to 4096", n, b.ComputeUnits)
	}
	return nil
}

// Models returns the models for which the machine says how many lanes it has,
// in lexical order.
func (m Machine) Models() []string {
	if m.Bank == nil {
		return nil
	}
	var models []string
	for model := range m.Bank.Lanes {
		models = append(models, model)
	}
	slices.Sort(models)
	return models
}

// Config returns the core for a model of shape s, validated.
func (m Machine) Config(s ternary.Shape) (ternip.Config, error) {
	c := ternip.DefaultConfig()
	c.D, c.VP, c.TP, c.VectorRegisters, c.Lat = s.Hidden, m.Core.VP, m.Core.TP, m.Core.VectorRegisters, m.Core.Lat
	if m.Bank == nil {
		c.Eff = m.Core.Eff
	}
	if err := c.Validate(); err != nil {
		return c, fmt.Errorf("published: %s: %w", m.Name, err)
	}
	return c, nil
}

// bytesPerCycle returns the sustained rate of a bank in lowest terms.
func (m Machine) bytesPerCycle() ternip.Ratio {
	num, den := m.Bank.BytesPerSecond*m.Bank.Efficiency.Num, m.ClockHz*m.Bank.Efficiency.Den
	a, b := num, den
	for b != 0 {
		a, b = b, a%b
	}
	return ternip.Ratio{Num: num / a, Den: den / a}
}

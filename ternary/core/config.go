// Package core is the ternary core as a system: the event model of its units
// with the timing of their RTL, executing the program of package isa on the
// numbers of package fixed.
package core

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"lockstep/sim"
	"lockstep/ternary"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
)

// A Config describes one core. The YAML keys are those of presets, of
// configuration files and of simulate --set.
type Config struct {
	ClockHz         int64           `yaml:"clock_hz" json:"clock_hz"`                   // Hz
	TP              int             `yaml:"TP" json:"TP"`                               // trits per cycle of the matrix unit, a power of two
	VP              int             `yaml:"VP" json:"VP"`                               // elements per cycle of the vector units, a power of two
	VectorRegisters int             `yaml:"vector_registers" json:"vector_registers"`   // each holds the longest vector of the model
	ScalarRegisters int             `yaml:"scalar_registers" json:"scalar_registers"`   // each holds the three scales of a norm pass
	OperandBuffers  int             `yaml:"operand_buffers" json:"operand_buffers"`     // int8 vectors before the matrix unit
	MatrixQueue     int             `yaml:"matrix_queue" json:"matrix_queue"`           // products that wait behind the running one, their weights requested
	VectorPorts     int             `yaml:"vector_ports" json:"vector_ports"`           // pairs of operand ports: 1 for all vector units, 2 with one for RMS, 3 with one for QUANT too
	Batch           int             `yaml:"batch" json:"batch"`                         // lanes: sequences that share weights and control
	Cores           int             `yaml:"cores" json:"cores"`                         // each with a memory and sequences of its own
	ZeroSkip        bool            `yaml:"zero_skip" json:"zero_skip"`                 // columns of activations that are 0 are neither read nor multiplied
	Packing         ternary.Packing `yaml:"packing" json:"packing"`                     // of weights in memory: 2-bit or 5-trit
	Lat             int64           `yaml:"lat" json:"lat"`                             // cycles from a memory request to its first beat
	Eff             Efficiency      `yaml:"eff" json:"eff"`                             // beats per cycle of each memory port
	WeightBeatBytes int             `yaml:"weight_beat_bytes" json:"weight_beat_bytes"` // bytes per beat of the weight port
	VectorBeatBytes int             `yaml:"vector_beat_bytes" json:"vector_beat_bytes"` // bytes per beat of the vector port
}

// An Efficiency is an exact fraction of beats per cycle, 0 < Num/Den <= 1,
// written as a decimal (0.5) or a fraction (1/3).
type Efficiency sim.Ratio

// String returns the fraction in the form that UnmarshalYAML reads.
func (e Efficiency) String() string {
	if e.Den == 1 {
		return strconv.FormatInt(e.Num, 10)
	}
	return fmt.Sprintf("%d/%d", e.Num, e.Den)
}

// MarshalJSON writes the fraction as a string.
func (e Efficiency) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(e.String())), nil }

// UnmarshalJSON reads what MarshalJSON writes.
func (e *Efficiency) UnmarshalJSON(data []byte) error { return e.UnmarshalYAML(data) }

// UnmarshalYAML reads a decimal of at most four places or a fraction.
func (e *Efficiency) UnmarshalYAML(data []byte) error {
	text := strings.Trim(strings.TrimSpace(string(data)), `"'`)
	wrong := fmt.Errorf("eff is %q, want a number in (0, 1] of at most 4 decimals or a fraction such as 1/3", text)
	num, den, fraction := strings.Cut(text, "/")
	if !fraction {
		whole, frac, _ := strings.Cut(text, ".")
		if len(frac) > 4 {
			return wrong
		}
		num, den = whole+frac, "1"+strings.Repeat("0", len(frac))
	}
	n, errN := strconv.ParseInt(num, 10, 32)
	d, errD := strconv.ParseInt(den, 10, 32)
	if errN != nil || errD != nil || n < 1 || n > d || d > 1<<16 {
		return wrong
	}
	g := gcd(n, d)
	*e = Efficiency{Num: n / g, Den: d / g}
	return nil
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	for _, f := range []struct {
		key              string
		value, low, high int64
	}{
		{"clock_hz", c.ClockHz, 1e3, 1e12},
		{"TP", int64(c.TP), 2, 512},
		{"VP", int64(c.VP), 1, 64},
		{"vector_registers", int64(c.VectorRegisters), isa.MinVectorRegisters, 256},
		{"scalar_registers", int64(c.ScalarRegisters), 1, 64},
		{"operand_buffers", int64(c.OperandBuffers), 1, 16},
		{"matrix_queue", int64(c.MatrixQueue), 0, 1},
		{"vector_ports", int64(c.VectorPorts), 1, 3},
		{"batch", int64(c.Batch), 1, 256},
		{"cores", int64(c.Cores), 1, 1024},
		{"lat", c.Lat, 1, 1e6},
		{"weight_beat_bytes", int64(c.WeightBeatBytes), 1, 4096},
		{"vector_beat_bytes", int64(c.VectorBeatBytes), 1, 4096},
	} {
		if f.value < f.low || f.value > f.high {
			return fmt.Errorf("core: %s is %d, want %d to %d", f.key, f.value, f.low, f.high)
		}
	}
	if c.TP&(c.TP-1) != 0 {
		return fmt.Errorf("core: TP is %d, want a power of two", c.TP)
	}
	if c.VP&(c.VP-1) != 0 {
		return fmt.Errorf("core: VP is %d, want a power of two", c.VP)
	}
	if c.Packing.TritsPerByte() == 0 {
		return fmt.Errorf("core: packing is %v, want %v or %v", c.Packing, ternary.TwoBit, ternary.FiveTrit)
	}
	switch {
	case !c.ZeroSkip:
	case c.TP < 4:
		return fmt.Errorf("core: TP is %d, want at least 4 with zero_skip: a beat of weights is whole bytes", c.TP)
	case c.VP > c.TP:
		return fmt.Errorf("core: VP is %d, want at most TP, %d, with zero_skip", c.VP, c.TP)
	case c.MatrixQueue != 0:
		return fmt.Errorf("core: matrix_queue is %d, want 0 with zero_skip", c.MatrixQueue)
	case c.Batch != 1:
		return fmt.Errorf("core: batch is %d, want 1 with zero_skip: lanes have different zeros", c.Batch)
	case !c.direct():
		return fmt.Errorf("core: packing is %s and weight_beat_bytes %d, want 2-bit and %d, TP trits, with zero_skip", c.Packing, c.WeightBeatBytes, c.TP/4)
	}
	if c.Eff.Num < 1 || c.Eff.Num > c.Eff.Den {
		return fmt.Errorf("core: eff is %s, want more than 0 and at most 1", c.Eff)
	}
	return nil
}

// Target returns what the compiler needs to know.
func (c Config) Target(numbers fixed.Config) isa.Target {
	return isa.Target{
		Lanes: c.TP, VectorRegisters: c.VectorRegisters, ScalarRegisters: c.ScalarRegisters,
		OperandBuffers: c.OperandBuffers, ElementBytes: (numbers.Vector.Width + 7) / 8,
		WeightBeatBytes: c.WeightBeatBytes, VectorBeatBytes: c.VectorBeatBytes, Packing: c.Packing, Columns: c.ZeroSkip,
	}
}

//go:embed presets/*.yaml
var presetFiles embed.FS

// DefaultPreset is the name of the preset that is used when none is named.
const DefaultPreset = "lockstep"

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
		return Config{}, fmt.Errorf("core: machine is %q, want one of %s", name, strings.Join(PresetNames(), ", "))
	}
	var c Config
	if err := c.Parse(name+".yaml", data); err != nil {
		return Config{}, err
	}
	return c, c.Validate()
}

// Parse sets the fields that a YAML text names; the others keep their values.
// Unknown keys, duplicate keys and wrong types are errors with line and
// column; they call the text file. The result is not validated.
func (c *Config) Parse(file string, data []byte) error {
	next := *c
	err := integers(data)
	if err == nil {
		err = yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&next)
	}
	switch {
	case err == io.EOF:
		return fmt.Errorf("core: %s: file is empty, want a configuration", file)
	case err != nil:
		return fmt.Errorf("core: %s: %s", file, strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	*c = next
	return nil
}

// integers reports the first value that should be an integer and is not: the
// decoder would cut off a fraction. Every field but eff, packing and zero_skip is an integer. What is
// no mapping is left to the decoder.
func integers(data []byte) error {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return err
	}
	for _, doc := range file.Docs {
		var fields []*ast.MappingValueNode
		switch body := doc.Body.(type) {
		case *ast.MappingNode:
			fields = body.Values
		case *ast.MappingValueNode:
			fields = []*ast.MappingValueNode{body}
		}
		for _, f := range fields {
			key := f.Key.String()
			if !slices.Contains([]string{"eff", "packing", "zero_skip"}, key) && slices.Contains(Keys(), key) && f.Value.Type() != ast.IntegerType {
				at := f.Value.GetToken().Position
				return fmt.Errorf("[%d:%d] %s is %s, want an integer", at.Line, at.Column, key, f.Value)
			}
		}
	}
	return nil
}

// Keys returns the keys of a configuration in the order of its fields.
func Keys() []string {
	return []string{"clock_hz", "TP", "VP", "vector_registers", "scalar_registers", "operand_buffers", "matrix_queue", "vector_ports", "batch", "cores", "zero_skip", "packing",
		"lat", "eff", "weight_beat_bytes", "vector_beat_bytes"}
}

// Set changes one field by its YAML key. The result is not validated.
func (c *Config) Set(assignment string) error {
	key, value, ok := strings.Cut(assignment, "=")
	if !ok || key == "" || value == "" {
		return fmt.Errorf("core: --set %q, want key=value", assignment)
	}
	if !slices.Contains(Keys(), key) {
		return fmt.Errorf("core: --set %s: unknown key, want one of %s", key, strings.Join(Keys(), ", "))
	}
	next := *c
	text := key + ": " + value
	err := integers([]byte(text))
	if err == nil {
		err = yaml.NewDecoder(strings.NewReader(text), yaml.Strict()).Decode(&next)
	}
	if err != nil {
		return fmt.Errorf("core: --set %s=%s: %s", key, value, position.ReplaceAllString(firstLine(yaml.FormatError(err, false, false)), ""))
	}
	*c = next
	return nil
}

// position is the place in a text that the user did not write.
var position = regexp.MustCompile(`^\[\d+:\d+\] `)

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

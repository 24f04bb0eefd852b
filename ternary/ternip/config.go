package ternip

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// A Config describes one core and its memory. The keys are those of
// configuration files and of simulate --set.
type Config struct {
	D               int   `json:"D"`                // elements of a vector, 16 to 4096
	VP              int   `json:"VP"`               // elements per cycle of the vector units, divides D
	TP              int   `json:"TP"`               // trits per cycle of the matrix unit, divides D
	VectorRegisters int   `json:"vector_registers"` // of D elements each, 1 to 256
	Lat             int64 `json:"lat"`              // cycles from a read request to its first beat, 1 to 1e6
	Eff             Ratio `json:"eff"`              // read beats per cycle of each port
	WEff            Ratio `json:"weff"`             // write beats per cycle
	FIFO            int   `json:"fifo"`             // read beats a port can hold, 1 to 65536
	MaxOutstanding  int   `json:"max_outstanding"`  // streams a port accepts, 1 to 65536; never a limit
	FinB            int   `json:"fin_b"`            // cycles, 0 or 1, of a FIN that does not say
}

// DefaultConfig returns the core of the smaller examples.
func DefaultConfig() Config {
	return Config{
		D: 64, VP: 4, TP: 16, VectorRegisters: 8,
		Lat: 20, Eff: Ratio{1, 1}, WEff: Ratio{1, 1}, FIFO: 64, MaxOutstanding: 4,
	}
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	for _, f := range []struct {
		key              string
		value, low, high int64
	}{
		{"D", int64(c.D), 16, 4096},
		{"VP", int64(c.VP), 1, int64(c.D)},
		{"TP", int64(c.TP), 1, int64(c.D)},
		{"vector_registers", int64(c.VectorRegisters), 1, 256},
		{"lat", c.Lat, 1, 1e6},
		{"fifo", int64(c.FIFO), 1, 1 << 16},
		{"max_outstanding", int64(c.MaxOutstanding), 1, 1 << 16},
		{"fin_b", int64(c.FinB), 0, 1},
	} {
		if f.value < f.low || f.value > f.high {
			return fmt.Errorf("ternip: %s is %d, want %d to %d", f.key, f.value, f.low, f.high)
		}
	}
	switch {
	case c.D%c.VP != 0:
		return fmt.Errorf("ternip: VP is %d, want a divisor of D, %d", c.VP, c.D)
	case c.D%c.TP != 0:
		return fmt.Errorf("ternip: TP is %d, want a divisor of D, %d", c.TP, c.D)
	case !c.Eff.valid():
		return fmt.Errorf("ternip: eff is %s, want more than 0 and at most 1", c.Eff)
	case !c.WEff.valid():
		return fmt.Errorf("ternip: weff is %s, want more than 0 and at most 1", c.WEff)
	}
	return nil
}

// tile returns a full matrix.
func (c Config) tile() Tile { return Tile{int64(c.D), int64(c.D / c.TP)} }

// A field is a key of the configuration and where its value goes, an *int, an
// *int64 or a *Ratio.
type field struct {
	key string
	to  any
}

func (c *Config) fields() []field {
	return []field{
		{"D", &c.D}, {"VP", &c.VP}, {"TP", &c.TP}, {"vector_registers", &c.VectorRegisters}, {"lat", &c.Lat},
		{"eff", &c.Eff}, {"weff", &c.WEff}, {"fifo", &c.FIFO}, {"max_outstanding", &c.MaxOutstanding}, {"fin_b", &c.FinB},
	}
}

// Keys returns the keys of a configuration in the order of its fields.
func Keys() []string {
	var keys []string
	for _, f := range new(Config).fields() {
		keys = append(keys, f.key)
	}
	return keys
}

// Set changes one field by its key, as in lat=40 or eff=1/3. The result is not
// validated.
func (c *Config) Set(assignment string) error {
	key, value, ok := strings.Cut(assignment, "=")
	if !ok || key == "" || value == "" {
		return fmt.Errorf("ternip: --set %q, want key=value", assignment)
	}
	if err := c.assign(key, value); err != nil {
		return fmt.Errorf("ternip: --set %s: %w", assignment, err)
	}
	return nil
}

// assign sets the field of a key from text.
func (c *Config) assign(key, value string) error {
	for _, f := range c.fields() {
		if f.key != key {
			continue
		}
		switch to := f.to.(type) {
		case *Ratio:
			r, err := parseRatio(value)
			if err != nil {
				return fmt.Errorf("%s is %q, %w", key, value, err)
			}
			*to = r
		case *int:
			n, err := parseInteger(value)
			if err != nil {
				return fmt.Errorf("%s is %q, %w", key, value, err)
			}
			*to = int(n)
		case *int64:
			n, err := parseInteger(value)
			if err != nil {
				return fmt.Errorf("%s is %q, %w", key, value, err)
			}
			*to = n
		}
		return nil
	}
	return fmt.Errorf("unknown key %q, want one of %s", key, strings.Join(Keys(), ", "))
}

// Parse sets the fields that a YAML text names; the others keep their values.
// Unknown keys, duplicate keys and wrong types are errors with line and
// column; they call the text name. The result is not validated.
func (c *Config) Parse(name string, data []byte) error {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return fmt.Errorf("ternip: %s: %s", name, strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	next := *c
	empty := true
	for _, doc := range file.Docs {
		fields, err := mapping(doc.Body)
		if err != nil {
			return fmt.Errorf("ternip: %s: %w", name, err)
		}
		for _, f := range fields {
			empty = false
			value := strings.Trim(f.Value.GetToken().Value, `"'`)
			if _, scalar := f.Value.(ast.ScalarNode); !scalar {
				value = f.Value.String()
			}
			if err := next.assign(f.Key.String(), value); err != nil {
				at := f.Key.GetToken().Position
				return fmt.Errorf("ternip: %s: [%d:%d] %w", name, at.Line, at.Column, err)
			}
		}
	}
	if empty {
		return fmt.Errorf("ternip: %s: file is empty, want a configuration", name)
	}
	*c = next
	return nil
}

// mapping returns the entries of the body of a document.
func mapping(body ast.Node) ([]*ast.MappingValueNode, error) {
	switch body := body.(type) {
	case nil, *ast.CommentGroupNode:
		return nil, nil
	case *ast.MappingNode:
		return body.Values, nil
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{body}, nil
	default:
		at := body.GetToken().Position
		return nil, fmt.Errorf("[%d:%d] %s, want key: value", at.Line, at.Column, body.Type())
	}
}

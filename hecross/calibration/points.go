package calibration

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"

	"github.com/goccy/go-yaml"

	"lockstep/hecross/lower"
	"lockstep/systolic/tpu"
)

// A Kernel is what measurements have in common.
type Kernel struct {
	Source    string `yaml:"source" json:"source"`
	Quantity  string `yaml:"quantity" json:"quantity"`
	Machine   string `yaml:"machine" json:"machine"` // preset of systolic/tpu
	Chips     int    `yaml:"chips" json:"chips"`     // that share the work; 0 for 1
	Operation string `yaml:"operation" json:"operation"`
	N         int    `yaml:"n" json:"n"`
	R         int    `yaml:"r" json:"r"`
	C         int    `yaml:"c" json:"c"`
	Limbs     int    `yaml:"limbs" json:"limbs"`
}

// A Measurement is a published value.
type Measurement struct {
	Batch     int     `yaml:"batch" json:"batch"` // as the source counts; 0 if it does not say
	Reduction string  `yaml:"reduction" json:"reduction"`
	Operands  []int   `yaml:"operands" json:"operands"` // polynomials per run; the best number counts
	Unit      string  `yaml:"unit" json:"unit"`         // microseconds if empty, or per_second
	Value     float64 `yaml:"value" json:"value"`
}

// A Point is one measurement of one kernel.
type Point struct {
	Kernel
	Measurement
}

const perSecond = "per_second"

// modulusBits is the width of the primes of CROSS.
const modulusBits = 28

//go:embed points.yaml
var pointsFile []byte

// Points returns the published measurements.
func Points() ([]Point, error) {
	var groups []struct {
		Kernel `yaml:",inline"`
		Points []Measurement `yaml:"points"`
	}
	if err := yaml.NewDecoder(bytes.NewReader(pointsFile), yaml.Strict()).Decode(&groups); err != nil {
		return nil, fmt.Errorf("calibration: points.yaml: %w", err)
	}
	var list []Point
	for _, g := range groups {
		for i, m := range g.Points {
			if m.Value <= 0 || len(m.Operands) == 0 || m.Unit != "" && m.Unit != perSecond {
				return nil, fmt.Errorf("calibration: points.yaml: %s: point %d: want a value above 0, operands, and unit %s or none", g.Quantity, i+1, perSecond)
			}
			list = append(list, Point{g.Kernel, m})
		}
	}
	return list, nil
}

// String names the point.
func (p Point) String() string {
	if p.Batch > 0 {
		return fmt.Sprintf("%s, batch %d", p.Quantity, p.Batch)
	}
	return p.Quantity
}

// UnitName is the unit of the value for people.
func (p Point) UnitName() string {
	if p.Unit == perSecond {
		return "1/s"
	}
	return "us"
}

// Simulate returns what a machine takes for the point, in its unit.
func (p Point) Simulate(ctx context.Context, m tpu.Config) (float64, error) {
	best := 0.0 // seconds per operand
	batch := 0
	for _, n := range p.Operands {
		s := lower.Shape{N: p.N, R: p.R, C: p.C, Q: p.Limbs, DigitLimbs: p.Limbs, Bits: modulusBits, Batch: n}
		r, err := lower.Time(ctx, m, lower.Options{Reduction: p.Reduction}, s, p.Operation)
		if err != nil {
			return 0, fmt.Errorf("calibration: %s: %w", p, err)
		}
		if t := r.Seconds / float64(n); batch == 0 || t < best {
			best, batch = t, n
		}
	}
	if p.Unit == perSecond {
		return float64(max(p.Chips, 1)) / best, nil
	}
	return 1e6 * best * float64(batch), nil
}

package published

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/goccy/go-yaml"

	"lockstep/ternary"
)

// A Row compares one published number with the simulation.
type Row struct {
	Source    string  `json:"source"`
	Quantity  string  `json:"quantity"`
	Machine   string  `json:"machine"`
	Published float64 `json:"published"`
	Simulated float64 `json:"simulated"`
	Error     float64 `json:"relative_error"`   // Simulated / Published - 1
	Target    float64 `json:"target,omitempty"` // of |Error|; 0: none
	Unit      string  `json:"unit"`
	Note      string  `json:"note,omitempty"`
}

// Met reports whether the error is within the target, true if there is none.
func (r Row) Met() bool { return r.Target == 0 || math.Abs(r.Error) <= r.Target }

// A Table is a comparison, in the order of measurements.yaml.
type Table []Row

// A measurement is an entry of measurements.yaml.
type measurement struct {
	Source   string  `yaml:"source"`
	Quantity string  `yaml:"quantity"`
	Note     string  `yaml:"note"`
	Machine  string  `yaml:"machine"`
	Model    string  `yaml:"model"`
	Lanes    int     `yaml:"lanes"`
	Metric   string  `yaml:"metric"`
	Value    float64 `yaml:"value"`
	Target   float64 `yaml:"target"`
}

//go:embed measurements.yaml
var measurementFile []byte

// metrics are what of a result can be compared, and the units.
var metrics = map[string]struct {
	unit string
	of   func(Result) float64
}{
	"tokens_per_second":          {"token/s", func(r Result) float64 { return r.TokensPerSec }},
	"tokens_per_second_and_lane": {"token/s", func(r Result) float64 { return r.PerLane }},
	"matrix_share":               {"1", func(r Result) float64 { return r.MatrixShare }},
	"matrix_peak":                {"token/s", func(r Result) float64 { return r.MatrixPeak }},
	"stream_ceiling":             {"token/s", func(r Result) float64 { return r.StreamCeiling }},
	"milliseconds":               {"ms", func(r Result) float64 { return 1e3 * float64(r.Cycles) / float64(r.ClockHz) }},
}

// block512 is one block of the paper's experiment. I is inferred, see
// presets/paper-d5005.yaml; the vocabulary plays no role.
var block512 = ternary.Shape{Layers: 1, Hidden: 512, Intermediate: 1536, Vocab: 1, NormEps: 1e-6}

// Shape returns the shape that a published number is about: a preset of
// package ternary, or block-512.
func Shape(model string) (ternary.Shape, error) {
	if model == "block-512" {
		return block512, nil
	}
	return ternary.Preset(model)
}

// Compare runs every published number's machine and model. It is
// deterministic and takes well under a second.
func Compare(ctx context.Context) (Table, error) {
	return compare(ctx, measurementFile)
}

// CompareMachine is Compare for the rows of one machine and, unless model is
// empty, one model. There may be none.
func CompareMachine(ctx context.Context, machine, model string) (Table, error) {
	return compare(ctx, measurementFile, func(m measurement) bool {
		return m.Machine == machine && (model == "" || m.Model == model)
	})
}

// DefaultModel returns the model of the first published number of a machine.
func DefaultModel(machine string) (string, error) {
	list, err := measurements(measurementFile)
	if err != nil {
		return "", err
	}
	for _, m := range list {
		if m.Machine == machine {
			return m.Model, nil
		}
	}
	return "", fmt.Errorf("published: no number is about machine %q", machine)
}

func measurements(file []byte) ([]measurement, error) {
	var list []measurement
	if err := yaml.NewDecoder(bytes.NewReader(file), yaml.Strict()).Decode(&list); err != nil {
		return nil, fmt.Errorf("published: measurements.yaml: %s", strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	return list, nil
}

func compare(ctx context.Context, file []byte, keep ...func(measurement) bool) (Table, error) {
	list, err := measurements(file)
	if err != nil {
		return nil, err
	}
	type key struct {
		machine, model string
		lanes          int
	}
	done := map[key]Result{}
	table := Table{}
	for _, m := range list {
		if len(keep) > 0 && !keep[0](m) {
			continue
		}
		metric, ok := metrics[m.Metric]
		if !ok || !(m.Value > 0) {
			return nil, fmt.Errorf("published: measurements.yaml: %s: metric is %q with value %v, want a known metric and a positive value", m.Quantity, m.Metric, m.Value)
		}
		k := key{m.Machine, m.Model, m.Lanes}
		r, ok := done[k]
		if !ok {
			var err error
			if r, err = m.run(ctx); err != nil {
				return nil, err
			}
			done[k] = r
		}
		got := metric.of(r)
		table = append(table, Row{Source: m.Source, Quantity: m.Quantity, Machine: m.Machine, Published: m.Value,
			Simulated: got, Error: got/m.Value - 1, Target: m.Target, Unit: metric.unit, Note: m.Note})
	}
	return table, nil
}

// run simulates what the measurement is about.
func (m measurement) run(ctx context.Context) (Result, error) {
	machine, err := Preset(m.Machine)
	if err != nil {
		return Result{}, err
	}
	s, err := Shape(m.Model)
	if err != nil {
		return Result{}, err
	}
	lanes := m.Lanes
	if lanes == 0 {
		lanes = machine.DefaultLanes(m.Model)
	}
	return machine.Run(ctx, s, lanes)
}

// DefaultLanes returns the published number of lanes for a model, 1 where the
// machine does not say.
func (m Machine) DefaultLanes(model string) int {
	if m.Bank == nil {
		return 1
	}
	if n, ok := m.Bank.Lanes[model]; ok {
		return n
	}
	return m.Bank.ComputeUnits
}

// String is the table for people.
func (t Table) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "machine\tquantity\tpublished\tsimulated\terror\ttarget\tunit\tsource\tnote")
	for _, r := range t {
		target := "-"
		if r.Target > 0 {
			target = fmt.Sprintf("%.1f %%", 100*r.Target)
		}
		fmt.Fprintf(w, "%s\t%s\t%.6g\t%.5g\t%+.1f %%\t%s\t%s\t%s\t%s\n",
			r.Machine, r.Quantity, r.Published, r.Simulated, 100*r.Error, target, r.Unit, r.Source, r.Note)
	}
	w.Flush()
	return b.String()
}

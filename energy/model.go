package energy

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// A Model is the energies of one device.
type Model struct {
	Name       string     `json:"name"`
	NodeNm     float64    `json:"node_nm"` // of its logic
	NodeSource Citation   `json:"node_source"`
	Rates      []Rate     `json:"rates"`        // one for each count of an Activity
	Static     float64    `json:"static_watts"` // W, whatever the activity; at least 0
	StaticFrom []Citation `json:"static_sources"`
}

// A Rate is the energy of one operation, or of a byte.
type Rate struct {
	Name       string     `json:"name"` // JSON key of the count
	PicoJoules float64    `json:"picojoules"`
	Scaled     bool       `json:"scaled"`  // interpolated between nodes
	Sources    []Citation `json:"sources"` // of all its factors
	Note       string     `json:"note,omitempty"`
}

// A Citation says where a number is from.
type Citation struct {
	Kind string `json:"kind"` // published, assumption or fitted
	Text string `json:"text"`
}

// String puts the kind before what is not published.
func (c Citation) String() string {
	if c.Kind == published {
		return c.Text
	}
	return c.Kind + ": " + c.Text
}

// Kinds of a Citation.
const (
	published  = "published"
	assumption = "assumption"
	fitted     = "fitted"
)

//go:embed energies.yaml
var energiesFile []byte

// Models returns the models of all devices, in the order of energies.yaml.
func Models() ([]Model, error) { return Parse("energies.yaml", energiesFile) }

// Preset returns the model of a device.
func Preset(name string) (Model, error) {
	models, err := Models()
	if err != nil {
		return Model{}, err
	}
	m, err := find(models, name)
	return m, prefixed(err)
}

func find(models []Model, name string) (Model, error) {
	at := slices.IndexFunc(models, func(m Model) bool { return m.Name == name })
	if at < 0 {
		var names []string
		for _, m := range models {
			names = append(names, m.Name)
		}
		return Model{}, fmt.Errorf("device is %q, want one of %s", name, strings.Join(names, ", "))
	}
	return models[at], nil
}

// Validate reports the first value that is out of range.
func (m Model) Validate() error { return prefixed(m.check()) }

func (m Model) check() error {
	for _, c := range counters {
		switch r, ok := m.rate(c.name); {
		case !ok:
			return fmt.Errorf("%s: no rate for %s, want one", m.Name, c.name)
		case !(r.PicoJoules >= 0 && r.PicoJoules <= maxPicoJoules):
			return fmt.Errorf("%s: rate of %s is %v pJ, want 0 to %g", m.Name, c.name, r.PicoJoules, maxPicoJoules)
		}
	}
	if len(m.Rates) != len(counters) {
		return fmt.Errorf("%s: %d rates, want %d, one for each count", m.Name, len(m.Rates), len(counters))
	}
	if !(m.Static >= 0 && m.Static <= maxWatts) {
		return fmt.Errorf("%s: static power is %v W, want 0 to %g", m.Name, m.Static, maxWatts)
	}
	return nil
}

const (
	maxPicoJoules = 1e9
	maxWatts      = 1e6
)

func (m Model) rate(name string) (Rate, bool) {
	at := slices.IndexFunc(m.Rates, func(r Rate) bool { return r.Name == name })
	if at < 0 {
		return Rate{}, false
	}
	return m.Rates[at], true
}

// Package sweeps joins the systems of this module with package experiment: what
// of each can be varied and measured, and the experiments that come with the
// program.
package sweeps

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lockstep/experiment"
)

// Registry lists the systems that experiments can name.
func Registry() experiment.Registry {
	return experiment.Registry{ternaryCore(), gemm(), he(), heWhatIf()}
}

//go:embed experiments/*.yaml
var files embed.FS

// Names returns the names of the built-in experiments in lexical order.
func Names() []string {
	entries, err := files.ReadDir("experiments")
	if err != nil {
		return nil // the folder is part of the binary
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Builtin returns the named experiment.
func Builtin(name string) (experiment.Experiment, error) {
	data, err := files.ReadFile("experiments/" + name + ".yaml")
	if err != nil {
		return experiment.Experiment{}, fmt.Errorf("sweeps: experiment is %q, want one of %s, or a file", name, strings.Join(Names(), ", "))
	}
	return experiment.Parse(name+".yaml", data)
}

// sources of measurements.
const (
	eventModel = "event model"
	closedForm = "closed form"
)

// value is a measurement of the event model.
func value(name string, v float64, unit string) experiment.Measurement {
	return experiment.Measurement{Name: name, Value: v, Unit: unit, Source: eventModel}
}

// A setter takes one setting, as key=value.
type setter interface{ Set(assignment string) error }

// configure gives settings to the first of several setters that has their key.
// keys are those of the setters, in their order; what is in own belongs to the
// system itself.
func configure(s experiment.Settings, own []string, keys [][]string, setters []setter) error {
	for _, key := range slices.Sorted(maps.Keys(s)) {
		if slices.Contains(own, key) {
			continue
		}
		for i, k := range keys {
			if slices.Contains(k, key) {
				if err := setters[i].Set(key + "=" + s[key]); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}

// or returns the setting of a key, or what it is without.
func or(s experiment.Settings, key, otherwise string) string {
	if v, ok := s[key]; ok {
		return v
	}
	return otherwise
}

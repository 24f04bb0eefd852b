package experiment

import (
	"fmt"
	"slices"
	"strings"
)

// An Axis is what an experiment varies: one key, or several that move together.
type Axis struct {
	Keys   []string   // at least 1
	Values [][]string // per position, one value for every key
}

// Over returns the axis of one key.
func Over[T any](key string, values ...T) Axis {
	a := Axis{Keys: []string{key}}
	for _, v := range values {
		a.Values = append(a.Values, []string{fmt.Sprint(v)})
	}
	return a
}

// Together joins axes of equal length into one whose keys move together.
func Together(axes ...Axis) (Axis, error) {
	var all Axis
	for i, a := range axes {
		if len(a.Values) != len(axes[0].Values) {
			return Axis{}, fmt.Errorf("experiment: %s has %d values, want %d, as many as %s", a.Name(), len(a.Values), len(axes[0].Values), axes[0].Name())
		}
		all.Keys = append(all.Keys, a.Keys...)
		for j, v := range a.Values {
			if i == 0 {
				all.Values = append(all.Values, nil)
			}
			all.Values[j] = append(all.Values[j], v...)
		}
	}
	return all, nil
}

// Name is the key of the axis, or its keys with commas.
func (a Axis) Name() string { return strings.Join(a.Keys, ",") }

// Labels returns the values as text, those of several keys with commas.
func (a Axis) Labels() []string {
	labels := make([]string, len(a.Values))
	for i, v := range a.Values {
		labels[i] = strings.Join(v, ",")
	}
	return labels
}

// Position returns which of the values a point has, -1 if none.
func (a Axis) Position(s Settings) int {
	return slices.IndexFunc(a.Values, func(values []string) bool {
		for i, k := range a.Keys {
			if s[k] != values[i] {
				return false
			}
		}
		return true
	})
}

func (a Axis) validate() error {
	if len(a.Keys) == 0 {
		return fmt.Errorf("it has no key, want at least one")
	}
	for i, k := range a.Keys {
		if slices.Contains(a.Keys[:i], k) {
			return fmt.Errorf("%s is there twice, want it once", k)
		}
	}
	if len(a.Values) == 0 {
		return fmt.Errorf("%s has no value, want at least one", a.Name())
	}
	for i, v := range a.Values {
		if len(v) != len(a.Keys) {
			return fmt.Errorf("%s: position %d has %d values, want %d, one for every key", a.Name(), i, len(v), len(a.Keys))
		}
		for j, k := range a.Keys {
			if err := (Settings{k: v[j]}).validate(); err != nil {
				return err
			}
		}
		if slices.ContainsFunc(a.Values[:i], func(w []string) bool { return slices.Equal(v, w) }) {
			return fmt.Errorf("%s has %s twice, want every value once", a.Name(), strings.Join(v, ","))
		}
	}
	return nil
}

// An Exclude leaves out the points that have, for every key, one of the values.
type Exclude map[string][]string

func (x Exclude) matches(s Settings) bool {
	for k, values := range x {
		if !slices.Contains(values, s[k]) {
			return false
		}
	}
	return true
}

// validate reports a key or value that no axis has: it would exclude nothing.
func (x Exclude) validate(axes []Axis) error {
	if len(x) == 0 {
		return fmt.Errorf("it has no key, want at least one")
	}
	for _, k := range sorted(x) {
		var known []string
		for _, a := range axes {
			if at := slices.Index(a.Keys, k); at >= 0 {
				for _, v := range a.Values {
					known = append(known, v[at])
				}
			}
		}
		switch {
		case known == nil:
			return fmt.Errorf("%s is the key of no axis", k)
		case len(x[k]) == 0:
			return fmt.Errorf("%s has no value, want at least one", k)
		}
		for _, v := range x[k] {
			if !slices.Contains(known, v) {
				return fmt.Errorf("%s is %q, want a value of its axis: %s", k, v, strings.Join(known, ", "))
			}
		}
	}
	return nil
}

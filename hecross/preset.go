package hecross

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
)

// A ParameterSet is a chain of moduli and the shape of its transform.
type ParameterSet struct {
	Name string   `json:"name"`
	N    int      `json:"n"`
	R    int      `json:"r"`    // rows of the three-step transform
	C    int      `json:"c"`    // columns, N = R*C
	Dnum int      `json:"dnum"` // digits of key switching over all of Q
	Q    []uint32 `json:"q"`    // ciphertext moduli; the last is dropped first
	P    []uint32 `json:"p"`    // moduli of P, none for a set of transforms only
}

// Validate reports the first of N, R, C, Dnum, Q and P that is out of range:
// every modulus is a prime below 2^31, 1 mod 2N, and occurs once.
func (s ParameterSet) Validate() error {
	if err := checkSplit(s.N, s.R, s.C); err != nil {
		return within(s.Name, err)
	}
	if len(s.Q) == 0 {
		return fmt.Errorf("hecross: %s: q has 0 moduli, want at least 1", s.Name)
	}
	if s.Dnum < 1 || s.Dnum > len(s.Q) {
		return fmt.Errorf("hecross: %s: dnum is %d, want 1 to %d, the limbs of Q", s.Name, s.Dnum, len(s.Q))
	}
	ms, err := NewModuli(append(append([]uint32{}, s.Q...), s.P...))
	if err != nil {
		return within(s.Name, err)
	}
	for l, m := range ms {
		if err := m.checkNTT(s.N); err != nil {
			return within(s.Name, atLimb(l, err))
		}
	}
	return nil
}

// DigitLimbs returns ceil(limbs of Q / Dnum).
func (s ParameterSet) DigitLimbs() int { return 1 + (len(s.Q)-1)/max(s.Dnum, 1) }

// Context returns the context of a valid set. The roots are chosen for the
// limbs of Q followed by those of P.
func (s ParameterSet) Context(roots Roots, form ModDownForm) (*Context, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	ms, err := NewModuli(append(append([]uint32{}, s.Q...), s.P...))
	if err != nil {
		return nil, within(s.Name, err)
	}
	all, err := NewRing(s.N, s.R, s.C, ms, roots)
	if err != nil {
		return nil, within(s.Name, err)
	}
	return NewContext(all.slice(0, len(s.Q)), all.slice(len(s.Q), len(ms)), s.DigitLimbs(), form)
}

//go:embed presets/cross.json
var presetFile embed.FS

// presets is the embedded sets in the order of the file.
var presets = sync.OnceValues(func() ([]ParameterSet, error) {
	const name = "presets/cross.json"
	data, err := presetFile.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("hecross: %w", err)
	}
	return parseSets(name, data)
})

// parseSets reads the form {"source": ..., "sets": [...]}, unknown keys
// rejected, every set valid and no name twice.
func parseSets(file string, data []byte) ([]ParameterSet, error) {
	var f struct {
		Source string         `json:"source"`
		Sets   []ParameterSet `json:"sets"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("hecross: %s: %w", file, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("hecross: %s: text follows the object, want nothing after it", file)
	}
	seen := map[string]bool{}
	for _, s := range f.Sets {
		if s.Name == "" || seen[s.Name] {
			return nil, fmt.Errorf("hecross: %s: name %q is empty or used twice, want distinct names", file, s.Name)
		}
		seen[s.Name] = true
		if err := s.Validate(); err != nil {
			return nil, within(file, err)
		}
	}
	return f.Sets, nil
}

// PresetNames returns the names that Preset knows, in the order of the
// published tables.
func PresetNames() []string {
	sets, err := presets()
	if err != nil {
		return nil // the file is part of the binary, and a test reads it
	}
	names := make([]string, len(sets))
	for i, s := range sets {
		names[i] = s.Name
	}
	return names
}

// Preset returns the named set. Case is ignored, and the name may end before
// an underscore: of the splits of "Cheddar3" the first one is meant.
//
// The sets are shapes for performance work, not vetted for security. Source:
// presets/cross.json.
func Preset(name string) (ParameterSet, error) {
	sets, err := presets()
	if err != nil {
		return ParameterSet{}, err
	}
	for _, s := range sets {
		if strings.EqualFold(s.Name, name) {
			return s.clone(), nil
		}
	}
	for _, s := range sets {
		if family, _, ok := strings.Cut(s.Name, "_"); ok && family != "NTT" && strings.EqualFold(family, name) {
			return s.clone(), nil
		}
	}
	return ParameterSet{}, fmt.Errorf("hecross: preset is %q, want one of %s", name, strings.Join(PresetNames(), ", "))
}

func (s ParameterSet) clone() ParameterSet {
	s.Q = append([]uint32{}, s.Q...)
	s.P = append([]uint32{}, s.P...)
	return s
}

package calibration

import (
	"bytes"
	_ "embed"
	"fmt"

	"github.com/goccy/go-yaml"

	"lockstep/hecross/lower"
)

// A PublishedShare is one part of the published time split of HE-Mult.
type PublishedShare struct {
	Category lower.Category `yaml:"category" json:"category"`
	Percent  float64        `yaml:"percent" json:"percent"`
}

//go:embed split.yaml
var splitFile []byte

// Split returns the published time split of HE-Mult, the largest part first.
func Split() ([]PublishedShare, error) {
	var list []PublishedShare
	if err := yaml.NewDecoder(bytes.NewReader(splitFile), yaml.Strict()).Decode(&list); err != nil {
		return nil, fmt.Errorf("calibration: split.yaml: %w", err)
	}
	return list, nil
}

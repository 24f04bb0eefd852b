// Package opticks holds the model that ships with the program: a small trained
// ternary language model over bytes and the text it is measured on. README.md
// says how it was made.
package opticks

import (
	"embed"
	"fmt"
	"io/fs"

	"lockstep/ternary"
)

//go:embed README.md config.json model.safetensors reference.json validation.txt
var files embed.FS

//go:embed validation.txt
var validation string

// FS returns the checkpoint as a directory: config.json, model.safetensors,
// validation.txt, and reference.json with the figures of an independent
// evaluation.
func FS() fs.FS { return files }

// Load reads and ternarises the model.
func Load() (*ternary.Weights, error) {
	w, err := ternary.Load(files)
	if err != nil {
		return nil, fmt.Errorf("opticks: %w", err)
	}
	return w, nil
}

// Validation returns the 16,384 bytes of text that the model was not trained
// on. The caller may change them.
func Validation() []byte { return []byte(validation) }

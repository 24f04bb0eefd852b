// Package float is the golden model of the language model in float32, the
// yardstick that other witnesses are measured against. It follows the
// mathematics of the published implementation and is not meant to match
// hardware bit for bit; package fixed is.
//
// Every operation is rounded to float32 unless stated here. Sums of squares are
// accumulated in float64 in rising order. Quantised dot products are exact
// integers. exp and square root are taken in float64 and rounded once. No two
// operations are fused.
//
// Source: arXiv:2406.02528 and its published implementation, whose fused path
// this package follows (eps 1e-6 in a BitLinear, ties away from zero).
package float

import (
	"sync"

	"lockstep/ternary"
)

// A Model is a model ready to run. Several sessions may use it at once.
type Model struct {
	weights     *ternary.Weights
	fingerprint func() uint64
}

// New returns the model of w, which must be valid (ternary.Weights.Validate)
// and must not change while the model is used.
func New(w *ternary.Weights) *Model {
	return &Model{weights: w, fingerprint: sync.OnceValue(w.Fingerprint)}
}

// NewSession returns a sequence before its first token.
func (m *Model) NewSession() ternary.Session {
	s := m.weights.Shape
	wide := max(s.Hidden, s.Intermediate)
	return &session{
		model:    m,
		state:    make([]float32, s.Layers*s.Hidden),
		residual: make([]float32, s.Hidden),
		norm:     make([]float32, s.Hidden),
		i:        make([]float32, s.Hidden),
		f:        make([]float32, s.Hidden),
		g:        make([]float32, s.Hidden),
		out:      make([]float32, s.Hidden),
		gateUp:   make([]float32, 2*s.Intermediate),
		logits:   make([]float32, s.Vocab),
		linear:   newLinear(wide),
	}
}

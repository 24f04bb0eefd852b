package fixed

import (
	"fmt"
	"sync"

	"lockstep/ternary"
)

// A Norm holds the constants of an RMSNorm outside a BitLinear.
type Norm struct {
	Weight []int32 // [n], raw norm weights
	Eps    uint64  // added to the sum of squares: n*eps in its units, at least 1
	Out    Scale   // sqrt(n) and the shift from products to raw vector elements
}

// A Projection holds the constants of a BitLinear.
type Projection struct {
	Norm   []int32         // [Cols], raw norm weights
	Weight *ternary.Matrix // Rows by Cols
	Eps    uint64          // added to the sum of squares: Cols*eps in its units, at least 1
	Out    Scale           // sqrt(Cols)/127 * mean|W| and the shift from products to raw vector elements
	Packed *Packed         // Weight, arranged for MatVec
}

// A Layer holds the constants of one block.
type Layer struct {
	AttnNorm, MLPNorm, GNorm Norm       // Hidden
	OneMinusLB               []int32    // [Hidden], raw 1 - lower bound, in [0, 2^Frac]; nil where every bound is 0
	I, F, G, O               Projection // Hidden to Hidden
	GateUp                   Projection // Hidden to 2*Intermediate: rows [0,I) gate, [I,2I) up
	Down                     Projection // Intermediate to Hidden
}

// A Model is a quantised language model, read-only after New and shared by its
// sessions.
type Model struct {
	Shape     ternary.Shape
	Config    Config
	Embedding []int32 // [Vocab*Hidden], row-major, raw vector elements
	Layers    []Layer
	FinalNorm Norm       // Hidden
	Head      Projection // Hidden to Vocab
	Clipped   Clipped    // weights that did not fit their format

	ops         Ops
	fingerprint func() uint64 // of the weights
}

// New quantises w in the formats of c. It reports an error if c or w is invalid
// (Config.Validate, ternary.Weights.Validate), if a vector has more than
// MaxVector elements, or if a mean|W| is beyond the range of ScaleFrom. Norm
// weights, embeddings and lower bounds are rounded to nearest and saturate. The
// model keeps w, which must not change afterwards.
func New(w *ternary.Weights, c Config) (*Model, error) {
	ops, err := NewOps(c)
	if err != nil {
		return nil, err
	}
	if err := w.Validate(); err != nil {
		return nil, fmt.Errorf("fixed: %w", err)
	}
	s := w.Shape
	if n := max(s.Hidden, s.Intermediate); n > MaxVector {
		return nil, fmt.Errorf("fixed: vectors have %d elements, want at most %d", n, MaxVector)
	}
	q := quantiser{config: c, shape: s}
	m := &Model{
		Shape:       s,
		Config:      c,
		Embedding:   c.Vector.quantiseAll(w.Embedding, &q.clipped.Embedding),
		Layers:      make([]Layer, s.Layers),
		FinalNorm:   q.norm(w.FinalNorm),
		Head:        q.projection("Head", &w.Head),
		ops:         ops,
		fingerprint: sync.OnceValue(w.Fingerprint),
	}
	for i := range w.Layers {
		m.Layers[i] = q.layer(fmt.Sprintf("Layers[%d].", i), &w.Layers[i])
	}
	if q.err != nil {
		return nil, q.err
	}
	m.Clipped = q.clipped
	return m, nil
}

// Ops returns the vector operations of the model, not counting saturations.
func (m *Model) Ops() Ops { return m.ops }

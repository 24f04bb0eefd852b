// Package ternary holds the numbers of the MatMul-free ternary language model:
// its shape, its ternarised weights, their packing, the checkpoint reader, the
// sampler and the evaluation. It knows nothing of hardware or of time.
//
// Source: Scalable MatMul-free Language Modeling, arXiv:2406.02528, and the
// published implementation where the two differ (docs/numerics.md).
package ternary

// A Shape holds the hyperparameters of a model.
type Shape struct {
	Layers       int
	Hidden       int     // H, elements of the residual stream
	Intermediate int     // I, elements of the channel mixer
	Vocab        int     // V, tokens
	NormEps      float64 // eps of every RMSNorm outside a BitLinear (rms_norm_eps)
}

// BitLinearEps is the eps of the RMSNorm inside a BitLinear, as in the fused
// path of the published implementation.
const BitLinearEps = 1e-6

// A Matrix is a ternary matrix, Rows by Cols, row-major. Element (r, c) is the
// two-bit code (c mod 4) of byte r*Stride()+c/4: 00 is 0, 01 is +1, 11 is -1;
// 10 does not occur. Rows start on a byte boundary.
type Matrix struct {
	Rows, Cols int
	Codes      []byte
	MeanAbs    float32 // max(mean |W|, 1e-5) of the latent weights, the output scale
}

// Stride returns the bytes of one row of Codes.
func (m *Matrix) Stride() int { return (m.Cols + 3) / 4 }

// A BitLinear is a ternary projection Cols to Rows behind its own RMSNorm.
type BitLinear struct {
	Norm   []float32 // [Cols], norm weight
	Weight Matrix
}

// A Layer is one block: token mixer (MLGRU) and channel mixer (GLU).
type Layer struct {
	AttnNorm, MLPNorm, GNorm []float32 // [Hidden]
	LowerBound               []float32 // [Hidden], in [0, 1); all 0 in layer 0
	I, F, G, O               BitLinear // Hidden to Hidden
	GateUp                   BitLinear // Hidden to 2*Intermediate: rows [0,I) gate, [I,2I) up
	Down                     BitLinear // Intermediate to Hidden
}

// Weights are a whole model, ternarised.
type Weights struct {
	Shape     Shape
	Embedding []float32 // [Vocab*Hidden], row-major
	Layers    []Layer
	FinalNorm []float32 // [Hidden]
	Head      BitLinear // Hidden to Vocab
}

// A Session is one sequence being generated or scored on one witness of the
// model (float, fixed, event model or RTL).
type Session interface {
	// Step consumes one token, 0 <= token < Vocab, and returns the logits of
	// the next one, [Vocab]. The slice is valid until the next call.
	Step(token int) ([]float32, error)
	// MarshalBinary saves the recurrent state; UnmarshalBinary restores it into
	// a session of the same model and witness and refuses any other.
	MarshalBinary() ([]byte, error)
	UnmarshalBinary(data []byte) error
	// Reset returns to the state before the first token.
	Reset()
}

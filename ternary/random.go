package ternary

import (
	"math"
	"math/rand/v2"
)

// Random returns a model of shape s with seeded ternary weights, a third of
// them each of -1, 0 and +1, and norm weights of 1: for work on shapes, not on
// text. The same shape and seed give the same model.
func Random(s Shape, seed uint64) (*Weights, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(seed, 0))
	w := &Weights{Shape: s, FinalNorm: ones(s.Hidden), Embedding: make([]float32, s.Vocab*s.Hidden)}
	for i := range w.Embedding {
		w.Embedding[i] = float32(r.Uint32()>>8)*0x1p-23 - 1
	}
	for range s.Layers {
		h, i := s.Hidden, s.Intermediate
		w.Layers = append(w.Layers, Layer{
			AttnNorm: ones(h), MLPNorm: ones(h), GNorm: ones(h), LowerBound: make([]float32, h),
			I: randomBitLinear(r, h, h), F: randomBitLinear(r, h, h),
			G: randomBitLinear(r, h, h), O: randomBitLinear(r, h, h),
			GateUp: randomBitLinear(r, 2*i, h), Down: randomBitLinear(r, h, i),
		})
	}
	for k := range w.Layers {
		for c := range w.Layers[k].LowerBound {
			w.Layers[k].LowerBound[c] = float32(k) / float32(s.Layers)
		}
	}
	w.Head = randomBitLinear(r, s.Vocab, s.Hidden)
	return w, nil
}

// randomBitLinear takes 40 trits from every random number, the digits of a
// uniform one below 3^40.
func randomBitLinear(r *rand.Rand, rows, cols int) BitLinear {
	m := emptyMatrix(rows, cols)
	m.MeanAbs = max(1/float32(math.Sqrt(float64(cols))), minMeanAbs)
	var digits uint64
	left := 0
	for row := range rows {
		for c := range cols {
			if left == 0 {
				digits, left = r.Uint64N(power3of40), 40
			}
			m.set(row, c, int8(digits%3)-1)
			digits /= 3
			left--
		}
	}
	return BitLinear{Norm: ones(cols), Weight: m}
}

// power3of40 is 3^40, the largest power of 3 below 2^64.
const power3of40 = 12157665459056928801

func ones(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = 1
	}
	return v
}

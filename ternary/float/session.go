package float

import (
	"fmt"
	"math"

	"lockstep/ternary"
)

// A session is one sequence. All slices but state are scratch.
type session struct {
	model        *Model
	state        []float32 // [Layers*Hidden], h of the token mixer
	residual     []float32 // [Hidden]
	norm         []float32 // [Hidden], RMSNorm of the residual
	i, f, g, out []float32 // [Hidden]
	gateUp       []float32 // [2*Intermediate]
	logits       []float32 // [Vocab]
	linear       *linear
}

// Reset zeroes the state.
func (s *session) Reset() { clear(s.state) }

// Step runs one token through the model.
func (s *session) Step(token int) ([]float32, error) {
	w := s.model.weights
	h := w.Shape.Hidden
	if token < 0 || token >= w.Shape.Vocab {
		return nil, fmt.Errorf("float: token is %d, want 0 to %d", token, w.Shape.Vocab-1)
	}
	copy(s.residual, w.Embedding[token*h:(token+1)*h])
	for k := range w.Layers {
		l := &w.Layers[k]
		rmsNorm(s.norm, s.residual, l.AttnNorm, w.Shape.NormEps)
		s.mixTokens(l, s.state[k*h:(k+1)*h])
		add(s.residual, s.out)
		rmsNorm(s.norm, s.residual, l.MLPNorm, w.Shape.NormEps)
		s.mixChannels(l)
		add(s.residual, s.out)
	}
	rmsNorm(s.norm, s.residual, w.FinalNorm, w.Shape.NormEps)
	s.linear.apply(s.logits, s.norm, &w.Head)
	return s.logits, nil
}

// mixTokens is the MLGRU: out = O(RMSNorm(G x) * h * sigmoid(h)) with
// h = f*h + silu(I x)*(1-f), f = lb + (1-lb)*sigmoid(F x) and x = norm. The
// lower bound of layer 0 is 0.
func (s *session) mixTokens(l *ternary.Layer, state []float32) {
	s.linear.apply(s.i, s.norm, &l.I)
	s.linear.apply(s.f, s.norm, &l.F)
	s.linear.apply(s.g, s.norm, &l.G)
	for c := range state {
		lower := l.LowerBound[c]
		forget := lower + float32((1-lower)*sigmoid(s.f[c]))
		input := silu(s.i[c]) * (1 - forget)
		state[c] = float32(forget*state[c]) + input
	}
	rmsNorm(s.g, s.g, l.GNorm, s.model.weights.Shape.NormEps)
	for c, h := range state {
		s.g[c] *= silu(h)
	}
	s.linear.apply(s.out, s.g, &l.O)
}

// mixChannels is the GLU: out = Down(silu(gate) * up), where gate and up are
// the two halves of GateUp x and x = norm.
func (s *session) mixChannels(l *ternary.Layer) {
	s.linear.apply(s.gateUp, s.norm, &l.GateUp)
	n := len(s.gateUp) / 2
	gate, up := s.gateUp[:n], s.gateUp[n:]
	for c := range gate {
		gate[c] = silu(gate[c]) * up[c]
	}
	s.linear.apply(s.out, gate, &l.Down)
}

// rmsNorm sets dst[c] = x[c] * r * weight[c] with r = 1/sqrt(mean(x^2) + eps).
// The mean and r are float64; r is rounded to float32. dst may be x.
func rmsNorm(dst, x, weight []float32, eps float64) {
	r := reciprocalRMS(x, eps)
	for c, v := range x {
		dst[c] = v * r * weight[c]
	}
}

func reciprocalRMS(x []float32, eps float64) float32 {
	sum := 0.0
	for _, v := range x {
		sum += float64(float64(v) * float64(v))
	}
	return float32(1 / math.Sqrt(sum/float64(len(x))+eps))
}

func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

func silu(x float32) float32 { return x * sigmoid(x) }

func add(dst, x []float32) {
	for c, v := range x {
		dst[c] += v
	}
}

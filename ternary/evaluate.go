package ternary

import (
	"context"
	"fmt"
	"math"
)

// A Score is how well a session predicts a text.
type Score struct {
	BitsPerByte float64
	Best        []int // most likely next token after each token but the last
}

// Evaluate resets s, feeds it tokens and returns how many bits the model needs
// to say one byte of the text: the sum over tokens 2 to n of -log2 p, divided
// by byteLen, the number of bytes that tokens 2 to n stand for (len(tokens)-1
// for the byte tokenizer). Sums are float64. It stops when ctx is done.
func Evaluate(ctx context.Context, s Session, tokens []int, byteLen int) (Score, error) {
	if len(tokens) < 2 {
		return Score{}, fmt.Errorf("ternary: text has %d tokens, want at least 2 to score", len(tokens))
	}
	if byteLen < 1 {
		return Score{}, fmt.Errorf("ternary: byteLen is %d, want at least 1", byteLen)
	}
	s.Reset()
	bits := 0.0
	best := make([]int, 0, len(tokens)-1)
	for i, next := range tokens[1:] {
		if err := ctx.Err(); err != nil {
			return Score{}, fmt.Errorf("ternary: stopped after %d of %d tokens: %w", i, len(tokens), err)
		}
		logits, err := s.Step(tokens[i])
		if err != nil {
			return Score{}, fmt.Errorf("ternary: token %d of %d: %w", i+1, len(tokens), err)
		}
		if next < 0 || next >= len(logits) {
			return Score{}, fmt.Errorf("ternary: token %d of %d is %d, want 0 to %d", i+2, len(tokens), next, len(logits)-1)
		}
		b := surprise(logits, next)
		if math.IsNaN(b) {
			return Score{}, fmt.Errorf("ternary: token %d of %d: logits hold NaN or +Inf, want finite numbers", i+1, len(tokens))
		}
		bits += b
		best = append(best, Argmax(logits))
	}
	return Score{bits / float64(byteLen), best}, nil
}

// Agreement returns the fraction of positions, in [0, 1], at which two scores
// of the same text have the same most likely token.
func (a Score) Agreement(b Score) (float64, error) {
	if len(a.Best) != len(b.Best) || len(a.Best) == 0 {
		return 0, fmt.Errorf("ternary: scores have %d and %d positions, want the same and at least 1", len(a.Best), len(b.Best))
	}
	same := 0
	for i := range a.Best {
		if a.Best[i] == b.Best[i] {
			same++
		}
	}
	return float64(same) / float64(len(a.Best)), nil
}

// surprise returns -log2 of the probability of token under softmax(logits). It
// is +Inf for a logit of -Inf and NaN if a logit is NaN or +Inf.
func surprise(logits []float32, token int) float64 {
	top := math.Inf(-1)
	for _, v := range logits {
		top = math.Max(top, float64(v)) // NaN stays NaN
	}
	sum := 0.0
	for _, v := range logits {
		sum += math.Exp(float64(v) - top)
	}
	return (math.Log(sum) - (float64(logits[token]) - top)) / math.Ln2
}

package ternary

import (
	"context"
	"fmt"
	"math"
)

// BitsPerByte resets s, feeds it tokens and returns how many bits the model
// needs to say one byte of the text: the sum over tokens 2 to n of -log2 p,
// divided by byteLen, the number of bytes that tokens 2 to n stand for
// (len(tokens)-1 for the byte tokenizer). Sums are float64. It stops when ctx
// is done.
func BitsPerByte(ctx context.Context, s Session, tokens []int, byteLen int) (float64, error) {
	if len(tokens) < 2 {
		return 0, fmt.Errorf("ternary: text has %d tokens, want at least 2 to score", len(tokens))
	}
	if byteLen < 1 {
		return 0, fmt.Errorf("ternary: byteLen is %d, want at least 1", byteLen)
	}
	s.Reset()
	bits := 0.0
	for i, next := range tokens[1:] {
		if err := ctx.Err(); err != nil {
			return 0, fmt.Errorf("ternary: stopped after %d of %d tokens: %w", i, len(tokens), err)
		}
		logits, err := s.Step(tokens[i])
		if err != nil {
			return 0, fmt.Errorf("ternary: token %d of %d: %w", i+1, len(tokens), err)
		}
		if next < 0 || next >= len(logits) {
			return 0, fmt.Errorf("ternary: token %d of %d is %d, want 0 to %d", i+2, len(tokens), next, len(logits)-1)
		}
		b := surprise(logits, next)
		if math.IsNaN(b) {
			return 0, fmt.Errorf("ternary: token %d of %d: logits hold NaN or +Inf, want finite numbers", i+1, len(tokens))
		}
		bits += b
	}
	return bits / float64(byteLen), nil
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

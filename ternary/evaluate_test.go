package ternary

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// script is a session whose logits do not depend on weights: row number
// `position` of rows, with an error where a row is missing.
type script struct {
	rows     [][]float32
	position int
	resets   int
}

func (s *script) Step(int) ([]float32, error) {
	if s.position >= len(s.rows) {
		return nil, errors.New("script: no more rows")
	}
	s.position++
	return s.rows[s.position-1], nil
}
func (s *script) MarshalBinary() ([]byte, error) { return nil, nil }
func (s *script) UnmarshalBinary([]byte) error   { return nil }
func (s *script) Reset()                         { s.position = 0; s.resets++ }

func bitsPerByte(ctx context.Context, s Session, tokens []int, byteLen int) (float64, error) {
	sc, err := Evaluate(ctx, s, tokens, byteLen)
	return sc.BitsPerByte, err
}

func TestBitsPerByte(t *testing.T) {
	third := float32(math.Log(3)) // token 1 has probability 3/4, token 0 1/4
	s := &script{rows: [][]float32{{0, third}, {0, third}, {0, 0}}, position: 3}
	got, err := bitsPerByte(t.Context(), s, []int{0, 1, 1, 0}, 3)
	require.NoError(t, err)
	require.Equal(t, 1, s.resets)
	require.InDelta(t, (2*math.Log2(4.0/3)+1)/3, got, 1e-6)
	got, err = bitsPerByte(t.Context(), s, []int{0, 1, 1, 0}, 6)
	require.NoError(t, err)
	require.InDelta(t, (2*math.Log2(4.0/3)+1)/6, got, 1e-6)
}

// TestSurprise compares with the plain formula and checks what that formula
// cannot do: logits whose exponential overflows.
func TestSurprise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		logits := rapid.SliceOfN(rapid.Float32Range(-20, 20), 1, 30).Draw(t, "logits")
		token := rapid.IntRange(0, len(logits)-1).Draw(t, "token")
		sum := 0.0
		for _, v := range logits {
			sum += math.Exp(float64(v))
		}
		want := -math.Log2(math.Exp(float64(logits[token])) / sum)
		require.InDelta(t, want, surprise(logits, token), 1e-9)
		shift := float32(rapid.SampledFrom([]float64{1e6, -1e6, 1e30}).Draw(t, "shift"))
		shifted := []float32{shift, shift}
		require.InDelta(t, 1, surprise(shifted, 0), 1e-12)
	})
	require.True(t, math.IsInf(surprise([]float32{0, -inf32}, 1), 1))
	require.True(t, math.IsNaN(surprise([]float32{0, nan32}, 0)))
	require.True(t, math.IsNaN(surprise([]float32{0, inf32}, 0)))
}

func TestBitsPerByteErrors(t *testing.T) {
	two := [][]float32{{0, 0}, {0, 0}}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		ctx    context.Context
		rows   [][]float32
		tokens []int
		bytes  int
		want   string
	}{
		{t.Context(), two, []int{1}, 1, "ternary: text has 1 tokens, want at least 2 to score"},
		{t.Context(), two, []int{1, 1}, 0, "ternary: byteLen is 0, want at least 1"},
		{done, two, []int{1, 1}, 1, "ternary: stopped after 0 of 2 tokens: context canceled"},
		{t.Context(), two, []int{1, 1, 1, 1}, 1, "ternary: token 3 of 4: script: no more rows"},
		{t.Context(), two, []int{1, 2}, 1, "ternary: token 2 of 2 is 2, want 0 to 1"},
		{t.Context(), two, []int{1, -1}, 1, "ternary: token 2 of 2 is -1, want 0 to 1"},
		{t.Context(), [][]float32{{0, nan32}}, []int{1, 1}, 1, "ternary: token 1 of 2: logits hold NaN or +Inf, want finite numbers"},
	} {
		_, err := bitsPerByte(c.ctx, &script{rows: c.rows}, c.tokens, c.bytes)
		require.EqualError(t, err, c.want)
	}
}

func TestAgreement(t *testing.T) {
	a := &script{rows: [][]float32{{0, 1}, {1, 0}, {0, 0}, {2, 1}}, position: 2}
	b := &script{rows: [][]float32{{0, 9}, {0, 1}, {5, 5}, {9, 0}}}
	score := func(s Session) Score {
		sc, err := Evaluate(t.Context(), s, []int{0, 0, 0, 0, 0}, 4)
		require.NoError(t, err)
		return sc
	}
	sa, sb := score(a), score(b)
	require.Equal(t, []int{1, 0, 0, 0}, sa.Best)
	got, err := sa.Agreement(sb)
	require.NoError(t, err)
	require.Equal(t, 0.75, got)
	require.Equal(t, []int{1, 1}, []int{a.resets, b.resets})
	_, err = sa.Agreement(Score{Best: sb.Best[:3]})
	require.EqualError(t, err, "ternary: scores have 4 and 3 positions, want the same and at least 1")
	_, err = Score{}.Agreement(Score{})
	require.EqualError(t, err, "ternary: scores have 0 and 0 positions, want the same and at least 1")
}

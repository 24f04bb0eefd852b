package ternary

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var (
	nan32 = float32(math.NaN())
	inf32 = float32(math.Inf(1))
)

func sampler(t require.TestingT, c Sampling) *Sampler {
	s, err := NewSampler(c)
	require.NoError(t, err)
	return s
}

func TestSamplingErrors(t *testing.T) {
	for _, c := range []struct {
		config Sampling
		want   string
	}{
		{Sampling{Temperature: -1, TopP: 1}, "ternary: Temperature is -1, want a finite number from 0"},
		{Sampling{Temperature: math.NaN(), TopP: 1}, "ternary: Temperature is NaN, want a finite number from 0"},
		{Sampling{Temperature: math.Inf(1), TopP: 1}, "ternary: Temperature is +Inf, want a finite number from 0"},
		{Sampling{TopK: -1, TopP: 1}, "ternary: TopK is -1, want 0 (all) or more"},
		{Sampling{}, "ternary: TopP is 0, want a number in (0, 1]"},
		{Sampling{TopP: 1.01}, "ternary: TopP is 1.01, want a number in (0, 1]"},
		{Sampling{TopP: math.NaN()}, "ternary: TopP is NaN, want a number in (0, 1]"},
	} {
		_, err := NewSampler(c.config)
		require.EqualError(t, err, c.want)
	}
}

func TestNextErrors(t *testing.T) {
	s := sampler(t, Sampling{Temperature: 1, TopP: 1})
	for _, c := range []struct {
		logits []float32
		want   string
	}{
		{nil, "ternary: none of 0 logits is above -Inf, want at least one"},
		{[]float32{-inf32, -inf32}, "ternary: none of 2 logits is above -Inf, want at least one"},
		{[]float32{nan32}, "ternary: none of 1 logits is above -Inf, want at least one"},
		{[]float32{1, nan32}, "ternary: logit 1 is NaN, want a finite number or -Inf"},
		{[]float32{inf32, 1}, "ternary: logit 0 is +Inf, want a finite number or -Inf"},
	} {
		_, err := s.Next(c.logits)
		require.EqualError(t, err, c.want)
		_, err = sampler(t, Greedy()).Next(c.logits)
		require.EqualError(t, err, c.want, "greedy")
	}
}

func TestArgmax(t *testing.T) {
	for _, c := range []struct {
		logits []float32
		want   int
	}{
		{nil, -1}, {[]float32{nan32, nan32}, -1}, {[]float32{nan32, -5}, 1}, {[]float32{1, 3, 3, 2}, 1},
		{[]float32{-inf32, -inf32}, 0}, {[]float32{0, inf32, nan32}, 1}, {[]float32{float32(math.Copysign(0, -1)), 0}, 0},
	} {
		require.Equal(t, c.want, Argmax(c.logits), "%v", c.logits)
	}
}

// distribution is the definition of the probabilities: softmax at a
// temperature, the TopK first tokens, renormalised, the fewest that reach TopP,
// renormalised.
func distribution(logits []float32, c Sampling) []float64 {
	order := make([]int, len(logits))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case logits[a] > logits[b]:
			return -1
		case logits[a] < logits[b]:
			return 1
		}
		return 0
	})
	if c.TopK > 0 {
		order = order[:min(c.TopK, len(order))]
	}
	p := make([]float64, len(logits))
	normalise := func() {
		sum := 0.0
		for _, t := range order {
			sum += p[t]
		}
		for _, t := range order {
			p[t] /= sum
		}
	}
	for _, t := range order {
		p[t] = math.Exp((float64(logits[t]) - float64(logits[order[0]])) / c.Temperature)
	}
	normalise()
	sum := 0.0
	for i, t := range order {
		if sum += p[t]; c.TopP < 1 && sum >= c.TopP {
			for _, rest := range order[i+1:] {
				p[rest] = 0
			}
			order = order[:i+1]
			break
		}
	}
	normalise()
	return p
}

// TestFrequencies draws often and compares with the definition.
func TestFrequencies(t *testing.T) {
	logits := []float32{1, 2.5, 2.5, -1, 0.5, -inf32, 3}
	for _, c := range []Sampling{
		{Temperature: 1, TopP: 1, Seed: 1},
		{Temperature: 0.5, TopP: 1, Seed: 2},
		{Temperature: 3, TopP: 1, Seed: 3},
		{Temperature: 1, TopK: 2, TopP: 1, Seed: 4},
		{Temperature: 1, TopK: 100, TopP: 0.8, Seed: 5},
		{Temperature: 2, TopK: 4, TopP: 0.75, Seed: 6},
		{Temperature: 1, TopP: 1e-9, Seed: 7},
		{Temperature: 1e-300, TopP: 1, Seed: 8},
		{Temperature: 1e300, TopP: 1, Seed: 9},
	} {
		s := sampler(t, c)
		const n = 20000
		counts := make([]float64, len(logits))
		for range n {
			token, err := s.Next(logits)
			require.NoError(t, err)
			counts[token]++
		}
		for token, p := range distribution(logits, c) {
			// Five standard deviations of a binomial.
			require.InDelta(t, p*n, counts[token], 5*math.Sqrt(p*(1-p)*n)+1e-9, "%+v token %d", c, token)
		}
	}
}

// TestDeterminism: the same seed gives the same tokens, another one others, and
// a shift of all logits changes nothing.
func TestDeterminism(t *testing.T) {
	draw := func(seed uint64, shift float32) []int {
		s := sampler(t, Sampling{Temperature: 1, TopP: 0.9, TopK: 50, Seed: seed})
		var tokens []int
		for i := range 200 {
			logits := make([]float32, 64)
			for k := range logits {
				logits[k] = float32((i*7+k*13)%32)/8 + shift
			}
			token, err := s.Next(logits)
			require.NoError(t, err)
			tokens = append(tokens, token)
		}
		return tokens
	}
	require.Equal(t, draw(1, 0), draw(1, 0))
	require.NotEqual(t, draw(1, 0), draw(2, 0))
	require.Equal(t, draw(1, 0), draw(1, 1<<18), "float64 differences stay exact")
}

// TestGreedySampling: temperature 0, TopK 1 and a tiny TopP all take the best
// token, the lowest of equal ones.
func TestGreedySampling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		logits := rapid.SliceOfN(rapid.OneOf(rapid.Float32Range(-9, 9), rapid.SampledFrom([]float32{0, 9, -inf32})), 1, 20).Draw(t, "logits")
		best := Argmax(logits)
		if math.IsInf(float64(logits[best]), -1) {
			t.Skip()
		}
		for _, c := range []Sampling{Greedy(), {TopK: 3, TopP: 0.5}, {Temperature: 9, TopK: 1, TopP: 1}, {Temperature: 1, TopP: 1e-12}} {
			got, err := sampler(t, c).Next(logits)
			require.NoError(t, err)
			require.Equal(t, best, got, "%+v", c)
		}
	})
}

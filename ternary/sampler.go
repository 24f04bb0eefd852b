package ternary

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Sampling says how the next token is chosen from the logits.
type Sampling struct {
	Temperature float64 // from 0; 0 takes the most likely token and ignores the rest
	TopK        int     // from 0; only the TopK most likely tokens take part, 0 is all
	TopP        float64 // (0, 1]; only the fewest tokens whose probabilities reach TopP take part
	Seed        uint64  // of the random numbers
}

// Greedy returns the sampling that always takes the most likely token.
func Greedy() Sampling { return Sampling{TopP: 1} }

// Validate reports the first field that is out of range.
func (c Sampling) Validate() error {
	switch {
	case !(c.Temperature >= 0) || math.IsInf(c.Temperature, 0):
		return fmt.Errorf("ternary: Temperature is %v, want a finite number from 0", c.Temperature)
	case c.TopK < 0:
		return fmt.Errorf("ternary: TopK is %d, want 0 (all) or more", c.TopK)
	case !(c.TopP > 0 && c.TopP <= 1):
		return fmt.Errorf("ternary: TopP is %v, want a number in (0, 1]", c.TopP)
	}
	return nil
}

// A Sampler chooses tokens. The same Sampling and the same sequence of logits
// give the same tokens.
type Sampler struct {
	config Sampling
	random *rand.Rand
	order  []candidate
}

type candidate struct {
	token  int
	logit  float32
	weight float64 // exp((logit - max) / temperature), in [0, 1]
}

// NewSampler returns a sampler whose random numbers are PCG with c.Seed.
func NewSampler(c Sampling) (*Sampler, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &Sampler{config: c, random: rand.New(rand.NewPCG(c.Seed, 0))}, nil
}

// Next returns a token in [0, len(logits)). Tokens are ordered by falling
// logit, equal ones by rising number; TopK cuts that order first, then TopP
// cuts what is left by its renormalised probabilities, then one random number
// picks. Logits of -Inf never win; NaN and +Inf are errors.
func (s *Sampler) Next(logits []float32) (int, error) {
	best := Argmax(logits)
	if best < 0 || math.IsInf(float64(logits[best]), -1) {
		return 0, fmt.Errorf("ternary: none of %d logits is above -Inf, want at least one", len(logits))
	}
	for i, v := range logits {
		if v != v || math.IsInf(float64(v), 1) {
			return 0, fmt.Errorf("ternary: logit %d is %v, want a finite number or -Inf", i, v)
		}
	}
	if s.config.Temperature == 0 {
		return best, nil
	}
	s.rank(logits, float64(logits[best]))
	total := 0.0
	for _, c := range s.order {
		total += c.weight
	}
	kept := total
	if s.config.TopP < 1 {
		kept = s.cut(s.config.TopP * total)
	}
	u := s.random.Float64() * kept
	for _, c := range s.order {
		if u -= c.weight; u < 0 {
			return c.token, nil
		}
	}
	// u fell on the rounding error of the sum: the last token that can be drawn.
	return s.order[len(s.order)-1].token, nil
}

// rank fills order with the tokens that TopK leaves and can be drawn.
func (s *Sampler) rank(logits []float32, top float64) {
	s.order = s.order[:0]
	for i, v := range logits {
		w := math.Exp((float64(v) - top) / s.config.Temperature)
		if w > 0 {
			s.order = append(s.order, candidate{i, v, w})
		}
	}
	slices.SortFunc(s.order, func(a, b candidate) int {
		if a.logit != b.logit {
			return cmp.Compare(b.logit, a.logit)
		}
		return cmp.Compare(a.token, b.token)
	})
	if k := s.config.TopK; k > 0 && k < len(s.order) {
		s.order = s.order[:k]
	}
}

// cut shortens order to the fewest tokens whose weights reach target and
// returns their sum.
func (s *Sampler) cut(target float64) float64 {
	sum := 0.0
	for i, c := range s.order {
		if sum += c.weight; sum >= target {
			s.order = s.order[:i+1]
			break
		}
	}
	return sum
}

// Argmax returns the index of the largest logit, the lowest of equal ones. NaN
// never wins. It returns -1 if there is no logit but NaN.
func Argmax(logits []float32) int {
	best := -1
	for i, v := range logits {
		if v == v && (best < 0 || v > logits[best]) {
			best = i
		}
	}
	return best
}

package main

import (
	"math"
	"math/rand/v2"
)

// features per sample, a power of two: a sample fills as many slots.
const features = 8

// A sample is what is known about one case, every feature from -1 to 1, and
// the outcome.
type sample struct {
	x       [features]float64
	outcome bool
}

// A model gives the chance of an outcome: the sigmoid of w*x + b.
type model struct {
	w [features]float64
	b float64
}

// truth is the model that the data set is drawn from.
var truth = model{w: [features]float64{1.8, -1.4, 1, 0, -0.5, 1.5, -0.7, 0.3}, b: -0.3}

// dataSet draws so many samples.
func dataSet(samples int, seed uint64) []sample {
	r := rand.New(rand.NewPCG(seed, 2))
	set := make([]sample, samples)
	for i := range set {
		for k := range set[i].x {
			set[i].x[k] = 2*r.Float64() - 1
		}
		set[i].outcome = r.Float64() < sigmoid(truth.logit(set[i].x))
	}
	return set
}

// fit descends the gradient of the log-likelihood.
func fit(set []sample) (m model) {
	const steps, rate = 400, 2
	for range steps {
		var g model
		for _, s := range set {
			e := -sigmoid(m.logit(s.x))
			if s.outcome {
				e++
			}
			for k, x := range s.x {
				g.w[k] += e * x
			}
			g.b += e
		}
		for k := range m.w {
			m.w[k] += rate * g.w[k] / float64(len(set))
		}
		m.b += rate * g.b / float64(len(set))
	}
	return m
}

func (m model) logit(x [features]float64) float64 {
	z := m.b
	for k, w := range m.w {
		z += w * x[k]
	}
	return z
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// The sigmoid as a polynomial, for z from -reach to reach, within 0.12: half +
// linear*(z/reach) + cubic*(z/reach)^3. A device computes products and sums
// only.
//
// Source: the least squares fit of degree 3 of Kim, Song, Wang, Xia and Jiang,
// eprint 2018/074.
const (
	reach  = 8
	half   = 0.5
	linear = 1.20096
	cubic  = -0.81562
)

// smooth is the polynomial.
func smooth(z float64) float64 {
	u := z / reach
	return half + linear*u + cubic*u*u*u
}

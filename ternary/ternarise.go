package ternary

import (
	"fmt"
	"math"
)

// minMeanAbs is the floor of the mean absolute weight, as published.
const minMeanAbs = float32(1e-5)

// ternariseChunk is the number of latent weights that are held at once.
const ternariseChunk = 1 << 14

// Ternarise turns the latent weights of a rows by cols projection into a
// Matrix. It calls read twice over, for elements [first, first+len(dst)) in
// row-major order, and never holds more than 2^14 of them.
//
// MeanAbs is mean |W|, summed in float64 in row-major order and rounded to
// float32, at least 1e-5. A weight becomes W*s with s = 1/MeanAbs, both in
// float32, rounded half to even and clipped to [-1, 1]. A weight that is NaN or
// infinite is an error.
//
// Source: weight quantisation of the published implementation of
// arXiv:2406.02528.
func Ternarise(rows, cols int, read func(first int, dst []float32) error) (Matrix, error) {
	m, err := ternarise(rows, cols, read)
	if err != nil {
		return Matrix{}, fmt.Errorf("ternary: %w", err)
	}
	return m, nil
}

func ternarise(rows, cols int, read func(first int, dst []float32) error) (Matrix, error) {
	if rows < 1 || cols < 1 || rows > math.MaxInt/cols {
		return Matrix{}, fmt.Errorf("%d rows of %d weights, want at least 1 of each", rows, cols)
	}
	sum := 0.0
	err := eachChunk(rows*cols, read, func(first int, w []float32) error {
		for i, v := range w {
			a := math.Abs(float64(v))
			if math.IsNaN(a) || math.IsInf(a, 0) {
				return fmt.Errorf("weight %d is %v, want a finite number", first+i, v)
			}
			sum += a
		}
		return nil
	})
	if err != nil {
		return Matrix{}, err
	}
	m := emptyMatrix(rows, cols)
	m.MeanAbs = max(float32(sum/float64(rows*cols)), minMeanAbs)
	scale := 1 / m.MeanAbs
	return m, eachChunk(rows*cols, read, func(first int, w []float32) error {
		for i, v := range w {
			at := first + i
			m.set(at/cols, at%cols, trit(v*scale))
		}
		return nil
	})
}

// trit rounds x half to even and clips it to [-1, 1]: 0.5 and -0.5 give 0.
func trit(x float32) int8 {
	switch {
	case x > 0.5:
		return 1
	case x < -0.5:
		return -1
	}
	return 0
}

// eachChunk reads n elements in order, at most ternariseChunk at a time.
func eachChunk(n int, read func(first int, dst []float32) error, do func(first int, w []float32) error) error {
	buffer := make([]float32, min(n, ternariseChunk))
	for first := 0; first < n; first += len(buffer) {
		w := buffer[:min(len(buffer), n-first)]
		if err := read(first, w); err != nil {
			return err
		}
		if err := do(first, w); err != nil {
			return err
		}
	}
	return nil
}

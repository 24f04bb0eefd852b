// Package lower writes the kernels and operators of package hecross as programs
// for the systolic machine of package systolic/tpu: matrix products of bytes
// for the arrays, sequences of 32-bit operations for the vector unit,
// relayouts and permutations for the cross-lane units, and moves. One
// description times a program and computes its values.
//
// A program is a list of kernels, as a compiler makes them: every kernel loads
// the tiles of its operands, works on them and stores its results, all of it
// overlapped from tile to tile, and kernels run one after another. What a
// composite kernel hands from step to step stays on chip when all of it fits,
// and goes through the HBM otherwise.
//
// Source: the kernels and their fusion on a TPU, arXiv:2501.07047. How long an
// operation takes is the business of systolic/tpu and of package emulation.
package lower

import (
	"fmt"
	"slices"

	"lockstep/hecross"
)

// A Shape is what the time of a kernel depends on.
type Shape struct {
	N, R, C    int // ring degree N = R*C, split of the transform
	Q, P       int // limbs of Q and of P
	DigitLimbs int // limbs per digit of key switching
	Bits       int // of the widest modulus
	Batch      int // operands processed together, at least 1
}

// ShapeOf returns the shape of a parameter set.
func ShapeOf(s hecross.ParameterSet, batch int) (Shape, error) {
	if err := s.Validate(); err != nil {
		return Shape{}, err
	}
	ms, err := hecross.NewModuli(append(append([]uint32{}, s.Q...), s.P...))
	if err != nil {
		return Shape{}, err
	}
	shape := Shape{N: s.N, R: s.R, C: s.C, Q: len(s.Q), P: len(s.P), DigitLimbs: s.DigitLimbs(), Batch: batch}
	shape.Bits = widest(ms)
	return shape, shape.Validate()
}

// widest returns the bits of the widest modulus.
func widest(moduli ...[]hecross.Modulus) (bits int) {
	for _, m := range slices.Concat(moduli...) {
		bits = max(bits, m.Bits())
	}
	return bits
}

// Validate reports the first field that is out of range.
func (s Shape) Validate() error {
	switch {
	case s.N < 2 || s.N > hecross.MaxN || s.R < 1 || s.C < 1 || s.R > s.N || s.C > s.N || s.R*s.C != s.N:
		return fmt.Errorf("lower: N, R, C are %d, %d, %d, want N = R*C from 2 to %d", s.N, s.R, s.C, hecross.MaxN)
	case s.Q < 1 || s.Q > maxLimbs:
		return fmt.Errorf("lower: Q has %d limbs, want 1 to %d", s.Q, maxLimbs)
	case s.P < 0 || s.P > maxLimbs:
		return fmt.Errorf("lower: P has %d limbs, want 0 to %d", s.P, maxLimbs)
	case s.DigitLimbs < 1:
		return fmt.Errorf("lower: digit has %d limbs, want at least 1", s.DigitLimbs)
	case s.Bits < 2 || s.Bits > hecross.MaxModulusBits:
		return fmt.Errorf("lower: moduli have %d bits, want 2 to %d", s.Bits, hecross.MaxModulusBits)
	case s.Batch < 1 || s.Batch > maxBatch:
		return fmt.Errorf("lower: batch is %d, want 1 to %d", s.Batch, maxBatch)
	}
	return nil
}

const (
	maxLimbs = 1 << 12
	maxBatch = 1 << 12
)

// digits returns the first limb and the end of every digit of so many limbs.
func (s Shape) digits(limbs int) (list [][2]int) {
	for lo := 0; lo < limbs; lo += s.DigitLimbs {
		list = append(list, [2]int{lo, min(lo+s.DigitLimbs, limbs)})
	}
	return list
}

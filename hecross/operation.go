package hecross

import (
	"fmt"
	"strings"
)

// An Operation is what [Apply] computes from a [File].
type Operation string

// The operations. Polynomials of x, y and the result are counted in brackets.
const (
	OpNTT          Operation = "ntt"          // [any] coefficients to NTT form
	OpINTT         Operation = "intt"         // [any] NTT form to coefficients
	OpBConv        Operation = "bconv"        // [any] moduli q to moduli p, by fast base conversion
	OpAdd          Operation = "add"          // x + y [1 to 3 each], the shorter one continued with zeros
	OpTensor       Operation = "tensor"       // x, y [2] to (x0*y0, x0*y1 + x1*y0, x1*y1) [3]
	OpMulPlain     Operation = "mulplain"     // x [1 to 3] times the plaintext y [1]
	OpRescale      Operation = "rescale"      // x [any] divided by its last modulus, which is dropped
	OpAutomorphism Operation = "automorphism" // x [any] with X replaced by X^k
	OpKeySwitch    Operation = "keyswitch"    // x [1, 2 or 3] to [2]: d, (c0, c1) or (d0, d1, d2)
	OpMult         Operation = "mult"         // HE-Mult of x, y [2] to [2]
	OpRotate       Operation = "rotate"       // HE-Rotate of x [2] to [2]
)

// Operations returns all operations, those without a key first.
func Operations() []Operation {
	return []Operation{OpNTT, OpINTT, OpBConv, OpAdd, OpTensor, OpMulPlain, OpRescale, OpAutomorphism, OpKeySwitch, OpMult, OpRotate}
}

// An operator is what Apply knows about an operation.
type operator struct {
	takes, gives Form   // forms that run works on
	x, y         [2]int // least and largest number of polynomials, y {} without y
	key, galois  bool   // whether it reads a key and a rotation
	run          func(j *job, x, y []Poly) ([]Poly, error)
}

const anyNumber = 1 << 20

// operatorOf returns what belongs to the named operation.
func operatorOf(name Operation) (operator, error) {
	many, one, two, three := [2]int{1, anyNumber}, [2]int{1, 1}, [2]int{2, 2}, [2]int{1, 3}
	switch name {
	case OpNTT:
		return operator{takes: FormCoefficient, gives: FormNTT, x: many, run: (*job).ntt}, nil
	case OpINTT:
		return operator{takes: FormNTT, gives: FormCoefficient, x: many, run: (*job).intt}, nil
	case OpBConv:
		return operator{takes: FormCoefficient, gives: FormCoefficient, x: many, run: (*job).bconv}, nil
	case OpAdd:
		return operator{takes: FormNTT, gives: FormNTT, x: three, y: three, run: (*job).add}, nil
	case OpTensor:
		return operator{takes: FormNTT, gives: FormNTT, x: two, y: two, run: (*job).tensor}, nil
	case OpMulPlain:
		return operator{takes: FormNTT, gives: FormNTT, x: three, y: one, run: (*job).mulPlain}, nil
	case OpRescale:
		return operator{takes: FormNTT, gives: FormNTT, x: many, run: (*job).rescale}, nil
	case OpAutomorphism:
		return operator{takes: FormNTT, gives: FormNTT, x: many, galois: true, run: (*job).automorphism}, nil
	case OpKeySwitch:
		return operator{takes: FormNTT, gives: FormNTT, x: three, key: true, run: (*job).keySwitch}, nil
	case OpMult:
		return operator{takes: FormNTT, gives: FormNTT, x: two, y: two, key: true, run: (*job).mult}, nil
	case OpRotate:
		return operator{takes: FormNTT, gives: FormNTT, x: two, key: true, galois: true, run: (*job).rotate}, nil
	}
	names := make([]string, len(Operations()))
	for i, o := range Operations() {
		names[i] = string(o)
	}
	return operator{}, fmt.Errorf("hecross: operation is %q, want one of %s", name, strings.Join(names, ", "))
}

package tpu

import (
	"fmt"

	"lockstep/systolic"
	"lockstep/systolic/kernel"
)

// Values are the matrices of a product that is computed, not only timed.
type Values interface {
	// check reports matrices that do not fit the product.
	check(g systolic.GEMM, t Types) error
	// core returns the functions of the operations of one core.
	core(p *corePlan) payload
}

// A payload makes the functions that the operations of one core carry. Parts of
// a block are where they are in the slot of VMEM, so that an operation changes
// no element outside the bytes it is said to touch: the byte offset of a part
// times the elements in a byte is its place. Each part is row-major without gaps.
type payload interface {
	load(matrix, slot int, parts []part) func() error
	multiply(slots, places [3]int, g systolic.GEMM, accumulate bool) func() error
	store(slot int, p part) func() error
}

// A part is a rectangle of a matrix, and its place in a slot, in elements.
type part struct {
	place      int
	rows, cols systolic.Span
}

// NewValues returns the matrices of the product c = a*b, row-major and dense. A
// run writes c.
func NewValues[A, B systolic.Byte](c []int32, a []A, b []B) Values {
	return &values[A, B]{c: c, a: a, b: b}
}

type values[A, B systolic.Byte] struct {
	gemm systolic.GEMM
	a    []A
	b    []B
	c    []int32
}

func (v *values[A, B]) check(g systolic.GEMM, t Types) error {
	v.gemm = g
	if err := systolic.CheckLengths(v.c, v.a, v.b, g); err != nil {
		return err
	}
	if err := checkElements("a", v.a, t.A); err != nil {
		return err
	}
	return checkElements("b", v.b, t.B)
}

// checkElements reports elements whose Go type, or value, is not of type t.
func checkElements[T systolic.Byte](name string, list []T, t Type) error {
	signed, ok := any(list).([]int8)
	switch {
	case t == BF16:
		return fmt.Errorf("tpu: values of type bf16, want timing only: bf16 is not computed")
	case ok != (t != U8):
		return fmt.Errorf("tpu: %s is %T, want []uint8 for u8 and []int8 for s8 and ternary; its type is %s", name, list, t)
	case t == Ternary:
		return systolic.CheckTernary(signed)
	}
	return nil
}

// A corePlan is what a payload has to know of one core: where its part of C
// begins, and number and length, in elements, of the slots of A, B and C.
type corePlan struct {
	row, col       int
	slots, lengths [3]int
}

func (v *values[A, B]) core(p *corePlan) payload {
	return &coreValues[A, B]{
		v: v, plan: *p, a: make([][]A, p.slots[0]), b: make([][]B, p.slots[1]), c: make([][]int32, p.slots[2]),
	}
}

// coreValues are the slots of one core, each allocated when it is used first.
type coreValues[A, B systolic.Byte] struct {
	v    *values[A, B]
	plan corePlan
	a    [][]A
	b    [][]B
	c    [][]int32
}

// elements returns those of a slot from place on.
func elements[T any](list [][]T, i, length, place int) []T {
	if list[i] == nil {
		list[i] = make([]T, length)
	}
	return list[i][place:]
}

func (p *coreValues[A, B]) load(matrix, index int, parts []part) func() error {
	return func() error {
		for _, x := range parts {
			if matrix == 0 {
				x.rows.First += p.plan.row
				gather(elements(p.a, index, p.plan.lengths[0], x.place), p.v.a, p.v.gemm.K, x)
			} else {
				x.cols.First += p.plan.col
				gather(elements(p.b, index, p.plan.lengths[1], x.place), p.v.b, p.v.gemm.N, x)
			}
		}
		return nil
	}
}

// gather copies a rectangle of a matrix of pitch columns, without gaps, to to.
func gather[T any](to, matrix []T, pitch int, x part) {
	for i := range x.rows.Count {
		copy(to[i*x.cols.Count:][:x.cols.Count], matrix[(x.rows.First+i)*pitch+x.cols.First:])
	}
}

func (p *coreValues[A, B]) multiply(slots, places [3]int, g systolic.GEMM, accumulate bool) func() error {
	return func() error {
		n := &p.plan.lengths
		return kernel.MatMul(kernel.Best(),
			kernel.Dense(elements(p.c, slots[2], n[2], places[2]), g.M, g.N),
			kernel.Dense(elements(p.a, slots[0], n[0], places[0]), g.M, g.K),
			kernel.Dense(elements(p.b, slots[1], n[1], places[1]), g.K, g.N), kernel.Options{Accumulate: accumulate})
	}
}

func (p *coreValues[A, B]) store(index int, x part) func() error {
	return func() error {
		from := elements(p.c, index, p.plan.lengths[2], x.place)
		for i := range x.rows.Count {
			copy(p.v.c[(p.plan.row+x.rows.First+i)*p.v.gemm.N+p.plan.col+x.cols.First:], from[i*x.cols.Count:][:x.cols.Count])
		}
		return nil
	}
}

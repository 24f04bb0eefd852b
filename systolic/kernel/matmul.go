package kernel

import (
	"fmt"

	"lockstep/systolic"
)

// Options says what a product does with its destination. The zero value
// overwrites it and lets sums wrap.
type Options struct {
	// Accumulate adds the product to C instead of overwriting it.
	Accumulate bool
	// Exact claims that no sum of the product wraps, and makes a K above
	// systolic.ExactK of the kinds of A and B an error. It says nothing of what
	// C held before.
	Exact bool
}

// MatMul computes C = A*B, or C += A*B, on one core:
//
//	c  M by N  int32, two's complement; sums wrap modulo 2^32
//	a  M by K  uint8 or int8
//	b  K by N  uint8 or int8
//
// Only shapes that do not fit, data that is too short, a path that this
// processor lacks and a broken claim of o.Exact are errors; c is then not
// written. K = 0 gives zeros. B is packed on the way: Pack it once if it is
// multiplied several times.
func MatMul[A, B systolic.Byte](p Path, c Matrix[int32], a Matrix[A], b Matrix[B], o Options) error {
	e, err := p.engine()
	if err != nil {
		return err
	}
	if err := b.check("b"); err != nil {
		return err
	}
	if err := checkShapes(c, a, b.Rows, b.Cols, kindOf[B](), o); err != nil {
		return err
	}
	e.multiply(c, operandOf(a), &unpacked{e, operandOf(b)}, o.Accumulate)
	return nil
}

// MatMulPacked is MatMul with a B that Pack has prepared, on the path that it
// was packed for.
func MatMulPacked[A systolic.Byte](c Matrix[int32], a Matrix[A], b *Packed, o Options) error {
	if b == nil || b.engine == nil {
		return fmt.Errorf("kernel: b is not packed, want the result of Pack")
	}
	if err := checkShapes(c, a, b.k, b.n, b.kind, o); err != nil {
		return err
	}
	b.engine.multiply(c, operandOf(a), b, o.Accumulate)
	return nil
}

// checkShapes checks all but b itself, which has k rows and n columns.
func checkShapes[A systolic.Byte](c Matrix[int32], a Matrix[A], k, n int, kind systolic.Kind, o Options) error {
	if err := a.check("a"); err != nil {
		return err
	}
	if err := c.check("c"); err != nil {
		return err
	}
	switch {
	case a.Cols != k:
		return fmt.Errorf("kernel: a is %d by %d and b %d by %d, want as many columns in a as rows in b", a.Rows, a.Cols, k, n)
	case c.Rows != a.Rows || c.Cols != n:
		return fmt.Errorf("kernel: c is %d by %d, want %d by %d, the rows of a and the columns of b", c.Rows, c.Cols, a.Rows, n)
	}
	if exact := systolic.ExactK(kindOf[A](), kind); o.Exact && k > exact {
		return fmt.Errorf("kernel: K is %d, want at most %d for exact sums of %v times %v", k, exact, kindOf[A](), kind)
	}
	return nil
}

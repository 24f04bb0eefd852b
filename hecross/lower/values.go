package lower

import (
	"fmt"
	"sync"

	"lockstep/hecross"
	"lockstep/systolic"
	bytesproduct "lockstep/systolic/kernel"
)

// values is what a program computes with.
type values struct {
	context *hecross.Context
	all     *hecross.Ring // Q followed by P
	literal bool          // through literal bytes; otherwise by the fast path
	tables  map[tableKey]*table
}

// A tableKey names the byte matrices of one limb and direction.
type tableKey struct {
	limb    int
	inverse bool
}

// A table is the known matrices of one limb and direction: the first and the
// second factor in bytes, and the element-wise one.
type table struct {
	rows, cols func() (hecross.ByteMatrix, error)
	twist      hecross.Matrix
}

func newValues(c *hecross.Context, literal bool) (*values, error) {
	all, err := c.Q.Join(c.P)
	if err != nil {
		return nil, err
	}
	return &values{context: c, all: all, literal: literal, tables: map[tableKey]*table{}}, nil
}

// table returns the matrices of a limb. Those on the right of a product come
// transposed if it is computed on the left.
func (v *values) table(limb int, inverse bool, o Options) *table {
	key := tableKey{limb, inverse}
	if t, ok := v.tables[key]; ok {
		return t
	}
	s := v.all.Forward(limb)
	if inverse {
		s = v.all.Inverse(limb)
	}
	m := v.all.Moduli[limb]
	t := &table{
		twist: s.Twist,
		rows:  sync.OnceValues(func() (hecross.ByteMatrix, error) { return leftBytes(m, s.Rows, o) }),
		cols: sync.OnceValues(func() (hecross.ByteMatrix, error) {
			left, err := leftBytes(m, transposed(s.Cols), o)
			if o.Transform == "transpose" {
				return left, err
			}
			return transposedBytes(left), err
		}),
	}
	v.tables[key] = t
	return t
}

// leftBytes returns the bytes of a known matrix on the left of a product.
func leftBytes(m hecross.Modulus, known hecross.Matrix, o Options) (hecross.ByteMatrix, error) {
	if o.Product == "toeplitz" {
		return hecross.Toeplitz(known)
	}
	return m.BAT(known)
}

func transposed(a hecross.Matrix) hecross.Matrix {
	t := hecross.NewMatrix(a.Cols, a.Rows)
	for i := range a.Rows {
		for j, x := range a.Row(i) {
			t.Data[j*t.Cols+i] = x
		}
	}
	return t
}

func transposedBytes(a hecross.ByteMatrix) hecross.ByteMatrix {
	t := hecross.ByteMatrix{Rows: a.Cols, Cols: a.Rows, Data: make([]uint8, len(a.Data))}
	for i := range a.Rows {
		for j := range a.Cols {
			t.Data[j*t.Cols+i] = a.Data[i*a.Cols+j]
		}
	}
	return t
}

// multiply returns the sums of a product of bytes, which wrap above 2^32; the
// bounds of package hecross say when they do not.
func multiply(g systolic.GEMM, a, b []uint8) ([]int32, error) {
	c := make([]int32, g.M*g.N)
	err := bytesproduct.MatMul(bytesproduct.Best(), bytesproduct.Dense(c, g.M, g.N), bytesproduct.Dense(a, g.M, g.K), bytesproduct.Dense(b, g.K, g.N), bytesproduct.Options{})
	if err != nil {
		return nil, fmt.Errorf("lower: %w", err)
	}
	return c, nil
}

// reduceSums returns the residue of 4 or 7 sums of a byte product.
func reduceSums(m hecross.Modulus, sums []int32, at, step, count int) uint32 {
	var y [4]uint32
	for p := range y {
		y[p] = uint32(sums[at+p*step])
	}
	if count == 4 {
		return m.Reduce(hecross.MergeBytes(y))
	}
	high := uint64(0)
	for p := count - 1; p >= 4; p-- {
		high = high<<8 + uint64(uint32(sums[at+p*step]))
	}
	return m.Add(m.Mul(m.Mod(high), m.Mod(1<<32)), m.Mod(hecross.MergeBytes(y)))
}

package array

import (
	"fmt"

	"lockstep/rtl/unit"
	"lockstep/systolic"
)

// goldenStationary multiplies pass by pass, with [systolic.MatMul]. Pass p uses
// beats p*Rows to p*Rows+Rows-1 of w and the beats of x from the last pass's
// last one on.
func (c Config) goldenStationary(in [][]unit.Frame) ([][]unit.Frame, error) {
	w, x := in[0], in[1]
	var ys []unit.Frame
	for pass, p := range passes(x, 1) {
		if len(w) < (pass+1)*c.Rows {
			return nil, fmt.Errorf("array: %d beats of w, want %d for pass %d", len(w), (pass+1)*c.Rows, pass)
		}
		held := make([]int64, 0, c.Rows*c.Cols)
		for r := range c.Rows {
			held = append(held, w[(pass+1)*c.Rows-1-r][0]...)
		}
		sums, err := c.product(p, held)
		if err != nil {
			return nil, err
		}
		for t, beat := range sums {
			ys = append(ys, unit.Frame{beat, p[t][1]})
		}
	}
	return [][]unit.Frame{ys}, nil
}

// product returns, by beat of x, the sums of the columns of the array that
// holds held, row by row.
func (c Config) product(x []unit.Frame, held []int64) ([][]int64, error) {
	if c.Dataflow == systolic.WeightStationary {
		a := make([]int64, 0, len(x)*c.Rows)
		for _, f := range x {
			a = append(a, f[0]...)
		}
		return matMul(c.X, c.W, a, held, systolic.GEMM{M: len(x), N: c.Cols, K: c.Rows})
	}
	// Input stationary: column m of the array holds row m of A, beat n of x is
	// column n of B, and its sums are column n of C.
	a, b := make([]int64, len(held)), make([]int64, c.Rows*len(x))
	for k := range c.Rows {
		for m := range c.Cols {
			a[m*c.Rows+k] = held[k*c.Cols+m]
		}
		for n, f := range x {
			b[k*len(x)+n] = f[0][k]
		}
	}
	rows, err := matMul(c.W, c.X, a, b, systolic.GEMM{M: c.Cols, N: len(x), K: c.Rows})
	if err != nil {
		return nil, err
	}
	columns := make([][]int64, len(x))
	for n := range columns {
		for m := range rows {
			columns[n] = append(columns[n], rows[m][n])
		}
	}
	return columns, nil
}

// goldenOutput multiplies pass by pass; a beat is one k. The rows of each
// product leave in falling order.
func (c Config) goldenOutput(in [][]unit.Frame) ([][]unit.Frame, error) {
	var ys []unit.Frame
	for _, p := range passes(in[0], 2) {
		a, b := make([]int64, c.Rows*len(p)), make([]int64, 0, len(p)*c.Cols)
		for k, f := range p {
			for m, v := range f[0] {
				a[m*len(p)+k] = v
			}
			b = append(b, f[1]...)
		}
		sums, err := matMul(c.X, c.W, a, b, systolic.GEMM{M: c.Rows, N: c.Cols, K: len(p)})
		if err != nil {
			return nil, err
		}
		for m := c.Rows - 1; m >= 0; m-- {
			last := int64(0)
			if m == 0 {
				last = 1
			}
			ys = append(ys, unit.Frame{sums[m], {last}})
		}
	}
	return [][]unit.Frame{ys}, nil
}

// passes cuts beats after every one whose field last is 1; what follows the
// last cut is a pass too, although unfinished, where results do not wait for
// its end.
func passes(beats []unit.Frame, last int) [][]unit.Frame {
	var ps [][]unit.Frame
	from := 0
	for i, f := range beats {
		if f[last][0] == 1 || i == len(beats)-1 {
			ps = append(ps, beats[from:i+1])
			from = i + 1
		}
	}
	return ps
}

// matMul is [systolic.MatMul] on port values; it returns the rows of C.
func matMul(kindA, kindB systolic.Kind, a, b []int64, g systolic.GEMM) ([][]int64, error) {
	c := make([]int32, g.M*g.N)
	var err error
	switch unsignedA, unsignedB := kindA == systolic.U8, kindB == systolic.U8; {
	case unsignedA && unsignedB:
		err = systolic.MatMul(c, narrow[uint8](a), narrow[uint8](b), g)
	case unsignedA:
		err = systolic.MatMul(c, narrow[uint8](a), narrow[int8](b), g)
	case unsignedB:
		err = systolic.MatMul(c, narrow[int8](a), narrow[uint8](b), g)
	default:
		err = systolic.MatMul(c, narrow[int8](a), narrow[int8](b), g)
	}
	rows := make([][]int64, g.M)
	for i, v := range c {
		rows[i/g.N] = append(rows[i/g.N], int64(v))
	}
	return rows, err
}

func narrow[T systolic.Byte](vs []int64) []T {
	ts := make([]T, len(vs))
	for i, v := range vs {
		ts[i] = T(v)
	}
	return ts
}

// dueStationary is the timing of ws and is: the sums of a beat of x appear
// latency = Rows + Cols - 1 cycles after it is accepted.
func (c Config) dueStationary(_ [][]unit.Frame, accepted [][]int, latency int) [][]int {
	due := make([]int, len(accepted[1]))
	for i, at := range accepted[1] {
		due[i] = at + latency
	}
	return [][]int{due}
}

// dueOutput is the timing of os: the sums of the bottom row appear latency =
// Rows + Cols - 1 cycles after the last beat of a pass, one more row in each
// cycle after.
func (c Config) dueOutput(in [][]unit.Frame, accepted [][]int, latency int) [][]int {
	var due []int
	for i, f := range in[0] {
		if f[2][0] == 1 {
			for r := range c.Rows {
				due = append(due, accepted[0][i]+latency+r)
			}
		}
	}
	return [][]int{due}
}

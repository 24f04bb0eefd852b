package sparse

import (
	"fmt"

	"lockstep/rtl/unit"
	"lockstep/ternary/dot"
	"lockstep/ternary/fixed"
)

// golden maps the beats of cmd, x and w to those of run and y.
func (c Config) golden(in [][]unit.Frame) ([][]unit.Frame, error) {
	x, w := in[1], in[2]
	out := [][]unit.Frame{nil, nil}
	for k, cmd := range in[0] {
		rows, cols := int(cmd[0][0]), int(cmd[1][0])
		beats := (cols + c.Lanes - 1) / c.Lanes
		if rows < 1 || cols < 1 || beats > len(x) {
			return nil, fmt.Errorf("sparse: command %d has %d rows of %d columns; %d beats of x are left", k, rows, cols, len(x))
		}
		q := vector(x[:beats])
		x = x[beats:]
		for i, v := range q[cols:] {
			if v != 0 {
				return nil, fmt.Errorf("sparse: command %d: element %d of x is %d, want 0 beyond %d columns", k, cols+i, v, cols)
			}
		}
		acc := make([]int64, c.Beats(rows)*c.Lanes)
		zero := true // the column before
		for col, v := range q {
			if v == 0 {
				zero = true
				continue
			}
			if zero {
				out[0] = append(out[0], unit.Frame{{int64(col)}, {0}})
			}
			zero = false
			out[0][len(out[0])-1][1][0]++
			if len(w) < c.Beats(rows) {
				return nil, fmt.Errorf("sparse: command %d: %d beats of w are left at column %d, want %d", k, len(w), col, c.Beats(rows))
			}
			for i := range acc {
				acc[i] += int64(dot.Trit(w[i/c.Lanes][0][i%c.Lanes])) * int64(v)
			}
			w = w[c.Beats(rows):]
		}
		out[0] = append(out[0], unit.Frame{{0}, {0}})
		out[1] = append(out[1], c.results(acc, rows, fixed.Scale{Mant: uint32(cmd[2][0]), Exp: int(cmd[3][0])})...)
	}
	if len(x)+len(w) > 0 {
		return nil, fmt.Errorf("sparse: %d beats of x and %d of w belong to no command", len(x), len(w))
	}
	return out, nil
}

// vector returns the elements of beats of x.
func vector(beats []unit.Frame) []int8 {
	var q []int8
	for _, b := range beats {
		for _, v := range b[0] {
			q = append(q, int8(v))
		}
	}
	return q
}

// results returns the beats of y.
func (c Config) results(acc []int64, rows int, s fixed.Scale) []unit.Frame {
	var y []unit.Frame
	for first := 0; first < rows; first += c.Out {
		f := unit.Frame{make([]int64, c.Out)}
		for i := range f[0] {
			f[0][i] = int64(s.Apply(acc[first+i], c.Vector))
		}
		y = append(y, f)
	}
	return y
}

// due follows the accepted beats with a Timing.
func (c Config) due(in [][]unit.Frame, accepted [][]int, latency int) [][]int {
	t := c.Timing(int64(latency))
	cycles := [][]int{nil, nil}
	var x, w int // beats so far
	feed := Feed{
		X: func(int64) int64 {
			x++
			return int64(accepted[1][x-1])
		},
		W: func(accept func(int64) int64) {
			accept(int64(accepted[2][w]))
			w++
		},
		Run: func(_, _ int, at int64) { cycles[0] = append(cycles[0], int(at)) },
		Y:   func(at int64) { cycles[1] = append(cycles[1], int(at)) },
	}
	vectors := in[1]
	for k, cmd := range in[0] {
		feed.Cmd = int64(accepted[0][k])
		cols := int(cmd[1][0])
		t.Product(int(cmd[0][0]), vector(vectors)[:cols], feed)
		vectors = vectors[(cols+c.Lanes-1)/c.Lanes:]
	}
	return cycles
}

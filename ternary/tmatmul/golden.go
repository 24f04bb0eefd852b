package tmatmul

import (
	"fmt"

	"lockstep/rtl/unit"
	"lockstep/ternary"
	"lockstep/ternary/dot"
	"lockstep/ternary/fixed"
)

// golden maps the beats of cmd, x and w to the beats of y.
func (c Config) golden(in [][]unit.Frame) ([][]unit.Frame, error) {
	x, w := in[1], in[2]
	out := [][]unit.Frame{nil}
	for k, cmd := range in[0] {
		rows, beats := int(cmd[0][0]), int(cmd[1][0])
		if rows < 1 || beats < 1 || beats > len(x) || rows*beats > len(w) {
			return nil, fmt.Errorf("tmatmul: command %d has %d rows of %d beats; %d beats of x and %d of w are left",
				k, rows, beats, len(x), len(w))
		}
		q := make([]int8, 0, beats*c.Lanes)
		for _, b := range x[:beats] {
			for _, v := range b[0] {
				q = append(q, int8(v))
			}
		}
		trits := make([]int8, 0, rows*len(q))
		for _, b := range w[:rows*beats] {
			for _, code := range b[0] {
				trits = append(trits, dot.Trit(code))
			}
		}
		x, w = x[beats:], w[rows*beats:]
		y, err := c.product(trits, q, fixed.Scale{Mant: uint32(cmd[2][0]), Exp: int(cmd[3][0])})
		if err != nil {
			return nil, fmt.Errorf("tmatmul: command %d: %w", k, err)
		}
		out[0] = append(out[0], y...)
	}
	if len(x)+len(w) > 0 {
		return nil, fmt.Errorf("tmatmul: %d beats of x and %d of w belong to no command", len(x), len(w))
	}
	return out, nil
}

// product returns the scaled elements of the matrix with rows of len(q) trits
// times q.
func (c Config) product(trits, q []int8, s fixed.Scale) ([]unit.Frame, error) {
	m, err := ternary.NewMatrix(len(trits)/len(q), len(q), trits, 1)
	if err != nil {
		return nil, err
	}
	packed, err := fixed.Pack(&m)
	if err != nil {
		return nil, err
	}
	acc := make([]int32, m.Rows)
	packed.MatVec(acc, q)
	y := make([]unit.Frame, m.Rows)
	for r, a := range acc {
		y[r] = unit.Frame{{int64(s.Apply(int64(a), c.Vector))}}
	}
	return y, nil
}

// due gives the element of a row latency cycles after the row's last beat.
func due(in [][]unit.Frame, accepted [][]int, latency int) [][]int {
	var cycles []int
	end := 0
	for _, cmd := range in[0] {
		for range cmd[0][0] {
			end += int(cmd[1][0])
			cycles = append(cycles, accepted[2][end-1]+latency)
		}
	}
	return [][]int{cycles}
}

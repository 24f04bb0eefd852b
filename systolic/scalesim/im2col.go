package scalesim

import (
	"fmt"

	"lockstep/systolic"
)

// MaxElements is the largest matrix A that Operands makes.
const MaxElements = 1 << 31

// Operands returns the matrices of c's GEMM, A[M,K] from the input and B[K,N]
// from the filters, both row-major. Input elements are ordered by row, column,
// channel; filters by filter, row, column, channel. Row m of A is output pixel m
// in row-major order; k counts the elements of a window by row, column,
// channel. A partial window reads 0 over the edge.
func Operands[A, B systolic.Byte](c Conv, w Windows, input []A, filters []B) (a []A, b []B, err error) {
	if err := c.Validate(); err != nil {
		return nil, nil, err
	}
	g := c.GEMM(w)
	if want := c.IfmapHeight * c.IfmapWidth * c.Channels; len(input) != want {
		return nil, nil, fmt.Errorf("scalesim: input has %d elements, want height*width*channels = %d", len(input), want)
	}
	if want := g.N * g.K; len(filters) != want {
		return nil, nil, fmt.Errorf("scalesim: filters have %d elements, want filters*height*width*channels = %d", len(filters), want)
	}
	if g.M > MaxElements/g.K {
		return nil, nil, fmt.Errorf("scalesim: A of %v has more than %d elements, want at most that", g, MaxElements)
	}
	_, width := c.Output(w)
	a, b = make([]A, g.M*g.K), make([]B, g.K*g.N)
	for m := range g.M {
		top, left := m/width*c.StrideHeight, m%width*c.StrideWidth
		row := a[m*g.K:][:g.K]
		for y := range min(c.FilterHeight, c.IfmapHeight-top) {
			pixels := input[(top+y)*c.IfmapWidth*c.Channels:][:c.IfmapWidth*c.Channels]
			first := min(left, c.IfmapWidth) * c.Channels
			last := min(left+c.FilterWidth, c.IfmapWidth) * c.Channels
			copy(row[y*c.FilterWidth*c.Channels:], pixels[first:last])
		}
	}
	for n := range g.N {
		for k := range g.K {
			b[k*g.N+n] = filters[n*g.K+k]
		}
	}
	return a, b, nil
}

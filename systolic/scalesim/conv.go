package scalesim

import (
	"fmt"

	"lockstep/systolic"
)

// A Conv is a convolution as SCALE-Sim describes it. Input sizes include
// padding, of which it has no notion.
type Conv struct {
	IfmapHeight, IfmapWidth   int // input, pixels
	FilterHeight, FilterWidth int // pixels, at most those of the input
	Channels                  int // of input and filter
	Filters                   int // channels of the output
	StrideHeight, StrideWidth int // pixels
}

// gemmConv is the convolution as which SCALE-Sim takes a GEMM.
func gemmConv(m, n, k int) Conv {
	return Conv{m, k, 1, k, 1, n, 1, 1}
}

// Validate reports the first field outside 1 to systolic.MaxDim, a filter that
// is larger than the input, or a GEMM that is too large.
func (c Conv) Validate() error {
	if err := c.check(); err != nil {
		return fmt.Errorf("scalesim: %w", err)
	}
	return nil
}

func (c Conv) check() error {
	for _, f := range []struct {
		name  string
		value int
	}{
		{"IfmapHeight", c.IfmapHeight}, {"IfmapWidth", c.IfmapWidth}, {"FilterHeight", c.FilterHeight}, {"FilterWidth", c.FilterWidth},
		{"Channels", c.Channels}, {"Filters", c.Filters}, {"StrideHeight", c.StrideHeight}, {"StrideWidth", c.StrideWidth},
	} {
		if f.value < 1 || f.value > systolic.MaxDim {
			return fmt.Errorf("%s is %d, want 1 to %d", f.name, f.value, systolic.MaxDim)
		}
	}
	switch {
	case c.FilterHeight > c.IfmapHeight:
		return fmt.Errorf("filter height is %d, want at most the input height, %d", c.FilterHeight, c.IfmapHeight)
	case c.FilterWidth > c.IfmapWidth:
		return fmt.Errorf("filter width is %d, want at most the input width, %d", c.FilterWidth, c.IfmapWidth)
	case c.FilterHeight*c.FilterWidth > systolic.MaxDim:
		return fmt.Errorf("filter is %dx%d pixels, want at most %d", c.FilterHeight, c.FilterWidth, systolic.MaxDim)
	}
	if err := c.GEMM(PartialWindows).Validate(); err != nil {
		return fmt.Errorf("as a GEMM: %w", err)
	}
	return nil
}

// Windows says what happens at the lower and right edge of an input that the
// stride does not divide.
type Windows uint8

// The two definitions of the output size, for input i, filter f and stride s.
// They agree if s divides i - f.
const (
	// PartialWindows is SCALE-Sim v2 and v3: ceil((i-f+s)/s), so that a last
	// window may reach over the edge, where it reads nothing.
	PartialWindows Windows = iota
	// WholeWindows is SCALE-Sim v1 and the convolution of machine-learning
	// frameworks: floor((i-f+s)/s).
	WholeWindows
)

// Output returns height and width of the output in pixels.
func (c Conv) Output(w Windows) (height, width int) {
	return windows(c.IfmapHeight, c.FilterHeight, c.StrideHeight, w), windows(c.IfmapWidth, c.FilterWidth, c.StrideWidth, w)
}

func windows(input, filter, stride int, w Windows) int {
	last := input - filter
	if w == PartialWindows {
		last += stride - 1
	}
	return last/stride + 1
}

// GEMM returns the product that computes the convolution: M output pixels,
// K elements of a window, N filters.
func (c Conv) GEMM(w Windows) systolic.GEMM {
	height, width := c.Output(w)
	return systolic.GEMM{M: height * width, N: c.Filters, K: c.FilterHeight * c.FilterWidth * c.Channels}
}

package fixed

import "math"

// A SigmoidError is the largest distance between results of the logistic
// operations and the real functions, over all elements of a format.
type SigmoidError struct {
	Sigmoid float64 // of Sigmoid and of CSigmoid, which are exact complements
	SiLU    float64
}

// lineErrors are the largest errors of the piecewise linear functions and of
// their products with x before rounding, and the |x| from which they are 1, all
// rounded up. Those of the functions are the published ones of Ternip to the
// digits published; slopes of 12 bits change the fifth decimal.
var lineErrors = [...]struct{ sigmoid, silu, end float64 }{
	SigmoidPWL1:     {0.05613, 0.1582, 2.83},
	SigmoidPWL3:     {0.01744, 0.0700, 4.04},
	SigmoidPWL5:     {0.00841, 0.0400, 4.78},
	SigmoidPWL1Pow2: {0.11921, 0.2385, 2.00},
	SigmoidPWL3Pow2: {0.03486, 0.0960, 4.27},
	SigmoidPWL5Pow2: {0.01585, 0.0397, 4.80},
}

// Largest |s"| and |x*s"| of the logistic function s, rounded up.
const (
	curvature       = 0.0963
	curvatureTimesX = 0.1594
)

// MaxError returns bounds of the errors of the logistic operations of c, which
// must be valid. With u = 2^-Frac they are, for lines with error e and x*line
// with error d before rounding, the last knot at x = R:
//
//	Sigmoid   e + (1/32 + 1/16 + 1/2)*u: a constant, the floor of a product, the result
//	SiLU      d + R*(1/32 + 1/16)*u + u/2
//
// A table with segments of h = 2^(RangeLog2-SegmentsLog2) and R = 2^RangeLog2
// has e = h^2/8 * max|s"|, d = h^2/8 * (max|x*s"| + h*max|s"|), and beyond it,
// where Lookup is exactly 1, the errors 1/(1+exp(R)) and R/(1+exp(R)).
func (c Config) MaxError() SigmoidError {
	u := c.Vector.Float(1)
	constants := (1.0/32 + 1.0/16) * u
	if m := c.Sigmoid.Method; m != SigmoidTable {
		l := lineErrors[m]
		return SigmoidError{l.sigmoid + constants + u/2, l.silu + l.end*constants + u/2}
	}
	span := math.Ldexp(1, c.Sigmoid.RangeLog2)
	h := math.Ldexp(span, -c.Sigmoid.SegmentsLog2)
	beyond := 1 / (1 + math.Exp(span))
	return SigmoidError{
		Sigmoid: max(h*h/8*curvature+constants+u/2, beyond),
		SiLU:    max(h*h/8*(curvatureTimesX+h*curvature)+span*constants+u/2, span*beyond),
	}
}

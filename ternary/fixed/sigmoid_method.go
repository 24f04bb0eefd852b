package fixed

import (
	"fmt"
	"slices"
)

// A SigmoidMethod is a way to compute the logistic function. The piecewise
// linear methods join 1, 3 or 5 lines, symmetric about x = 0, to the constants
// 0 and 1. Those with power-of-two slopes need no multiplier for it.
type SigmoidMethod int

// The methods, with the largest error of the exact lines.
const (
	SigmoidTable    SigmoidMethod = iota // linear interpolation in a table of uniform segments
	SigmoidPWL1                          // 1 segment, 0.0561
	SigmoidPWL3                          // 3 segments, 0.0174
	SigmoidPWL5                          // 5 segments, 0.0084
	SigmoidPWL1Pow2                      // 1 segment, power-of-two slope, 0.119
	SigmoidPWL3Pow2                      // 3 segments, power-of-two slopes, 0.0349
	SigmoidPWL5Pow2                      // 5 segments, power-of-two slopes, 0.0158
)

var sigmoidNames = [...]string{"table", "pwl1", "pwl3", "pwl5", "pwl1-pow2", "pwl3-pow2", "pwl5-pow2"}

// String returns the name of the method, for example pwl3-pow2.
func (m SigmoidMethod) String() string {
	if m < 0 || int(m) >= len(sigmoidNames) {
		return fmt.Sprintf("method(%d)", int(m))
	}
	return sigmoidNames[m]
}

// PowerOfTwo reports whether the slopes of the method are powers of two.
func (m SigmoidMethod) PowerOfTwo() bool { return m >= SigmoidPWL1Pow2 && m <= SigmoidPWL5Pow2 }

// sigmoidMethod returns the method of a name.
func sigmoidMethod(name string) (SigmoidMethod, bool) {
	i := slices.Index(sigmoidNames[:], name)
	return SigmoidMethod(max(i, 0)), i >= 0
}

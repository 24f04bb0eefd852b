package fixed

import "math"

// slopeBits is the number of fraction bits of the slope of a line.
const slopeBits = 12

// A line is slope*2^-12 * x + intercept.
type line struct {
	slope     uint32 // at most 2^10, the slope of the logistic function at 0
	intercept float64
}

// pieces are the lines of the piecewise linear methods for x >= 0, rising and
// ever flatter, without the constant 1 at the end. The function is the lowest
// of them, hence continuous. Slopes are those with the least maximum error,
// to 12 bits or of powers of two; intercepts make the largest errors of both
// signs equal, but for the last one of SigmoidPWL5Pow2, where x*sigmoid(x) has
// its least maximum error.
var pieces = [...][]line{
	SigmoidPWL1:     {{725, 0.5}},
	SigmoidPWL3:     {{884, 0.5}, {246, 0.757441}},
	SigmoidPWL5:     {{937, 0.5}, {481, 0.638478}, {121, 0.858916}},
	SigmoidPWL1Pow2: {{1024, 0.5}},
	SigmoidPWL3Pow2: {{1024, 0.5}, {256, 0.733536}},
	SigmoidPWL5Pow2: {{1024, 0.5}, {512, 0.617362}, {128, 0.85}},
}

// newPiecewise returns the constants of a piecewise linear method. Intercepts
// are rounded to Frac+4 bits; a segment begins where its line is not above the
// one before it.
func newPiecewise(c Config) *SigmoidROM {
	one := uint32(1) << (c.Vector.Frac + guardBits)
	r := &SigmoidROM{format: c.Vector, Value: []uint32{one / 2}, Slope: []uint32{pieces[c.Sigmoid.Method][0].slope}, Knot: []uint32{0}}
	add := func(slope, value uint32) {
		last := len(r.Knot) - 1
		rise := uint64(value-r.Value[last]) << (slopeBits - guardBits)
		fall := uint64(r.Slope[last] - slope)
		knot := (rise + fall - 1) / fall
		if knot <= uint64(-int64(c.Vector.Min())) {
			r.Value, r.Slope, r.Knot = append(r.Value, value), append(r.Slope, slope), append(r.Knot, uint32(knot))
		}
	}
	for _, l := range pieces[c.Sigmoid.Method][1:] {
		add(l.slope, uint32(math.Round(l.intercept*float64(one))))
	}
	add(0, one)
	return r
}

// line returns the value at |x| = a of a piecewise linear method.
func (r *SigmoidROM) line(a uint32) uint32 {
	i := len(r.Knot) - 1
	for ; a < r.Knot[i]; i-- {
	}
	return r.Value[i] + uint32(uint64(r.Slope[i])*uint64(a)>>(slopeBits-guardBits))
}

package fixed

// MaxActivation is the largest magnitude of a quantised activation.
const MaxActivation = 127

// activationWidth is the width of a quantised activation.
const activationWidth = 8

// maxActivation is MaxActivation as a Scale, exact.
var maxActivation = ScaleOf(MaxActivation)

// QuantScale returns 127/peak as Recip(peak) * 127; a peak of 0 gives zero.
//
//	peak    Stats.Peak, at most 2^46
//	result  (127/peak) * (1 + e), |e| < 2^-14.8; Exp in [-56, -9]
//
// Hardware: Recip and Scale.Mul with the constant 127 (Mant 0xFE00, Exp -9).
func QuantScale(peak uint64) Scale { return Recip(peak).Mul(maxActivation) }

// Quantise sets dst to the int8 activations of x behind the norm weights w:
// Scale.Apply of every exact product x*w to 8 bits, limited to +-127.
//
//	x       raw vector elements
//	w       raw norm weights
//	s       QuantScale of the peak of x and w
//	result  in [-127, 127]; 127 in magnitude at the peak; all 0 if the peak is 0
//
// The factor 1/sqrt(mean(x^2)+eps) of the norm scales every element alike, so it
// cancels between an element and the peak and is left to RescaleScale.
func (o *Ops) Quantise(dst []int8, x, w []int32, s Scale) {
	l := limiter{lo: -MaxActivation, hi: MaxActivation}
	x, w = x[:len(dst)], w[:len(dst)]
	for i := range dst {
		dst[i] = int8(l.limit(s.apply(int64(x[i])*int64(w[i]), activationWidth)))
	}
	l.add(o, func(s *Saturations) *uint64 { return &s.Quant })
}

// RescaleScale returns the factor from accumulators of a ternary product to raw
// vector elements, peak * rsqrt(sumSquares+eps) * out, in this order of
// multiplication.
//
//	st      statistics of the input behind its norm weights
//	eps     Projection.Eps, 1 to 2^62
//	out     Projection.Out
//	result  zero if the peak is 0
//
// It needs no floor like the max(max|y|, 1e-5) of the published quantiser. A
// peak of 0 gives q = 0 and a result of 0 as there. Below the floor the
// published q has fewer than 127 steps and this one has not; each is within
// n/2 * 1e-5/127 * mean|W| of the unquantised result, which at n = 6912 and
// mean|W| = 0.05 is 1.4e-5. The floor of mean|W| is part of the weights.
//
// Hardware: ScaleOf, Rsqrt, Scale.Mul twice.
func RescaleScale(st Stats, eps uint64, out Scale) Scale {
	return ScaleOf(st.Peak).Mul(Rsqrt(st.SumSquares + eps)).Mul(out)
}

// Rescale sets dst to Scale.Apply of every accumulator.
//
//	acc     |acc| <= 127 * columns, below 2^23
//	result  raw vector elements, saturated
func (o *Ops) Rescale(dst, acc []int32, s Scale) {
	l := o.config.Vector.limiter()
	acc = acc[:len(dst)]
	for i := range dst {
		dst[i] = l.limit(s.apply(int64(acc[i]), o.config.Vector.Width))
	}
	l.add(o, func(s *Saturations) *uint64 { return &s.Rescale })
}

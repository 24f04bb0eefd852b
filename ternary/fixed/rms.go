package fixed

// MaxVector is the largest number of elements of a vector that goes through
// RMS statistics; it keeps sums of squares below 2^62.
const MaxVector = 1 << 16

// squareBits is the widest element that is squared; wider ones lose low bits.
const squareBits = 24

// squareShift returns how many low bits of an element are rounded off before
// it is squared.
func (f Format) squareShift() int { return max(0, f.Width-squareBits) }

// Stats are what one pass over a vector x with norm weights w yields.
type Stats struct {
	SumSquares uint64 // sum of x*x, at most 2^62
	Peak       uint64 // largest |x*w|, exact, at most 2^46
}

// Stats returns the statistics of x before the norm weights w.
//
//	x       1 to MaxVector raw vector elements
//	w       as many raw norm weights
//	result  SumSquares in units of 2^(-2*Frac); where Width > 24 each element is
//	        first replaced by RoundShift(x, Width-24), and the unit is
//	        2^(2*(Width-24-Frac)). Peak in units of 2^-(Vector.Frac+Weight.Frac)
//
// Hardware: per element one squarer and one Width x Weight.Width multiplier, an
// exact accumulator of 2*min(Width,24)-1+ceil(log2 n) bits and a running
// maximum of Width+Weight.Width-1 bits.
func (o *Ops) Stats(x, w []int32) Stats {
	var peak int64
	w = w[:len(x)]
	for i, v := range x {
		p := int64(v) * int64(w[i])
		peak = max(peak, p, -p)
	}
	return Stats{SumSquares: o.SumSquares(x), Peak: uint64(peak)}
}

// SumSquares returns Stats.SumSquares of x: all that an RMSNorm outside a
// BitLinear needs.
func (o *Ops) SumSquares(x []int32) uint64 {
	var sum int64
	if shift := o.config.Vector.squareShift(); shift > 0 {
		for _, v := range x {
			r := RoundShift(int64(v), shift)
			sum += r * r
		}
		return uint64(sum)
	}
	for _, v := range x {
		sum += int64(v) * int64(v)
	}
	return uint64(sum)
}

// NormScale returns the factor of an RMSNorm, rsqrt(sumSquares+eps) * out.
//
//	sumSquares  at most 2^62
//	eps         Norm.Eps, 1 to 2^62
//	out         Norm.Out
//
// Hardware: one 63-bit adder, Rsqrt, Scale.Mul.
func NormScale(sumSquares, eps uint64, out Scale) Scale {
	return Rsqrt(sumSquares + eps).Mul(out)
}

// RMSNorm sets dst to Scale.Apply of every exact product x*w: x * w /
// sqrt(mean(x^2) + eps) where s is the NormScale of x.
//
//	x       raw vector elements
//	w       raw norm weights
//	x*w     |x*w| <= 2^(Vector.Width+Weight.Width-2) <= 2^46
//	result  raw vector elements, saturated
func (o *Ops) RMSNorm(dst, x, w []int32, s Scale) {
	l := o.config.Vector.limiter()
	x, w = x[:len(dst)], w[:len(dst)]
	for i := range dst {
		dst[i] = l.limit(s.apply(int64(x[i])*int64(w[i]), o.config.Vector.Width))
	}
	l.add(o, func(s *Saturations) *uint64 { return &s.Norm })
}

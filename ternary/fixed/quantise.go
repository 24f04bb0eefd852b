package fixed

import (
	"fmt"
	"math"

	"lockstep/ternary"
)

// A quantiser turns valid float weights into constants and keeps the first
// error.
type quantiser struct {
	config  Config
	shape   ternary.Shape
	clipped Clipped
	err     error
}

// quantiseAll is Quantise of every element; it adds to count how many were
// limited.
func (f Format) quantiseAll(v []float32, count *uint64) []int32 {
	raw := make([]int32, len(v))
	for i, x := range v {
		raw[i] = f.Quantise(float64(x))
		if r := math.Round(math.Ldexp(float64(x), f.Frac)); r < float64(f.Min()) || r > float64(f.Max()) {
			*count++
		}
	}
	return raw
}

// eps returns n*eps in the units of a sum of squares, rounded to nearest and at
// least 1, so that the argument of Rsqrt is never 0.
func (q *quantiser) eps(n int, eps float64) uint64 {
	v := q.config.Vector
	return uint64(max(1, math.Round(math.Ldexp(float64(n)*eps, 2*(v.Frac-v.squareShift())))))
}

// out returns sqrt(n) * factor * 2^(Vector.Frac-Weight.Frac-squareShift): it
// turns (x*w) * rsqrt(sum of squares) into raw vector elements.
func (q *quantiser) out(name string, n int, factor float64) Scale {
	v := q.config.Vector
	s, err := ScaleFrom(math.Ldexp(math.Sqrt(float64(n))*factor, v.Frac-q.config.Weight.Frac-v.squareShift()))
	if err != nil && q.err == nil {
		q.err = fmt.Errorf("%w in the output of %s", err, name)
	}
	return s
}

// norm quantises an RMSNorm over Hidden elements, whose output scale is always
// in range.
func (q *quantiser) norm(weight []float32) Norm {
	return Norm{
		Weight: q.config.Weight.quantiseAll(weight, &q.clipped.Norm),
		Eps:    q.eps(len(weight), q.shape.NormEps),
		Out:    q.out("a norm", len(weight), 1),
	}
}

// projection quantises a BitLinear.
func (q *quantiser) projection(name string, b *ternary.BitLinear) Projection {
	return Projection{
		Norm:   q.config.Weight.quantiseAll(b.Norm, &q.clipped.Norm),
		Weight: &b.Weight,
		Eps:    q.eps(b.Weight.Cols, ternary.BitLinearEps),
		Out:    q.out(name, b.Weight.Cols, float64(b.Weight.MeanAbs)/MaxActivation),
		Packed: pack(&b.Weight),
	}
}

// lowerBound quantises 1 - lb; it returns nil if every bound is 0.
func (q *quantiser) lowerBound(lb []float32) []int32 {
	raw := make([]int32, len(lb))
	zero := true
	for i, b := range lb {
		raw[i] = q.config.Vector.Quantise(1 - float64(b)) // Width-2 >= Frac: 1 is in the format
		zero = zero && b == 0
	}
	if zero {
		return nil
	}
	return raw
}

// layer quantises one block.
func (q *quantiser) layer(prefix string, l *ternary.Layer) Layer {
	return Layer{
		AttnNorm:   q.norm(l.AttnNorm),
		MLPNorm:    q.norm(l.MLPNorm),
		GNorm:      q.norm(l.GNorm),
		OneMinusLB: q.lowerBound(l.LowerBound),
		I:          q.projection(prefix+"I", &l.I),
		F:          q.projection(prefix+"F", &l.F),
		G:          q.projection(prefix+"G", &l.G),
		O:          q.projection(prefix+"O", &l.O),
		GateUp:     q.projection(prefix+"GateUp", &l.GateUp),
		Down:       q.projection(prefix+"Down", &l.Down),
	}
}

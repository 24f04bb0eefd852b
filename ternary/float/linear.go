package float

import (
	"math"

	"lockstep/ternary"
)

// scaleFloor is the least absolute maximum that activations are scaled by.
const scaleFloor = 1e-5

// A linear applies BitLinears. It holds the scratch of one product.
type linear struct {
	normed []float32
	codes  []int8       // quantised activations
	table  [][256]int16 // partial sums of each group of four activations
}

// newLinear returns scratch for inputs of at most n elements.
func newLinear(n int) *linear {
	return &linear{
		normed: make([]float32, n),
		codes:  make([]int8, (n+3)/4*4),
		table:  make([][256]int16, (n+3)/4),
	}
}

// apply sets dst [Rows] to b of x [Cols]: RMSNorm with eps 1e-6, quantisation
// to q = clip(round(y * (127/a)), -128, 127) with a = max(max|y|, 1e-5) and
// ties away from zero, the exact integer product, and the scale (a/127)*MeanAbs.
func (l *linear) apply(dst, x []float32, b *ternary.BitLinear) {
	n := len(x)
	y := l.normed[:n]
	rmsNorm(y, x, b.Norm, ternary.BitLinearEps)
	top := float32(scaleFloor)
	for _, v := range y {
		top = max(top, float32(math.Abs(float64(v))))
	}
	scale := 127 / top
	padded := l.codes[:(n+3)/4*4]
	clear(padded[n:])
	for c, v := range y {
		padded[c] = quantise(v * scale)
	}
	l.fillTable(padded)
	out := top / 127 * b.Weight.MeanAbs
	for r := range dst {
		dst[r] = float32(l.dot(&b.Weight, r)) * out
	}
}

// quantise rounds half away from zero and clips to [-128, 127].
func quantise(x float32) int8 {
	return int8(max(-128, min(127, math.Round(float64(x)))))
}

// fillTable computes, for every group of four activations and every byte of
// four weight codes, the sum of the four products: at most 4*128, which fits
// int16. A row of weights is then one look-up per byte.
func (l *linear) fillTable(q []int8) {
	for g := range len(q) / 4 {
		a, b := pairs(q[4*g], q[4*g+1]), pairs(q[4*g+2], q[4*g+3])
		table := &l.table[g]
		for hi := range 16 {
			for lo := range 16 {
				table[16*hi+lo] = a[lo] + b[hi]
			}
		}
	}
}

// pairs returns the sum of two products for the 16 codes of two weights. Code
// 10 does not occur and counts as 0.
func pairs(x, y int8) [16]int16 {
	first := [4]int16{0, int16(x), 0, -int16(x)}
	second := [4]int16{0, int16(y), 0, -int16(y)}
	var sums [16]int16
	for i := range sums {
		sums[i] = first[i&3] + second[i>>2]
	}
	return sums
}

// dot returns the product of row r with the activations of the table.
func (l *linear) dot(m *ternary.Matrix, r int) int32 {
	row := m.Codes[r*m.Stride() : (r+1)*m.Stride()]
	table := l.table[:len(row)]
	sum := int32(0)
	for g, code := range row {
		sum += int32(table[g][code])
	}
	return sum
}

package fixed

import (
	"math"
	"math/big"

	"lockstep/ternary"
)

// This file is the second definition of every operation, in math/big and from
// the "Hardware" paragraphs of the doc comments rather than from the code.

func bigOf(v int64) *big.Int { return big.NewInt(v) }

func pow2(n int) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(n)) }

// oracleRound rounds num/den, den > 0, to the nearest integer, ties away from
// zero.
func oracleRound(num, den *big.Int) *big.Int {
	twice := new(big.Int).Add(new(big.Int).Lsh(new(big.Int).Abs(num), 1), den)
	q := twice.Quo(twice, new(big.Int).Lsh(den, 1))
	if num.Sign() < 0 {
		q.Neg(q)
	}
	return q
}

func oracleLimit(v *big.Int, width int) int32 {
	hi := new(big.Int).Sub(pow2(width-1), bigOf(1))
	lo := new(big.Int).Neg(pow2(width - 1))
	switch {
	case v.Cmp(hi) > 0:
		v = hi
	case v.Cmp(lo) < 0:
		v = lo
	}
	return int32(v.Int64())
}

// oracleApply is the real number acc*Mant*2^Exp, rounded and limited.
func oracleApply(acc int64, s Scale, width int) int32 {
	num, den := new(big.Int).Mul(bigOf(acc), bigOf(int64(s.Mant))), bigOf(1)
	if s.Exp >= 0 {
		num.Lsh(num, uint(s.Exp))
	} else {
		den = pow2(-s.Exp)
	}
	return oracleLimit(oracleRound(num, den), width)
}

// oracleNormal rounds num/den > 0 to 16 significant bits, ties up.
func oracleNormal(num, den *big.Int) Scale {
	exp := 0
	n, d := new(big.Int).Set(num), new(big.Int).Set(den)
	for n.Cmp(new(big.Int).Lsh(d, 16)) >= 0 {
		d.Lsh(d, 1)
		exp++
	}
	for n.Cmp(new(big.Int).Lsh(d, 15)) < 0 {
		n.Lsh(n, 1)
		exp--
	}
	mant := oracleRound(n, d).Int64()
	if mant == 1<<16 {
		mant, exp = 1<<15, exp+1
	}
	return Scale{Mant: uint32(mant), Exp: exp}
}

func oracleMul(s, t Scale) Scale {
	if s.Mant == 0 || t.Mant == 0 {
		return Scale{}
	}
	r := oracleNormal(bigOf(int64(s.Mant)*int64(t.Mant)), bigOf(1))
	r.Exp += s.Exp + t.Exp
	return r
}

// oracleCurve is one table step: word index of rom at an offset of 16 bits.
func oracleCurve(rom []Segment, index, offset uint64, exp int) Scale {
	y := uint64(rom[index].Value) - uint64(rom[index].Slope)*offset/65536
	mant := (y + 8) / 16
	if mant == 65536 {
		return Scale{Mant: 32768, Exp: exp + 1}
	}
	return Scale{Mant: uint32(mant), Exp: exp}
}

// field returns width bits of v*2^lz from bit hi down.
func field(v uint64, lz, hi, width int) uint64 {
	x := new(big.Int).Lsh(new(big.Int).SetUint64(v), uint(lz))
	x.Rsh(x, uint(hi-width+1))
	return x.And(x, new(big.Int).Sub(pow2(width), bigOf(1))).Uint64()
}

func oracleRecip(v uint64) Scale {
	if v == 0 {
		return Scale{}
	}
	lz := 64 - new(big.Int).SetUint64(v).BitLen()
	return oracleCurve(RecipROM(), field(v, lz, 62, 8), field(v, lz, 54, 16), lz-79)
}

func oracleRsqrt(v uint64) Scale {
	if v == 0 {
		return Scale{}
	}
	lz := 64 - new(big.Int).SetUint64(v).BitLen()
	index := field(v, lz, 62, 7)
	if lz%2 == 0 {
		index += 128
	}
	return oracleCurve(RsqrtROM(), index, field(v, lz, 55, 16), -16-(63-lz)/2)
}

// oracleSigmoid returns the value of sigmoid(x), from the table or as the lowest
// of the lines, as a fraction of 2^(Frac+4).
func oracleSigmoid(c Config, r *SigmoidROM, x int32) int64 {
	a := int64(math.Abs(float64(x)))
	if r.Knot != nil {
		y := int64(1) << (c.Vector.Frac + 4)
		for i, v := range r.Value {
			y = min(y, (256*int64(v)+int64(r.Slope[i])*a)/256)
		}
		if x < 0 {
			y = 1<<(c.Vector.Frac+4) - y
		}
		return y
	}
	length := int64(1) << (c.Vector.Frac + c.Sigmoid.RangeLog2 - c.Sigmoid.SegmentsLog2)
	y := int64(1) << (c.Vector.Frac + 4)
	if a < length<<c.Sigmoid.SegmentsLog2 {
		y = int64(r.Value[a/length]) + int64(r.Slope[a/length])*(a%length)/length
	}
	if x < 0 {
		y = 1<<(c.Vector.Frac+4) - y
	}
	return y
}

// oracleMachine executes a token from the exported constants of a model alone,
// one scalar at a time.
type oracleMachine struct {
	m     *Model
	state [][]int32
}

func newOracleMachine(m *Model) *oracleMachine {
	o := &oracleMachine{m: m}
	for range m.Layers {
		o.state = append(o.state, make([]int32, m.Shape.Hidden))
	}
	return o
}

func (o *oracleMachine) limit(v *big.Int) int32 { return oracleLimit(v, o.m.Config.Vector.Width) }

func (o *oracleMachine) mul(a, b int32) int32 {
	return o.limit(oracleRound(new(big.Int).Mul(bigOf(int64(a)), bigOf(int64(b))), pow2(o.m.Config.Vector.Frac)))
}

func (o *oracleMachine) add(a, b int32) int32 {
	return o.limit(new(big.Int).Add(bigOf(int64(a)), bigOf(int64(b))))
}

func (o *oracleMachine) silu(x int32) int32 {
	y := oracleSigmoid(o.m.Config, o.m.ops.SigmoidROM(), x)
	return o.limit(oracleRound(new(big.Int).Mul(bigOf(int64(x)), bigOf(y)), pow2(o.m.Config.Vector.Frac+4)))
}

func (o *oracleMachine) csigmoid(x int32) int32 {
	y := oracleSigmoid(o.m.Config, o.m.ops.SigmoidROM(), int32(math.Abs(float64(x))))
	half := int32((y + 8) / 16)
	if x < 0 {
		return half
	}
	return 1<<o.m.Config.Vector.Frac - half
}

func (o *oracleMachine) sumSquares(x []int32) *big.Int {
	sum := new(big.Int)
	for _, v := range x {
		r := oracleRound(bigOf(int64(v)), pow2(max(0, o.m.Config.Vector.Width-24)))
		sum.Add(sum, r.Mul(r, r))
	}
	return sum
}

func (o *oracleMachine) rmsNorm(x []int32, n Norm) []int32 {
	sum := o.sumSquares(x)
	s := oracleMul(oracleRsqrt(sum.Add(sum, new(big.Int).SetUint64(n.Eps)).Uint64()), n.Out)
	y := make([]int32, len(x))
	for i := range x {
		y[i] = oracleApply(int64(x[i])*int64(n.Weight[i]), s, o.m.Config.Vector.Width)
	}
	return y
}

func (o *oracleMachine) bitLinear(x []int32, p Projection) []int32 {
	peak := int64(0)
	for i := range x {
		peak = max(peak, int64(math.Abs(float64(int64(x[i])*int64(p.Norm[i])))))
	}
	inverse := oracleMul(oracleRecip(uint64(peak)), Scale{Mant: 127 << 9, Exp: -9})
	q := make([]int64, len(x))
	for i := range x {
		q[i] = max(int64(oracleApply(int64(x[i])*int64(p.Norm[i]), inverse, 8)), -127)
	}
	sum := o.sumSquares(x)
	s := Scale{}
	if peak != 0 {
		s = oracleMul(oracleNormal(bigOf(peak), bigOf(1)), oracleRsqrt(sum.Add(sum, new(big.Int).SetUint64(p.Eps)).Uint64()))
		s = oracleMul(s, p.Out)
	}
	y := make([]int32, p.Weight.Rows)
	for r := range y {
		y[r] = oracleApply(oracleDot(p.Weight, r, q), s, o.m.Config.Vector.Width)
	}
	return y
}

// oracleDot is row r of a ternary product, from the two-bit codes.
func oracleDot(m *ternary.Matrix, r int, q []int64) int64 {
	sum := int64(0)
	for c := range m.Cols {
		switch m.Codes[r*((m.Cols+3)/4)+c/4] / [4]byte{1, 4, 16, 64}[c%4] % 4 {
		case 1:
			sum += q[c]
		case 3:
			sum -= q[c]
		}
	}
	return sum
}

func (o *oracleMachine) step(token int) []int32 {
	h, inter := o.m.Shape.Hidden, o.m.Shape.Intermediate
	x := append([]int32{}, o.m.Embedding[token*h:(token+1)*h]...)
	for k, l := range o.m.Layers {
		n := o.rmsNorm(x, l.AttnNorm)
		i, f, g := o.bitLinear(n, l.I), o.bitLinear(n, l.F), o.bitLinear(n, l.G)
		g = o.rmsNorm(g, l.GNorm)
		mixed := make([]int32, h)
		for j := range h {
			c := o.csigmoid(f[j])
			if l.OneMinusLB != nil {
				c = o.mul(c, l.OneMinusLB[j])
			}
			delta := o.limit(new(big.Int).Sub(bigOf(int64(o.silu(i[j]))), bigOf(int64(o.state[k][j]))))
			o.state[k][j] = o.add(o.state[k][j], o.mul(delta, c))
			mixed[j] = o.mul(o.silu(o.state[k][j]), g[j])
		}
		for j, d := range o.bitLinear(mixed, l.O) {
			x[j] = o.add(x[j], d)
		}
		gu := o.bitLinear(o.rmsNorm(x, l.MLPNorm), l.GateUp)
		product := make([]int32, inter)
		for j := range inter {
			product[j] = o.mul(o.silu(gu[j]), gu[inter+j])
		}
		for j, d := range o.bitLinear(product, l.Down) {
			x[j] = o.add(x[j], d)
		}
	}
	return o.bitLinear(o.rmsNorm(x, o.m.FinalNorm), o.m.Head)
}

package hecross

import (
	"fmt"
	"math/big"
)

// A BaseConverter takes residues modulo the primes q_i, with product Q, to
// residues modulo other primes p_j. Of the number x in [0, Q) it makes
// x + u*Q for some 0 <= u < a, a being the number of primes q_i.
//
// Source: fast base conversion, arXiv:2501.07047 and eprint 2016/510.
type BaseConverter struct {
	From, To []Modulus
	Inverse  []uint32   // (Q/q_i)^-1 mod q_i
	Known    Matrix     // a x b, (Q/q_i) mod p_j in row i and column j
	Bytes    ByteMatrix // 4a x 4b, Known as bytes
}

// NewBaseConverter returns the converter between two sets of distinct primes
// without one in common, from at least one.
func NewBaseConverter(from, to []Modulus) (*BaseConverter, error) {
	if len(from) == 0 {
		return nil, fmt.Errorf("hecross: base conversion is from 0 moduli, want at least 1")
	}
	seen := map[uint32]bool{}
	for _, m := range append(append([]Modulus{}, from...), to...) {
		if m.q == 0 || seen[m.q] {
			return nil, fmt.Errorf("hecross: base conversion has modulus %d unset or twice, want distinct moduli from NewModulus", m.q)
		}
		seen[m.q] = true
	}
	return newBaseConverter(from, to), nil
}

func newBaseConverter(from, to []Modulus) *BaseConverter {
	c := &BaseConverter{From: from, To: to, Inverse: make([]uint32, len(from)), Known: NewMatrix(len(from), len(to))}
	product, others := Product(from), new(big.Int)
	for i, m := range from {
		others.Quo(product, big.NewInt(int64(m.q)))
		c.Inverse[i] = m.Inverse(m.ModBig(others))
		for j, p := range to {
			c.Known.Data[i*len(to)+j] = p.ModBig(others)
		}
	}
	c.Bytes = batRight(c.Known, to)
	return c
}

// Product returns the product of moduli, 1 of none.
func Product(moduli []Modulus) *big.Int {
	product := big.NewInt(1)
	for _, m := range moduli {
		product.Mul(product, big.NewInt(int64(m.q)))
	}
	return product
}

// ModBig returns x mod q for x >= 0.
func (m Modulus) ModBig(x *big.Int) uint32 {
	return uint32(new(big.Int).Mod(x, big.NewInt(int64(m.q))).Uint64())
}

// Convert returns, for in of a limbs in coefficient form, the b limbs modulo
// the primes To. It reports an error unless in holds residues modulo From.
func (c *BaseConverter) Convert(in Poly) (Poly, error) {
	if err := checkResidues("in", in, c.From); err != nil {
		return nil, err
	}
	return c.convert(in), nil
}

func (c *BaseConverter) convert(in Poly) Poly {
	y := c.scale(in)
	out := NewPoly(len(c.To), len(in[0]))
	var largest uint32
	for _, m := range c.From {
		largest = max(largest, m.q)
	}
	for j, p := range c.To {
		c.column(out[j], y, j, p.termsPerSum(largest))
	}
	return out
}

// scale returns y_i = x_i * (Q/q_i)^-1 mod q_i.
func (c *BaseConverter) scale(in Poly) Poly {
	y := NewPoly(len(in), len(in[0]))
	for i, m := range c.From {
		w, quot := c.Inverse[i], m.ShoupQuotient(c.Inverse[i])
		for k, x := range in[i] {
			y[i][k] = m.Correct(m.MulShoup(x, w, quot))
		}
	}
	return y
}

// blockLen keeps the sums of one block in the first level cache.
const blockLen = 1024

// column sets out to sum_i y_i * Known[i][j] mod p_j, reducing after as many
// terms as 64 bits hold.
func (c *BaseConverter) column(out []uint32, y Poly, j, terms int) {
	p := c.To[j]
	var sums [blockLen]uint64
	for lo := 0; lo < len(out); lo += blockLen {
		block := out[lo:min(lo+blockLen, len(out))]
		clear(sums[:])
		room := terms
		for i := range y {
			if room == 0 {
				for k, s := range sums {
					sums[k] = uint64(p.Mod(s))
				}
				room = terms - 1 // the residue counts as one product
			}
			room--
			w := uint64(c.Known.At(i, j))
			for k, v := range y[i][lo : lo+len(block)] {
				sums[k] += uint64(v) * w
			}
		}
		for k := range block {
			block[k] = p.Mod(sums[k])
		}
	}
}

// ConvertBytes is Convert through literal bytes, one product of N x 4a and
// 4a x 4b bytes. It reports an error when a is too large for a modulus.
func (c *BaseConverter) ConvertBytes(in Poly) (Poly, error) {
	if err := checkResidues("in", in, c.From); err != nil {
		return nil, err
	}
	y, n := c.scale(in), len(in[0])
	a := NewMatrix(n, len(in))
	for i := range y {
		for k, v := range y[i] {
			a.Data[k*a.Cols+i] = v
		}
	}
	z, err := MulBATRight(a, c.Bytes, c.To)
	if err != nil {
		return nil, err
	}
	out := NewPoly(len(c.To), n)
	for i, v := range z.Data {
		out[i%z.Cols][i/z.Cols] = v
	}
	return out, nil
}

// checkResidues reports limbs of different lengths, a wrong number of them, or
// a value that is no residue.
func checkResidues(name string, p Poly, moduli []Modulus) error {
	n := 0
	if len(p) > 0 {
		n = len(p[0])
	}
	return (&Ring{N: n, Moduli: moduli}).Check(name, p)
}

package lower

import (
	"lockstep/hecross/emulation"
	"lockstep/systolic/tpu"
)

// costs are the vector operations per element, and the bytes of byte products,
// under the options of a program.
type costs struct {
	mul      int64 // product of two residues
	mulKnown int64 // by a residue that is known before
	reduce   int64 // sums of a byte product to a residue, the merge included
	add, sub int64
	fold     int64 // a residue of another modulus to one
	chunk    int64

	chunks     int64 // per residue of the operand
	sums       int64 // per residue of the result
	words      int64 // per known factor: 2 with the quotient of Shoup
	types      tpu.Types
	exactTerms int64 // residues that one sum adds exactly, 0 for any number
}

func costsOf(o Options, bits int) (costs, error) {
	e, err := emulation.Count()
	if err != nil {
		return costs{}, err
	}
	c := costs{
		mul: int64(e.MulBarrett), mulKnown: int64(e.MulBarrett), reduce: int64(e.Merge + e.Barrett),
		add: int64(e.Add), sub: int64(e.Sub), fold: int64(e.MulShoup), chunk: int64(e.Chunk),
		chunks: 4, sums: 4, words: 1, types: tpu.Types{A: tpu.U8, B: tpu.U8},
	}
	if o.Product == "toeplitz" {
		c.sums, c.reduce = 7, int64(e.Toeplitz)
	}
	switch o.Reduction {
	case "montgomery":
		c.mul, c.mulKnown = int64(e.MulMontgomery), int64(e.MulMontgomery)
		c.reduce -= int64(e.Barrett - e.Montgomery)
	case "shoup":
		c.mulKnown, c.words = int64(e.MulShoup), 2
	case "native":
		c.mul, c.mulKnown, c.reduce, c.add, c.sub, c.fold = 1, 1, 1, 1, 1, 1
		if o.Product == "toeplitz" {
			c.reduce = 3
		}
	}
	switch o.Bytes {
	case "s8":
		c.types = tpu.Types{A: tpu.S8, B: tpu.S8}
		extra := int64(bits+6)/7 - c.chunks // one more chunk above 28 bits
		c.chunks += extra
		c.sums += extra
		c.chunk += extra * int64(e.Chunk) / 4
		c.reduce += extra * int64(e.Merge) / 3
	case "bf16":
		c.types = tpu.Types{A: tpu.BF16, B: tpu.BF16}
		c.exactTerms = 64
	}
	return c, nil
}

// pieces returns how many sums of equal length a product over so many residues
// is cut into.
func (c *costs) pieces(terms int) int64 {
	pieces := int64(1)
	if c.exactTerms > 0 {
		pieces = (int64(terms) + c.exactTerms - 1) / c.exactTerms
	}
	for int64(terms)%pieces != 0 {
		pieces++
	}
	return pieces
}

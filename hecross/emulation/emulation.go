// Package emulation writes modular arithmetic as straight-line sequences of the
// operations that a vector lane of 32-bit integers has: no carries, no product
// of more than 32 bits. A sequence computes, so that tests compare it with the
// arithmetic of package hecross, and counts, which is what it costs on a
// machine without a modular unit.
//
// Source: the emulation of wide products by half products on the vector unit of
// a TPU, arXiv:2501.07047; sequences and counts are ours.
package emulation

// An ALU executes and counts 32-bit operations of one lane.
type ALU struct {
	ops int
}

// Ops returns the operations executed so far.
func (a *ALU) Ops() int { return a.ops }

func (a *ALU) add(x, y uint32) uint32     { a.ops++; return x + y }
func (a *ALU) sub(x, y uint32) uint32     { a.ops++; return x - y }
func (a *ALU) mul(x, y uint32) uint32     { a.ops++; return x * y } // the low half
func (a *ALU) and(x, y uint32) uint32     { a.ops++; return x & y }
func (a *ALU) or(x, y uint32) uint32      { a.ops++; return x | y }
func (a *ALU) shl(x uint32, n int) uint32 { a.ops++; return x << n }
func (a *ALU) shr(x uint32, n int) uint32 { a.ops++; return x >> n }

// less returns 1 if x < y, else 0.
func (a *ALU) less(x, y uint32) uint32 {
	a.ops++
	if x < y {
		return 1
	}
	return 0
}

// choose returns x if the condition is not 0, else y.
func (a *ALU) choose(condition, x, y uint32) uint32 {
	a.ops++
	if condition != 0 {
		return x
	}
	return y
}

// wide is a number of 64 bits in two words.
type wide struct{ low, high uint32 }

// halves is a word in two halves of 16 bits.
type halves struct{ low, high uint32 }

// split costs two operations; known words are split beforehand.
func (a *ALU) split(x uint32) halves {
	return halves{a.and(x, 0xFFFF), a.shr(x, 16)}
}

func known(x uint32) halves { return halves{x & 0xFFFF, x >> 16} }

// product returns x*y in full from four half products.
func (a *ALU) product(x, y halves) wide {
	high, low, middle := a.partial(x, y)
	return wide{a.or(a.and(low, 0xFFFF), a.shl(middle, 16)), high}
}

// productHigh returns the upper word of x*y.
func (a *ALU) productHigh(x, y halves) uint32 {
	high, _, _ := a.partial(x, y)
	return high
}

// partial returns the upper word of x*y, the lowest half product, and the sum
// of the middle column, whose low half is bits 16 to 31 of the product. The
// largest sums are (2^16-1)^2 + 2*(2^16-1) = 2^32-1: nothing is lost.
func (a *ALU) partial(x, y halves) (high, low, middle uint32) {
	low = a.mul(x.low, y.low)
	cross := a.add(a.mul(x.low, y.high), a.shr(low, 16))
	middle = a.add(a.mul(x.high, y.low), a.and(cross, 0xFFFF))
	high = a.add(a.mul(x.high, y.high), a.shr(cross, 16))
	return a.add(high, a.shr(middle, 16)), low, middle
}

// sum returns x + y modulo 2^64.
func (a *ALU) sum(x, y wide) wide {
	low := a.add(x.low, y.low)
	return wide{low, a.add(a.add(x.high, y.high), a.less(low, x.low))}
}

// below returns x - q if x >= q, else x.
func (a *ALU) below(x, q uint32) uint32 {
	return a.choose(a.less(x, q), x, a.sub(x, q))
}

// Add returns x + y mod q of residues modulo q < 2^31.
func (a *ALU) Add(x, y, q uint32) uint32 { return a.below(a.add(x, y), q) }

// Sub returns x - y mod q of residues modulo q < 2^31.
func (a *ALU) Sub(x, y, q uint32) uint32 { return a.below(a.add(x, a.sub(q, y)), q) }

// Chunk returns the four bytes of x, the lowest first, in words of their own.
func (a *ALU) Chunk(x uint32) [4]uint32 {
	return [4]uint32{a.and(x, 0xFF), a.and(a.shr(x, 8), 0xFF), a.and(a.shr(x, 16), 0xFF), a.shr(x, 24)}
}

// Merge returns the sum of y[p] << 8p, for a sum below 2^64.
func (a *ALU) Merge(y [4]uint32) wide {
	z := wide{y[0], 0}
	for p := 1; p < 4; p++ {
		z = a.sum(z, wide{a.shl(y[p], 8*p), a.shr(y[p], 32-8*p)})
	}
	return z
}

package emulation

import "lockstep/hecross"

// Barrett returns z mod q for z < 2^s, s being m.ProductBits(), at least 32.
// The upper word of z is multiplied in full, of the lower one only the upper
// word of the product counts.
func (a *ALU) Barrett(m hecross.Modulus, z wide) uint32 {
	return a.barrett(z, known(uint32(m.BarrettFactor())), m.ProductBits()-32, m.Q())
}

// barrett takes the factor floor(2^s/q) < 2^32 and the shift s-32 >= 0.
func (a *ALU) barrett(z wide, factor halves, shift int, q uint32) uint32 {
	low := a.productHigh(a.split(z.low), factor)
	t := a.sum(a.product(a.split(z.high), factor), wide{low: low})
	quotient := a.or(a.shr(t.low, shift), a.shl(t.high, 32-shift))
	return a.below(a.sub(z.low, a.mul(quotient, q)), q)
}

// Montgomery returns z / 2^32 mod q, for z < 2^32 * q.
func (a *ALU) Montgomery(m hecross.Modulus, z wide) uint32 {
	u := a.mul(z.low, m.MontgomeryFactor())
	high := a.productHigh(a.split(u), known(m.Q()))
	carry := a.less(0, z.low) // z.low and the low word of u*q add up to 0 or 2^32
	return a.below(a.add(a.add(z.high, high), carry), m.Q())
}

// MulBarrett returns x*y mod q of residues.
func (a *ALU) MulBarrett(m hecross.Modulus, x, y uint32) uint32 {
	return a.Barrett(m, a.product(a.split(x), a.split(y)))
}

// MulMontgomery returns x*y / 2^32 mod q of residues.
func (a *ALU) MulMontgomery(m hecross.Modulus, x, y uint32) uint32 {
	return a.Montgomery(m, a.product(a.split(x), a.split(y)))
}

// MulShoup returns x*w mod q for a known residue w with its quotient
// floor(w * 2^32 / q), which is split beforehand, and any x.
func (a *ALU) MulShoup(m hecross.Modulus, x, w, quotient uint32) uint32 {
	t := a.productHigh(a.split(x), known(quotient))
	r := a.sub(a.mul(x, w), a.mul(t, m.Q()))
	return a.below(r, m.Q())
}

// Costs are the operations per element of every sequence.
type Costs struct {
	MulBarrett, MulMontgomery, MulShoup int
	Barrett, Montgomery                 int // reduction of a number of two words
	Add, Sub                            int
	Chunk, Merge                        int
	Toeplitz                            int // of seven sums, with its reductions
}

// Count returns the costs, by running every sequence once. They do not depend
// on the data; a modulus of 28 bits stands for all.
func Count() (Costs, error) {
	m, err := hecross.NewModulus(268042241)
	if err != nil {
		return Costs{}, err
	}
	count := func(run func(a *ALU)) int {
		a := &ALU{}
		run(a)
		return a.Ops()
	}
	return Costs{
		MulBarrett:    count(func(a *ALU) { a.MulBarrett(m, 1, 1) }),
		MulMontgomery: count(func(a *ALU) { a.MulMontgomery(m, 1, 1) }),
		MulShoup:      count(func(a *ALU) { a.MulShoup(m, 1, 1, m.ShoupQuotient(1)) }),
		Barrett:       count(func(a *ALU) { a.Barrett(m, wide{1, 1}) }),
		Montgomery:    count(func(a *ALU) { a.Montgomery(m, wide{1, 1}) }),
		Add:           count(func(a *ALU) { a.Add(1, 1, m.Q()) }),
		Sub:           count(func(a *ALU) { a.Sub(1, 1, m.Q()) }),
		Chunk:         count(func(a *ALU) { a.Chunk(1) }),
		Merge:         count(func(a *ALU) { a.Merge([4]uint32{1, 1, 1, 1}) }),
		Toeplitz:      count(func(a *ALU) { a.Toeplitz(m, [7]uint32{}) }),
	}, nil
}

// Toeplitz returns the sum of y[p] << 8p modulo q, the seven sums of the sparse
// byte product: the upper three and the lower four are merged and reduced for
// themselves. Both merged sums are below 2^(b+31), up to which the reduction is
// the same sequence with another factor.
func (a *ALU) Toeplitz(m hecross.Modulus, y [7]uint32) uint32 {
	high := wide{low: y[4]}
	for p := 1; p < 3; p++ {
		high = a.sum(high, wide{a.shl(y[4+p], 8*p), a.shr(y[4+p], 32-8*p)})
	}
	w := m.Mod(1 << 32)
	upper := a.MulShoup(m, a.barrettLong(m, high), w, m.ShoupQuotient(w))
	return a.Add(upper, a.barrettLong(m, a.Merge([4]uint32(y[:4]))), m.Q())
}

// barrettLong is Barrett for z < 2^(b+31), b being m.Bits(), at least 17.
func (a *ALU) barrettLong(m hecross.Modulus, z wide) uint32 {
	s := m.Bits() + 31
	return a.barrett(z, known(uint32(uint64(1)<<s/uint64(m.Q()))), s-32, m.Q())
}

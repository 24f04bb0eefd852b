package barrett

import (
	"math/rand/v2"

	"lockstep/rtl/unit"
)

// frame returns the operand z with a modulus.
func (c Config) frame(z uint64, k Constants) unit.Frame {
	return append(unit.Frame{{int64(z)}}, c.Frame(k)...)
}

// end returns the number that operands are below.
func (c Config) end(k Constants) uint64 { return 1 << (2*c.Bits - k.Shift) }

// moduli are the built-in one, or the ends of every length that the unit takes
// and primes of CROSS.
func (c Config) moduli() []Constants {
	qs := []uint32{c.Q, 557057, 786433, 268042241, 268238849, 268369921, 269402113, 384040961, 2147377153}
	if c.Q != 0 {
		qs = qs[:1]
	} else {
		for n := c.Bits - c.Narrower; n <= c.Bits; n++ {
			qs = append(qs, 1<<(n-1)|1, 1<<n-1)
		}
	}
	var ks []Constants
	for _, q := range qs {
		if k, err := c.Constants(q); err == nil {
			ks = append(ks, k)
		}
	}
	return ks
}

// corners are both ends of the range; one below, at and one above multiples of
// q; squares and products near the greatest; and numbers around those whose
// quotient is estimated one too little.
func (c Config) corners() []unit.Frame {
	var fs []unit.Frame
	for _, k := range c.moduli() {
		end, q64 := c.end(k), uint64(k.Q)
		last := (end - 1) / q64 // quotient of the greatest operand
		add := func(zs ...uint64) {
			for _, z := range zs {
				if z < end {
					fs = append(fs, c.frame(z, k))
				}
			}
		}
		add(0, 1, end-1, end-2, end/2, end/2-1, end/2+1, 1<<32-1, 1<<32, 1<<32+1, 0x5555555555555555%end, 0xaaaaaaaaaaaaaaaa%end)
		add((q64-1)*(q64-1), (q64-1)*(q64-2), (q64-1)*(q64/2), (q64/2)*(q64/2))
		for _, n := range []uint64{1, 2, 3, q64 / 2, q64 - 2, q64 - 1, q64, last / 2, last/2 + 1, last - 2, last - 1, last} {
			add(n*q64-1, n*q64, n*q64+1)
		}
		// The estimate is too little where z mod q < z*e/2^s, e = 2^s mod q*2^Shift.
		e := (uint64(1) << (2 * c.Bits)) % (q64 << k.Shift) >> k.Shift
		for d := range min(e/2, 4) {
			add(last*q64+e-d, (last-1)*q64+e-d, (last/2)*q64+e/2-d)
		}
	}
	return fs
}

// stimulus returns the corners and random frames: operands of every length,
// products of residues, and neighbours of multiples of q.
func (c Config) stimulus(r *rand.Rand, n int) []unit.Frame {
	fs := c.corners()
	moduli := c.moduli()
	for range n {
		k := moduli[r.IntN(len(moduli))]
		if q := 1<<(c.Bits-1) | r.Uint32N(1<<(c.Bits-1)); c.Q == 0 && r.IntN(2) == 0 {
			if any, err := c.Constants(q>>r.IntN(c.Narrower+1) | 1); err == nil {
				k = any
			}
		}
		q, end := k.Q, c.end(k)
		z := r.Uint64N(end)
		switch r.IntN(4) {
		case 0:
			z = uint64(r.Uint32N(q)) * uint64(r.Uint32N(q))
		case 1:
			z >>= r.IntN(2 * c.Bits)
		case 2:
			z = min(z/uint64(q)*uint64(q)+uint64(r.IntN(3)), end-1)
		}
		if fs = append(fs, c.frame(z, k)); r.IntN(8) == 0 {
			fs = append(fs, nil)
		}
	}
	return fs
}

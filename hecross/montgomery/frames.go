package montgomery

import (
	"math/rand/v2"

	"lockstep/rtl/unit"
)

// frame returns the operand z with the constants of k.
func (c Config) frame(z uint64, k Constants) unit.Frame {
	f := unit.Frame{{int64(z)}, {int64(k.Q)}, {int64(k.Inverse)}}
	return f[:1+len(c.modulusPorts())]
}

// moduli are the built-in one, or the ends of the range, of several lengths and
// primes of CROSS.
func (c Config) moduli() []Constants {
	qs := []uint32{c.Q, 3, 5, 257, 65535, 65537, 557057, 786433, 268042241, 268369921, 269402113, 2147377153, 1<<31 - 1, 1<<30 + 1}
	if c.Q != 0 {
		qs = qs[:1]
	}
	var ks []Constants
	for _, q := range qs {
		if k, err := NewConstants(q); err == nil {
			ks = append(ks, k)
		}
	}
	return ks
}

// corners are both ends of the range and of either half, products near the
// greatest, operands whose reduction is the least and the greatest, and
// multiples of q and their neighbours.
func (c Config) corners() []unit.Frame {
	var fs []unit.Frame
	for _, k := range c.moduli() {
		q := uint64(k.Q)
		end := q << 32
		zs := []uint64{0, 1, 1<<32 - 1, 1 << 32, end - 1, end - 1<<32, end / 2, (q - 1) * (q - 1), (q - 1) * (1<<32 - 1), q - 1, q, q + 1,
			(1<<32 - 1) * q, (1<<32-1)*q - 1, (1<<32 - 1) * q / 2, 0x5555555555555555 % end, 0xaaaaaaaaaaaaaaaa % end, uint64(k.One), uint64(k.Square)}
		// u is z*q^-1 mod 2^32: take the greatest and the least with both ends of the upper half.
		for _, u := range []uint64{0, 1, 1<<32 - 1, 1 << 31, 0xffff, 0x10000, 0xffff0000} {
			low := u * q & (1<<32 - 1)
			zs = append(zs, low, (q-1)<<32|low)
		}
		for _, z := range zs {
			fs = append(fs, c.frame(z, k))
		}
	}
	return fs
}

// stimulus returns the corners and random frames.
func (c Config) stimulus(r *rand.Rand, n int) []unit.Frame {
	fs := c.corners()
	moduli := c.moduli()
	for range n {
		k := moduli[r.IntN(len(moduli))]
		if c.Q == 0 && r.IntN(2) == 0 {
			if any, err := NewConstants(r.Uint32N(1<<31)>>r.IntN(29) | 1); err == nil {
				k = any
			}
		}
		z := r.Uint64N(uint64(k.Q) << 32)
		switch r.IntN(3) {
		case 0:
			z = uint64(r.Uint32N(k.Q)) * uint64(r.Uint32N(k.Q))
		case 1:
			z >>= r.IntN(64)
		}
		if fs = append(fs, c.frame(z, k)); r.IntN(8) == 0 {
			fs = append(fs, nil)
		}
	}
	return fs
}

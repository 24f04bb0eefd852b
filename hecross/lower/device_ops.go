package lower

import (
	"fmt"

	"lockstep/hecross"
)

// Add returns x + y, as [hecross.Context.Add], of two polynomials each.
func (d *Device) Add(x, y hecross.Ciphertext) (hecross.Ciphertext, error) {
	if err := d.checkBoth(x, y, 1); err != nil {
		return nil, err
	}
	return d.do("add", func(b *builder) []poly {
		in, all := [2][2]poly{b.inputPair("x", x), b.inputPair("y", y)}, limbs(0, x.Limbs())
		out := make([]poly, 2)
		for i := range out {
			out[i] = b.newPoly("sum", len(all), false)
			b.addPoly(out[i], in[0][i], in[1][i], all)
		}
		return out
	})
}

// AddPlain returns x + p for a plaintext in NTT form, as
// [hecross.Context.AddPlain].
func (d *Device) AddPlain(x hecross.Ciphertext, p hecross.Poly) (hecross.Ciphertext, error) {
	if err := d.checkPlain(x, p); err != nil {
		return nil, err
	}
	out, err := d.do("add plaintext", func(b *builder) []poly {
		all := limbs(0, x.Limbs())
		sum := b.newPoly("sum", len(all), false)
		b.addPoly(sum, b.input("x0", x[0]), b.input("plaintext", p), all)
		return []poly{sum}
	})
	if err != nil {
		return nil, err
	}
	return hecross.Ciphertext{out[0], x[1].Clone()}, nil
}

// MulPlain returns x*p for a plaintext in NTT form, as
// [hecross.Context.MulPlain].
func (d *Device) MulPlain(x hecross.Ciphertext, p hecross.Poly) (hecross.Ciphertext, error) {
	if err := d.checkPlain(x, p); err != nil {
		return nil, err
	}
	return d.do("multiply by plaintext", func(b *builder) []poly {
		in, plain, all := b.inputPair("x", x), b.input("plaintext", p), limbs(0, x.Limbs())
		out := make([]poly, 2)
		for i := range out {
			out[i] = b.newPoly("product", len(all), false)
			b.mulPoly(out[i], in[i], plain, all)
		}
		return out
	})
}

// checkPlain reports a ciphertext and a plaintext that do not go together.
func (d *Device) checkPlain(x hecross.Ciphertext, p hecross.Poly) error {
	if err := d.check("x", x, 2, 1); err != nil {
		return err
	}
	if err := d.check("plaintext", hecross.Ciphertext{p}, 1, 1); err != nil {
		return err
	}
	if len(p) != x.Limbs() {
		return fmt.Errorf("lower: plaintext has %d limbs, want %d as x", len(p), x.Limbs())
	}
	return nil
}

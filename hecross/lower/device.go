package lower

import (
	"context"
	"fmt"

	"lockstep/hecross"
	"lockstep/systolic/tpu"
)

// LiteralN is the largest N whose byte products are computed as such; beyond
// it the arithmetic of package hecross computes the same residues, and each
// transform proves it for its first limb.
const LiteralN = 1 << 14

// A Device is a simulated machine that computes the operators of a context. Its
// methods are those of [hecross.Context], with the same results, and every one
// leaves a report. It is for one goroutine.
type Device struct {
	Context *hecross.Context
	Config  tpu.Config
	Options Options

	ctx     context.Context
	reports []*Report
}

// NewDevice returns a device; runs end when ctx does. Values are computed with
// bytes u8 only.
func NewDevice(ctx context.Context, hc *hecross.Context, c tpu.Config, o Options) (*Device, error) {
	o, err := o.resolve()
	if err != nil {
		return nil, err
	}
	if o.Bytes != "u8" {
		return nil, fmt.Errorf("lower: bytes are %s, want u8 to compute values: the others are timed only", o.Bytes)
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &Device{Context: hc, Config: c, Options: o, ctx: ctx}, nil
}

// Reports returns the reports of all operations so far, in their order.
func (d *Device) Reports() []*Report { return d.reports }

// Report returns the report of the last operation, nil before the first.
func (d *Device) Report() *Report {
	if len(d.reports) == 0 {
		return nil
	}
	return d.reports[len(d.reports)-1]
}

// shape is that of operands of one ciphertext.
func (d *Device) shape() Shape {
	q, p := d.Context.Q, d.Context.P
	return Shape{
		N: q.N, R: q.R, C: q.C, Q: q.Limbs(), P: p.Limbs(), DigitLimbs: d.Context.DigitLimbs,
		Bits: widest(q.Moduli, p.Moduli), Batch: 1,
	}
}

// do writes a program and runs it. write returns the polynomials of the result.
func (d *Device) do(operation string, write func(b *builder) []poly) (hecross.Ciphertext, error) {
	b, err := newBuilder(d.Config, d.Options, d.shape())
	if err != nil {
		return nil, err
	}
	if b.values, err = newValues(d.Context, d.Context.Q.N <= LiteralN); err != nil {
		return nil, err
	}
	list := write(b)
	r, err := b.execute(d.ctx, operation)
	if err != nil {
		return nil, err
	}
	d.reports = append(d.reports, r)
	out := make(hecross.Ciphertext, len(list))
	for i, p := range list {
		out[i] = p.residues()
	}
	return out, nil
}

// residues returns what a polynomial of a batch of one holds.
func (p poly) residues() hecross.Poly {
	out := make(hecross.Poly, len(p))
	for l := range p {
		out[l] = p[l].one().words(0)
	}
	return out
}

// input allocates an operand in the HBM.
func (b *builder) input(name string, values hecross.Poly) poly {
	p := b.newPoly(name, len(values), false)
	if b.err != nil {
		return p
	}
	for l := range p {
		p[l].one().set(0, values[l])
	}
	return p
}

func (b *builder) inputPair(name string, ct hecross.Ciphertext) [2]poly {
	return [2]poly{b.input(name+"0", ct[0]), b.input(name+"1", ct[1])}
}

// check reports a ciphertext that is none of the context, or has another number
// of polynomials or fewer limbs than an operation needs.
func (d *Device) check(name string, ct hecross.Ciphertext, polynomials, least int) error {
	if len(ct) != polynomials {
		return fmt.Errorf("lower: %s: has %d polynomials, want %d", name, len(ct), polynomials)
	}
	if err := d.Context.Check(name, ct); err != nil {
		return err
	}
	if ct.Limbs() < least {
		return fmt.Errorf("lower: %s: has %d limbs, want at least %d", name, ct.Limbs(), least)
	}
	return nil
}

// checkBoth is check for two ciphertexts of the same number of limbs.
func (d *Device) checkBoth(x, y hecross.Ciphertext, least int) error {
	if err := d.check("x", x, 2, least); err != nil {
		return err
	}
	if err := d.check("y", y, 2, least); err != nil {
		return err
	}
	if x.Limbs() != y.Limbs() {
		return fmt.Errorf("lower: x and y have %d and %d limbs, want the same number", x.Limbs(), y.Limbs())
	}
	return nil
}

// Mult is HE-Mult, as [hecross.Context.Mult].
func (d *Device) Mult(x, y hecross.Ciphertext, k hecross.EvaluationKey) (hecross.Ciphertext, error) {
	if err := d.checkBoth(x, y, 2); err != nil {
		return nil, err
	}
	restricted, err := d.Context.RestrictKey(k, x.Limbs()-1)
	if err != nil {
		return nil, err
	}
	return d.do("mult", func(b *builder) []poly {
		out := b.mult(b.inputPair("x", x), b.inputPair("y", y), b.newKey("key", x.Limbs()-1, restricted))
		return out[:]
	})
}

// Rotate is HE-Rotate, as [hecross.Context.Rotate].
func (d *Device) Rotate(ct hecross.Ciphertext, rot int, k hecross.EvaluationKey) (hecross.Ciphertext, error) {
	galois, err := hecross.GaloisElement(rot, d.Context.Q.N)
	if err != nil {
		return nil, err
	}
	if err := d.check("ciphertext", ct, 2, 1); err != nil {
		return nil, err
	}
	restricted, err := d.Context.RestrictKey(k, ct.Limbs())
	if err != nil {
		return nil, err
	}
	return d.do("rotate", func(b *builder) []poly {
		out := b.rotate(b.inputPair("ct", ct), galois, b.newKey("key", ct.Limbs(), restricted))
		return out[:]
	})
}

// KeySwitch switches one polynomial, as [hecross.Context.KeySwitch].
func (d *Device) KeySwitch(p hecross.Poly, k hecross.EvaluationKey) (b, a hecross.Poly, err error) {
	if err := d.check("d", hecross.Ciphertext{p}, 1, 1); err != nil {
		return nil, nil, err
	}
	restricted, err := d.Context.RestrictKey(k, len(p))
	if err != nil {
		return nil, nil, err
	}
	out, err := d.do("keyswitch", func(b *builder) []poly {
		out := b.keySwitch(b.input("d", p), b.newKey("key", len(p), restricted), false)
		return out[:]
	})
	if err != nil {
		return nil, nil, err
	}
	return out[0], out[1], nil
}

// Rescale divides by the last modulus, as [hecross.Context.Rescale].
func (d *Device) Rescale(ct hecross.Ciphertext) (hecross.Ciphertext, error) {
	if err := d.check("ciphertext", ct, len(ct), 2); err != nil {
		return nil, err
	}
	return d.do("rescale", func(b *builder) []poly {
		out := make([]poly, len(ct))
		for i, p := range ct {
			out[i] = b.rescale(b.input("ct", p), false)
		}
		return out
	})
}

// Tensor multiplies two ciphertexts, as [hecross.Context.Tensor].
func (d *Device) Tensor(x, y hecross.Ciphertext) (hecross.Ciphertext, error) {
	if err := d.checkBoth(x, y, 1); err != nil {
		return nil, err
	}
	return d.do("tensor", func(b *builder) []poly {
		out := [3]poly{}
		for i := range out {
			out[i] = b.newPoly("d", x.Limbs(), false)
		}
		b.tensor(out, b.inputPair("x", x), b.inputPair("y", y), limbs(0, x.Limbs()))
		return out[:]
	})
}

// NTT transforms a polynomial over the first limbs of Q, or back.
func (d *Device) NTT(p hecross.Poly, inverse bool) (hecross.Poly, error) {
	if err := d.check("p", hecross.Ciphertext{p}, 1, 1); err != nil {
		return nil, err
	}
	name := "ntt"
	if inverse {
		name = "intt"
	}
	out, err := d.do(name, func(b *builder) []poly {
		out := b.newPoly("out", len(p), false)
		b.ntt(inverse, out, b.input("in", p), limbs(0, len(p)))
		return []poly{out}
	})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

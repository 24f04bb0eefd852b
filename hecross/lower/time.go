package lower

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lockstep/hecross"
	"lockstep/systolic/tpu"
)

// operations are what Time knows, with how they are written.
var operations = []struct {
	name  string
	write func(b *builder)
}{
	// product of two polynomials, element by element, over Q
	{"vecmodmul", func(b *builder) {
		x, y, out := b.newPoly("x", b.shape.Q, false), b.newPoly("y", b.shape.Q, false), b.newPoly("out", b.shape.Q, false)
		b.mulPoly(out, x, y, limbs(0, b.shape.Q))
	}},
	// product of a polynomial over Q and one that is known before and serves the whole batch
	{"vecmodmul-known", func(b *builder) {
		all := limbs(0, b.shape.Q)
		x, out := b.newPoly("x", b.shape.Q, false), b.newPoly("out", b.shape.Q, false)
		b.mulKnown(out, x, b.parameter("factor", all, 4*b.costs.words*int64(b.shape.N)), all)
	}},
	// transform of one polynomial over Q
	{"ntt", func(b *builder) { b.transformAll(false) }},
	// inverse transform of one polynomial over Q
	{"intt", func(b *builder) { b.transformAll(true) }},
	// base conversion of the first digit of Q to all other limbs of Q and P
	{"bconv", func(b *builder) {
		digit := b.shape.digits(b.shape.Q)[0]
		to := b.over(b.shape.Q)[digit[1]:]
		in, out := b.newPoly("in", digit[1], false), b.newPoly("out", len(to), false)
		b.bconv(out, in, to, limbs(0, digit[1]))
	}},
	// rotation of one polynomial over Q by one slot
	{"automorphism", func(b *builder) {
		in, out := b.newPoly("in", b.shape.Q, false), b.newPoly("out", b.shape.Q, false)
		b.automorphism(out, in, b.galois(), limbs(0, b.shape.Q))
	}},
	// both polynomials of a ciphertext over Q, divided by the last modulus
	{"rescale", func(b *builder) {
		for _, p := range b.newPair("in", b.shape.Q) {
			b.rescale(p, false)
		}
	}},
	// product of two ciphertexts over Q, three polynomials
	{"tensor", func(b *builder) {
		var d [3]poly
		for i := range d {
			d[i] = b.newPoly("d", b.shape.Q, false)
		}
		b.tensor(d, b.newPair("x", b.shape.Q), b.newPair("y", b.shape.Q), limbs(0, b.shape.Q))
	}},
	// hybrid key switching of one polynomial over Q
	{"keyswitch", func(b *builder) {
		b.keySwitch(b.newPoly("d", b.shape.Q, false), b.newKey("key", b.shape.Q, nil), false)
	}},
	// HE-Mult of two ciphertexts over Q, inputs rescaled first
	{"mult", func(b *builder) {
		b.mult(b.newPair("x", b.shape.Q), b.newPair("y", b.shape.Q), b.newKey("key", b.shape.Q-1, nil))
	}},
	// HE-Rotate of a ciphertext over Q by one slot
	{"rotate", func(b *builder) {
		b.rotate(b.newPair("ct", b.shape.Q), b.galois(), b.newKey("key", b.shape.Q, nil))
	}},
	// the kernel calls of packed bootstrapping at N = 65536
	{"bootstrap", (*builder).bootstrap},
}

// Operations returns the names of what Time knows.
func Operations() []string {
	names := make([]string, len(operations))
	for i, o := range operations {
		names[i] = o.name
	}
	return names
}

// Time times an operation on operands of a shape, on which alone its time
// depends; nothing is computed. Operands come from the HBM, and results go
// there.
func Time(ctx context.Context, c tpu.Config, o Options, s Shape, operation string) (*Report, error) {
	at := slices.Index(Operations(), operation)
	if at < 0 {
		return nil, fmt.Errorf("lower: operation is %q, want one of %s", operation, strings.Join(Operations(), ", "))
	}
	if err := s.canRun(operation); err != nil {
		return nil, err
	}
	b, err := newBuilder(c, o, s)
	if err != nil {
		return nil, err
	}
	operations[at].write(b)
	return b.execute(ctx, operation)
}

// canRun reports a shape that has too few limbs for an operation.
func (s Shape) canRun(operation string) error {
	needsP := slices.Contains([]string{"keyswitch", "mult", "rotate", "bootstrap"}, operation)
	needsTwo := slices.Contains([]string{"rescale", "mult"}, operation)
	switch {
	case needsP && s.P == 0:
		return fmt.Errorf("lower: %s over P of 0 limbs, want at least 1 to switch keys", operation)
	case needsTwo && s.Q < 2:
		return fmt.Errorf("lower: %s over Q of 1 limb, want at least 2 to drop one", operation)
	case slices.Contains([]string{"bconv", "bootstrap"}, operation) && s.Q+s.P <= s.DigitLimbs:
		return fmt.Errorf("lower: %s with a digit of %d limbs over %d, want limbs beyond it", operation, s.DigitLimbs, s.Q+s.P)
	}
	return nil
}

func (b *builder) transformAll(inverse bool) {
	in, out := b.newPoly("in", b.shape.Q, false), b.newPoly("out", b.shape.Q, false)
	b.ntt(inverse, out, in, limbs(0, b.shape.Q))
}

// newPair allocates a ciphertext in the HBM.
func (b *builder) newPair(name string, limbs int) [2]poly {
	return [2]poly{b.newPoly(name+"0", limbs, false), b.newPoly(name+"1", limbs, false)}
}

// galois is the rotation by one slot.
func (b *builder) galois() int {
	k, err := hecross.GaloisElement(1, b.shape.N)
	if err != nil && b.err == nil {
		b.err = err
	}
	return k
}

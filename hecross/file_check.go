package hecross

import (
	"fmt"
	"strings"
)

// Validate reports the first field that is out of range or does not fit the
// others. Whether the operands of an operation are there is for [Apply] to say.
func (f *File) Validate() error {
	for _, check := range []func() error{
		f.checkOp, f.checkDegree, f.checkModuli, f.checkRoots, f.checkDigits, f.checkChoices, f.checkNumbers, f.checkOperands, f.checkKey, f.checkResult,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (f *File) checkOp() error {
	if f.Op == "" {
		return nil
	}
	if _, err := operatorOf(f.Op); err != nil {
		return within("op", err)
	}
	return nil
}

func (f *File) checkDegree() error {
	if f.N == 0 {
		return fmt.Errorf("hecross: n is missing, want the degree of the ring")
	}
	if f.N < 2 {
		return fmt.Errorf("hecross: n is %d, want a power of two from 2 to %d", f.N, MaxN)
	}
	if err := checkPowerOfTwo("n", f.N, MaxN); err != nil {
		return err
	}
	if r, c := f.split(); checkSplit(f.N, r, c) != nil {
		return fmt.Errorf("hecross: r and c are %d and %d, want powers of two with r*c = n = %d", r, c, f.N)
	}
	return nil
}

// checkModuli reports what is no odd prime or occurs twice in q and p.
func (f *File) checkModuli() error {
	if len(f.Q) == 0 {
		return fmt.Errorf("hecross: q is missing, want at least one modulus")
	}
	seen := map[uint32]string{}
	for i, q := range f.moduli() {
		at := f.modulusName(i)
		if _, err := NewModulus(q); err != nil {
			return fmt.Errorf("hecross: %s is %d, want an odd prime below 2^31", at, q)
		}
		if other, ok := seen[q]; ok {
			return fmt.Errorf("hecross: %s is %d as %s is, want distinct moduli", at, q, other)
		}
		seen[q] = at
	}
	return nil
}

// moduli returns those of q followed by those of p.
func (f *File) moduli() []uint32 { return append(append([]uint32{}, f.Q...), f.P...) }

// modulusName is the field of modulus i of q and p.
func (f *File) modulusName(i int) string {
	if i < len(f.Q) {
		return fmt.Sprintf("q[%d]", i)
	}
	return fmt.Sprintf("p[%d]", i-len(f.Q))
}

func (f *File) checkRoots() error {
	psi := f.Roots.psi
	if psi == nil {
		return nil
	}
	qs := f.moduli()
	if len(psi) != len(qs) {
		return fmt.Errorf("hecross: roots has %d elements, want one per modulus of q and p, %d", len(psi), len(qs))
	}
	for i, q := range qs {
		m, err := NewModulus(q)
		if err != nil {
			return err
		}
		if m.checkRoot(f.N, psi[i]) != nil {
			return fmt.Errorf("hecross: roots[%d] is %d, want a primitive %d-th root of unity modulo %s = %d", i, psi[i], 2*f.N, f.modulusName(i), q)
		}
	}
	return nil
}

func (f *File) checkDigits() error {
	if f.Dnum < 0 || f.Dnum > len(f.Q) {
		return fmt.Errorf("hecross: dnum is %d, want 1 to %d, the moduli of q", f.Dnum, len(f.Q))
	}
	if f.DigitLimbs < 0 {
		return fmt.Errorf("hecross: digit_limbs is %d, want at least 1", f.DigitLimbs)
	}
	if f.Dnum > 0 && f.DigitLimbs > 0 {
		if limbs := 1 + (len(f.Q)-1)/f.Dnum; limbs != f.DigitLimbs {
			return fmt.Errorf("hecross: digit_limbs is %d, want %d as dnum is %d for %d moduli of q", f.DigitLimbs, limbs, f.Dnum, len(f.Q))
		}
	}
	return nil
}

func (f *File) checkChoices() error {
	for _, c := range f.choices() {
		if *c.value == "" {
			continue
		}
		ok := false
		for _, a := range c.allowed {
			ok = ok || a == *c.value
		}
		if !ok {
			return fmt.Errorf("hecross: %s is %q, want %s", c.name, *c.value, strings.Join(c.allowed, " or "))
		}
	}
	return nil
}

func (f *File) checkNumbers() error {
	switch {
	case f.RescaleLimbs < 0 || f.RescaleLimbs > 0 && f.RescaleLimbs >= len(f.Q):
		return fmt.Errorf("hecross: rescale_limbs is %d, want at least 1 and below the %d moduli of q", f.RescaleLimbs, len(f.Q))
	case f.KeyMontgomeryBits < 0 || f.KeyMontgomeryBits > 64:
		return fmt.Errorf("hecross: key_montgomery_bits is %d, want 0 to 64", f.KeyMontgomeryBits)
	case f.Galois != 0 && f.Rotation != nil:
		return fmt.Errorf("hecross: rotation and galois are %d and %d, want one of them", *f.Rotation, f.Galois)
	case f.Galois != 0 && checkGalois(f.Galois, f.N) != nil:
		return fmt.Errorf("hecross: galois is %d, want an odd number below 2n = %d", f.Galois, 2*f.N)
	}
	return nil
}

func (f *File) checkOperands() error {
	for _, o := range []struct {
		name  string
		value Operand
	}{{"x", f.X}, {"y", f.Y}} {
		for i, p := range o.value.Polys {
			at := o.value.at(o.name, i)
			if len(p) == 0 || len(p) > len(f.Q) {
				return fmt.Errorf("hecross: %s has %d limbs, want 1 to %d, the moduli of q", at, len(p), len(f.Q))
			}
			if len(p) != len(o.value.Polys[0]) {
				return fmt.Errorf("hecross: %s has %d limbs, want %d as %s", at, len(p), len(o.value.Polys[0]), o.value.at(o.name, 0))
			}
			if err := f.checkPoly(at, p, func(l int) int { return l }); err != nil {
				return err
			}
		}
	}
	return nil
}

// at names polynomial i of an operand.
func (o Operand) at(name string, i int) string {
	if o.Single && len(o.Polys) == 1 {
		return name
	}
	return fmt.Sprintf("%s[%d]", name, i)
}

// checkPoly reports a limb of the wrong length or with a value that is no
// residue. Limb l is taken modulo modulus index(l) of q and p.
func (f *File) checkPoly(at string, p Poly, index func(l int) int) error {
	qs := f.moduli()
	for l, limb := range p {
		if len(limb) != f.N {
			return fmt.Errorf("hecross: %s[%d] has %d coefficients, want n = %d", at, l, len(limb), f.N)
		}
		i := index(l)
		for k, x := range limb {
			if x >= qs[i] {
				return fmt.Errorf("hecross: %s[%d][%d] is %d, want below %s = %d", at, l, k, x, f.modulusName(i), qs[i])
			}
		}
	}
	return nil
}

// checkKey allows a key without the last limbs of q, all its polynomials alike.
func (f *File) checkKey() error {
	for d, digit := range f.Key {
		for i, p := range digit {
			at := fmt.Sprintf("key[%d][%d]", d, i)
			q := len(p) - len(f.P)
			if q < 1 || q > len(f.Q) {
				return fmt.Errorf("hecross: %s has %d limbs, want 1 to %d of q and %d of p", at, len(p), len(f.Q), len(f.P))
			}
			if len(p) != len(f.Key[0][0]) {
				return fmt.Errorf("hecross: %s has %d limbs, want %d as key[0][0]", at, len(p), len(f.Key[0][0]))
			}
			err := f.checkPoly(at, p, func(l int) int {
				if l >= q {
					return l - q + len(f.Q)
				}
				return l
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// checkResult sees to the shape alone: over which moduli a result lies depends
// on the operation.
func (f *File) checkResult() error {
	for i, p := range f.Result.Polys {
		at := f.Result.at("result", i)
		for l, limb := range p {
			if len(limb) != f.N {
				return fmt.Errorf("hecross: %s[%d] has %d coefficients, want n = %d", at, l, len(limb), f.N)
			}
		}
	}
	return nil
}

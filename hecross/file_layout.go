package hecross

// load returns the polynomials of an operand in the form that the operation
// takes, NTT form in bit-reversed order. The operand stays as it is.
func (j *job) load(o Operand) ([]Poly, error) {
	return j.convert(o.Polys, j.Form, j.takes)
}

func (j *job) convert(in []Poly, have, want Form) ([]Poly, error) {
	out := make([]Poly, len(in))
	for i, p := range in {
		out[i] = p.Clone()
		if have == FormNTT {
			j.reorder(out[i])
		}
		if have == want {
			continue
		}
		ring, err := j.context.Q.Slice(0, len(p))
		if err != nil {
			return nil, err
		}
		if err := change(ring, out[i], want); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// change brings p from the other form to want, in place.
func change(r *Ring, p Poly, want Form) error {
	if want == FormNTT {
		return r.NTT(p, p)
	}
	return r.INTT(p, p)
}

// reorder brings NTT form from the order of the file to the order of the
// package or back: the two are the same permutation.
func (j *job) reorder(p Poly) {
	if j.Order == orderReversed {
		return
	}
	for _, limb := range p {
		for i := range limb {
			if k := bitReverse(i, j.N); i < k {
				limb[i], limb[k] = limb[k], limb[i]
			}
		}
	}
}

// store brings results to the form of the file, in place. The form is that of
// the operands unless the operation changes it.
func (j *job) store(results []Poly) error {
	want := j.Form
	if j.takes != j.gives {
		want = j.gives
	}
	for _, p := range results {
		if want != j.gives {
			ring := j.context.P // of "bconv", the only one that gives coefficients
			if j.gives == FormNTT {
				ring = j.context.Q.slice(0, len(p))
			}
			if err := change(ring, p, want); err != nil {
				return err
			}
		}
		if want == FormNTT {
			j.reorder(p)
		}
	}
	return nil
}

// loadKey returns the key in NTT form, b before a, not in Montgomery form.
func (j *job) loadKey() (EvaluationKey, error) {
	key := make(EvaluationKey, len(j.Key))
	for d, digit := range j.Key {
		for i, p := range digit {
			ring := j.context.Q.slice(0, len(p)-len(j.P)).join(j.context.P)
			p = p.Clone()
			if j.KeyForm == FormNTT {
				j.reorder(p)
			} else if err := ring.NTT(p, p); err != nil {
				return nil, err
			}
			for l, m := range ring.Moduli {
				factor := m.Inverse(m.Pow(2, uint64(j.KeyMontgomeryBits)))
				for k, x := range p[l] {
					p[l][k] = m.Mul(x, factor)
				}
			}
			if j.KeyOrder == keyAB {
				i = 1 - i
			}
			key[d][i] = p
		}
	}
	return key, nil
}

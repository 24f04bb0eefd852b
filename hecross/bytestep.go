package hecross

// NTTBytes is NTT through literal bytes: both matrix steps as products of byte
// matrices with sums of 32 bits, merged and reduced by Barrett. It reports an
// error when R or C is too large for a modulus ([Modulus.CheckBAT]).
func (r *Ring) NTTBytes(out, in Poly) error {
	if err := r.checkInOut(out, in); err != nil {
		return err
	}
	for l, t := range r.limbs {
		s, b := r.Forward(l), t.byteTables()
		a, err := t.MulBAT(b.forwardRows, Matrix{r.R, r.C, in[l]})
		if err != nil {
			return atLimb(l, err)
		}
		t.mulElements(a, s.Twist)
		if a, err = MulBATRight(a, b.forwardCols, t.repeat(r.C)); err != nil {
			return atLimb(l, err)
		}
		copy(out[l], a.Data)
	}
	return nil
}

// INTTBytes is INTT through literal bytes, with the same rules.
func (r *Ring) INTTBytes(out, in Poly) error {
	if err := r.checkInOut(out, in); err != nil {
		return err
	}
	for l, t := range r.limbs {
		s, b := r.Inverse(l), t.byteTables()
		a, err := MulBATRight(Matrix{r.R, r.C, in[l]}, b.inverseCols, t.repeat(r.C))
		if err != nil {
			return atLimb(l, err)
		}
		t.mulElements(a, s.Twist)
		if a, err = t.MulBAT(b.inverseRows, a); err != nil {
			return atLimb(l, err)
		}
		copy(out[l], a.Data)
	}
	return nil
}

// byteTables holds the byte matrices of both directions of one limb.
type byteTables struct {
	forwardRows, forwardCols, inverseRows, inverseCols ByteMatrix
}

func (t *limb) makeByteTables() byteTables {
	s := t.threeSteps()
	return byteTables{
		forwardRows: t.bat(s.forward.Rows),
		forwardCols: batRight(s.forward.Cols, t.repeat(t.c)),
		inverseRows: t.bat(s.inverse.Rows),
		inverseCols: batRight(s.inverse.Cols, t.repeat(t.c)),
	}
}

// repeat returns the modulus n times.
func (m Modulus) repeat(n int) []Modulus {
	ms := make([]Modulus, n)
	for i := range ms {
		ms[i] = m
	}
	return ms
}

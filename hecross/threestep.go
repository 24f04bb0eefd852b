package hecross

// A ThreeStep holds the known matrices of one direction of the transform of
// one limb. With A the R x C matrix of the input, row-major and neither
// transposed nor reordered, every product and Twist (element by element) taken
// modulo q, the result is
//
//	forward   (Rows * A  o Twist) * Cols
//	inverse   Rows * (A * Cols  o Twist)
//
// Source: memory aligned transformation, arXiv:2501.07047.
type ThreeStep struct {
	Rows  Matrix // R x R, the known factor on the left
	Twist Matrix // R x C
	Cols  Matrix // C x C, the known factor on the right
}

// Forward returns the matrices of the transform of limb l, 0 <= l < Limbs().
// They are shared and must not be changed.
func (r *Ring) Forward(l int) ThreeStep { return r.limbs[l].threeSteps().forward }

// Inverse returns the matrices of the inverse transform of limb l, with the
// same rules.
func (r *Ring) Inverse(l int) ThreeStep { return r.limbs[l].threeSteps().inverse }

// NTTMatrix is NTT by three exact modular matrix steps: the same residues, by
// N*(R+C+1) products per limb.
func (r *Ring) NTTMatrix(out, in Poly) error {
	if err := r.checkInOut(out, in); err != nil {
		return err
	}
	for l, t := range r.limbs {
		s := r.Forward(l)
		a := t.mulMatrix(s.Rows, Matrix{r.R, r.C, in[l]})
		t.mulElements(a, s.Twist)
		copy(out[l], t.mulMatrix(a, s.Cols).Data)
	}
	return nil
}

// INTTMatrix is INTT by three exact modular matrix steps.
func (r *Ring) INTTMatrix(out, in Poly) error {
	if err := r.checkInOut(out, in); err != nil {
		return err
	}
	for l, t := range r.limbs {
		s := r.Inverse(l)
		a := t.mulMatrix(Matrix{r.R, r.C, in[l]}, s.Cols)
		t.mulElements(a, s.Twist)
		copy(out[l], t.mulMatrix(s.Rows, a).Data)
	}
	return nil
}

func (m Modulus) mulElements(a, b Matrix) {
	for i, x := range a.Data {
		a.Data[i] = m.Mul(x, b.Data[i])
	}
}

// threeSteps is both directions of one limb.
type threeSteps struct{ forward, inverse ThreeStep }

// makeThreeSteps fills the matrices from powers of psi. omega = psi^2 has
// order N, omega^C order R and omega^R order C. A power psi^e with e < 2N
// carries both the butterfly and the negacyclic factor of an element.
func (t *limb) makeThreeSteps() threeSteps {
	n, r, c := t.n, t.r, t.c
	power := t.allPowers()
	at := func(e int) uint32 { return power[e&(2*n-1)] }
	s := threeSteps{newThreeStep(r, c), newThreeStep(r, c)}
	inverseR, inverseC := t.Inverse(t.Mod(uint64(r))), t.Inverse(t.Mod(uint64(c)))
	for z := range r {
		row := bitReverse(z, r)
		for i := range r {
			e := (2*row*c + c) * i
			s.forward.Rows.Data[z*r+i] = at(e)
			s.inverse.Rows.Data[i*r+z] = t.Mul(at(-e), inverseR)
		}
		for j := range c {
			e := (2*row + 1) * j
			s.forward.Twist.Data[z*c+j] = at(e)
			s.inverse.Twist.Data[z*c+j] = t.Mul(at(-e), inverseC)
		}
	}
	for k := range c {
		col := bitReverse(k, c)
		for j := range c {
			e := 2 * r * j * col
			s.forward.Cols.Data[j*c+k] = at(e)
			s.inverse.Cols.Data[k*c+j] = at(-e)
		}
	}
	return s
}

func newThreeStep(r, c int) ThreeStep {
	return ThreeStep{NewMatrix(r, r), NewMatrix(r, c), NewMatrix(c, c)}
}

// allPowers returns psi^e for e below 2n.
func (t *limb) allPowers() []uint32 {
	p := make([]uint32, 2*t.n)
	p[0] = 1
	for e := 1; e < len(p); e++ {
		p[e] = t.Mul(p[e-1], t.psi)
	}
	return p
}

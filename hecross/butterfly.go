package hecross

// NTT sets out to the transform of in, out[l][i] = in[l](psi^(2*brv(i)+1)).
// out may be in. It reports an error unless both have the shape of the ring
// and in holds residues.
func (r *Ring) NTT(out, in Poly) error {
	if err := r.checkInOut(out, in); err != nil {
		return err
	}
	r.ntt(out, in)
	return nil
}

// INTT sets out to the polynomial whose transform is in: the inverse of NTT,
// with the same rules.
func (r *Ring) INTT(out, in Poly) error {
	if err := r.checkInOut(out, in); err != nil {
		return err
	}
	r.intt(out, in)
	return nil
}

func (r *Ring) checkInOut(out, in Poly) error {
	if err := r.Check("in", in); err != nil {
		return err
	}
	return r.checkShape("out", out)
}

func (r *Ring) ntt(out, in Poly) {
	for l, t := range r.limbs {
		copy(out[l], in[l])
		t.transform(out[l])
	}
}

func (r *Ring) intt(out, in Poly) {
	for l, t := range r.limbs {
		copy(out[l], in[l])
		t.untransform(out[l])
	}
}

// A twiddle is a known factor with its quotient for Shoup's multiplication.
type twiddle struct{ w, quot uint32 }

func (m Modulus) twiddle(w uint32) twiddle { return twiddle{w, m.ShoupQuotient(w)} }

// butterflies holds the factors of both directions of one limb.
type butterflies struct {
	forward, inverse []twiddle // psi^brv(i) and psi^-brv(i), i < n
	scale            twiddle   // n^-1
}

func (t *limb) makeButterflies() *butterflies {
	return &butterflies{
		forward: t.powers(t.psi),
		inverse: t.powers(t.Inverse(t.psi)),
		scale:   t.twiddle(t.Inverse(t.Mod(uint64(t.n)))),
	}
}

// powers returns base^brv(i) for all i below n.
func (t *limb) powers(base uint32) []twiddle {
	ws := make([]twiddle, t.n)
	w := uint32(1)
	for i := range t.n {
		ws[bitReverse(i, t.n)] = t.twiddle(w)
		w = t.Mul(w, base)
	}
	return ws
}

// transform is the transform in place, by butterflies of Cooley and Tukey with
// psi merged into the factors. Values stay below 2q between the layers.
//
// Source: Longa and Naehrig, eprint 2016/504; lazy values after Harvey,
// arXiv:1205.2926.
func (t *limb) transform(a []uint32) {
	ws := t.butterflies().forward
	for m, half := 1, t.n/2; half > 0; m, half = 2*m, half/2 {
		for i := range m {
			block := a[2*i*half : 2*(i+1)*half]
			t.forwardBlock(block[:half], block[half:], ws[m+i])
		}
	}
	for i, x := range a {
		a[i] = t.Correct(x)
	}
}

// forwardBlock sets each pair (x, y) to (x + w*y, x - w*y), values below 2q.
func (t *limb) forwardBlock(xs, ys []uint32, f twiddle) {
	q, twice := uint64(t.q), 2*uint64(t.q)
	w, quot := uint64(f.w), uint64(f.quot)
	ys = ys[:len(xs)]
	for i, x32 := range xs {
		x, y := uint64(x32), uint64(ys[i])
		p := y*w - (y*quot>>32)*q
		sum, diff := x+p, x+twice-p
		xs[i] = uint32(min(sum, sum-twice)) // sum - 2q wraps to a huge value when negative
		ys[i] = uint32(min(diff, diff-twice))
	}
}

// untransform is the inverse transform in place, by butterflies of Gentleman
// and Sande. Values stay below 2q between the layers.
func (t *limb) untransform(a []uint32) {
	ws, scale := t.butterflies().inverse, t.butterflies().scale
	for m, half := t.n/2, 1; m > 0; m, half = m/2, 2*half {
		for i := range m {
			block := a[2*i*half : 2*(i+1)*half]
			t.inverseBlock(block[:half], block[half:], ws[m+i])
		}
	}
	for i, x := range a {
		a[i] = t.Correct(t.MulShoup(x, scale.w, scale.quot))
	}
}

// inverseBlock sets each pair (x, y) to (x + y, w*(x - y)), values below 2q.
func (t *limb) inverseBlock(xs, ys []uint32, f twiddle) {
	q, twice := uint64(t.q), 2*uint64(t.q)
	w, quot := uint64(f.w), uint64(f.quot)
	ys = ys[:len(xs)]
	for i, x32 := range xs {
		x, y := uint64(x32), uint64(ys[i])
		sum, diff := x+y, x+twice-y
		diff = min(diff, diff-twice) // below 2q, so that it has 32 bits
		xs[i] = uint32(min(sum, sum-twice))
		ys[i] = uint32(diff*w - (diff*quot>>32)*q)
	}
}

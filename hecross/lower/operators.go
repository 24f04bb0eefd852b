package lower

// mult appends HE-Mult: both inputs rescaled, their tensor product, key
// switching of its last polynomial, and the sum.
func (b *builder) mult(x, y [2]poly, k key) (out [2]poly) {
	var in [2][2]poly
	for i := range 2 {
		in[0][i], in[1][i] = b.rescale(x[i], true), b.rescale(y[i], true)
	}
	count := len(in[0][0])
	rest := limbs(0, count)
	var d [3]poly
	for i := range d {
		d[i] = b.newPoly("tensor", count, true)
	}
	b.tensor(d, in[0], in[1], rest)
	b.release(in[0][0], in[0][1], in[1][0], in[1][1])
	switched := b.keySwitch(d[2], k, true)
	out = [2]poly{b.newPoly("product b", count, false), b.newPoly("product a", count, false)}
	for i := range out {
		b.addPoly(out[i], d[i], switched[i], rest)
	}
	b.release(d[0], d[1], d[2], switched[0], switched[1])
	return out
}

// rotate appends HE-Rotate by a Galois element: key switching of the second
// polynomial, the sum with the first, and the permutation of both.
func (b *builder) rotate(ct [2]poly, galois int, k key) (out [2]poly) {
	count := len(ct[0])
	all := limbs(0, count)
	switched := b.keySwitch(ct[1], k, true)
	sum := b.newPoly("sum", count, true)
	b.addPoly(sum, ct[0], switched[0], all)
	out = [2]poly{b.newPoly("rotated b", count, false), b.newPoly("rotated a", count, false)}
	b.automorphism(out[0], sum, galois, all)
	b.automorphism(out[1], switched[1], galois, all)
	b.release(sum, switched[0], switched[1])
	return out
}

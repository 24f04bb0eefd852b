package hecross

import "fmt"

// GaloisElement returns k = 5^rot mod 2n, the automorphism X -> X^k that
// rotates the n/2 slots of CKKS by rot to the left; a negative rot rotates to
// the right. n is a power of two of at least 2.
func GaloisElement(rot, n int) (int, error) {
	if n < 2 {
		return 0, fmt.Errorf("hecross: N is %d, want a power of two of at least 2", n)
	}
	if err := checkPowerOfTwo("N", n, MaxN); err != nil {
		return 0, err
	}
	slots := max(n/2, 1)
	k, base := 1, 5
	for e := (rot%slots + slots) % slots; e > 0; e >>= 1 {
		if e&1 == 1 {
			k = k * base % (2 * n)
		}
		base = base * base % (2 * n)
	}
	return k % (2 * n), nil
}

// AutomorphismIndex returns the index of the automorphism X -> X^k in NTT form:
// out[i] = in[index[i]]. k is odd, 0 < k < 2n.
func AutomorphismIndex(k, n int) ([]int, error) {
	if err := checkGalois(k, n); err != nil {
		return nil, err
	}
	index := make([]int, n)
	for j := range n {
		from := (2*j + 1) * k % (2 * n) >> 1
		index[bitReverse(j, n)] = bitReverse(from, n)
	}
	return index, nil
}

func checkGalois(k, n int) error {
	if err := checkPowerOfTwo("N", n, MaxN); err != nil {
		return err
	}
	if k <= 0 || k >= 2*n || k%2 == 0 {
		return fmt.Errorf("hecross: galois element is %d, want an odd number below 2N = %d", k, 2*n)
	}
	return nil
}

// Automorphism sets out to in with X replaced by X^k, both in NTT form. The
// two must not share elements. k is odd, 0 < k < 2N.
func (r *Ring) Automorphism(out, in Poly, k int) error {
	index, err := AutomorphismIndex(k, r.N)
	if err != nil {
		return err
	}
	if err := r.checkInOut(out, in); err != nil {
		return err
	}
	for l := range in {
		if &out[l][0] == &in[l][0] {
			return fmt.Errorf("hecross: out: limb %d is that of in, want another", l)
		}
		gather(out[l], in[l], index)
	}
	return nil
}

// gather sets out[i] to in[index[i]].
func gather(out, in []uint32, index []int) {
	for i, from := range index {
		out[i] = in[from]
	}
}

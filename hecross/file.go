package hecross

// A File is the operands, the parameters and the result of one operation, in
// JSON one object with the keys given here. [Parse] reads one, [Apply] computes
// its result, [File.Encode] writes it.
//
// A residue is a whole number from 0 to its modulus less 1; all arrays of
// residues have n of them in the innermost position and one limb per modulus
// around that. Coefficient i of a polynomial belongs to X^i.
//
// Every field but n, q and the operands may be left out, and then means what
// CROSS does: smallest roots, bit-reversed NTT form, uncentred division by P,
// inputs of HE-Mult rescaled first. Fields that an operation does not read are
// checked and otherwise ignored, so that one file can serve several.
//
// Arrays of Lattigo v6 need roots "lattigo", key_montgomery_bits 64 for keys as
// they are in memory, and digit_limbs the number of moduli p. Its results of
// key switching differ from those here by a small error, because its base
// conversion is exact; those of the other operations are the same.
type File struct {
	// Op is the operation the file is meant for; [Apply] does no other on it.
	// It may be left out.
	Op Operation `json:"op"`

	// N is the degree of the ring, a power of two from 2 to [MaxN].
	N int `json:"n"`

	// R and C are the rows and columns of the three-step transform, powers of
	// two with r*c = n. They have no influence on the result. Left out, r is
	// the smallest with r >= c; with one given, the other is n over it.
	R int `json:"r"`
	C int `json:"c"`

	// Q are the moduli of ciphertexts, odd primes below 2^31 and 1 mod 2n, the
	// one that is dropped first last. An operand of fewer limbs lies over the
	// first ones. For "bconv" they are the moduli of x, and in coefficient form
	// any odd primes.
	Q []uint32 `json:"q"`

	// P are the special moduli of key switching, with the rules of q and
	// distinct from q. For "bconv" they are the moduli of the result.
	P []uint32 `json:"p"`

	// Roots is "smallest" (default), "lattigo", or an array with one primitive
	// 2n-th root of unity psi per modulus, those of q before those of p. In a
	// result of Apply it is the array of the roots that were used.
	Roots Roots `json:"roots"`

	// Dnum is the number of digits of key switching over all of q, 1 to the
	// number of moduli; a digit has ceil(moduli of q / dnum) limbs, the last
	// one possibly fewer. Left out, it is the number of digits of the key.
	Dnum int `json:"dnum"`

	// DigitLimbs is the number of limbs of a digit, at least 1, instead of or
	// besides dnum.
	DigitLimbs int `json:"digit_limbs"`

	// ModDown is how key switching divides by P, a name of [ModDownForm]:
	// "uncentred" (default, what CROSS and OpenFHE do), "half" (P/2 added before
	// base conversion and subtracted after), or "centred" (every limb moved by
	// p_i/2, the form with the least error).
	ModDown string `json:"moddown"`

	// Rescale is what "mult" rescales: "inputs" (default), "result" or "none".
	Rescale string `json:"rescale"`

	// RescaleLimbs is how many limbs one rescaling drops, one after the other:
	// 1 (default) or more, below the number of moduli q.
	RescaleLimbs int `json:"rescale_limbs"`

	// RescaleForm is "centred" (default: the remainder lies between -q/2 and
	// q/2, the quotient is rounded) or "uncentred" (from 0 to q-1, cut).
	RescaleForm string `json:"rescale_form"`

	// Form is that of x, y and the result: "ntt" (default) or "coefficient".
	// "ntt" and "intt" change it and accept only that of their operand. The
	// default of "ntt" and "bconv" is "coefficient".
	Form Form `json:"form"`

	// Order is where an array in NTT form holds the values at odd powers of
	// psi: "bit-reversed" (default), element i at psi^(2*brv(i)+1), or
	// "natural", element i at psi^(2*i+1).
	Order string `json:"order"`

	// Rotation is by how many slots "rotate" and "automorphism" rotate to the
	// left, negative for the right: X becomes X^k with k = 5^rotation mod 2n.
	Rotation *int `json:"rotation"`

	// Galois is k itself, odd and below 2n, instead of rotation.
	Galois int `json:"galois"`

	// Permute is when "rotate" applies the automorphism: "after" switching keys
	// (default; the key goes from s to what X -> X^k takes to s) or "before" it
	// (the key goes from what X -> X^k makes of s to s).
	Permute string `json:"permute"`

	// X and Y are the operands, [limb][coefficient] for one polynomial or
	// [polynomial][limb][coefficient] for a ciphertext, c0 first. The plaintext
	// of "mulplain" is y.
	X Operand `json:"x"`
	Y Operand `json:"y"`

	// Key is the evaluation key, [digit][2][limb][coefficient]: b and a of
	// every digit with b + a*s = e + P*T*s', T being 1 modulo the moduli of the
	// digit and 0 modulo the others. Limbs of q come before those of p; the
	// last limbs of q may be missing if the operand does not have them.
	Key EvaluationKey `json:"key"`

	// KeyForm is "ntt" (default) or "coefficient"; NTT form has the order of
	// the other arrays.
	KeyForm Form `json:"key_form"`

	// KeyOrder is "ba" (default) or "ab", for a key with a before b.
	KeyOrder string `json:"key_order"`

	// KeyMontgomeryBits is m if the key is stored times 2^m, 0 (default) to 64.
	KeyMontgomeryBits int `json:"key_montgomery_bits"`

	// Result is what Apply computes, as deep as x if it is one polynomial. In
	// the operand of Apply it is ignored; it may hold what a third party
	// expects, to be compared by [Diff].
	Result Operand `json:"result"`

	name string // of the file, for errors
}

// A Form is one of the two ways to write a polynomial in residues.
type Form string

const (
	FormNTT         Form = "ntt"         // values at the odd powers of psi
	FormCoefficient Form = "coefficient" // coefficients, that of X^0 first
)

// A choice is a field with a fixed set of values, the default first.
type choice struct {
	name    string
	value   *string
	allowed []string
}

func (f *File) choices() []choice {
	forms := []string{string(FormNTT), string(FormCoefficient)}
	return []choice{
		{"moddown", &f.ModDown, []string{Uncentred.String(), Half.String(), Centred.String()}},
		{"rescale", &f.Rescale, []string{rescaleInputs, rescaleResult, rescaleNone}},
		{"rescale_form", &f.RescaleForm, []string{rescaleCentred, rescaleUncentred}},
		{"form", (*string)(&f.Form), forms},
		{"order", &f.Order, []string{orderReversed, orderNatural}},
		{"permute", &f.Permute, []string{permuteAfter, permuteBefore}},
		{"key_form", (*string)(&f.KeyForm), forms},
		{"key_order", &f.KeyOrder, []string{keyBA, keyAB}},
	}
}

const (
	rescaleInputs, rescaleResult, rescaleNone = "inputs", "result", "none"
	rescaleCentred, rescaleUncentred          = "centred", "uncentred"
	orderReversed, orderNatural               = "bit-reversed", "natural"
	permuteAfter, permuteBefore               = "after", "before"
	keyBA, keyAB                              = "ba", "ab"
)

// split returns r and c with the defaults filled in, for n >= 1.
func (f *File) split() (r, c int) {
	switch {
	case f.R == 0 && f.C == 0:
		for r = 1; r*r < f.N; {
			r *= 2
		}
		return r, f.N / r
	case f.C == 0 && f.R > 0:
		return f.R, f.N / f.R
	case f.R == 0 && f.C > 0:
		return f.N / f.C, f.C
	}
	return f.R, f.C
}

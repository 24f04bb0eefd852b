package hecross

import (
	"bytes"
	"flag"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite testdata")

// This file makes the vectors of testdata from integers: operands are drawn as
// polynomials with coefficients below the product of the moduli, operations
// follow their definitions on those, and values at the powers of psi come from
// evaluation. Nothing of it uses residues or transforms of the package.

// An author writes one file.
type author struct {
	t    *testing.T
	rnd  *rand.Rand
	f    File
	q, p []Modulus
	psi  []uint32
}

func newAuthor(t *testing.T, seed uint64, f File, width, limbs, special int) *author {
	f.N = 16
	primes, err := Primes(f.N, width, limbs+special)
	require.NoError(t, err)
	f.P = primes[:special:special]
	f.Q = primes[special:]
	if special == 0 {
		f.P = nil
	}
	a := &author{t: t, rnd: rand.New(rand.NewPCG(seed, 5)), f: f}
	a.q, err = NewModuli(f.Q)
	require.NoError(t, err)
	a.p, err = NewModuli(f.P)
	require.NoError(t, err)
	for _, m := range a.all() {
		psi, err := m.SmallestRoot(f.N)
		if f.Roots.String() == "lattigo" {
			psi, err = m.LattigoRoot(f.N)
		}
		require.NoError(t, err)
		a.psi = append(a.psi, psi)
	}
	return a
}

func (a *author) all() []Modulus { return append(append([]Modulus{}, a.q...), a.p...) }

// draw is a polynomial with coefficients below the product of ms.
func (a *author) draw(ms []Modulus) []*big.Int {
	out := make([]*big.Int, a.f.N)
	for i := range out {
		words := make([]byte, 8*len(ms))
		for k := range words {
			words[k] = byte(a.rnd.Uint32())
		}
		out[i] = new(big.Int).SetBytes(words)
		out[i].Mod(out[i], product(ms))
	}
	return out
}

// write is the polynomial in the given form over the moduli from lo to hi-1 of
// all, in the order of the file.
func (a *author) write(x []*big.Int, form Form, lo, hi int) Poly {
	p := Poly{}
	for l := lo; l < hi; l++ {
		m := a.all()[l]
		limb := make([]uint32, a.f.N)
		for i := range limb {
			limb[i] = bigMod(x[i], m.Q())
		}
		if form == FormNTT {
			values := make([]uint32, a.f.N)
			for i := range values {
				at := reverse(i, a.f.N)
				if a.f.Order == "natural" {
					at = i
				}
				x := new(big.Int).Exp(big.NewInt(int64(a.psi[l])), big.NewInt(int64(2*at+1)), big.NewInt(int64(m.Q())))
				values[i] = evaluate(limb, x, m.Q())
			}
			limb = values
		}
		p = append(p, limb)
	}
	return p
}

// form is that of the operands.
func (a *author) form() Form {
	if a.f.Form == "" {
		return FormNTT
	}
	return a.f.Form
}

func (a *author) ciphertext(limbs int, xs ...[]*big.Int) Operand {
	var o Operand
	for _, x := range xs {
		o.Polys = append(o.Polys, a.write(x, a.form(), 0, limbs))
	}
	return o
}

// A bigKey is an evaluation key in coefficients over all moduli.
type bigKey [][2][]*big.Int

// key draws a key of so many digits and writes it as the file says.
func (a *author) key(digits int) bigKey {
	key := make(bigKey, digits)
	a.f.Key = make(EvaluationKey, digits)
	form := a.f.KeyForm
	if form == "" {
		form = FormNTT
	}
	factor := new(big.Int).Lsh(big.NewInt(1), uint(a.f.KeyMontgomeryBits))
	for d := range key {
		for i := range key[d] {
			key[d][i] = a.draw(a.all())
			stored := make([]*big.Int, a.f.N)
			for k, x := range key[d][i] {
				stored[k] = new(big.Int).Mul(x, factor)
			}
			at := i
			if a.f.KeyOrder == "ab" {
				at = 1 - i
			}
			a.f.Key[d][at] = a.write(stored, form, 0, len(a.all()))
		}
	}
	return key
}

// keySwitch is hybrid key switching of d over the first limbs of q.
func (a *author) keySwitch(d []*big.Int, limbs, digitLimbs int, key bigKey, form ModDownForm) [2][]*big.Int {
	q := a.q[:limbs]
	over := product(append(append([]Modulus{}, q...), a.p...))
	var out [2][]*big.Int
	for i := range out {
		sum := make([]*big.Int, a.f.N)
		for k := range sum {
			sum[k] = new(big.Int)
		}
		for digit := 0; digit*digitLimbs < limbs; digit++ {
			ms := q[digit*digitLimbs : min((digit+1)*digitLimbs, limbs)]
			up := make([]*big.Int, a.f.N)
			for k, x := range d {
				up[k] = fastRemainder(new(big.Int).Mod(x, product(q)), ms)
			}
			sum = addBig(sum, mulBig(up, key[digit][i]))
		}
		for _, s := range sum {
			s.Mod(s, over)
		}
		out[i] = divideByP(sum, a.p, offsetBig(form, a.p))
	}
	return out
}

// rescaled divides by the last of the first limbs of q, the remainder centred
// or from 0 up.
func (a *author) rescaled(x []*big.Int, limbs int, form string) []*big.Int {
	all := product(a.q[:limbs])
	last := big.NewInt(int64(a.q[limbs-1].Q()))
	out := make([]*big.Int, len(x))
	for i, c := range x {
		c = new(big.Int).Mod(c, all)
		rest := new(big.Int).Mod(c, last)
		if form != "uncentred" {
			rest = centredBig([]*big.Int{rest}, last)[0]
		}
		out[i] = new(big.Int).Quo(new(big.Int).Sub(c, rest), last)
	}
	return out
}

// substitute replaces X by X^k.
func substitute(a []*big.Int, k int) []*big.Int {
	n := len(a)
	out := make([]*big.Int, n)
	for i, x := range a {
		at := i * k % (2 * n)
		if at < n {
			out[at] = x
		} else {
			out[at-n] = new(big.Int).Neg(x)
		}
	}
	return out
}

// power is 5^rotation mod 2n, by its definition.
func power(rotation, n int) int {
	k := 1
	for range (rotation%(n/2) + n/2) % (n / 2) {
		k = 5 * k % (2 * n)
	}
	return k
}

func tensorBig(x, y [2][]*big.Int) [3][]*big.Int {
	return [3][]*big.Int{mulBig(x[0], y[0]), addBig(mulBig(x[0], y[1]), mulBig(x[1], y[0])), mulBig(x[1], y[1])}
}

// mult is HE-Mult with all that the file says about it, on limbs of q.
func (a *author) mult(limbs, digitLimbs, digits int, form ModDownForm) {
	x := [2][]*big.Int{a.draw(a.q[:limbs]), a.draw(a.q[:limbs])}
	y := [2][]*big.Int{a.draw(a.q[:limbs]), a.draw(a.q[:limbs])}
	a.f.X, a.f.Y = a.ciphertext(limbs, x[:]...), a.ciphertext(limbs, y[:]...)
	key := a.key(digits)
	drops := max(a.f.RescaleLimbs, 1)
	if a.f.Rescale == "" || a.f.Rescale == "inputs" {
		for range drops {
			for i := range x {
				x[i], y[i] = a.rescaled(x[i], limbs, a.f.RescaleForm), a.rescaled(y[i], limbs, a.f.RescaleForm)
			}
			limbs--
		}
	}
	d := tensorBig(x, y)
	switched := a.keySwitch(d[2], limbs, digitLimbs, key, form)
	out := [2][]*big.Int{addBig(d[0], switched[0]), addBig(d[1], switched[1])}
	if a.f.Rescale == "result" {
		for range drops {
			for i := range out {
				out[i] = a.rescaled(out[i], limbs, a.f.RescaleForm)
			}
			limbs--
		}
	}
	a.f.Result = a.ciphertext(limbs, out[:]...)
}

// rotate is HE-Rotate on limbs of q.
func (a *author) rotate(limbs, digitLimbs, digits, k int, form ModDownForm) {
	x := [2][]*big.Int{a.draw(a.q[:limbs]), a.draw(a.q[:limbs])}
	a.f.X = a.ciphertext(limbs, x[:]...)
	key := a.key(digits)
	if a.f.Permute == "before" {
		x[0], x[1] = substitute(x[0], k), substitute(x[1], k)
	}
	out := a.keySwitch(x[1], limbs, digitLimbs, key, form)
	out[0] = addBig(out[0], x[0])
	if a.f.Permute != "before" {
		out[0], out[1] = substitute(out[0], k), substitute(out[1], k)
	}
	a.f.Result = a.ciphertext(limbs, out[:]...)
}

// vectors are the files of testdata by name.
func vectors(t *testing.T) map[string]*File {
	rotation := -3
	files := map[string]*File{}
	add := func(name string, a *author) { files[name] = &a.f }

	a := newAuthor(t, 1, File{Op: OpNTT, R: 2, C: 8}, 28, 2, 0)
	x := a.draw(a.q)
	a.f.X = Operand{[]Poly{a.write(x, FormCoefficient, 0, 2)}, true}
	a.f.Result = Operand{[]Poly{a.write(x, FormNTT, 0, 2)}, true}
	add("ntt", a)

	a = newAuthor(t, 2, File{Op: OpINTT, Roots: LattigoRoots(), Order: "natural", C: 16}, 31, 3, 0)
	x, y := a.draw(a.q), a.draw(a.q)
	a.f.X = a.ciphertext(3, x, y)
	a.f.Result = Operand{Polys: []Poly{a.write(x, FormCoefficient, 0, 3), a.write(y, FormCoefficient, 0, 3)}}
	add("intt-natural-lattigo", a)

	a = newAuthor(t, 3, File{Op: OpBConv}, 20, 3, 2)
	x = a.draw(a.q)
	a.f.X = Operand{[]Poly{a.write(x, FormCoefficient, 0, 3)}, true}
	for i := range x {
		x[i] = fastRemainder(x[i], a.q)
	}
	a.f.Result = Operand{[]Poly{a.write(x, FormCoefficient, 3, 5)}, true}
	add("bconv", a)

	a = newAuthor(t, 4, File{Op: OpTensor}, 29, 2, 0)
	u, v := [2][]*big.Int{a.draw(a.q), a.draw(a.q)}, [2][]*big.Int{a.draw(a.q), a.draw(a.q)}
	d := tensorBig(u, v)
	a.f.X, a.f.Y, a.f.Result = a.ciphertext(2, u[:]...), a.ciphertext(2, v[:]...), a.ciphertext(2, d[:]...)
	add("tensor", a)

	a = newAuthor(t, 5, File{Op: OpRescale, RescaleLimbs: 2}, 28, 4, 0)
	x = a.draw(a.q)
	a.f.X = a.ciphertext(4, x)
	a.f.Result = a.ciphertext(2, a.rescaled(a.rescaled(x, 4, ""), 3, ""))
	add("rescale-two", a)

	a = newAuthor(t, 6, File{Op: OpKeySwitch, DigitLimbs: 2, ModDown: "half"}, 28, 5, 2)
	x = a.draw(a.q)
	a.f.X = Operand{[]Poly{a.write(x, FormNTT, 0, 5)}, true}
	switched := a.keySwitch(x, 5, 2, a.key(3), Half)
	a.f.Result = a.ciphertext(5, switched[:]...)
	add("keyswitch-ragged", a)

	a = newAuthor(t, 7, File{Op: OpMult, R: 4, C: 4, Dnum: 3}, 28, 6, 2)
	a.mult(6, 2, 3, Uncentred)
	add("mult", a)

	a = newAuthor(t, 8, File{
		Op: OpMult, ModDown: "centred", Rescale: "result", RescaleForm: "uncentred",
		Form: FormCoefficient, KeyForm: FormCoefficient, KeyOrder: "ab", KeyMontgomeryBits: 32,
	}, 31, 4, 2)
	a.mult(3, 2, 2, Centred)
	add("mult-coefficient-centred", a)

	a = newAuthor(t, 9, File{Op: OpRotate, Rotation: &rotation, DigitLimbs: 1, ModDown: "centred"}, 20, 3, 1)
	a.rotate(3, 1, 3, power(rotation, 16), Centred)
	add("rotate", a)

	a = newAuthor(t, 10, File{Op: OpRotate, Galois: 31, Permute: "before", Order: "natural", KeyMontgomeryBits: 64}, 28, 3, 3)
	a.rotate(3, 3, 1, 31, Uncentred)
	add("conjugate-before", a)
	return files
}

// TestVectors compares three things: what the definitions give, the files of
// testdata, and Apply.
func TestVectors(t *testing.T) {
	files := vectors(t)
	for name, want := range files {
		path := filepath.Join("testdata", name+".json")
		var text bytes.Buffer
		require.NoError(t, want.Encode(&text))
		if *update {
			require.NoError(t, os.MkdirAll("testdata", 0o755))
			require.NoError(t, os.WriteFile(path, text.Bytes(), 0o644))
		}
		stored, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, text.String(), string(stored), "%s is stale: go test ./hecross -run TestVectors -update", path)

		in, err := ReadFile(path)
		require.NoError(t, err)
		out, err := Apply(string(in.Op), in)
		require.NoError(t, err)
		require.NoError(t, Diff(in, out), name)
		require.Equal(t, in.Result, out.Result, name)

		// the parameters of the result replay it, with the same bytes
		again := *out
		again.X, again.Y, again.Result = in.X, in.Y, Operand{}
		again.Key, again.KeyForm, again.KeyOrder, again.KeyMontgomeryBits = in.Key, in.KeyForm, in.KeyOrder, in.KeyMontgomeryBits
		replayed, err := Apply(string(in.Op), &again)
		require.NoError(t, err)
		require.Equal(t, encode(t, out), encode(t, replayed), name)
	}
	entries, err := os.ReadDir("testdata")
	require.NoError(t, err)
	count := 0
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".json" {
			count++
		}
	}
	require.Len(t, files, count, "testdata has a file that no test makes")
}

func encode(t require.TestingT, f *File) string {
	var b bytes.Buffer
	require.NoError(t, f.Encode(&b))
	return b.String()
}

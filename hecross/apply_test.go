package hecross

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestApplyIsTheOperator runs every operation on files in every form and
// order, with operands at any level, and compares with the context.
func TestApplyIsTheOperator(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawContext(t, 5)
		tr := newTrial(t, c, rapid.IntRange(1, c.Q.Limbs()).Draw(t, "level"), rapid.Uint64().Draw(t, "seed"))
		all, err := c.Q.Join(c.P)
		require.NoError(t, err)
		f := &File{
			N: c.Q.N, R: c.Q.R, DigitLimbs: c.DigitLimbs, ModDown: c.ModDown.String(), Roots: ExplicitRoots(all.Psi), Key: tr.key, Galois: tr.k,
			Form:  rapid.SampledFrom([]Form{"", FormNTT, FormCoefficient}).Draw(t, "form"),
			Order: rapid.SampledFrom([]string{"", "bit-reversed", "natural"}).Draw(t, "order"),
		}
		for _, m := range c.Q.Moduli {
			f.Q = append(f.Q, m.Q())
		}
		for _, m := range c.P.Moduli {
			f.P = append(f.P, m.Q())
		}
		f.KeyOrder = "ba"
		if f.Order == "natural" { // keys have the order of the operands
			f.Key = nil
			for _, digit := range tr.key {
				f.Key = append(f.Key, [2]Poly{natural(digit[0]), natural(digit[1])})
			}
		}
		write := func(ps []Poly) (o Operand) {
			for _, p := range ps {
				if f.Form == FormCoefficient {
					x := p.Clone()
					require.NoError(t, c.Q.slice(0, len(p)).INTT(x, p))
					o.Polys = append(o.Polys, x)
				} else if f.Order == "natural" {
					o.Polys = append(o.Polys, natural(p))
				} else {
					o.Polys = append(o.Polys, p)
				}
			}
			return o
		}
		check := func(op Operation, x, y Ciphertext, want Ciphertext, err error) {
			require.NoError(t, err)
			f.X, f.Y = write(x), write(y)
			out, err := Apply(string(op), f)
			require.NoError(t, err)
			require.Equal(t, write(want), out.Result, "%s", op)
		}
		three := Ciphertext{tr.x[0], tr.x[1], tr.y[1]}
		got, err := c.Add(tr.x, three)
		check(OpAdd, tr.x, three, got, err)
		got, err = c.MulPlain(three, tr.y[0])
		check(OpMulPlain, three, tr.y[:1], got, err)
		got, err = c.Tensor(tr.x, tr.y)
		check(OpTensor, tr.x, tr.y, got, err)
		turned := Ciphertext{c.Q.slice(0, tr.limbs).NewPoly()}
		check(OpAutomorphism, tr.x[:1], nil, turned, c.Q.slice(0, tr.limbs).Automorphism(turned[0], tr.x[0], tr.k))
		b, a, err := c.KeySwitch(tr.x[1], tr.key)
		check(OpKeySwitch, tr.x[1:], nil, Ciphertext{b, a}, err)
		sum, err := c.Add(Ciphertext{b, a}, tr.x[:1])
		check(OpKeySwitch, tr.x, nil, sum, err)
		got, err = c.Relinearise(Ciphertext{tr.y[0], tr.y[1], tr.x[1]}, tr.key)
		check(OpKeySwitch, Ciphertext{tr.y[0], tr.y[1], tr.x[1]}, nil, got, err)
		got, err = c.Automorphism(tr.x, tr.k, tr.key)
		check(OpRotate, tr.x, nil, got, err)
		f.Rescale = "none"
		got, err = c.MulRelin(tr.x, tr.y, tr.key)
		check(OpMult, tr.x, tr.y, got, err)
		if tr.limbs > 1 {
			got, err = c.Rescale(tr.x)
			check(OpRescale, tr.x, nil, got, err)
			f.Rescale = "inputs"
			got, err = c.Mult(tr.x, tr.y, tr.key)
			check(OpMult, tr.x, tr.y, got, err)
		}
	})
}

// natural is p with element i at psi^(2*i+1).
func natural(p Poly) Poly {
	out := p.Clone()
	for l, limb := range p {
		for i, x := range limb {
			out[l][reverse(i, len(limb))] = x
		}
	}
	return out
}

// TestRescaleFormsAtTheEdges divides numbers around every point where one of
// the forms steps.
func TestRescaleFormsAtTheEdges(t *testing.T) {
	const last = 97
	f := &File{N: 16, Q: []uint32{193, last}, Form: FormCoefficient}
	x := []int64{0, 1, 47, 48, 49, 50, 95, 96, 97, 98, 145, 146, 193 * 96, 193*97 - 49, 193*97 - 48, 193*97 - 1}
	in, cut, rounded := NewPoly(2, 16), NewPoly(1, 16), NewPoly(1, 16)
	for i, v := range x {
		in[0][i], in[1][i] = uint32(v%193), uint32(v%last)
		cut[0][i], rounded[0][i] = uint32(v/last%193), uint32((v+last/2)/last%193)
	}
	f.X = Operand{[]Poly{in}, true}
	for form, want := range map[string]Poly{"uncentred": cut, "centred": rounded, "": rounded} {
		f.RescaleForm = form
		out, err := Apply("rescale", f)
		require.NoError(t, err)
		require.Equal(t, want, out.Result.Polys[0], form)
	}
}

// TestBaseConversionOfAFile in both forms, over primes of any kind in
// coefficient form, and with sums too large for one reduction.
func TestBaseConversionOfAFile(t *testing.T) {
	c := testContext(t, 16, 4, 28, 3, 2, 1, Centred)
	in := randomPoly(c.Q, 4)
	coefficients, err := newBaseConverter(c.Q.Moduli, c.P.Moduli).Convert(in)
	require.NoError(t, err)
	f := &File{N: 16, X: Operand{Polys: []Poly{in, in}}}
	for _, m := range c.Q.Moduli {
		f.Q = append(f.Q, m.Q())
	}
	for _, m := range c.P.Moduli {
		f.P = append(f.P, m.Q())
	}
	out, err := Apply("bconv", f)
	require.NoError(t, err)
	require.Equal(t, Operand{Polys: []Poly{coefficients, coefficients}}, out.Result)
	require.Equal(t, FormCoefficient, out.Form)

	values, want := c.Q.NewPoly(), c.P.NewPoly()
	require.NoError(t, c.Q.NTT(values, in))
	require.NoError(t, c.P.NTT(want, coefficients))
	f.Form, f.X = FormNTT, Operand{Polys: []Poly{values}}
	out, err = Apply("bconv", f)
	require.NoError(t, err)
	require.Equal(t, []Poly{want}, out.Result.Polys)

	f = &File{N: 2, Q: []uint32{5, 7}, P: []uint32{11, 3}, X: Operand{[]Poly{{{4, 1}, {6, 0}}}, true}}
	out, err = Apply("bconv", f)
	require.NoError(t, err)
	// 34 = 2*7 + 4*5 with y = (2, 4), and 21 = 3*7 + 0*5 with y = (3, 0)
	require.Equal(t, Operand{[]Poly{{{34 % 11, 21 % 11}, {34 % 3, 21 % 3}}}, true}, out.Result)
}

func TestApplyErrors(t *testing.T) {
	one, two, three := `[[[1,2],[3,4]]]`, `[[[1,2],[3,4]],[[5,6],[7,8]]]`, `[[[1,2]],[[1,2]],[[1,2]]]`
	key := `, "key": [[[[1,2],[3,4],[5,6]],[[1,2],[3,4],[5,6]]]]`
	x := func(text string) string { return `, "x": ` + text }
	y := func(text string) string { return `, "y": ` + text }
	for _, c := range []struct{ op, text, want string }{
		{"sum", small(""), `operation is "sum", want one of ntt, intt, bconv, add, tensor, mulplain, rescale, automorphism, keyswitch, mult, rotate`},
		{"ntt", small(`, "op": "intt"`), `op is "intt" in the file, want "ntt"`},
		{"ntt", small(""), "x is missing, want an operand of ntt"},
		{"ntt", small(x(one) + `, "form": "ntt"`), `form is "ntt", want "coefficient" for the operand of ntt`},
		{"intt", small(x(one) + `, "form": "coefficient"`), `form is "coefficient", want "ntt" for the operand of intt`},
		{"ntt", `{"n": 2, "q": [7], "x": [[1, 2]]}`, "q[0] is 7, want 1 mod 2n = 4"},
		{"add", `{"n": 2, "q": [13], "p": [7], "x": [[1, 2]], "y": [[1, 2]]}`, "p[0] is 7, want 1 mod 2n = 4"},
		{"bconv", `{"n": 2, "q": [13], "x": [[1, 2]]}`, "p is missing, want the moduli of the result of bconv"},
		{"bconv", small(`, "x": [[1, 2]]`), "x has 1 limbs, want 2, the moduli of q"},
		{"bconv", `{"n": 2, "q": [13], "p": [7], "x": [[1, 2]], "form": "ntt"}`, "p[0] is 7, want 1 mod 2n = 4"},
		{"add", small(x(one)), "y is missing, want an operand of add"},
		{"add", small(x(one) + y(`[[[1,2]]]`)), "x and y have 2 and 1 limbs, want the same number"},
		{"tensor", small(x(one) + y(two)), "x has 1 polynomials, want 2 for tensor"},
		{"tensor", small(x(two) + y(three)), "y has 3 polynomials, want 2 for tensor"},
		{"mulplain", small(x(two) + y(two)), "y has 2 polynomials, want 1 for mulplain"},
		{"mulplain", small(x(`[[[1,2]],[[1,2]],[[1,2]],[[1,2]]]`) + y(`[[1,2]]`)), "x has 4 polynomials, want 1 to 3 for mulplain"},
		{"rescale", small(x(three)), "x has 1 limbs, want more than the 1 that rescaling drops"},
		{"automorphism", small(x(two)), "rotation is missing, want rotation or galois for automorphism"},
		{"keyswitch", `{"n": 2, "q": [13], "x": [[1, 2]]}`, "p is missing, want the special moduli of keyswitch"},
		{"keyswitch", small(x(one)), "key is missing, want the evaluation key of keyswitch"},
		{"keyswitch", small(x(one) + key + `, "dnum": 2`), "key: has 1 digits, want 2 for 2 limbs of 1 each"},
		{"keyswitch", small(x(one) + `, "key": [[[[1,2],[3,4]],[[1,2],[3,4]]]]`), "key: digit 0: polynomial 0: has 2 limbs, want 2 to 2 of Q and 1 of P"},
		{"mult", small(x(two) + y(one) + key), "y has 1 polynomials, want 2 for mult"},
		{"mult", small(x(`[[[1,2]],[[1,2]]]`) + y(`[[[1,2]],[[1,2]]]`) + key), "x has 1 limbs, want more than the 1 that rescaling drops"},
		{"rotate", small(x(two) + key), "rotation is missing, want rotation or galois for rotate"},
		{"rotate", small(x(two) + `, "rotation": 1`), "key is missing, want the evaluation key of rotate"},
	} {
		f, err := parse(c.text)
		require.NoError(t, err, c.text)
		_, err = Apply(c.op, f)
		require.EqualError(t, err, "hecross: f.json: "+c.want, "%s %s", c.op, c.text)
	}
	_, err := Apply("ntt", nil)
	require.EqualError(t, err, "hecross: file is nil, want the operands of ntt")
	_, err = Apply("ntt", &File{N: 3})
	require.EqualError(t, err, "hecross: n is 3, want a power of two up to 131072")
}

// TestOneVectorInEveryConvention writes the same operation in every way that
// the fields allow: the results are the same polynomials.
func TestOneVectorInEveryConvention(t *testing.T) {
	in, err := ReadFile("testdata/mult.json")
	require.NoError(t, err)
	ms, err := NewModuli(in.moduli())
	require.NoError(t, err)
	ring, err := NewRing(16, 4, 4, ms, SmallestRoots())
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		f := *in
		f.R, f.C = 0, 0
		if rapid.Bool().Draw(t, "split") {
			f.R = 1 << rapid.IntRange(0, 4).Draw(t, "logR")
		}
		if rapid.Bool().Draw(t, "explicit roots") {
			f.Roots = ExplicitRoots(ring.Psi)
		}
		switch rapid.IntRange(0, 2).Draw(t, "digits") {
		case 0:
			f.Dnum = 0 // the key has as many
		case 1:
			f.Dnum, f.DigitLimbs = 0, 2
		}
		f.Form = rapid.SampledFrom([]Form{"", FormNTT, FormCoefficient}).Draw(t, "form")
		f.KeyForm = rapid.SampledFrom([]Form{"", FormNTT, FormCoefficient}).Draw(t, "key form")
		f.Order = rapid.SampledFrom([]string{"", "bit-reversed", "natural"}).Draw(t, "order")
		f.KeyOrder = rapid.SampledFrom([]string{"", "ba", "ab"}).Draw(t, "key order")
		f.KeyMontgomeryBits = rapid.SampledFrom([]int{0, 1, 32, 64}).Draw(t, "montgomery")
		if rapid.Bool().Draw(t, "defaults") {
			f.ModDown, f.Rescale, f.RescaleLimbs, f.RescaleForm = "uncentred", "inputs", 1, "centred"
		}

		rewrite := func(p Poly, form Form, over *Ring) Poly {
			p = p.Clone()
			if form == FormCoefficient {
				require.NoError(t, over.INTT(p, p))
			} else if f.Order == "natural" {
				for l, limb := range p {
					p[l] = make([]uint32, len(limb))
					for i, x := range limb {
						p[l][reverse(i, 16)] = x
					}
				}
			}
			return p
		}
		operand := func(o Operand) (out Operand) {
			for _, p := range o.Polys {
				out.Polys = append(out.Polys, rewrite(p, f.Form, ring.slice(0, len(p))))
			}
			return out
		}
		f.X, f.Y, f.Result = operand(in.X), operand(in.Y), operand(in.Result)
		f.Key = make(EvaluationKey, len(in.Key))
		last := len(in.Q) - rapid.IntRange(0, 1).Draw(t, "key without the dropped limb")
		for d := range in.Key {
			for i, p := range in.Key[d] {
				p = p.Clone()
				for l, m := range ms {
					for k, x := range p[l] {
						p[l][k] = m.Mul(x, m.Pow(2, uint64(f.KeyMontgomeryBits)))
					}
				}
				p = rewrite(p, f.KeyForm, ring)
				if f.KeyOrder == "ab" {
					i = 1 - i
				}
				f.Key[d][i] = append(append(Poly{}, p[:last]...), p[len(in.Q):]...)
			}
		}
		read, err := parse(encode(t, &f))
		require.NoError(t, err)
		out, err := Apply("mult", read)
		require.NoError(t, err)
		require.NoError(t, Diff(&f, out))
		require.Equal(t, "uncentred", out.ModDown)
		require.Equal(t, []int{3, 2}, []int{out.Dnum, out.DigitLimbs})
	})
}

// TestNTTOfAFileIsThatOfTheRing covers the path through bytes and the other
// one: both agree with the butterflies.
func TestNTTOfAFileIsThatOfTheRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ring := drawRing(t, 1, 9, 2)
		in := randomPoly(ring, rapid.Uint64().Draw(t, "seed"))
		f := &File{N: ring.N, R: ring.R, C: ring.C, Q: []uint32{ring.Moduli[0].Q(), ring.Moduli[1].Q()}, X: Operand{[]Poly{in}, true}}
		want := ring.NewPoly()
		require.NoError(t, ring.NTT(want, in))
		out, err := Apply("ntt", f)
		require.NoError(t, err)
		require.Equal(t, Operand{[]Poly{want}, true}, out.Result)
		require.Equal(t, ExplicitRoots(ring.Psi), out.Roots)
		f.X, f.Form = out.Result, FormNTT
		back, err := Apply("intt", f)
		require.NoError(t, err)
		require.Equal(t, in, back.Result.Polys[0])
	})
	// sums of 256 terms modulo a prime of 13 bits are beyond one reduction
	ms, err := NewModuli([]uint32{7681})
	require.NoError(t, err)
	ring, err := NewRing(256, 256, 1, ms, SmallestRoots())
	require.NoError(t, err)
	in, want := randomPoly(ring, 1), ring.NewPoly()
	require.EqualError(t, ring.NTTBytes(want, in), "hecross: limb 0: byte product of 256 terms modulo 7681 reaches 2^26, want 1020*terms*(q-1) below")
	require.NoError(t, ring.NTT(want, in))
	out, err := Apply("ntt", &File{N: 256, R: 256, Q: []uint32{7681}, X: Operand{Polys: []Poly{in}}})
	require.NoError(t, err)
	require.Equal(t, Operand{Polys: []Poly{want}}, out.Result)
}

// TestOperandsStayAsTheyAre: Apply works on copies.
func TestOperandsStayAsTheyAre(t *testing.T) {
	for _, name := range []string{"mult-coefficient-centred", "conjugate-before", "rescale-two", "bconv"} {
		in, err := ReadFile("testdata/" + name + ".json")
		require.NoError(t, err)
		before := encode(t, in)
		out, err := Apply(string(in.Op), in)
		require.NoError(t, err)
		for _, p := range out.Result.Polys {
			for _, limb := range p {
				clear(limb)
			}
		}
		require.Equal(t, before, encode(t, in), name)
	}
}

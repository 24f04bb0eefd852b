package hecross

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// randomMatrix holds numbers below bound, the largest among them.
func randomMatrix(rnd *rand.Rand, rows, cols int, bound func(j int) uint32) Matrix {
	m := NewMatrix(rows, cols)
	for i := range m.Data {
		m.Data[i] = rnd.Uint32N(bound(i % cols))
		if rnd.IntN(4) == 0 {
			m.Data[i] = bound(i%cols) - 1
		}
	}
	return m
}

// mulMatrixBig is a*b with column j modulo moduli(j), with big integers.
func mulMatrixBig(a, b Matrix, moduli func(j int) uint32) Matrix {
	out := NewMatrix(a.Rows, b.Cols)
	for i := range a.Rows {
		for j := range b.Cols {
			sum := new(big.Int)
			for k := range a.Cols {
				sum.Add(sum, new(big.Int).Mul(big.NewInt(int64(a.At(i, k))), big.NewInt(int64(b.At(k, j)))))
			}
			out.Data[i*b.Cols+j] = bigMod(sum, moduli(j))
		}
	}
	return out
}

func always(q uint32) func(int) uint32 { return func(int) uint32 { return q } }

func TestMatrixProductsAreTheirDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawPrime(t)
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		size := func(name string, most int) int { return rapid.IntRange(1, most).Draw(t, name) }
		h, v, w := size("H", 6), size("V", 40), size("W", 6)
		a, b := randomMatrix(rnd, h, v, always(m.Q())), randomMatrix(rnd, v, w, always(m.Q()))
		want := mulMatrixBig(a, b, always(m.Q()))
		got, err := m.MulMatrix(a, b)
		require.NoError(t, err)
		require.Equal(t, want, got)

		left, err := m.BAT(a)
		require.NoError(t, err)
		got, err = m.MulBAT(left, b)
		if m.CheckBAT(v) != nil {
			require.Equal(t, m.CheckBAT(v), err)
		} else {
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		sparse, err := Toeplitz(a)
		require.NoError(t, err)
		got, err = m.MulToeplitz(sparse, b)
		if m.CheckToeplitz(v) != nil {
			require.Equal(t, m.CheckToeplitz(v), err)
		} else {
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	})
}

// TestProductsOnTheRight: the unknown on the left, a modulus per column.
func TestProductsOnTheRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		qs, err := Primes(1, rapid.IntRange(20, 31).Draw(t, "width"), rapid.IntRange(1, 6).Draw(t, "columns"))
		require.NoError(t, err)
		ms, err := NewModuli(qs)
		require.NoError(t, err)
		modulus := func(j int) uint32 { return qs[j] }
		h, v := rapid.IntRange(1, 6).Draw(t, "H"), rapid.IntRange(1, 20).Draw(t, "V")
		known := randomMatrix(rnd, v, len(qs), modulus)
		a := randomMatrix(rnd, h, v, always(1<<32-1)) // any uint32
		right, err := BATRight(known, ms)
		require.NoError(t, err)
		got, err := MulBATRight(a, right, ms)
		require.NoError(t, err)
		require.Equal(t, mulMatrixBig(a, known, modulus), got)

		// the transpose of BAT of the transpose
		one := NewMatrix(v, 1)
		for i := range v {
			one.Data[i] = known.At(i, 0)
		}
		column, err := BATRight(one, ms[:1])
		require.NoError(t, err)
		row, err := ms[0].BAT(Matrix{1, v, one.Data})
		require.NoError(t, err)
		for i := range column.Rows {
			for j := range 4 {
				require.Equal(t, row.Data[j*row.Cols+i], column.Data[i*4+j])
			}
		}
	})
}

// TestByteMatricesAreTheirDefinition writes out the blocks of one constant.
func TestByteMatricesAreTheirDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawPrime(t)
		x := rapid.Uint32Range(0, m.Q()-1).Draw(t, "x")
		dense, err := m.BAT(Matrix{1, 1, []uint32{x}})
		require.NoError(t, err)
		sparse, err := Toeplitz(Matrix{1, 1, []uint32{x}})
		require.NoError(t, err)
		require.Equal(t, []int{4, 4, 7, 4}, []int{dense.Rows, dense.Cols, sparse.Rows, sparse.Cols})
		zeros := 0
		for k := range 4 {
			shifted := uint64(x) << (8 * k)
			for p := range 4 {
				require.Equal(t, uint8(shifted%uint64(m.Q())>>(8*p)), dense.Data[p*4+k])
			}
			for p := range 7 {
				require.Equal(t, uint8(shifted>>(8*p)), sparse.Data[p*4+k])
				if p < k || p > k+3 {
					zeros++
				}
			}
		}
		require.Equal(t, 12, zeros)

		word := rapid.Uint32().Draw(t, "word")
		rows, err := ChunkRows(Matrix{1, 1, []uint32{word}})
		require.NoError(t, err)
		columns, err := ChunkColumns(Matrix{1, 1, []uint32{word}})
		require.NoError(t, err)
		bytes := []uint8{uint8(word), uint8(word >> 8), uint8(word >> 16), uint8(word >> 24)}
		require.Equal(t, ByteMatrix{4, 1, bytes}, rows)
		require.Equal(t, ByteMatrix{1, 4, bytes}, columns)
		var y [4]uint32
		sum := new(big.Int)
		for p := range y {
			y[p] = rapid.Uint32().Draw(t, "sum")
			sum.Add(sum, new(big.Int).Lsh(big.NewInt(int64(y[p])), uint(8*p)))
		}
		require.Equal(t, sum.Uint64(), MergeBytes(y))
		require.Less(t, sum.BitLen(), 58)
	})
}

// TestLargestByteSums: MaxByteTerms is the largest number of terms that 32
// bits hold, and the bound of CheckBAT the largest sum that Reduce takes.
func TestLargestByteSums(t *testing.T) {
	const width = 4 * MaxByteTerms
	full := func(rows, cols int) ByteMatrix {
		m := newByteMatrix(rows, cols)
		for i := range m.Data {
			m.Data[i] = 255
		}
		return m
	}
	sums, err := MulBytes(full(1, width), full(width, 1))
	require.NoError(t, err)
	require.Equal(t, []uint32{width * 255 * 255}, sums)
	require.Greater(t, uint64(width+4)*255*255, uint64(1)<<32, "one residue more is too much")
	_, err = MulBytes(full(1, width+1), full(width+1, 1))
	require.EqualError(t, err, "hecross: product of 1x66049 and 66049x1 bytes, want as many columns as rows, at most 66048")

	for _, q := range primesForTests {
		m, most := modulus(t, q), 0
		for terms := 1; terms <= MaxByteTerms && m.CheckBAT(terms) == nil; terms++ {
			most = terms
		}
		merged := new(big.Int).Mul(big.NewInt(1020*int64(most+1)), big.NewInt(int64(q)-1))
		require.True(t, most == MaxByteTerms || merged.BitLen() > m.ProductBits(), q)
		merged.SetInt64(1020*int64(most)).Mul(merged, big.NewInt(int64(q)-1))
		require.LessOrEqual(t, merged.BitLen(), m.ProductBits(), q)
		if most == 0 {
			continue
		}
		// no constant gives more than bytes of 255 times (x << 8k) mod q
		a, b := NewMatrix(1, most), NewMatrix(most, 1)
		for i := range a.Data {
			a.Data[i], b.Data[i] = q-1, 1<<32-1
		}
		left, err := m.BAT(a)
		require.NoError(t, err)
		got, err := m.MulBAT(left, b)
		require.NoError(t, err)
		require.Equal(t, mulMatrixBig(a, b, always(q)), got)
	}
}

func TestMatrixErrors(t *testing.T) {
	m := modulus(t, 97)
	ok, big := Matrix{1, 2, []uint32{1, 96}}, Matrix{1, 2, []uint32{1, 97}}
	torn, square := Matrix{2, 2, []uint32{1}}, Matrix{2, 2, []uint32{1, 2, 3, 4}}
	bat, err := m.BAT(Matrix{1, 1, []uint32{5}})
	require.NoError(t, err)
	tornBytes := ByteMatrix{4, 4, nil}
	big31 := modulus(t, 1<<31-1)
	for _, e := range []struct {
		want string
		run  func() error
	}{
		{"left: 2x2 matrix has 1 elements, want rows*columns", func() error { _, err := m.MulMatrix(torn, ok); return err }},
		{"right: -1x-2 matrix has 2 elements, want rows*columns", func() error { _, err := m.MulMatrix(ok, Matrix{-1, -2, ok.Data}); return err }},
		{"right: row 0: column 1: residue is 97, want below the modulus 97", func() error { _, err := m.MulMatrix(ok, big); return err }},
		{"product of 1x2 and 1x2, want as many columns as rows", func() error { _, err := m.MulMatrix(ok, ok); return err }},
		{"known: row 0: column 1: residue is 97, want below the modulus 97", func() error { _, err := m.BAT(big); return err }},
		{"known: has 2 columns for 1 moduli, want one each", func() error { _, err := BATRight(ok, []Modulus{m}); return err }},
		{"known: row 0: column 1: residue is 97, want below the modulus 97", func() error { _, err := BATRight(big, []Modulus{m, m}); return err }},
		{"known: 2x2 matrix has 1 elements, want rows*columns", func() error { _, err := BATRight(torn, []Modulus{m, m}); return err }},
		{"known: 2x2 matrix has 1 elements, want rows*columns", func() error { _, err := Toeplitz(torn); return err }},
		{"byte product has 0 terms, want 1 to 16512", func() error { return m.CheckBAT(0) }},
		{"byte product has 16513 terms, want 1 to 16512", func() error { return big31.CheckBAT(16513) }},
		{"byte product of 1 terms modulo 97 reaches 2^14, want 1020*terms*(q-1) below", func() error { return m.CheckBAT(1) }},
		{"byte product has 0 terms, want 1 to 16512", func() error { return m.CheckToeplitz(0) }},
		{"byte product of 1 terms modulo 97 reaches 2^14, want 256*(q-1) + 4*terms*255^2 below", func() error { return m.CheckToeplitz(1) }},
		{"known: 4x4 matrix has 0 bytes, want rows*columns", func() error { _, err := m.MulBAT(tornBytes, ok); return err }},
		{"operand: 2x2 matrix has 1 elements, want rows*columns", func() error { _, err := m.MulBAT(bat, torn); return err }},
		{"product of 4x4 bytes and 2x2 residues, want 4*rows columns", func() error { _, err := m.MulBAT(bat, square); return err }},
		{"product of 4x4 bytes and 1x2 residues, want 4*rows columns", func() error { _, err := m.MulToeplitz(bat, ok); return err }},
		{"product of 1x2 residues and 4x4 bytes for 1 moduli, want 4*columns rows and 4 columns per modulus", func() error {
			_, err := MulBATRight(ok, bat, []Modulus{m})
			return err
		}},
		{"column 0: byte product of 1 terms modulo 97 reaches 2^14, want 1020*terms*(q-1) below", func() error {
			_, err := MulBATRight(Matrix{1, 1, []uint32{1}}, bat, []Modulus{m})
			return err
		}},
		{"a: 4x4 matrix has 0 bytes, want rows*columns", func() error { _, err := MulBytes(tornBytes, bat); return err }},
		{"b: 4x4 matrix has 0 bytes, want rows*columns", func() error { _, err := MulBytes(bat, tornBytes); return err }},
		{"b: 2x2 matrix has 1 elements, want rows*columns", func() error { _, err := ChunkRows(torn); return err }},
		{"a: 2x2 matrix has 1 elements, want rows*columns", func() error { _, err := ChunkColumns(torn); return err }},
	} {
		require.EqualError(t, e.run(), "hecross: "+e.want)
	}
}

// drawBases draws two sets of primes without one in common.
func drawBases(t *rapid.T, most int) (from, to []Modulus) {
	a, b := rapid.IntRange(1, most).Draw(t, "from"), rapid.IntRange(1, 5).Draw(t, "to")
	width := rapid.IntRange(20, 31).Draw(t, "width")
	qs, err := Primes(1, width, a)
	require.NoError(t, err)
	ps, err := Primes(1, rapid.IntRange(20, 31).Filter(func(w int) bool { return w != width }).Draw(t, "other width"), b)
	require.NoError(t, err)
	from, err = NewModuli(qs)
	require.NoError(t, err)
	to, err = NewModuli(ps)
	require.NoError(t, err)
	return from, to
}

func TestBaseConversionIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := drawBases(t, 14)
		c, err := NewBaseConverter(from, to)
		require.NoError(t, err)
		n, all := rapid.IntRange(1, 20).Draw(t, "n"), product(from)
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		in := NewPoly(len(from), n)
		for i, m := range from {
			others := new(big.Int).Quo(all, big.NewInt(int64(m.Q())))
			for k := range in[i] {
				in[i][k] = rnd.Uint32N(m.Q())
				if k%3 == 0 { // the largest y_i
					in[i][k] = bigMod(new(big.Int).Neg(others), m.Q())
				}
			}
		}
		got, err := c.Convert(in)
		require.NoError(t, err)
		for k, x := range compose(from, in) {
			y := fastRemainder(x, from)
			u, rest := new(big.Int).QuoRem(new(big.Int).Sub(y, x), all, new(big.Int))
			require.Zero(t, rest.Sign())
			require.True(t, u.Sign() >= 0 && u.Cmp(big.NewInt(int64(len(from)))) < 0, "x + %v*Q", u)
			for j, p := range to {
				require.Equal(t, bigMod(y, p.Q()), got[j][k])
			}
		}
		through, err := c.ConvertBytes(in)
		require.NoError(t, err)
		require.Equal(t, got, through)
	})
}

// TestPublishedBaseConversions has the sizes of the paper's table.
func TestPublishedBaseConversions(t *testing.T) {
	for _, s := range [][2]int{{12, 28}, {16, 40}, {24, 56}} {
		qs, err := Primes(64, 28, s[0]+s[1])
		require.NoError(t, err)
		ms, err := NewModuli(qs)
		require.NoError(t, err)
		c, err := NewBaseConverter(ms[:s[0]], ms[s[0]:])
		require.NoError(t, err)
		const n = 2*blockLen + 3
		in := NewPoly(s[0], n)
		rnd := rand.New(rand.NewPCG(uint64(s[0]), 1))
		for i, m := range ms[:s[0]] {
			for k := range in[i] {
				in[i][k] = rnd.Uint32N(m.Q())
			}
		}
		got, err := c.Convert(in)
		require.NoError(t, err)
		through, err := c.ConvertBytes(in)
		require.NoError(t, err)
		require.Equal(t, got, through)
		xs := compose(ms[:s[0]], in)
		for _, k := range []int{0, blockLen - 1, blockLen, n - 1} {
			y := fastRemainder(xs[k], ms[:s[0]])
			for j, p := range ms[s[0]:] {
				require.Equal(t, bigMod(y, p.Q()), got[j][k])
			}
		}
	}
}

func TestBaseConversionErrors(t *testing.T) {
	ms, err := NewModuli([]uint32{97, 193, 257})
	require.NoError(t, err)
	for want, bases := range map[string][2][]Modulus{
		"base conversion is from 0 moduli, want at least 1":                                    {nil, ms},
		"base conversion has modulus 193 unset or twice, want distinct moduli from NewModulus": {ms[:2], ms[1:]},
		"base conversion has modulus 0 unset or twice, want distinct moduli from NewModulus":   {ms[:2], {{}}},
	} {
		_, err := NewBaseConverter(bases[0], bases[1])
		require.EqualError(t, err, "hecross: "+want)
	}
	c, err := NewBaseConverter(ms[:2], ms[2:])
	require.NoError(t, err)
	for want, in := range map[string]Poly{
		"in: has 0 limbs, want 2":                                         nil,
		"in: has 1 limbs, want 2":                                         {{1}},
		"in: limb 1 has 1 coefficients, want N = 2":                       {{1, 2}, {3}},
		"in: limb 1: index 0: residue is 193, want below the modulus 193": {{1}, {193}},
	} {
		_, err := c.Convert(in)
		require.EqualError(t, err, "hecross: "+want)
		_, err = c.ConvertBytes(in)
		require.EqualError(t, err, "hecross: "+want)
	}
	_, err = c.ConvertBytes(Poly{{1}, {2}})
	require.EqualError(t, err, "hecross: column 0: byte product of 2 terms modulo 257 reaches 2^18, want 1020*terms*(q-1) below")
	got, err := c.Convert(Poly{{1}, {1}})
	require.NoError(t, err)
	require.Equal(t, Poly{{bigModOf(t, fastRemainder(big.NewInt(1), ms[:2]), 257)}}, got)
}

func bigModOf(t *testing.T, x *big.Int, q uint32) uint32 {
	require.Positive(t, x.Sign(), fmt.Sprint(x))
	return bigMod(x, q)
}

// TestStructuredPermutationIsTheGather covers every split of N and every odd k
// of small degrees, and draws large ones.
func TestStructuredPermutationIsTheGather(t *testing.T) {
	check := func(t require.TestingT, k, r, c int) {
		n := r * c
		p, err := NewStructuredPermutation(k, r, c)
		require.NoError(t, err)
		index, err := AutomorphismIndex(k, n)
		require.NoError(t, err)
		in, got, want := make([]uint32, n), make([]uint32, n), make([]uint32, n)
		for i := range in {
			in[i] = uint32(i)
		}
		for i, from := range index {
			want[i] = in[from]
		}
		require.NoError(t, p.Apply(got, in))
		require.Equal(t, want, got, "k %d, R %d, C %d", k, r, c)
		for _, s := range p.Shift {
			require.True(t, s >= 0 && s < c)
		}
	}
	for n := 2; n <= 64; n *= 2 {
		for r := 1; r <= n; r *= 2 {
			for k := 1; k < 2*n; k += 2 {
				check(t, k, r, n/r)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		logN := rapid.IntRange(7, 14).Draw(t, "logN")
		logR := rapid.IntRange(0, logN).Draw(t, "logR")
		check(t, 2*rapid.IntRange(0, 1<<logN-1).Draw(t, "k")+1, 1<<logR, 1<<(logN-logR))
	})
	check(t, 1<<18-1, 256, 512)

	_, err := NewStructuredPermutation(3, 3, 4)
	require.EqualError(t, err, "hecross: N is 12, want a power of two up to 131072")
	_, err = NewStructuredPermutation(3, -4, -4)
	require.EqualError(t, err, "hecross: N, R, C are 16, -4, -4, want powers of two with N = R*C of at least 2")
	_, err = NewStructuredPermutation(2, 4, 4)
	require.EqualError(t, err, "hecross: galois element is 2, want an odd number below 2N = 32")
	_, err = AutomorphismIndex(3, 6)
	require.EqualError(t, err, "hecross: N is 6, want a power of two up to 131072")
	p, err := NewStructuredPermutation(3, 2, 2)
	require.NoError(t, err)
	x := []uint32{1, 2, 3, 4}
	require.EqualError(t, p.Apply(x, x), "hecross: out is in, want another")
	require.EqualError(t, p.Apply(x, x[:3]), "hecross: in: limb 0 has 3 coefficients, want N = 4")
	require.EqualError(t, p.Apply(x[:1], x), "hecross: out: limb 0 has 1 coefficients, want N = 4")
}

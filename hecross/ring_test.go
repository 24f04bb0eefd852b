package hecross

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// testRing is a ring of limbs primes of the given width with smallest roots.
func testRing(t require.TestingT, n, r, width, limbs int) *Ring {
	qs, err := Primes(n, width, limbs)
	require.NoError(t, err)
	return ringOver(t, n, r, qs)
}

func ringOver(t require.TestingT, n, r int, qs []uint32) *Ring {
	ms, err := NewModuli(qs)
	require.NoError(t, err)
	ring, err := NewRing(n, r, n/r, ms, SmallestRoots())
	require.NoError(t, err)
	return ring
}

// drawRing draws N up to 2^maxLog, a split, a width and limbs.
func drawRing(t *rapid.T, minLog, maxLog, limbs int) *Ring {
	logN := rapid.IntRange(minLog, maxLog).Draw(t, "logN")
	logR := rapid.IntRange(0, logN).Draw(t, "logR")
	width := rapid.IntRange(20, 31).Draw(t, "width")
	if logN > 11 {
		width = max(width, 24)
	}
	return testRing(t, 1<<logN, 1<<logR, width, limbs)
}

func randomPoly(r *Ring, seed uint64) Poly {
	rnd := rand.New(rand.NewPCG(seed, 1))
	p := r.NewPoly()
	for l, m := range r.Moduli {
		for i := range p[l] {
			switch rnd.IntN(16) {
			case 0:
				p[l][i] = m.Q() - 1
			case 1:
				p[l][i] = 0
			default:
				p[l][i] = rnd.Uint32N(m.Q())
			}
		}
	}
	return p
}

// evaluate is a(x) mod q with big integers.
func evaluate(a []uint32, x *big.Int, q uint32) uint32 {
	modulus, sum := big.NewInt(int64(q)), new(big.Int)
	for i := len(a) - 1; i >= 0; i-- {
		sum.Mul(sum, x).Add(sum, big.NewInt(int64(a[i]))).Mod(sum, modulus)
	}
	return uint32(sum.Uint64())
}

// reverse is bit reversal by its definition.
func reverse(i, n int) int {
	r := 0
	for ; n > 1; n >>= 1 {
		r = r<<1 | i&1
		i >>= 1
	}
	return r
}

func TestNTTIsEvaluationAtOddPowers(t *testing.T) {
	for _, n := range []int{2, 4, 16, 64, 256} {
		for r := 1; r <= n; r *= 2 {
			ring := testRing(t, n, r, 31, 2)
			in, out := randomPoly(ring, 1), ring.NewPoly()
			require.NoError(t, ring.NTT(out, in))
			for l, m := range ring.Moduli {
				for i := range n {
					x := new(big.Int).Exp(big.NewInt(int64(ring.Psi[l])), big.NewInt(int64(2*reverse(i, n)+1)), big.NewInt(int64(m.Q())))
					require.Equal(t, evaluate(in[l], x, m.Q()), out[l][i], "N %d R %d limb %d index %d", n, r, l, i)
				}
			}
		}
	}
}

func TestThreeFormsOfTheTransformAreEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ring := drawRing(t, 1, 9, 2)
		in := randomPoly(ring, rapid.Uint64().Draw(t, "seed"))
		want, out := ring.NewPoly(), ring.NewPoly()
		require.NoError(t, ring.NTT(want, in))
		require.NoError(t, ring.NTTMatrix(out, in))
		require.Equal(t, want, out)
		require.NoError(t, ring.NTTBytes(out, in))
		require.Equal(t, want, out)

		require.NoError(t, ring.INTT(out, want))
		require.Equal(t, in, out)
		require.NoError(t, ring.INTTMatrix(out, want))
		require.Equal(t, in, out)
		require.NoError(t, ring.INTTBytes(out, want))
		require.Equal(t, in, out)

		require.NoError(t, ring.NTT(out, out), "in place")
		require.Equal(t, want, out)
	})
}

func TestThreeFormsAreEqualAtLargeDegrees(t *testing.T) {
	for _, c := range []struct{ n, r, width int }{{8192, 128, 28}, {8192, 64, 31}, {16384, 128, 28}, {65536, 256, 28}} {
		if testing.Short() && c.n > 8192 {
			continue
		}
		ring := testRing(t, c.n, c.r, c.width, 1)
		in, want, out := randomPoly(ring, 3), ring.NewPoly(), ring.NewPoly()
		require.NoError(t, ring.NTT(want, in))
		require.NoError(t, ring.NTTMatrix(out, in))
		require.Equal(t, want, out)
		require.NoError(t, ring.NTTBytes(out, in))
		require.Equal(t, want, out)
		require.NoError(t, ring.INTTBytes(out, want))
		require.Equal(t, in, out)
		require.NoError(t, ring.INTT(out, want))
		require.Equal(t, in, out)
	}
}

// negacyclic is a*b mod X^N+1 and q by the schoolbook, with big integers.
func negacyclic(a, b []uint32, q uint32) []uint32 {
	n := len(a)
	sums := make([]big.Int, n)
	term := new(big.Int)
	for i, x := range a {
		for j, y := range b {
			term.Mul(big.NewInt(int64(x)), big.NewInt(int64(y)))
			if i+j < n {
				sums[i+j].Add(&sums[i+j], term)
			} else {
				sums[i+j-n].Sub(&sums[i+j-n], term)
			}
		}
	}
	out := make([]uint32, n)
	for i := range out {
		out[i] = bigMod(&sums[i], q)
	}
	return out
}

func TestProductsInNTTFormArePolynomialProducts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ring := drawRing(t, 1, 6, 2)
		a, b := randomPoly(ring, rapid.Uint64().Draw(t, "a")), randomPoly(ring, rapid.Uint64().Draw(t, "b"))
		x, y := ring.NewPoly(), ring.NewPoly()
		require.NoError(t, ring.NTT(x, a))
		require.NoError(t, ring.NTT(y, b))
		require.NoError(t, ring.Mul(x, x, y))
		require.NoError(t, ring.INTT(x, x))
		for l, m := range ring.Moduli {
			require.Equal(t, negacyclic(a[l], b[l], m.Q()), x[l])
		}

		sum, diff := ring.NewPoly(), ring.NewPoly()
		require.NoError(t, ring.Add(sum, a, b))
		require.NoError(t, ring.Sub(diff, sum, b))
		require.Equal(t, a, diff)
		require.NoError(t, ring.Neg(diff, a))
		require.NoError(t, ring.Add(diff, diff, a))
		require.Equal(t, ring.NewPoly(), diff)
	})
}

func TestThreeStepMatricesAreThoseOfTheDefinition(t *testing.T) {
	ring := testRing(t, 32, 8, 28, 1)
	m, psi := ring.Moduli[0], ring.Psi[0]
	om := m.Mul(psi, psi)
	oc, orr := m.Pow(om, 4), m.Pow(om, 8)
	inverse := func(x uint32) uint32 { return m.Inverse(x) }
	f, b := ring.Forward(0), ring.Inverse(0)
	for z := range 8 {
		for i := range 8 {
			oce := m.Pow(oc, uint64(reverse(z, 8)*i))
			require.Equal(t, m.Mul(oce, m.Pow(psi, uint64(4*i))), f.Rows.At(z, i))
			require.Equal(t, inverse(m.Mul(8, m.Mul(oce, m.Pow(psi, uint64(4*i))))), b.Rows.At(i, z))
		}
		for j := range 4 {
			e := m.Mul(m.Pow(om, uint64(reverse(z, 8)*j)), m.Pow(psi, uint64(j)))
			require.Equal(t, e, f.Twist.At(z, j))
			require.Equal(t, inverse(m.Mul(4, e)), b.Twist.At(z, j))
		}
	}
	for j := range 4 {
		for k := range 4 {
			e := m.Pow(orr, uint64(j*reverse(k, 4)))
			require.Equal(t, e, f.Cols.At(j, k))
			require.Equal(t, inverse(e), b.Cols.At(k, j))
		}
	}
}

func TestRoots(t *testing.T) {
	for _, q := range []uint32{7681, 557057, 268730369, 1073759809} {
		m := modulus(t, q)
		for n := 1; (q-1)%uint32(2*n) == 0 && n <= 256; n *= 2 {
			least, err := m.SmallestRoot(n)
			require.NoError(t, err)
			for x := uint32(1); x < least && q < 1000000; x++ {
				require.NotEqual(t, q-1, m.Pow(x, uint64(n)), "%d is a smaller root modulo %d", x, q)
			}
			require.Equal(t, q-1, m.Pow(least, uint64(n)))
		}
	}
	for _, c := range []struct {
		q   uint32
		n   int
		psi uint32
	}{
		// EfficientPPML/CROSS, jaxite_word/tabVII.py
		{1073759809, 16, 149761193}, {1073759041, 16, 17168328}, {268730369, 4096, 8801}, {557057, 4096, 474},
		{269402113, 8192, 18987}, {557057, 16384, 19}, {384040961, 65536, 1197}, {347996161, 65536, 2739},
	} {
		got, err := modulus(t, c.q).SmallestRoot(c.n)
		require.NoError(t, err)
		require.Equal(t, c.psi, got)
	}
}

func TestRootsByName(t *testing.T) {
	require.Equal(t, []string{"smallest", "lattigo", "explicit"}, []string{SmallestRoots().String(), LattigoRoots().String(), ExplicitRoots(nil).String()})
	m := modulus(t, 97)
	for _, root := range []func(n int) (uint32, error){m.SmallestRoot, m.LattigoRoot} {
		_, err := root(64)
		require.EqualError(t, err, "hecross: modulus is 97, want 1 mod 2N = 128")
		_, err = root(12)
		require.EqualError(t, err, "hecross: N is 12, want a power of two up to 131072")
	}
}

func TestRingErrors(t *testing.T) {
	ms, err := NewModuli([]uint32{97, 193})
	require.NoError(t, err)
	root := func(psi ...uint32) Roots { return ExplicitRoots(psi) }
	least97, err := ms[0].SmallestRoot(16)
	require.NoError(t, err)
	least193, err := ms[1].SmallestRoot(16)
	require.NoError(t, err)
	_, err = NewRing(16, 4, 4, ms, root(least97, least193))
	require.NoError(t, err)
	for _, c := range []struct {
		n, r, c int
		moduli  []Modulus
		roots   Roots
		want    string
	}{
		{0, 1, 0, ms, Roots{}, "hecross: N is 0, want a power of two up to 131072"},
		{1 << 18, 512, 512, ms, Roots{}, "hecross: N is 262144, want a power of two up to 131072"},
		{1, 1, 1, ms, Roots{}, "hecross: N, R, C are 1, 1, 1, want powers of two with N = R*C of at least 2"},
		{16, 2, 4, ms, Roots{}, "hecross: N, R, C are 16, 2, 4, want powers of two with N = R*C of at least 2"},
		{16, -4, -4, ms, Roots{}, "hecross: N, R, C are 16, -4, -4, want powers of two with N = R*C of at least 2"},
		{64, 8, 8, ms, Roots{}, "hecross: limb 0: modulus is 97, want 1 mod 2N = 128"},
		{16, 4, 4, []Modulus{ms[0], ms[0]}, Roots{}, "hecross: limbs 0 and 1 have the modulus 97, want distinct moduli"},
		{16, 4, 4, []Modulus{ms[0], {}}, Roots{}, "hecross: limb 1: modulus is not set, want one from NewModulus"},
		{16, 4, 4, ms, root(1), "hecross: psi has 1 elements, want one per limb, 2"},
		{16, 4, 4, ms, root(least97, 1), "hecross: limb 1: psi is 1, want a primitive 32-th root of unity modulo 193"},
		{16, 4, 4, ms, root(least97+97, least193), "hecross: limb 0: psi is 116, want a primitive 32-th root of unity modulo 97"},
	} {
		_, err := NewRing(c.n, c.r, c.c, c.moduli, c.roots)
		require.EqualError(t, err, c.want)
	}

	ring := ringOver(t, 16, 4, []uint32{97, 193})
	good := ring.NewPoly()
	bad := ring.NewPoly()
	bad[1][7] = 193
	require.EqualError(t, ring.NTT(good, bad), "hecross: in: limb 1: index 7: residue is 193, want below the modulus 193")
	require.EqualError(t, ring.INTTBytes(good, bad[:1]), "hecross: in: has 1 limbs, want 2")
	require.EqualError(t, ring.NTTMatrix(Poly{good[0], good[1][:3]}, good), "hecross: out: limb 1 has 3 coefficients, want N = 16")
	require.EqualError(t, ring.Add(good, good, bad), "hecross: b: limb 1: index 7: residue is 193, want below the modulus 193")
	_, err = ring.Slice(1, 3)
	require.EqualError(t, err, "hecross: limbs are 1 to 3 of 2, want a range inside")
	_, err = ring.Join(ring)
	require.EqualError(t, err, "hecross: limbs 0 and 2 have the modulus 97, want distinct moduli")
	_, err = ring.Join(ringOver(t, 16, 8, nil))
	require.EqualError(t, err, "hecross: rings are 16 = 4x4 and 16 = 8x2, want the same N, R and C")
}

func randomUniform(r *Ring, seed uint64) Poly {
	rnd := rand.New(rand.NewPCG(seed, 3))
	p := r.NewPoly()
	for l, m := range r.Moduli {
		for i := range p[l] {
			p[l][i] = rnd.Uint32N(m.Q())
		}
	}
	return p
}

// TestNTTAtTheLargestDegrees evaluates at some of the powers.
func TestNTTAtTheLargestDegrees(t *testing.T) {
	for _, c := range []struct{ n, r, width int }{{4096, 1, 26}, {8192, 8192, 20}, {65536, 512, 28}, {MaxN, 256, 31}} {
		ring := testRing(t, c.n, c.r, c.width, 1)
		in, out, back := randomPoly(ring, 1), ring.NewPoly(), ring.NewPoly()
		require.NoError(t, ring.NTT(out, in))
		q, psi := ring.Moduli[0].Q(), big.NewInt(int64(ring.Psi[0]))
		for _, i := range []int{0, 1, c.n / 2, c.n/3 + 1, c.n - 1} {
			x := new(big.Int).Exp(psi, big.NewInt(int64(2*reverse(i, c.n)+1)), big.NewInt(int64(q)))
			require.Equal(t, evaluate(in[0], x, q), out[0][i], "N %d index %d", c.n, i)
		}
		require.NoError(t, ring.INTT(back, out))
		require.Equal(t, in, back)
	}
}

package hecross

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// primesForTests covers every width, the special shapes at both ends, and the
// primes of the published sets.
var primesForTests = []uint32{3, 5, 7, 13, 17, 97, 257, 7681, 65537, 557057, 268042241, 268369921, 536903681, 1073738273, 1073759809, 1<<31 - 1}

func modulus(t require.TestingT, q uint32) Modulus {
	m, err := NewModulus(q)
	require.NoError(t, err)
	return m
}

// drawPrime draws a prime of 2 to 31 bits.
func drawPrime(t *rapid.T) Modulus {
	width := rapid.IntRange(2, 31).Draw(t, "width")
	q := rapid.Uint32Range(1<<(width-1)|1, 1<<width-1).Draw(t, "start")
	for !IsPrime(q) || q == 2 {
		if q++; q >= 1<<width {
			q = 1<<(width-1) | 1
		}
	}
	return modulus(t, q)
}

func bigMod(z *big.Int, q uint32) uint32 {
	return uint32(new(big.Int).Mod(z, big.NewInt(int64(q))).Uint64())
}

func TestReduceIsTheRemainderForEveryValueInRange(t *testing.T) {
	for q := uint32(3); q < 300; q++ {
		if !IsPrime(q) {
			continue
		}
		m := modulus(t, q)
		for z := uint64(0); m.Admits(z); z++ {
			if uint64(m.Reduce(z)) != z%uint64(q) {
				t.Fatalf("Reduce(%d) modulo %d is %d, want %d", z, q, m.Reduce(z), z%uint64(q))
			}
		}
	}
}

func TestReductionsMatchDefinitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawPrime(t)
		q := uint64(m.Q())
		z := rapid.Uint64().Draw(t, "z")
		require.Equal(t, z%q, uint64(m.Mod(z)))

		small := z >> (64 - m.ProductBits())
		require.True(t, m.Admits(small))
		require.Equal(t, small%q, uint64(m.Reduce(small)))
		top := uint64(1)<<m.ProductBits() - 1 - z%q
		require.Equal(t, top%q, uint64(m.Reduce(top)))
		require.False(t, m.Admits(uint64(1)<<m.ProductBits()))

		x, y := uint32(z%q), rapid.Uint32().Draw(t, "y")
		w := y % m.Q()
		lazy := m.MulShoup(y, x, m.ShoupQuotient(x))
		require.Less(t, uint64(lazy), 2*q)
		require.Equal(t, uint64(y)*uint64(x)%q, uint64(m.Correct(lazy)))

		lazy = m.MontgomeryReduce(uint64(x) * uint64(y))
		require.Positive(t, lazy)
		require.Less(t, uint64(lazy), 2*q)
		require.Equal(t, uint64(x)*uint64(y)%q, uint64(lazy)<<32%q)
		require.Equal(t, m.Mul(x, w), m.Correct(m.MontgomeryReduce(uint64(m.ToMontgomery(x))*uint64(w))))

		require.Equal(t, (uint64(x)+uint64(w))%q, uint64(m.Add(x, w)))
		require.Equal(t, (uint64(x)+q-uint64(w))%q, uint64(m.Sub(x, w)))
		require.Equal(t, (q-uint64(x))%q, uint64(m.Neg(x)))
		e := rapid.Uint64().Draw(t, "e")
		require.Equal(t, new(big.Int).Exp(big.NewInt(int64(x)), new(big.Int).SetUint64(e), big.NewInt(int64(q))).Uint64(), uint64(m.Pow(x, e)))
		if x != 0 {
			require.Equal(t, uint32(1), m.Mul(x, m.Inverse(x)))
		}
	})
}

func TestReductionsAtTheEdges(t *testing.T) {
	for _, q := range primesForTests {
		m := modulus(t, q)
		last := uint64(q) - 1
		require.Equal(t, uint32(1), m.Mul(q-1, q-1), q)
		for _, y := range []uint32{0, 1, q - 1, q, 1<<31 - 1, 1 << 31, 1<<32 - 1} {
			lazy := uint64(m.MontgomeryReduce(last * uint64(y)))
			require.Less(t, lazy, 2*uint64(q))
			require.Equal(t, last*uint64(y)%uint64(q), lazy<<32%uint64(q), "%d modulo %d", y, q)
			require.Equal(t, last*uint64(y)%uint64(q), uint64(m.Correct(m.MulShoup(y, q-1, m.ShoupQuotient(q-1)))))
		}
		end := uint64(q)<<32 - 1 // the largest that Montgomery's reduction takes
		require.Less(t, uint64(m.MontgomeryReduce(end)), 2*uint64(q))
		require.Equal(t, uint32(0), m.Neg(0))
		require.Equal(t, uint32(0), m.Inverse(0))
		require.Equal(t, -m.MontgomeryFactor()*q, uint32(1))
		power := new(big.Int).Lsh(big.NewInt(1), uint(m.ProductBits()))
		require.Equal(t, power.Quo(power, big.NewInt(int64(q))).Uint64(), m.BarrettFactor())
		require.Equal(t, m.Bits()+1, power.BitLen(), "bits of the factor")
	}
}

func TestHalfProductsGiveTheHighWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := rapid.Uint32().Draw(t, "x"), rapid.Uint32().Draw(t, "y")
		require.Equal(t, uint32(uint64(x)*uint64(y)>>32), mulHigh16(x, y))
	})
	require.Equal(t, uint32(1<<32-2), mulHigh16(1<<32-1, 1<<32-1))
}

// The trap of sums: with q near 2^28 the sum of two products leaves the range
// of Reduce and the result is sometimes q or more; term by term it never is.
func TestSumsOfProductsAreNotCanonical(t *testing.T) {
	m := modulus(t, 268042241)
	const trials = 500000
	for terms, want := range map[int]float64{1: 0, 2: 0.0032, 3: 0.026} {
		wrong, r := 0, rand.New(rand.NewPCG(6, uint64(terms)))
		for range trials {
			sum, right := uint64(0), uint32(0)
			for range terms {
				x, y := r.Uint32N(m.Q()), r.Uint32N(m.Q())
				sum += uint64(x) * uint64(y)
				right = m.Add(right, m.Mul(x, y))
			}
			got := m.Reduce(sum)
			require.Equal(t, right, got%m.Q(), "congruent all the same")
			if got != right {
				require.False(t, m.Admits(sum), "only sums out of range go wrong")
				wrong++
			}
		}
		t.Logf("%d products: %.3f %% wrong", terms, 100*float64(wrong)/trials)
		require.InDelta(t, want, float64(wrong)/trials, 0.1*want, "%d terms", terms)
	}
}

func TestPrimes(t *testing.T) {
	sieve := make([]bool, 1<<16)
	for i := 2; i < len(sieve); i++ {
		if !sieve[i] {
			for j := i * i; j < len(sieve); j += i {
				sieve[j] = true
			}
		}
		require.Equal(t, !sieve[i], IsPrime(uint32(i)), i)
	}
	require.False(t, IsPrime(0))
	require.False(t, IsPrime(1))
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint32().Draw(t, "n")
		require.Equal(t, new(big.Int).SetUint64(uint64(n)).ProbablyPrime(20), IsPrime(n))
	})
	for _, pseudo := range []uint32{2047, 3215031751, 25326001, 4295098369 % (1 << 32), 4294967291 - 2} {
		require.Equal(t, new(big.Int).SetUint64(uint64(pseudo)).ProbablyPrime(20), IsPrime(pseudo), pseudo)
	}

	got, err := Primes(4096, 28, 3)
	require.NoError(t, err)
	require.Equal(t, []uint32{268369921, 268361729, 268271617}, got)
	for _, width := range []int{20, 24, 31} {
		got, err := Primes(16, width, 5)
		require.NoError(t, err)
		for i, q := range got {
			m := modulus(t, q)
			require.Equal(t, width, m.Bits())
			require.Equal(t, uint32(1), q%32)
			require.True(t, i == 0 || q < got[i-1])
		}
	}
}

func TestModulusErrors(t *testing.T) {
	for _, q := range []uint32{0, 1, 2, 4, 9, 1 << 31, 2147483659, 4294967291} {
		_, err := NewModulus(q)
		require.ErrorContains(t, err, "want an odd prime below 2^31")
	}
	_, err := NewModuli([]uint32{7, 8})
	require.EqualError(t, err, "hecross: limb 1: modulus is 8, want an odd prime below 2^31")
	_, err = NewModuli([]uint32{17, 7, 17})
	require.EqualError(t, err, "hecross: limbs 0 and 2 have the modulus 17, want distinct moduli")
	_, err = Primes(3, 20, 1)
	require.EqualError(t, err, "hecross: N is 3, want a power of two up to 131072")
	_, err = Primes(4, 32, 1)
	require.EqualError(t, err, "hecross: width is 32 bits, want 3 to 31")
	_, err = Primes(4, 20, -1)
	require.EqualError(t, err, "hecross: count is -1, want 0 or more")
	_, err = Primes(16, 8, 9)
	require.EqualError(t, err, "hecross: 1 primes of 8 bits are 1 mod 32, want 9")
}

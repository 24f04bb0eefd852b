package emulation

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/hecross"
)

// modulus draws a prime of 17 to 31 bits.
func modulus(t *rapid.T) hecross.Modulus {
	width := rapid.IntRange(17, hecross.MaxModulusBits).Draw(t, "bits")
	q := rapid.Uint32Range(1<<(width-1)+1, 1<<width-1).Draw(t, "q")
	for !hecross.IsPrime(q) {
		q = 1<<(width-1) + (q+1)&(1<<(width-1)-1)
	}
	m, err := hecross.NewModulus(q)
	require.NoError(t, err)
	return m
}

// residue draws a residue, the edges often.
func residue(t *rapid.T, m hecross.Modulus, name string) uint32 {
	return rapid.OneOf(rapid.SampledFrom([]uint32{0, 1, m.Q() - 1, m.Q() / 2}), rapid.Uint32Range(0, m.Q()-1)).Draw(t, name)
}

// number returns z as one number.
func (z wide) number() uint64 { return uint64(z.high)<<32 | uint64(z.low) }

func words(z uint64) wide { return wide{uint32(z), uint32(z >> 32)} }

func TestSequencesEqualTheArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := modulus(t)
		x, y := residue(t, m, "x"), residue(t, m, "y")
		a := &ALU{}
		require.Equal(t, m.Add(x, y), a.Add(x, y, m.Q()))
		require.Equal(t, m.Sub(x, y), a.Sub(x, y, m.Q()))
		require.Equal(t, m.Mul(x, y), a.MulBarrett(m, x, y))
		require.Equal(t, m.Mul(x, y), a.MulMontgomery(m, x, m.ToMontgomery(y)))
		w := rapid.Uint32().Draw(t, "any")
		require.Equal(t, m.Mul(m.Mod(uint64(w)), y), a.MulShoup(m, w, y, m.ShoupQuotient(y)))
	})
}

func TestReductionsOfTheWholeRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := modulus(t)
		largest := uint64(1)<<m.ProductBits() - 1
		z := rapid.OneOf(rapid.Just(largest), rapid.Uint64Range(0, largest)).Draw(t, "z")
		require.Equal(t, m.Mod(z), (&ALU{}).Barrett(m, words(z)))
		z = rapid.Uint64Range(0, uint64(m.Q())<<32-1).Draw(t, "product")
		require.Equal(t, m.Correct(m.MontgomeryReduce(z)), (&ALU{}).Montgomery(m, words(z)))
	})
}

func TestWideWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.OneOf(rapid.SampledFrom([]uint32{0, 1, 0xFFFF, 0x10000, 1<<32 - 1}), rapid.Uint32())
		x, y := word.Draw(t, "x"), word.Draw(t, "y")
		a := &ALU{}
		require.Equal(t, uint64(x)*uint64(y), a.product(a.split(x), a.split(y)).number())
		require.Equal(t, uint32(uint64(x)*uint64(y)>>32), a.productHigh(a.split(x), known(y)))
		require.Equal(t, [4]uint32{x & 255, x >> 8 & 255, x >> 16 & 255, x >> 24}, a.Chunk(x))
		sums := [4]uint32{x, y, word.Draw(t, "y2"), word.Draw(t, "y3")}
		require.Equal(t, hecross.MergeBytes(sums), a.Merge(sums).number())
	})
}

// Seven sums of so many terms, the largest included.
func TestToeplitz(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := modulus(t)
		terms := rapid.IntRange(1, 1<<max(m.Bits()-18, 0)).Draw(t, "terms")
		largest := uint32(min(4*255*255*uint64(terms), 1<<32-1))
		var y [7]uint32
		want := uint32(0)
		for p := 6; p >= 0; p-- {
			y[p] = rapid.OneOf(rapid.Just(largest), rapid.Uint32Range(0, largest)).Draw(t, "y")
			want = m.Mod(uint64(want)<<8 + uint64(y[p]))
		}
		require.Equal(t, want, (&ALU{}).Toeplitz(m, y))
	})
}

// The counts are results: they decide the time of every kernel, and change only
// with the sequences.
func TestCount(t *testing.T) {
	c, err := Count()
	require.NoError(t, err)
	require.Equal(t, Costs{
		MulBarrett: 62, MulMontgomery: 40, MulShoup: 20, Barrett: 43, Montgomery: 21, Add: 4, Sub: 5, Chunk: 6, Merge: 18, Toeplitz: 140,
	}, c)
}

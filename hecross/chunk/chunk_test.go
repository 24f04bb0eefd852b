package chunk

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/hecross/barrett"
	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			m, err := u.Module()
			require.NoError(t, err)
			want := 1
			switch c.Kind {
			case Merge:
				want = MergeRegisters
			case Reduce:
				want = MergeRegisters + c.Reduce.Registers()
			}
			require.Equal(t, want, m.Latency())
			unittest.Check(t, u, 1500)
		})
	}
}

// TestProduct: residues split by the unit, multiplied as bytes with a dense
// matrix of a constant, merged and reduced are the product of residues.
func TestProduct(t *testing.T) {
	split, reduce := Presets["split_one"], Presets["q28"]
	reduce.Lanes = 1
	q := uint64(reduce.Reduce.Q)
	rapid.Check(t, func(t *rapid.T) {
		x, v := rapid.Uint64Range(0, q-1).Draw(t, "x"), rapid.Uint64Range(0, q-1).Draw(t, "v")
		bytes, r := unit.Frame{make([]int64, pieces)}, unit.Frame{{0}}
		split.golden(unit.Frame{{int64(v)}}, bytes)
		y := make([]int64, pieces)
		for k := range pieces {
			column := new(big.Int).Mod(new(big.Int).Lsh(new(big.Int).SetUint64(x), uint(8*k)), new(big.Int).SetUint64(q)).FillBytes(make([]byte, pieces))
			for p := range pieces {
				y[p] += int64(column[pieces-1-p]) * bytes[0][k]
			}
		}
		reduce.golden(unit.Frame{y}, r)
		require.Equal(t, x*v%q, uint64(r[0][0]))
	})
}

// TestMerged compares with math/big, for any sums.
func TestMerged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y, z := make([]int64, pieces), new(big.Int)
		for p := range y {
			y[p] = int64(rapid.Uint32().Draw(t, "y"))
			z.Add(z, new(big.Int).Lsh(big.NewInt(y[p]), uint(8*p)))
		}
		require.Equal(t, z.Uint64(), merged(y))
		require.LessOrEqual(t, z.BitLen(), MergedBits)
		require.Equal(t, z.Uint64()%(1<<56), merged(digits(z.Uint64()%(1<<56))))
	})
}

// TestLimit: sums of as many products as Limit says are in range whatever the
// residues. Of more, some are not, and the requirement breaks.
func TestLimit(t *testing.T) {
	for _, tt := range []struct {
		q    uint32
		want int
	}{{786433, 1370}, {268042241, 16512}, {2147377153, 16512}} {
		c := Config{Kind: Reduce, Lanes: 1, Reduce: barrett.Fixed(tt.q)}
		got, err := c.Limit(tt.q)
		require.NoError(t, err)
		require.Equal(t, tt.want, got)
		require.Less(t, uint64(pieces*255*255)*uint64(got), uint64(1)<<32)
		require.LessOrEqual(t, pieces*255*uint64(got)*uint64(tt.q-1), uint64(1)<<(2*c.Reduce.Bits))
	}
	_, err := Presets["q28"].Limit(786433)
	require.EqualError(t, err, "chunk: barrett: q is 786433 of 20 bits, want 28")
}

// TestUnreducedSums: sums of products are merged before they are reduced, so that
// many of them exceed what is reduced to canonical residues. Here 20 bits of
// modulus: 16,000 products are too many, and the requirement says so.
func TestUnreducedSums(t *testing.T) {
	c := Config{Kind: Reduce, Lanes: 1, Reduce: barrett.Fixed(786433)}
	fault := func(y []int64) string {
		u, err := New(c)
		require.NoError(t, err)
		res, err := unit.Interp{}.Run(u, []unit.Stimulus{u.Back([]unit.Frame{{y}})})
		require.NoError(t, err)
		return res[0].Fault
	}
	r := rand.New(rand.NewPCG(3, 4))
	limit, err := c.Limit(786433)
	require.NoError(t, err)
	require.Empty(t, fault(dense(r, 786433, limit)))
	sums := dense(r, 786433, 16000)
	require.Greater(t, merged(sums), uint64(1)<<40)
	require.Contains(t, fault(sums), "requirement failed: z is below 2^40")
	require.Empty(t, fault(digits(1<<40-1)))
	require.Contains(t, fault(digits(1<<40)), "requirement failed: z is below 2^40")
}

func TestConfigErrors(t *testing.T) {
	for want, c := range map[string]Config{
		`chunk: Kind is "", want one of split merge reduce`:        {Lanes: 1},
		"chunk: Lanes is 0, want 1 to 256":                         {Kind: Split},
		"chunk: Lanes is 257, want 1 to 256":                       {Kind: Merge, Lanes: 257},
		"chunk: Reduce: barrett: Bits is 0, want 2 to 31":          {Kind: Reduce, Lanes: 1},
		"chunk: Reduce has 28 bits, want none where Kind is split": {Kind: Split, Lanes: 1, Reduce: barrett.Config{Bits: 28}},
	} {
		_, err := New(c)
		require.EqualError(t, err, want)
	}
}

package barrett

import (
	"flag"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/area"
	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
	"lockstep/tool/tooltest"
	"lockstep/yosys"
)

var prove = flag.Bool("prove", false, "exhaustive checks and proofs that take minutes")

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			m, err := u.Module()
			require.NoError(t, err)
			require.Equal(t, c.Registers(), m.Latency())
			unittest.Check(t, u, 3000)
		})
	}
}

// TestLatency pins what the structure of each length costs in cycles.
func TestLatency(t *testing.T) {
	for name, want := range map[string]int{"smallest": 4, "q20": 7, "q28": 9, "q31": 9, "input28": 9, "any": 11} {
		require.Equal(t, want, Presets[name].Registers(), name)
	}
}

func constants(t require.TestingT, c Config, q uint32) Constants {
	k, err := c.Constants(q)
	require.NoError(t, err)
	return k
}

// TestConstants compares with the definitions in math/big.
func TestConstants(t *testing.T) {
	for name, c := range Presets {
		for _, k := range c.moduli() {
			q := k.Q
			require.Equal(t, c.Bits, big.NewInt(int64(q)).BitLen()+k.Shift, "%s: %d", name, q)
			normal := new(big.Int).Lsh(big.NewInt(int64(q)), uint(k.Shift))
			m := new(big.Int).Lsh(big.NewInt(1), uint(2*c.Bits))
			require.Equal(t, m.Div(m, normal).Uint64(), uint64(k.M), "%s: %d", name, q)
			require.Equal(t, c.Bits+1, big.NewInt(int64(k.M)).BitLen(), "%s: %d", name, q)
		}
	}
}

// TestCorners: for every preset, the frames that each check begins with need the
// correction and do without, have remainders of both ends, and reach the end of
// the range.
func TestCorners(t *testing.T) {
	for name, c := range Presets {
		seen := map[string]bool{}
		for _, f := range c.corners() {
			z, k := uint64(f[0][0]), c.moduli()[0]
			if c.Q == 0 {
				k = constants(t, c, uint32(f[1][0]))
			}
			q := uint64(k.Q)
			quotient := new(big.Int).Mul(new(big.Int).SetUint64(z<<k.Shift), big.NewInt(int64(k.M)))
			quotient.Rsh(quotient, uint(2*c.Bits))
			seen[fmt.Sprint("correction ", z/q-quotient.Uint64())] = true
			seen[fmt.Sprint("remainder 0 is ", z%q == 0)] = true
			seen[fmt.Sprint("remainder q-1 is ", z%q == q-1)] = true
			seen[fmt.Sprint("end is ", z == c.end(k)-1)] = true
		}
		for _, want := range []string{"correction 0", "correction 1", "remainder 0 is true", "remainder q-1 is true", "end is true"} {
			require.True(t, seen[want], "%s: no corner has %s", name, want)
		}
		require.Len(t, seen, 8, name)
	}
}

// run feeds operands to the structure of a fixed modulus and compares every
// result with the remainder.
func run(t require.TestingT, c Config, count uint64, operand func(uint64) uint64) {
	u, err := New(c)
	require.NoError(t, err)
	m, err := u.Module()
	require.NoError(t, err)
	it, err := rtl.NewInterp(m)
	require.NoError(t, err)
	in, out := unit.NewFrame(m.Ins()), unit.NewFrame(m.Outs())
	latency := uint64(m.Latency())
	wrong := 0
	for k := range count + latency {
		in[0][0], in[1][0] = 1, int64(operand(min(k, count-1)))
		it.Eval(in, out)
		it.Clock()
		if k >= latency {
			if z := operand(k - latency); uint64(out[0][0]) != z%uint64(c.Q) {
				if wrong++; wrong < 4 {
					t.Errorf("%d mod %d with the lower %d bits apart: %d, want %d", z, c.Q, c.lower(), out[0][0], z%uint64(c.Q))
				}
			}
		}
	}
	require.NoError(t, it.Err())
	if wrong > 0 {
		t.FailNow()
	}
}

// TestExhaustive gives every operand below 2^s to the structure of every odd
// prime below 2^6, or with -prove below 2^10, once in one part and once cut in
// the middle as long operands are.
func TestExhaustive(t *testing.T) {
	end := uint32(1 << 6)
	if *prove {
		end = 1 << 10
	}
	for q := uint32(3); q < end; q += 2 {
		if !big.NewInt(int64(q)).ProbablyPrime(0) {
			continue
		}
		for _, cut := range []int{0, Fixed(q).Bits} {
			c := Fixed(q)
			c.cut = cut
			run(t, c, 1<<(2*c.Bits), func(k uint64) uint64 { return k })
		}
	}
}

// TestAnyModulus runs structures of random odd moduli, primes or not, of every
// length on random operands.
func TestAnyModulus(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := rapid.Uint32Range(1, 1<<MaxBits-1).Draw(t, "q")>>rapid.IntRange(0, 28).Draw(t, "shorter") | 3
		c := Fixed(q)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		zs := make([]uint64, 100)
		for i := range zs {
			zs[i] = r.Uint64N(1 << (2 * c.Bits))
		}
		run(t, c, uint64(len(zs)), func(k uint64) uint64 { return zs[k] })
	})
}

// fault returns the first broken requirement of a unit that gets one frame.
func fault(t *testing.T, c Config, f unit.Frame) string {
	u, err := New(c)
	require.NoError(t, err)
	res, err := unit.Interp{}.Run(u, []unit.Stimulus{u.Back([]unit.Frame{f})})
	require.NoError(t, err)
	return res[0].Fault
}

// TestUnreducedSums: one product of residues is in range whatever they are. The
// sum of two may not be; then the requirement breaks, and what the arithmetic
// gives beyond it need not be canonical.
func TestUnreducedSums(t *testing.T) {
	const q = 268042241
	c := Fixed(q)
	k := constants(t, c, q)
	product := uint64(q-1) * (q - 1)
	require.Less(t, product, uint64(1)<<56)
	for _, z := range []uint64{product, 1<<56 - 1} {
		require.Empty(t, fault(t, c, c.frame(z, k)))
	}
	for _, z := range []uint64{2 * product, 1 << 56, 1 << 63} {
		require.Contains(t, fault(t, c, c.frame(z, k)), "requirement failed: z is below 2^56")
	}

	// The formula itself, in integers without limit, beyond the range.
	formula := func(z uint64) uint64 {
		t := new(big.Int).Mul(new(big.Int).SetUint64(z), big.NewInt(int64(k.M)))
		r := z - t.Rsh(t, uint(2*c.Bits)).Uint64()*q
		if r >= q {
			r -= q
		}
		return r
	}
	r := rand.New(rand.NewPCG(1, 2))
	residue := func() uint64 { return r.Uint64N(q) }
	const n = 200000
	wrong := [4]int{}
	for range n {
		z := uint64(0)
		for terms := 1; terms <= 3; terms++ {
			z += residue() * residue()
			if formula(z) != z%q {
				wrong[terms]++
				require.GreaterOrEqual(t, formula(z), uint64(q), "congruent but not canonical")
				require.Equal(t, z%q, formula(z)%q)
				require.GreaterOrEqual(t, z, uint64(1)<<56)
			}
		}
	}
	require.Zero(t, wrong[1])
	require.InDelta(t, 0.0032, float64(wrong[2])/n, 0.0008)
	require.InDelta(t, 0.026, float64(wrong[3])/n, 0.003)
}

// TestModulusRequirements: constants that belong to no modulus are reported.
func TestModulusRequirements(t *testing.T) {
	c := Config{Bits: 28, Narrower: 8}
	good := c.frame(12345, constants(t, c, 786433))
	require.Empty(t, fault(t, c, good))
	for _, tt := range []struct {
		port  int
		value int64
		want  string
	}{
		{1, 786432, "q is odd"},
		{1, 786433 | 1<<27, "q has shift leading zeros"},
		{1, 3, "q has 28 bits after the shift"},
		{2, good[2][0] + 1, "m is floor(2^56 / q)"},
		{2, good[2][0] - 1, "m is floor(2^56 / q)"},
		{3, 9, "shift is at most 8"},
		{3, 7, "q has 28 bits after the shift"},
		{0, 1 << 48, "z is below 2^(56 - shift)"},
	} {
		f := unit.Frame{{good[0][0]}, {good[1][0]}, {good[2][0]}, {good[3][0]}}
		f[tt.port][0] = tt.value
		u, err := New(c)
		require.NoError(t, err)
		m, err := u.Module()
		require.NoError(t, err)
		it, err := rtl.NewInterp(m)
		require.NoError(t, err)
		it.Eval(append(unit.Frame{{1}}, f...), unit.NewFrame(m.Outs()))
		it.Clock()
		require.ErrorContains(t, it.Err(), "requirement failed: "+tt.want)
		it.Reset()
		it.Eval(append(unit.Frame{{0}}, f...), unit.NewFrame(m.Outs()))
		it.Clock()
		require.NoError(t, it.Err(), "nothing is required of a frame that is not offered")
	}
}

// TestArea pins the multiplier blocks and the levels of logic, and bounds the
// rest; -v prints what there is.
func TestArea(t *testing.T) {
	tooltest.Need(t, "yosys")
	for name, want := range map[string]area.Area{
		"q28":     {DSP: 7, Depth: 2, LUT: 250, FF: 800},
		"input28": {DSP: 9, Depth: 2, LUT: 350, FF: 1100},
	} {
		u, err := New(Presets[name])
		require.NoError(t, err)
		m, err := u.Module()
		require.NoError(t, err)
		sv, err := m.Verilog()
		require.NoError(t, err)
		got, err := area.Of(t.Context(), u.Name, sv, yosys.XCUP)
		require.NoError(t, err)
		t.Logf("%s: %d LUT, %d FF, %d DSP, depth %d, %d cycles", u.Name, got.LUT, got.FF, got.DSP, got.Depth, m.Latency())
		require.Equal(t, want.DSP, got.DSP)
		require.Equal(t, want.Depth, got.Depth)
		require.LessOrEqual(t, got.LUT, want.LUT)
		require.LessOrEqual(t, got.FF, want.FF)
	}
}

func TestConfigErrors(t *testing.T) {
	for want, c := range map[string]Config{
		"barrett: Bits is 1, want 2 to 31":  {Bits: 1},
		"barrett: Bits is 32, want 2 to 31": {Bits: 32},
		"barrett: Q is 8, want an odd number of at least 3, or 0 for one that comes with the operands": {Bits: 4, Q: 8},
		"barrett: Q is 1, want an odd number of at least 3, or 0 for one that comes with the operands": {Bits: 4, Q: 1},
		"barrett: Bits is 4, want 3, the length of Q = 5":                                              {Bits: 4, Q: 5},
		"barrett: Narrower is 1, want 0 where Q is built in":                                           {Bits: 3, Q: 5, Narrower: 1},
		"barrett: Narrower is -1, want 0 to 26":                                                        {Bits: 28, Narrower: -1},
		"barrett: Narrower is 27, want 0 to 26":                                                        {Bits: 28, Narrower: 27},
		"barrett: Bits is 0, want 2 to 31":                                                             {},
	} {
		_, err := New(c)
		require.EqualError(t, err, want)
	}
}

func TestConstantsErrors(t *testing.T) {
	for _, tt := range []struct {
		c    Config
		q    uint32
		want string
	}{
		{Config{Bits: 28}, 1, "barrett: q is 1, want an odd number of at least 3"},
		{Config{Bits: 28}, 1 << 27, "barrett: q is 134217728, want an odd number of at least 3"},
		{Config{Bits: 28}, 786433, "barrett: q is 786433 of 20 bits, want 28"},
		{Config{Bits: 28}, 269402113, "barrett: q is 269402113 of 29 bits, want 28"},
		{Config{Bits: 28, Narrower: 7}, 786433, "barrett: q is 786433 of 20 bits, want 21 to 28 bits"},
		{Config{Bits: 28, Narrower: 7}, 269402113, "barrett: q is 269402113 of 29 bits, want 21 to 28 bits"},
	} {
		_, err := tt.c.Constants(tt.q)
		require.EqualError(t, err, tt.want)
	}
}

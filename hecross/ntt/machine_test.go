package ntt

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/hecross"
	"lockstep/hecross/barrett"
)

// newRing returns a ring of the engine with a prime of each width.
func newRing(t require.TestingT, c Config, roots hecross.Roots, widths ...int) *hecross.Ring {
	var qs []uint32
	for _, width := range widths {
		q, err := hecross.Primes(c.N(), width, 1)
		require.NoError(t, err)
		qs = append(qs, q...)
	}
	moduli, err := hecross.NewModuli(qs)
	require.NoError(t, err)
	r, err := hecross.NewRing(c.N(), c.R, c.C, moduli, roots)
	require.NoError(t, err)
	return r
}

// transform returns the transform of a limb on the event model, which takes the
// cycles of the closed forms.
func transform(t require.TestingT, c Config, ring *hecross.Ring, limb int, inverse bool, x []uint32) []uint32 {
	p, err := c.NewParameters(ring, limb, inverse)
	require.NoError(t, err)
	report, err := Run(context.Background(), c, []Task{{Parameters: p}, {Residues: x}, {Residues: x}}, Options{})
	require.NoError(t, err)
	require.Equal(t, report.Results[1], report.Results[2])
	load, one := int64(c.ParameterCycles()), int64(c.TransformCycles())
	require.Equal(t, []Span{{0, load}, {load, load + one}, {load + one, load + 2*one}}, report.Spans)
	require.Equal(t, load+2*one, report.Cycles)
	require.EqualValues(t, 2*16*c.N()*(c.R+c.C)/(c.Side*c.Side), report.ArrayBeats)
	return report.Results[1]
}

// The event model, through tiles of bytes, and the golden model of the unit,
// through byte matrices, give the transform by its definition, for every shape,
// root and length of modulus.
func TestRandomEngines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		power := func(name string, low, high int) int { return 1 << rapid.IntRange(low, high).Draw(t, name) }
		c := Config{Side: power("Side", 2, 4)}
		c.R, c.C = power("R", log2(c.Side), 5), power("C", log2(c.Side), 5)
		c.Reduce.Bits = rapid.IntRange(22, barrett.MaxBits).Draw(t, "Bits")
		c.Reduce.Narrower = rapid.IntRange(0, c.Reduce.Bits-20).Draw(t, "Narrower")
		width := rapid.IntRange(c.Reduce.Bits-c.Reduce.Narrower, c.Reduce.Bits).Draw(t, "width")
		roots := hecross.SmallestRoots()
		if rapid.Bool().Draw(t, "lattigo") {
			roots = hecross.LattigoRoots()
		}
		ring := newRing(t, c, roots, width)
		in, want := ring.NewPoly(), ring.NewPoly()
		for i := range in[0] {
			in[0][i] = rapid.Uint32Range(0, ring.Moduli[0].Q()-1).Draw(t, "residue")
		}
		require.NoError(t, ring.NTT(want, in))
		require.Equal(t, want[0], transform(t, c, ring, 0, false, in[0]))
		require.Equal(t, in[0], transform(t, c, ring, 0, true, want[0]))
		require.Equal(t, want[0], unitGolden(t, c, ring, false, in[0]))
		require.Equal(t, in[0], unitGolden(t, c, ring, true, want[0]))
	})
}

// unitGolden returns the transform by the golden model of the unit.
func unitGolden(t require.TestingT, c Config, ring *hecross.Ring, inverse bool, x []uint32) []uint32 {
	p, err := c.NewParameters(ring, 0, inverse)
	require.NoError(t, err)
	ys, err := c.golden(c.Frames([]Task{{Parameters: p}, {Residues: x}}))
	require.NoError(t, err)
	var out []uint32
	for b, f := range ys[0] {
		for _, v := range f[0] {
			out = append(out, uint32(v))
		}
		last := int64(0)
		if b == c.Beats()-1 {
			last = 1
		}
		require.Equal(t, []int64{last}, f[1])
	}
	return out
}

// Sums are greatest with the longest inner dimension and the
// greatest residues modulo a prime just below 2^31.
func TestGreatestSums(t *testing.T) {
	c := Config{R: 4, C: MaxRows, Side: 4, Reduce: barrett.Config{Bits: 31}}
	ring := newRing(t, c, hecross.SmallestRoots(), 31)
	in, want := ring.NewPoly(), ring.NewPoly()
	for i := range in[0] {
		in[0][i] = ring.Moduli[0].Q() - 1
	}
	require.NoError(t, ring.INTT(want, in))
	require.Equal(t, want[0], transform(t, c, ring, 0, true, in[0]))
}

// One wrong byte of any matrix changes the result.
func TestWrongParameters(t *testing.T) {
	c := Presets["n32"]
	ring := newRing(t, c, hecross.SmallestRoots(), 28)
	r := rand.New(rand.NewPCG(3, 4))
	x := make([]uint32, c.N())
	for i := range x {
		x[i] = 1 + r.Uint32N(ring.Moduli[0].Q()-1)
	}
	for _, inverse := range []bool{false, true} {
		p, err := c.NewParameters(ring, 0, inverse)
		require.NoError(t, err)
		want := transform(t, c, ring, 0, inverse, x)
		for at := 0; at < len(p.Beats); at += 7 {
			p.Beats[at] ^= 1
			report, err := Run(t.Context(), c, []Task{{Parameters: p}, {Residues: x}}, Options{})
			require.NoError(t, err)
			require.NotEqual(t, want, report.Results[1], "byte %d", at)
			p.Beats[at] ^= 1
		}
	}
}

func TestRunEnds(t *testing.T) {
	c := Presets["n16"]
	p, err := c.NewParameters(newRing(t, c, hecross.SmallestRoots(), 28), 0, false)
	require.NoError(t, err)
	tasks := []Task{{Parameters: p}, {Residues: make([]uint32, c.N())}}
	_, err = Run(t.Context(), c, tasks, Options{MaxCycles: int64(c.ParameterCycles())})
	require.ErrorContains(t, err, "ntt: sim: ")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Run(ctx, c, tasks, Options{})
	require.ErrorIs(t, err, context.Canceled)
	report, err := Run(t.Context(), c, nil, Options{})
	require.NoError(t, err)
	require.Zero(t, report.Cycles)
}

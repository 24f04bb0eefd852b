package cosim

import (
	"flag"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/hecross"
	"lockstep/hecross/barrett"
	"lockstep/hecross/ntt"
	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/tool/tooltest"
	"lockstep/verilator"
)

var large = flag.Bool("large", false, "also run N = 1024 on an array of 32 x 32, whose build takes a minute")

// newRing returns a ring of the engine with a prime of each width.
func newRing(t *testing.T, c ntt.Config, roots hecross.Roots, widths ...int) *hecross.Ring {
	t.Helper()
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

// corners is the number of limbs per modulus and direction in works.
const corners = 3

// works are transforms of every limb in both directions: random residues and
// corners.
func works(ring *hecross.Ring) []Work {
	r := rand.New(rand.NewPCG(1, uint64(ring.N)))
	var ws []Work
	for l, m := range ring.Moduli {
		q := m.Q()
		for _, inverse := range []bool{false, true} {
			for _, fill := range [corners]func(int) uint32{
				func(int) uint32 { return r.Uint32N(q) },
				func(int) uint32 { return q - 1 },
				func(i int) uint32 { return uint32(i%2) * (q - 1) },
			} {
				x := make([]uint32, ring.N)
				for i := range x {
					x[i] = fill(i)
				}
				ws = append(ws, Work{Ring: ring, Limb: l, Inverse: inverse, Residues: x})
			}
		}
	}
	return ws
}

// agree checks that all models do ws alike, in the cycles of the closed forms.
func agree(t *testing.T, e unit.Executor, c ntt.Config, ring *hecross.Ring) {
	t.Helper()
	ws := works(ring)
	rows, err := Check(t.Context(), e, c, ws)
	require.NoError(t, err)
	require.Len(t, rows, len(ws))
	for k, r := range rows {
		want := Witness{Cycles: int64(c.TransformCycles())}
		if k%corners == 0 {
			want.ParameterCycles = int64(c.ParameterCycles())
		}
		require.Equal(t, Row{N: c.N(), Modulus: ring.Moduli[ws[k].Limb].Q(), Inverse: ws[k].Inverse, Event: want, RTL: want}, r)
		require.True(t, r.Equal())
	}
}

// Golden model, event model and RTL give the same residues in the same cycles,
// for several moduli of different lengths in a row and in both directions.
func TestPresets(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	engines := maps.Clone(ntt.Presets)
	maps.Copy(engines, ntt.Engines)
	if *large {
		c := engines["n1024"]
		c.Side = 32
		engines["n1024 on 32x32"] = c
	}
	for name, c := range engines {
		t.Run(name, func(t *testing.T) {
			widths := []int{c.Reduce.Bits}
			if n := c.Reduce.Narrower; n > 0 {
				widths = append(widths, c.Reduce.Bits-n, c.Reduce.Bits-n/2)
			}
			agree(t, verilator.Executor{Context: t.Context()}, c, newRing(t, c, hecross.SmallestRoots(), widths...))
		})
	}
}

// So they do, with the RTL in the interpreter, for every shape: more rows than
// columns or fewer, one tile of A or several, passes as long as a side or longer.
func TestShapes(t *testing.T) {
	for _, shape := range [][3]int{{8, 4, 4}, {4, 16, 4}, {16, 4, 4}, {8, 16, 8}, {16, 8, 8}} {
		c := ntt.Config{R: shape[0], C: shape[1], Side: shape[2], Reduce: barrett.Config{Bits: 29, Narrower: 1}}
		agree(t, unit.Interp{}, c, newRing(t, c, hecross.LattigoRoots(), 28, 29))
	}
}

// A slow executor holds beats of the inputs back, so that cycles differ.
type slow struct{ unit.Interp }

func (slow) Run(u *unit.Unit, runs []unit.Stimulus) ([]unit.Result, error) {
	runs[0].StallIn = 128
	return unit.Interp{}.Run(u, runs)
}

// One wrong byte in an element of the twist is found, and so is a mistake in the
// structure that changes residues or breaks an invariant, and another number of
// cycles.
func TestDifferencesAreFound(t *testing.T) {
	c := ntt.Presets["n16"]
	ws := works(newRing(t, c, hecross.SmallestRoots(), 28))
	ws = []Work{ws[0], ws[1], ws[corners]}
	u, err := ntt.New(c)
	require.NoError(t, err)
	run := func(change func(tasks []ntt.Task), fault rtl.Fault) ([]Row, error) {
		tasks, err := plan(c, ws)
		require.NoError(t, err)
		change(tasks)
		u.Fault = fault
		return compare(t.Context(), unit.Interp{}, u, c, ws, tasks)
	}
	twist := func(tasks []ntt.Task) { tasks[0].Parameters.Beats[16*16+4*5] ^= 1 } // of row 1, column 1
	same := func([]ntt.Task) {}

	rows, err := run(twist, rtl.Fault{})
	require.ErrorContains(t, err, "cosim: limb 1: residue 4 is ")
	require.ErrorContains(t, err, " on the event model, want ")
	require.Equal(t, 4, rows[0].Event.Wrong, "a row of residues")
	require.Equal(t, rows[0].Event, rows[0].RTL)
	require.True(t, rows[2].Equal(), "of other parameters")

	rows, err = run(same, rtl.Fault{Kind: rtl.ShiftedSlice, Index: 0})
	require.ErrorContains(t, err, " on the rtl, want ")
	require.Zero(t, rows[0].Event.Wrong)
	require.Positive(t, rows[0].RTL.Wrong)

	_, err = run(same, rtl.Fault{Kind: rtl.StuckEnable, Index: 0})
	require.ErrorContains(t, err, "cosim: rtl: ")

	rows, err = Check(t.Context(), slow{}, c, ws)
	require.ErrorContains(t, err, "cosim: limb 1: event model loads parameters in 145 cycles, rtl in ")
	require.Zero(t, rows[0].RTL.Wrong)
	rows, err = Check(t.Context(), slow{}, c, ws[:2])
	require.Error(t, err)
	require.Regexp(t, `^event model takes 257 cycles, rtl takes \d+$`, difference(rows[1], nil, nil, nil).Error())
}

func TestErrors(t *testing.T) {
	c := ntt.Presets["n16"]
	ring := newRing(t, c, hecross.SmallestRoots(), 28)
	_, err := Check(t.Context(), unit.Interp{}, ntt.Config{}, nil)
	require.EqualError(t, err, "ntt: Side is 0, want a power of two in [4, 64]")
	_, err = Check(t.Context(), unit.Interp{}, c, []Work{{Ring: ring, Limb: 1}})
	require.EqualError(t, err, "cosim: limb 1: ntt: limb is 1, want 0 to 0")
	_, err = Check(t.Context(), unit.Interp{}, c, []Work{{Ring: ring, Residues: make([]uint32, 3)}})
	require.EqualError(t, err, "ntt: task 2: 3 residues, want 16")
}

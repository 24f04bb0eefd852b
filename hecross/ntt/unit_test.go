package ntt

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/hecross"
	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
)

// Small engines, whole: residues, cycles and stalls of every stream, in the
// interpreter and under Verilator. Those of N = 256 and N = 1024 are in package
// cosim.
func TestUnit(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(Presets)) {
		u, err := New(Presets[name])
		require.NoError(t, err)
		t.Run(name, func(t *testing.T) { unittest.Check(t, u, 100) })
	}
}

// A mistake in any part of the structure is found by values, cycles or an
// invariant.
func TestFaults(t *testing.T) {
	u, err := New(Presets["n16"])
	require.NoError(t, err)
	plan, err := u.Plan(1, 100)
	require.NoError(t, err)
	plan.Runs = plan.Runs[:1]
	for _, kind := range []rtl.FaultKind{rtl.WrongSelect, rtl.ShiftedSlice, rtl.StaleMemory, rtl.ExtraRegister, rtl.WrongConstant} {
		u.Fault = rtl.Fault{Kind: kind, Index: -1}
		m, err := u.Module()
		require.NoError(t, err)
		seen := map[string]bool{}
		for k, site := range m.FaultSites() {
			file, _, _ := strings.Cut(filepath.Base(site), ":")
			if seen[file] {
				continue
			}
			seen[file] = true
			u.Fault.Index = k
			results, err := (unit.Interp{}).Run(u, plan.Runs)
			if err == nil {
				_, err = plan.Check("interpreter", results)
			}
			require.Error(t, err, "%s at %s", kind, site)
		}
	}
}

func TestGoldenErrors(t *testing.T) {
	c := Presets["n16"]
	p, err := c.NewParameters(newRing(t, c, hecross.SmallestRoots(), 28), 0, false)
	require.NoError(t, err)
	tasks := []Task{{Parameters: p}, {Residues: make([]uint32, c.N())}}
	for want, change := range map[string]func(in [][]unit.Frame){
		"ntt: command 1: 143 beats of parameters, want 144":                           func(in [][]unit.Frame) { in[1] = in[1][1:] },
		"ntt: command 2: 15 beats of residues, want 16 and parameters before them":    func(in [][]unit.Frame) { in[2] = in[2][1:] },
		"ntt: command 1: 16 beats of residues, want 16 and parameters before them":    func(in [][]unit.Frame) { in[0] = in[0][1:] },
		"ntt: command 1: hecross: modulus is 268435363, want an odd prime below 2^31": func(in [][]unit.Frame) { in[0][0][2][0] += 2 },
	} {
		in := c.Frames(tasks)
		change(in)
		_, err := c.golden(in)
		require.EqualError(t, err, want)
	}
}

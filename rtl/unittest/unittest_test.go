package unittest

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/tool/tooltest"
	"lockstep/verilator"
)

// doubler has a golden model that is wrong for 3.
func doubler() *unit.Unit {
	return &unit.Unit{
		Name: "unittest_doubler", Doc: "twice a number",
		In:  []rtl.Port{{Name: "x", Shape: rtl.U(4), Lanes: 1, Doc: "number"}},
		Out: []rtl.Port{{Name: "y", Shape: rtl.U(5), Lanes: 1, Doc: "twice"}},
		Golden: unit.Pure(func(in, out unit.Frame) {
			out[0][0] = 2 * in[0][0]
			if in[0][0] == 3 {
				out[0][0] = 7
			}
		}),
		RTL: func(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
			return [][]rtl.Sig{{in[0][0].Add(in[0][0]).Reg("sum")}}
		},
		Corners: func() []unit.Frame { return []unit.Frame{{{2}}, {{3}}} },
	}
}

// TestMismatchIsExplained pins what a failing check says.
func TestMismatchIsExplained(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	u := doubler()
	plan, err := u.Plan(5, 4)
	require.NoError(t, err)
	got, err := verilator.Executor{}.Run(u, plan.Runs)
	require.NoError(t, err)
	err = confirm(plan, "verilator", got)
	require.Error(t, err)
	text := explain(t.Context(), u, plan, err, got).Error()
	match := regexp.MustCompile(`^unittest_doubler: frame 1 port y: verilator gives \[6\], golden model gives \[7\] \(run 0, seed 5\)
crash directory: (/\S+/crash/unittest_doubler-[0-9a-f]{12})
reproduce: simulate cosim --unit unittest_doubler --seed 5 --frames 4$`).FindStringSubmatch(text)
	require.NotNil(t, match, text)
	defer os.RemoveAll(match[1])
	for _, f := range []string{"README.txt", "expected.txt", "got.txt", "stimulus.bin", "stimulus.json", "unittest_doubler.sv",
		"harness.cpp", "ports.h", "wave.vcd", "run.sh"} {
		info, err := os.Stat(match[1] + "/" + f)
		require.NoError(t, err)
		require.NotZero(t, info.Size(), f)
	}
}

func TestInterpreterMismatch(t *testing.T) {
	u := doubler()
	plan, err := u.Plan(5, 4)
	require.NoError(t, err)
	got, err := unit.Interp{}.Run(u, plan.Runs)
	require.NoError(t, err)
	require.EqualError(t, confirm(plan, "interpreter", got),
		"unittest_doubler: frame 1 port y: interpreter gives [6], golden model gives [7] (run 0, seed 5)")
}

func TestNothingConfirmed(t *testing.T) {
	plan, err := doubler().Plan(1, 4)
	require.NoError(t, err)
	require.EqualError(t, confirm(plan, "interpreter", nil),
		"interpreter: no cycle was confirmed; give the unit's Streams a Due")
}

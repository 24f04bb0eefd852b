package bench

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/sim"
)

// Kernel and bare loop take the same cycles for any loop body, not only for the
// one that is measured.
func TestBareScheduleIsThatOfTheKernel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		register := rapid.IntRange(0, kernelRegisters-1)
		body := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
			s := step{
				name: "op", unit: rapid.IntRange(0, len(kernelUnits)-1).Draw(t, "unit"),
				latency:  sim.Cycle(rapid.IntRange(1, 20).Draw(t, "latency")),
				interval: sim.Cycle(rapid.IntRange(0, 6).Draw(t, "interval")),
				reads:    rapid.SliceOfNDistinct(register, 0, 3, rapid.ID[int]).Draw(t, "reads"),
				write:    register.Draw(t, "write"),
			}
			if rapid.Bool().Draw(t, "free early") {
				s.readsFree = sim.Cycle(rapid.IntRange(1, int(s.latency)).Draw(t, "readsFree"))
			}
			if rapid.Bool().Draw(t, "moves bytes") {
				s.burst = burst{port: rapid.IntRange(0, 1).Draw(t, "port"), beats: rapid.IntRange(1, 30).Draw(t, "beats"), tail: sim.Cycle(rapid.IntRange(0, 9).Draw(t, "tail"))}
			}
			return s
		}), 1, 8).Draw(t, "body")
		k, err := newKernelRun(body)
		require.NoError(t, err)
		got, err := k.run(t.Context())
		require.NoError(t, err)
		require.Equal(t, bareSchedule(body), got)
	})
}

// A call does the whole loop again on the same system.
func TestKernelRunsAgain(t *testing.T) {
	k, err := newKernelRun(kernelBody)
	require.NoError(t, err)
	for range 3 {
		_, err := k.run(t.Context())
		require.NoError(t, err)
		require.Equal(t, kernelOps, k.program.at)
	}
	r, err := k.system.Run(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 3*kernelOps, r.OpsRetired)
}

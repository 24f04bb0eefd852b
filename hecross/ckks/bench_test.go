package ckks

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tuneinsight/lattigo/v6/core/rlwe"
	"github.com/tuneinsight/lattigo/v6/schemes/ckks"

	"lockstep/hecross/lower"
	"lockstep/systolic/tpu"
)

// BenchmarkHeap times Lattigo, the golden arithmetic, the transform through
// literal bytes, and the simulated machine, which computes through bytes and
// counts cycles, on the same operands: the transform of 8 limbs of N = 8192, and
// HE-Mult. Lattigo's digits have 4 limbs, the others 3.
func BenchmarkHeap(b *testing.B) {
	c := newClient(b, "HEAP", Options{})
	x := encrypt(b, c, drawSlots(c, 1), c.MaxLevel())
	device := toDeviceForm(b, c, x)
	key, err := c.RelinearizationKey()
	require.NoError(b, err)
	digits, err := c.relinearization(c.params.PCount())
	require.NoError(b, err)
	relin := &rlwe.RelinearizationKey{EvaluationKey: c.fromGadget(digits)}
	evaluator := ckks.NewEvaluator(c.params, rlwe.NewMemEvaluationKeySet(relin))
	ringQ, out := c.params.RingQ(), c.context.Q.NewPoly()
	lattigoOut := ringQ.NewPoly()

	machine, err := tpu.Preset("v6e")
	require.NoError(b, err)
	simulated, err := lower.NewDevice(b.Context(), c.context, machine, lower.Options{})
	require.NoError(b, err)

	against(b, "ntt", func() {
		ringQ.NTT(x.Value[0], lattigoOut)
	}, map[string]func() error{
		"golden":    func() error { return c.context.Q.NTT(out, device[0]) },
		"bytes":     func() error { return c.context.Q.NTTBytes(out, device[0]) },
		"simulated": func() error { _, err := simulated.NTT(device[0], false); return err },
	})
	against(b, "mult", func() {
		left, err := rescaled(evaluator, x)
		require.NoError(b, err)
		right, err := rescaled(evaluator, x)
		require.NoError(b, err)
		_, err = evaluator.MulRelinNew(left, right)
		require.NoError(b, err)
	}, map[string]func() error{
		"golden":    func() error { _, err := c.context.Mult(device, device, key); return err },
		"simulated": func() error { _, err := simulated.Mult(device, device, key); return err },
	})
}

// against times lattigo and then every other way, which reports how many times
// the time of Lattigo it takes.
func against(b *testing.B, name string, lattigo func(), ways map[string]func() error) {
	var reference float64
	b.Run(name+"/lattigo", func(b *testing.B) {
		for b.Loop() {
			lattigo()
		}
		reference = b.Elapsed().Seconds() / float64(b.N)
	})
	for _, way := range slices.Sorted(maps.Keys(ways)) {
		b.Run(name+"/"+way, func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, ways[way]())
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/reference, "x-lattigo")
		})
	}
}

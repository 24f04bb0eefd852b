package ckks

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tuneinsight/lattigo/v6/core/rlwe"
	"github.com/tuneinsight/lattigo/v6/schemes/ckks"
)

// BenchmarkHeap times the golden arithmetic and Lattigo on the same operands:
// the transform of 8 limbs of N = 8192, and HE-Mult. Lattigo's digits have 4
// limbs, the golden ones 3.
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

	b.Run("ntt/golden", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, c.context.Q.NTT(out, device[0]))
		}
	})
	b.Run("ntt/lattigo", func(b *testing.B) {
		for b.Loop() {
			ringQ.NTT(x.Value[0], lattigoOut)
		}
	})
	b.Run("mult/golden", func(b *testing.B) {
		for b.Loop() {
			_, err := c.context.Mult(device, device, key)
			require.NoError(b, err)
		}
	})
	b.Run("mult/lattigo", func(b *testing.B) {
		for b.Loop() {
			left, err := rescaled(evaluator, x)
			require.NoError(b, err)
			right, err := rescaled(evaluator, x)
			require.NoError(b, err)
			_, err = evaluator.MulRelinNew(left, right)
			require.NoError(b, err)
		}
	})
}

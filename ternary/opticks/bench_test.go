package opticks_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary/float"
	"lockstep/ternary/opticks"
)

// BenchmarkFloat reports tokens per second of the float model.
func BenchmarkFloat(b *testing.B) {
	w, err := opticks.Load()
	require.NoError(b, err)
	s := float.New(w).NewSession()
	text := opticks.Validation()
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		_, err := s.Step(int(text[n%len(text)]))
		require.NoError(b, err)
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "tokens/s")
}

// BenchmarkLoad reads and ternarises the embedded checkpoint.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, err := opticks.Load()
		require.NoError(b, err)
	}
}

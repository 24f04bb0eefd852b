package fixed_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary"
	"lockstep/ternary/fixed"
	"lockstep/ternary/float"
	"lockstep/ternary/opticks"
)

func load(t testing.TB) (*ternary.Weights, []int) {
	w, err := opticks.Load()
	require.NoError(t, err)
	text := opticks.Validation()
	tokens := make([]int, len(text))
	for i, b := range text {
		tokens[i] = int(b)
	}
	return w, tokens
}

// surprise returns -log2 of the probability of token under softmax(logits).
func surprise(logits []float32, token int) float64 {
	sum := 0.0
	for _, v := range logits {
		sum += math.Exp(float64(v - logits[token]))
	}
	return math.Log2(sum)
}

// defaultBitsPerByte is what the default format gives on the whole validation
// text, as docs/numerics.md states it.
const defaultBitsPerByte = 1.68937

// TestDefaultAccuracy feeds the float model and the default format the same
// text, a quarter of it to the float model: the format costs at most 0.5 % in
// bits per byte, agrees on at least 98 % of the most likely next bytes and
// saturates nothing.
func TestDefaultAccuracy(t *testing.T) {
	w, tokens := load(t)
	if testing.Short() {
		tokens = tokens[:2049]
	}
	m, err := fixed.New(w, fixed.Default())
	require.NoError(t, err)
	a, b := float.New(w).NewSession(), m.NewSession()
	floatBits, besideBits, fixedBits, same := 0.0, 0.0, 0.0, 0
	n := len(tokens) - 1
	beside := min(n, 4096)
	for i, token := range tokens[:n] {
		y, err := b.Step(token)
		require.NoError(t, err)
		fixedBits += surprise(y, tokens[i+1])
		if i >= beside {
			continue
		}
		x, err := a.Step(token)
		require.NoError(t, err)
		floatBits += surprise(x, tokens[i+1])
		besideBits += surprise(y, tokens[i+1])
		if ternary.Argmax(x) == ternary.Argmax(y) {
			same++
		}
	}
	agreement := float64(same) / float64(beside)
	t.Logf("of %d: float %.5f, fixed %.5f bits per byte (%+.3f %%), agreement %.2f %%; of %d: fixed %.5f",
		beside, floatBits/float64(beside), besideBits/float64(beside), 100*(besideBits/floatBits-1), 100*agreement, n, fixedBits/float64(n))
	require.InEpsilon(t, floatBits, besideBits, 0.005)
	require.GreaterOrEqual(t, agreement, 0.98)
	require.Zero(t, b.Saturated)
	if !testing.Short() {
		require.InDelta(t, defaultBitsPerByte, fixedBits/float64(n), 1e-5)
	}
}

// TestWideFormatConverges: with 32 bits and a fine table the logits, whose
// mean square is about 10, come close to those of the float model; what is left
// is activations near a tie.
func TestWideFormatConverges(t *testing.T) {
	w, tokens := load(t)
	c := fixed.Config{
		Vector:  fixed.Format{Width: 32, Frac: 20},
		Weight:  fixed.Format{Width: 16, Frac: 14},
		Sigmoid: fixed.SigmoidConfig{RangeLog2: 4, SegmentsLog2: 8},
	}
	m, err := fixed.New(w, c)
	require.NoError(t, err)
	a, b := float.New(w).NewSession(), m.NewSession()
	sum := 0.0
	const n = 512
	for _, token := range tokens[:n] {
		x, err := a.Step(token)
		require.NoError(t, err)
		y, err := b.Step(token)
		require.NoError(t, err)
		for i := range x {
			sum += float64((x[i] - y[i]) * (x[i] - y[i]))
		}
	}
	mean := sum / n / 256
	t.Logf("mean square difference of the logits %.2e", mean)
	require.Less(t, mean, 5e-3)
}

func BenchmarkFixedToken(b *testing.B) {
	w, tokens := load(b)
	m, err := fixed.New(w, fixed.Default())
	require.NoError(b, err)
	s := m.NewSession()
	i := 0
	for b.Loop() {
		if _, err := s.StepInt(tokens[i%len(tokens)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
}

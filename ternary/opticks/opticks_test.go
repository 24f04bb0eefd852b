package opticks_test

import (
	"encoding/json"
	"io/fs"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lockstep/ternary"
	"lockstep/ternary/float"
	"lockstep/ternary/opticks"
)

// reference is reference.json: figures of an evaluation in PyTorch, float32.
type reference struct {
	BitsPerByte float64 `json:"validation_bits_per_byte"`
	Examples    []struct {
		Prompt string       `json:"prompt"`
		Top8   [][2]float64 `json:"top8"`
		Greedy string       `json:"greedy64"`
	} `json:"examples"`
}

func load(t *testing.T) (ternary.Session, reference) {
	t.Helper()
	data, err := fs.ReadFile(opticks.FS(), "reference.json")
	require.NoError(t, err)
	var ref reference
	require.NoError(t, json.Unmarshal(data, &ref))
	require.Len(t, ref.Examples, 2)
	w, err := opticks.Load()
	require.NoError(t, err)
	require.NoError(t, w.Validate())
	return float.New(w).NewSession(), ref
}

func tokens(text []byte) []int {
	ids := make([]int, len(text))
	for i, b := range text {
		ids[i] = int(b)
	}
	return ids
}

func TestShape(t *testing.T) {
	w, err := opticks.Load()
	require.NoError(t, err)
	preset, err := ternary.Preset("opticks")
	require.NoError(t, err)
	require.Equal(t, preset, w.Shape)
	require.Equal(t, 3_551_744, w.Shape.ParameterCount(), "the count of README.md")
	zeros, count := 0.0, 0
	for _, l := range w.Layers {
		for _, b := range []ternary.BitLinear{l.I, l.F, l.G, l.O, l.GateUp, l.Down} {
			zeros += b.Weight.Zeros() * float64(b.Weight.Rows*b.Weight.Cols)
			count += b.Weight.Rows * b.Weight.Cols
		}
	}
	require.InDelta(t, 0.33, zeros/float64(count), 0.01, "the fraction of README.md")
}

func TestBitsPerByte(t *testing.T) {
	s, ref := load(t)
	text := opticks.Validation()
	require.Len(t, text, 16384)
	start := time.Now()
	score, err := ternary.Evaluate(t.Context(), s, tokens(text), len(text)-1)
	got := score.BitsPerByte
	require.NoError(t, err)
	t.Logf("bits per byte %.6f, reference %.6f; %.0f tokens/s", got, ref.BitsPerByte, float64(len(text))/time.Since(start).Seconds())
	require.InDelta(t, ref.BitsPerByte, got, 0.005)
}

// TestTopLogits compares the eight largest logits after each prompt.
func TestTopLogits(t *testing.T) {
	s, ref := load(t)
	for _, example := range ref.Examples {
		s.Reset()
		logits := feed(t, s, example.Prompt)
		order := make([]int, len(logits))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int {
			if logits[a] > logits[b] {
				return -1
			}
			return 1
		})
		worst := 0.0
		for i, top := range example.Top8 {
			require.Equal(t, int(top[0]), order[i], "%q: rank %d", example.Prompt, i)
			worst = max(worst, math.Abs(top[1]-float64(logits[order[i]])))
		}
		t.Logf("%q: largest difference %.2g", example.Prompt, worst)
		require.Less(t, worst, 1e-4, "reference.json has 5 decimals")
	}
}

func TestGreedy(t *testing.T) {
	s, ref := load(t)
	for _, example := range ref.Examples {
		s.Reset()
		logits := feed(t, s, example.Prompt)
		var got []byte
		for range len(example.Greedy) {
			next := ternary.Argmax(logits)
			got = append(got, byte(next))
			var err error
			logits, err = s.Step(next)
			require.NoError(t, err)
		}
		require.Len(t, got, 64)
		require.Equal(t, example.Greedy, string(got), "all 64 bytes match")
	}
}

func feed(t *testing.T, s ternary.Session, prompt string) []float32 {
	t.Helper()
	var logits []float32
	for _, b := range []byte(prompt) {
		var err error
		logits, err = s.Step(int(b))
		require.NoError(t, err)
	}
	return logits
}

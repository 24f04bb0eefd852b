//go:build unix

package experiment

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func BenchmarkRanks(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	vectors := make([][]float64, 10_000)
	for i := range vectors {
		vectors[i] = []float64{random.Float64(), random.Float64(), random.Float64()}
	}
	for b.Loop() {
		Ranks(vectors, []Goal{Min, Max, Min})
	}
}

// BenchmarkResume reads the results of a complete folder.
func BenchmarkResume(b *testing.B) {
	e, folder := large(), b.TempDir()
	o := Options{Registry: largeRegistry(toySpeed, toyArea), Folder: folder, Version: toyVersion, Jobs: 2}
	_, err := Run(b.Context(), e, o)
	require.NoError(b, err)
	for _, name := range []string{"run", "load"} {
		b.Run(fmt.Sprint(name, "/points=", len(e.Points())), func(b *testing.B) {
			for b.Loop() {
				var err error
				if name == "run" {
					_, err = Run(b.Context(), e, o)
				} else {
					_, err = Load(folder, e, toyVersion)
				}
				require.NoError(b, err)
			}
		})
	}
}

package tpu

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Segments against a history per byte.
func TestSegments(t *testing.T) {
	type cell struct {
		writer  ID
		readers []ID
	}
	rapid.Check(t, func(t *rapid.T) {
		var s segments
		bytes := make([]cell, 40)
		for id := ID(1); id <= ID(rapid.IntRange(1, 60).Draw(t, "operations")); id++ {
			low := rapid.Int64Range(0, 38).Draw(t, "low")
			high := rapid.Int64Range(low+1, 40).Draw(t, "high")
			segs := s.touch(low, high)
			at := low
			for i := range segs {
				require.Equal(t, at, segs[i].low)
				for b := segs[i].low; b < segs[i].high; b++ {
					require.Equal(t, bytes[b].writer, segs[i].writer)
					require.ElementsMatch(t, bytes[b].readers, segs[i].readers)
				}
				at = segs[i].high
			}
			require.Equal(t, high, at)
			if rapid.Bool().Draw(t, "write") {
				s.written(low, high, id)
				for b := low; b < high; b++ {
					bytes[b] = cell{writer: id}
				}
			} else {
				for i := range segs {
					segs[i].readers = append(segs[i].readers, id)
				}
				for b := low; b < high; b++ {
					bytes[b].readers = append(slices.Clip(bytes[b].readers), id)
				}
			}
			for i := range s {
				require.Less(t, s[i].low, s[i].high)
				require.True(t, i == 0 || s[i-1].high <= s[i].low, "in order, without overlap")
			}
		}
	})
}

package kernel

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// What the code of all engines takes for granted of each.
func TestEngines(t *testing.T) {
	for _, p := range Paths() {
		e := engines[p]
		require.Zero(t, e.mRows%e.rows, "%v: a block of M is whole tiles", p)
		require.Zero(t, e.cols%2, "%v: an element of a panel is two columns", p)
		require.LessOrEqual(t, e.cols, 64, "%v: a mask has a bit per column", p)
		require.Zero(t, e.steps%lineWords, "%v: a block of K is whole lines of A", p)
		require.GreaterOrEqual(t, 2048/e.cols/e.perStep, 1, "%v: packPadded holds a step", p)
		require.Zero(t, 2048/e.cols%e.perStep, "%v: packPadded holds whole steps", p)
	}
	require.Less(t, uint64(portable.steps)*255*255, uint64(1)<<32, "a half must not carry")
}

func TestPanelsStartOnLines(t *testing.T) {
	for n := range 100 {
		s := aligned(n + 1)
		require.Len(t, s, n+1)
		require.Zero(t, uintptr(unsafe.Pointer(&s[0]))%64)
	}
	w, err := Pack(Best(), Dense(make([]uint8, 600*70), 600, 70))
	require.NoError(t, err)
	require.Zero(t, uintptr(unsafe.Pointer(&w.words[0]))%64)
}

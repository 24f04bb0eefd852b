package kernel_test

import (
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"lockstep/systolic/kernel"
)

// guarded returns n bytes between two pages that must not be touched, at the
// end of theirs or at the start.
func guarded(t *testing.T, n int, atEnd bool) []byte {
	t.Helper()
	page := os.Getpagesize()
	inside := (n + page - 1) / page * page
	mem, err := syscall.Mmap(-1, 0, inside+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, syscall.Munmap(mem)) })
	require.NoError(t, syscall.Mprotect(mem[:page], syscall.PROT_NONE))
	require.NoError(t, syscall.Mprotect(mem[page+inside:], syscall.PROT_NONE))
	first := page
	if atEnd {
		first = page + inside - n
	}
	return mem[first : first+n : first+n]
}

// The assembly reads and writes no byte outside the slices: the next one would
// end the test with a segmentation fault.
func TestStaysInside(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 8))
	for _, g := range []struct{ m, n, k int }{{1, 1, 1}, {2, 3, 5}, {6, 64, 64}, {7, 65, 66}, {5, 31, 17}, {13, 127, 515}, {3, 16, 130}, {9, 144, 31}} {
		for _, atEnd := range []bool{false, true} {
			a := kernel.Dense(guarded(t, g.m*g.k, atEnd), g.m, g.k)
			b := kernel.Dense(guarded(t, g.k*g.n, atEnd), g.k, g.n)
			words := guarded(t, 4*g.m*g.n, atEnd)
			c := kernel.Dense(unsafe.Slice((*int32)(unsafe.Pointer(&words[0])), g.m*g.n), g.m, g.n)
			for _, bytes := range [][]byte{a.Data, b.Data, words} {
				for i := range bytes {
					bytes[i] = byte(rnd.Uint32())
				}
			}
			for _, p := range kernel.Paths() {
				o := kernel.Options{Accumulate: atEnd}
				want := define(c, a, b, o)
				require.NoError(t, kernel.MatMul(p, c, a, b, o))
				equal(t, want, c.Data, "%v %+v", p, g)
				packed, err := kernel.Pack(p, b)
				require.NoError(t, err)
				want = define(c, a, b, o)
				require.NoError(t, kernel.MatMulPacked(c, a, packed, o))
				equal(t, want, c.Data, "%v %+v packed", p, g)
			}
		}
	}
}

package permute

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/rtl/unittest"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			unittest.Check(t, u, 1500)
		})
	}
}

// The latency is the number of registers behind 2*log2(Lanes)-1 columns.
func TestLatency(t *testing.T) {
	for _, tt := range []struct{ lanes, columns, want int }{
		{4, 1, 3}, {4, 2, 2}, {4, 3, 1}, {8, 2, 3}, {8, 15, 1}, {16, 1, 7}, {128, 4, 4}, {128, 13, 1}, {256, 5, 3},
	} {
		u, err := New(Config{Lanes: tt.lanes, Bits: 8, Columns: tt.columns})
		require.NoError(t, err)
		m, err := u.Module()
		require.NoError(t, err)
		require.Equal(t, tt.want, m.Latency(), "%+v", tt)
	}
}

// routes checks that the network does what the permutation says.
func routes(t require.TestingT, permutation []int) {
	control, err := Route(permutation)
	require.NoError(t, err)
	require.Len(t, control, ControlBits(len(permutation)))
	x := make([]int64, len(permutation))
	for i := range x {
		x[i] = int64(i) * 1001
	}
	for i, y := range through(control, x) {
		if x[permutation[i]] != y {
			require.Equal(t, x[permutation[i]], y, "permutation %v, lane %d", permutation, i)
		}
	}
}

// All 24 permutations of 4 and 40,320 of 8 lanes route.
func TestEveryPermutationRoutes(t *testing.T) {
	for n, count := range map[int]int{4: 24, 8: 40320} {
		p := make([]int, n)
		for i := range p {
			p[i] = i
		}
		tried := 0
		var permute func(k int)
		permute = func(k int) {
			if k == n {
				routes(t, p)
				tried++
				return
			}
			for i := k; i < n; i++ {
				p[k], p[i] = p[i], p[k]
				permute(k + 1)
				p[k], p[i] = p[i], p[k]
			}
		}
		permute(0)
		require.Equal(t, count, tried)
	}
}

func TestRandomPermutationsRoute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{4, 8, 16, 16, 32, 64, 128, 256}).Draw(t, "lanes")
		routes(t, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)).Perm(n))
	})
}

// Every control gives some permutation: no lane is lost or repeated.
func TestEveryControlPermutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{4, 8, 16, 32}).Draw(t, "lanes")
		control := rapid.SliceOfN(rapid.Int64Range(0, 1), ControlBits(n), ControlBits(n)).Draw(t, "control")
		x := make([]int64, n)
		for i := range x {
			x[i] = int64(i)
		}
		require.ElementsMatch(t, x, through(control, x))
	})
}

func TestRotate(t *testing.T) {
	require.Equal(t, []int{3, 0, 1, 2}, Rotate(4, 1))
	require.Equal(t, []int{1, 2, 3, 0}, Rotate(4, -1))
	require.Equal(t, []int{0, 1, 2, 3}, Rotate(4, -8))
	require.Equal(t, Rotate(8, 3), Rotate(8, 803))
	for _, n := range []int{4, 8, 16, 32, 64, 128, 256} {
		for k := range n {
			p := Rotate(n, k)
			for i := range p {
				require.Equal(t, i, p[(i+k)%n])
			}
			routes(t, p)
		}
	}
}

func TestRouteErrors(t *testing.T) {
	for _, tt := range []struct {
		permutation []int
		want        string
	}{
		{nil, "permute: permutation has 0 lanes, want a power of two in [4, 256]"},
		{[]int{1, 0}, "permute: permutation has 2 lanes, want a power of two in [4, 256]"},
		{make([]int, 6), "permute: permutation has 6 lanes, want a power of two in [4, 256]"},
		{make([]int, 512), "permute: permutation has 512 lanes, want a power of two in [4, 256]"},
		{[]int{0, 1, 2, 4}, "permute: permutation[3] is 4, want 0 to 3"},
		{[]int{0, -1, 2, 3}, "permute: permutation[1] is -1, want 0 to 3"},
		{[]int{0, 1, 0, 3}, "permute: permutation[2] is 0, which it has already"},
	} {
		_, err := Route(tt.permutation)
		require.EqualError(t, err, tt.want)
	}
}

func TestConfigErrors(t *testing.T) {
	for _, tt := range []struct {
		c    Config
		want string
	}{
		{Config{}, "permute: Lanes is 0, want a power of two in [4, 256]"},
		{Config{Lanes: 2, Bits: 8, Columns: 1}, "permute: Lanes is 2, want a power of two in [4, 256]"},
		{Config{Lanes: 12, Bits: 8, Columns: 1}, "permute: Lanes is 12, want a power of two in [4, 256]"},
		{Config{Lanes: 512, Bits: 8, Columns: 1}, "permute: Lanes is 512, want a power of two in [4, 256]"},
		{Config{Lanes: 8, Columns: 1}, "permute: Bits is 0, want 1 to 64"},
		{Config{Lanes: 8, Bits: 65, Columns: 1}, "permute: Bits is 65, want 1 to 64"},
		{Config{Lanes: 8, Bits: 8}, "permute: Columns is 0, want 1 to 15"},
		{Config{Lanes: 8, Bits: 8, Columns: 16}, "permute: Columns is 16, want 1 to 15"},
	} {
		_, err := New(tt.c)
		require.EqualError(t, err, tt.want)
	}
}

package dot

import (
	"math/big"
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

// The tree has ceil(log2(Lanes)) adder levels and a last one for the carry.
func TestLatency(t *testing.T) {
	for lanes, want := range map[int]int{1: 1, 2: 2, 3: 3, 4: 3, 5: 4, 13: 5, 64: 7, 513: 11, 1024: 11} {
		u, err := New(Config{Lanes: lanes, XBits: 8})
		require.NoError(t, err)
		m, err := u.Module()
		require.NoError(t, err, "%d lanes", lanes)
		require.Equal(t, want, m.Latency(), "%d lanes", lanes)
	}
}

func TestDotIsTheSumOfProducts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.SliceOfN(rapid.Int8Range(-1, 1), 1, 80).Draw(t, "w")
		x := rapid.SliceOfN(rapid.Int32(), len(w), len(w)).Draw(t, "x")
		sum := new(big.Int)
		for i := range w {
			sum.Add(sum, new(big.Int).Mul(big.NewInt(int64(w[i])), big.NewInt(int64(x[i]))))
		}
		require.Equal(t, sum.String(), big.NewInt(Dot(w, x)).String())
	})
}

func TestTrit(t *testing.T) {
	require.Equal(t, [4]int8{0, 1, 0, -1}, [4]int8{Trit(0), Trit(1), Trit(2), Trit(3)})
}

// The result is as wide as the largest sum needs and no wider.
func TestSumBits(t *testing.T) {
	for _, lanes := range []int{1, 2, 3, 4, 7, 8, 9, 512, 1024} {
		c := Config{Lanes: lanes, XBits: 8}
		w, x := make([]int8, lanes), make([]int32, lanes)
		for i := range x {
			w[i], x[i] = -1, -128
		}
		require.Less(t, Dot(w, x), int64(1)<<(c.SumBits()-1), "%d lanes", lanes)
		if lanes&(lanes-1) == 0 {
			require.GreaterOrEqual(t, Dot(w, x), int64(1)<<(c.SumBits()-2), "%d lanes", lanes)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	for _, tt := range []struct {
		c    Config
		want string
	}{
		{Config{}, "dot: Lanes is 0, want 1 to 1024"},
		{Config{Lanes: -4, XBits: 8}, "dot: Lanes is -4, want 1 to 1024"},
		{Config{Lanes: 1025, XBits: 8}, "dot: Lanes is 1025, want 1 to 1024"},
		{Config{Lanes: 4}, "dot: XBits is 0, want 2 to 16"},
		{Config{Lanes: 4, XBits: 1}, "dot: XBits is 1, want 2 to 16"},
		{Config{Lanes: 4, XBits: 17}, "dot: XBits is 17, want 2 to 16"},
	} {
		_, err := New(tt.c)
		require.EqualError(t, err, tt.want)
	}
}

package pe

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/rtl/unittest"
	"lockstep/systolic"
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

func TestConfigErrors(t *testing.T) {
	const ws, u8, ternary = systolic.WeightStationary, systolic.U8, systolic.Ternary
	for _, tt := range []struct {
		c    Config
		want string
	}{
		{Config{}, "pe: Dataflow: systolic: dataflow is 0, want 1 to 3 (os, ws, is)"},
		{Config{4, u8, u8}, "pe: Dataflow: systolic: dataflow is 4, want 1 to 3 (os, ws, is)"},
		{Config{ws, 0, u8}, "pe: X: systolic: kind is 0, want 1 to 3 (u8, s8, ternary)"},
		{Config{ws, u8, 4}, "pe: W: systolic: kind is 4, want 1 to 3 (u8, s8, ternary)"},
		{Config{ws, ternary, ternary}, "pe: X and W are both ternary, want at most one"},
	} {
		_, err := New(tt.c)
		require.EqualError(t, err, tt.want)
	}
}

// TestHolding walks through two loads and swaps by hand.
func TestHolding(t *testing.T) {
	e := holding{x: systolic.S8, w: systolic.Ternary}
	for i, s := range []struct {
		load, swap bool
		x, w       int64
		sum        int32
		waiting    int64
		result     int32
	}{
		{load: true, x: 5, w: -1, sum: 7, waiting: -1, result: 7},                   // nothing in use yet
		{swap: true, x: 5, w: 1, sum: 7, waiting: -1, result: 2},                    // -1 in use at once
		{load: true, x: -128, w: 1, sum: 0, waiting: 1, result: 128},                // and while the next waits
		{load: true, swap: true, x: -128, w: -2, sum: 0, waiting: -2, result: -128}, // loaded behind the swap
		{swap: true, x: 127, w: 0, sum: math.MaxInt32, waiting: -2, result: math.MaxInt32},
		{load: true, x: 1, w: 1, sum: math.MinInt32, waiting: 1, result: math.MinInt32},
		{swap: true, x: 1, sum: math.MaxInt32, waiting: 1, result: math.MinInt32}, // wraps
	} {
		waiting, result := e.step(s.load, s.swap, s.x, s.w, s.sum)
		require.Equal(t, s.waiting, waiting, "step %d", i)
		require.Equal(t, s.result, result, "step %d", i)
	}
}

// TestSumming compares finished sums with sums of products in math/big.
func TestSumming(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kinds := rapid.SampledFrom(systolic.Kinds())
		e := summing{x: kinds.Draw(t, "x kind"), w: kinds.Draw(t, "w kind")}
		operand := func(k systolic.Kind, name string) int64 {
			least, greatest := k.Range()
			return int64(rapid.IntRange(least, greatest).Draw(t, name))
		}
		for range rapid.IntRange(1, 4).Draw(t, "sums") {
			sum := new(big.Int)
			for n := rapid.IntRange(1, 20).Draw(t, "terms"); n > 0; n-- {
				x, w := operand(e.x, "x"), operand(e.w, "w")
				sum.Add(sum, new(big.Int).Mul(big.NewInt(x), big.NewInt(w)))
				above := rapid.Int32().Draw(t, "above")
				finished := e.step(true, n == 1, x, w, above)
				want := big.NewInt(int64(above))
				if n == 1 {
					want = sum
				}
				require.Equal(t, want.String(), big.NewInt(int64(finished)).String())
			}
			last := e.finished
			require.Equal(t, last, e.step(false, false, 0, 0, 1), "kept while nothing drains")
		}
	})
}

// TestModule pins what the array connects and that it has no multiplier where
// a ternary operand needs none.
func TestModule(t *testing.T) {
	for name, c := range Presets {
		m := Module(c)
		require.NoError(t, m.Finish(), name)
		require.Equal(t, 1, m.Latency(), name)
		require.Equal(t, "advance", m.Ins()[0].Name)
		var ins, outs []string
		for _, p := range m.Ins()[1:] {
			ins = append(ins, p.Name)
		}
		for _, p := range m.Outs() {
			outs = append(outs, p.Name)
		}
		require.Equal(t, ins, outs, name)
		sv, err := m.Verilog()
		require.NoError(t, err)
		require.Equal(t, c.X != systolic.Ternary && c.W != systolic.Ternary, strings.Contains(string(sv), " * "), name)
	}
	require.Error(t, Module(Config{}).Finish())
}

package array

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
	"lockstep/systolic"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			unittest.Check(t, u, 500)
		})
	}
}

// TestPresets holds the sizes that every dataflow is verified at.
func TestPresets(t *testing.T) {
	have := map[string]bool{}
	for _, c := range Presets {
		have[fmt.Sprintf("%v %dx%d", c.Dataflow, c.Rows, c.Cols)] = true
	}
	for _, d := range systolic.Dataflows() {
		for _, size := range []string{"1x1", "4x4", "3x5", "8x8", "16x16"} {
			require.True(t, have[fmt.Sprintf("%v %s", d, size)], "%v %s", d, size)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	const os, ws, is, u8 = systolic.OutputStationary, systolic.WeightStationary, systolic.InputStationary, systolic.U8
	for _, tt := range []struct {
		c    Config
		want string
	}{
		{Config{}, "array: pe: Dataflow: systolic: dataflow is 0, want 1 to 3 (os, ws, is)"},
		{Config{ws, 4, 4, 0, u8}, "array: pe: X: systolic: kind is 0, want 1 to 3 (u8, s8, ternary)"},
		{Config{os, 4, 4, u8, 9}, "array: pe: W: systolic: kind is 9, want 1 to 3 (u8, s8, ternary)"},
		{Config{is, 4, 4, systolic.Ternary, systolic.Ternary}, "array: pe: X and W are both ternary, want at most one"},
		{Config{is, 0, 4, u8, u8}, "array: Rows is 0, want 1 to 256"},
		{Config{os, 257, 4, u8, u8}, "array: Rows is 257, want 1 to 256"},
		{Config{ws, 4, -1, u8, u8}, "array: Cols is -1, want 1 to 256"},
		{Config{ws, 4, 257, u8, u8}, "array: Cols is 257, want 1 to 256"},
	} {
		_, err := New(tt.c)
		require.EqualError(t, err, tt.want)
	}
}

// TestInputStationaryIsWeightStationary in everything but the names.
func TestInputStationaryIsWeightStationary(t *testing.T) {
	text := func(d systolic.Dataflow) string {
		u, err := New(Config{d, 3, 4, systolic.U8, systolic.S8})
		require.NoError(t, err)
		m, err := u.Module()
		require.NoError(t, err)
		sv, err := m.Verilog()
		require.NoError(t, err)
		return string(sv)
	}
	require.Equal(t, text(systolic.WeightStationary), strings.ReplaceAll(text(systolic.InputStationary), "_is_", "_ws_"))
}

// wrapped returns the low 32 bits of sum as two's complement.
func wrapped(sum *big.Int) int64 {
	low := new(big.Int).And(sum, big.NewInt(1<<32-1))
	return int64(int32(uint32(low.Uint64())))
}

// TestGoldenIsTheSumOfProducts checks the golden models, which go through
// matrices, against sums over the lanes of the beats themselves.
func TestGoldenIsTheSumOfProducts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{Dataflow: rapid.SampledFrom(systolic.Dataflows()).Draw(t, "dataflow"),
			Rows: rapid.IntRange(1, 6).Draw(t, "rows"), Cols: rapid.IntRange(1, 6).Draw(t, "cols"),
			X: rapid.SampledFrom(systolic.Kinds()).Draw(t, "x"), W: rapid.SampledFrom([]systolic.Kind{systolic.U8, systolic.S8}).Draw(t, "w")}
		u, err := New(c)
		require.NoError(t, err)
		in := u.Streams.Stimulus(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)), 80)
		out, err := u.Streams.Golden(in)
		require.NoError(t, err)
		want := sumsStationary
		if c.Dataflow == systolic.OutputStationary {
			want = sumsOutput
		}
		require.Equal(t, want(c, in), out[0])
	})
}

func sumsStationary(c Config, in [][]unit.Frame) []unit.Frame {
	var ys []unit.Frame
	pass := 0
	for _, x := range in[1] {
		y := make([]int64, c.Cols)
		for j := range y {
			sum := new(big.Int)
			for r := range c.Rows {
				w := in[0][pass*c.Rows+c.Rows-1-r][0][j]
				sum.Add(sum, new(big.Int).Mul(big.NewInt(x[0][r]), big.NewInt(w)))
			}
			y[j] = wrapped(sum)
		}
		ys = append(ys, unit.Frame{y, x[1]})
		pass += int(x[1][0])
	}
	return ys
}

func sumsOutput(c Config, in [][]unit.Frame) []unit.Frame {
	var ys []unit.Frame
	sums := make([]*big.Int, c.Rows*c.Cols)
	for i := range sums {
		sums[i] = new(big.Int)
	}
	for _, k := range in[0] {
		for i, sum := range sums {
			sum.Add(sum, new(big.Int).Mul(big.NewInt(k[0][i/c.Cols]), big.NewInt(k[1][i%c.Cols])))
		}
		if k[2][0] == 0 {
			continue
		}
		for r := c.Rows - 1; r >= 0; r-- {
			y := make([]int64, c.Cols)
			for j := range y {
				y[j] = wrapped(sums[r*c.Cols+j])
				sums[r*c.Cols+j].SetInt64(0)
			}
			last := int64(0)
			if r == 0 {
				last = 1
			}
			ys = append(ys, unit.Frame{y, {last}})
		}
	}
	return ys
}

func TestGoldenErrors(t *testing.T) {
	c := Presets["ws_3x5"]
	p := c.patterns()[0]
	_, err := c.goldenStationary([][]unit.Frame{append(c.beatsW(p), c.beatsW(p)[:2]...), append(c.beatsX(1, p), c.beatsX(4, p)...)})
	require.EqualError(t, err, "array: 5 beats of w, want 6 for pass 1")
}

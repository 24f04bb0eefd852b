package accumulator

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
	"lockstep/tool/tooltest"
	"lockstep/yosys"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			m, err := u.Module()
			require.NoError(t, err)
			require.Equal(t, 2, m.Latency())
			unittest.Check(t, u, 1500)
		})
	}
}

// A read gives the sum, in unlimited precision and then modulo 2^32, of the rows
// of its word in the frames before it from the last first one on, found by
// searching the frames backwards.
func TestGoldenIsTheSumOfRows(t *testing.T) {
	for name, c := range Presets {
		u, err := New(c)
		require.NoError(t, err)
		rapid.Check(t, func(t *rapid.T) {
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
			all := c.stimulus(r, 2000)
			frames := slices.DeleteFunc(all[len(all)-100:], func(f unit.Frame) bool { return f == nil })
			model, out := u.Golden(), unit.NewFrame(u.Out)
			for k, f := range frames {
				model(f, out)
				if f[4][0] == 1 {
					for l := range c.Lanes {
						require.Equal(t, sumOf(frames[:k], f[5][0], l), out[0][l], "%s: frame %d, lane %d", name, k, l)
					}
				}
			}
		})
	}
}

// sumOf returns the sum of one lane of the rows of a word, modulo 2^32 in
// [-2^31, 2^31).
func sumOf(frames []unit.Frame, word int64, lane int) int64 {
	sum := new(big.Int)
	for k := len(frames) - 1; k >= 0; k-- {
		f := frames[k]
		if f[0][0] == 0 || f[2][0] != word {
			continue
		}
		sum.Add(sum, big.NewInt(f[3][lane]))
		if f[1][0] == 1 {
			break
		}
	}
	half := big.NewInt(1 << 31)
	sum.Add(sum, half).Mod(sum, big.NewInt(1<<32)).Sub(sum, half)
	return sum.Int64()
}

// Rows to one word in every cycle, each read in the cycle in which the next one
// arrives, worked out by hand: no cycle is lost and the read is of the rows
// before it.
func TestSameWordBackToBack(t *testing.T) {
	c := Config{Lanes: 2, Words: 3}
	frame := func(first bool, a, b int64) unit.Frame { return c.frame(2, first, []int64{a, b}, 2) }
	idle := frame(false, 99, 99)
	idle[0][0] = 0
	frames := []unit.Frame{frame(true, 5, -5), frame(false, 1, 1), frame(false, 10, -10), frame(true, 7, 8), idle,
		frame(false, 1<<31-1, -1<<31), idle}
	want := [][]int64{{0, 0}, {5, -5}, {6, -4}, {16, -14}, {7, 8}, {7, 8}, {-1<<31 + 6, -1<<31 + 8}}
	u, err := New(c)
	require.NoError(t, err)
	res, err := unit.Interp{}.Run(u, []unit.Stimulus{u.Back(frames)})
	require.NoError(t, err)
	require.Empty(t, res[0].Fault)
	for k := range frames {
		require.Equal(t, unit.Beat{Cycle: k + 2, Out: unit.Frame{want[k]}}, res[0].Out[0][k])
	}
}

// Words that do not exist break a requirement; ports that are not enabled do
// not matter.
func TestRequirements(t *testing.T) {
	c := Presets["odd"]
	u, err := New(c)
	require.NoError(t, err)
	for _, tt := range []struct {
		rowEn, row, rdEn, rd int64
		want                 string
	}{
		{1, 12, 1, 12, ""},
		{0, 15, 0, 13, ""},
		{1, 13, 0, 0, "row_word is below 13"},
		{0, 0, 1, 15, "rd_word is below 13"},
	} {
		f := c.frame(int(tt.row), false, make([]int64, c.Lanes), int(tt.rd))
		f[0][0], f[4][0] = tt.rowEn, tt.rdEn
		res, err := unit.Interp{}.Run(u, []unit.Stimulus{u.Back([]unit.Frame{f})})
		require.NoError(t, err)
		if tt.want == "" {
			require.Empty(t, res[0].Fault)
			continue
		}
		require.Contains(t, res[0].Fault, "requirement failed: "+tt.want)
	}
}

// The sums are in block RAM, once for the rows and once for the reads, 36 bits by
// 512 words each, and in three registers per sum.
func TestBlockRAM(t *testing.T) {
	tooltest.Need(t, "yosys")
	c := Config{Lanes: 4, Words: 512}
	u, err := New(c)
	require.NoError(t, err)
	m, err := u.Module()
	require.NoError(t, err)
	sv, err := m.Verilog()
	require.NoError(t, err)
	cells, err := yosys.Xilinx(t.Context(), u.Name, sv)
	require.NoError(t, err)
	require.Equal(t, 2*((c.Lanes*SumBits+35)/36), cells["RAMB18E2"]+2*cells["RAMB36E2"], "%v", cells)
	flags := c.WordShape().Width + 7 // first, writes, hits, arrives, two valids of the unit
	require.Equal(t, 3*c.Lanes*SumBits+flags, cells["FDCE"], "%v", cells)
	for cell := range cells {
		require.False(t, strings.HasPrefix(cell, "RAM") && !strings.HasPrefix(cell, "RAMB"), "%v", cells)
	}
}

func TestConfigErrors(t *testing.T) {
	for _, tt := range []struct {
		c    Config
		want string
	}{
		{Config{}, "accumulator: Lanes is 0, want 1 to 256"},
		{Config{Lanes: 257, Words: 8}, "accumulator: Lanes is 257, want 1 to 256"},
		{Config{Lanes: 8, Words: 1}, "accumulator: Words is 1, want 2 to 65536"},
		{Config{Lanes: 8, Words: 65537}, "accumulator: Words is 65537, want 2 to 65536"},
	} {
		_, err := New(tt.c)
		require.EqualError(t, err, tt.want)
	}
}

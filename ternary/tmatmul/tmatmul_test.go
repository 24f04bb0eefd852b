package tmatmul

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
	"lockstep/ternary/dot"
	"lockstep/ternary/fixed"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			unittest.Check(t, u, 1000)
		})
	}
}

// The golden model is the sum of products times the factor, rounded half away
// from zero and saturated.
func TestGoldenIsTheDefinition(t *testing.T) {
	for name, c := range Presets {
		in := c.stimulus(rand.New(rand.NewPCG(1, 0)), 600)
		out, err := c.golden(in)
		require.NoError(t, err)
		y, x, w := out[0], in[1], in[2]
		for k, cmd := range in[0] {
			beats := int(cmd[1][0])
			for row := range cmd[0][0] {
				sum := new(big.Int)
				for b := range beats {
					for l, code := range w[b][0] {
						sum.Add(sum, big.NewInt(int64(dot.Trit(code))*x[b][0][l]))
					}
				}
				require.Equal(t, scaled(sum, cmd[2][0], int(cmd[3][0]), c.Vector), y[0][0][0], "%s, command %d, row %d", name, k, row)
				y, w = y[1:], w[beats:]
			}
			x = x[beats:]
		}
		require.Empty(t, y)
	}
}

// scaled returns sum * mant * 2^exp in the format f.
func scaled(sum *big.Int, mant int64, exp int, f fixed.Format) int64 {
	v := new(big.Int).Mul(sum, big.NewInt(mant))
	sign := int64(v.Sign())
	v.Abs(v)
	if exp >= 0 {
		v.Lsh(v, uint(exp))
	} else {
		v.Lsh(v, 1).Add(v, new(big.Int).Lsh(big.NewInt(1), uint(-exp))).Rsh(v, uint(1-exp))
	}
	if top := big.NewInt(int64(f.Max()) + 1); v.Cmp(top) > 0 {
		v = top
	}
	return min(sign*v.Int64(), int64(f.Max()))
}

func TestGoldenErrors(t *testing.T) {
	c := Presets["tiny"]
	cmd := func(rows, beats int64) []unit.Frame { return []unit.Frame{{{rows}, {beats}, {1 << 15}, {0}}} }
	beats := func(n int) []unit.Frame {
		var fs []unit.Frame
		for range n {
			fs = append(fs, unit.Frame{make([]int64, c.Lanes)})
		}
		return fs
	}
	for _, tt := range []struct {
		in   [][]unit.Frame
		want string
	}{
		{[][]unit.Frame{cmd(0, 1), beats(1), beats(1)}, "tmatmul: command 0 has 0 rows of 1 beats; 1 beats of x and 1 of w are left"},
		{[][]unit.Frame{cmd(1, 0), beats(1), beats(1)}, "tmatmul: command 0 has 1 rows of 0 beats; 1 beats of x and 1 of w are left"},
		{[][]unit.Frame{cmd(1, 2), beats(1), beats(2)}, "tmatmul: command 0 has 1 rows of 2 beats; 1 beats of x and 2 of w are left"},
		{[][]unit.Frame{cmd(2, 2), beats(2), beats(3)}, "tmatmul: command 0 has 2 rows of 2 beats; 2 beats of x and 3 of w are left"},
		{[][]unit.Frame{cmd(1, 1), beats(2), beats(3)}, "tmatmul: 1 beats of x and 2 of w belong to no command"},
	} {
		_, err := c.golden(tt.in)
		require.EqualError(t, err, tt.want)
	}
}

// The structure requires what the stream promises of a command.
func TestRequirements(t *testing.T) {
	for _, tt := range []struct {
		cmd  unit.Frame
		want string
	}{
		{unit.Frame{{0}, {1}, {1 << 15}, {0}}, "cmd_rows is 1 to 16"},
		{unit.Frame{{17}, {1}, {1 << 15}, {0}}, "cmd_rows is 1 to 16"},
		{unit.Frame{{1}, {0}, {1 << 15}, {0}}, "cmd_beats is 1 to 8"},
		{unit.Frame{{1}, {9}, {1 << 15}, {0}}, "cmd_beats is 1 to 8"},
		{unit.Frame{{1}, {1}, {1<<15 - 1}, {0}}, "mant is 0 or at least 2^15"},
	} {
		u, err := New(Presets["tiny"])
		require.NoError(t, err)
		s := unit.Stimulus{In: [][]unit.Item{{{Frame: tt.cmd}}, nil, nil}, Expect: []int{1}, Seed: 1, Limit: 8}
		res, err := unit.Interp{}.Run(u, []unit.Stimulus{s})
		require.NoError(t, err)
		require.Contains(t, res[0].Fault, "requirement failed: "+tt.want)
	}
}

func TestConfigErrors(t *testing.T) {
	good := Presets["l16"]
	for _, tt := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Lanes = 0 }, "tmatmul: Lanes is 0, want a power of two in [2, 512]"},
		{func(c *Config) { c.Lanes = 1 }, "tmatmul: Lanes is 1, want a power of two in [2, 512]"},
		{func(c *Config) { c.Lanes = 48 }, "tmatmul: Lanes is 48, want a power of two in [2, 512]"},
		{func(c *Config) { c.Lanes = 1024 }, "tmatmul: Lanes is 1024, want a power of two in [2, 512]"},
		{func(c *Config) { c.MaxBeats = 1 }, "tmatmul: MaxBeats is 1, want 2 to 4096 at 16 lanes"},
		{func(c *Config) { c.MaxBeats = 4097 }, "tmatmul: MaxBeats is 4097, want 2 to 4096 at 16 lanes"},
		{func(c *Config) { c.MaxRows = 0 }, "tmatmul: MaxRows is 0, want 1 to 65535"},
		{func(c *Config) { c.MaxRows = 65536 }, "tmatmul: MaxRows is 65536, want 1 to 65535"},
		{func(c *Config) { c.Vector.Width = 11 }, "tmatmul: Vector.Width is 11, want 12 to 32"},
		{func(c *Config) { c.Vector.Width = 33 }, "tmatmul: Vector.Width is 33, want 12 to 32"},
	} {
		c := good
		tt.change(&c)
		_, err := New(c)
		require.EqualError(t, err, tt.want)
	}
}

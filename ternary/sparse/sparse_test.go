package sparse

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
// from zero and saturated, of a matrix whose skipped columns are anything; and
// the runs are the nonzero columns.
func TestGoldenIsTheDefinition(t *testing.T) {
	for name, c := range Presets {
		in := c.stimulus(rand.New(rand.NewPCG(1, 0)), 600)
		out, err := c.golden(in)
		require.NoError(t, err)
		runs, y, x, w := out[0], out[1], in[1], in[2]
		for k, cmd := range in[0] {
			rows, cols := int(cmd[0][0]), int(cmd[1][0])
			sums := make([]*big.Int, c.Beats(rows)*c.Lanes)
			for row := range sums {
				sums[row] = new(big.Int)
			}
			var wanted []int64
			for col := range cols {
				q := x[col/c.Lanes][0][col%c.Lanes]
				if q == 0 {
					continue
				}
				wanted = append(wanted, int64(col))
				for row, sum := range sums {
					trit := dot.Trit(w[row/c.Lanes][0][row%c.Lanes])
					sum.Add(sum, big.NewInt(int64(trit)*q))
				}
				w = w[c.Beats(rows):]
			}
			x = x[(cols+c.Lanes-1)/c.Lanes:]
			for row := range (rows + c.Out - 1) / c.Out * c.Out {
				require.Equal(t, scaled(sums[row], cmd[2][0], int(cmd[3][0]), c.Vector), y[row/c.Out][0][row%c.Out], "%s, command %d, row %d", name, k, row)
			}
			y = y[(rows+c.Out-1)/c.Out:]

			var asked []int64
			end := int64(-1)
			for ; runs[0][1][0] > 0; runs = runs[1:] {
				first, n := runs[0][0][0], runs[0][1][0]
				require.Greater(t, first, end, "%s, command %d: a run goes on", name, k)
				end = first + n
				for i := range n {
					asked = append(asked, first+i)
				}
			}
			require.Equal(t, unit.Frame{{0}, {0}}, runs[0])
			runs = runs[1:]
			require.Equal(t, wanted, asked, "%s, command %d", name, k)
		}
		require.Empty(t, y)
		require.Empty(t, runs)
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

// What every check includes has commands without columns behind ones with, runs
// that meet both ends of a beat and of the vector, and more runs than the queue
// holds.
func TestCorners(t *testing.T) {
	for name, c := range Presets {
		in := c.stimulus(rand.New(rand.NewPCG(1, 0)), 0)
		out, err := c.golden(in)
		require.NoError(t, err)
		var empty, many, single, whole bool
		places := map[[2]int64]bool{} // lanes of first and last column
		runs := 0
		for _, run := range out[0] {
			first, n := run[0][0], run[1][0]
			if n == 0 {
				empty = empty || runs == 0
				many = many || runs > c.Runs+1
				runs = 0
				continue
			}
			runs++
			lanes := int64(c.Lanes)
			places[[2]int64{first % lanes, (first + n - 1) % lanes}] = true
			single = single || n == 1
			whole = whole || n == lanes*int64(c.MaxBeats)
		}
		require.True(t, empty && many && single && whole, "%s: %t %t %t %t", name, empty, many, single, whole)
		last := int64(c.Lanes - 1)
		for _, place := range [][2]int64{{0, 0}, {0, last}, {last, last}, {last, 0}} {
			require.True(t, places[place], "%s: no run from lane %d to lane %d", name, place[0], place[1])
		}
	}
}

func TestGoldenErrors(t *testing.T) {
	c := Presets["tiny"]
	cmd := func(rows, cols int64) []unit.Frame { return []unit.Frame{{{rows}, {cols}, {1 << 15}, {0}}} }
	beats := func(elements ...int64) []unit.Frame {
		var fs []unit.Frame
		for ; len(elements) > 0; elements = elements[c.Lanes:] {
			fs = append(fs, unit.Frame{elements[:c.Lanes]})
		}
		return fs
	}
	for _, tt := range []struct {
		in   [][]unit.Frame
		want string
	}{
		{[][]unit.Frame{cmd(0, 1), beats(1, 0, 0, 0), nil}, "sparse: command 0 has 0 rows of 1 columns; 1 beats of x are left"},
		{[][]unit.Frame{cmd(1, 0), beats(1, 0, 0, 0), nil}, "sparse: command 0 has 1 rows of 0 columns; 1 beats of x are left"},
		{[][]unit.Frame{cmd(1, 5), beats(1, 0, 0, 0), nil}, "sparse: command 0 has 1 rows of 5 columns; 1 beats of x are left"},
		{[][]unit.Frame{cmd(1, 2), beats(0, 0, 0, 9), nil}, "sparse: command 0: element 3 of x is 9, want 0 beyond 2 columns"},
		{[][]unit.Frame{cmd(5, 4), beats(0, 0, 7, 0), beats(0, 0, 0, 0)}, "sparse: command 0: 1 beats of w are left at column 2, want 2"},
		{[][]unit.Frame{cmd(4, 4), beats(0, 0, 7, 0, 0, 0, 0, 0), beats(0, 0, 0, 0)}, "sparse: 1 beats of x and 0 of w belong to no command"},
		{[][]unit.Frame{cmd(4, 4), beats(0, 0, 0, 0), beats(0, 0, 0, 0)}, "sparse: 0 beats of x and 1 of w belong to no command"},
	} {
		_, err := c.golden(tt.in)
		require.EqualError(t, err, tt.want)
	}
}

// The structure requires what the streams promise.
func TestRequirements(t *testing.T) {
	for _, tt := range []struct {
		cmd, x unit.Frame
		want   string
	}{
		{unit.Frame{{0}, {1}, {1 << 15}, {0}}, nil, "cmd_rows is 1 to 16"},
		{unit.Frame{{17}, {1}, {1 << 15}, {0}}, nil, "cmd_rows is 1 to 16"},
		{unit.Frame{{1}, {0}, {1 << 15}, {0}}, nil, "cmd_cols is 1 to 32"},
		{unit.Frame{{1}, {33}, {1 << 15}, {0}}, nil, "cmd_cols is 1 to 32"},
		{unit.Frame{{1}, {1}, {1<<15 - 1}, {0}}, nil, "mant is 0 or at least 2^15"},
		{unit.Frame{{1}, {2}, {1 << 15}, {0}}, unit.Frame{{1, 1, 1, 0}}, "x is 0 beyond its columns"},
		{unit.Frame{{1}, {3}, {1 << 15}, {0}}, unit.Frame{{0, 0, 0, 1}}, "x is 0 beyond its columns"},
		{unit.Frame{{1}, {3}, {1 << 15}, {0}}, unit.Frame{{1, 1, 1, 0}}, ""},
	} {
		u, err := New(Presets["tiny"])
		require.NoError(t, err)
		s := unit.Stimulus{In: [][]unit.Item{{{Frame: tt.cmd}}, nil, nil}, Expect: []int{2, 0}, Seed: 1, Limit: 12}
		if tt.x != nil {
			s.In[1] = []unit.Item{{Frame: tt.x}}
		}
		res, err := unit.Interp{}.Run(u, []unit.Stimulus{s})
		require.NoError(t, err)
		if tt.want == "" {
			require.NotContains(t, res[0].Fault, "requirement")
			continue
		}
		require.Contains(t, res[0].Fault, "requirement failed: "+tt.want)
	}
}

// An accumulator is as wide as its largest sum needs and no wider.
func TestAccBits(t *testing.T) {
	for _, beats := range []int{2, 3, 12, 22, 64} {
		c := Presets["l64"]
		c.MaxBeats = beats
		most := int64(128 * 64 * beats)
		require.Less(t, most, int64(1)<<(c.AccBits()-1))
		require.GreaterOrEqual(t, most, int64(1)<<(c.AccBits()-2))
	}
}

func TestConfigErrors(t *testing.T) {
	for _, tt := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Lanes = 0 }, "sparse: Lanes is 0, want a power of two in [2, 512]"},
		{func(c *Config) { c.Lanes = 1 }, "sparse: Lanes is 1, want a power of two in [2, 512]"},
		{func(c *Config) { c.Lanes = 48 }, "sparse: Lanes is 48, want a power of two in [2, 512]"},
		{func(c *Config) { c.Lanes = 1024 }, "sparse: Lanes is 1024, want a power of two in [2, 512]"},
		{func(c *Config) { c.MaxBeats = 1 }, "sparse: MaxBeats is 1, want 2 to 1024 at 64 lanes"},
		{func(c *Config) { c.MaxBeats = 1025 }, "sparse: MaxBeats is 1025, want 2 to 1024 at 64 lanes"},
		{func(c *Config) { c.MaxRows = 64 }, "sparse: MaxRows is 64, want 65 to 65535 at 64 lanes"},
		{func(c *Config) { c.MaxRows = 65536 }, "sparse: MaxRows is 65536, want 65 to 65535 at 64 lanes"},
		{func(c *Config) { c.Out = 0 }, "sparse: Out is 0, want a power of two in [1, 64] at 64 lanes"},
		{func(c *Config) { c.Out = 3 }, "sparse: Out is 3, want a power of two in [1, 64] at 64 lanes"},
		{func(c *Config) { c.Out = 128 }, "sparse: Out is 128, want a power of two in [1, 64] at 64 lanes"},
		{func(c *Config) { c.Lanes, c.Out = 4, 8 }, "sparse: Out is 8, want a power of two in [1, 4] at 4 lanes"},
		{func(c *Config) { c.Runs = 1 }, "sparse: Runs is 1, want a power of two in [2, 256]"},
		{func(c *Config) { c.Runs = 12 }, "sparse: Runs is 12, want a power of two in [2, 256]"},
		{func(c *Config) { c.Runs = 512 }, "sparse: Runs is 512, want a power of two in [2, 256]"},
		{func(c *Config) { c.Banks = 0 }, "sparse: Banks is 0, want 1 or 2"},
		{func(c *Config) { c.Banks = 3 }, "sparse: Banks is 3, want 1 or 2"},
		{func(c *Config) { c.Vector.Width = 11 }, "sparse: Vector.Width is 11, want 12 to 32"},
		{func(c *Config) { c.Vector.Width = 33 }, "sparse: Vector.Width is 33, want 12 to 32"},
	} {
		c := Presets["l64"]
		tt.change(&c)
		_, err := New(c)
		require.EqualError(t, err, tt.want)
	}
}

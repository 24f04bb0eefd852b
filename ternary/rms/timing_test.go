package rms

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl/unit"
	"lockstep/ternary/fixed"
)

// interpret runs u on in without stalls; every vector yields one beat.
func interpret(t *testing.T, u *unit.Unit, in [][]unit.Item) unit.Result {
	s := unit.Stimulus{In: in, Expect: []int{len(in[0])}, Seed: 1, Limit: 6*len(in[1]) + 1000}
	res, err := unit.Interp{}.Run(u, []unit.Stimulus{s})
	require.NoError(t, err)
	return res[0]
}

// A beat is offered its gap after the one before it has moved.
func TestEveryBeatMovesWhenItMay(t *testing.T) {
	c := Presets["default"]
	u, err := New(c)
	require.NoError(t, err)
	for gap := range 4 {
		r := rand.New(rand.NewPCG(1, uint64(gap)))
		in := make([][]unit.Item, 2)
		for i, frames := range c.stimulus(r, 400) {
			for _, f := range frames {
				in[i] = append(in[i], unit.Item{Gap: r.IntN(gap + 1), Frame: f})
			}
		}
		res := interpret(t, u, in)
		require.Empty(t, res.Fault)
		lastCmd, lastX := -1, -1
		x := 0
		for k, item := range in[0] {
			lastCmd = max(lastCmd+1+item.Gap, lastX)
			require.Equal(t, lastCmd, res.Accepted[0][k], "gap %d, command %d", gap, k)
			for range item.Frame[0][0] {
				lastX = max(lastX+1+in[1][x].Gap, lastCmd+1)
				require.Equal(t, lastX, res.Accepted[1][x], "gap %d, beat %d", gap, x)
				x++
			}
		}
	}
}

// The longest vector at full scale has the largest sum, 2^62, and with the
// largest eps the largest operand of the normaliser.
func TestLongestVector(t *testing.T) {
	c := Presets["longest"]
	u, err := New(c)
	require.NoError(t, err)
	low := [2]int32{c.Fixed.Vector.Min(), c.Fixed.Weight.Min()}
	v := fill(fixed.MaxVector, low, low)
	v.eps = 1 << 62
	streams := make([][]unit.Frame, 2)
	c.send(streams, v)
	in := make([][]unit.Item, 2)
	for i, frames := range streams {
		for _, f := range frames {
			in[i] = append(in[i], unit.Item{Frame: f})
		}
	}
	res := interpret(t, u, in)
	require.Empty(t, res.Fault)
	// norm 2^-31.5, quant 127 * 2^-46, rescale 2^46 * 2^-31.5
	require.Equal(t, unit.Frame{{46341}, {-47}, {0xfe00}, {-55}, {46341}, {-1}}, res.Out[0][0].Out)
}

// The structure requires what the stream promises of a command.
func TestRequirements(t *testing.T) {
	u, err := New(Presets["default"])
	require.NoError(t, err)
	for _, tt := range []struct {
		cmd  unit.Frame
		want string
	}{
		{unit.Frame{{0}, {1}, {1 << 15}, {0}}, "cmd_beats is 1 to 352"},
		{unit.Frame{{353}, {1}, {1 << 15}, {0}}, "cmd_beats is 1 to 352"},
		{unit.Frame{{1}, {1}, {1<<15 - 1}, {0}}, "mant is 0 or at least 2^15"},
		{unit.Frame{{1}, {1}, {1 << 15}, {-512}}, "the exponent of norm fits 10 bits"},
		{unit.Frame{{1}, {1}, {1 << 15}, {511}}, "the exponent of rescale fits 10 bits"},
	} {
		x := unit.NewFrame(u.Streams.In[1].Payload())
		x[0][0], x[1][0] = 9999, 9999
		res := interpret(t, u, [][]unit.Item{{{Frame: tt.cmd}}, {{Frame: x}}})
		require.Contains(t, res.Fault, "requirement failed: "+tt.want)
	}
}

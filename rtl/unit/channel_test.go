package unit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

func TestAdmits(t *testing.T) {
	u := &unit.Unit{
		Name: "adder", Doc: "sum of two lanes",
		In:     []rtl.Port{{Name: "x", Shape: rtl.S(8), Lanes: 2}},
		Out:    []rtl.Port{{Name: "y", Shape: rtl.S(9), Lanes: 1}},
		Golden: unit.Pure(func(in, out unit.Frame) { out[0][0] = in[0][0] + in[0][1] }),
		RTL: func(_ *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
			return [][]rtl.Sig{{in[0][0].Add(in[0][1]).Reg("sum")}}
		},
	}
	stimulus := func(f unit.Frame) unit.Stimulus { return u.Back([]unit.Frame{f}) }
	require.NoError(t, u.Admits(stimulus(unit.Frame{{-128, 127}})))
	for _, tt := range []struct {
		s    unit.Stimulus
		want string
	}{
		{stimulus(unit.Frame{}), "unit adder: channel frame: beat 0: 0 ports, want 1"},
		{stimulus(unit.Frame{{1}}), "unit adder: channel frame: beat 0: port x has 1 lanes, want 2"},
		{stimulus(unit.Frame{{1, 128}}), "unit adder: channel frame: beat 0: port x lane 1 is 128, want a value of s8"},
		{unit.Stimulus{}, "unit adder: stimulus has 0 input and 0 output channels, want 1 and 1"},
	} {
		require.EqualError(t, u.Admits(tt.s), tt.want)
		_, err := unit.Interp{}.Run(u, []unit.Stimulus{tt.s})
		require.EqualError(t, err, tt.want)
	}
	u.Corners = func() []unit.Frame { return []unit.Frame{{{0, -129}}} }
	_, err := u.Plan(1, 10)
	require.EqualError(t, err, "unit adder: channel frame: beat 0: port x lane 1 is -129, want a value of s8")
}

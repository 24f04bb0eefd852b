package core_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary/core"
)

func TestSetErrors(t *testing.T) {
	for _, tt := range []struct{ set, want string }{
		{"TP", `core: --set "TP", want key=value`},
		{"=3", `core: --set "=3", want key=value`},
		{"TP=", `core: --set "TP=", want key=value`},
		{"lanes=3", "core: --set lanes: unknown key, want one of " + strings.Join(core.Keys(), ", ")},
		{"eff=0", `eff is "0", want a number in (0, 1] of at most 4 decimals or a fraction such as 1/3`},
		{"eff=1.5", `eff is "1.5", want a number in (0, 1]`},
		{"eff=0.12345", `eff is "0.12345", want a number in (0, 1]`},
		{"eff=3/2", `eff is "3/2", want a number in (0, 1]`},
		{"eff=-1/2", `eff is "-1/2", want a number in (0, 1]`},
		{"zero_skip=maybe", "zero_skip"},
		{"packing=base3", `packing is "base3", want 2-bit or 5-trit`},
		{"TP=many", "core: --set TP=many: TP is many, want an integer"},
		{"TP=1.5", "core: --set TP=1.5: TP is 1.5, want an integer"},
	} {
		c := machine(t)
		before := c
		err := c.Set(tt.set)
		require.ErrorContains(t, err, tt.want)
		require.Equal(t, before, c, "a refused assignment changes nothing")
	}
}

func TestValidateErrors(t *testing.T) {
	for _, tt := range []struct{ set, want string }{
		{"TP=48", "core: TP is 48, want a power of two"},
		{"TP=1", "core: TP is 1, want 2 to 512"},
		{"VP=0", "core: VP is 0, want 1 to 64"},
		{"vector_registers=7", "core: vector_registers is 7, want 8 to 256"},
		{"scalar_registers=0", "core: scalar_registers is 0, want 1 to 64"},
		{"operand_buffers=0", "core: operand_buffers is 0, want 1 to 16"},
		{"matrix_queue=2", "core: matrix_queue is 2, want 0 to 1"},
		{"vector_ports=4", "core: vector_ports is 4, want 1 to 3"},
		{"batch=0", "core: batch is 0, want 1 to 256"},
		{"cores=0", "core: cores is 0, want 1 to 1024"},
		{"lat=0", "core: lat is 0, want 1 to 1000000"},
		{"weight_beat_bytes=0", "core: weight_beat_bytes is 0, want 1 to 4096"},
		{"vector_beat_bytes=4097", "core: vector_beat_bytes is 4097, want 1 to 4096"},
		{"clock_hz=1", "core: clock_hz is 1, want 1000 to 1000000000000"},
	} {
		c := machine(t)
		require.NoError(t, c.Set(tt.set))
		require.EqualError(t, c.Validate(), tt.want)
		_, err := core.New(c, shipped(t), core.Options{})
		require.EqualError(t, err, tt.want)
	}
}

func TestZeroSkipErrors(t *testing.T) {
	for _, tt := range []struct {
		set  []string
		want string
	}{
		{nil, "core: matrix_queue is 1, want 0 with zero_skip"},
		{[]string{"TP=2", "VP=1"}, "core: TP is 2, want at least 4 with zero_skip: a beat of weights is whole bytes"},
		{[]string{"TP=4", "VP=8"}, "core: VP is 8, want at most TP, 4, with zero_skip"},
		{[]string{"matrix_queue=0", "batch=2"}, "core: batch is 2, want 1 with zero_skip: lanes have different zeros"},
		{[]string{"matrix_queue=0", "packing=5-trit"}, "core: packing is 5-trit and weight_beat_bytes 32, want 2-bit and 32, TP trits, with zero_skip"},
		{[]string{"matrix_queue=0", "weight_beat_bytes=16"}, "core: packing is 2-bit and weight_beat_bytes 16, want 2-bit and 32, TP trits, with zero_skip"},
	} {
		c := machine(t, append(tt.set, "zero_skip=true")...)
		require.EqualError(t, c.Validate(), tt.want)
	}
}

func TestParse(t *testing.T) {
	c := machine(t)
	require.NoError(t, c.Parse("my.yaml", []byte("TP: 32 # lanes\neff: 1/3\n")))
	require.Equal(t, 32, c.TP)
	require.Equal(t, core.Efficiency{Num: 1, Den: 3}, c.Eff)
	require.Equal(t, machine(t).VP, c.VP, "what is not named stays")
	for _, tt := range []struct{ text, want string }{
		{"", "core: my.yaml: file is empty, want a configuration"},
		{"TP: 32\nlanes: 4\n", `[2:1] unknown field "lanes"`},
		{"TP: 32\nTP: 64\n", "[2:1] mapping key \"TP\" already defined at [1:1]"},
		{"TP: x\n", "[1:5] TP is x, want an integer"},
		{"TP: 16.5\n", "[1:5] TP is 16.5, want an integer"},
		{"TP: [1\n", "[1:5] sequence end token ']' not found"},
		{"eff: 2\n", `eff is "2", want a number in (0, 1]`},
	} {
		err := c.Parse("my.yaml", []byte(tt.text))
		require.ErrorContains(t, err, "my.yaml: ")
		require.ErrorContains(t, err, tt.want)
		require.Equal(t, 32, c.TP, "a refused file changes nothing")
	}
}

func TestPresetErrors(t *testing.T) {
	_, err := core.Preset("nosuch")
	require.EqualError(t, err, "core: machine is \"nosuch\", want one of "+strings.Join(core.PresetNames(), ", "))
}

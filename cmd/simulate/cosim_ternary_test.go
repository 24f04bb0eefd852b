package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/tool/tooltest"
)

// Three witnesses, one text, one cycle count.
func TestCosimTernary(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	code, stdout, stderr := simulate(t, "cosim", "ternary", "--prompt", "Light", "--tokens", "4", "--json")
	require.Zero(t, code, stderr)
	var w witnesses
	require.NoError(t, json.Unmarshal([]byte(stdout), &w))
	require.Empty(t, w.Failure)
	require.Len(t, w.Golden, 4)
	require.Equal(t, w.Golden, w.Event)
	require.Equal(t, w.Golden, w.RTL)
	require.Len(t, w.Tokens, 8, "five of the prompt and three fed back")
	var sum int64
	for _, s := range w.Tokens {
		require.Equal(t, s.EventCycles, s.RTLCycles)
		sum += s.RTLCycles
	}
	require.Equal(t, sum, w.Cycles)
	var g generation
	runJSON(t, &g, "run", "ternary", "--prompt", "Light", "--tokens", "4")
	require.Equal(t, w.Golden, g.Text)
	require.Equal(t, w.Tokens[0].EventCycles, g.Core.CyclesPerToken[0])
	code, stdout, _ = simulate(t, "cosim", "ternary", "--prompt", "L", "--tokens", "1")
	require.Zero(t, code)
	require.Contains(t, stdout, "same logits on all three, same cycles on both")
}

func TestCosimTernaryErrors(t *testing.T) {
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--tokens", "0"}, 2, "cosim ternary: --tokens is 0, want 1 to 65536"},
		{[]string{"--prompt", ""}, 2, "cosim ternary: --prompt is empty, want at least one token"},
		{[]string{"--set", "lat=3"}, 1, "core: lat is 3, want at least 4 in hardware"},
		{[]string{"--set", "vector_beat_bytes=6"}, 1, "core: vector_beat_bytes is 6, want 8 in hardware, a word of VP elements"},
		{[]string{"--machine", "nosuch"}, 2, `core: machine is "nosuch", want one of lockstep`},
	} {
		code, stdout, stderr := simulate(t, append([]string{"cosim", "ternary"}, tt.args...)...)
		require.Equal(t, tt.code, code, stderr)
		require.Contains(t, stderr, tt.want)
		require.Empty(t, stdout)
	}
}

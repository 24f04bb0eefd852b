package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/tool/tooltest"
)

// Event model and RTL agree instruction by instruction; with a fault, the first
// wrong instruction is printed, with everything to look at it.
func TestCosimLockstep(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	small := []string{"cosim", "ternary", "--lockstep", "--set", "TP=16", "--set", "VP=4", "--set", "weight_beat_bytes=4", "--set", "vector_beat_bytes=8"}
	code, stdout, stderr := simulate(t, append(small, "--prompt", "L", "--tokens", "2", "--json")...)
	require.Zero(t, code, stderr)
	var r lockstepReport
	require.NoError(t, json.Unmarshal([]byte(stdout), &r))
	require.Len(t, r.Text, 2)
	require.Equal(t, 2, r.Tokens)
	w, err := ternary.Preset("opticks")
	require.NoError(t, err)
	program, err := isa.Compile(w, r.Config.Target(fixed.Default()))
	require.NoError(t, err)
	require.EqualValues(t, r.Tokens*len(program.Instrs), r.Instructions)
	require.Nil(t, r.Difference)

	code, stdout, stderr = simulate(t, append(small, "--prompt", "it's", "--inject", "rowwise/wrong-select", "--json")...)
	require.Equal(t, 1, code, stderr)
	r = lockstepReport{}
	require.NoError(t, json.Unmarshal([]byte(stdout), &r))
	require.Equal(t, "rowwise/wrong-select:0", r.Fault)
	require.Equal(t, "ROWWISE", r.Difference.Unit)
	require.Contains(t, stderr, r.Difference.Error())
	require.Equal(t, `simulate cosim ternary --lockstep --prompt 'it'\''s' --inject rowwise/wrong-select --set TP=16 --set VP=4 `+
		"--set weight_beat_bytes=4 --set vector_beat_bytes=8", r.Reproduce)
	readme, err := os.ReadFile(filepath.Join(r.Crash, "README.txt"))
	require.NoError(t, err)
	require.Contains(t, string(readme), r.Reproduce)
	for _, name := range []string{"wave.vcd", "program.txt", "run.sh"} {
		info, err := os.Stat(filepath.Join(r.Crash, name))
		require.NoError(t, err)
		require.NotZero(t, info.Size())
	}
}

func TestCosimLockstepErrors(t *testing.T) {
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--inject", "wrong-select"}, 2, `cosim ternary: --inject is "wrong-select" without --lockstep, which it needs`},
		{[]string{"--lockstep", "--inject", "rms/nosuch"}, 2, `cosim ternary: --inject: core: fault is "rms/nosuch", want KIND, KIND:SITE or MODULE/KIND:SITE with one of [wrong-select`},
		{[]string{"--lockstep", "--inject", "wrong-select:x"}, 2, `core: fault is "wrong-select:x", want a site from 0`},
		{[]string{"--lockstep", "--inject", "nosuch/wrong-select"}, 1, `core: module of the fault is "nosuch", want one of [fetch rms quant tmatmul rowwise argmax] or none for the top`},
		{[]string{"--lockstep", "--inject", "rms/wrong-select:9999"}, 1, "sites for wrong-select, site 9999 does not exist"},
	} {
		code, stdout, stderr := simulate(t, append([]string{"cosim", "ternary"}, tt.args...)...)
		require.Equal(t, tt.code, code, stderr)
		require.Contains(t, stderr, tt.want)
		require.Empty(t, stdout)
	}
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/hecross"
)

// A client's ciphertexts go through the simulated machine: the error is that of
// Lattigo, the residues those of the golden arithmetic.
func TestRunHEClient(t *testing.T) {
	for _, op := range heClientOps {
		code, stdout, stderr := simulate(t, "run", "he", "--op", op, "--params", "HEAP", "--json")
		require.Zero(t, code, stderr)
		var r heRun
		require.NoError(t, json.Unmarshal([]byte(stdout), &r))
		require.Positive(t, r.Cycles, op)
		require.Less(t, r.Error.Max, 1e-3, op)
		require.True(t, r.Reports[0].Literal, op)
		if op == "dot" {
			require.Nil(t, r.LattigoError)
			continue
		}
		require.LessOrEqual(t, r.Error.Max, 2*r.LattigoError.Max, op)
	}
	code, stdout, stderr := simulate(t, "run", "he", "--op", "mult", "--params", "heap", "--option", "product=toeplitz", "--option", "reduction=montgomery")
	require.Zero(t, code, stderr)
	for _, want := range []string{"largest slot error", "of Lattigo", "equal to the golden arithmetic", "published share", "51.4 %", "NTT matmul", "montgomery, toeplitz"} {
		require.Contains(t, stdout, want)
	}
}

func TestRunHETiming(t *testing.T) {
	code, stdout, stderr := simulate(t, "run", "he", "--op", "mult", "--params", "all", "--timing-only")
	require.Zero(t, code, stderr)
	for _, set := range []string{"HEAP", "FIDESlib", "Cheddar3", "BASALISC", "FAB", "WarpDrive", "CraterLake"} {
		require.Contains(t, stdout, set)
	}
	code, stdout, stderr = simulate(t, "run", "he", "--op", "ntt", "--params", "NTT_A", "--timing-only", "--batch", "16", "--json")
	require.Zero(t, code, stderr)
	var list []heTiming
	require.NoError(t, json.Unmarshal([]byte(stdout), &list))
	require.Len(t, list, 1)
	require.Equal(t, 16, list[0].Shape.Batch)
	require.InEpsilon(t, 1e6*list[0].Seconds/16, list[0].Microseconds, 1e-9)
}

// The vectors of the project come out again, and a wrong one does not.
func TestRunHEFile(t *testing.T) {
	const vectors = "../../hecross/testdata"
	out := filepath.Join(t.TempDir(), "out.json")
	for _, op := range []string{"ntt", "bconv", "tensor", "mult", "rotate"} {
		code, stdout, stderr := simulate(t, "run", "he", "--op", op, "--in", filepath.Join(vectors, op+".json"), "--out", out)
		require.Zero(t, code, stderr)
		require.Contains(t, stdout, "result in "+out)
		require.Contains(t, stderr, "equal to the result")
		require.FileExists(t, out)
	}
	file, err := hecross.ReadFile(filepath.Join(vectors, "ntt.json"))
	require.NoError(t, err)
	x := file.Result.Polys[0][0]
	x[5] = (x[5] + 1) % file.Q[0]
	wrong := filepath.Join(t.TempDir(), "wrong.json")
	w, err := os.Create(wrong)
	require.NoError(t, err)
	require.NoError(t, file.Encode(w))
	require.NoError(t, w.Close())
	code, _, stderr := simulate(t, "run", "he", "--op", "ntt", "--in", wrong)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "expects another result")
}

func TestRunHEErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "run he: no --op"},
		{[]string{"--op", "mult"}, 2, "run he: want operands: --params for random ones, or --in"},
		{[]string{"--op", "divide", "--params", "HEAP"}, 2, `run he: --op is "divide", want one of mult, rotate, rescale, dot, or --timing-only`},
		{[]string{"--op", "divide", "--params", "HEAP", "--timing-only"}, 2, `run he: --op is "divide", want one of vecmodmul, `},
		{[]string{"--op", "mult", "--params", "nosuch"}, 2, `run he: --params: hecross: preset is "nosuch"`},
		{[]string{"--op", "mult", "--params", "NTT_A"}, 2, "run he: --params: NTT_A has no moduli P"},
		{[]string{"--op", "mult", "--params", "all"}, 2, "run he: --params names 1 sets, want one, or --timing-only"},
		{[]string{"--op", "mult", "--params", "HEAP", "--batch", "4"}, 2, "run he: --batch is for --timing-only"},
		{[]string{"--op", "mult", "--params", "HEAP", "--batch", "0", "--timing-only"}, 2, "run he: lower: batch is 0, want 1 to 4096"},
		{[]string{"--op", "mult", "--params", "HEAP", "--rotation", "4"}, 2, "run he: --rotation is for --op rotate"},
		{[]string{"--op", "mult", "--params", "HEAP", "--machine", "v9"}, 2, `run he: --machine: tpu: preset is "v9"`},
		{[]string{"--op", "mult", "--params", "HEAP", "--option", "reduction=fast"}, 2, `run he: --option reduction=fast: lower: reduction is "fast"`},
		{[]string{"--op", "mult", "--params", "HEAP", "--option", "bytes=s8"}, 2, "run he: lower: bytes are s8, want u8 to compute values"},
		{[]string{"--op", "mult", "--params", "HEAP", "--set", "alus=0"}, 2, "tpu: alus is 0"},
		{[]string{"--op", "mult", "--params", "HEAP", "--set", "vmem_bytes=65536"}, 1, "does not fit in VMEM of core 0"},
		{[]string{"--op", "mult", "--params", "HEAP", "--out", "x"}, 2, "run he: --out is for the result of --in"},
		{[]string{"--op", "ntt", "--in", "nosuch.json"}, 1, "run he: --in: open nosuch.json"},
		{[]string{"--op", "ntt", "--in", "x.json", "--seed", "4"}, 2, "run he: --in computes what its file says; leave out --seed"},
		{[]string{"--op", "ntt", "--in", "../../hecross/testdata/mult.json"}, 1, "hecross"},
		{[]string{"--op", "rescale", "--params", "NTT_A", "--timing-only", "--set", "rows=x"}, 2, "tpu: --set rows=x"},
	} {
		code, stdout, stderr := simulate(t, append([]string{"run", "he"}, c.args...)...)
		require.Equal(t, c.code, code, "%v: %s", c.args, stderr)
		require.Contains(t, stderr, c.want)
		require.Empty(t, stdout)
	}
}

func TestCosimHE(t *testing.T) {
	code, stdout, stderr := simulate(t, "cosim", "he", "--unit", "hecross_chunk_split_l1")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "hecross_chunk_split_l1")
	code, _, stderr = simulate(t, "cosim", "he", "extra")
	require.Equal(t, exitUsage, code, stderr)
}

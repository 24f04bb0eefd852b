package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func Example() {
	run([]string{"-length", "256", "-seed", "3"}, os.Stdout, os.Stderr)
	// Output:
	// HEAP, N = 8192: two vectors of 256 values from -1 to 1
	// encrypted   -0.342034
	// plain       -0.342009
	// error         2.5e-05, at most 0.002
}

func TestLengths(t *testing.T) {
	for _, length := range []string{"1", "2", "4096"} {
		var out, failure bytes.Buffer
		require.Zero(t, run([]string{"-length", length}, &out, &failure), failure.String())
		require.Empty(t, failure.String())
	}
}

func TestFailures(t *testing.T) {
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-bound", "0"}, 1, "dotproduct: error is "},
		{[]string{"-bound", "NaN"}, 1, ", want at most NaN\n"},
		{[]string{"-length", "8192"}, 1, "dotproduct: length is 8192, want 1 to 4096, the slots of HEAP\n"},
		{[]string{"-length", "0"}, 1, "dotproduct: length is 0, want 1 to 4096, the slots of HEAP\n"},
		{[]string{"-length", "12"}, 1, "ckks: slots to sum are 12, want a power of two from 1 to 4096\n"},
		{[]string{"-params", "NTT_A"}, 1, "ckks: NTT_A: P has 0 moduli, want at least 1 to switch keys\n"},
		{[]string{"-params", "no"}, 1, `hecross: preset is "no", want one of HEAP, `},
		{[]string{"more"}, 2, `dotproduct: argument is "more", want only flags`},
		{[]string{"-no"}, 2, "flag provided but not defined: -no"},
	} {
		var out, failure bytes.Buffer
		require.Equal(t, test.status, run(test.args, &out, &failure), test.args)
		require.Contains(t, failure.String(), test.want)
	}
}

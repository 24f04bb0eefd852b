package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary/isa"
)

// The program of a model survives machine words and text.
func TestAsmRoundTrip(t *testing.T) {
	dir := t.TempDir()
	words, text, again := filepath.Join(dir, "token.bin"), filepath.Join(dir, "token.s"), filepath.Join(dir, "again.bin")
	code, stdout, stderr := simulate(t, "asm", "--set", "TP=128", "--out", words)
	require.Zero(t, code, stderr)
	require.Empty(t, stdout)
	code, stdout, stderr = simulate(t, "asm", "--disassemble", words)
	require.Zero(t, code, stderr)
	require.NoError(t, os.WriteFile(text, []byte(stdout), 0o644))
	code, _, stderr = simulate(t, "asm", "--assemble", text, "--out", again)
	require.Zero(t, code, stderr)
	first, err := os.ReadFile(words)
	require.NoError(t, err)
	second, err := os.ReadFile(again)
	require.NoError(t, err)
	require.True(t, bytes.Equal(first, second))

	var l listing
	runJSON(t, &l, "asm", "--set", "TP=128")
	require.Equal(t, len(first), isa.WordBytes*len(l.Instructions))
	for _, i := range l.Instructions {
		require.Positive(t, i.Latency, i.Text)
		require.NotEmpty(t, i.Note)
	}
	_, stdout, _ = simulate(t, "asm", "--preset", "mmfree-2.7b")
	require.Contains(t, stdout, "layers.31.down.weight")
}

func TestAsmErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"both", []string{"asm", "--assemble", "a", "--disassemble", "b"}, 2, "asm: --assemble and --disassemble both name an input"},
		{"no out", []string{"asm", "--assemble", "a"}, 2, "asm: --assemble makes machine words; name a file with --out"},
		{"out", []string{"asm", "--disassemble", "a", "--out", "b"}, 2, "asm: --disassemble prints text; leave out --out"},
		{"no weights", []string{"asm", "--preset", "mmfree-370m", "--out", "b"}, 2, "asm: preset mmfree-370m has no weights"},
		{"length", []string{"asm", "--disassemble", writeTemp(t, "x.bin", "12345")}, 1, "x.bin: 5 bytes, want a multiple of 32"},
		{"bits", []string{"asm", "--disassemble", writeTemp(t, "x.bin", string(bytes.Repeat([]byte{255}, 32)))}, 1, "x.bin: byte 0: isa: operation is 255, want 0 to 12"},
		{"text", []string{"asm", "--assemble", writeTemp(t, "x.s", "ADD v1\n"), "--out", "b"}, 1, "x.s:1: ADD has 1 operands, want 4, as in ADD v0 v0 v0 n0"},
		{"folder", []string{"asm", "--out", filepath.Join(t.TempDir(), "missing", "b")}, 1, "asm: --out: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := simulate(t, tt.args...)
			require.Equal(t, tt.code, code, stderr)
			require.Contains(t, stderr, tt.want)
			require.Empty(t, stdout)
		})
	}
}

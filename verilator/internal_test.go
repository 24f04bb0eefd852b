package verilator

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/tool"
	"lockstep/tool/tooltest"
)

func counter() *rtl.Module {
	m := rtl.New("internal_counter", "counts")
	n := m.State("n", rtl.U(40), 0)
	n.Set(n.AddWrap(m.Const(rtl.U(40), 1)))
	m.Out(rtl.Port{Name: "n", Shape: rtl.U(40), Lanes: 1}, []rtl.Sig{n.Sig})
	return m
}

func TestChildThatDies(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	s, err := NewSession(context.Background(), counter(), SessionConfig{})
	require.NoError(t, err)
	require.NoError(t, s.Step(5))
	require.NoError(t, s.cmd.Process.Kill())
	err = s.Step(1)
	require.EqualError(t, err, "verilator: internal_counter: the simulation ended after cycle 5: signal: killed")
	_, again := s.Get("n")
	require.Equal(t, err, again)
	require.NoError(t, s.Close())
}

// TestUnknownCommand is a child that ends with a message of its own.
func TestUnknownCommand(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	s, err := NewSession(context.Background(), counter(), SessionConfig{})
	require.NoError(t, err)
	require.EqualError(t, s.do('?', nil, nil),
		"verilator: internal_counter: the simulation ended after cycle 0: exit status 3\nharness: unknown command 63")
}

// TestOutOfStep is a reply that is not the one expected.
func TestOutOfStep(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	s, err := NewSession(context.Background(), counter(), SessionConfig{})
	require.NoError(t, err)
	err = s.do('N', make([]byte, 8), func() error { return nil })
	require.EqualError(t, err, "verilator: internal_counter: the reply does not end where it should")
	require.Equal(t, err, s.Step(1))
}

func TestExplain(t *testing.T) {
	sv := strings.Join([]string{"module m (", "  always @(posedge clk_i or negedge rst_ni) // unit.go:42",
		`    if (rst_ni) require_0: assert (ok) else $error("m: \"x\" is 5%% of y: z");`, "  assign a = b; // b.go:1", "endmodule"}, "\n")
	for fault, want := range map[string]string{
		"": "",
		"assertion failed at line 3 in TOP.m (cycle 7)":   `unit.go:42: module m: requirement failed: "x" is 5% of y: z (cycle 7)`,
		"assertion failed at line 3 in  (cycle 7)":        `unit.go:42: module m: requirement failed: "x" is 5% of y: z (cycle 7)`,
		"assertion failed at line 5 in TOP.m (cycle 7)":   "assertion failed at line 5 in TOP.m (cycle 7)",
		"assertion failed at line 1 in TOP.m (cycle 7)":   "assertion failed at line 1 in TOP.m (cycle 7)",
		"assertion failed at line 900 in TOP.m (cycle 7)": "assertion failed at line 900 in TOP.m (cycle 7)",
		"stream y: a beat was withdrawn":                  "stream y: a beat was withdrawn",
	} {
		require.Equal(t, want, explain(fault, sv))
	}
}

func TestCacheDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	t.Setenv(CacheEnv, dir)
	got, err := CacheDir()
	require.NoError(t, err)
	require.Equal(t, dir, got)
	require.DirExists(t, dir)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	t.Setenv(CacheEnv, filepath.Join(file, "x"))
	_, err = CacheDir()
	require.ErrorContains(t, err, "verilator: cache: ")
	t.Setenv(CacheEnv, "")
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	_, err = CacheDir()
	require.ErrorContains(t, err, "verilator: no cache directory: ")
	require.ErrorContains(t, err, "; set LOCKSTEP_CACHE")
}

// recipe is a binary that prints text and does nothing with its model.
func recipe(text string) Recipe {
	return Recipe{Top: "cached", Optimise: "-O0", Files: map[string]string{
		"cached.sv": "module cached (input logic a_i, output logic y_o); assign y_o = ~a_i; endmodule\n",
		"harness.cpp": "#include <cstdio>\n#include \"Vtop.h\"\ndouble sc_time_stamp() { return 0; }\n" +
			"void vl_stop(const char*, int, const char*) {}\nint main() { Vtop t; t.a_i = 0; t.eval(); printf(\"" + text + " %d\\n\", t.y_o); }\n"}}
}

// lendRuntime uses an empty cache for a test, but for Verilator's runtime.
func lendRuntime(t *testing.T) {
	old, err := CacheDir()
	require.NoError(t, err)
	runtimes, err := filepath.Glob(filepath.Join(old, "verilator", "runtime-*"))
	require.NoError(t, err)
	t.Setenv(CacheEnv, t.TempDir())
	dir := filepath.Join(os.Getenv(CacheEnv), "verilator")
	require.NoError(t, os.Mkdir(dir, 0o755))
	for _, r := range runtimes {
		require.NoError(t, os.Symlink(r, filepath.Join(dir, filepath.Base(r))))
	}
}

func TestBuildCache(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	lendRuntime(t)
	var built []string
	build := func(r Recipe) (string, error) {
		return r.Build(t.Context(), func(name string) { built = append(built, name) })
	}
	first, err := build(recipe("one"))
	require.NoError(t, err)
	again, err := build(recipe("one"))
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Equal(t, []string{"cached"}, built, "the second comes from the cache")
	out, err := exec.Command(first).Output()
	require.NoError(t, err)
	require.Equal(t, "one 1\n", string(out))

	other, err := build(recipe("two"))
	require.NoError(t, err)
	require.NotEqual(t, first, other)
	require.Len(t, built, 2)

	bad := recipe("one")
	bad.Files["cached.sv"] = strings.Replace(bad.Files["cached.sv"], "~a_i", "2'(a_i)", 1)
	_, err = build(bad)
	require.ErrorIs(t, err, ErrLint)
	require.ErrorContains(t, err, "verilator: module cached does not pass lint: verilator: exit status 1\n%Warning-WIDTH: cached.sv:1:")
	bad = recipe(`one", x, "`)
	_, err = build(bad)
	require.ErrorContains(t, err, "verilator: compiling the model of cached: g++: exit status 1\n")
	require.ErrorContains(t, err, "\nharness.cpp:5:57: error: ")

	cache := os.Getenv(CacheEnv)
	left, err := filepath.Glob(filepath.Join(cache, "verilator", "building-*"))
	require.NoError(t, err)
	require.Empty(t, left, "a failed build leaves nothing behind")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = recipe("three").Build(ctx, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// TestKeyDependsOnEverything that a binary is built from.
func TestKeyDependsOnEverything(t *testing.T) {
	vl, gxx := tool.Tool{Name: "verilator", Version: "5.006"}, tool.Tool{Name: "g++", Version: "12.2"}
	keys := map[string]string{}
	add := func(what string, r Recipe, tools ...tool.Tool) {
		key := r.key(tools...)
		require.NotContains(t, keys, key, "%s and %s", what, keys[key])
		keys[key] = what
	}
	base := func() Recipe { return Recipe{Top: "m", Files: map[string]string{"a": "x", "b": "y"}} }
	add("base", base(), vl, gxx)
	add("version", base(), tool.Tool{Name: "verilator", Version: "5.020"}, gxx)
	r := base()
	r.Files["a"] = "z"
	add("contents", r, vl, gxx)
	r = base()
	r.Files = map[string]string{"a": "xy", "b": ""}
	add("contents moved", r, vl, gxx)
	r = base()
	r.Files["c"] = ""
	add("file", r, vl, gxx)
	r = base()
	r.Flags = []string{"-x"}
	add("flags", r, vl, gxx)
	r = base()
	r.Trace = true
	add("trace", r, vl, gxx)
	r = base()
	r.Optimise = "-O3"
	add("optimise", r, vl, gxx)
	require.Equal(t, base().key(vl, gxx), base().key(vl, gxx))
}

// TestReplies of a harness that are cut short are errors, never panics.
func TestReplies(t *testing.T) {
	u := &unit.Unit{Name: "u", In: []rtl.Port{{Name: "x", Shape: rtl.U(3), Lanes: 2}}, Out: []rtl.Port{{Name: "y", Shape: rtl.S(40), Lanes: 2}}}
	runs := []unit.Stimulus{{}}
	reply := []byte{9, 0, 0, 0 /* cycles */, 1, 0, 0, 0, 4, 0, 0, 0 /* accepted in 4 */, 1, 0, 0, 0, 6, 0, 0, 0, /* out in 6 */
		0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 0 /* -1, 1 */, 2, 0, 0, 0, 'n', 'o'}
	got, err := decode(u, runs, reply)
	require.NoError(t, err)
	require.Equal(t, []unit.Result{{Cycles: 9, Accepted: [][]int{{4}}, Out: [][]unit.Beat{{{Cycle: 6, Out: unit.Frame{{-1, 1}}}}}, Fault: "no"}}, got)
	for n := range reply {
		_, err := decode(u, runs, reply[:n])
		require.ErrorIs(t, err, errShort, "%d bytes", n)
	}
	for at := range reply {
		bad := append([]byte(nil), reply...)
		bad[at] ^= 0x80
		_, err := decode(u, runs, bad)
		require.True(t, err == nil || errors.Is(err, errShort))
	}
}

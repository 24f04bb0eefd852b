package verilator_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/tool/tooltest"
	"lockstep/verilator"
)

// sum is a small unit; wrong, if not nil, spoils its golden model.
func sum(name string, wrong func(in, out unit.Frame)) *unit.Unit {
	return &unit.Unit{
		Name: name, Doc: "sum of two signed numbers",
		In:  []rtl.Port{{Name: "x", Shape: rtl.S(8), Lanes: 2, Doc: "addends"}},
		Out: []rtl.Port{{Name: "y", Shape: rtl.S(9), Lanes: 1, Doc: "their sum"}},
		Golden: unit.Pure(func(in, out unit.Frame) {
			out[0][0] = in[0][0] + in[0][1]
			if wrong != nil {
				wrong(in, out)
			}
		}),
		RTL: func(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
			return [][]rtl.Sig{{in[0][0].Add(in[0][1]).Reg("sum")}}
		},
	}
}

// crash runs u against p and returns the crash directory of the mismatch.
func crash(t *testing.T, u *unit.Unit, p *unit.Plan) (dir string, c verilator.Crash) {
	got, err := verilator.Executor{}.Run(u, p.Runs)
	require.NoError(t, err)
	_, err = p.Check("verilator", got)
	c = verilator.Crash{Unit: u, Plan: p, Got: got, Root: t.TempDir()}
	require.ErrorAs(t, err, &c.Mismatch)
	dir, err = c.Write(t.Context())
	require.NoError(t, err)
	return dir, c
}

func read(t *testing.T, file ...string) string {
	b, err := os.ReadFile(filepath.Join(file...))
	require.NoError(t, err)
	return string(b)
}

// replay runs run.sh with nothing but the directory and the tools.
func replay(t *testing.T, dir string) (string, error) {
	cmd := exec.CommandContext(t.Context(), "/bin/sh", filepath.Join(dir, "run.sh"))
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestCrashDirectory(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	u := sum("crash_sum", func(in, out unit.Frame) {
		if in[0][0] == in[0][1] {
			out[0][0]++
		}
	})
	u.Corners = func() []unit.Frame { return []unit.Frame{{{3, -4}}, {{-128, -128}}} }
	p, err := u.Plan(7, 5)
	require.NoError(t, err)
	dir, c := crash(t, u, p)

	require.Equal(t, "simulate cosim --unit crash_sum --seed 7 --frames 5", c.Reproduce())
	require.Contains(t, read(t, dir, "README.txt"), "crash_sum: frame 1 port y: verilator gives [-256], golden model gives [-255] (run 0, seed 7)")
	expected, got := strings.Split(read(t, dir, "expected.txt"), "\n"), strings.Split(read(t, dir, "got.txt"), "\n")
	require.Equal(t, []string{"frame 0 cycle=1 y=-1", "frame 1 cycle=2 y=-255"}, expected[:2])
	require.Equal(t, []string{"frame 0 cycle=1 y=-1", "frame 1 cycle=2 y=-256"}, got[:2])
	require.Equal(t, expected[2:], got[2:])
	require.Equal(t, "fault: none", got[5])

	var stimulus struct {
		Unit string
		In   map[string][]struct{ Data map[string][]int64 }
	}
	require.NoError(t, json.Unmarshal([]byte(read(t, dir, "stimulus.json")), &stimulus))
	require.Equal(t, "crash_sum", stimulus.Unit)
	require.Equal(t, []int64{-128, -128}, stimulus.In["frame"][1].Data["x"])

	out, err := replay(t, dir)
	require.Error(t, err, out)
	require.Contains(t, out, "the outputs differ from expected.txt")
	require.Contains(t, out, "< frame 1 cycle=2 y=-255\n---\n> frame 1 cycle=2 y=-256")
	require.Equal(t, read(t, dir, "got.txt"), read(t, dir, "replay.txt"))

	// What the design should have done passes the same script.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "expected.txt"), []byte(read(t, dir, "got.txt")), 0o644))
	out, err = replay(t, dir)
	require.NoError(t, err, out)

	again, err := c.Write(t.Context())
	require.NoError(t, err)
	require.Equal(t, dir, again, "the same failure has the same directory")
}

// vcd returns the changes of every one-letter-free signal of a waveform file,
// by hierarchical name, failing t where it is no valid VCD.
func vcd(t *testing.T, file string) map[string][]string {
	names, changes, path, defs := map[string][]string{}, map[string][]string{}, []string{}, true
	for line := range strings.Lines(read(t, file)) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case defs && f[0] == "$scope":
			path = append(path, f[2])
		case defs && f[0] == "$upscope":
			require.NotEmpty(t, path)
			path = path[:len(path)-1]
		case defs && f[0] == "$var":
			names[f[3]] = append(names[f[3]], strings.Join(append(path, f[4]), "."))
		case f[0] == "$enddefinitions":
			require.Empty(t, path)
			defs = false
		case !defs && f[0][0] != '#':
			value, id := f[0][:1], f[0][1:]
			if len(f) == 2 {
				value, id = f[0][1:], f[1]
			}
			require.Contains(t, names, id, "change of an undeclared signal")
			for _, n := range names[id] {
				changes[n] = append(changes[n], value)
			}
		}
	}
	require.False(t, defs, "no $enddefinitions")
	return changes
}

func TestCrashWave(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	u := sum("crash_sum", func(in, out unit.Frame) { out[0][0] = 0 })
	u.Corners = func() []unit.Frame { return []unit.Frame{{{3, -4}}} }
	p, err := u.Plan(1, 1)
	require.NoError(t, err)
	dir, _ := crash(t, u, p)
	changes := vcd(t, filepath.Join(dir, "wave.vcd"))
	require.Contains(t, changes["TOP.crash_sum.sum_q"], "111111111", "-1 in nine bits")
	for _, name := range []string{"clk_i", "rst_ni", "valid_i", "x_i", "y_o", "valid_o", "valid1_q"} {
		require.Greater(t, len(changes["TOP.crash_sum."+name]), 1, name)
	}
}

// TestCrashOfStalledStream has no cycles to compare: the values decide.
func TestCrashOfStalledStream(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	u := negate("crash_negate")
	p, err := u.Plan(3, 20)
	require.NoError(t, err)
	u.Fault = rtl.Fault{Kind: rtl.LostBeat, Index: 0}
	dir, c := crash(t, u, p)
	require.Equal(t, "simulate cosim --unit crash_negate --seed 3 --frames 20 --inject lost-beat:0", c.Reproduce())
	require.NotContains(t, read(t, dir, "expected.txt"), "cycle=")
	require.Contains(t, read(t, dir, "crash_negate.sv"), "FAULT INJECTED: lost-beat at site 0")
	out, err := replay(t, dir)
	require.Error(t, err, out)
	require.Equal(t, read(t, dir, "got.txt"), read(t, dir, "replay.txt"))
}

func TestCrashErrors(t *testing.T) {
	u := sum("crash_sum", nil)
	p, err := u.Plan(1, 1)
	require.NoError(t, err)
	_, err = verilator.Crash{Unit: u, Plan: p, Mismatch: &unit.Mismatch{Run: 4}}.Write(t.Context())
	require.EqualError(t, err, "verilator: crash of crash_sum: run is 4, want 0 to 0")
}

// negate is a stream unit: a stallable pipeline of one register.
func negate(name string) *unit.Unit {
	field := []rtl.Port{{Shape: rtl.S(8), Lanes: 1}}
	return &unit.Unit{Name: name, Doc: "negates a stream", Streams: &unit.Streams{
		In: []rtl.Stream{{Name: "x", Fields: field}}, Out: []rtl.Stream{{Name: "y", Fields: field}},
		Golden: func(in [][]unit.Frame) ([][]unit.Frame, error) {
			out := make([][]unit.Frame, 1)
			for _, f := range in[0] {
				out[0] = append(out[0], unit.Frame{{int64(int8(-f[0][0]))}})
			}
			return out, nil
		},
		RTL: func(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
			p := m.NewPipe("pipe", in[0].Valid)
			in[0].Accept(p.Advance)
			p.Drive(1, out[0], [][]rtl.Sig{{p.Reg("negated", m.Const(rtl.S(8), 0).SubWrap(in[0].Data[0][0]))}})
		},
		Due: func(_ [][]unit.Frame, accepted [][]int, latency int) [][]int {
			due := make([][]int, 1)
			for _, c := range accepted[0] {
				due[0] = append(due[0], c+latency)
			}
			return due
		},
		Stimulus: func(r *rand.Rand, n int) [][]unit.Frame {
			beats := [][]unit.Frame{{{{-128}}, {{127}}, {{0}}}}
			for len(beats[0]) < n {
				beats[0] = append(beats[0], unit.Frame{{int64(int8(r.Uint32()))}})
			}
			return beats
		},
	}}
}
